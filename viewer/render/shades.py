"""Shades: which parts throw one on the floor, so that a stack of parts is shaded once and not once per part."""

from __future__ import annotations

import numpy as np

from viewer.render.slots import Slots, SlotTable

_REACH_M = 1.4
"""Parts higher above the floor throw none."""


def outermost(slots: Slots, table: SlotTable, floor_m: float) -> Slots:
    """Those of the slots whose middle lies under none of the others that were taken before; large and low ones come first."""
    half, centre = table.box_half[slots, :2], table.box_centre[slots, :2]
    above = np.maximum(table.box_centre[slots, 2] - table.box_half[slots, 2] - floor_m, 0.0)
    near = np.flatnonzero(above < _REACH_M)
    order = near[np.argsort(-(half[near].prod(axis=1) * (_REACH_M - above[near])), kind="stable")]
    taken: list[int] = []
    free = np.ones(len(slots), dtype=np.bool_)
    for one in order.tolist():
        if free[one]:
            taken.append(one)
            free &= ~(np.abs(centre - centre[one]) <= half[one]).all(axis=1)
    return slots[np.array(sorted(taken), dtype=np.int64)]
