"""What a binding's kind asks of its channel's unit: angles turn, lengths shift and drive."""

from __future__ import annotations

from viewer.base.errors import UserMistake
from viewer.base.units import LENGTH_M, convert
from viewer.twin.channels import Binding, BindingKind
from viewer.twin.joints import Joint
from viewer.twin.model import Twin

_ANGLE_RAD = {"": 1.0, "rad": 1.0, "deg": 0.017453292519943295}
_ANGLES = frozenset(("rad", "mrad", "urad", "radian", "deg", "degree", "arcmin", "arcsec", "grade", "turn", "revolution"))
"""Units of angles: to pint they are plain numbers, as percent is."""


def si_factor(kind: BindingKind, unit: str) -> float:
    """What a value of the channel is multiplied by to give radians (revolute) or metres (prismatic, path); 1 for other kinds.

    A channel without a unit is taken in radians or metres. Raises UserMistake where the unit measures something else.
    """
    if kind == "revolute":
        return _ANGLE_RAD[unit] if unit in _ANGLE_RAD else _factor(unit, "rad", "an angle, such as deg")
    if kind in ("prismatic", "path"):
        return LENGTH_M[unit or "m"] if (unit or "m") in LENGTH_M else _factor(unit, "m", "a length, such as mm")
    return 1.0


def check_joint_binding(twin: Twin, binding: Binding) -> None:
    """Raises UserMistake where a binding of kind joint has no joint that leads, or the channel measures something else."""
    joint = twin.joints.get(binding.node)
    if joint is None:
        raise UserMistake(f'"{binding.node}" has no joint that the channel "{binding.channel}" could drive')
    if joint.follows is not None and joint.follows in twin.joints:
        raise UserMistake(f'the joint "{joint.name}" follows that of "{joint.follows}"; bind "{binding.channel}" to that one')
    if binding.channel in twin.channels:
        joint_factor(joint, twin.channels[binding.channel].unit)


def joint_factor(joint: Joint, unit: str) -> float:
    """What a value in the unit is multiplied by to give the joint's own, radians or metres; without a unit it is taken as such.

    Raises UserMistake where the unit measures something else.
    """
    if joint.kind == "revolute" and unit and unit not in _ANGLES:
        raise UserMistake(f"the binding needs a channel whose unit is an angle, such as deg, not {unit}")
    return si_factor(joint.kind, unit)


def _factor(unit: str, target: str, wanted: str) -> float:
    try:
        return convert(1.0, unit, target)
    except UserMistake as error:
        raise UserMistake(f"the binding needs a channel whose unit is {wanted}, not {unit}") from error
