"""Bodies: area, volume and centre of what triangles bound, and how far the triangles may lie from the true surface.

Volume and centre by the divergence theorem over signed tetrahedra (Zhang and Chen, ICIP 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.measure.topology import SHARP_RAD, Topology
from viewer.twin.parts import Mesh


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Facts of one mesh."""

    triangles: int
    points: int
    """Each once."""
    area_m2: float
    is_closed: bool
    volume_m3: float | None
    """None where the surface is open: it bounds nothing."""
    centre: NDArray[np.float64]
    """(3,) of the volume; of the surface where that is open."""
    size_m: NDArray[np.float64]
    """(3,)."""
    deflection_m: float
    """How far the triangles may lie from the smooth surface they stand for (estimate, 0 for what is flat)."""
    is_inside_out: bool = False
    """Whether a closed surface's triangles look inwards."""


def body_of(topology: Topology) -> Body:
    """Facts of a mesh, in the part's frame."""
    mesh = topology.mesh
    area, volume, centre = extent(topology.points, topology.triangles)
    low, high = mesh.bounds_m()
    closed = topology.is_closed
    return Body(
        triangles=len(mesh.triangles),
        points=len(topology.points),
        area_m2=area,
        is_closed=closed,
        volume_m3=abs(volume) if closed else None,
        centre=centre if closed and volume != 0.0 else surface_centre(topology.points, topology.triangles),
        size_m=high - low,
        deflection_m=deflection_m(topology),
        is_inside_out=closed and volume < 0.0,
    )


def extent(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> tuple[float, float, NDArray[np.float64]]:
    """Area, signed volume and centre of volume (the middle of the box where the volume is 0) of triangles."""
    if not len(triangles):
        return 0.0, 0.0, np.zeros(3)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    a, b, c = (points[triangles[:, i]] - middle for i in range(3))
    cross = np.cross(b - a, c - a)
    six = np.einsum("ij,ij->i", a, np.cross(b, c))
    volume = float(six.sum()) / 6.0
    area = float(np.linalg.norm(cross, axis=1).sum()) / 2.0
    if abs(volume) <= 1e-12 * max(area, 1e-300) ** 1.5:
        return area, 0.0, middle
    return area, volume, middle + ((a + b + c) * six[:, None]).sum(axis=0) / (24.0 * volume)


def surface_centre(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.float64]:
    """(3,) the centre of the surface itself; the mean of the points where it has no area."""
    corners = points[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    if not len(area) or area.sum() == 0.0:
        return points.mean(axis=0) if len(points) else np.zeros(3)
    return (corners.mean(axis=1) * area[:, None]).sum(axis=0) / area.sum()


def mesh_area_m2(mesh: Mesh) -> float:
    """The area of a mesh's triangles."""
    corners = mesh.points_in_part[mesh.triangles]
    return float(np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()) / 2.0


def deflection_m(topology: Topology, triangles: NDArray[np.int64] | None = None) -> float:
    """How far triangles (all, or these rows) may lie from the smooth surface that they stand for; 0 for what is flat.

    Two facets of width w that bend by t stand for an arc of radius w / (2 sin(t/2)); its sagitta over w is w tan(t/4) / 2.
    The widths are the triangles' heights over their common edge; bends over 25° are taken as true edges.
    """
    edges = np.flatnonzero((topology.count_at_edge == 2) & (topology.bend_rad > 1e-6) & (topology.bend_rad < SHARP_RAD * 2))
    edges = edges[~topology.is_edge[edges]]
    if triangles is not None:
        chosen = np.zeros(len(topology.triangles), dtype=np.bool_)
        chosen[triangles] = True
        edges = edges[chosen[topology.beside[edges]].all(axis=1)]
    if not len(edges):
        return 0.0
    ends = topology.points[topology.ends[edges]]
    length = np.maximum(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1), 1e-300)
    heights = 2.0 * topology.area_of_triangle[topology.beside[edges]] / length[:, None]
    width = heights.min(axis=1)
    # A long thin triangle beside a short edge is high over it without being wide across the bend.
    good = width < 20.0 * length
    sagitta = width * np.tan(topology.bend_rad[edges] / 4.0) / 2.0
    return float(sagitta[good].max(initial=0.0))
