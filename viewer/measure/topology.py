"""Topology: the faces, edges and corners that a mesh shows, found in its triangles once and asked often.

Where the format has CAD faces, edges are where two of them meet; else where the surface bends sharply, is torn or forks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from viewer.twin.parts import Mesh

Ints = NDArray[np.int64]
SHARP_RAD = math.radians(25.0)
"""A bend over this is an edge, where a mesh has no CAD faces."""
CORNER_RAD = math.radians(40.0)
"""An edge that turns by more than this at a point ends there."""
_WELD = 1e-7
"""Points nearer to one another than this share of the mesh's size are one."""


class Topology:
    """Faces, edges and corners of one mesh, in the part's frame. Any thread; the arrays are not to be changed."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        points, self.triangles = _welded(mesh)
        self.points = points
        """(n, 3) each point once."""
        corners = points[self.triangles]
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        double = np.linalg.norm(cross, axis=1)
        self.area_of_triangle = double / 2.0
        self.normal_of_triangle = cross / np.maximum(double, 1e-300)[:, None]
        self._link()
        self._find_faces()
        self._find_edges()

    def _link(self) -> None:
        """Edges with the two triangles at each (-1: none), and which of them are torn, forked or folded over."""
        t = self.triangles
        ends = np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]])
        owner = np.tile(np.arange(len(t)), 3)
        low, high = ends.min(axis=1), ends.max(axis=1)
        # Triangles with two corners in one point, which kernels leave along seams, would count their edge twice more.
        sound = (t[:, 0] != t[:, 1]) & (t[:, 1] != t[:, 2]) & (t[:, 2] != t[:, 0])
        whole = np.tile(sound, 3)
        key = low[whole] * np.int64(max(len(self.points), 1)) + high[whole]
        order = np.argsort(key, kind="stable")
        keys, first, count = np.unique(key[order], return_index=True, return_counts=True)
        owner, forward = owner[whole][order], (ends[whole, 0] < ends[whole, 1])[order]
        self.ends = np.stack([keys // max(len(self.points), 1), keys % max(len(self.points), 1)], axis=1).astype(np.int64)
        second = np.where(count > 1, first + 1, first)
        self.beside = (
            np.stack([owner[first], np.where(count > 1, owner[second], -1)], axis=1) if len(keys) else np.zeros((0, 2), int)
        )
        self.count_at_edge = count
        self.is_closed = bool(len(keys)) and bool((count == 2).all()) and bool((forward[first] != forward[second]).all())
        """Whether the triangles bound a body: each edge has two, which run along it in opposite directions."""

    def _find_faces(self) -> None:
        """The face of each triangle, and which edges part two faces."""
        pair = self.count_at_edge == 2
        one, other = self.beside[:, 0], np.where(pair, self.beside[:, 1], self.beside[:, 0])
        normal = self.normal_of_triangle
        cosine = np.clip((normal[one] * normal[other]).sum(axis=1), -1.0, 1.0)
        self.bend_rad = np.where(pair, np.arccos(cosine), 0.0)
        cad = self.mesh.face_of_triangle
        if cad is not None:
            parts = cad[one] != cad[other]
            self.face_of_triangle = np.asarray(cad, dtype=np.int64)
        else:
            solid = (self.area_of_triangle[one] > 0.0) & (self.area_of_triangle[other] > 0.0)
            parts = (self.bend_rad > SHARP_RAD) & solid
            smooth = np.flatnonzero(pair & ~parts)
            self.face_of_triangle = _connected(len(self.triangles), one[smooth], other[smooth])
        self.is_edge = parts | ~pair

    def _find_edges(self) -> None:
        """Which segments run on into one another: the edge of each segment."""
        self.segments = np.flatnonzero(self.is_edge)
        ends = self.ends[self.segments]
        faces = np.sort(np.where(self.beside[self.segments] < 0, -1, self.face_of_triangle[self.beside[self.segments]]), axis=1)
        degree = np.bincount(ends.ravel(), minlength=len(self.points))
        at, which = ends.ravel(), np.repeat(np.arange(len(ends)), 2)
        order = np.argsort(at, kind="stable")
        at, which = at[order], which[order]
        start = np.flatnonzero((degree[at] == 2) & np.concatenate([[True], at[1:] != at[:-1]])) if len(at) else np.zeros(0, int)
        one, other, middle = which[start], which[start + 1], at[start]
        goes_on = (faces[one] == faces[other]).all(axis=1) if self.mesh.face_of_triangle is not None else np.ones(len(one), bool)
        goes_on &= self._turn_rad(ends, one, other, middle) < CORNER_RAD
        self.edge_of_segment = _connected(len(ends), one[goes_on], other[goes_on])
        joined = np.zeros(len(self.points), dtype=np.bool_)
        joined[middle[goes_on]] = True
        self.is_corner = (degree > 0) & ~joined
        """(points,) where an edge ends or several meet."""

    def _turn_rad(self, ends: Ints, one: Ints, other: Ints, middle: Ints) -> NDArray[np.float64]:
        """How far the way turns from one segment to the other at the point they share."""
        far = [self.points[np.where(ends[s, 0] == middle, ends[s, 1], ends[s, 0])] for s in (one, other)]
        into, out = self.points[middle] - far[0], far[1] - self.points[middle]
        size = np.maximum(np.linalg.norm(into, axis=1) * np.linalg.norm(out, axis=1), 1e-300)
        return np.arccos(np.clip((into * out).sum(axis=1) / size, -1.0, 1.0))

    def segments_of_face(self, face: int) -> Ints:
        """Rows of `segments` that bound a face."""
        beside = self.beside[self.segments]
        at = np.where(beside < 0, -1, self.face_of_triangle[beside])
        return np.flatnonzero((at == face).any(axis=1))

    def triangles_of_face(self, face: int) -> Ints:
        """Rows of the triangles of a face."""
        return np.flatnonzero(self.face_of_triangle == face)

    def chain(self, edge: int) -> NDArray[np.float64]:
        """(k, 3) the points of an edge in their order; a closed one ends where it began."""
        ends = self.ends[self.segments[self.edge_of_segment == edge]]
        neighbours: dict[int, list[int]] = {}
        for a, b in ends.tolist():
            neighbours.setdefault(a, []).append(b)
            neighbours.setdefault(b, []).append(a)
        start = next((one for one, beside in neighbours.items() if len(beside) == 1), next(iter(neighbours)))
        way, last = [start], -1
        while True:
            onward = [one for one in neighbours[way[-1]] if one != last] or neighbours[way[-1]][:1]
            if len(way) > len(ends) or (last != -1 and len(neighbours[way[-1]]) == 1):
                break
            last = way[-1]
            way.append(onward[0])
            if way[-1] == start:
                break
        return self.points[way]


def _welded(mesh: Mesh) -> tuple[NDArray[np.float64], Ints]:
    """Points that lie together made one, and the triangles over them in the mesh's order."""
    points, triangles = mesh.points_in_part, np.asarray(mesh.triangles, dtype=np.int64).reshape(-1, 3)
    if not len(points):
        return points, triangles
    low = points.min(axis=0)
    step = max(float(np.ptp(points, axis=0).max()), 1e-12) * _WELD
    # Two grids, shifted by half a cell: points on either side of one grid's border are together in the other.
    label = np.arange(len(points))
    for shift in (0.0, 0.5):
        cells = np.floor((points - low) / step + shift).astype(np.int64)
        key = np.zeros(len(points), dtype=np.int64)
        for axis in range(3):
            _, number = np.unique(cells[:, axis], return_inverse=True)
            _, key = np.unique(key * np.int64(len(points)) + number.reshape(-1), return_inverse=True)
        _, first, same = np.unique(key, return_index=True, return_inverse=True)
        label = np.minimum(label, label[first[same]]) if shift else first[same]
    kept, row = np.unique(label, return_inverse=True)
    return points[kept], row.reshape(-1)[triangles]


def _connected(count: int, one: Ints, other: Ints) -> Ints:
    """The number of the group that each of `count` things belongs to."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(len(one), dtype=np.int8), (one, other)), shape=(count, count))
    return connected_components(links, directed=False)[1].astype(np.int64)
