"""Clearance: the shortest way between two sets of triangles, exact, and the distance of points from a mesh.

Between triangles by python-fcl's trees of oriented boxes (Pan, Chitta and Manocha, ICRA 2012); for points, blocks of neighbouring
triangles whose boxes can't hold anything nearer are left out, so that a thousand points cost milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.measure.between import triangles_nearest

Points = NDArray[np.float64]
_BLOCK = 32


@dataclass(frozen=True, slots=True, eq=False)
class Clearance:
    """The shortest way; both points are the same where the surfaces touch or cross."""

    distance_m: float
    start: NDArray[np.float64]
    end: NDArray[np.float64]

    @property
    def touches(self) -> bool:
        """Whether the surfaces touch or cross."""
        return self.distance_m <= 0.0


def clearance(one: tuple[Points, NDArray[np.int64]], other: tuple[Points, NDArray[np.int64]]) -> Clearance:
    """Between two (points (n, 3), triangles (m, 3)) in one frame. Raises ValueError where one has no triangle. Any thread."""
    if not len(one[1]) or not len(other[1]):
        raise ValueError("a clearance needs triangles on both sides")
    import fcl

    shift = (one[0].mean(axis=0) + other[0].mean(axis=0)) / 2.0
    sides = [fcl.CollisionObject(_tree(points - shift, triangles)) for points, triangles in (one, other)]
    request, result = fcl.DistanceRequest(enable_nearest_points=True), fcl.DistanceResult()
    distance = float(fcl.distance(*sides, request, result))
    if distance <= 0.0:
        at = _crossing(sides) + shift
        return Clearance(0.0, at, at)
    start, end = (np.array(point, dtype=np.float64) for point in result.nearest_points)
    return Clearance(float(np.linalg.norm(end - start)), start + shift, end + shift)


def _tree(points: Points, triangles: NDArray[np.int64]) -> object:
    import fcl

    tree = fcl.BVHModel()
    tree.beginModel(len(triangles), len(points))
    tree.addSubModel(np.ascontiguousarray(points), np.ascontiguousarray(triangles, dtype=np.int64))
    tree.endModel()
    return tree


def _crossing(sides: list[object]) -> NDArray[np.float64]:
    """(3,) a point where two surfaces meet."""
    import fcl

    result = fcl.CollisionResult()
    fcl.collide(*sides, fcl.CollisionRequest(num_max_contacts=1, enable_contact=True), result)
    return np.array(result.contacts[0].pos, dtype=np.float64) if result.contacts else np.zeros(3)


class Surface:
    """Triangles that are asked for their nearest points. Any thread."""

    def __init__(self, corners: Points) -> None:
        """`corners` (m, 3, 3), m >= 1."""
        if not len(corners):
            raise ValueError("a surface needs triangles")
        self._corners = corners[_near_one_another(corners.mean(axis=1))]
        starts = np.arange(0, len(corners), _BLOCK)
        self._low = np.minimum.reduceat(self._corners.min(axis=1), starts)
        self._high = np.maximum.reduceat(self._corners.max(axis=1), starts)

    def nearest(self, points: Points) -> Points:
        """(n, 3) the nearest point of the surface to each point."""
        found = np.empty((len(points), 3))
        step = max(1, 2_000_000 // len(self._low))
        for start in range(0, len(points), step):
            found[start : start + step] = self._nearest(points[start : start + step])
        return found

    def distance_m(self, points: Points) -> NDArray[np.float64]:
        """(n,) of points (n, 3)."""
        return np.linalg.norm(self.nearest(points) - points, axis=1)

    def _nearest(self, points: Points) -> Points:
        gap = np.maximum(np.maximum(self._low - points[:, None], points[:, None] - self._high), 0.0)
        least = np.einsum("nbi,nbi->nb", gap, gap)
        rows = np.arange(len(points))
        best = self._in_blocks(points, rows, np.argmin(least, axis=1))
        reach = ((best - points) ** 2).sum(axis=1)
        row, block = np.nonzero(least < reach[:, None])
        for start in range(0, len(row), 20_000):
            some = slice(start, start + 20_000)
            near = self._in_blocks(points, row[some], block[some])
            square = ((near - points[row[some]]) ** 2).sum(axis=1)
            order = np.argsort(-square, kind="stable")  # the nearest of a point is written last
            better = order[square[order] < ((best[row[some][order]] - points[row[some][order]]) ** 2).sum(axis=1)]
            best[row[some][better]] = near[better]
        return best

    def _in_blocks(self, points: Points, row: NDArray[np.intp], block: NDArray[np.intp]) -> Points:
        """The nearest point of one block's triangles to one point, for each pair."""
        at = np.minimum(block[:, None] * _BLOCK + np.arange(_BLOCK), len(self._corners) - 1)
        corners = self._corners[at.ravel()]
        asked = np.repeat(points[row], _BLOCK, axis=0)
        near = triangles_nearest(asked, corners[:, 0], corners[:, 1], corners[:, 2])
        square = ((near - asked) ** 2).sum(axis=1).reshape(-1, _BLOCK)
        return near.reshape(-1, _BLOCK, 3)[np.arange(len(row)), square.argmin(axis=1)]


def _near_one_another(points: Points) -> NDArray[np.intp]:
    """An order in which neighbours in space are neighbours in the row (Morton's curve of 1024 cells a side)."""
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-300)
    cells = np.minimum((points - low) / size * 1024, 1023).astype(np.int64)
    key = np.zeros(len(points), dtype=np.int64)
    for bit in range(10):
        for axis in range(3):
            key |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(key, kind="stable")
