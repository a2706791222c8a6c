"""Units: conversion by pint, how a unit is written for people, and numbers with sensible digits.

pint is imported at the first conversion only (it takes a quarter of a second) and every pair of units is asked once:
what is kept is the factor and the offset, so that arrays convert at numpy's speed.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake

Number = TypeVar("Number", float, NDArray[np.float64])

THOUSANDS = "\u202f"
"""Between groups of three figures: the narrow space that never breaks a line."""
LENGTH_M: dict[str, float] = {
    "m": 1.0,
    "mm": 0.001,
    "cm": 0.01,
    "dm": 0.1,
    "km": 1000.0,
    "um": 1e-6,
    "inch": 0.0254,
    "in": 0.0254,
    "ft": 0.3048,
    "foot": 0.3048,
}
"""Metres in one of each length unit that geometry files use (international inch and foot)."""

_WRITTEN = {
    "degC": "°C",
    "degF": "°F",
    "deg": "°",
    "degree": "°",
    "delta_degC": "K",
    "percent": "%",
    "ohm": "Ω",
    "mohm": "mΩ",
    "kohm": "kΩ",
    "Mohm": "MΩ",
    "um": "µm",
    "us": "µs",
    "inch": "in",
    "rpm": "rpm",
    "dimensionless": "",
    "": "",
}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def convert(value: Number, from_unit: str, to_unit: str) -> Number:
    """`value` (a number or an array) in another unit of the same kind; offsets (degC, degF) are observed.

    Raises UserMistake where a unit is unknown or the two measure different things.
    """
    if from_unit == to_unit:
        return value
    factor, offset = _factor_and_offset(from_unit, to_unit)
    return value * factor + offset


def check_unit(unit: str) -> str:
    """The unit as it is. Raises UserMistake where it is unknown."""
    _parsed(unit)
    return unit


def same_kind(one: str, other: str) -> bool:
    """Whether the two units measure the same thing. Raises UserMistake where one is unknown."""
    return bool(one == other or _parsed(one).dimensionality == _parsed(other).dimensionality)


def pretty_unit(unit: str) -> str:
    """A unit as people write it: `N*m` gives N·m, `degC` °C, `m**2` m². Any text is taken; needs no pint."""
    if unit in _WRITTEN:
        return _WRITTEN[unit]
    text = unit.replace(" ", "").replace("**", "^")
    return "/".join("·".join(_pretty_factor(factor) for factor in side.split("*")) for side in text.split("/"))


def format_value(value: float, unit: str = "", *, digits: int = 4) -> str:
    """A number with `digits` significant digits and its unit, such as «25.31 N·m»; NaN gives «–»."""
    number = format_number(value, digits=digits)
    written = pretty_unit(unit)
    if not written or number == "–":
        return number
    return f"{number}{'' if written in ('°', '%') else ' '}{written}"


def format_number(value: float, *, digits: int = 4) -> str:
    """A number with `digits` significant digits, no trailing zeros, whole parts never cut; NaN gives «–»."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size != 0.0 and (size < 10.0**-digits or size >= 1e9):
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        text = f"{_without_zeros(mantissa)}·10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    else:
        decimals = digits - 1 - math.floor(math.log10(size)) if size else 0
        text = _without_zeros(f"{value:.{max(0, decimals)}f}")
    return "0" if text == "-0" else text.replace("-", "−")


def grouped(number: float, decimals: int = 0) -> str:
    """A number with fixed decimals, thousands apart by narrow spaces that never break a line (ISO 80000-1, 7.3.1), a real minus.

    The one way in which this program writes thousands: «5 385», «−1 234.50».
    """
    return f"{number:,.{decimals}f}".replace(",", THOUSANDS).replace("-", "\u2212")


def without_groups(text: str) -> str:
    """What somebody typed or copied from `grouped`, as Python reads numbers: no spaces between thousands, a plain minus."""
    return text.replace(THOUSANDS, "").replace("\u2009", "").replace("\u00a0", "").replace("\u2212", "-")


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _pretty_factor(factor: str) -> str:
    base, _, power = factor.partition("^")
    return _WRITTEN.get(base, base) + power.translate(_SUPERSCRIPT)


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True, cache_folder=None)


@lru_cache(maxsize=256)
def _parsed(unit: str) -> Any:
    try:
        return _registry().Unit("dimensionless" if unit in ("", "1") else "percent" if unit == "%" else unit)
    except Exception as error:  # pint raises its own, the tokenizer's, and plain TypeErrors for odd text
        raise UserMistake(f"unknown unit {unit!r}; write it as in mm, N*m, degC, 1/min or bar") from error


@lru_cache(maxsize=1024)
def _factor_and_offset(from_unit: str, to_unit: str) -> tuple[float, float]:
    source, target = _parsed(from_unit), _parsed(to_unit)
    if source.dimensionality != target.dimensionality:
        raise UserMistake(
            f"cannot convert {from_unit or 'a plain number'} to {to_unit or 'a plain number'}: they measure different things"
        )
    quantity = _registry().Quantity
    at_zero, at_one = (float(quantity(x, source).to(target).magnitude) for x in (0.0, 1.0))
    at_many = float(quantity(1e6, source).to(target).magnitude)
    if not math.isclose(at_many, at_zero + (at_one - at_zero) * 1e6, rel_tol=1e-6, abs_tol=1e-9):
        raise UserMistake(f"cannot convert {from_unit} to {to_unit}: the scale is not linear")
    factor = (at_many - at_zero) / 1e6
    return (factor if at_zero else at_one), at_zero
