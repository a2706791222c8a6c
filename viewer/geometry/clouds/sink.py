"""The sink for a scan's points: takes them block by block, spills them to a file, and gives them back in chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.clouds.mapped import temporary_file
from viewer.geometry.clouds.sorting import sorted_records
from viewer.geometry.sound import LARGEST_SCAN_M
from viewer.twin.clouds import PointCloud

BLOCK = 1 << 20
"""Points that readers take at a time."""
_IN_MEMORY = 1 << 22
"""Points that are kept without a file."""
_SAMPLE = 1 << 14
"""Points of each block that are looked at for the ranges."""
_NEAR_M = 1000.0
"""Points that lie nearer to the origin need no other one."""
_INTENSITY_SHARES = (0.5, 99.5)
"""Percentiles between which intensities are stretched: a few mirrors would darken all else."""


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What became of the points."""

    cloud: PointCloud
    box_m: NDArray[np.float64]
    """(2, 3) lowest and highest corner, in float64, in the frame that `CloudSink` was given for it."""
    kept: int
    dropped: int
    """Points that are no finite numbers, or farther out than any scan reaches."""
    intensity_range: tuple[float, float] | None
    """What became black and what white."""


class CloudSink:
    """Collects one cloud. Memory stays at some blocks, however many points come; not for several threads.

    `world_from_scan` (4, 4): frame in which the exact box is wanted; the points stay in the scan's own.
    """

    def __init__(self, job: Job, *, world_from_scan: NDArray[np.float64] | None = None) -> None:
        self._job = job
        self._world_from_scan = world_from_scan
        self._blocks: list[NDArray[Any]] = []
        self._file: Any = None
        self._dtype: np.dtype[Any] | None = None
        self._origin = np.zeros(3)
        self._low, self._high = np.full(3, np.inf), np.full(3, -np.inf)
        self._sample: list[NDArray[Any]] = []
        self.kept = self.dropped = 0
        self.rgb_most = 0

    def add(
        self,
        points_m: NDArray[np.float64],
        *,
        rgb: NDArray[np.uint16] | None = None,
        intensity: NDArray[np.float32] | None = None,
    ) -> None:
        """Take a block: (m, 3) metres in the scan's frame, colours (m, 3) on any scale, intensities (m,) on any scale.

        What the first block has, all must have. Raises Cancelled, OSError.
        """
        self._job.check()
        with np.errstate(invalid="ignore"):
            good = np.asarray((np.abs(points_m) < LARGEST_SCAN_M).all(axis=1))
        if not good.all():
            self.dropped += int(len(good) - np.count_nonzero(good))
            points_m = points_m[good]
            rgb = None if rgb is None else rgb[good]
            intensity = None if intensity is None else intensity[good]
        if not len(points_m):
            return
        if self._dtype is None:
            self._begin(points_m, coloured=rgb is not None, bright=intensity is not None)
        self._measure(points_m)
        records = np.empty(len(points_m), self._dtype)
        records["at"] = points_m - self._origin
        if rgb is not None:
            records["rgb"] = rgb
            self.rgb_most = max(self.rgb_most, int(rgb.max()))
        if intensity is not None:
            records["intensity"] = np.nan_to_num(intensity, nan=0.0, posinf=0.0, neginf=0.0)
        self._keep(records)

    def _begin(self, points_m: NDArray[np.float64], *, coloured: bool, bright: bool) -> None:
        fields: list[Any] = [("at", "<f4", 3)]
        fields += [("rgb", "<u2", 3)] if coloured else []
        fields += [("intensity", "<f4")] if bright else []
        self._dtype = np.dtype(fields)
        middle = np.median(points_m[:: max(1, len(points_m) // _SAMPLE)], axis=0)
        if np.abs(middle).max() > _NEAR_M:
            self._origin = np.round(middle)

    def _measure(self, points_m: NDArray[np.float64]) -> None:
        turn = self._world_from_scan
        if turn is not None:
            points_m = points_m @ turn[:3, :3].T + turn[:3, 3]
        self._low, self._high = np.minimum(self._low, points_m.min(axis=0)), np.maximum(self._high, points_m.max(axis=0))

    def _keep(self, records: NDArray[Any]) -> None:
        self._sample.append(records[:: max(1, len(records) // _SAMPLE)].copy())
        self.kept += len(records)
        if self._file is None and self.kept <= _IN_MEMORY:
            self._blocks.append(records)
            return
        if self._file is None:
            self._file = temporary_file()
            for block in self._blocks:
                self._file.write(block.data)
            self._blocks.clear()
        self._file.write(records.data)

    def settle(self, *, rgb_top: float = 0.0, intensity_range: tuple[float, float] | None = None) -> Settled | None:
        """All points, sorted; None where none came. `rgb_top`: the number of full colour; 0: 255 or 65535, by what came."""
        if self._dtype is None:
            return None
        sample = np.concatenate(self._sample)
        self._sample.clear()
        has = self._dtype.names or ()
        top = rgb_top or (255.0 if self.rgb_most <= 255 else 65535.0)
        span = None
        if "intensity" in has:
            span = intensity_range or _span(sample["intensity"])
        source: Any = self._file if self._file is not None else np.concatenate(self._blocks)
        self._blocks.clear()
        points, rgb, intensity, starts, bounds = sorted_records(
            source, self.kept, self._dtype, sample["at"], rgb_top=top, intensity_range=span, job=self._job
        )
        if self._file is not None:
            self._file.close()
        x, y, z = self._origin.tolist()
        cloud = PointCloud(points, starts, bounds, (x, y, z), rgb, intensity)
        return Settled(cloud, np.stack([self._low, self._high]), self.kept, self.dropped, span)


def _span(intensity: NDArray[np.float32]) -> tuple[float, float]:
    low, high = (float(v) for v in np.percentile(intensity, _INTENSITY_SHARES))
    if high <= low:
        low, high = float(intensity.min()), float(intensity.max())
    return low, high
