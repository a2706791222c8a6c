"""Edits of the tree: nodes added, removed, moved, hung elsewhere, renamed and restyled; parts added and taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from immutables import Map

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.twin.deltas import NO_CHANGE, Delta
from viewer.twin.edits import ByEngineer, Edit, Edits, NodeIds
from viewer.twin.model import Twin
from viewer.twin.parts import NOTHING, Node, Part, Rgb


def known_node(twin: Twin, node: NodeId) -> Node:
    """The node of an id. Raises UserMistake where there is none."""
    found = twin.nodes.get(node)
    if found is None:
        raise UserMistake(f'there is no node "{node}" in the scene any more')
    return found


@dataclass(frozen=True, slots=True)
class AddNodes(ByEngineer):
    """Add nodes, parents before children; each goes to the end of its parent's children or to `places`."""

    nodes: tuple[Node, ...]
    places: tuple[int, ...] = ()
    """Where among its siblings each node goes, in the order of `nodes`; empty: at the end."""

    def title(self) -> str:
        return f"Add {_counted([node.id for node in self.nodes])}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if not self.nodes:
            return twin, NO_CHANGE
        nodes, children = twin.nodes.mutate(), twin.children.mutate()
        for number, node in enumerate(self.nodes):
            if node.id == ROOT or node.id in nodes:
                raise UserMistake(f'there is a node "{node.id}" already; give the new one another id')
            if node.parent != ROOT and node.parent not in nodes:
                raise UserMistake(f'the node "{node.id}" hangs under "{node.parent}", which the scene does not have')
            if node.part is not None and node.part not in twin.parts:
                raise UserMistake(f'the node "{node.id}" shows the part "{node.part}", which the scene does not have')
            nodes[node.id] = node
            siblings = children.get(node.parent, ())
            place = self.places[number] if self.places else len(siblings)
            children[node.parent] = (*siblings[:place], node.id, *siblings[place:])
        changed = twin.with_(nodes=nodes.finish(), children=children.finish())
        return changed, Delta(added=frozenset(node.id for node in self.nodes))

    def inverse(self, before: Twin) -> Edit:
        return RemoveNodes(tuple(node.id for node in self.nodes))


@dataclass(frozen=True, slots=True)
class RemoveNodes(ByEngineer):
    """Remove nodes with all that hangs below them."""

    nodes: NodeIds

    def title(self) -> str:
        return f"Remove {_counted(self.nodes)}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        gone = self._gone(twin)
        if not gone:
            return twin, NO_CHANGE
        _refuse_while_named(twin, gone)
        nodes, children = twin.nodes.mutate(), twin.children.mutate()
        for parent in {twin.nodes[one].parent for one in gone} - gone:
            left = tuple(one for one in twin.children[parent] if one not in gone)
            if left:
                children[parent] = left
            else:
                del children[parent]
        for one in gone:
            del nodes[one]
            children.pop(one, None)
        return twin.with_(nodes=nodes.finish(), children=children.finish()), Delta(removed=frozenset(gone))

    def inverse(self, before: Twin) -> Edit:
        gone = self._gone(before)
        tops = [one for one in gone if before.nodes[one].parent not in gone]
        tops.sort(key=lambda one: (before.nodes[one].parent, before.children[before.nodes[one].parent].index(one)))
        order = [one for top in tops for one in before.descendants(top)]
        places = tuple(before.children[before.nodes[one].parent].index(one) for one in order)
        return AddNodes(tuple(before.nodes[one] for one in order), places)

    def _gone(self, twin: Twin) -> set[NodeId]:
        for node in self.nodes:
            known_node(twin, node)
        return {one for node in self.nodes for one in twin.descendants(node)}


@dataclass(frozen=True, slots=True)
class MoveNode(ByEngineer):
    """Give a node another pose in its parent."""

    node: NodeId
    parent_from_node: Pose

    def title(self) -> str:
        return f"Move {self.node}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        node = known_node(twin, self.node)
        if node.parent_from_node == self.parent_from_node:
            return twin, NO_CHANGE
        moved = replace(node, parent_from_node=self.parent_from_node)
        changed = twin.with_(nodes=twin.nodes.set(self.node, moved))
        joint = twin.joints.get(self.node)
        if joint is not None:  # the whole joint is moved: its value stays
            changed = changed.with_(joints=twin.joints.set(self.node, joint.moved_to(self.parent_from_node)))
        return changed, Delta(moved=frozenset((self.node,)))

    def inverse(self, before: Twin) -> Edit:
        return MoveNode(self.node, known_node(before, self.node).parent_from_node)


@dataclass(frozen=True, slots=True)
class Reparent(ByEngineer):
    """Hang a node under another parent, with its pose there; `place` among the siblings, None: at the end.

    Under the parent that it has already, None keeps its place.
    """

    node: NodeId
    parent: NodeId
    parent_from_node: Pose
    place: int | None = None

    def title(self) -> str:
        return f"Put {self.node} under {self.parent or 'the scene'}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        node = known_node(twin, self.node)
        if self.parent != ROOT:
            known_node(twin, self.parent)
            if self.parent == self.node or self.node in twin.ancestors(self.parent):
                raise UserMistake(f'"{self.node}" cannot hang under "{self.parent}", which hangs under it')
        if self.parent == node.parent and self.place in (None, twin.children[node.parent].index(self.node)):
            return MoveNode(self.node, self.parent_from_node).apply(twin)
        nodes = twin.nodes.set(self.node, replace(node, parent=self.parent, parent_from_node=self.parent_from_node))
        children = twin.children.mutate()
        left = tuple(one for one in twin.children[node.parent] if one != self.node)
        if left:
            children[node.parent] = left
        else:
            del children[node.parent]
        siblings = children.get(self.parent, ())
        place = len(siblings) if self.place is None else self.place
        children[self.parent] = (*siblings[:place], self.node, *siblings[place:])
        changed = twin.with_(nodes=nodes, children=children.finish())
        return changed, Delta(added=(family := frozenset(twin.descendants(self.node))), removed=family)

    def inverse(self, before: Twin) -> Edit:
        node = known_node(before, self.node)
        return Reparent(self.node, node.parent, node.parent_from_node, before.children[node.parent].index(self.node))


@dataclass(frozen=True, slots=True)
class RenameNode(ByEngineer):
    """Give a node another name; its id stays."""

    node: NodeId
    name: str

    def title(self) -> str:
        return f"Rename {self.node}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if not self.name.strip():
            raise UserMistake(f'the node "{self.node}" needs a name that is not empty')
        return _restyled(twin, {self.node: replace(known_node(twin, self.node), name=self.name)})

    def inverse(self, before: Twin) -> Edit:
        return RenameNode(self.node, known_node(before, self.node).name)


@dataclass(frozen=True, slots=True)
class SetColour(ByEngineer):
    """Give nodes a colour of their own; None takes it away, so that the part's shows."""

    nodes: NodeIds
    colour: Rgb | None

    def title(self) -> str:
        return f"Colour {_counted(self.nodes)}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if self.colour is not None and not all(0 <= c <= 255 for c in self.colour):
            raise UserMistake(f"a colour needs three numbers from 0 to 255, not {self.colour}")
        return _restyled(twin, {n: replace(known_node(twin, n), colour=self.colour) for n in self.nodes})

    def inverse(self, before: Twin) -> Edit:
        groups = _by_value((n, known_node(before, n).colour) for n in self.nodes)
        edits = tuple(SetColour(nodes, colour) for colour, nodes in groups)
        return edits[0] if len(edits) == 1 else Edits(edits, self.title())


@dataclass(frozen=True, slots=True)
class SetVisible(ByEngineer):
    """Show or hide nodes in the scene itself."""

    nodes: NodeIds
    visible: bool

    def title(self) -> str:
        return f"{'Show' if self.visible else 'Hide'} {_counted(self.nodes)}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        return _restyled(twin, {n: replace(known_node(twin, n), visible=self.visible) for n in self.nodes})

    def inverse(self, before: Twin) -> Edit:
        return SetVisible(tuple(n for n in self.nodes if known_node(before, n).visible != self.visible), not self.visible)


@dataclass(frozen=True, slots=True)
class SetProperties(ByEngineer):
    """Give a node other properties: exactly these."""

    node: NodeId
    properties: Mapping[str, str] = field(default=NOTHING)

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", Map(self.properties))

    def title(self) -> str:
        return f"Change properties of {self.node}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        return _restyled(twin, {self.node: replace(known_node(twin, self.node), properties=Map(self.properties))})

    def inverse(self, before: Twin) -> Edit:
        return SetProperties(self.node, known_node(before, self.node).properties)


@dataclass(frozen=True, slots=True)
class AddParts(ByEngineer):
    """Add parts that nodes may show. Holds meshes, so it is not stored: the scene names their geometry file instead."""

    parts: tuple[Part, ...]

    def title(self) -> str:
        return f"Add {len(self.parts)} parts" if len(self.parts) != 1 else f"Add part {self.parts[0].name}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        parts = twin.parts.mutate()
        for part in self.parts:
            if part.id in parts:
                raise UserMistake(f'there is a part "{part.id}" already')
            parts[part.id] = part
        return twin.with_(parts=parts.finish()), NO_CHANGE

    def inverse(self, before: Twin) -> Edit:
        return RemoveParts(tuple(part.id for part in self.parts))


@dataclass(frozen=True, slots=True)
class RemoveParts(ByEngineer):
    """Take away parts that no node shows."""

    parts: tuple[PartId, ...]

    def title(self) -> str:
        return f"Remove {len(self.parts)} parts"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        gone = set(self.parts)
        if user := next((node for node in twin.nodes.values() if node.part in gone), None):
            raise UserMistake(f'the part "{user.part}" is shown by the node "{user.id}"; remove the node first')
        parts = twin.parts.mutate()
        for part in self.parts:
            if part not in parts:
                raise UserMistake(f'there is no part "{part}" in the scene any more')
            del parts[part]
        return twin.with_(parts=parts.finish()), NO_CHANGE

    def inverse(self, before: Twin) -> Edit:
        return AddParts(tuple(before.parts[part] for part in self.parts))


def _restyled(twin: Twin, changed: Mapping[NodeId, Node]) -> tuple[Twin, Delta]:
    different = {n: node for n, node in changed.items() if node != twin.nodes[n]}
    if not different:
        return twin, NO_CHANGE
    return twin.with_(nodes=twin.nodes.update(different)), Delta(restyled=frozenset(different))


def _refuse_while_named(twin: Twin, gone: Iterable[NodeId]) -> None:
    """A node that a binding, station, channel or characteristic names can't go alone."""
    wanted = set(gone)
    for binding in twin.bindings:
        if binding.node in wanted:
            raise UserMistake(f'"{binding.node}" shows the channel "{binding.channel}"; unbind it before removing the node')
    for what, records in (("station", twin.stations), ("channel", twin.channels), ("characteristic", twin.characteristics)):
        for record in records.values():
            if record.node in wanted:
                raise UserMistake(f'"{record.node}" belongs to the {what} "{record.id}"; remove that before the node')


def _by_value(pairs: Iterable[tuple[NodeId, Rgb | None]]) -> list[tuple[Rgb | None, NodeIds]]:
    groups: dict[Rgb | None, list[NodeId]] = {}
    for node, value in pairs:
        groups.setdefault(value, []).append(node)
    return [(value, tuple(nodes)) for value, nodes in groups.items()]


def _counted(ids: Iterable[str]) -> str:
    names = list(ids)
    return names[0] if len(names) == 1 else f"{len(names)} nodes"
