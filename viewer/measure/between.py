"""Shortest ways between points, lines, chains of segments and triangles, and the angles between directions.

Sources: Ericson, Real-Time Collision Detection (2005), 5.1.5 (point and triangle) and 5.1.9 (two segments).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from viewer.measure.fits import Line, Plane, Vector

Points = NDArray[np.float64]
PARALLEL_RAD = math.radians(0.05)
"""Directions that differ by less are taken as parallel: triangles of a file in float32 turn by as much."""


def angle_rad(one: Vector, other: Vector) -> float:
    """Angle between two directions, 0 to pi; exact near both ends (Kahan)."""
    one, other = one / np.linalg.norm(one), other / np.linalg.norm(other)
    return 2.0 * math.atan2(float(np.linalg.norm(one - other)), float(np.linalg.norm(one + other)))


def acute_rad(one: Vector, other: Vector) -> float:
    """Angle between two undirected lines, 0 to pi/2."""
    found = angle_rad(one, other)
    return min(found, math.pi - found)


def are_parallel(one: Vector, other: Vector, within_rad: float = PARALLEL_RAD) -> bool:
    """Whether two undirected lines are parallel."""
    return acute_rad(one, other) <= within_rad


def foot_on_line(point: Vector, line: Line) -> Vector:
    """The nearest point of an endless line."""
    return line.point + line.direction * float((point - line.point) @ line.direction)


def foot_on_plane(point: Vector, plane: Plane) -> Vector:
    """The nearest point of an endless plane."""
    return point - plane.normal * float((point - plane.point) @ plane.normal)


def lines_nearest(one: Line, other: Line) -> tuple[Vector, Vector]:
    """The nearest points of two endless lines; of parallel ones those at the first line's point."""
    normal = np.cross(one.direction, other.direction)
    square = float(normal @ normal)
    if square < 1e-24:
        return one.point, foot_on_line(one.point, other)
    between = other.point - one.point
    t = float(np.linalg.det(np.stack([between, other.direction, normal])) / square)
    s = float(np.linalg.det(np.stack([between, one.direction, normal])) / square)
    return one.point + t * one.direction, other.point + s * other.direction


def chain_nearest(point: Vector, chain: Points) -> Vector:
    """The point of a chain of segments (n >= 1, 3) that is nearest to a point."""
    if len(chain) == 1:
        return chain[0]
    start, way = chain[:-1], np.diff(chain, axis=0)
    square = np.maximum((way * way).sum(axis=1), 1e-300)
    share = np.clip(((point - start) * way).sum(axis=1) / square, 0.0, 1.0)
    feet = start + share[:, None] * way
    return feet[int(np.argmin(((feet - point) ** 2).sum(axis=1)))]


def chains_nearest(one: Points, other: Points) -> tuple[Vector, Vector]:
    """The nearest points of two chains of segments (n, 3), (m, 3), each at least one point."""
    if len(one) == 1:
        return one[0], chain_nearest(one[0], other)
    if len(other) == 1:
        return chain_nearest(other[0], one), other[0]
    p, q = _segments_nearest(one[:-1, None], one[1:, None], other[None, :-1], other[None, 1:])
    flat = int(np.argmin(((p - q) ** 2).sum(axis=-1)))
    return p.reshape(-1, 3)[flat], q.reshape(-1, 3)[flat]


def _segments_nearest(p0: Points, p1: Points, q0: Points, q1: Points) -> tuple[Points, Points]:
    """Nearest points of each pair of segments; arrays broadcast against one another."""
    d1, d2, r = p1 - p0, q1 - q0, p0 - q0
    a, e, f = (d1 * d1).sum(-1), (d2 * d2).sum(-1), (d2 * r).sum(-1)
    c, b = (d1 * r).sum(-1), (d1 * d2).sum(-1)
    a, e = np.maximum(a, 1e-300), np.maximum(e, 1e-300)
    denominator = a * e - b * b
    skew = denominator > 1e-14 * a * e
    s = np.where(skew, np.clip((b * f - c * e) / np.where(skew, denominator, 1.0), 0.0, 1.0), 0.0)
    t = np.clip((b * s + f) / e, 0.0, 1.0)
    s = np.clip((b * t - c) / a, 0.0, 1.0)
    t = np.clip((b * s + f) / e, 0.0, 1.0)
    return p0 + s[..., None] * d1, q0 + t[..., None] * d2


def triangles_nearest(points: Points, a: Points, b: Points, c: Points) -> Points:
    """(n, 3) the nearest point of triangle i to point i; all arrays (n, 3)."""
    ab, ac, ap = b - a, c - a, points - a
    d1, d2 = (ab * ap).sum(1), (ac * ap).sum(1)
    bp, cp = points - b, points - c
    d3, d4, d5, d6 = (ab * bp).sum(1), (ac * bp).sum(1), (ab * cp).sum(1), (ac * cp).sum(1)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    total = va + vb + vc
    flat = np.abs(total) < 1e-300
    inside = 1.0 / np.where(flat, 1.0, total)
    found = a + ab * (vb * inside)[:, None] + ac * (vc * inside)[:, None]

    def share(over: NDArray[np.float64], under: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(over / np.where(np.abs(under) < 1e-300, 1.0, under), 0.0, 1.0)[:, None]

    on_bc = (va <= 0.0) & (d4 - d3 >= 0.0) & (d5 - d6 >= 0.0)
    on_ac = (vb <= 0.0) & (d2 >= 0.0) & (d6 <= 0.0)
    on_ab = (vc <= 0.0) & (d1 >= 0.0) & (d3 <= 0.0)
    found = np.where(on_bc[:, None], b + (c - b) * share(d4 - d3, (d4 - d3) + (d5 - d6)), found)
    found = np.where(on_ac[:, None], a + ac * share(d2, d2 - d6), found)
    found = np.where(on_ab[:, None], a + ab * share(d1, d1 - d3), found)
    found = np.where(((d6 >= 0.0) & (d5 <= d6))[:, None], c, found)
    found = np.where(((d3 >= 0.0) & (d4 <= d3))[:, None], b, found)
    return np.where(((d1 <= 0.0) & (d2 <= 0.0))[:, None], a, found)
