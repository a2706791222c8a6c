"""What of a twin is shown, as plain records: which nodes, where they stand, which colour they have. Any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT, NodeId
from viewer.twin.kinematics import Levels, parent_from_nodes
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan
from viewer.twin.parts import Node, Rgb


@dataclass(frozen=True, slots=True)
class ShownScene:
    """A twin as a window shows it."""

    twin: Twin
    hidden: frozenset[NodeId] = frozenset()
    """Nodes that the window hides, with all below them."""
    isolated: frozenset[NodeId] = frozenset()
    """Where not empty: only these and what is below them are shown."""
    seen_through: frozenset[NodeId] = frozenset()
    """Nodes drawn see-through, with all below them."""
    world_from_node: Mapping[NodeId, NDArray[np.float64]] = field(default_factory=dict[NodeId, NDArray[np.float64]])
    """(4, 4) of nodes that channels have moved."""
    rgb: Mapping[NodeId, Rgb] = field(default_factory=dict[NodeId, Rgb])
    """Colours laid over nodes, such as a channel's or a study's."""
    toggled_off: frozenset[NodeId] = frozenset()
    """Nodes that channels hide; what is below them stays."""


def with_overlay(scene: ShownScene, plan: OverlayPlan, frame: OverlayFrame) -> ShownScene:
    """The scene with an overlay's frame laid over it."""
    poses = dict(zip(plan.posed, frame.world_from_node, strict=True))
    colours = {n: (int(r), int(g), int(b)) for n, (r, g, b) in zip(plan.coloured, frame.rgb, strict=True)}
    off = frozenset(node for node, seen in zip(plan.toggled, frame.visible, strict=True) if not seen)
    return ShownScene(scene.twin, scene.hidden, scene.isolated, scene.seen_through, poses, colours, off)


@dataclass(frozen=True, slots=True)
class ShownNode:
    """One node of what is shown."""

    node: Node
    parent_from_node: NDArray[np.float64]
    """(4, 4) as it stands now."""
    shows: bool
    """Whether its part is seen; groups above what is seen are there without."""
    colour: Rgb | None
    """Instead of the part's; None: the part's own."""
    seen_through: bool


def shown_nodes(scene: ShownScene) -> list[ShownNode]:
    """The nodes whose part is seen and all above them, parents first."""
    twin = scene.twin
    order = list(twin.descendants(ROOT))
    seen, clear = _seen(scene, order)
    needed: set[NodeId] = set()
    for one in reversed(order):
        if one in seen or one in needed:
            needed.add(one)
            needed.add(twin.nodes[one].parent)
    local = _local(scene, [one for one in order if one in needed])
    return [
        ShownNode(twin.nodes[one], local[one], one in seen, scene.rgb.get(one, twin.nodes[one].colour), one in clear)
        for one in order
        if one in needed
    ]


def _seen(scene: ShownScene, order: list[NodeId]) -> tuple[set[NodeId], set[NodeId]]:
    """The nodes with a part that is seen, and those that are see-through."""
    twin = scene.twin
    open_: set[NodeId] = {ROOT}
    chosen: set[NodeId] = set() if scene.isolated else {ROOT}
    clear: set[NodeId] = set()
    for one in order:
        node = twin.nodes[one]
        if node.parent in open_ and node.visible and one not in scene.hidden:
            open_.add(one)
        if one in scene.isolated or node.parent in chosen:
            chosen.add(one)
        if one in scene.seen_through or node.parent in clear:
            clear.add(one)
    shown = {one for one in order if one in open_ and one in chosen and twin.nodes[one].part is not None}
    return shown - scene.toggled_off, clear


def _local(scene: ShownScene, nodes: list[NodeId]) -> dict[NodeId, NDArray[np.float64]]:
    """(4, 4) place in the parent of each node; those that channels moved stand where they are now."""
    rest = dict(zip(nodes, parent_from_nodes(scene.twin, nodes), strict=True))
    if not scene.world_from_node:
        return rest
    levels = Levels(scene.twin, nodes)
    world = levels.world(parent_from_nodes(scene.twin, levels.nodes))
    stands = {one: world[levels.row[one]] for one in (*nodes, ROOT)}
    moved = {one: pose for one, pose in scene.world_from_node.items() if one in rest}
    stands.update(moved)
    for one in nodes:
        parent = scene.twin.nodes[one].parent
        if one in moved or parent in moved:
            rest[one] = np.linalg.solve(stands[parent], stands[one])
    return rest
