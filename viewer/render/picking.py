"""Picking: which part a ray meets first, exactly, without the graphics card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.render.slots import SlotTable
from viewer.twin.parts import Mesh

_BLOCK = 64
"""Triangles under one box of a mesh's own table."""


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """What a ray met."""

    node: NodeId
    point_in_world: NDArray[np.float64]
    """(3,) metres."""
    normal: NDArray[np.float64]
    """(3,) unit, in the world, towards where the ray came from."""
    distance_m: float
    triangle: int = -1
    """Row of the part's `Mesh.triangles`; -1 where no mesh was met."""


@dataclass(frozen=True, slots=True, eq=False)
class TriangleHit:
    """Where a ray met one mesh."""

    distance: float
    """In lengths of the ray's direction."""
    normal: NDArray[np.float64]
    """(3,) in the part's frame, not of unit length."""
    triangle: int


class TriangleTable:
    """One mesh's triangles in blocks that lie close together, each block with its box; made when first asked."""

    def __init__(self, mesh: Mesh) -> None:
        corners = mesh.points_in_part[np.asarray(mesh.triangles, dtype=np.int64).reshape(-1, 3)]
        self._row = np.arange(len(corners))
        if len(corners) > _BLOCK:
            self._row = _morton_order(corners.mean(axis=1))
            corners = corners[self._row]
        self._a = corners[:, 0]
        self._ab = corners[:, 1] - corners[:, 0]
        self._ac = corners[:, 2] - corners[:, 0]
        starts = np.arange(0, len(corners), _BLOCK)
        low, high = corners.min(axis=1), corners.max(axis=1)
        self._low = np.minimum.reduceat(low, starts) if len(starts) else low
        self._high = np.maximum.reduceat(high, starts) if len(starts) else high

    def first(self, origin: NDArray[np.float64], direction: NDArray[np.float64]) -> TriangleHit | None:
        """The nearest triangle met, from either side."""
        at = np.arange(len(self._a))
        if len(self._low) > 2:
            enter, leave = ray_boxes(origin, direction, self._low, self._high)
            blocks = np.flatnonzero(enter <= leave)
            at = (blocks[:, None] * _BLOCK + np.arange(_BLOCK)).ravel()
            at = at[at < len(self._a)]
        a, ab, ac = self._a[at], self._ab[at], self._ac[at]
        distance = _moller_trumbore(origin, direction, a, ab, ac)
        if not len(distance):
            return None
        best = int(np.argmin(distance))
        if not np.isfinite(distance[best]):
            return None
        return TriangleHit(float(distance[best]), np.cross(ab[best], ac[best]), int(self._row[at[best]]))


Tables = dict[int, tuple[Mesh, TriangleTable]]
"""By a mesh's id()."""


def ray_boxes(
    origin: NDArray[np.float64], direction: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where a ray enters and leaves each box (n, 3); it misses where it enters after it leaves."""
    steep = np.where(np.abs(direction) < 1e-300, 1e-300, direction)
    one, other = (low - origin) / steep, (high - origin) / steep
    slack = 1e-9
    enter = np.minimum(one, other).max(axis=1)
    leave = np.maximum(one, other).min(axis=1)
    return np.maximum(enter - slack * np.abs(enter), 0.0), leave + slack * np.abs(leave)


def _moller_trumbore(
    origin: NDArray[np.float64],
    direction: NDArray[np.float64],
    a: NDArray[np.float64],
    ab: NDArray[np.float64],
    ac: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Distance along the ray to each triangle, infinite where it misses (Möller and Trumbore 1997, eq. 6)."""
    p = np.cross(direction, ac)
    det = np.einsum("ij,ij->i", ab, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / det
        t = origin - a
        u = np.einsum("ij,ij->i", t, p) * inverse
        q = np.cross(t, ab)
        v = (q @ direction) * inverse
        distance = np.einsum("ij,ij->i", ac, q) * inverse
        edge = -1e-10
        met = (u >= edge) & (v >= edge) & (u + v <= 1.0 - edge) & (distance > 0.0)
    return np.where(met, distance, np.inf)


def _morton_order(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order along a space-filling curve of 1024 cells a side."""
    low = points.min(axis=0)
    size = np.maximum(np.ptp(points, axis=0), 1e-12)
    cells = np.minimum((points - low) / size * 1024, 1023).astype(np.int64)
    key = np.zeros(len(points), dtype=np.int64)
    for bit in range(10):
        for axis in range(3):
            key |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(key, kind="stable")


class Picker:
    """First hits on the parts that a table shows: boxes first, then triangles, nearest box first."""

    def __init__(self, made_elsewhere: Tables | None = None) -> None:
        """`made_elsewhere`: tables of large meshes, filled in by another thread, so that the first pick need not wait."""
        self._tables: Tables = {}
        self._made_elsewhere: Tables = {} if made_elsewhere is None else made_elsewhere

    def forget(self) -> None:
        """Drop what was made for meshes of the former scene."""
        self._tables.clear()

    def first(
        self,
        table: SlotTable,
        mesh_of_slot: list[Mesh],
        origin_m: NDArray[np.float64],
        direction: NDArray[np.float64],
        *,
        from_m: float = 0.0,
    ) -> Hit | None:
        """The nearest shown part along a ray in the world; what lies nearer than `from_m` is passed through."""
        origin = origin_m + direction * from_m
        shown = table.shown()
        low = table.box_centre[shown] - table.box_half[shown]
        enter, leave = ray_boxes(origin, direction, low, low + 2.0 * table.box_half[shown])
        met = np.flatnonzero(enter <= leave)
        best: tuple[int, TriangleHit] | None = None
        for one in met[np.argsort(enter[met], kind="stable")]:
            if best is not None and enter[one] > best[1].distance:
                break
            slot = int(shown[one])
            hit = self._in_part(table.world_from_node[slot], mesh_of_slot[slot], origin, direction)
            if hit is not None and (best is None or hit.distance < best[1].distance):
                best = (slot, hit)
        if best is None:
            return None
        slot, hit = best
        normal = hit.normal if hit.normal @ direction < 0.0 else -hit.normal
        return Hit(table.node_of[slot], origin + direction * hit.distance, normal, hit.distance + from_m, hit.triangle)

    def _in_part(
        self,
        world_from_node: NDArray[np.float64],
        mesh: Mesh,
        origin: NDArray[np.float64],
        direction: NDArray[np.float64],
    ) -> TriangleHit | None:
        """The nearest triangle of a placed mesh; its normal is of unit length and in the world."""
        turn = world_from_node[:3, :3]
        if abs(np.linalg.det(turn)) < 1e-300:
            return None
        inverse = np.linalg.inv(turn)
        hit = self._table(mesh).first(inverse @ (origin - world_from_node[:3, 3]), inverse @ direction)
        if hit is None:
            return None
        normal = inverse.T @ hit.normal
        return TriangleHit(hit.distance, normal / max(float(np.linalg.norm(normal)), 1e-300), hit.triangle)

    def _table(self, mesh: Mesh) -> TriangleTable:
        known = self._made_elsewhere.get(id(mesh)) or self._tables.get(id(mesh))
        if known is None:
            known = self._tables[id(mesh)] = (mesh, TriangleTable(mesh))
        return known[1]
