"""Picking points of clouds: the nearest to the eye of those within a few pixels of the ray, out of all that were scanned."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from viewer.render.cloud_table import ChunkTable
from viewer.render.picking import Hit, ray_boxes
from viewer.render.slots import SlotTable

REACH_PX = 5.0
"""How far beside the ray a point may lie."""
_MOST_POINTS = 1_500_000
"""Points looked at for one ray: chunks behind these are left out."""
Vector = NDArray[np.float64]


class CloudPicker:
    """First points along rays. Main thread; what it sorts on the way is kept for the next ray."""

    def __init__(self, chunks: ChunkTable) -> None:
        self._chunks = chunks
        self._cells: dict[int, tuple[NDArray[np.float32], NDArray[np.int64], Vector, Vector]] = {}

    def first(
        self,
        table: SlotTable,
        origin_m: Vector,
        direction: Vector,
        pixels_per_m: float,
        *,
        parallel: bool = False,
        keeps: Callable[[Vector], NDArray[np.bool_]] | None = None,
    ) -> Hit | None:
        """The nearest point within `REACH_PX` of a ray; of those almost as near, the one closest to the ray.

        `keeps` says which points (n, 3) of the world can be met at all.
        """
        chunks = self._chunks
        if not len(chunks):
            return None
        middle, half = chunks.placed(table)
        shown = table.hidden_by[chunks.slot] == 0
        along = (middle - origin_m) @ direction
        far = np.maximum(along + np.linalg.norm(half, axis=1), 0.0)
        reach = np.full(len(far), REACH_PX / pixels_per_m) if parallel else REACH_PX / pixels_per_m * far
        wide = half + reach[:, None]
        enter, leave = ray_boxes(origin_m, direction, middle - wide, middle + wide)
        met = np.flatnonzero((enter <= leave) & shown)
        best: tuple[float, float, int, Vector] | None = None
        looked_at = 0
        for row in met[np.argsort(enter[met], kind="stable")].tolist():
            if (best is not None and enter[row] > best[0]) or looked_at > _MOST_POINTS:
                break
            found, count = self._in_chunk(table, row, origin_m, direction, pixels_per_m, parallel, keeps)
            looked_at += count
            if found is not None and (best is None or found[0] < best[0]):
                best = (*found[:2], row, found[2])
        if best is None:
            return None
        distance, _, row, point = best
        return Hit(table.node_of[int(chunks.slot[row])], point, -direction, distance)

    def _in_chunk(
        self,
        table: SlotTable,
        row: int,
        origin_m: Vector,
        direction: Vector,
        pixels_per_m: float,
        parallel: bool,
        keeps: Callable[[Vector], NDArray[np.bool_]] | None,
    ) -> tuple[tuple[float, float, Vector] | None, int]:
        """(distance, pixels beside the ray, the point in the world) and how many points were looked at."""
        slot = int(self._chunks.slot[row])
        pose = table.world_from_node[slot]
        turn, place = pose[:3, :3], pose[:3, 3] + pose[:3, :3] @ table.centre_in_part[slot]
        points, starts, low, high = self._of_chunk(row)
        middle = (low + high) / 2.0 @ turn.T + place
        half = (high - low) / 2.0 @ np.abs(turn).T
        far = np.maximum((middle - origin_m) @ direction + np.linalg.norm(half, axis=1), 0.0)
        reach = (np.full(len(far), REACH_PX) if parallel else REACH_PX * far) / pixels_per_m
        enter, leave = ray_boxes(origin_m, direction, middle - half - reach[:, None], middle + half + reach[:, None])
        cells = np.flatnonzero(enter <= leave)
        if not len(cells):
            return None, 0
        near = np.concatenate([points[starts[c] : starts[c + 1]] for c in cells.tolist()])
        world = near @ turn.T + (place - origin_m)
        depth = world @ direction
        square = np.einsum("ij,ij->i", world, world) - depth * depth
        beside = np.sqrt(np.maximum(square, 0.0)) * pixels_per_m / (1.0 if parallel else np.maximum(depth, 1e-12))
        good = np.flatnonzero((beside <= REACH_PX) & (depth > 0.0))
        if keeps is not None and len(good):
            good = good[keeps(world[good] + origin_m)]
        if not len(good):
            return None, len(near)
        # A point a pixel beside the ray counts as that much farther: of a surface seen askew the middle is meant.
        spread = float(self._chunks.spacing_m[row])
        chosen = int(good[np.argmin(depth[good] + beside[good] * spread)])
        return (float(depth[chosen]), float(beside[chosen]), world[chosen] + origin_m), len(near)

    def _of_chunk(self, row: int) -> tuple[NDArray[np.float32], NDArray[np.int64], Vector, Vector]:
        """A chunk's points in small boxes of neighbours: sorted points, where each box begins, its corners."""
        known = self._cells.get(row)
        if known is None:
            chunks = self._chunks
            one, start = chunks.clouds[chunks.cloud_of[row]], int(chunks.start[row])
            points = one.cloud.points[start : start + int(chunks.count[row])] + one.shift.astype(np.float32)
            known = self._cells[row] = _boxed(points)
        return known


def _boxed(points: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64], Vector, Vector]:
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    side = max(float(size.max()) / 16.0, 1e-9)
    place = np.minimum((points - low) / side, 15).astype(np.int64)
    key = (place[:, 0] << 8) | (place[:, 1] << 4) | place[:, 2]
    order = np.argsort(key, kind="stable")
    ordered = points[order]
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    lows, highs = np.minimum.reduceat(ordered, starts), np.maximum.reduceat(ordered, starts)
    return ordered, np.append(starts, len(points)), lows.astype(np.float64), highs.astype(np.float64)
