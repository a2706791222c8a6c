"""Triangles of one CAD shape: how fine, which face each came from, and the colours of its faces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.step.occ import (
    FACE,
    Bnd_Box,
    BRep_Tool,
    BRepBndLib,
    BRepMesh_IncrementalMesh,
    TopAbs_Orientation,
    TopExp_Explorer,
    TopLoc_Location,
    TopoDS,
)
from viewer.twin.parts import Mesh

ANGLE_RAD = 0.35
"""Turn between neighbouring facets for the eye: 18 facets on a full circle."""
MEASURED_ANGLE_RAD = 0.5
"""The kernel's own default, kept where somebody asks for a deflection, so that counts compare with other tools'."""
_SHARE = 1.0 / 1500.0
_FINEST_MM, _COARSEST_MM = 0.005, 2.0


@dataclass(frozen=True, slots=True)
class Facets:
    """One face's triangulation in the part's frame, millimetres."""

    points: list[tuple[float, float, float]]
    triangles: list[tuple[int, int, int]]


def tessellate(shape: Any, deflection_mm: float | None) -> None:
    """Make the shape's triangles (kept by the kernel in the shape). None: as fine as the shape's own size asks for."""
    chosen = deflection_mm or float(np.clip(diagonal_mm(shape) * _SHARE, _FINEST_MM, _COARSEST_MM))
    angle = ANGLE_RAD if deflection_mm is None else MEASURED_ANGLE_RAD
    BRepMesh_IncrementalMesh(shape, chosen, False, angle, True)


def diagonal_mm(shape: Any) -> float:
    """The diagonal of the shape's box; 0 where it is empty."""
    box = Bnd_Box()
    BRepBndLib.Add_s(shape, box)
    return 0.0 if box.IsVoid() else math.sqrt(box.SquareExtent())


def explore(shape: Any, kind: Any) -> list[Any]:
    """All sub-shapes of a kind, in the kernel's order, with repetition."""
    explorer = TopExp_Explorer(shape, kind)
    found: list[Any] = []
    while explorer.More():
        found.append(explorer.Current())
        explorer.Next()
    return found


def mesh_of(shape: Any, rgb_of_face: list[tuple[int, int, int] | None], plain: tuple[int, int, int] | None, scale: float) -> Mesh:
    """The tessellated shape as one mesh, lengths times `scale`; `rgb_of_face` in the order of `explore`."""
    points: list[NDArray[np.float64]] = []
    triangles: list[NDArray[np.int64]] = []
    total = 0
    for face in explore(shape, FACE):
        facets = _facets(face)
        points.append(np.array(facets.points, dtype=np.float64).reshape(-1, 3))
        triangles.append(np.array(facets.triangles, dtype=np.int64).reshape(-1, 3) + total)
        total += len(facets.points)
    if not points:
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    counts = [len(t) for t in triangles]
    all_points, all_triangles = np.concatenate(points) * scale, np.concatenate(triangles).astype(np.int32)
    faces = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return Mesh(all_points, all_triangles, normals(all_points, all_triangles), faces, _rgb(rgb_of_face, plain, faces))


def normals(points: NDArray[np.float64], triangles: NDArray[np.int32]) -> NDArray[np.float32]:
    """(n, 3) unit normals, area-weighted over the triangles at each point; faces share no points, so borders stay sharp."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    result = np.zeros_like(points)
    for k in range(3):
        for axis in range(3):
            result[:, axis] += np.bincount(triangles[:, k], across[:, axis], len(points))
    length = np.linalg.norm(result, axis=1, keepdims=True)
    result[length[:, 0] == 0] = (0.0, 0.0, 1.0)  # only where triangles have no area; never a normal of no length
    return (result / np.where(length > 0, length, 1.0)).astype(np.float32)


def _facets(face: Any) -> Facets:
    location = TopLoc_Location()
    made = BRep_Tool.Triangulation_s(TopoDS.Face(face), location)
    if made is None:
        return Facets([], [])
    place = location.Transformation()
    nodes = (made.Node(i) for i in range(1, made.NbNodes() + 1))
    points = [n.Transformed(place).Coord() for n in nodes] if not location.IsIdentity() else [n.Coord() for n in nodes]
    turned = face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED
    corners = (made.Triangle(i).Get() for i in range(1, made.NbTriangles() + 1))
    order = (0, 2, 1) if turned else (0, 1, 2)
    return Facets(points, [(t[order[0]] - 1, t[order[1]] - 1, t[order[2]] - 1) for t in corners])


def _rgb(
    of_face: list[tuple[int, int, int] | None], plain: tuple[int, int, int] | None, faces: NDArray[np.int32]
) -> NDArray[np.uint8] | None:
    if not any(of_face) or len({c or plain for c in of_face}) < 2:
        return None
    base = plain or (200, 200, 200)
    return np.array([c or base for c in of_face], dtype=np.uint8)[faces]
