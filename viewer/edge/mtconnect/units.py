"""Units as MTConnect names them (MILLIMETER/SECOND, NEWTON_METER, DEGREE_3D), as pint reads them.

Source: MTConnect Standard, DataItem units and nativeUnits (UnitEnum, NativeUnitEnum).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from viewer.base.errors import UserMistake
from viewer.base.units import check_unit

_WHOLE: Final = {
    "REVOLUTION/MINUTE": "rpm",
    "POUND/INCH^2": "psi",
    "FOOT_POUND": "ft*lbf",
    "INCH_POUND": "inch*lbf",
    "COUNT": "",
    "PH": "",
    "UNIT_VECTOR": "",
    "DECIBEL": "dB",
    "GRAVITATIONAL_ACCELERATION": "standard_gravity",
    "GRAVITATIONAL_FORCE": "standard_gravity",
    "VOLT_AMPERE_REACTIVE": "V*A",
    "VOLT_AMPERE_REACTIVE_HOUR": "V*A*hour",
}
_WORDS: Final = {
    "MILLIMETER": "mm",
    "CENTIMETER": "cm",
    "DECIMETER": "dm",
    "MICROMETER": "um",
    "METER": "m",
    "SECOND": "s",
    "MINUTE": "min",
    "CELSIUS": "degC",
    "FAHRENHEIT": "degF",
    "DEGREE": "deg",
    "RADIAN": "rad",
    "PERCENT": "percent",
    "NEWTON": "N",
    "KILOGRAM": "kg",
    "WATT": "W",
    "KILOWATT": "kW",
    "VOLT": "V",
    "AMPERE": "A",
    "HERTZ": "Hz",
    "KILOPASCAL": "kPa",
    "PASCAL": "Pa",
    "COUNT": "count",
    "MILLIMETER_MERCURY": "mmHg",
}


def is_triple(units: str) -> bool:
    """Whether a value is three numbers, along x, y and z."""
    return units.endswith("_3D")


@lru_cache(maxsize=1024)
def unit_of(units: str) -> str | None:
    """As pint reads it; None where it is not known."""
    bare = units.rpartition(":")[2].removesuffix("_3D").strip()
    if not bare:
        return ""
    if bare in _WHOLE:
        return _WHOLE[bare]
    sides = [_product(side) for side in bare.split("/")]
    try:
        return check_unit("/".join(sides)) if all(sides) and len(bare) < 100 else None
    except UserMistake:
        return None


def _product(text: str) -> str:
    base, _, power = text.partition("^")
    if power:
        return f"{_product(base)}**{power}" if power.isdigit() else ""
    for word, times in (("CUBIC_", 3), ("SQUARE_", 2)):
        if base.startswith(word):
            return f"{_product(base.removeprefix(word))}**{times}"
    if base in _WORDS:
        return _WORDS[base]
    whole = base.lower().replace("_", "")
    if _known(whole):
        return whole
    return "*".join(_WORDS.get(one, one.lower()) for one in base.split("_") if one)


def _known(unit: str) -> bool:
    try:
        check_unit(unit)
    except UserMistake:
        return False
    return unit.isalpha()
