"""Surroundings: the triangles near a person, gathered from what is shown, so that a step asks few of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from viewer.render.slots import SlotTable
from viewer.twin.parts import Mesh

Floats = NDArray[np.float64]
REACH_M = np.array([3.0, 3.0, 3.5])
"""Half size of the box that triangles are gathered from."""
_STALE_M = np.array([1.2, 1.2, 2.4])
"""A person that went so far is given the triangles around anew; feet and head ask about places far apart."""


class Surroundings:
    """Main thread. `scene` gives the table and the meshes of its slots as they are now."""

    def __init__(self, scene: Callable[[], tuple[SlotTable, list[Mesh]]]) -> None:
        self._scene = scene
        self._boxes: dict[int, tuple[Mesh, Floats, Floats]] = {}
        self._middle = np.full(3, np.inf)
        self._corners = np.zeros((0, 3, 3))
        self._low = self._high = np.zeros((0, 3))

    def forget(self) -> None:
        """Things moved, appeared or went: gather anew."""
        self._middle = np.full(3, np.inf)

    def near(self, low: Floats, high: Floats) -> Floats:
        """(n, 3, 3) corners in the world of triangles whose boxes meet a small box."""
        middle = (low + high) / 2.0
        if not (np.abs(middle - self._middle) < _STALE_M).all():
            self._gather(middle)
        met = ((self._low <= high) & (self._high >= low)).all(axis=1)
        return self._corners[met]

    def column(self, at_m: Floats, top_m: float) -> Floats:
        """(n, 3, 3) corners of all triangles over or under a place (2,), none that lies wholly above `top_m`."""
        low = np.array([at_m[0] - 1e-6, at_m[1] - 1e-6, -np.inf])
        return self._within(low, np.array([at_m[0] + 1e-6, at_m[1] + 1e-6, top_m]))

    def _gather(self, middle: Floats) -> None:
        self._middle = middle
        self._corners = self._within(middle - REACH_M - _STALE_M, middle + REACH_M + _STALE_M)
        self._low, self._high = self._corners.min(axis=1), self._corners.max(axis=1)

    def _within(self, low: Floats, high: Floats) -> Floats:
        table, meshes = self._scene()
        shown = table.shown()
        centre, half = table.box_centre[shown], table.box_half[shown]
        slots = shown[((centre - half <= high) & (centre + half >= low)).all(axis=1)]
        found = [np.zeros((0, 3, 3))]
        for slot in slots.tolist():
            corners = self._of_part(table.world_from_node[slot], meshes[slot], low, high)
            met = (corners.min(axis=1) <= high) & (corners.max(axis=1) >= low)
            found.append(corners[met.all(axis=1)])
        return np.concatenate(found)

    def _of_part(self, pose: Floats, mesh: Mesh, low: Floats, high: Floats) -> Floats:
        """(n, 3, 3) corners of a placed mesh's triangles that may meet a box."""
        least, most = self._boxes_of(mesh)
        turn = pose[:3, :3]
        wanted = np.ones(len(least), dtype=np.bool_)
        if abs(np.linalg.det(turn)) > 1e-12 and np.isfinite(low).all():
            inverse = np.linalg.inv(turn)
            middle, reach = inverse @ ((low + high) / 2.0 - pose[:3, 3]), np.abs(inverse) @ ((high - low) / 2.0)
            wanted = ((least <= middle + reach) & (most >= middle - reach)).all(axis=1)
        corners = mesh.points_in_part[np.asarray(mesh.triangles).reshape(-1, 3)[wanted]]
        return corners @ turn.T + pose[:3, 3]

    def _boxes_of(self, mesh: Mesh) -> tuple[Floats, Floats]:
        known = self._boxes.get(id(mesh))
        if known is None or known[0] is not mesh:
            corners = mesh.points_in_part[np.asarray(mesh.triangles).reshape(-1, 3)]
            known = self._boxes[id(mesh)] = (mesh, corners.min(axis=1), corners.max(axis=1))
        return known[1], known[2]


def nearest_points(point: Floats, corners: Floats) -> Floats:
    """(n, 3) the point of each triangle (n, 3, 3) that lies nearest to a point (Ericson 2005, 5.1.5)."""
    a = corners[:, 0]
    ab, ac, ap = corners[:, 1] - a, corners[:, 2] - a, point - a
    d00, d01, d11 = (np.einsum("ij,ij->i", u, v) for u, v in ((ab, ab), (ab, ac), (ac, ac)))
    d20, d21 = np.einsum("ij,ij->i", ap, ab), np.einsum("ij,ij->i", ap, ac)
    bottom = d00 * d11 - d01 * d01
    flat = bottom <= 1e-18 * np.maximum(d00 * d11, 1e-300)
    safe = np.where(flat, 1.0, bottom)
    v, w = (d11 * d20 - d01 * d21) / safe, (d00 * d21 - d01 * d20) / safe
    inside = (v >= 0.0) & (w >= 0.0) & (v + w <= 1.0) & ~flat
    best = a + ab * v[:, None] + ac * w[:, None]
    outside = np.flatnonzero(~inside)
    if len(outside):
        some = corners[outside]
        tries = np.stack([_nearest_on_edge(point, some[:, i], some[:, (i + 1) % 3]) for i in range(3)])
        far = ((tries - point) ** 2).sum(axis=2)
        best[outside] = tries[far.argmin(axis=0), np.arange(len(outside))]
    return best


def _nearest_on_edge(point: Floats, start: Floats, end: Floats) -> Floats:
    way = end - start
    share = np.einsum("ij,ij->i", point - start, way) / np.maximum(np.einsum("ij,ij->i", way, way), 1e-300)
    return start + way * np.clip(share, 0.0, 1.0)[:, None]


def heights_at(at_m: Floats, corners: Floats, *, steepest: float) -> Floats:
    """Heights at which triangles lie over or under a place (2,); those steeper than a normal's z of `steepest` are left out."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    level = np.abs(normal[:, 2]) >= steepest * np.maximum(length, 1e-300)
    level &= length > 0.0
    a, b, c, normal = a[level], b[level], c[level], normal[level]

    def side(p: Floats, q: Floats) -> Floats:
        return (q[:, 0] - p[:, 0]) * (at_m[1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (at_m[0] - p[:, 0])

    sides = np.stack([side(a, b), side(b, c), side(c, a)])
    slack = 1e-9 * np.maximum(np.abs(normal[:, 2]), 1.0)
    over = (sides >= -slack).all(axis=0) | (sides <= slack).all(axis=0)
    a, normal = a[over], normal[over]
    return a[:, 2] - ((at_m[0] - a[:, 0]) * normal[:, 0] + (at_m[1] - a[:, 1]) * normal[:, 1]) / normal[:, 2]
