"""Edits of mechanisms: joints set to a value with all that follow them; joints added and taken away."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId
from viewer.base.units import format_value
from viewer.twin.deltas import NO_CHANGE, Delta
from viewer.twin.edits import ByEngineer, Edit, Edits, NodeIds
from viewer.twin.joints import Joint, followers
from viewer.twin.model import Twin


def known_joint(twin: Twin, node: NodeId) -> Joint:
    """The joint that moves a node. Raises UserMistake where there is none."""
    found = twin.joints.get(node)
    if found is None or node not in twin.nodes:
        raise UserMistake(f'there is no joint at "{node}" in the scene')
    return found


@dataclass(frozen=True, slots=True)
class SetJoint(ByEngineer):
    """Turn or shift a node by its joint; the joints that copy it follow."""

    node: NodeId
    value: float
    """Radians of a revolute joint, metres of a prismatic one."""

    def title(self) -> str:
        return f"Set joint of {self.node}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        joint = known_joint(twin, self.node)
        if joint.follows is not None and joint.follows in twin.joints:
            leader = twin.joints[joint.follows].name
            raise UserMistake(f'the joint "{joint.name}" follows "{leader}" and is not set by itself; set "{leader}"')
        if not math.isfinite(self.value):
            raise UserMistake(f'the joint "{joint.name}" needs a finite value')
        if joint.is_outside(self.value) and self.value != joint.value:
            wanted = f"{value_text(joint, joint.low)} to {value_text(joint, joint.high)}"
            raise UserMistake(f'the joint "{joint.name}" goes from {wanted}, not to {value_text(joint, self.value)}')
        return _set(twin, self.node, self.value)

    def inverse(self, before: Twin) -> Edit:
        return SetJoint(self.node, known_joint(before, self.node).value)


@dataclass(frozen=True, slots=True)
class AddJoints(ByEngineer):
    """Give nodes joints, as a robot's file describes them. Not stored: the scene names the file."""

    joints: tuple[Joint, ...]

    def title(self) -> str:
        return f"Add {len(self.joints)} joints" if len(self.joints) != 1 else f"Add joint {self.joints[0].name}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        for joint in self.joints:
            if joint.node not in twin.nodes:
                raise UserMistake(f'the joint "{joint.name}" moves "{joint.node}", which the scene does not have')
        if not self.joints:
            return twin, NO_CHANGE
        return twin.with_(joints=twin.joints.update({joint.node: joint for joint in self.joints})), Delta(channels=True)

    def inverse(self, before: Twin) -> Edit:
        known = tuple(before.joints[joint.node] for joint in self.joints if joint.node in before.joints)
        gone = RemoveJoints(tuple(joint.node for joint in self.joints if joint.node not in before.joints))
        return Edits((gone, AddJoints(known)), self.title()) if known else gone


@dataclass(frozen=True, slots=True)
class RemoveJoints(ByEngineer):
    """Take joints away; their nodes stay where they stand."""

    nodes: NodeIds

    def title(self) -> str:
        return f"Remove {len(self.nodes)} joints"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        joints = twin.joints.mutate()
        for node in self.nodes:
            if node not in joints:
                raise UserMistake(f'there is no joint at "{node}" in the scene any more')
            del joints[node]
        return twin.with_(joints=joints.finish()), Delta(channels=True)

    def inverse(self, before: Twin) -> Edit:
        return AddJoints(tuple(before.joints[node] for node in self.nodes))


def value_text(joint: Joint, value: float | None) -> str:
    """A joint's value as people read it: degrees or metres; «endless» where there is none."""
    if value is None:
        return "endless"
    return format_value(math.degrees(value) if joint.kind == "revolute" else value, joint.unit)


def _set(twin: Twin, node: NodeId, value: float) -> tuple[Twin, Delta]:
    """The joint and all that follow it at new values."""
    joints, nodes = twin.joints.mutate(), twin.nodes.mutate()
    moved: set[NodeId] = set()
    for follower in followers(twin.joints, node):
        joint, new = twin.joints[follower.node], follower.value(value)
        if joint.value == new or follower.node not in twin.nodes:
            continue
        joints[joint.node] = replace(joint, value=new)
        nodes[joint.node] = replace(twin.nodes[joint.node], parent_from_node=joint.pose_at(new))
        moved.add(joint.node)
    if not moved:
        return twin, NO_CHANGE
    return twin.with_(joints=joints.finish(), nodes=nodes.finish()), Delta(moved=frozenset(moved))
