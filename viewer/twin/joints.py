"""Joints: how one link of a mechanism may move against its parent, as a robot's description gives it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
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

    @property
    def unit(self) -> str:
        """What people read its value in: deg or m."""
        return "deg" if self.kind == "revolute" else "m"

    @property
    def home(self) -> float:
        """Zero, or the nearest value that its limits allow."""
        return max(-math.inf if self.low is None else self.low, min(math.inf if self.high is None else self.high, 0.0))

    def is_outside(self, value: float) -> bool:
        """Whether a value lies beyond the limits by more than rounding."""
        slack = 1e-9
        return (self.low is not None and value < self.low - slack) or (self.high is not None and value > self.high + slack)

    def pose_at(self, value: float) -> Pose:
        """parent_from_node for a value: the rest followed by the motion about or along the axis."""
        if value == 0.0:
            return self.rest
        return self.rest @ motion(self.kind, self.axis, value)

    def moved_to(self, parent_from_node: Pose) -> Joint:
        """The joint elsewhere in its parent, at the same value."""
        rest = parent_from_node @ motion(self.kind, self.axis, self.value).inverse() if self.value else parent_from_node
        return replace(self, rest=rest)


def motion(kind: JointKind, axis: tuple[float, float, float], value: float) -> Pose:
    """The turn (radians; Rodrigues' formula) about an axis through the origin, or the shift (metres) along it; unit axis."""
    x, y, z = axis
    if kind == "prismatic":
        return Pose((1.0, 0.0, 0.0, x * value, 0.0, 1.0, 0.0, y * value, 0.0, 0.0, 1.0, z * value))
    s, c = math.sin(value), math.cos(value)
    k = 1.0 - c
    return Pose(
        (
            c + x * x * k, x * y * k - z * s, x * z * k + y * s, 0.0,
            y * x * k + z * s, c + y * y * k, y * z * k - x * s, 0.0,
            z * x * k - y * s, z * y * k + x * s, c + z * z * k, 0.0,
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Follower:
    """A joint whose value is `ratio` times another's, plus `offset` (through however many joints between them)."""

    node: NodeId
    ratio: float
    offset: float

    def value(self, leading: float) -> float:
        """Its value for the leader's."""
        return self.ratio * leading + self.offset


def followers(joints: Mapping[NodeId, Joint], node: NodeId) -> tuple[Follower, ...]:
    """The joint itself and all that copy it, directly or through others, leaders first."""
    copies: dict[NodeId, list[Joint]] = {}
    for joint in joints.values():
        if joint.follows is not None:
            copies.setdefault(joint.follows, []).append(joint)
    found = {node: Follower(node, 1.0, 0.0)}
    queue = [node]
    for one in queue:
        above = found[one]
        for copy in copies.get(one, ()):
            if copy.node not in found:
                found[copy.node] = Follower(copy.node, copy.ratio * above.ratio, copy.ratio * above.offset + copy.offset)
                queue.append(copy.node)
    return tuple(found.values())


def leader(joints: Mapping[NodeId, Joint], node: NodeId) -> NodeId:
    """The joint at the end of the chain that a joint copies; itself where it copies none."""
    seen = {node}
    while (above := joints[node].follows) is not None and above in joints and above not in seen:
        node = above
        seen.add(node)
    return node
