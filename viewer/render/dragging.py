"""Dragging as pure mathematics: what a ray under the cursor means along an axis, on a plane and about an axis."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

EDGE_M = 0.15
"""Edges nearer than this pull harder than the grid."""


def along_axis(anchor_m: Vector, axis: Vector, origin_m: Vector, direction: Vector) -> float | None:
    """How far along a unit axis through `anchor_m` the point nearest to the ray lies, metres; None where they run alike."""
    cosine = float(axis @ direction)
    bottom = 1.0 - cosine * cosine
    if bottom < 1e-6:
        return None
    between = origin_m - anchor_m
    return float((between @ axis - (between @ direction) * cosine) / bottom)


def on_plane(anchor_m: Vector, normal: Vector, origin_m: Vector, direction: Vector) -> Vector | None:
    """Where the ray meets the plane through `anchor_m`; None where it does not, or only at a grazing angle far away."""
    slope = float(normal @ direction)
    if abs(slope) < 1e-3:
        return None
    distance = float((anchor_m - origin_m) @ normal) / slope
    return origin_m + direction * distance if distance > 0.0 else None


def angle_about_z(anchor_m: Vector, point_m: Vector) -> float:
    """Heading of a point seen from the anchor, radians."""
    return math.atan2(point_m[1] - anchor_m[1], point_m[0] - anchor_m[0])


def moved(world_from_node: NDArray[np.float64], shift_m: Vector, *, snap_m: float) -> NDArray[np.float64]:
    """The pose shifted; coordinates that the shift touches land on multiples of `snap_m` (0: anywhere)."""
    result = world_from_node.copy()
    target = world_from_node[:3, 3] + shift_m
    if snap_m > 0.0:
        target = np.where(np.abs(shift_m) > 1e-12, np.round(target / snap_m) * snap_m, world_from_node[:3, 3])
    result[:3, 3] = target
    return result


def edge_pull(footprint: Vector, shift_m: Vector, neighbours: Vector, snapped_m: Vector, *, reach_m: float = EDGE_M) -> Vector:
    """(2,) what to add to a shift on the floor that the grid made (`snapped_m`) so that edges lie on neighbours' edges instead.

    `footprint` (2, 2) is the thing's box before the drag, low and high corner, `shift_m` (2,) how far the cursor has carried it,
    `neighbours` (n, 2, 2) the boxes of others. Each axis by itself; only neighbours no further off than the thing is wide count.
    """
    pull = np.zeros(2)
    box = footprint + shift_m
    size = box[1] - box[0]
    near = ((neighbours[:, 0] <= box[1] + size) & (neighbours[:, 1] >= box[0] - size)).all(axis=1)
    for axis in np.flatnonzero(np.abs(shift_m) > 1e-12):
        gaps = (neighbours[near, :, axis][:, None, :] - box[:, axis][None, :, None]).ravel()
        if len(gaps) and abs(nearest := float(gaps[np.abs(gaps).argmin()])) <= reach_m:
            pull[axis] = shift_m[axis] + nearest - snapped_m[axis]
    return pull


def turned_about_z(
    world_from_node: NDArray[np.float64], anchor_m: Vector, angle_rad: float, *, snap_rad: float
) -> NDArray[np.float64]:
    """The pose turned about the vertical through the anchor; its heading lands on multiples of `snap_rad` (0: anywhere)."""
    if snap_rad > 0.0:
        now = math.atan2(world_from_node[1, 0], world_from_node[0, 0])
        angle_rad = round((now + angle_rad) / snap_rad) * snap_rad - now
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    turn = np.eye(4)
    turn[:2, :2] = ((c, -s), (s, c))
    turn[:3, 3] = anchor_m - turn[:3, :3] @ anchor_m
    return turn @ world_from_node
