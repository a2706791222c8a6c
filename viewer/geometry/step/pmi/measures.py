"""Values with units in a STEP file, in the unit that the file writes them in."""

from __future__ import annotations

import math
from dataclasses import dataclass

from viewer.geometry.step.exchange import Exchange, Instance, Typed, Value, Word

_PREFIX = {"MILLI": "mm", "CENTI": "cm", "DECI": "dm", "KILO": "km", "MICRO": "um", None: "m"}
_NAMED = {"INCH": "inch", "INCHES": "inch", "FOOT": "ft", "FEET": "ft", "MILLIMETRE": "mm", "MILLIMETER": "mm", "MM": "mm"}
_DEEP = 8
"""A unit of a unit of a unit; deeper is a circle."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with its unit; angles are in degrees."""

    value: float
    unit: str
    """mm, inch, … or deg."""
    decimals: int | None = None
    """Digits after the point where the file asks for them."""


def measure_of(exchange: Exchange, reference: Value) -> Measure | None:
    """The measure a value refers to, or is; None where it is none."""
    found = exchange.get(reference)
    if found is None:
        return None
    number, unit = _number_and_unit(found)
    if number is None or not math.isfinite(number):
        return None
    is_angle, name, factor = _unit(exchange, unit, 0)
    if is_angle:
        return Measure(round(math.degrees(number * factor), 9), "deg", _decimals(exchange, found))
    return Measure(number if name else number * factor * 1000.0, name or "mm", _decimals(exchange, found))


def _number_and_unit(one: Instance) -> tuple[float | None, Value]:
    """Of MEASURE_WITH_UNIT and its kinds (value, unit), and of MEASURE_REPRESENTATION_ITEM (name, value, unit)."""
    for keyword, values in one.types.items():
        if keyword.endswith("MEASURE_WITH_UNIT") and len(values) >= 2:
            return _plain(values[0]), values[1]
        if keyword == "MEASURE_REPRESENTATION_ITEM" and len(values) >= 3:
            return _plain(values[1]), values[2]
    return None, None


def _plain(value: Value) -> float | None:
    if isinstance(value, Typed):
        value = value.values[0] if value.values else None
    return value if isinstance(value, float) else None


def _unit(exchange: Exchange, reference: Value, depth: int) -> tuple[bool, str, float]:
    """Whether it measures angles, its name where it is a length unit known by name, and its factor to metre or radian."""
    unit = exchange.get(reference)
    if unit is None or depth > _DEEP:
        return False, "mm", 0.001
    is_angle = "PLANE_ANGLE_UNIT" in unit.types
    if "SI_UNIT" in unit.types:
        prefix = unit.own("SI_UNIT", len(unit.types["SI_UNIT"]) - 2)
        name = "" if is_angle else _PREFIX.get(prefix if isinstance(prefix, Word) else None, "mm")
        return is_angle, name, {"mm": 1e-3, "cm": 1e-2, "dm": 0.1, "km": 1e3, "um": 1e-6}.get(name, 1.0)
    name = str(unit.own("CONVERSION_BASED_UNIT", 0) or "").strip().upper()
    base = exchange.get(unit.own("CONVERSION_BASED_UNIT", 1))
    if base is None:
        return is_angle, "mm", math.radians(1.0) if is_angle else 0.001
    number, of = _number_and_unit(base)
    _, _, factor = _unit(exchange, of, depth + 1)
    return is_angle, _NAMED.get(name, ""), (number or 1.0) * factor


def _decimals(exchange: Exchange, one: Instance) -> int | None:
    """Of a VALUE_FORMAT_TYPE_QUALIFIER such as «NR2 1.3»: three."""
    for reference in one.own("QUALIFIED_REPRESENTATION_ITEM", len(one.types.get("QUALIFIED_REPRESENTATION_ITEM", ())) - 1) or ():
        qualifier = exchange.get(reference)
        form = "" if qualifier is None else str(qualifier.own("VALUE_FORMAT_TYPE_QUALIFIER", 0) or "")
        _, point, digits = form.rpartition(".")
        if point and digits.isdigit():
            return min(int(digits), 9)
    return None
