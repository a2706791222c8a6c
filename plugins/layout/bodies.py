"""The solid things of a layout: each instance's world pose and box, and one collision tree per shape, built when first needed."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.api import ROOT, Mesh, NodeId, Twin, instances, world_from_nodes

Array = NDArray[np.float64]

AROUND = frozenset({"hall", "floor", "ground", "wall", "roof", "marking", "label", "path", "light", "zone", "building"})
"""Kinds of nodes that a station may stand in, or that are no bodies; parts without a kind below them are left out with them."""
MOVING = frozenset({"vehicle", "product", "carrier"})
"""Kinds of nodes that move by themselves; all that hangs below one is left out with it."""
MOST_TREES = 4000


class Bodies:
    """All solid instances of one twin. Immutable but for the trees, which are built on demand; one thread."""

    def __init__(self, twin: Twin) -> None:
        left_out = _left_out(twin)
        self.twin = twin
        self.nodes: tuple[NodeId, ...] = tuple(
            node for node in instances(twin) if node not in left_out and _has_triangles(twin, node)
        )
        self.row = {node: row for row, node in enumerate(self.nodes)}
        self.world: Array = world_from_nodes(twin, self.nodes) if self.nodes else np.zeros((0, 4, 4))
        self.meshes: tuple[Mesh, ...] = tuple(_mesh(twin, node) for node in self.nodes)
        self.corners_in_part: Array = np.array([_corners(mesh.bounds_m()) for mesh in self.meshes]).reshape(-1, 8, 3)
        self.boxes: Array = boxes(self.corners_in_part, self.world)
        """(n, 2, 3) in the world."""

    def rows_below(self, node: NodeId) -> NDArray[np.intp]:
        """Rows of the solid instances at and below a node."""
        return np.array([self.row[one] for one in self.twin.descendants(node) if one in self.row], dtype=np.intp)


def boxes(corners_in_part: Array, world_from_part: Array) -> Array:
    """(n, 2, 3) boxes in the world around (n, 8, 3) corners in their parts at (n, 4, 4) poses."""
    corners = corners_in_part @ world_from_part[:, :3, :3].transpose(0, 2, 1) + world_from_part[:, None, :3, 3]
    return np.stack([corners.min(axis=1), corners.max(axis=1)], axis=1) if len(corners) else np.zeros((0, 2, 3))


class Trees:
    """Collision trees by shape, shared by all instances and all runs; the least recently used go first. One thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Mesh, Any]] = OrderedDict()

    def get(self, mesh: Mesh) -> Any:
        """The bounding-volume hierarchy of a mesh; holding the mesh keeps its identity from being used again."""
        import fcl

        if id(mesh) in self._kept:
            self._kept.move_to_end(id(mesh))
            return self._kept[id(mesh)][1]
        tree = fcl.BVHModel()
        tree.beginModel(len(mesh.triangles), len(mesh.points_in_part))
        tree.addSubModel(np.ascontiguousarray(mesh.points_in_part), np.ascontiguousarray(mesh.triangles, dtype=np.int64))
        tree.endModel()
        self._kept[id(mesh)] = (mesh, tree)
        if len(self._kept) > MOST_TREES:
            self._kept.popitem(last=False)
        return tree


def _left_out(twin: Twin) -> set[NodeId]:
    """Nodes that are not solid for a station; a station or machine inside the hall stays."""
    found: set[NodeId] = set()
    stack = [(node, False, False) for node in twin.children_of(ROOT)]
    while stack:
        node, outside, moving = stack.pop()
        kind = twin.nodes[node].kind
        moving = moving or kind in MOVING
        outside = moving or kind in AROUND or (outside and kind == "")
        if outside:
            found.add(node)
        stack.extend((child, outside, moving) for child in twin.children_of(node))
    return found


def _has_triangles(twin: Twin, node: NodeId) -> bool:
    part = twin.nodes[node].part
    return part is not None and len(twin.parts[part].mesh.triangles) > 0


def _mesh(twin: Twin, node: NodeId) -> Mesh:
    part = twin.nodes[node].part
    assert part is not None
    return twin.parts[part].mesh


def _corners(bounds: Array) -> Array:
    return np.array([[bounds[i, 0], bounds[j, 1], bounds[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
