"""Triangles of polygons: fans where they are convex, ears clipped where they are not, so that no notch is filled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_TRIES = 200_000
"""The most ears tried in one file (about four seconds); polygons after that become fans, which a hostile file may look like."""
_BENT = 1e-9
"""A corner that turns the other way by less than this share of the polygon's area is straight but for rounding."""

Corners = NDArray[np.int64]


def triangulate(points: NDArray[np.float64], corners: Corners, counts: Corners) -> tuple[Corners, Corners]:
    """(m, 3) triangles with the polygons' winding, and (m,) the polygon of each; polygons of under 3 corners have none.

    `points` (n, 3); `corners` the polygons' vertices one polygon after another; `counts` how many each has. Each polygon of c
    corners gives c - 2 triangles. Concave ones are cut by clipping ears (G. H. Meisters, Polygons have ears, 1975).
    """
    starts = np.cumsum(counts) - counts
    found: list[Corners] = []
    owners: list[Corners] = []
    tries = _Tries(MAX_TRIES)
    for count in np.unique(counts[counts >= 3]).tolist():
        owner = np.flatnonzero(counts == count)
        rows = corners[starts[owner][:, None] + np.arange(count)]
        fans = np.stack([rows[:, [0, k + 1, k + 2]] for k in range(count - 2)], axis=1)
        for row in np.flatnonzero(_concave(points, rows)) if count > 3 else ():
            ears = _ears(_flat(points[rows[row]]), tries)
            fans[row] = rows[row][np.array(ears)]
        found.append(fans.reshape(-1, 3))
        owners.append(np.repeat(owner, count - 2))
    if not found:
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return np.concatenate(found)[order], owner[order]


def _normals(polygons: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 3) twice the area vectors of (k, c, 3) polygons (Newell's method)."""
    from_first = polygons - polygons[:, :1]
    return np.cross(from_first[:, 1:-1], from_first[:, 2:]).sum(axis=1)


def _concave(points: NDArray[np.float64], rows: Corners) -> NDArray[np.bool_]:
    """(k,) whether some corner turns against its polygon."""
    polygons = points[rows]
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.roll(polygons, -1, axis=1) - polygons
        normals = _normals(polygons)
        turns = (np.cross(np.roll(edges, 1, axis=1), edges) * normals[:, None]).sum(axis=2)
        return (turns < -_BENT * (normals**2).sum(axis=1)[:, None]).any(axis=1)


def _flat(polygon: NDArray[np.float64]) -> NDArray[np.float64]:
    """(c, 2) of (c, 3), seen along the axis it faces most, counter-clockwise."""
    normal = _normals(polygon[None])[0]
    axis = int(np.abs(normal).argmax())
    keep = [(axis + 1) % 3, (axis + 2) % 3]
    return polygon[:, keep if normal[axis] > 0 else keep[::-1]]


class _Tries:
    """How many ears may still be tried."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self) -> bool:
        """Whether one more may be."""
        self._left -= 1
        return self._left >= 0


def _ears(flat: NDArray[np.float64], tries: _Tries) -> list[tuple[int, int, int]]:
    """Triangles of corner numbers; where no ear is found (a polygon that crosses itself), a fan of what is left."""
    ring = list(range(len(flat)))
    found: list[tuple[int, int, int]] = []
    at = misses = 0
    while len(ring) > 3 and misses < len(ring) and tries.take():
        at %= len(ring)
        ear = (ring[at - 1], ring[at], ring[(at + 1) % len(ring)])
        if _is_ear(flat, ring, ear):
            found.append(ear)
            del ring[at]
            misses = 0
        else:
            at, misses = at + 1, misses + 1
    return found + [(ring[0], ring[k], ring[k + 1]) for k in range(1, len(ring) - 1)]


def _is_ear(flat: NDArray[np.float64], ring: list[int], ear: tuple[int, int, int]) -> bool:
    """Whether the corner turns left and no other corner lies in its triangle, borders included."""
    a, b, c = flat[list(ear)]
    if _cross(b - a, c - a) <= 0:
        return False
    p = flat[ring]
    inside = (_cross(b - a, p - a) >= 0) & (_cross(c - b, p - b) >= 0) & (_cross(a - c, p - c) >= 0)
    own = (p == a).all(axis=1) | (p == b).all(axis=1) | (p == c).all(axis=1)  # twins of its corners: a cut to a hole
    return not (inside & ~own).any()


def _cross(u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
