"""Point clouds: the points of a scan, in chunks of neighbours whose every beginning is an even sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class PointCloud:
    """n points in k chunks. Arrays are read-only, finite, and may be mapped from a file: take slices, not the whole.

    Chunks are boxes of space. Within one the points stand in a random order, so that its first m points are an even sample of it:
    a picture that may show a tenth of the points takes the first tenth of each chunk.
    """

    points: NDArray[np.float32]
    """(n, 3) metres, from `origin_m` in the part's frame: scans carry coordinates of a country, which float32 can't hold."""
    chunk_starts: NDArray[np.int64]
    """(k + 1,) where each chunk begins; the last is n."""
    chunk_bounds: NDArray[np.float32]
    """(k, 2, 3) lowest and highest corner of each chunk, from `origin_m`."""
    origin_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rgb: NDArray[np.uint8] | None = None
    """(n, 3) colours of the scan."""
    intensity: NDArray[np.uint8] | None = None
    """(n,) strength of the return, stretched over the scan's own range (see the part's properties for that)."""

    def __post_init__(self) -> None:
        for array in (self.points, self.chunk_starts, self.chunk_bounds, self.rgb, self.intensity):
            if array is not None:
                array.setflags(write=False)

    def bounds_m(self) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner in the part's frame, metres; zeros where there is no point."""
        if not len(self.chunk_bounds):
            return np.zeros((2, 3))
        low, high = self.chunk_bounds[:, 0].min(axis=0), self.chunk_bounds[:, 1].max(axis=0)
        return np.stack([low, high]).astype(np.float64) + np.array(self.origin_m)
