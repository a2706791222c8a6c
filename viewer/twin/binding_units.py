"""What a binding's kind asks of its channel's unit: angles turn, lengths shift and drive."""

from __future__ import annotations

from viewer.base.errors import UserMistake
from viewer.base.units import LENGTH_M, convert
from viewer.twin.channels import BindingKind

_ANGLE_RAD = {"": 1.0, "rad": 1.0, "deg": 0.017453292519943295}


def si_factor(kind: BindingKind, unit: str) -> float:
    """What a value of the channel is multiplied by to give radians (revolute) or metres (prismatic, path); 1 for other kinds.

    A channel without a unit is taken in radians or metres. Raises UserMistake where the unit measures something else.
    """
    if kind == "revolute":
        return _ANGLE_RAD[unit] if unit in _ANGLE_RAD else _factor(unit, "rad", "an angle, such as deg")
    if kind in ("prismatic", "path"):
        return LENGTH_M[unit or "m"] if (unit or "m") in LENGTH_M else _factor(unit, "m", "a length, such as mm")
    return 1.0


def _factor(unit: str, target: str, wanted: str) -> float:
    try:
        return convert(1.0, unit, target)
    except UserMistake as error:
        raise UserMistake(f"the binding needs a channel whose unit is {wanted}, not {unit}") from error
