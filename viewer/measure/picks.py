"""Picks: what somebody pointed at on a part (a point, an edge, a face, the part), and where that is when the part has moved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.measure.fits import Circle, Cylinder, Line, Plane, Sphere
from viewer.measure.shapes import EdgeShape, FaceShape

Matrix = NDArray[np.float64]
PickKind = Literal["point", "vertex", "midpoint", "centre", "edge", "face", "part"]
POINTS: frozenset[PickKind] = frozenset(("point", "vertex", "midpoint", "centre"))


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """One thing that was pointed at, in world coordinates."""

    node: NodeId
    kind: PickKind
    point: NDArray[np.float64]
    """(3,) where it was pointed at, or the point itself."""
    world_from_node: Matrix
    """(4, 4) where the node stood then."""
    edge: EdgeShape | None = None
    face: FaceShape | None = None
    doubt_m: float = 0.0
    """How far triangles may lie from the true surface there."""
    name: str = ""
    """What its node is called."""
    chain: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    """(k, 3) what to draw to show a face's edges; empty elsewhere."""

    @property
    def is_point(self) -> bool:
        """Whether it stands for one point."""
        return self.kind in POINTS

    def moved(self, world_from_node: Matrix) -> Pick:
        """The same on the node where it stands now; itself where it has not moved."""
        if np.array_equal(world_from_node, self.world_from_node):
            return self
        try:
            shift = world_from_node @ np.linalg.inv(self.world_from_node)
        except np.linalg.LinAlgError:
            return self
        return replace(
            self,
            point=_at(shift, self.point),
            world_from_node=world_from_node,
            edge=None if self.edge is None else _edge(self.edge, shift),
            face=None if self.face is None else _face(self.face, shift),
            chain=_at(shift, self.chain),
        )


def scale_of(matrix: Matrix) -> float | None:
    """By how much a pose stretches lengths; None where it does so unevenly."""
    sizes = np.linalg.svd(matrix[:3, :3], compute_uv=False)
    if sizes[2] <= 0.0 or sizes[0] / sizes[2] > 1.0 + 1e-6:
        return None
    return float(sizes.mean())


def _at(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _turned(matrix: Matrix, direction: NDArray[np.float64]) -> NDArray[np.float64]:
    turned = matrix[:3, :3] @ direction
    return turned / max(float(np.linalg.norm(turned)), 1e-300)


def _edge(edge: EdgeShape, matrix: Matrix) -> EdgeShape:
    line, circle, scale = edge.line, edge.circle, scale_of(matrix)
    if line is not None:
        line = Line(_at(matrix, line.point), _turned(matrix, line.direction), line.residual_m * (scale or 1.0))
    if circle is not None:
        circle = None if scale is None else Circle(
            _at(matrix, circle.centre), _turned(matrix, circle.axis), circle.radius_m * scale, circle.residual_m * scale
        )  # fmt: skip
    return EdgeShape(_at(matrix, edge.chain), line, circle)


def _face(face: FaceShape, matrix: Matrix) -> FaceShape:
    corners, scale = _at(matrix, face.corners), scale_of(matrix)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    plane, cylinder, sphere = face.plane, face.cylinder, face.sphere
    if plane is not None:
        normal = np.linalg.inv(matrix[:3, :3]).T @ plane.normal
        plane = Plane(_at(matrix, plane.point), normal / np.linalg.norm(normal), plane.residual_m * (scale or 1.0))
    if cylinder is not None:
        cylinder = None if scale is None else Cylinder(
            _at(matrix, cylinder.centre), _turned(matrix, cylinder.axis), cylinder.radius_m * scale,
            cylinder.length_m * scale, cylinder.residual_m * scale,
        )  # fmt: skip
    if sphere is not None:
        sphere = None if scale is None else Sphere(
            _at(matrix, sphere.centre), sphere.radius_m * scale, sphere.residual_m * scale
        )  # fmt: skip
    deflection = face.deflection_m * (scale or float(np.linalg.norm(matrix[:3, :3], 2)))
    return FaceShape(corners, float(np.linalg.norm(cross, axis=1).sum()) / 2.0, deflection, plane, cylinder, sphere)


def placed(pick: Pick, edge: EdgeShape | None, face: FaceShape | None, chain_in_part: NDArray[np.float64] | None = None) -> Pick:
    """A pick with an edge or face of its part, given in the part's frame, put where the node stands."""
    matrix = pick.world_from_node
    return replace(
        pick,
        edge=None if edge is None else _edge(edge, matrix),
        face=None if face is None else _face(face, matrix),
        chain=pick.chain if chain_in_part is None else _at(matrix, chain_in_part),
    )
