"""Mechanisms: which joints belong to the robot that a node is part of, and which channels drive them."""

from __future__ import annotations

from collections.abc import Sequence

from viewer.base.errors import UserMistake
from viewer.base.ids import ROOT, NodeId
from viewer.twin.binding_units import joint_factor
from viewer.twin.channels import Binding, Channel
from viewer.twin.edits import Edits
from viewer.twin.edits_joints import SetJoint
from viewer.twin.joints import Joint, leader
from viewer.twin.model import Twin

_WHOLES = ("robot", "model")
"""Kinds of nodes that hold a whole mechanism."""


def mechanism_of(twin: Twin, node: NodeId) -> NodeId | None:
    """The robot that a node is or belongs to; where nothing is called one, the nearest node with joints at or below it."""
    carrying = _carrying(twin)
    chain = [one for one in (node, *twin.ancestors(node)) if one in carrying]
    if not chain:
        return None
    return next((one for one in chain if twin.nodes[one].kind in _WHOLES), chain[0])


def joints_below(twin: Twin, node: NodeId) -> tuple[Joint, ...]:
    """The joints at and below a node, in the order of the tree."""
    if not twin.joints:
        return ()
    return tuple(twin.joints[one] for one in twin.descendants(node) if one in twin.joints)


def leading(twin: Twin, joints: Sequence[Joint]) -> tuple[Joint, ...]:
    """Those that are set by themselves: followers left out."""
    return tuple(joint for joint in joints if leader(twin.joints, joint.node) == joint.node)


def driver_of(twin: Twin, joint: Joint) -> Binding | None:
    """The binding whose channel moves the joint's node, so that it can't be set by hand."""
    kinds = ("joint", "revolute", "prismatic", "path")
    return next((b for b in twin.bindings if b.node == joint.node and b.kind in kinds and b.channel in twin.channels), None)


def channels_for(twin: Twin, joint: Joint) -> list[Channel]:
    """The channels that measure what the joint does, an angle or a length; those about its node or its parents come first."""
    near = {joint.node, *twin.ancestors(joint.node)}
    fitting = [channel for channel in twin.channels.values() if channel.unit and _fits(joint, channel)]
    return sorted(fitting, key=lambda channel: (channel.node not in near, channel.id))


def value_from(joint: Joint, channel: Channel, value: float) -> float:
    """A channel's value as the joint's own, radians or metres. Raises UserMistake where its unit measures something else."""
    return value * joint_factor(joint, channel.unit)


def homing(twin: Twin, node: NodeId) -> Edits:
    """All joints of a mechanism at zero, or as near as their limits allow; those that channels drive are left out."""
    free = [one for one in leading(twin, joints_below(twin, node)) if driver_of(twin, one) is None]
    return Edits(tuple(SetJoint(one.node, one.home) for one in free), f"Send {twin.nodes[node].name or node} home")


def _carrying(twin: Twin) -> set[NodeId]:
    """Nodes with a joint at or below them."""
    found: set[NodeId] = set()
    for node in twin.joints:
        while node in twin.nodes and node not in found and node != ROOT:
            found.add(node)
            node = twin.nodes[node].parent
    return found


def _fits(joint: Joint, channel: Channel) -> bool:
    try:
        joint_factor(joint, channel.unit)
    except UserMistake:
        return False
    return True
