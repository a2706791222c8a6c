"""Meshes whose measures are known from closed forms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from viewer.twin.parts import Mesh

Floats = NDArray[np.float64]


def box(x: float, y: float, z: float) -> Mesh:
    """A box with its corner at the origin, wound outwards, each corner once."""
    points = np.array([[i & 1, (i >> 1) & 1, (i >> 2) & 1] for i in range(8)], dtype=np.float64) * (x, y, z)
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return Mesh(points, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], dtype=np.int32))


def cylinder(radius_m: float, length_m: float, steps: int) -> Mesh:
    """Along z from the origin, wound outwards."""
    turn = np.arange(steps) * 2.0 * np.pi / steps
    ring = np.stack([radius_m * np.cos(turn), radius_m * np.sin(turn), np.zeros(steps)], axis=1)
    points = np.concatenate([ring, ring + np.array([0.0, 0.0, length_m]), [(0, 0, 0), (0, 0, length_m)]])
    i, j = np.arange(steps), (np.arange(steps) + 1) % steps
    low, high = np.full(steps, 2 * steps), np.full(steps, 2 * steps + 1)
    rows = [(i, j, steps + j), (i, steps + j, steps + i), (low, j, i), (high, steps + i, steps + j)]
    return Mesh(points, np.concatenate([np.stack(r, axis=1) for r in rows]).astype(np.int32))


def sphere(radius_m: float, rings: int) -> Mesh:
    """About the origin, rings of latitude, wound outwards."""
    lat = np.linspace(0.0, np.pi, rings + 1)[1:-1]
    lon = np.arange(2 * rings) * np.pi / rings
    grid = np.stack(
        [np.outer(np.sin(lat), np.cos(lon)), np.outer(np.sin(lat), np.sin(lon)), np.outer(np.cos(lat), np.ones_like(lon))], axis=2
    )
    points = np.concatenate([grid.reshape(-1, 3), [(0, 0, 1), (0, 0, -1)]]) * radius_m
    n, count, triangles = 2 * rings, len(lat), []
    for r in range(count - 1):
        for k in range(n):
            a, b, c, d = r * n + k, r * n + (k + 1) % n, (r + 1) * n + k, (r + 1) * n + (k + 1) % n
            triangles += [(a, c, d), (a, d, b)]
    for k in range(n):
        triangles.append((count * n, k, (k + 1) % n))
        triangles.append((count * n + 1, (count - 1) * n + (k + 1) % n, (count - 1) * n + k))
    return Mesh(points, np.array(triangles, dtype=np.int32))


def rigid(seed: int) -> Floats:
    """(4, 4) some rotation and a shift of a few metres."""
    chance = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(chance.normal(size=(3, 3)))
    result = np.eye(4)
    result[:3, :3] = turn * np.sign(np.linalg.det(turn))
    result[:3, 3] = chance.uniform(-3.0, 3.0, 3)
    return result


def placed(mesh: Mesh, matrix: Floats) -> Mesh:
    """The mesh somewhere else."""
    return Mesh(mesh.points_in_part @ matrix[:3, :3].T + matrix[:3, 3], mesh.triangles)


def loose(mesh: Mesh) -> Mesh:
    """The same triangles with corners of their own, as STL writes them."""
    return Mesh(
        mesh.points_in_part[mesh.triangles].reshape(-1, 3), np.arange(3 * len(mesh.triangles), dtype=np.int32).reshape(-1, 3)
    )


def raw(mesh: Mesh) -> tuple[Floats, NDArray[np.int64]]:
    """Points and triangles, as the clearance takes them."""
    return mesh.points_in_part, mesh.triangles.astype(np.int64)


def cone(low_m: float, high_m: float, length_m: float, steps: int) -> Mesh:
    """A truncated cone's mantle along z, open."""
    turn = np.arange(steps) * 2.0 * np.pi / steps
    ring = np.stack([np.cos(turn), np.sin(turn), np.zeros(steps)], axis=1)
    points = np.concatenate([ring * low_m, ring * high_m + np.array([0.0, 0.0, length_m])])
    i, j = np.arange(steps), (np.arange(steps) + 1) % steps
    rows = ((i, j, steps + j), (i, steps + j, steps + i))
    return Mesh(points, np.concatenate([np.stack(r, axis=1) for r in rows]).astype(np.int32))
