"""Where nodes stand in the world: poses multiplied down the tree level by level, and the boxes that parts fill.

Nothing here knows channels; `viewer.twin.channel_overlay` moves what is bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT, NodeId
from viewer.twin.model import Twin

Matrices = NDArray[np.float64]


def parent_from_nodes(twin: Twin, nodes: Sequence[NodeId]) -> Matrices:
    """(n, 4, 4) rest poses of nodes in their parents. Raises KeyError for an unknown node."""
    known = twin.nodes
    rows = np.array([known[node].parent_from_node.rows for node in nodes], dtype=np.float64).reshape(-1, 3, 4)
    matrices = np.zeros((len(nodes), 4, 4))
    matrices[:, :3] = rows
    matrices[:, 3, 3] = 1.0
    return matrices


def world_from_nodes(twin: Twin, nodes: Iterable[NodeId]) -> Matrices:
    """(n, 4, 4) float64 poses of nodes in the world, in the order given; ROOT is the identity.

    Raises KeyError for an unknown node. The work grows with the nodes and their ancestors, each looked at once.
    """
    wanted = list(nodes)
    tree = Levels(twin, wanted)
    world = tree.world(parent_from_nodes(twin, tree.nodes))
    return world[[tree.row[node] for node in wanted]]


def world_from_node(twin: Twin, node: NodeId) -> Matrices:
    """(4, 4) pose of one node in the world. Raises KeyError for an unknown node."""
    world = np.eye(4)
    while node != ROOT:
        record = twin.nodes[node]
        world = record.parent_from_node.matrix() @ world
        node = record.parent
    return world


class Levels:
    """Nodes with all their ancestors, sorted by depth, so that world poses come from one product per level."""

    def __init__(self, twin: Twin, nodes: Iterable[NodeId]) -> None:
        depth = _depths(twin, nodes)
        self.nodes: tuple[NodeId, ...] = tuple(sorted(depth, key=depth.__getitem__))
        """Parents before children, without ROOT."""
        self.row: dict[NodeId, int] = {node: row for row, node in enumerate(self.nodes)}
        """The row of each node; ROOT has the last one, an identity behind all nodes."""
        self.row[ROOT] = len(self.nodes)
        self.parent_row: NDArray[np.intp] = np.array([self.row[twin.nodes[n].parent] for n in self.nodes], dtype=np.intp)
        """(nodes,) the row of each node's parent."""
        counts = np.bincount([depth[node] for node in self.nodes]) if self.nodes else np.zeros(1, dtype=np.intp)
        ends = np.cumsum(counts)
        self.levels: tuple[slice, ...] = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
        """Rows of each level, from the top."""

    def world(self, parent_from_node: Matrices) -> Matrices:
        """(nodes + 1, 4, 4) world poses from (nodes, 4, 4) poses in the parents, in the order of `nodes`; the last is ROOT's."""
        world = np.empty((len(self.nodes) + 1, 4, 4))
        world[-1] = np.eye(4)
        for level in self.levels:
            np.matmul(world[self.parent_row[level]], parent_from_node[level], out=world[level])
        return world


def _depths(twin: Twin, nodes: Iterable[NodeId]) -> dict[NodeId, int]:
    """Depth (1 at the top level) of the nodes and their ancestors."""
    depth: dict[NodeId, int] = {}
    known = twin.nodes
    for node in nodes:
        way: list[NodeId] = []
        while node != ROOT and node not in depth:
            way.append(node)
            node = known[node].parent
        above = 0 if node == ROOT else depth[node]
        for step, one in enumerate(reversed(way), start=1):
            depth[one] = above + step
    return depth


def instances(twin: Twin, nodes: Iterable[NodeId] = (ROOT,)) -> list[NodeId]:
    """The nodes with a part among these and all that hangs below them, each once, parents before children."""
    found: dict[NodeId, None] = {}
    for node in nodes:
        if node in found:
            continue
        for one in twin.descendants(node):
            if twin.nodes[one].part is not None:
                found[one] = None
    return list(found)


def bounds_in_world(twin: Twin, nodes: Iterable[NodeId]) -> NDArray[np.float64]:
    """(2, 3) lowest and highest corner, metres, of the boxes of all parts at and below the nodes.

    Each part counts with the eight corners of its own box, so a turned part's box is never too small. Where no part is found it
    is the box around the nodes' origins; where no node is given, zeros.
    """
    wanted = list(nodes)
    shown = instances(twin, wanted)
    if not shown:
        origins = world_from_nodes(twin, wanted)[:, :3, 3]
        return np.stack([origins.min(axis=0), origins.max(axis=0)]) if len(origins) else np.zeros((2, 3))
    corners = corners_in_world(twin, shown, world_from_nodes(twin, shown)).reshape(-1, 3)
    return np.stack([corners.min(axis=0), corners.max(axis=0)])


def corners_in_world(twin: Twin, shown: Sequence[NodeId], world: Matrices) -> NDArray[np.float64]:
    """(n, 8, 3) corners of each node's part box, from the nodes' (n, 4, 4) world poses."""
    boxes = {part: twin.parts[part].bounds_m() for part in {twin.nodes[n].part for n in shown} if part is not None}
    bounds = np.array([boxes[part] for n in shown if (part := twin.nodes[n].part) is not None]).reshape(-1, 2, 3)
    pick = np.array([[(i >> axis) & 1 for axis in range(3)] for i in range(8)])
    local = np.stack([bounds[:, pick[:, axis], axis] for axis in range(3)], axis=-1)
    return np.einsum("nij,nkj->nki", world[:, :3, :3], local) + world[:, None, :3, 3]
