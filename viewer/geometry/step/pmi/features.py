"""Which geometry the features (shape aspects) of a STEP file stand for, and which product they belong to."""

from __future__ import annotations

from collections import defaultdict

from viewer.geometry.step.exchange import Exchange, Instance, Ref, Typed, Value

_MOST = 200_000
"""Features that are looked through for one entry."""


class Features:
    """The graph of shape aspects, made once for a file."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._items: dict[int, list[int]] = defaultdict(list)
        self._below: dict[int, list[int]] = defaultdict(list)
        self._of_datum: dict[int, list[int]] = defaultdict(list)
        self._datums = {one.id for one in exchange.of("DATUM")}
        for usage in exchange.of("GEOMETRIC_ITEM_SPECIFIC_USAGE", "ITEM_IDENTIFIED_REPRESENTATION_USAGE"):
            values = next(v for k, v in usage.types.items() if k.endswith("_USAGE"))
            if len(values) >= 5:
                for feature in _references(values[2]):
                    self._items[feature] += _references(values[4])
        for kind in exchange.types_like("RELATIONSHIP"):
            for relation in exchange.of(kind):
                self._relate(relation)
        self._old_style()

    def _relate(self, relation: Instance) -> None:
        values = max(relation.types.values(), key=len)
        if len(values) < 4 or not isinstance(values[2], Ref) or not isinstance(values[3], Ref):
            return
        one, other = int(values[2]), int(values[3])
        if other in self._datums:
            self._of_datum[other].append(one)
        elif one in self._datums:
            self._of_datum[one].append(other)
        elif "FEATURE_FOR_DATUM_TARGET_RELATIONSHIP" in relation.types:
            self._below[other].append(one)
        else:
            self._below[one].append(other)

    def _old_style(self) -> None:
        """AP203 edition 2: a property of the feature, whose representation lists the faces."""
        representation_of = {
            values[0]: values[1]
            for one in self._exchange.of("SHAPE_DEFINITION_REPRESENTATION")
            if len(values := one.types["SHAPE_DEFINITION_REPRESENTATION"]) >= 2 and isinstance(values[0], Ref)
        }
        for prop in self._exchange.of("PROPERTY_DEFINITION", "PRODUCT_DEFINITION_SHAPE"):
            feature, shape = max(prop.types.values(), key=len)[2:3], self._exchange.get(representation_of.get(Ref(prop.id)))
            if feature and isinstance(feature[0], Ref) and shape is not None:
                self._items[int(feature[0])] += _references(max(shape.types.values(), key=len)[1:2])

    def items_of(self, *features: Value) -> tuple[int, ...]:
        """Numbers of the geometry instances (faces, edges …) under these features, in order, each once."""
        found: dict[int, None] = {}
        seen: set[int] = set()
        waiting = [number for feature in features for number in _references(feature)][::-1]
        while waiting and len(seen) < _MOST:
            feature = waiting.pop()
            if feature in seen:
                continue
            seen.add(feature)
            found.update(dict.fromkeys(self._items.get(feature, ())))
            waiting += self._of_datum.get(feature, [])[::-1] + self._below.get(feature, [])[::-1]
        return tuple(found)

    def targets_of(self, datum: int) -> list[Instance]:
        """The datum targets that make a datum."""
        found = (self._exchange.get(Ref(one)) for one in self._of_datum.get(datum, ()))
        return [one for one in found if one is not None and target_of(one) is not None]

    def shape_of(self, feature: Value) -> int | None:
        """The PRODUCT_DEFINITION_SHAPE that a feature is of."""
        found = self._exchange.get(feature)
        if found is None:
            return None
        if "PRODUCT_DEFINITION_SHAPE" in found.types:
            return found.id
        values = found.types.get("SHAPE_ASPECT") or max(found.types.values(), key=len)
        return int(values[2]) if len(values) > 2 and isinstance(values[2], Ref) else None


def target_of(one: Instance) -> tuple[str, str] | None:
    """Type and number of a datum target; None where the instance is none."""
    for keyword in ("PLACED_DATUM_TARGET_FEATURE", "DATUM_TARGET"):
        if keyword in one.types:
            aspect = one.types.get("SHAPE_ASPECT") or one.types[keyword]
            number = one.types[keyword][-1] if one.types[keyword] else None
            kind = aspect[1] if len(aspect) > 1 and isinstance(aspect[1], str) and aspect[1] else "area"
            return f"datum target, {kind}", str(number or "")
    return None


def _references(value: Value) -> list[int]:
    """Every reference in a value, whatever lists and sets are around it."""
    if isinstance(value, Ref):
        return [int(value)]
    if isinstance(value, Typed):
        value = value.values
    return [one for each in value for one in _references(each)] if isinstance(value, list) else []
