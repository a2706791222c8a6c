"""Laying one part on another: the rigid motion between two places of one shape, and how far two surfaces lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from viewer.measure.bodies import deflection_m
from viewer.measure.clearance import Surface
from viewer.measure.signature import Signature, samples, signature
from viewer.measure.topology import Topology
from viewer.twin.parts import Mesh

Matrix = NDArray[np.float64]
_LARGE = 200_000
"""Triangles from which the true deflection is not looked for."""


@dataclass(frozen=True, slots=True)
class Motion:
    """How a part came from one place to the other."""

    moved_m: float
    turned_rad: float
    deviation_m: float = 0.0


class Shapes:
    """What is known of each mesh, found once; meshes with the same content get the same kind. One thread at a time."""

    def __init__(self) -> None:
        self._signatures: dict[int, tuple[Mesh, Signature]] = {}
        self._kinds: dict[int, int] = {}
        self._like: dict[tuple[int, int], list[tuple[Signature, int]]] = {}
        self._surfaces: dict[int, Surface] = {}
        self._samples: dict[int, NDArray[np.float64]] = {}
        self._deflections: dict[int, float] = {}
        self._stretched: dict[tuple[int, tuple[float, ...]], tuple[Mesh, Mesh]] = {}

    def stretched(self, mesh: Mesh, stretch: Matrix) -> Mesh:
        """A mesh with its points stretched by a (3, 3) matrix; the same one for the same question."""
        key = (id(mesh), tuple(np.round(stretch.ravel(), 9).tolist()))
        if key not in self._stretched:
            triangles = mesh.triangles if np.linalg.det(stretch) > 0.0 else np.ascontiguousarray(mesh.triangles[:, ::-1])
            made = Mesh(mesh.points_in_part @ stretch.T, triangles, face_of_triangle=mesh.face_of_triangle)
            self._stretched[key] = (mesh, made)
        return self._stretched[key][1]

    def signature(self, mesh: Mesh) -> Signature:
        """See there."""
        kept = self._signatures.get(id(mesh))
        if kept is None:
            kept = self._signatures[id(mesh)] = (mesh, signature(mesh))
        return kept[1]

    def kind(self, mesh: Mesh) -> int:
        """A number that identical meshes share."""
        if id(mesh) in self._kinds:
            return self._kinds[id(mesh)]
        own = self.signature(mesh)
        step = np.log(max(own.area_m2, 1e-300)) * 1e3
        for near in (int(np.floor(step)), int(np.floor(step)) - 1, int(np.floor(step)) + 1):
            for other, number in self._like.get((own.triangles, near), ()):
                if own.is_identical(other):
                    self._kinds[id(mesh)] = number
                    return number
        number = self._kinds[id(mesh)] = len(self._kinds)
        self._like.setdefault((own.triangles, int(np.floor(step))), []).append((own, number))
        return number

    def surface(self, mesh: Mesh) -> Surface:
        """For nearest points, in the part's frame."""
        if id(mesh) not in self._surfaces:
            self._surfaces[id(mesh)] = Surface(mesh.points_in_part[mesh.triangles])
        return self._surfaces[id(mesh)]

    def samples(self, mesh: Mesh) -> NDArray[np.float64]:
        """Points of the surface, in the part's frame."""
        if id(mesh) not in self._samples:
            self._samples[id(mesh)] = samples(mesh)
        return self._samples[id(mesh)]

    def deflection_m(self, mesh: Mesh) -> float:
        """How far the triangles may lie from the true surface; 0 for very large meshes."""
        if id(mesh) not in self._deflections:
            self._deflections[id(mesh)] = deflection_m(Topology(mesh)) if len(mesh.triangles) < _LARGE else 0.0
        return self._deflections[id(mesh)]


class Alignment:
    """Answers for one comparison, remembering what pairs of meshes have in common; poses are rigid. One thread at a time."""

    def __init__(self, shapes: Shapes, length_m: float, angle_rad: float) -> None:
        self._shapes, self._length_m, self._angle_rad = shapes, length_m, angle_rad
        self._apart_m: dict[tuple[int, int, bytes], float] = {}
        self._between: dict[tuple[int, int], tuple[Matrix, float] | None] = {}

    def motion(self, old: tuple[Mesh, Matrix], new: tuple[Mesh, Matrix]) -> Motion | None:
        """How the old part came to where the new one is; None where it is another shape."""
        (mesh, world), (other, other_world) = old, new
        local = self._new_from_old(mesh, other)
        if local is None:
            return None
        matrix, deviation = local
        shift = other_world @ matrix @ np.linalg.inv(world)
        centre = world[:3, :3] @ self._shapes.signature(mesh).centre + world[:3, 3]
        moved = float(np.linalg.norm(shift[:3, :3] @ centre + shift[:3, 3] - centre))
        turned = _turn_rad(shift)
        if moved <= self._length_m and turned > self._angle_rad and self._looks_still(mesh, world, other, other_world):
            turned = 0.0
        return Motion(moved, turned, deviation)

    def deviation(self, mesh: Mesh, world: Matrix, other: Mesh, other_world: Matrix) -> float:
        """Greatest distance of samples of either surface from the other: as they stand or centre on centre, the lesser."""
        own, its = self._shapes.signature(mesh), self._shapes.signature(other)
        shift = _at(other_world, its.centre) - _at(world, own.centre)
        placed = world.copy()
        placed[:3, 3] += shift
        return min(self._apart(mesh, world, other, other_world), self._apart(mesh, placed, other, other_world))

    def _looks_still(self, mesh: Mesh, world: Matrix, other: Mesh, other_world: Matrix) -> bool:
        """Whether a turned part fills the space that it filled, as a round one does."""
        return self._apart(mesh, world, other, other_world) <= self._allowed(mesh, other)

    def _allowed(self, mesh: Mesh, other: Mesh) -> float:
        """What two tessellations of one surface may differ by."""
        return self._length_m + (self._shapes.deflection_m(mesh) + self._shapes.deflection_m(other)) * 1.05

    def _new_from_old(self, mesh: Mesh, other: Mesh) -> tuple[Matrix, float] | None:
        """The rigid motion that lays one mesh on the other in their own frames, and what is left; None for other shapes."""
        if mesh is other or self._shapes.kind(mesh) == self._shapes.kind(other):
            return np.eye(4), 0.0
        key = (id(mesh), id(other))
        if key not in self._between:
            self._between[key] = self._found(mesh, other)
        return self._between[key]

    def _found(self, mesh: Mesh, other: Mesh) -> tuple[Matrix, float] | None:
        own, its = self._shapes.signature(mesh), self._shapes.signature(other)
        allowed = self._allowed(mesh, other)
        if abs(own.size_m - its.size_m) > 0.8 * max(own.size_m, its.size_m) or not own.is_like(its, 0.1):
            return None
        for candidate in (np.eye(4), *_candidates(own, its)):
            left = self._apart(mesh, candidate, other, np.eye(4))
            if left <= allowed:  # the identity comes first, then the smaller turns
                return candidate, left
        return None

    def _apart(self, mesh: Mesh, world: Matrix, other: Mesh, other_world: Matrix) -> float:
        """Greatest distance of samples of either surface from the other one, in the world."""
        there = np.linalg.inv(other_world) @ world
        key = (id(mesh), id(other), np.round(there, 7).tobytes())
        if key not in self._apart_m:
            self._apart_m[key] = self._measured(mesh, other, there)
        return self._apart_m[key]

    def _measured(self, mesh: Mesh, other: Mesh, there: Matrix) -> float:
        back = np.asarray(np.linalg.inv(there), dtype=np.float64)
        one = self._shapes.surface(other).distance_m(_at(there, self._shapes.samples(mesh))).max()
        two = self._shapes.surface(mesh).distance_m(_at(back, self._shapes.samples(other))).max()
        return max(float(one), float(two))


def _candidates(own: Signature, its: Signature) -> list[Matrix]:
    """Rigid motions that lay the principal axes of one shape on the other's, smallest turn first."""
    found: list[Matrix] = []
    like = 0.02 * max(float(own.moments[2]), 1e-300)
    for order in permutations(range(3)):
        if (np.abs(own.moments[list(order)] - its.moments) > like).any():
            continue
        for signs in product((1.0, -1.0), repeat=3):
            turn = np.asarray(its.axes.T @ (np.array(signs)[:, None] * own.axes[list(order)]), dtype=np.float64)
            if np.linalg.det(turn) > 0.0:
                matrix = np.eye(4)
                matrix[:3, :3] = turn
                matrix[:3, 3] = its.centre - turn @ own.centre
                found.append(matrix)
    shifted = np.eye(4)
    shifted[:3, 3] = its.centre - own.centre
    return [shifted, *sorted(found, key=_turn_rad)]


def _at(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _turn_rad(matrix: Matrix) -> float:
    """The angle of a rotation."""
    turn = matrix[:3, :3]
    half = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    return float(np.arctan2(np.linalg.norm(half), np.trace(turn) - 1.0))
