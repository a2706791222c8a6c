"""The units an IFC project assigns: metres in its length unit, and how its measures are written for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from viewer.base.units import LENGTH_M

_PREFIX = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 1e1,
    "DECI": 1e-1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9, "PICO": 1e-12, "FEMTO": 1e-15, "ATTO": 1e-18,
}  # fmt: skip
_SHORT_PREFIX = {"MEGA": "M", "KILO": "k", "HECTO": "h", "DECI": "d", "CENTI": "c", "MILLI": "m", "MICRO": "µ"}
_SHORT = {
    "METRE": "m", "SQUARE_METRE": "m²", "CUBIC_METRE": "m³", "GRAM": "g", "SECOND": "s", "RADIAN": "rad", "KELVIN": "K",
    "DEGREE_CELSIUS": "°C", "AMPERE": "A", "VOLT": "V", "WATT": "W", "NEWTON": "N", "PASCAL": "Pa", "JOULE": "J", "HERTZ": "Hz",
    "LUX": "lx", "LUMEN": "lm",
}  # fmt: skip
_CONVERSION = {
    "INCH": "in", "FOOT": "ft", "YARD": "yd", "MILE": "mi", "SQUARE INCH": "in²", "SQUARE FOOT": "ft²", "CUBIC FOOT": "ft³",
    "CUBIC INCH": "in³", "DEGREE": "°", "POUND": "lb", "LITRE": "l",
}  # fmt: skip
_KIND_OF_MEASURE = {
    "LENGTHMEASURE": "LENGTHUNIT", "POSITIVELENGTHMEASURE": "LENGTHUNIT", "NONNEGATIVELENGTHMEASURE": "LENGTHUNIT",
    "AREAMEASURE": "AREAUNIT", "VOLUMEMEASURE": "VOLUMEUNIT", "MASSMEASURE": "MASSUNIT", "TIMEMEASURE": "TIMEUNIT",
    "PLANEANGLEMEASURE": "PLANEANGLEUNIT", "POSITIVEPLANEANGLEMEASURE": "PLANEANGLEUNIT",
    "THERMODYNAMICTEMPERATUREMEASURE": "THERMODYNAMICTEMPERATUREUNIT", "POWERMEASURE": "POWERUNIT", "FORCEMEASURE": "FORCEUNIT",
    "PRESSUREMEASURE": "PRESSUREUNIT", "ELECTRICVOLTAGEMEASURE": "ELECTRICVOLTAGEUNIT",
    "ELECTRICCURRENTMEASURE": "ELECTRICCURRENTUNIT", "FREQUENCYMEASURE": "FREQUENCYUNIT", "ENERGYMEASURE": "ENERGYUNIT",
}  # fmt: skip
_DEPTH = 8


class Units:
    """What a project's numbers mean."""

    def __init__(self, model: Any) -> None:
        self._of_kind = _assigned(model)
        length = self._of_kind.get("LENGTHUNIT")
        self.metres = _metres(length, _DEPTH) if length is not None else None
        """Metres in one length unit; None where the project names none."""

    @property
    def length_name(self) -> str:
        """The length unit as this program writes it: mm, m, inch, ft …; «m» where it has a size of its own."""
        metres = self.metres
        known = (name for name, size in LENGTH_M.items() if metres is not None and math.isclose(size, metres, rel_tol=1e-5))
        return next(known, "m")

    def symbol(self, measure: str) -> str:
        """What to write behind a value of a measure type such as IfcLengthMeasure; empty where it has no unit."""
        kind = _KIND_OF_MEASURE.get(measure.upper().removeprefix("IFC"))
        return self.symbol_of(self._of_kind.get(kind)) if kind is not None else ""

    def symbol_of(self, unit: Any) -> str:
        """The symbol of a unit of the file; empty where it is of no kind known here."""
        if unit is None:
            return ""
        if unit.is_a("IfcSIUnit"):
            return _SHORT_PREFIX.get(unit.Prefix or "", "") + _SHORT.get(unit.Name, "")
        if unit.is_a("IfcConversionBasedUnit"):
            return _CONVERSION.get(str(unit.Name).upper(), str(unit.Name))
        return str(getattr(unit, "Currency", "") or "")


def _assigned(model: Any) -> dict[str, Any]:
    """The project's units by kind (LENGTHUNIT, AREAUNIT …)."""
    found: dict[str, Any] = {}
    for project in _contexts(model):
        assignment = getattr(project, "UnitsInContext", None)
        for unit in assignment.Units if assignment is not None else ():
            kind = getattr(unit, "UnitType", None)
            if kind:
                found.setdefault(kind, unit)
    return found


def _contexts(model: Any) -> Iterable[Any]:
    yield from model.by_type("IfcProject")
    if not model.schema.startswith("IFC2"):
        yield from model.by_type("IfcProjectLibrary")


def _metres(unit: Any, depth: int) -> float | None:
    """Metres in a length unit; None where it says nothing sensible."""
    if unit.is_a("IfcSIUnit"):
        return _PREFIX.get(unit.Prefix, 1.0) if unit.Prefix else 1.0
    if unit.is_a("IfcConversionBasedUnit") and depth:
        factor = unit.ConversionFactor
        value = getattr(factor.ValueComponent, "wrappedValue", None)
        base = _metres(factor.UnitComponent, depth - 1)
        size = float(value) * base if isinstance(value, int | float) and base is not None else 0.0
        return size if math.isfinite(size) and size > 0 else None
    return None
