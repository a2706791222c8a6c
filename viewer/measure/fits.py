"""Fits: the line, plane, circle, cylinder or sphere that points lie on, by least squares, with what is left over.

Plane and line by the principal axes of the points; circle, cylinder and sphere start from the algebraic fit (Kåsa 1976) and are
refined by Gauss and Newton's method on the geometric distance (Lukács, Martin and Marshall 1998; Forbes, NPL report DITC 140/89).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Points = NDArray[np.float64]
_STEPS, _ENOUGH = 30, 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A straight line. Lengths in metres, as everywhere here."""

    point: Vector
    direction: Vector
    """Unit."""
    residual_m: float = 0.0
    """Greatest distance of a fitted point."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane."""

    point: Vector
    normal: Vector
    """Unit."""
    residual_m: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """A circle in space."""

    centre: Vector
    axis: Vector
    """Unit."""
    radius_m: float
    residual_m: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Cylinder:
    """A round cylinder; `centre` is the middle of the fitted points' length, `length_m` their length along the axis."""

    centre: Vector
    axis: Vector
    radius_m: float
    length_m: float
    residual_m: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Sphere:
    """A sphere."""

    centre: Vector
    radius_m: float
    residual_m: float = 0.0


def fit_line(points: Points) -> Line:
    """The line through points (n >= 2, 3). Raises ValueError where they are fewer or all the same."""
    centre, axes, sizes = _principal(points, 2)
    if sizes[0] == 0.0:
        raise ValueError("a line needs two different points")
    offset = points - centre
    across = offset - np.outer(offset @ axes[0], axes[0])
    return Line(centre, axes[0], float(np.linalg.norm(across, axis=1).max()))


def fit_plane(points: Points) -> Plane:
    """The plane through points (n >= 3, 3). Raises ValueError where they are fewer or stand in one line."""
    centre, axes, sizes = _principal(points, 3)
    if sizes[1] <= 1e-12 * max(sizes[0], 1e-300):
        raise ValueError("a plane needs three points that stand in no line")
    return Plane(centre, axes[2], float(np.abs((points - centre) @ axes[2]).max()))


def fit_circle(points: Points) -> Circle:
    """The circle through points (n >= 3, 3). Raises ValueError where they stand in one line."""
    plane = fit_plane(points)
    across, up = basis(plane.normal)
    flat = np.stack([(points - plane.point) @ across, (points - plane.point) @ up], axis=1)
    middle, radius = _round(flat)
    centre = plane.point + middle[0] * across + middle[1] * up
    off_round = np.linalg.norm(flat - middle, axis=1) - radius
    left = np.hypot(off_round, (points - plane.point) @ plane.normal)
    return Circle(centre, plane.normal, radius, float(left.max()))


def fit_sphere(points: Points) -> Sphere:
    """The sphere through points (n >= 4, 3). Raises ValueError where they lie in one plane."""
    centre, radius = _round(points)
    return Sphere(centre, radius, float(np.abs(np.linalg.norm(points - centre, axis=1) - radius).max()))


def fit_cylinder(points: Points, normals: Points, weights: Vector) -> Cylinder:
    """The cylinder of points (n >= 5, 3), from the (k, 3) unit normals of its facets with their areas (k,) as a start.

    Raises ValueError where the normals don't turn about one axis.
    """
    if len(points) < 5:
        raise ValueError("a cylinder needs five points")
    spread = np.einsum("ki,kj,k->ij", normals, normals, weights / max(float(weights.sum()), 1e-300))
    values, vectors = np.linalg.eigh(spread)
    if values[1] < 1e-7:
        raise ValueError("the faces are parallel: no cylinder")
    centre, axis, radius = _refined(points, vectors[:, 0])
    along = (points - centre) @ axis
    across = points - centre - np.outer(along, axis)
    residual = float(np.abs(np.linalg.norm(across, axis=1) - radius).max())
    middle = centre + axis * float(along.max() + along.min()) / 2.0
    return Cylinder(middle, axis, radius, float(np.ptp(along)), residual)


def basis(axis: Vector) -> tuple[Vector, Vector]:
    """Two unit vectors that stand upright on a unit axis and on one another."""
    other = np.zeros(3)
    other[int(np.argmin(np.abs(axis)))] = 1.0
    across = np.cross(axis, other)
    across /= np.linalg.norm(across)
    return across, np.cross(axis, across)


def _principal(points: Points, least: int) -> tuple[Vector, NDArray[np.float64], Vector]:
    """Middle, unit axes (rows, longest first) and sizes along them."""
    if len(points) < least:
        raise ValueError(f"{least} points are needed, not {len(points)}")
    centre = points.mean(axis=0)
    _, sizes, axes = np.linalg.svd(points - centre, full_matrices=len(points) < 3)
    return centre, axes, np.concatenate([sizes, np.zeros(3)])[:3]


def _round(points: Points) -> tuple[Vector, float]:
    """Centre and radius of the circle (n, 2) or sphere (n, 3) through points: Kåsa's start, then Gauss and Newton."""
    shift = points.mean(axis=0)
    size = float(np.abs(points - shift).max()) or 1.0
    x = (points - shift) / size
    matrix = np.concatenate([2.0 * x, np.ones((len(x), 1))], axis=1)
    found, _, rank, _ = np.linalg.lstsq(matrix, (x**2).sum(axis=1), rcond=1e-12)
    if rank < matrix.shape[1]:
        raise ValueError("the points are flat: nothing round goes through them")
    centre = found[:-1]
    radius = float(np.sqrt(max(found[-1] + centre @ centre, 0.0)))
    for _ in range(_STEPS):
        arm = x - centre
        length = np.maximum(np.linalg.norm(arm, axis=1), 1e-300)
        jacobian = np.concatenate([-arm / length[:, None], -np.ones((len(x), 1))], axis=1)
        step, *_ = np.linalg.lstsq(jacobian, radius - length, rcond=1e-12)
        centre, radius = centre + step[:-1], radius + float(step[-1])
        if float(np.abs(step).max()) < _ENOUGH:
            break
    return shift + centre * size, abs(radius) * size


def _refined(points: Points, axis: Vector) -> tuple[Vector, Vector, float]:
    """Point on the axis, axis and radius, refined from an axis that is nearly right (five unknowns)."""
    shift = points.mean(axis=0)
    size = float(np.abs(points - shift).max()) or 1.0
    x = (points - shift) / size
    across, up = basis(axis)
    middle, radius = _round(np.stack([x @ across, x @ up], axis=1))
    centre = middle[0] * across + middle[1] * up
    for _ in range(_STEPS):
        across, up = basis(axis)
        arm = x - centre
        along = arm @ axis
        out = arm - np.outer(along, axis)
        length = np.maximum(np.linalg.norm(out, axis=1), 1e-300)
        unit = out / length[:, None]
        columns = [-(unit @ across), -(unit @ up), -along * (unit @ across), -along * (unit @ up), -np.ones(len(x))]
        step, *_ = np.linalg.lstsq(np.stack(columns, axis=1), radius - length, rcond=1e-12)
        centre = centre + step[0] * across + step[1] * up
        axis = axis + step[2] * across + step[3] * up
        axis = axis / np.linalg.norm(axis)
        radius += float(step[4])
        if float(np.abs(step).max()) < _ENOUGH:
            break
    return shift + centre * size, axis, abs(radius) * size
