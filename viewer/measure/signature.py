"""What a shape is whatever its pose: numbers that stay when it is turned, moved, or cut into other triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.measure.bodies import extent
from viewer.twin.parts import Mesh

_SAMPLES = 256


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """Invariants of one mesh in its own frame."""

    area_m2: float
    volume_m3: float
    """Signed sum of tetrahedra, without sign; of open surfaces a number like any other."""
    centre: NDArray[np.float64]
    """(3,) of the surface."""
    moments: NDArray[np.float64]
    """(3,) second moments of the surface about its centre over its area, m², ascending: invariant to pose and tessellation."""
    axes: NDArray[np.float64]
    """(3, 3) their directions as rows, right-handed."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    triangles: int

    @property
    def size_m(self) -> float:
        """Diagonal of the box."""
        return float(np.linalg.norm(self.high - self.low))

    def is_like(self, other: Signature, within: float) -> bool:
        """Whether all invariants agree within a share."""
        mine = np.array([self.area_m2, *np.sqrt(self.moments)])
        its = np.array([other.area_m2, *np.sqrt(other.moments)])
        scale = np.array([max(self.area_m2, other.area_m2), *[max(float(np.sqrt(self.moments[2])), 1e-300)] * 3])
        return bool((np.abs(mine - its) <= within * np.maximum(scale, 1e-300)).all())

    def is_identical(self, other: Signature) -> bool:
        """Whether it is the same mesh in the same frame, up to the order of its triangles and float32."""
        if self.triangles != other.triangles:
            return False
        near = 1e-6 * max(self.size_m, 1e-9)
        return (
            self.is_like(other, 1e-6)
            and bool((np.abs(self.centre - other.centre) <= near).all())
            and bool((np.abs(self.low - other.low) <= near).all())
            and bool((np.abs(self.high - other.high) <= near).all())
            and abs(self.volume_m3 - other.volume_m3) <= 1e-6 * max(self.area_m2, 1e-300) ** 1.5
            and self._holds_tensor_of(other)
        )

    def _holds_tensor_of(self, other: Signature) -> bool:
        """Whether the moments lie in the same directions."""
        mine = (self.axes.T * self.moments) @ self.axes
        its = (other.axes.T * other.moments) @ other.axes
        return bool((np.abs(mine - its) <= 1e-6 * max(float(self.moments[2]), 1e-300)).all())


def signature(mesh: Mesh) -> Signature:
    """The invariants of a mesh; of one without area those of its points. Moments by the exact integral over triangles."""
    points, triangles = mesh.points_in_part, np.asarray(mesh.triangles, dtype=np.int64)
    low, high = mesh.bounds_m()
    area, volume, _ = extent(points, triangles)
    if area <= 0.0:
        centre = points.mean(axis=0) if len(points) else np.zeros(3)
        spread = np.cov((points - centre).T, bias=True) if len(points) > 1 else np.zeros((3, 3))
    else:
        centre, spread = _surface_moments(points, triangles)
    values, vectors = np.linalg.eigh(spread)
    axes = vectors.T
    if np.linalg.det(axes) < 0.0:
        axes[2] = -axes[2]
    return Signature(area, abs(volume), centre, np.maximum(values, 0.0), axes, low, high, len(triangles))


def _surface_moments(
    points: NDArray[np.float64], triangles: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centre of a surface, and its second moments over its area: over one triangle a/12 (sum v v' + 9 m m')."""
    middle = points.mean(axis=0)
    a, b, c = (points[triangles[:, i]] - middle for i in range(3))
    cross = np.cross(b - a, c - a)
    area = np.sqrt(np.einsum("ij,ij->i", cross, cross)) / 2.0
    total = float(area.sum())
    mean = (a + b + c) / 3.0
    centre = (mean * area[:, None]).sum(axis=0) / total
    weight = (area / 12.0)[:, None]
    spread = sum(((v * weight).T @ v for v in (a, b, c)), start=(mean * (9.0 * weight)).T @ mean) / total
    return middle + centre, spread - np.outer(centre, centre)


def samples(mesh: Mesh, count: int = _SAMPLES) -> NDArray[np.float64]:
    """(about `count`, 3) points of a surface: corners spread over the mesh and points within triangles by area."""
    points, triangles = mesh.points_in_part, mesh.triangles
    if not len(triangles):
        return points[:count]
    used = np.unique(triangles)
    corners = points[used[np.linspace(0, len(used) - 1, min(count // 2, len(used))).astype(np.int64)]]
    vertices = points[triangles]
    area = np.linalg.norm(np.cross(vertices[:, 1] - vertices[:, 0], vertices[:, 2] - vertices[:, 0]), axis=1)
    if area.sum() <= 0.0:
        return corners
    sums = np.cumsum(area) / area.sum()
    chance = np.random.default_rng(7)
    row = np.minimum(np.searchsorted(sums, (np.arange(count // 2) + 0.5) / (count // 2)), len(area) - 1)
    u, v = chance.random((2, len(row), 1))
    over = u + v > 1.0
    u, v = np.where(over, 1.0 - u, u), np.where(over, 1.0 - v, v)
    inside = vertices[row, 0] + u * (vertices[row, 1] - vertices[row, 0]) + v * (vertices[row, 2] - vertices[row, 0])
    return np.concatenate([corners, inside])
