"""What a node's properties say of the joint that carries it, in units that people read."""

from __future__ import annotations

import math

from viewer.base.units import format_value
from viewer.twin.joints import Joint


def joint_properties(name: str, kind: str, joint: Joint | None) -> dict[str, str]:
    """Name, kind, range, greatest speed and effort of a joint; of a standing one name and kind."""
    told = {"joint": name, "joint kind": kind}
    if joint is None:
        return told
    if joint.low is not None or joint.high is not None:
        told["joint range"] = f"{_value(joint, joint.low)} … {_value(joint, joint.high)}"
    if joint.max_speed:
        told["joint speed"] = f"{_value(joint, joint.max_speed)}/s"
    if joint.max_effort:
        told["joint effort"] = format_value(joint.max_effort, "N*m" if joint.kind == "revolute" else "N")
    return told


def _value(joint: Joint, value: float | None) -> str:
    if value is None:
        return "endless"
    return format_value(math.degrees(value) if joint.kind == "revolute" else value, joint.unit)
