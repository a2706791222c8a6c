"""How measured numbers are written: in the unit that was chosen, with as many digits as tell something."""

from __future__ import annotations

import math
from typing import Literal

from viewer.base.units import LENGTH_M, grouped
from viewer.measure.readings import Quantity, Reading, Sort

LengthUnit = Literal["auto", "mm", "m", "inch"]
LENGTH_UNITS: tuple[LengthUnit, ...] = ("auto", "mm", "m", "inch")
_WRITTEN = {"mm": "mm", "m": "m", "inch": "in"}
_MOST_DECIMALS = {"mm": 3, "m": 6, "inch": 4}


def quantity_text(quantity: Quantity, unit: LengthUnit = "auto") -> str:
    """A value with its unit, such as «12.345 mm», «45.00°», «3.2 cm²»."""
    number, written = in_unit(quantity, unit)
    if quantity.sort == "angle":
        return f"{number}°"
    return f"{number} {written}".strip()


def in_unit(quantity: Quantity, unit: LengthUnit = "auto") -> tuple[str, str]:
    """The number and the unit, apart."""
    value, sort = quantity.value, quantity.sort
    if not math.isfinite(value):
        return "–", ""
    if sort == "angle":
        return _number(math.degrees(value), 3 if abs(value) < math.radians(1.0) else 2), "°"
    if sort == "count":
        return grouped(value), ""
    own = _fitting(value, sort) if unit == "auto" else unit
    power = {"length": 1, "area": 2, "volume": 3}[sort]
    scaled = value / LENGTH_M[own] ** power
    decimals = _decimals(scaled, _MOST_DECIMALS[own]) if power == 1 else _significant(scaled)
    return _number(scaled, decimals), _WRITTEN[own] + ("", "²", "³")[power - 1]


def reading_text(reading: Reading, unit: LengthUnit = "auto") -> str:
    """A reading's main value with its sign and how sure it is, such as «⌀ 12.000 mm» or «310.2 mm ±0.02»."""
    if reading.title == "Point":
        return " ".join(f"{q.name} {quantity_text(q, unit)}" for q in (reading.main, *reading.details[:2]))
    return reading.prefix + quantity_text(reading.main, unit)


def doubt_text(reading: Reading, unit: LengthUnit = "auto") -> str:
    """«±0.02 mm of the triangles»; empty where the value does not depend on them or they are exact."""
    if reading.doubt_m <= 1e-9:
        return ""
    own = "mm" if unit in ("auto", "m") else unit
    number = reading.doubt_m / LENGTH_M[own]
    return f"±{number:.1g} {_WRITTEN[own]} of the triangles" if number >= 1e-4 else ""


def _fitting(value: float, sort: Sort) -> LengthUnit:
    """Metres from a metre on, millimetres below."""
    return "m" if abs(value) >= {"length": 1.0, "area": 0.1, "volume": 0.001}[sort] else "mm"


def _decimals(scaled: float, most: int) -> int:
    """Seven digits in all at most."""
    whole = 1 if abs(scaled) < 10.0 else math.floor(math.log10(abs(scaled))) + 1
    return max(0, min(most, 7 - whole))


def _significant(scaled: float) -> int:
    if scaled == 0.0:
        return 0
    return max(0, min(6, 4 - math.floor(math.log10(abs(scaled)))))


def _number(value: float, decimals: int) -> str:
    return grouped(0.0 if round(value, decimals) == 0.0 else value, decimals)
