"""Clashes and clearances of a moved station: numpy boxes first, then exact triangle tests by FCL on the few pairs that are left.

FCL: Pan, Chitta & Manocha, «FCL: A general purpose library for collision and proximity queries», ICRA 2012.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.api import Job

from .bodies import Bodies, Trees, boxes

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
Pairs = frozenset[tuple[int, int]]

MOST_DISTANCES = 24
"""Exact distances asked for in one run, nearest boxes first; beyond it a neighbour's distance is the boxes', a lower bound."""


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """The rows of a station and where they stand after the move; poses and boxes of all bodies with the move made."""

    rows: Rows
    others: Rows
    world: Array
    boxes: Array


def moved(bodies: Bodies, rows: Rows, new_from_old: Array) -> Moved:
    """All bodies with `rows` moved by a (4, 4) motion in the world."""
    world, all_boxes = bodies.world.copy(), bodies.boxes.copy()
    world[rows] = new_from_old @ bodies.world[rows]
    all_boxes[rows] = boxes(bodies.corners_in_part[rows], world[rows])
    still = np.ones(len(bodies.nodes), dtype=bool)
    still[rows] = False
    return Moved(rows, np.flatnonzero(still), world, all_boxes)


def clashes(bodies: Bodies, place: Moved, trees: Trees, job: Job) -> Pairs:
    """Pairs (moved row, other row) whose triangles meet. Raises Cancelled."""
    import fcl

    request = fcl.CollisionRequest(num_max_contacts=1)
    transforms: dict[int, object] = {}
    found: set[tuple[int, int]] = set()
    for a, b in _near(place):
        job.check()
        first, second = (_object(bodies, place, row, trees, transforms) for row in (a, b))
        if fcl.collide(first, second, request, fcl.CollisionResult()):
            found.add((a, b))
    return frozenset(found)


def nearest(bodies: Bodies, place: Moved, groups: Rows, within_m: float, trees: Trees, job: Job) -> dict[int, tuple[float, bool]]:
    """Least distance to each group of other bodies, metres, and whether it is exact; groups further than `within_m` are left out.

    `groups` (bodies,) numbers the group of each body; negative ones are not looked at. Raises Cancelled.
    """
    import fcl

    gaps = _box_gaps(place.boxes[place.rows], place.boxes[place.others])
    close = np.flatnonzero(gaps.ravel() <= within_m)
    order = close[np.argsort(gaps.ravel()[close], kind="stable")]
    best: dict[int, tuple[float, bool]] = {}
    asked = 0
    transforms: dict[int, object] = {}
    for flat in order.tolist():
        i, j = divmod(flat, len(place.others))
        gap, other = float(gaps[i, j]), int(place.others[j])
        group = int(groups[other])
        if group < 0 or (group in best and gap >= best[group][0]):
            continue
        if asked >= MOST_DISTANCES:
            best.setdefault(group, (gap, False))
            continue
        job.check()
        asked += 1
        first, second = (_object(bodies, place, row, trees, transforms) for row in (int(place.rows[i]), other))
        distance = max(0.0, float(fcl.distance(first, second, fcl.DistanceRequest(), fcl.DistanceResult())))
        if group not in best or distance < best[group][0]:
            best[group] = (distance, True)
    return {group: one for group, one in best.items() if one[0] <= within_m}


def _near(place: Moved) -> list[tuple[int, int]]:
    """Pairs whose boxes overlap."""
    mine, theirs = place.boxes[place.rows], place.boxes[place.others]
    if not len(mine) or not len(theirs):
        return []
    hull = np.stack([mine[:, 0].min(axis=0), mine[:, 1].max(axis=0)])
    close = np.flatnonzero(((theirs[:, 0] < hull[1]) & (theirs[:, 1] > hull[0])).all(axis=1))
    near = theirs[close]
    overlap = ((mine[:, None, 0] < near[None, :, 1]) & (mine[:, None, 1] > near[None, :, 0])).all(axis=2)
    return [(int(place.rows[i]), int(place.others[close[j]])) for i, j in np.argwhere(overlap)]


def _box_gaps(mine: Array, theirs: Array) -> Array:
    """(m, n) distances between boxes, metres."""
    apart = np.maximum(mine[:, None, 0] - theirs[None, :, 1], theirs[None, :, 0] - mine[:, None, 1])
    return np.sqrt((np.maximum(apart, 0.0) ** 2).sum(axis=2))


def _object(bodies: Bodies, place: Moved, row: int, trees: Trees, known: dict[int, object]) -> object:
    import fcl

    if row not in known:
        pose = place.world[row]
        known[row] = fcl.CollisionObject(trees.get(bodies.meshes[row]), fcl.Transform(pose[:3, :3], pose[:3, 3]))
    return known[row]
