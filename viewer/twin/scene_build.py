"""A scene document and what its geometry files hold become one twin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import translate
from re import compile as compile_pattern
from typing import Protocol

import numpy as np
from immutables import Map

from viewer.base.collecting import no_collecting
from viewer.base.errors import UserMistake
from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.twin import scene_read
from viewer.twin.binding_units import check_joint_binding
from viewer.twin.joints import Joint
from viewer.twin.model import Twin
from viewer.twin.parts import Node, Part
from viewer.twin.scene_document import GeometryEntry, Placement, SceneDocument
from viewer.twin.scene_joints import joints_of_files, set_joints
from viewer.twin.scene_mistakes import nearest_id
from viewer.twin.schema import NodeTable


class Model(Protocol):
    """What a geometry file holds, as the readers of `viewer.geometry` return it."""

    @property
    def parts(self) -> tuple[Part, ...]: ...

    @property
    def nodes(self) -> tuple[Node, ...]: ...

    @property
    def joints(self) -> tuple[Joint, ...]: ...


def part_id(geometry: str, part: PartId) -> PartId:
    """The id in the twin of a geometry file's part: unique over all files of a scene."""
    return PartId(f"{geometry}/{part}")


@no_collecting()
def build_twin(document: SceneDocument, models: Mapping[str, Model]) -> Twin:
    """The twin of a scene: `models` holds the content of each geometry entry by its id. Any thread.

    Geometry whose model is not given stays out (it is still loading, or failed); then [[node]] tables may add nodes to it
    but references to its nodes are not checked. Raises UserMistake with file and line where the parts don't fit together.
    """
    parts, nodes = geometry_content(document, models)
    removed = [NodeId(table.id) for table in document.nodes if table.removed]
    for index, table in enumerate(document.nodes):
        if not table.removed:
            _override(document, index, table, parts, nodes)
    complete = all(entry.id in models for entry in document.geometry)
    joints = set_joints(document, joints_of_files(document, models, nodes), nodes, complete=complete)
    children = _children(document, nodes, removed, complete=complete)
    twin = Twin(
        name=document.name,
        currency=document.currency,
        parts=Map(parts),
        nodes=Map(nodes),
        children=Map(children),
        channels=Map({c.id: c for c in document.channels}),
        bindings=document.bindings,
        paths=Map({p.id: p for p in document.paths}),
        characteristics=Map({c.id: c for c in document.characteristics}),
        stations=Map({s.id: s for s in document.stations}),
        flows=Map({f.id: f for f in document.flows}),
        views=document.views,
        joints=joints,
    )
    if complete:
        _check_nodes(document, twin)
    return twin


def geometry_content(document: SceneDocument, models: Mapping[str, Model]) -> tuple[dict[PartId, Part], dict[NodeId, Node]]:
    """Parts and nodes as the geometry files bring them, placed, before any [[node]] table. Raises UserMistake as `build_twin`."""
    parts: dict[PartId, Part] = {}
    nodes: dict[NodeId, Node] = {}
    for index, entry in enumerate(document.geometry):
        if entry.id in models:
            _join(document, index, entry, models[entry.id], parts, nodes)
    return parts, nodes


def _join(
    document: SceneDocument, index: int, entry: GeometryEntry, model: Model, parts: dict[PartId, Part], nodes: dict[NodeId, Node]
) -> None:
    """Add a file's parts once and its nodes for each placement."""
    new_ids = {part.id: part_id(entry.id, part.id) for part in model.parts}
    chosen = _chosen(model.nodes, entry.only)
    if entry.only and not chosen:
        raise document.mistake(
            "geometry", index, "only", f'geometry "{entry.id}" has only = {list(entry.only)}, which no node matches'
        )
    shown = {node.part for node in chosen}
    parts.update((new_ids[p.id], replace(p, id=new_ids[p.id])) for p in model.parts if p.id in shown)
    for placement in entry.placements:
        placed = _placed(chosen, placement, new_ids)
        if twice := next((node.id for node in placed if node.id in nodes), None):
            sentence = f'geometry "{entry.id}" brings a node "{twice}" that the scene has already; give it a prefix of its own'
            raise document.mistake("geometry", index, "prefix", sentence)
        nodes.update((node.id, node) for node in placed)


def _chosen(nodes: Sequence[Node], only: tuple[str, ...]) -> Sequence[Node]:
    """The nodes that match a glob, with all below and above them, in their order."""
    if not only:
        return nodes
    pattern = compile_pattern("|".join(translate(glob) for glob in only))
    parent_of = {node.id: node.parent for node in nodes}
    below: set[NodeId] = set()
    above: set[NodeId] = set()
    for node in nodes:
        if node.parent in below or pattern.match(node.id):
            below.add(node.id)
            parent = node.parent
            while parent != ROOT and parent not in above:
                above.add(parent)
                parent = parent_of[parent]
    return [node for node in nodes if node.id in below or node.id in above]


def _placed(nodes: Iterable[Node], placement: Placement, new_ids: Mapping[PartId, PartId]) -> list[Node]:
    """Nodes of a file with the scene's ids, hung under the placement's parent and moved by its pose."""
    prefix = f"{placement.prefix}." if placement.prefix else ""
    parent, matrix = NodeId(placement.parent), placement.pose.matrix()
    moved = placement.pose != IDENTITY
    placed: list[Node] = []
    for node in nodes:
        pose = node.parent_from_node
        if node.parent == ROOT:
            above = parent
            if moved:
                pose = Pose(tuple((matrix @ _padded(pose))[:3].ravel().tolist()))
        else:
            above = NodeId(prefix + node.parent)
        part = None if node.part is None else new_ids[node.part]
        own = NodeId(prefix + node.id)
        placed.append(Node(own, node.name, above, pose, part, node.colour, node.kind, node.visible, node.properties))
    return placed


def _padded(pose: Pose) -> np.ndarray:
    return np.array((*pose.rows, 0.0, 0.0, 0.0, 1.0)).reshape(4, 4)


def _override(
    document: SceneDocument, index: int, table: NodeTable, parts: Mapping[PartId, Part], nodes: dict[NodeId, Node]
) -> None:
    """Change a file's node by what a [[node]] table says, or add a new one."""
    own = NodeId(table.id)
    known = nodes.get(own) or Node(own, table.id.rpartition(".")[2])
    try:
        nodes[own] = Node(
            own,
            known.name if table.name is None else table.name,
            known.parent if table.parent is None else NodeId(table.parent),
            known.parent_from_node if table.pose is None else scene_read.pose(table.pose),
            known.part if table.part is None else PartId(table.part),
            known.colour if table.colour is None else scene_read.optional_colour(table.colour),
            known.kind if table.kind is None else table.kind,
            known.visible if table.visible is None else table.visible,
            known.properties if table.properties is None else _merged(known.properties, table.properties),
        )
    except scene_read.Wrong as wrong:
        raise document.mistake("node", index, wrong.key, f'node "{table.id}" {wrong.sentence}') from wrong
    if table.part is not None and table.part not in parts:
        sentence = f'node "{table.id}" shows the part "{table.part}", which no geometry has{nearest_id(table.part, parts)}'
        raise document.mistake("node", index, "part", sentence)


def _merged(known: Mapping[str, str], changed: Mapping[str, str]) -> Map[str, str]:
    """A node's properties with a table's put over them; an empty text takes one away."""
    return Map({key: value for key, value in {**known, **changed}.items() if changed.get(key) != ""})


def _children(
    document: SceneDocument, nodes: dict[NodeId, Node], removed: Sequence[NodeId], *, complete: bool
) -> dict[NodeId, tuple[NodeId, ...]]:
    """Child ids by parent; what was removed, and what hangs under nothing yet, is taken out of `nodes`."""
    lists: dict[NodeId, list[NodeId]] = {}
    for node in nodes.values():
        lists.setdefault(node.parent, []).append(node.id)
    for gone in removed:
        if gone in nodes:
            lists[nodes[gone].parent].remove(gone)
    reached = _below(lists, lists.get(ROOT, []))
    if len(reached) != len(nodes):
        swept = _below(lists, list(removed))
        lost = [one for one in nodes if one not in reached]
        if complete and (unexplained := [one for one in lost if one not in swept]):
            raise _lost(document, nodes, unexplained[0])
        for one in lost:
            del nodes[one]
    return {parent: tuple(ids) for parent, ids in lists.items() if ids and (parent == ROOT or parent in reached)}


def _below(lists: Mapping[NodeId, list[NodeId]], level: list[NodeId]) -> set[NodeId]:
    """The nodes of a level and all that hang below them."""
    reached: set[NodeId] = set()
    while level:
        reached.update(level)
        level = [child for parent in level if parent in lists for child in lists[parent] if child not in reached]
    return reached


def _lost(document: SceneDocument, nodes: Mapping[NodeId, Node], lost: NodeId) -> UserMistake:
    """Why a node hangs under nothing: its parent is unknown, or the parents go round."""
    seen: set[NodeId] = set()
    while lost not in seen:
        seen.add(lost)
        parent = nodes[lost].parent
        if parent not in nodes:
            sentence = f'"{lost}" hangs under "{parent}", which the scene does not have{nearest_id(parent, nodes)}'
            return _at_origin(document, lost, sentence)
        lost = parent
    return _at_origin(document, lost, f'"{lost}" hangs under itself through its parents')


def _at_origin(document: SceneDocument, node: NodeId, sentence: str) -> UserMistake:
    """A mistake about a node at the table that brought its parent."""
    for index, table in enumerate(document.nodes):
        if table.id == node and table.parent is not None:
            return document.mistake("node", index, "parent", f"node {sentence}")
    for index, entry in enumerate(document.geometry):
        if any(node == p.prefix or node.startswith(f"{p.prefix}.") or not p.prefix for p in entry.placements):
            return document.mistake("geometry", index, "parent", f'of geometry "{entry.id}" {sentence}')
    return UserMistake(f"{document.path}: {sentence}")


def _check_nodes(document: SceneDocument, twin: Twin) -> None:
    """Nodes that channels, bindings, stations and characteristics name must be there."""
    for index, binding in enumerate(document.bindings):
        if binding.kind == "joint" and binding.node in twin.nodes:
            try:
                check_joint_binding(twin, binding)
            except UserMistake as error:
                raise document.mistake("binding", index, "node", str(error)) from error
    named: list[tuple[str, int, NodeId | None]] = [
        *(("channel", i, c.node) for i, c in enumerate(document.channels)),
        *(("binding", i, b.node) for i, b in enumerate(document.bindings)),
        *(("station", i, s.node) for i, s in enumerate(document.stations)),
        *(("characteristic", i, c.node) for i, c in enumerate(document.characteristics)),
    ]
    for table, index, node in named:
        if node is not None and node not in twin.nodes:
            sentence = f'{table} names the node "{node}", which the scene does not have{nearest_id(node, twin.nodes)}'
            raise document.mistake(table, index, "node", sentence)
