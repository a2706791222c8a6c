"""Shapes: what an edge or a face of a mesh is (straight, round, flat, a cylinder, a sphere), recognised by fitting."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.measure.bodies import deflection_m
from viewer.measure.fits import Circle, Cylinder, Line, Plane, Sphere, fit_circle, fit_cylinder, fit_line, fit_plane, fit_sphere
from viewer.measure.topology import Topology

_EXACT = 2e-5
"""Of the size: what a fit may leave over and still be exact (float32 coordinates far from their origin)."""
_ROUND = 4e-3
"""Of the radius: what a circle, cylinder or sphere may leave over; more is free form."""
_FLATTEST = 50.0
"""A round face whose radius is so many times its size is no round face but a warped plane."""

_UPRIGHT, _ALL_WAYS = 0.02, 0.02
"""How far facets of a cylinder may lean along its axis, and how far those of a sphere have to turn out of one circle."""


@dataclass(frozen=True, slots=True, eq=False)
class EdgeShape:
    """One edge: its points in order, and what it is."""

    chain: NDArray[np.float64]
    """(k, 3); a closed one ends where it began."""
    line: Line | None = None
    circle: Circle | None = None

    @property
    def is_closed(self) -> bool:
        """Whether it comes back to where it began."""
        return len(self.chain) > 2 and bool((self.chain[0] == self.chain[-1]).all())

    @property
    def length_m(self) -> float:
        """Along the chain; of a round edge the true arc."""
        steps = np.linalg.norm(np.diff(self.chain, axis=0), axis=1)
        if self.circle is None or self.circle.radius_m <= 0.0:
            return float(steps.sum())
        return float((2.0 * np.arcsin(np.clip(steps / (2.0 * self.circle.radius_m), 0.0, 1.0)) * self.circle.radius_m).sum())

    @property
    def middle(self) -> NDArray[np.float64]:
        """(3,) half way along the chain."""
        steps = np.linalg.norm(np.diff(self.chain, axis=0), axis=1)
        ends = np.concatenate([[0.0], np.cumsum(steps)])
        return np.array([np.interp(ends[-1] / 2.0, ends, self.chain[:, axis]) for axis in range(3)])


@dataclass(frozen=True, slots=True, eq=False)
class FaceShape:
    """One face: its triangles, and what it is."""

    corners: NDArray[np.float64]
    """(m, 3, 3)."""
    area_m2: float
    deflection_m: float
    plane: Plane | None = None
    cylinder: Cylinder | None = None
    sphere: Sphere | None = None


def edge_shape(chain: NDArray[np.float64]) -> EdgeShape:
    """What an edge of these points (k >= 2, 3) is."""
    size = max(float(np.linalg.norm(np.ptp(chain, axis=0))), 1e-300)
    if len(chain) == 2:
        return EdgeShape(chain, line=fit_line(chain))
    line = fit_line(chain)
    if line.residual_m <= _EXACT * size:
        return EdgeShape(chain, line=line)
    if len(np.unique(chain, axis=0)) >= 4:
        try:
            circle = fit_circle(chain)
        except ValueError:
            return EdgeShape(chain)
        if circle.residual_m <= _ROUND * circle.radius_m and circle.radius_m < _FLATTEST * size:
            return EdgeShape(chain, circle=circle)
    return EdgeShape(chain)


def face_shape(topology: Topology, face: int) -> FaceShape:
    """What a face of a mesh is, in the part's frame."""
    rows = topology.triangles_of_face(face)
    rows = rows[topology.area_of_triangle[rows] > 0.0]
    corners = topology.points[topology.triangles[rows]]
    area, normals = topology.area_of_triangle[rows], topology.normal_of_triangle[rows]
    points = topology.points[np.unique(topology.triangles[rows])]
    found = FaceShape(corners, float(area.sum()), deflection_m(topology, rows))
    if len(points) < 3:
        return found
    size = max(float(np.linalg.norm(np.ptp(points, axis=0))), 1e-300)
    try:
        plane = fit_plane(points)
    except ValueError:
        return found
    if plane.residual_m <= _EXACT * size:
        outward = (normals * area[:, None]).sum(axis=0)
        normal = plane.normal if float(plane.normal @ outward) >= 0.0 else -plane.normal
        middle = (corners.mean(axis=1) * area[:, None]).sum(axis=0) / max(float(area.sum()), 1e-300)
        middle = middle - normal * float((middle - plane.point) @ normal)
        return FaceShape(corners, found.area_m2, found.deflection_m, plane=Plane(middle, normal, plane.residual_m))
    return _round_face(found, points, normals, area, size)


def _round_face(
    found: FaceShape, points: NDArray[np.float64], normals: NDArray[np.float64], area: NDArray[np.float64], size: float
) -> FaceShape:
    """A cylinder or a sphere, whichever leaves less over; free form where neither fits."""
    fits: list[Cylinder | Sphere] = []
    with suppress(ValueError):
        tube = fit_cylinder(points, normals, area)
        if float(np.abs(normals @ tube.axis).max()) < _UPRIGHT:
            fits.append(tube)
    # Two rings of points lie on a sphere whatever runs between them: what turns one way only, as a cone does, is none.
    if float(np.linalg.svd(normals - normals.mean(axis=0), compute_uv=False)[-1]) > _ALL_WAYS * np.sqrt(len(normals)):
        with suppress(ValueError):
            fits.append(fit_sphere(points))
    good = [one for one in fits if one.residual_m <= _ROUND * one.radius_m and one.radius_m < _FLATTEST * size]
    if not good:
        return found
    best = min(good, key=lambda one: one.residual_m)
    if isinstance(best, Sphere):
        return FaceShape(found.corners, found.area_m2, found.deflection_m, sphere=best)
    return FaceShape(found.corners, found.area_m2, found.deflection_m, cylinder=best)
