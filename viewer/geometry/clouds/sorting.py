"""Sorts a cloud's records into chunks of neighbours, in memory or through files, and shuffles each chunk.

Large clouds are first dealt into buckets along a Morton curve of grid cells (Morton 1966); a bucket that fits into memory is
then halved at the median of its longest side until its pieces are chunks (a k-d tree, Bentley 1975).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.clouds.mapped import let_go, roomy

MOST_IN_CHUNK = 1 << 16
_LEAST_IN_CHUNK = 1 << 12
_CHUNKS = 64
"""As many chunks at least, where the cloud is large enough for them."""
_BUCKET = 1 << 20
_LARGEST_BUCKET = 1 << 22
"""Points in one place of the grid beyond this are taken in turns; their chunks then overlap, and nothing else is lost."""
_LEVEL = 6
_SIDE = 1 << _LEVEL
_SEED = 20

Sorted = tuple[NDArray[np.float32], NDArray[np.uint8] | None, NDArray[np.uint8] | None, NDArray[np.int64], NDArray[np.float32]]
"""Points, colours, intensities, chunk starts, chunk bounds: as PointCloud has them."""


def sorted_records(
    source: Any,
    count: int,
    dtype: np.dtype[Any],
    sample: NDArray[np.float32],
    *,
    rgb_top: float,
    intensity_range: tuple[float, float] | None,
    job: Job,
) -> Sorted:
    """`source`: an array of records, or an open file of them. `sample` (s, 3): some of the points. Raises Cancelled, OSError."""
    records, buckets = (source, [(0, count)]) if isinstance(source, np.ndarray) else _dealt(source, count, dtype, sample, job)
    names = dtype.names or ()
    points = roomy((count, 3), np.dtype(np.float32))
    rgb = roomy((count, 3), np.dtype(np.uint8)) if "rgb" in names else None
    intensity = roomy((count,), np.dtype(np.uint8)) if "intensity" in names else None
    size = min(MOST_IN_CHUNK, max(_LEAST_IN_CHUNK, count // _CHUNKS))
    random = np.random.default_rng(_SEED)
    starts: list[int] = []
    bounds: list[NDArray[np.float32]] = []
    for start, end in buckets:
        job.check()
        job.progress(0.85 + 0.15 * start / count, "sorting the points")
        block = np.array(records[start:end])
        for order in _halved(block["at"], np.arange(end - start), size):
            order = order[random.permutation(len(order))]
            here = slice(start, start + len(order))
            at = points[here] = block["at"][order]
            starts.append(start)
            bounds.append(np.stack([at.min(axis=0), at.max(axis=0)]))
            if rgb is not None:
                rgb[here] = _bytes(block["rgb"][order], 0.0, rgb_top)
            if intensity is not None and intensity_range is not None:
                intensity[here] = _bytes(block["intensity"][order], *intensity_range)
            start += len(order)
        for array in (records, points, rgb, intensity):
            if array is not None:
                let_go(array)
    return points, rgb, intensity, np.array([*starts, count], dtype=np.int64), np.array(bounds, np.float32).reshape(-1, 2, 3)


def _bytes(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Stretched to 0 … 255; all full where there is no range."""
    if high <= low:
        return np.full(values.shape, 255, np.uint8)
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255.0 / (high - low))
    return np.rint(np.clip(scaled, 0.0, 255.0)).astype(np.uint8)


def _halved(at: NDArray[np.float32], rows: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """The rows in pieces of at most `size` neighbours."""
    waiting, done = [rows], list[NDArray[np.int64]]()
    while waiting:
        piece = waiting.pop()
        if len(piece) <= size:
            done.append(piece)
            continue
        here = at[piece]
        axis = int(np.argmax(here.max(axis=0) - here.min(axis=0)))
        half = len(piece) // 2
        order = np.argpartition(here[:, axis], half)
        waiting += [piece[order[half:]], piece[order[:half]]]
    return done


def _dealt(
    file: Any, count: int, dtype: np.dtype[Any], sample: NDArray[np.float32], job: Job
) -> tuple[NDArray[Any], list[tuple[int, int]]]:
    """The file's records in another file, bucket by bucket, and where each bucket begins and ends."""
    low, cell = _grid(sample)
    counts = np.zeros(_SIDE**3, dtype=np.int64)
    for block in _blocks(file, dtype, job, "measuring the points", 0.70, count):
        counts += np.bincount(_cells(block["at"], low, cell), minlength=len(counts))
    buckets, bucket_of_cell = _buckets(counts)
    result = roomy((count,), dtype)
    cursor = np.array([start for start, _ in buckets], dtype=np.int64)
    for block in _blocks(file, dtype, job, "dealing the points", 0.75, count):
        bucket = bucket_of_cell[_cells(block["at"], low, cell)]
        order = np.argsort(bucket, kind="stable")
        sizes = np.bincount(bucket, minlength=len(buckets))
        begins = np.cumsum(sizes) - sizes
        here = bucket[order]
        result[cursor[here] + np.arange(len(order)) - begins[here]] = block[order]
        cursor += sizes
        let_go(result)
    turns = [(s, min(s + _LARGEST_BUCKET, end)) for start, end in buckets for s in range(start, end, _LARGEST_BUCKET)]
    return result, turns


def _blocks(file: Any, dtype: np.dtype[Any], job: Job, doing: str, begun: float, count: int) -> Any:
    """The file's records from its beginning, a block at a time."""
    file.seek(0)
    done = 0
    while len(block := np.frombuffer(file.read(dtype.itemsize * _BUCKET), dtype)):
        job.check()
        job.progress(begun + 0.05 * done / count, doing)
        done += len(block)
        yield block


def _grid(sample: NDArray[np.float32]) -> tuple[NDArray[np.float32], np.float32]:
    """Lowest corner and side of the grid's cells, by where nearly all points lie: one that strayed must not coarsen it."""
    low, high = np.percentile(sample, (0.5, 99.5), axis=0)
    margin = 0.05 * (high - low)
    side = float((high - low + 2.0 * margin).max()) / _SIDE
    return (low - margin).astype(np.float32), np.float32(max(side, 1e-9))


def _cells(at: NDArray[np.float32], low: NDArray[np.float32], cell: np.float32) -> NDArray[np.int64]:
    """(n,) each point's place along the Morton curve; what is outside belongs to the cell at the edge."""
    place = np.clip((at - low) / cell, 0, _SIDE - 1).astype(np.int64)
    spread = _SPREAD
    return spread[place[:, 0]] | (spread[place[:, 1]] << 1) | (spread[place[:, 2]] << 2)


def _spread_bits() -> NDArray[np.int64]:
    numbers = np.arange(_SIDE, dtype=np.int64)
    result = np.zeros(_SIDE, dtype=np.int64)
    for bit in range(_LEVEL):
        result |= ((numbers >> bit) & 1) << (3 * bit)
    return result


_SPREAD = _spread_bits()


def _buckets(counts: NDArray[np.int64]) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
    """Runs of cells with at most `_BUCKET` points (a single cell may have more): their points' rows, and each cell's bucket."""
    ends = np.cumsum(counts)
    buckets: list[tuple[int, int]] = []
    bucket_of_cell = np.zeros(len(counts), dtype=np.int64)
    cell = start = 0
    while start < ends[-1]:
        last = max(int(np.searchsorted(ends, start + _BUCKET, side="right")), cell + 1)
        bucket_of_cell[cell:last] = len(buckets)
        end = int(ends[last - 1])
        if end > start:
            buckets.append((start, end))
        cell, start = last, end
    return buckets, bucket_of_cell
