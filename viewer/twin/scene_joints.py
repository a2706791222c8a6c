"""The joints of a scene: as its geometry files describe them, at the values that its [[joint]] tables give."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from immutables import Map

from viewer.base.ids import NodeId
from viewer.twin import scene_read
from viewer.twin.joints import Joint, followers
from viewer.twin.parts import Node
from viewer.twin.scene_document import SceneDocument
from viewer.twin.scene_mistakes import nearest_id
from viewer.twin.schema import JointTable


class HasJoints(Protocol):
    """What a geometry file holds of joints."""

    @property
    def joints(self) -> tuple[Joint, ...]: ...


def node_id(prefix: str, node: NodeId) -> NodeId:
    """The id in the twin of a geometry file's node."""
    return NodeId(f"{prefix}.{node}") if prefix else node


def joints_of_files(
    document: SceneDocument, models: Mapping[str, HasJoints], nodes: Mapping[NodeId, Node]
) -> dict[NodeId, Joint]:
    """The joints of all placements, by the scene's ids, as the files have them; those whose node was not taken stay out."""
    found: dict[NodeId, Joint] = {}
    for entry in document.geometry:
        for placement in entry.placements if entry.id in models else ():
            for joint in models[entry.id].joints:
                own = node_id(placement.prefix, joint.node)
                if own in nodes:
                    leader = None if joint.follows is None else node_id(placement.prefix, joint.follows)
                    found[own] = replace(joint, node=own, follows=leader)
    return found


def set_joints(
    document: SceneDocument, joints: dict[NodeId, Joint], nodes: dict[NodeId, Node], *, complete: bool
) -> Map[NodeId, Joint]:
    """The joints at the scene's values, and their nodes put there. A [[node]] table's pose is that of the joint's zero.

    Raises UserMistake where a [[joint]] table names a node without a joint of its own.
    """
    for table in document.nodes:
        own = NodeId(table.id)
        if table.pose is not None and own in joints:
            joints[own] = replace(joints[own], rest=scene_read.pose(table.pose))
            nodes[own] = replace(nodes[own], parent_from_node=joints[own].pose_at(joints[own].value))
    for index, table in enumerate(document.joints):
        own = NodeId(table.node)
        if own in joints and own in nodes:
            _set(document, index, table, joints, nodes)
        elif complete:
            sentence = f'joint names the node "{own}", which has no joint{nearest_id(own, joints)}'
            raise document.mistake("joint", index, "node", sentence)
    return Map(joints)


def table_of(joint: Joint) -> dict[str, Any]:
    """The [[joint]] table of a joint's value."""
    if joint.kind == "revolute":
        return {"node": joint.node, "value_deg": round(math.degrees(joint.value), 12)}
    return {"node": joint.node, "value_m": round(joint.value, 12)}


def _set(document: SceneDocument, index: int, table: JointTable, joints: dict[NodeId, Joint], nodes: dict[NodeId, Node]) -> None:
    joint = joints[NodeId(table.node)]
    right, wrong = ("value_deg", "value_m") if joint.kind == "revolute" else ("value_m", "value_deg")
    given = getattr(table, right)
    if getattr(table, wrong) is not None or given is None or not math.isfinite(given):
        sentence = f'joint of "{table.node}" is {joint.kind}, so it needs {right} and nothing else'
        raise document.mistake("joint", index, wrong if getattr(table, wrong) is not None else right, sentence)
    if joint.follows is not None and joint.follows in joints:
        sentence = f'joint of "{table.node}" follows that of "{joint.follows}"; give that one a value instead'
        raise document.mistake("joint", index, "node", sentence)
    for follower in followers(joints, joint.node):
        one = joints[follower.node]
        value = follower.value(math.radians(given) if joint.kind == "revolute" else given)
        joints[one.node] = replace(one, value=value)
        if one.node in nodes:
            nodes[one.node] = replace(nodes[one.node], parent_from_node=one.pose_at(value))
