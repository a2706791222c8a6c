"""Free width of aisles: how far solid things leave room to the left and right of a path, up to a person's height.

What width is asked is the user's parameter. Starting points: ASR A1.8 (Verkehrswege) gives walkways at least 0.9 to 1.0 m for few
people, and vehicles their width plus 0.5 m on either side, so about 3 m for a tugger train in one direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.api import CompiledPath, Path

Array = NDArray[np.float64]

FROM_M, TO_M = 0.05, 2.0
"""Heights above the path between which a thing stands in the way."""
REACH_M = 6.0
"""Room further away than this does not count."""
STEP_M = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Aisle:
    """A path sampled every STEP_M."""

    id: str
    points: Array
    """(n, 3)."""
    left: Array
    """(n, 2) unit vectors to the left."""


@dataclass(frozen=True, slots=True)
class Width:
    """The narrowest place of an aisle."""

    width_m: float
    at_m: tuple[float, float]


def aisle_of(path: Path) -> Aisle:
    """The path sampled. Raises ValueError where its points are all the same."""
    points = CompiledPath(path).points(STEP_M)
    ahead = np.gradient(points[:, :2], axis=0)
    size = np.linalg.norm(ahead, axis=1, keepdims=True)
    ahead = ahead / np.where(size > 0.0, size, 1.0)
    return Aisle(path.id, points, np.stack([-ahead[:, 1], ahead[:, 0]], axis=1))


def room(aisle: Aisle, boxes: Array) -> Array:
    """(n, 2) free metres left and right of every point of an aisle among (m, 2, 3) boxes; REACH_M where nothing is near."""
    result = np.full((len(aisle.points), 2), REACH_M)
    low, high = aisle.points.min(axis=0), aisle.points.max(axis=0)
    near = (boxes[:, 0, :2] < high[:2] + REACH_M).all(axis=1) & (boxes[:, 1, :2] > low[:2] - REACH_M).all(axis=1)
    standing = boxes[near & (boxes[:, 0, 2] < high[2] + TO_M) & (boxes[:, 1, 2] > low[2] + FROM_M)]
    for box in standing:
        rows = np.flatnonzero(
            ((aisle.points[:, :2] > box[0, :2] - REACH_M) & (aisle.points[:, :2] < box[1, :2] + REACH_M)).all(axis=1)
            & (box[0, 2] < aisle.points[:, 2] + TO_M)
            & (box[1, 2] > aisle.points[:, 2] + FROM_M)
        )
        here = aisle.points[rows, :2]
        towards = np.clip(here, box[0, :2], box[1, :2]) - here
        distance = np.hypot(towards[:, 0], towards[:, 1])
        side = (towards * aisle.left[rows]).sum(axis=1)
        abreast = np.abs(side) >= 0.7 * distance
        for column, on_side in ((0, side >= 0.0), (1, side <= 0.0)):
            hit = rows[on_side & abreast]
            result[hit, column] = np.minimum(result[hit, column], distance[on_side & abreast])
    return result


def narrowest(aisle: Aisle, others: Array, mine: Array) -> Width | None:
    """The narrowest place where the station (`mine`, as `others` from `room`) bounds the aisle; None where it nowhere does."""
    bounded = (mine < others).any(axis=1) & (mine < REACH_M).any(axis=1)
    if not bounded.any():
        return None
    width = np.where(bounded, np.minimum(mine, others).sum(axis=1), math.inf)
    place = int(width.argmin())
    x, y = aisle.points[place, :2].tolist()
    return Width(float(width[place]), (x, y))
