"""Closed triangle surfaces from a few numbers: boxes, prisms, turned bodies, lofts and pipes, in metres, z up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
Triangles = NDArray[np.int64]
Surface = tuple[Points, Triangles]
"""(n, 3) points and (m, 3) indices, counter-clockwise seen from outside."""


def outward(points: Points, triangles: Triangles) -> Surface:
    """The closed surface with its normals outside: turned over where its signed volume is negative."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    volume = float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum())
    return (points, triangles if volume >= 0 else triangles[:, ::-1])


def ear_clip(outline: NDArray[np.float64]) -> Triangles:
    """Triangles of a simple polygon (n, 2), counter-clockwise, by cutting ears."""
    left = list(range(len(outline)))
    found: list[tuple[int, int, int]] = []
    while len(left) > 3:
        for at in range(len(left)):
            i, j, k = left[at - 1], left[at], left[(at + 1) % len(left)]
            if _is_ear(outline, i, j, k, left):
                found.append((i, j, k))
                del left[at]
                break
        else:
            raise ValueError("the outline crosses itself")
    found.append((left[0], left[1], left[2]))
    return np.array(found, dtype=np.int64)


def _turn(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _is_ear(outline: NDArray[np.float64], i: int, j: int, k: int, left: Sequence[int]) -> bool:
    a, b, c = outline[i], outline[j], outline[k]
    if _turn(a, b, c) <= 1e-12:
        return False
    others = (outline[m] for m in left if m not in (i, j, k))
    return not any(_turn(a, b, p) >= 0 and _turn(b, c, p) >= 0 and _turn(c, a, p) >= 0 for p in others)


def inset(outline: NDArray[np.float64], by_m: float) -> NDArray[np.float64]:
    """A counter-clockwise outline (n, 2) moved inwards by `by_m`, corners mitred."""
    before = outline - np.roll(outline, 1, axis=0)
    after = np.roll(outline, -1, axis=0) - outline
    n0 = np.stack([-before[:, 1], before[:, 0]], axis=1) / np.linalg.norm(before, axis=1, keepdims=True)
    n1 = np.stack([-after[:, 1], after[:, 0]], axis=1) / np.linalg.norm(after, axis=1, keepdims=True)
    return outline + by_m * (n0 + n1) / (1 + np.einsum("ij,ij->i", n0, n1))[:, None]


def loft(rings: ArrayLike) -> Surface:
    """Skin over rings (k, n, 3) of equally many points, closed at both ends by flat caps."""
    stack = np.asarray(rings, dtype=np.float64)
    count, n = stack.shape[:2]
    here = np.arange(n)
    there = (here + 1) % n
    quads = [
        np.concatenate([np.stack([r * n + here, r * n + there, (r + 1) * n + there], 1),
                        np.stack([r * n + here, (r + 1) * n + there, (r + 1) * n + here], 1)])
        for r in range(count - 1)
    ]  # fmt: skip
    fan = np.stack([np.zeros(n - 2, dtype=np.int64), np.arange(1, n - 1), np.arange(2, n)], 1)
    triangles = np.concatenate([*quads, fan[:, ::-1], fan + (count - 1) * n])
    return outward(stack.reshape(-1, 3), triangles)


def prism(outline: ArrayLike, height_m: float, *, bevel_m: float = 0.0) -> Surface:
    """A counter-clockwise outline (n, 2) in the xy plane pulled up from z = 0; edges of both faces bevelled."""
    flat = np.asarray(outline, dtype=np.float64)
    small = inset(flat, bevel_m) if bevel_m else flat
    steps = (
        [(small, 0.0), (flat, bevel_m), (flat, height_m - bevel_m), (small, height_m)]
        if bevel_m
        else [(flat, 0.0), (flat, height_m)]
    )
    rings = np.array([np.column_stack([ring, np.full(len(ring), z)]) for ring, z in steps])
    n = len(flat)
    caps = ear_clip(small)
    points, sides = loft(rings)
    sides = sides[: 2 * n * (len(steps) - 1)] if len(sides) else sides
    return outward(points, np.concatenate([sides, caps[:, ::-1], caps + n * (len(steps) - 1)]))


def box(size_m: Sequence[float], *, bevel_m: float = 0.0) -> Surface:
    """A box centred in x and y, standing on z = 0; all twelve edges bevelled where bevel_m is given."""
    x, y, z = size_m[0] / 2, size_m[1] / 2, size_m[2] / 2
    if not bevel_m:
        points, triangles = prism([[-x, -y], [x, -y], [x, y], [-x, y]], 2 * z)
        return points, triangles
    b = min(bevel_m, 0.49 * min(size_m))
    octagon = [[x - b, -y], [x, -y + b], [x, y - b], [x - b, y], [-x + b, y], [-x, y - b], [-x, -y + b], [-x + b, -y]]
    flat = np.array(octagon)
    rectangle = np.array([[x - b, -y + b]] * 2 + [[x - b, y - b]] * 2 + [[-x + b, y - b]] * 2 + [[-x + b, -y + b]] * 2)
    levels = [(rectangle, 0.0), (flat, b), (flat, 2 * z - b), (rectangle, 2 * z)]
    points, triangles = loft([np.column_stack([ring, np.full(8, h)]) for ring, h in levels])
    return drop_slivers(points, triangles)


def drop_slivers(points: Points, triangles: Triangles) -> Surface:
    """The surface without triangles of no area, as where ring points coincide."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    return points, triangles[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12]


def ring(radius_m: float, sides: int, *, phase: float = 0.0) -> NDArray[np.float64]:
    """Points (sides, 2) on a circle, counter-clockwise."""
    angle = 2 * np.pi * (np.arange(sides) + phase) / sides
    return radius_m * np.column_stack([np.cos(angle), np.sin(angle)])


def turned(profile: Sequence[tuple[float, float]], sides: int = 20) -> Surface:
    """A body turned about z from a profile of (radius, z), bottom to top."""
    return loft([np.column_stack([ring(max(r, 1e-5), sides), np.full(sides, z)]) for r, z in profile])


def cylinder(radius_m: float, height_m: float, *, sides: int = 16, bevel_m: float = 0.0) -> Surface:
    """A cylinder on z = 0."""
    b = bevel_m
    if not b:
        return turned([(radius_m, 0.0), (radius_m, height_m)], sides)
    return turned([(radius_m - b, 0), (radius_m, b), (radius_m, height_m - b), (radius_m - b, height_m)], sides)


def rounded(width_m: float, depth_m: float, radius_m: float, steps: int = 4) -> NDArray[np.float64]:
    """Outline (4 * (steps + 1), 2) of a rectangle with round corners, centred, counter-clockwise."""
    r = min(radius_m, width_m / 2 - 1e-6, depth_m / 2 - 1e-6)
    centres = [(width_m / 2 - r, -depth_m / 2 + r), (width_m / 2 - r, depth_m / 2 - r),
               (-width_m / 2 + r, depth_m / 2 - r), (-width_m / 2 + r, -depth_m / 2 + r)]  # fmt: skip
    corner = np.pi / 2 * np.arange(steps + 1) / steps
    arcs = [np.column_stack([x + r * np.cos(corner + a), y + r * np.sin(corner + a)])
            for (x, y), a in zip(centres, np.pi / 2 * np.array([-1, 0, 1, 2]), strict=True)]  # fmt: skip
    return np.concatenate(arcs)


def axes(x: ArrayLike, up: ArrayLike = (0.0, 0.0, 1.0)) -> NDArray[np.float64]:
    """A rotation (3, 3) whose third column points along `x` and whose first is as near to `up` as can be."""
    w = np.asarray(x, dtype=np.float64)
    w = w / np.linalg.norm(w)
    u = np.asarray(up, dtype=np.float64)
    if abs(float(w @ u)) > 0.99 * float(np.linalg.norm(u)):
        u = np.array([1.0, 0.0, 0.0])
    u = u - w * float(w @ u)
    u = u / np.linalg.norm(u)
    return np.column_stack([u, np.cross(w, u), w])


def pipe(way: ArrayLike, radius_m: float, *, sides: int = 8) -> Surface:
    """A pipe of round section along a polyline (k, 3); its rings stand on the bisectors of the bends."""
    path = np.asarray(way, dtype=np.float64)
    legs = np.diff(path, axis=0)
    legs = legs / np.linalg.norm(legs, axis=1, keepdims=True)
    tangents = np.concatenate([legs[:1], legs[:-1] + legs[1:], legs[-1:]])
    tangents = tangents / np.linalg.norm(tangents, axis=1, keepdims=True)
    circle = ring(radius_m, sides)
    side = axes(tangents[0])[:, 0]
    rings: list[Points] = []
    for point, tangent in zip(path, tangents, strict=True):
        side = side - tangent * float(side @ tangent)
        side = side / np.linalg.norm(side)
        rings.append(point + np.outer(circle[:, 0], side) + np.outer(circle[:, 1], np.cross(tangent, side)))
    return loft(rings)


def smooth(way: ArrayLike, steps: int = 4) -> Points:
    """A Catmull-Rom curve through the points of a polyline (k, 3), `steps` pieces to each leg."""
    path = np.asarray(way, dtype=np.float64)
    padded = np.concatenate([2 * path[:1] - path[1:2], path, 2 * path[-1:] - path[-2:-1]])
    t = (np.arange(steps) / steps)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True)
    ]
    return np.concatenate([*pieces, path[-1:]])


def joined(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one, each with its own points."""
    offsets = np.cumsum([0, *(len(points) for points, _ in surfaces[:-1])])
    triangles = [t + first for (_, t), first in zip(surfaces, offsets, strict=True)]
    return np.concatenate([points for points, _ in surfaces]), np.concatenate(triangles)
