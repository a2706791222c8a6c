"""Whether meshes are sound surfaces: what has no area, is doubled, open, not manifold, wound both ways or turned inside out.

Nothing is mended and nothing hidden: it is counted, in one pass over all parts together, since thousands of parts are small.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.units import grouped
from viewer.geometry.model import MeshHealth
from viewer.twin.parts import Mesh, Part

EXAMINED_TRIANGLES = 1_000_000
"""A model with more is examined only where somebody asks (`genchi inspect`): sorting edges would hold up its first picture."""
_GRID = np.int64((1 << 20) - 1)
"""Points closer than a millionth of their part's size are one."""
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))
"""Odd 64-bit constants (xxHash's primes): products of different numbers differ in practice."""

Ints = NDArray[np.int64]


def health_of(parts: Sequence[Part], most: int = EXAMINED_TRIANGLES) -> MeshHealth | None:
    """The sums over all parts' meshes; None where they have more than `most` triangles."""
    meshes = [part.mesh for part in parts if len(part.mesh.triangles)]
    if sum(len(mesh.triangles) for mesh in meshes) > most:
        return None
    if not meshes:
        return MeshHealth()
    return _Examined(meshes).health()


def health_sentence(health: MeshHealth | None) -> str | None:
    """One sentence about what a person should know; None where all is well, or only edges are open, as sheets' are."""
    if health is None:
        return None
    found = (
        (health.triangles_without_area, "triangles have no area"),
        (health.duplicate_triangles, "triangles are there twice"),
        (health.non_manifold_edges, "edges have more than two triangles"),
        (health.miswound_edges, "edges lie between triangles wound against each other"),
        (health.inverted_parts, "closed parts are inside out"),
    )
    said = [f"{grouped(count)} {what}" for count, what in found if count]
    return None if not said else f"its meshes are not all sound: {', '.join(said)}"


class _Examined:
    """All meshes as one, the part of each triangle remembered."""

    def __init__(self, meshes: list[Mesh]) -> None:
        self._count = len(meshes)
        point_counts = [len(mesh.points_in_part) for mesh in meshes]
        offsets = np.concatenate([[0], np.cumsum(point_counts)[:-1]])
        self._triangles = np.concatenate([mesh.triangles + start for mesh, start in zip(meshes, offsets, strict=True)])
        self._part = np.repeat(np.arange(self._count), [len(mesh.triangles) for mesh in meshes])
        self._points = np.concatenate([mesh.points_in_part - mesh.points_in_part.min(axis=0) for mesh in meshes])
        self._corners = _welded(self._points, offsets, point_counts)[self._triangles]
        self._across = self._crossed()

    def health(self) -> MeshHealth:
        """All counts."""
        flat = self._flat()
        corners, part = self._corners[~flat], self._part[~flat]
        open_, crowded, miswound = self._edges(corners, part)
        whole = (open_ == 0) & (crowded == 0) & (miswound == 0) & (np.bincount(part, minlength=self._count) > 0)
        loose = len(self._points) - np.count_nonzero(np.bincount(self._triangles.reshape(-1), minlength=len(self._points)))
        return MeshHealth(
            triangles_without_area=int(np.count_nonzero(flat)),
            duplicate_triangles=_duplicates(corners),
            non_manifold_edges=int(crowded.sum()),
            open_edges=int(open_.sum()),
            miswound_edges=int(miswound.sum()),
            closed_parts=int(np.count_nonzero(whole)),
            inverted_parts=int(np.count_nonzero(whole & (self._volumes() < 0.0))),
            loose_points=int(loose),
        )

    def _crossed(self) -> tuple[NDArray[np.float64], ...]:
        """Of each triangle the cross product of two sides, x, y and z."""
        p = self._points[self._triangles[:, 0]]
        ux, uy, uz = (self._points[self._triangles[:, 1]] - p).T
        vx, vy, vz = (self._points[self._triangles[:, 2]] - p).T
        return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx

    def _flat(self) -> NDArray[np.bool_]:
        """Which triangles have two corners in one place, or three on a line."""
        a, b, c = self._corners.T
        x, y, z = self._across
        return (a == b) | (b == c) | (a == c) | ((x == 0.0) & (y == 0.0) & (z == 0.0))

    def _volumes(self) -> NDArray[np.float64]:
        """Of each part, by the divergence theorem, each seen from its own lowest corner."""
        px, py, pz = self._points[self._triangles[:, 0]].T
        x, y, z = self._across
        sixfold = px * x + py * y + pz * z
        return np.bincount(self._part, sixfold, minlength=self._count) / 6.0

    def _edges(self, corners: Ints, part: Ints) -> tuple[Ints, Ints, Ints]:
        """Of each part: edges of one triangle, of more than two, and of two that pass along it the same way."""
        start, stop = corners.reshape(-1), corners[:, [1, 2, 0]].reshape(-1)
        lower = np.minimum(start, stop)
        # one number for an edge and the way along it: sorting numbers is five times as fast as sorting their order
        key = np.sort((lower * np.int64(len(self._points)) + np.maximum(start, stop)) * 2 + (start < stop))
        edge = key >> 1
        first = np.flatnonzero(np.concatenate([[True], edge[1:] != edge[:-1]])) if len(key) else np.zeros(0, np.int64)
        uses = np.diff(np.append(first, len(key)))
        ahead = np.add.reduceat(key & 1, first) if len(first) else uses
        part_of_point = np.zeros(len(self._points), np.int64)
        part_of_point[lower] = np.repeat(part, 3)
        of = part_of_point[edge[first] // len(self._points)]
        open_, crowded, miswound = (of[which] for which in (uses == 1, uses > 2, (uses == 2) & (ahead != 1)))
        return self._counted(open_), self._counted(crowded), self._counted(miswound)

    def _counted(self, parts: Ints) -> Ints:
        """(parts,) how often each part's number is among these."""
        return np.bincount(parts, minlength=self._count)


def _welded(points: NDArray[np.float64], starts: Ints, counts: Sequence[int]) -> Ints:
    """(n,) one number for all points of a part that are in one place. `points` count from their part's lowest corner."""
    part = np.repeat(np.arange(len(counts)), counts)
    cell = np.maximum(np.maximum.reduceat(points, starts, axis=0).max(axis=1), 1e-30) / _GRID
    x, y, z = np.rint(points / cell[part, None]).astype(np.uint64).T
    key = x * _MIX[0] ^ y * _MIX[1] ^ (z * _MIX[2] + part.astype(np.uint64) * _MIX[0] * _MIX[1])
    return np.unique(key, return_inverse=True)[1].reshape(-1)


def _duplicates(corners: Ints) -> int:
    """How many triangles have the corners of another one."""
    a, b, c = corners.T
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    middle = a + b + c - low - high
    x, y, z = (v.astype(np.uint64) for v in (low, middle, high))
    key = np.sort(x * _MIX[0] ^ y * _MIX[1] ^ z * _MIX[2])
    return int(np.count_nonzero(key[1:] == key[:-1]))
