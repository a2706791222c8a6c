"""Dimensions of size and place: value, deviations or limits, fit, and how they are written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from viewer.geometry.step.exchange import Exchange, Instance, Ref, Typed, Value
from viewer.geometry.step.pmi.draft import Draft
from viewer.geometry.step.pmi.features import Features
from viewer.geometry.step.pmi.measures import Measure, measure_of
from viewer.geometry.step.pmi.symbols import SIZES, deviations_text, number_text, unit_text

KINDS = (
    "DIMENSIONAL_SIZE", "DIMENSIONAL_SIZE_WITH_PATH", "DIMENSIONAL_SIZE_WITH_DATUM_FEATURE", "ANGULAR_SIZE",
    "DIMENSIONAL_LOCATION", "DIMENSIONAL_LOCATION_WITH_PATH", "DIMENSIONAL_LOCATION_WITH_DATUM_FEATURE",
    "DIRECTED_DIMENSIONAL_LOCATION", "ANGULAR_LOCATION",
)  # fmt: skip
_TIMES = re.compile(r"(?<![\d.])(\d{1,3})\s?[Xx×](?![a-z])")
_BASIC, _REFERENCE = ("theoretical", "basic", "theoretically exact"), ("auxiliary", "reference")


@dataclass(frozen=True, slots=True)
class _Values:
    nominal: Measure | None
    upper: Measure | None
    lower: Measure | None
    notes: tuple[str, ...]


class Dimensions:
    """All of a file."""

    def __init__(self, exchange: Exchange, features: Features) -> None:
        self._exchange, self._features = exchange, features
        self._representations = _pairs(exchange, "DIMENSIONAL_CHARACTERISTIC_REPRESENTATION", 0, 1)
        self._tolerances = _pairs(exchange, "PLUS_MINUS_TOLERANCE", 1, 0)
        self.times = Multiplicities(exchange)

    def drafts(self) -> Iterator[Draft]:
        """Those that have a value; others stand only in the drawing's graphics."""
        for one in self._exchange.of(*KINDS):
            values = self._values(one)
            if values.nominal is not None or (values.upper is not None and values.lower is not None):
                yield self._draft(one, values)

    def ends_of(self, one: Instance) -> list[Value]:
        """The features that a dimension measures: one of a size, two of a location."""
        if any("LOCATION" in keyword for keyword in one.types):
            values = max(one.types.values(), key=len)
            return values[2:4]
        values = one.types.get("DIMENSIONAL_SIZE") or max(one.types.values(), key=len)
        return values[:1]

    def _values(self, one: Instance) -> _Values:
        nominal = upper = lower = None
        notes: list[str] = []
        for reference in self._representations.get(one.id, ()):
            representation = self._exchange.get(reference)
            items = max(representation.types.values(), key=len)[1] if representation is not None else ()
            for item in items if isinstance(items, list) else ():
                found = measure_of(self._exchange, item)
                role = "" if found is None else self._role(item)
                if found is None:
                    notes += self._notes(item)
                elif role == "upper":
                    upper = found
                elif role == "lower":
                    lower = found
                elif nominal is None or role == "nominal":
                    nominal = found
        return _Values(nominal, upper, lower, tuple(notes))

    def _role(self, reference: Value) -> str:
        item = self._exchange.get(reference)
        if item is None:
            return ""
        name = str(item.own("REPRESENTATION_ITEM", 0) or item.own("MEASURE_REPRESENTATION_ITEM", 0) or "").lower()
        for one in item.types.get("QUALIFIED_REPRESENTATION_ITEM", [[]])[-1] or ():
            qualifier = self._exchange.get(one)
            name += " " + str(qualifier.own("TYPE_QUALIFIER", 0) or "").lower() if qualifier is not None else ""
        words = {"upper": "upper", "maximum": "upper", "lower": "lower", "minimum": "lower", "nominal": "nominal"}
        return next((role for word, role in words.items() if word in name), "")

    def _notes(self, reference: Value, depth: int = 0) -> list[str]:
        """The words of a descriptive item, or of those that a compound one holds."""
        item = self._exchange.get(reference)
        if item is None or depth > 4:
            return []
        told = item.own("DESCRIPTIVE_REPRESENTATION_ITEM", 1)
        if isinstance(told, str):
            return [told.strip().lower()]
        inner = item.own("COMPOUND_REPRESENTATION_ITEM", 1)
        inner = inner.values[0] if isinstance(inner, Typed) and inner.values else inner
        return [note for one in inner for note in self._notes(one, depth + 1)] if isinstance(inner, list) else []

    def _draft(self, one: Instance, values: _Values) -> Draft:
        ends = self.ends_of(one)
        kind = _kind(one)
        for note in values.notes:
            kind = "controlled radius" if note == "controlled radius" else f"square {kind}" if note == "square" else kind
        draft = Draft(one.id, "dimension", kind, "", self._features.items_of(*ends), self._shape(ends))
        given = values.nominal or values.upper or values.lower
        draft.unit = given.unit if given is not None else "mm"
        draft.modifiers += [note for note in values.notes if note not in ("controlled radius", "square")]
        body = self._body(one, values, draft)
        times = self.times.of(one.id)
        first = SIZES.get(kind, SIZES["square"] if kind.startswith("square") else "")
        draft.text = f"{f'{times}× ' if times > 1 else ''}{first}{body}"
        return draft

    def _shape(self, ends: list[Value]) -> int | None:
        return next((found for end in ends if (found := self._features.shape_of(end)) is not None), None)

    def _body(self, one: Instance, values: _Values, draft: Draft) -> str:
        """The written value; fills in nominal and deviations."""
        after = unit_text(draft.unit)
        if values.upper is not None and values.lower is not None:
            low, high = values.lower, values.upper
            draft.nominal = values.nominal.value if values.nominal is not None else (low.value + high.value) / 2
            draft.plus, draft.minus = high.value - draft.nominal, low.value - draft.nominal
            return f"{number_text(low.value, low.decimals)} \u2013 {number_text(high.value, high.decimals)}{after}"
        given = values.nominal
        if given is None:
            return ""
        draft.nominal = given.value
        written = f"{number_text(given.value, given.decimals)}{after}"
        for limit, word in ((values.upper, "MAX"), (values.lower, "MIN")):
            if limit is not None:
                return f"{number_text(limit.value, limit.decimals)}{after} {word}"
        tolerance = self._tolerance(one, draft, given)
        if tolerance:
            return f"{written} {tolerance}"
        if any(note in _BASIC for note in values.notes):
            return f"[{written}]"
        return f"({written})" if any(note in _REFERENCE for note in values.notes) else written

    def _tolerance(self, one: Instance, draft: Draft, nominal: Measure) -> str:
        for reference in self._tolerances.get(one.id, ()):
            found = self._exchange.get(reference)
            if found is None:
                continue
            if "LIMITS_AND_FITS" in found.types:
                form, _, grade, *_ = [*found.types["LIMITS_AND_FITS"], None, None, None]
                return f"{form or ''}{grade or ''}"
            low, high = (measure_of(self._exchange, found.own("TOLERANCE_VALUE", end)) for end in (0, 1))
            if low is not None and high is not None:
                draft.plus, draft.minus = high.value + 0.0, low.value + 0.0
                digits = high.decimals if high.decimals is not None else nominal.decimals
                return deviations_text(high.value, low.value, draft.unit, _enough(digits, high.value, low.value))
        return ""


def _enough(decimals: int | None, *values: float) -> int | None:
    """The digits asked for, unless they would round a deviation away."""
    if decimals is None or any(abs(value - round(value, decimals)) > 1e-9 for value in values):
        return None
    return decimals


def _kind(one: Instance) -> str:
    if "ANGULAR_SIZE" in one.types or "ANGULAR_LOCATION" in one.types:
        return "angle"
    if any("LOCATION" in keyword for keyword in one.types):
        name = max(one.types.values(), key=len)[0]
        return str(name or "linear distance").strip().lower()
    values = one.types.get("DIMENSIONAL_SIZE") or max(one.types.values(), key=len)
    return str((values[1] if len(values) > 1 else "") or "size").strip().lower()


def _pairs(exchange: Exchange, keyword: str, key: int, value: int) -> dict[int, list[Value]]:
    found: dict[int, list[Value]] = defaultdict(list)
    for one in exchange.of(keyword):
        if isinstance(one.own(keyword, key), Ref):
            found[int(one.own(keyword, key))].append(one.own(keyword, value))
    return found


class Multiplicities:
    """How often a requirement holds («4×»), where the file tells its written form (CAx-IF, PMI validation properties)."""

    def __init__(self, exchange: Exchange) -> None:
        self._times: dict[int, int] = {}
        subject = {
            one.id: values[2]
            for one in exchange.of("PROPERTY_DEFINITION")
            if len(values := one.types["PROPERTY_DEFINITION"]) >= 3 and isinstance(values[2], Ref)
        }
        for link in exchange.of("PROPERTY_DEFINITION_REPRESENTATION"):
            values = link.types["PROPERTY_DEFINITION_REPRESENTATION"]
            if len(values) < 2 or not isinstance(values[0], Ref) or values[0] not in subject:
                continue
            representation = exchange.get(values[1])
            items = max(representation.types.values(), key=len)[1:2] if representation is not None else []
            for item in items[0] if items and isinstance(items[0], list) else ():
                self._see(exchange.get(item), int(subject[values[0]]))

    def _see(self, item: Instance | None, subject: int) -> None:
        if item is None or item.own("DESCRIPTIVE_REPRESENTATION_ITEM", 0) != "equivalent unicode string":
            return
        found = _TIMES.search(str(item.own("DESCRIPTIVE_REPRESENTATION_ITEM", 1) or "")[:40])
        if found is not None:
            self._times[subject] = int(found[1])

    def of(self, number: int) -> int:
        """1 where nothing is told."""
        return self._times.get(number, 1)
