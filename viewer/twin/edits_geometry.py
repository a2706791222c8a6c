"""Edits of whole geometry files: one joins the scene under a node of its own, or goes again, as one step."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.base.ids import NodeId, PartId
from viewer.twin.deltas import Delta
from viewer.twin.edits import ByEngineer, Edit, Edits
from viewer.twin.edits_joints import AddJoints
from viewer.twin.edits_nodes import AddNodes, AddParts, RemoveNodes, known_node
from viewer.twin.joints import Joint
from viewer.twin.model import Twin
from viewer.twin.parts import Node, Part


@dataclass(frozen=True, slots=True)
class AddGeometry(ByEngineer):
    """Add the parts, nodes and joints of a file. Holds meshes, so it is not stored: the scene names the file when it is saved."""

    name: str
    """The file's, for the undo menu."""
    parts: tuple[Part, ...]
    nodes: tuple[Node, ...]
    """Parents first; the first is the one that all others hang under."""
    joints: tuple[Joint, ...] = ()

    def title(self) -> str:
        return f"Add {self.name}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        steps: tuple[Edit, ...] = (AddParts(self.parts), AddNodes(self.nodes))
        return Edits((*steps, AddJoints(self.joints)) if self.joints else steps).apply(twin)

    def inverse(self, before: Twin) -> Edit:
        return RemoveGeometry(self.name, self.nodes[0].id, tuple(part.id for part in self.parts))


@dataclass(frozen=True, slots=True)
class RemoveGeometry(ByEngineer):
    """Remove a file's top node with all below it, its joints, and those of its parts that nothing else shows."""

    name: str
    node: NodeId
    parts: tuple[PartId, ...]

    def title(self) -> str:
        return f"Remove {self.name}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        known_node(twin, self.node)
        gone = set(twin.descendants(self.node))
        changed, delta = RemoveNodes((self.node,)).apply(twin)
        used = {node.part for node in changed.nodes.values()}
        parts, joints = changed.parts.mutate(), changed.joints.mutate()
        for part in self.parts:
            if part not in used and part in parts:
                del parts[part]
        for node in [one for one in changed.joints if one in gone]:
            del joints[node]
        delta = delta | Delta(channels=len(changed.joints) != len(joints))
        return changed.with_(parts=parts.finish(), joints=joints.finish()), delta

    def inverse(self, before: Twin) -> Edit:
        after, _ = self.apply(before)
        parts = tuple(before.parts[part] for part in self.parts if part in before.parts and part not in after.parts)
        nodes = tuple(before.nodes[one] for one in before.descendants(self.node))
        joints = tuple(joint for node, joint in before.joints.items() if node not in after.joints)
        return AddGeometry(self.name, parts, nodes, joints)
