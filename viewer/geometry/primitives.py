"""Meshes of plain bodies, centred at the origin and closed: box, cylinder, sphere, capsule, cone, ellipsoid; and a plane."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from viewer.twin.parts import Mesh

AROUND = 32
"""Segments of a full turn."""


def box(size_m: tuple[float, float, float]) -> Mesh:
    """Twelve triangles, four points a side, so that its edges are sharp."""
    points: list[NDArray[np.float64]] = []
    normals: list[NDArray[np.float64]] = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            n, u = np.zeros(3), np.zeros(3)
            n[axis], u[(axis + 1) % 3] = sign, 1.0
            v = np.cross(n, u)
            points += [n + a * u + b * v for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            normals += [n] * 4
    quads = np.arange(24).reshape(6, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return _mesh(np.array(points) * np.array(size_m) / 2.0, triangles, np.array(normals))


def cylinder(radius_m: float, length_m: float) -> Mesh:
    """Along z, with flat ends."""
    return _lathe([(radius_m, -length_m / 2, 1.0, 0.0), (radius_m, length_m / 2, 1.0, 0.0)], (True, True))


def cone(radius_m: float, length_m: float) -> Mesh:
    """Along z, its tip up; the origin is halfway."""
    slope = math.hypot(radius_m, length_m) or 1.0
    normal = (length_m / slope, radius_m / slope)
    return _lathe([(radius_m, -length_m / 2, *normal), (0.0, length_m / 2, *normal)], (True, False))


def sphere(radius_m: float) -> Mesh:
    """A globe with its poles on z."""
    return _lathe(_arc(radius_m, 0.0, -90.0, 90.0, AROUND // 2), (False, False))


def capsule(radius_m: float, length_m: float) -> Mesh:
    """Along z: a cylinder of `length_m` between two half spheres."""
    low = _arc(radius_m, -length_m / 2, -90.0, 0.0, AROUND // 4)
    return _lathe(low + _arc(radius_m, length_m / 2, 0.0, 90.0, AROUND // 4), (False, False))


def ellipsoid(radii_m: tuple[float, float, float]) -> Mesh:
    """Half axes along x, y and z."""
    ball, radii = sphere(1.0), np.array(radii_m)
    assert ball.normals is not None
    normals = ball.normals.astype(np.float64) / radii
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return _mesh(ball.points_in_part * radii, ball.triangles, normals)


def plane(size_m: tuple[float, float], normal: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Mesh:
    """Two triangles facing along the normal."""
    n = np.array(normal) / np.linalg.norm(normal)
    rough = np.array([0.0, 1.0, 0.0]) if abs(n[2]) > 0.999 else np.array([0.0, 0.0, 1.0])
    u = np.cross(rough, n)
    u /= np.linalg.norm(u)
    v = np.cross(n, u)
    corners = np.array([a * size_m[0] / 2 * u + b * size_m[1] / 2 * v for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    return _mesh(corners, np.array([[0, 1, 2], [0, 2, 3]]), np.tile(n, (4, 1)))


Ring = tuple[float, float, float, float]
"""Radius, height, and the normal's share outward and upward."""


def _arc(radius_m: float, z_m: float, start_deg: float, end_deg: float, steps: int) -> list[Ring]:
    angles = np.radians(np.linspace(start_deg, end_deg, steps + 1))
    return [(radius_m * math.cos(a), z_m + radius_m * math.sin(a), math.cos(a), math.sin(a)) for a in angles.tolist()]


def _lathe(rings: list[Ring], ends: tuple[bool, bool]) -> Mesh:
    """The rings turned about z, with flat discs at the ends where asked."""
    points, normals, triangles = [_ring(r, z) for r, z, _, _ in rings], [_ring(o, u) for _, _, o, u in rings], []
    for k in range(len(rings) - 1):
        a = k * (AROUND + 1) + np.arange(AROUND)
        b = a + AROUND + 1
        if rings[k][0] > 1e-12 * max(1.0, abs(rings[k][1])):
            triangles.append(np.stack([a, a + 1, b + 1], axis=1))
        if rings[k + 1][0] > 1e-12 * max(1.0, abs(rings[k + 1][1])):
            triangles.append(np.stack([a, b + 1, b], axis=1))
    count = len(rings) * (AROUND + 1)
    for (radius, z, _, _), up, wanted in ((rings[0], -1.0, ends[0]), (rings[-1], 1.0, ends[1])):
        if wanted:
            disc = _ring(radius, z)[:-1]
            points.append(disc)
            normals.append(np.tile([0.0, 0.0, up], (AROUND, 1)))
            fan = np.stack([np.full(AROUND - 2, 0), np.arange(1, AROUND - 1), np.arange(2, AROUND)], axis=1) + count
            triangles.append(fan if up > 0 else fan[:, ::-1])
            count += AROUND
    none = np.zeros((0, 3), dtype=np.int64)  # of a body too small to have any
    return _mesh(np.concatenate(points), np.concatenate([none, *triangles]), np.concatenate(normals))


def _ring(radius: float, z: float) -> NDArray[np.float64]:
    """(AROUND + 1, 3) points on a circle, the first one again at the end."""
    turn = np.linspace(0.0, 2.0 * math.pi, AROUND + 1)
    turn[-1] = 0.0
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), np.full(AROUND + 1, z)], axis=1)


def _mesh(points: NDArray[np.float64], triangles: NDArray[np.integer], normals: NDArray[np.float64]) -> Mesh:
    return Mesh(points, triangles.astype(np.int32), normals.astype(np.float32))
