"""The exact box around all instances of a STEP document, curves and annotations included, without measuring each one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.step.occ import Bnd_Box, BRepBndLib

Box = NDArray[np.float64]
"""(2, 3) lowest and highest corner, millimetres."""

_ALIGNED = 1e-12
_ROUNDING_MM = 1e-6


@dataclass(frozen=True, slots=True)
class Placed:
    """A product's shape and where one instance of it stands (a TopLoc_Location in the document)."""

    shape: Any
    place: Any


def exact_box_mm(instances: Sequence[Placed], job: Job) -> Box | None:
    """The box of all instances; None where there is nothing in them.

    An exact box is dear (0.5 ms a face), so a shape is measured once in its own frame; instances turned by right angles only turn
    that box, and others are measured in their place only where that box, turned, could stick out of what is known already.
    """
    own = {id(one.shape): _measured(one.shape) for one in {id(one.shape): one for one in instances}.values()}
    known: Box | None = None
    turned: list[tuple[Box, Placed]] = []
    for one in instances:
        box = own[id(one.shape)]
        if box is None:
            continue
        matrix = _matrix(one.place)
        around = _carried(box, matrix)
        if _keeps_axes(matrix):
            known = _joined(known, around)
        else:
            turned.append((around, one))
    for around, one in sorted(turned, key=lambda pair: -float(np.ptp(pair[0], axis=0).max())):
        if known is None or (around[0] < known[0] - _ROUNDING_MM).any() or (around[1] > known[1] + _ROUNDING_MM).any():
            job.check()
            box = _measured(one.shape.Moved(one.place, False))
            known = known if box is None else _joined(known, box)
    return known


def _measured(shape: Any) -> Box | None:
    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(shape, box, False, False)  # neither of the triangles nor widened by tolerances
    if box.IsVoid():
        BRepBndLib.AddOptimal_s(shape, box, True, False)  # faces of triangles alone (AP242) have no surface to measure
    return None if box.IsVoid() or box.IsOpen() else np.array([box.CornerMin().Coord(), box.CornerMax().Coord()])


def _matrix(place: Any) -> NDArray[np.float64]:
    """(3, 4) rows of a location."""
    t = place.Transformation()
    return np.array([[t.Value(i, j) for j in range(1, 5)] for i in range(1, 4)])


def _keeps_axes(matrix: NDArray[np.float64]) -> bool:
    """Whether each axis comes to lie along an axis: then a box stays exact when it is carried."""
    return int((np.abs(matrix[:, :3]) > _ALIGNED).sum()) == 3


def _carried(box: Box, matrix: NDArray[np.float64]) -> Box:
    """The box around a box in its new place."""
    middle, half = box.mean(axis=0), np.ptp(box, axis=0) / 2
    at, reach = matrix[:, :3] @ middle + matrix[:, 3], np.abs(matrix[:, :3]) @ half
    return np.stack([at - reach, at + reach])


def _joined(one: Box | None, other: Box) -> Box:
    return other if one is None else np.stack([np.minimum(one[0], other[0]), np.maximum(one[1], other[1])])
