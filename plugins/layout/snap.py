"""Snapping of a dragged station: to a grid, to round angles, and to the edges of its neighbours; pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GRID_M = 0.1
ANGLE_DEG = 15.0
EDGE_M = 0.15
"""Edges nearer than this pull harder than the grid."""


def snapped_angle_deg(angle_deg: float, step_deg: float = ANGLE_DEG) -> float:
    """The nearest multiple of the step, in (-180, 180]."""
    turned = round(angle_deg / step_deg) * step_deg
    return 180.0 - (180.0 - turned) % 360.0


def snapped_place(place_m: Array, box: Array, neighbours: Array, *, grid_m: float = GRID_M, edge_m: float = EDGE_M) -> Array:
    """The place (2,) moved so that an edge of `box` lies on a neighbour's edge, else on the grid, each axis by itself.

    `box` (2, 2) is the station's floor box at `place_m`, low and high corner; `neighbours` (n, 2, 2) are the others' boxes.
    """
    place = np.asarray(place_m, dtype=np.float64)
    result = np.round(place / grid_m) * grid_m
    for axis in (0, 1):
        shifts = (neighbours[:, :, axis][:, None, :] - np.asarray(box)[:, axis][None, :, None]).ravel()
        if len(shifts) and abs(nearest := float(shifts[np.abs(shifts).argmin()])) <= edge_m:
            result[axis] = place[axis] + nearest
    return result
