"""The chunks of all clouds of a scene as one table, and which of their points a picture is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.render.camera import Camera, in_sight
from viewer.render.slots import SlotTable
from viewer.twin.clouds import PointCloud

_LOOKED_AT = 256
"""Points of a chunk whose distances tell how densely it was scanned."""
_POINTS_PER_PX = 0.55
"""Points for each pixel that a chunk's surface fills: with points of two pixels nothing shows through."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCloud:
    """One instance of a cloud."""

    slot: int
    cloud: PointCloud
    shift: NDArray[np.float64]
    """(3,) from the cloud's numbers to those that the slot's pose places: its box's middle is their origin."""


class ChunkTable:
    """All chunks of some clouds; arrays have a row for each chunk."""

    def __init__(self, clouds: Sequence[DrawnCloud]) -> None:
        self.clouds = tuple(clouds)
        sizes = [len(one.cloud.chunk_bounds) for one in clouds]
        self.cloud_of = np.repeat(np.arange(len(clouds)), sizes)
        """(k,) row in `clouds`."""
        self.slot = np.repeat(np.array([one.slot for one in clouds], dtype=np.int64), sizes)
        starts = [one.cloud.chunk_starts for one in clouds]
        self.start = np.concatenate([s[:-1] for s in starts]) if starts else np.zeros(0, np.int64)
        self.count = np.concatenate([np.diff(s) for s in starts]) if starts else np.zeros(0, np.int64)
        boxes = [one.cloud.chunk_bounds.astype(np.float64) + one.shift for one in clouds]
        bounds = np.concatenate(boxes) if boxes else np.zeros((0, 2, 3))
        self.centre, self.half = bounds.mean(axis=1), (bounds[:, 1] - bounds[:, 0]) / 2.0
        self.spacing_m = np.array([self._spacing(row) for row in range(len(self.count))])
        """(k,) typical distance of neighbours when all points are drawn."""

    def __len__(self) -> int:
        return len(self.count)

    @property
    def points(self) -> int:
        """How many points there are."""
        return int(self.count.sum())

    def _spacing(self, row: int) -> float:
        """From the nearest neighbours of an even sample: on a surface they lie half a spacing away (Clark and Evans 1954)."""
        some = min(int(self.count[row]), _LOOKED_AT)
        if some < 3:
            return float(2.0 * self.half[row].max()) or 0.01
        start = int(self.start[row])
        at = self.clouds[self.cloud_of[row]].cloud.points[start : start + some].astype(np.float32)
        square = np.einsum("ij,ij->i", at, at)
        apart = square[:, None] + square[None, :] - 2.0 * (at @ at.T)
        np.fill_diagonal(apart, np.inf)
        nearest = float(np.median(np.sqrt(np.maximum(apart.min(axis=1), 0.0))))
        return max(2.0 * nearest * float(np.sqrt(some / self.count[row])), 1e-9)

    def placed(self, table: SlotTable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(k, 3) each: middle and half size of the chunks' boxes in the world."""
        turn, place = self._poses(table)
        middle = np.einsum("kij,kj->ki", turn, self.centre + self._middles(table)) + place
        return middle, np.einsum("kij,kj->ki", np.abs(turn), self.half)

    def _poses(self, table: SlotTable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        pose = table.world_from_node[self.slot]
        return pose[:, :3, :3], pose[:, :3, 3]

    def _middles(self, table: SlotTable) -> NDArray[np.float64]:
        return table.centre_in_part[self.slot]


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What a picture from one viewpoint would draw."""

    points: NDArray[np.int64]
    """(k,) points of each chunk, from its beginning; 0 for what is not seen."""
    spacing_px: NDArray[np.float64]
    """(k,) how far neighbours then lie apart on the screen."""


def worth(
    chunks: ChunkTable,
    table: SlotTable,
    camera: Camera,
    size_px: tuple[int, int],
    budget: int,
    *,
    dropped: NDArray[np.bool_] | None = None,
) -> Worth:
    """How many points of each chunk are worth drawing: those in sight, so many that their surfaces are closed, within a budget.

    `dropped` (k,): chunks that are not drawn whatever they show.
    """
    middle, half = chunks.placed(table)
    seen = in_sight(camera, middle, half, size_px) & (table.hidden_by[chunks.slot] == 0)
    if dropped is not None:
        seen &= ~dropped
    pixels = pixels_per_m(camera, middle, half, size_px[1])
    scale = _scale(table, chunks)
    full = chunks.spacing_m * scale * pixels
    wanted = np.where(seen, chunks.count * np.minimum(_POINTS_PER_PX * full * full, 1.0), 0.0)
    total = float(wanted.sum())
    share = min(1.0, budget / total) if total > 0.0 else 1.0
    points = np.minimum(np.ceil(wanted * share), chunks.count).astype(np.int64)
    return Worth(points, full * np.sqrt(chunks.count / np.maximum(points, 1)))


def pixels_per_m(camera: Camera, middle: NDArray[np.float64], half: NDArray[np.float64], height_px: int) -> NDArray[np.float64]:
    """(k,) pixels of a metre across the line of sight at each box (n, 3): near its near side, where it counts."""
    per_m = camera.pixels_per_m(height_px)
    if camera.parallel:
        return np.full(len(middle), per_m)
    reach = np.linalg.norm(half, axis=1)
    away = np.linalg.norm(middle - camera.eye_m, axis=1)
    return per_m / np.maximum(away - 0.7 * reach, np.maximum(0.2 * reach, 1e-6))


def _scale(table: SlotTable, chunks: ChunkTable) -> NDArray[np.float64]:
    """(k,) how much the slots' poses enlarge."""
    sizes = np.linalg.norm(table.world_from_node[:, :3, :3], axis=1).mean(axis=1)
    return sizes[chunks.slot]
