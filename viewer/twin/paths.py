"""A path made ready to drive along: straight legs and rounded corners, answered by distance for many vehicles at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.twin.channels import Path

Array = NDArray[np.float64]

_STRAIGHT_RAD = 1e-9
"""A corner that turns less than this is no corner; one that turns back on itself has no arc either."""


class CompiledPath:
    """A path as arrays, one row per leg or arc. Immutable; any thread.

    Raises ValueError where all points are the same.
    """

    def __init__(self, path: Path) -> None:
        self.closed = path.closed
        points = _distinct(path.points_m, closed=path.closed)
        if len(points) < 2:
            raise ValueError(f"the path {path.id} needs two different points")
        pieces = _pieces(points, path.corner_radius_m, closed=path.closed)
        self._start = np.array([piece[0] for piece in pieces])
        self._tangent = np.array([piece[1] for piece in pieces])
        self._inward = np.array([piece[2] for piece in pieces])
        self._radius = np.array([piece[3] for piece in pieces])
        lengths = np.array([piece[4] for piece in pieces])
        self._ends_m = np.cumsum(lengths)
        self._begins_m = self._ends_m - lengths
        self.length_m = float(self._ends_m[-1])
        """Length along legs and arcs, metres; of a closed path once round."""

    def frames(self, s_m: NDArray[np.floating]) -> Array:
        """(n, 4, 4) frames at distances (n,), metres: x along the way, z as far up as the slope lets it.

        A closed path goes round and round; on an open one the distance stops at its ends. NaN gives the start.
        """
        s = np.nan_to_num(np.asarray(s_m, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        s = np.mod(s, self.length_m) if self.closed else np.clip(s, 0.0, self.length_m)
        piece = np.minimum(np.searchsorted(self._ends_m, s, side="right"), len(self._ends_m) - 1)
        along = s - self._begins_m[piece]
        radius, start, tangent, inward = self._radius[piece], self._start[piece], self._tangent[piece], self._inward[piece]
        angle = np.divide(along, radius, out=np.zeros_like(along), where=radius > 0.0)
        ahead = np.where(radius > 0.0, radius * np.sin(angle), along)
        aside = radius * (1.0 - np.cos(angle))
        result = np.zeros((len(s), 4, 4))
        result[:, :3, 3] = start + ahead[:, None] * tangent + aside[:, None] * inward
        result[:, :3, :3] = _axes(tangent * np.cos(angle)[:, None] + inward * np.sin(angle)[:, None])
        result[:, 3, 3] = 1.0
        return result

    def points(self, step_m: float = 0.25) -> Array:
        """(n, 3) points along the way, about `step_m` apart, ends included: for drawing it and for measuring clearances."""
        count = max(2, math.ceil(self.length_m / step_m) + 1)
        last = self.length_m * (1.0 - 1e-12)
        return self.frames(np.linspace(0.0, last, count))[:, :3, 3]


def _distinct(points: Sequence[Sequence[float]], *, closed: bool) -> list[Array]:
    """The points without those that repeat the one before."""
    kept: list[Array] = []
    for point in points:
        one = np.array(point, dtype=np.float64)
        if not kept or np.linalg.norm(one - kept[-1]) > 1e-9:
            kept.append(one)
    if closed and len(kept) > 1 and np.linalg.norm(kept[0] - kept[-1]) <= 1e-9:
        kept.pop()
    return kept


_Piece = tuple[Array, Array, Array, float, float]
"""Start, tangent there, direction to the arc's centre, radius (0: straight), length."""


def _pieces(points: list[Array], radius_m: float, *, closed: bool) -> list[_Piece]:
    count = len(points)
    legs = count if closed else count - 1
    vectors = [points[(i + 1) % count] - points[i] for i in range(legs)]
    sizes = [float(np.linalg.norm(v)) for v in vectors]
    ways = [v / size for v, size in zip(vectors, sizes, strict=True)]
    corners = [_corner(i, ways, sizes, radius_m, closed=closed) for i in range(count)]
    pieces: list[_Piece] = []
    none = np.zeros(3)
    for leg in range(legs):
        cut, next_cut = corners[leg][0], corners[(leg + 1) % count][0]
        straight = sizes[leg] - cut - next_cut
        if straight > 1e-12:
            pieces.append((points[leg] + ways[leg] * cut, ways[leg], none, 0.0, straight))
        cut, radius, turn = corners[(leg + 1) % count]
        if radius > 0.0:
            after = ways[(leg + 1) % legs]
            inward = after - ways[leg] * math.cos(turn)
            start = points[(leg + 1) % count] - ways[leg] * cut
            pieces.append((start, ways[leg], inward / np.linalg.norm(inward), radius, radius * turn))
    return pieces


def _corner(i: int, ways: list[Array], sizes: list[float], radius_m: float, *, closed: bool) -> tuple[float, float, float]:
    """How much of both legs the arc at point i takes, its radius and the angle it turns; zeros where it stays sharp.

    Where the legs are too short the arc is made smaller: it takes at most half of a leg that ends in another corner.
    """
    legs = len(ways)
    if radius_m <= 0.0 or (not closed and (i in (0, legs))):
        return 0.0, 0.0, 0.0
    before, after = (i - 1) % legs, i % legs
    turn = math.atan2(float(np.linalg.norm(np.cross(ways[before], ways[after]))), float(ways[before] @ ways[after]))
    if turn < _STRAIGHT_RAD or turn > math.pi - 1e-6:
        return 0.0, 0.0, 0.0
    room = min(
        sizes[before] * (1.0 if not closed and before == 0 else 0.5),
        sizes[after] * (1.0 if not closed and after == legs - 1 else 0.5),
    )
    tangent = math.tan(turn / 2.0)
    cut = min(radius_m * tangent, room)
    return cut, cut / tangent, turn


def _axes(forward: Array) -> Array:
    """(n, 3, 3) rotations with x along `forward` and z as far up as possible; where it goes straight up, y is the world's."""
    x = forward / np.linalg.norm(forward, axis=1, keepdims=True)
    y = np.stack([-x[:, 1], x[:, 0], np.zeros(len(x))], axis=1)
    flat = np.linalg.norm(y, axis=1, keepdims=True)
    y = np.where(flat > 1e-9, y / np.maximum(flat, 1e-300), np.array([0.0, 1.0, 0.0]))
    return np.stack([x, y, np.cross(x, y)], axis=2)
