"""Geometric tolerances: characteristic, zone, modifiers and datums, written as a feature control frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from viewer.geometry.step.exchange import Exchange, Instance, Ref, Value, Word
from viewer.geometry.step.pmi.datums import in_order
from viewer.geometry.step.pmi.dimensions import KINDS, Dimensions
from viewer.geometry.step.pmi.draft import Draft
from viewer.geometry.step.pmi.features import Features
from viewer.geometry.step.pmi.measures import Measure, measure_of
from viewer.geometry.step.pmi.symbols import ALL_AROUND, MODIFIERS, PROJECTED, TOLERANCES, UNEQUALLY, number_text, unit_text

_ZONES = {"spherical": "S⌀", "cylindrical": "⌀", "within a cylinder": "⌀", "circle": "⌀", "circular": "⌀"}
_AREAS = {"CIRCULAR": "⌀", "SQUARE": "□", "CYLINDRICAL": "⌀", "SPHERICAL": "S⌀", "RECTANGULAR": ""}


class Tolerances:
    """All of a file."""

    def __init__(self, exchange: Exchange, features: Features, dimensions: Dimensions) -> None:
        self._exchange, self._features, self._dimensions = exchange, features, dimensions
        self._times = dimensions.times
        self._zones = self._zones_of()
        self._projected = {
            int(zone): measure_of(exchange, one.types["PROJECTED_ZONE_DEFINITION"][-1])
            for one in exchange.of("PROJECTED_ZONE_DEFINITION")
            if isinstance(zone := one.own("PROJECTED_ZONE_DEFINITION", 0), Ref)
        }
        self._lower = {
            int(other)
            for one in exchange.of("GEOMETRIC_TOLERANCE_RELATIONSHIP")
            if one.own("GEOMETRIC_TOLERANCE_RELATIONSHIP", 0) == "composite"
            and isinstance(other := one.own("GEOMETRIC_TOLERANCE_RELATIONSHIP", 3), Ref)
        }

    def drafts(self) -> Iterator[Draft]:
        """Those that have a characteristic and a size."""
        for one in self._exchange.of(*TOLERANCES):
            keyword = next(k for k in one.types if k in TOLERANCES)
            own = one.types.get("GEOMETRIC_TOLERANCE") or one.types[keyword]
            size = measure_of(self._exchange, own[2]) if len(own) >= 4 else None
            if size is not None:
                yield self._draft(one, keyword, own, size)

    def _draft(self, one: Instance, keyword: str, own: list[Value], size: Measure) -> Draft:
        kind, sign = TOLERANCES[keyword]
        features, shape, is_around = self._target(own[3])
        draft = Draft(one.id, "tolerance", kind, "", features, shape, str(own[0] or "").strip(), value=size.value, unit=size.unit)
        zone = self._zone(one.id)
        form = _ZONES.get(next((word for word in _ZONES if word in zone[0]), ""), "")
        written = [f"{form}{number_text(size.value, size.decimals)}{unit_text(size.unit)}", *self._sizes(one, draft, zone[1])]
        draft.modifiers = [{"⌀": "diametral zone", "S⌀": "spherical zone"}[form], *draft.modifiers] if form else draft.modifiers
        for words, mark in self._modifiers(one):
            draft.modifiers.append(words)
            written.append(mark)
        if is_around:
            draft.modifiers.append(ALL_AROUND[0])
            sign = f"{ALL_AROUND[1]} {sign}"
        if one.id in self._lower:
            draft.modifiers.append("lower segment of a composite frame")
        draft.datums = in_order(self._exchange, self._datum_references(one))
        times = self._times.of(one.id)
        frame = " | ".join([f"{sign} {' '.join(written)}", *draft.datums])
        draft.text = f"{times}× {frame}" if times > 1 else frame
        return draft

    def _target(self, reference: Value) -> tuple[tuple[int, ...], int | None, bool]:
        """Geometry, product shape, and whether the tolerance goes all around what it is put on."""
        found = self._exchange.get(reference)
        if found is None:
            return self._features.items_of(reference), None, False
        if any(keyword in KINDS for keyword in found.types):
            ends = self._dimensions.ends_of(found)
            return self._features.items_of(*ends), next(iter(map(self._features.shape_of, ends)), None), False
        around = "ALL_AROUND_SHAPE_ASPECT" in found.types
        return self._features.items_of(reference), self._features.shape_of(reference), around

    def _sizes(self, one: Instance, draft: Draft, zone: int | None) -> list[str]:
        """What stands after the size: unit length or area, unequal disposition, projected height, greatest size."""
        written: list[str] = []
        unequal = measure_of(self._exchange, one.own("UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE", -1))
        if unequal is not None:
            written.append(f"{UNEQUALLY} {number_text(unequal.value, unequal.decimals)}")
            draft.modifiers.append(f"unequally disposed by {number_text(unequal.value)} {unequal.unit}")
        per = measure_of(self._exchange, one.own("GEOMETRIC_TOLERANCE_WITH_DEFINED_UNIT", -1))
        if per is not None:
            area = one.types.get("GEOMETRIC_TOLERANCE_WITH_DEFINED_AREA_UNIT", [None])[0]
            form = _AREAS.get(area, "") if isinstance(area, Word) else ""
            written.append(f"/ {form}{number_text(per.value)}")
            draft.modifiers.append(f"per {form}{number_text(per.value)} {per.unit}")
        projected = self._projected.get(zone or -1)
        if projected is not None:
            written.append(f"{PROJECTED} {number_text(projected.value)}")
            draft.modifiers.append(f"projected zone, {number_text(projected.value)} {projected.unit}")
        most = measure_of(self._exchange, one.own("GEOMETRIC_TOLERANCE_WITH_MAXIMUM_TOLERANCE", -1))
        if most is not None:
            written.append(f"{number_text(most.value)} MAX")
            draft.modifiers.append(f"at most {number_text(most.value)} {most.unit}")
        return written

    def _modifiers(self, one: Instance) -> list[tuple[str, str]]:
        listed = one.own("GEOMETRIC_TOLERANCE_WITH_MODIFIERS", -1)
        single = one.own("MODIFIED_GEOMETRIC_TOLERANCE", -1)
        found = [*(listed if isinstance(listed, list) else []), single]
        words = [word for word in found if isinstance(word, Word)]
        return [MODIFIERS.get(word, (word.replace("_", " ").lower(), word.replace("_", " "))) for word in words]

    def _datum_references(self, one: Instance) -> list[Value]:
        listed = one.own("GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE", -1)
        if listed is None and len(one.types) == 1:
            values = next(iter(one.types.values()))
            listed = values[4] if len(values) > 4 else None  # perpendicularity and its like have the datums among their own
        return listed if isinstance(listed, list) else []

    def _zones_of(self) -> dict[int, list[tuple[str, int]]]:
        found: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for zone in self._exchange.of("TOLERANCE_ZONE"):
            own = zone.types["TOLERANCE_ZONE"]
            defining, form = (own[-2], self._exchange.get(own[-1])) if len(own) >= 2 else (None, None)
            name = "" if form is None else str(form.own("TOLERANCE_ZONE_FORM", 0) or "").lower()
            for tolerance in defining if isinstance(defining, list) else ():
                if isinstance(tolerance, Ref):
                    found[int(tolerance)].append((name, zone.id))
        return found

    def _zone(self, tolerance: int) -> tuple[str, int | None]:
        """The form's name (empty: between two surfaces or lines) and the zone's number."""
        return next(iter(self._zones.get(tolerance, ())), ("", None))
