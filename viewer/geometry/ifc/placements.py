"""Where IFC products stand: local placements multiplied up to the world, each once, also where a file has them in a ring."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
MAX_CHAIN = 1000
"""The longest chain of placements that is followed; buildings have five or six."""


class Placements:
    """`world_from_product` of any product of a model, metres."""

    def __init__(self, metres: float) -> None:
        self._metres = metres
        self._known: dict[int, Matrix] = {}

    def of(self, product: Any) -> Matrix:
        """(4, 4); the identity where it has none that can be followed."""
        return self._world(getattr(product, "ObjectPlacement", None))

    def _world(self, placement: Any) -> Matrix:
        chain: list[Any] = []
        seen: set[int] = set()
        while placement is not None and placement.id() not in self._known and placement.id() not in seen:
            if len(chain) >= MAX_CHAIN:
                break
            seen.add(placement.id())
            chain.append(placement)
            placement = getattr(placement, "PlacementRelTo", None)
        world = np.eye(4) if placement is None else self._known.get(placement.id(), np.eye(4))
        for one in reversed(chain):
            world = world @ self._local(one)
            self._known[one.id()] = world
        return world

    def _local(self, placement: Any) -> Matrix:
        relative = getattr(placement, "RelativePlacement", None) or getattr(placement, "CartesianPosition", None)
        if relative is None:
            return np.eye(4)
        if relative.is_a("IfcAxis2PlacementLinear"):
            relative = getattr(placement, "CartesianPosition", None)
        return np.eye(4) if relative is None else axis_placement(relative, self._metres)


def axis_placement(placement: Any, metres: float) -> Matrix:
    """(4, 4) of an IfcAxis2Placement2D or 3D (IFC4, 8.9.3.4): z is Axis, x is RefDirection made perpendicular to it."""
    matrix = np.eye(4)
    location = getattr(placement, "Location", None)
    coordinates = getattr(location, "Coordinates", None)
    if coordinates is not None:
        matrix[: len(coordinates), 3] = np.array(coordinates, dtype=np.float64) * metres
    z = _direction(getattr(placement, "Axis", None), (0.0, 0.0, 1.0))
    x = _direction(placement.RefDirection, (1.0, 0.0, 0.0))
    x = x - (x @ z) * z
    if np.linalg.norm(x) < 1e-9:  # the two are parallel, which the standard forbids: any perpendicular does
        x = np.cross((0.0, 1.0, 0.0) if abs(z[1]) < 0.9 else (1.0, 0.0, 0.0), z)
    x = x / np.linalg.norm(x)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = x, np.cross(z, x), z
    return matrix if np.isfinite(matrix).all() else np.eye(4)


def _direction(entity: Any, default: tuple[float, float, float]) -> NDArray[np.float64]:
    ratios = list(entity.DirectionRatios) if entity is not None else list(default)
    vector = np.array([*ratios, 0.0][:3], dtype=np.float64)
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else np.array(default)
