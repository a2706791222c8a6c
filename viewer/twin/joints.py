"""Joints: how one link of a mechanism may move against its parent, as a robot's description gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import NodeId

JointKind = Literal["revolute", "prismatic"]


@dataclass(frozen=True, slots=True)
class Joint:
    """The one degree of freedom of a node against its parent. Angles in radians, lengths in metres."""

    node: NodeId
    """The node that moves (the child link's frame)."""
    name: str
    kind: JointKind
    axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    """Unit vector in the node's own frame."""
    rest: Pose = IDENTITY
    """parent_from_node where the value is zero."""
    value: float = 0.0
    """Where it stands: the node's parent_from_node is `rest` followed by the motion of this value."""
    low: float | None = None
    high: float | None = None
    """Range of the value; None: endless (a continuous joint)."""
    follows: NodeId | None = None
    """The node of the joint that it copies (mimic): value = ratio * its value + offset."""
    ratio: float = 1.0
    offset: float = 0.0
    max_speed: float | None = None
    """rad/s or m/s."""
    max_effort: float | None = None
    """N*m or N."""
