"""Columns of samples: packed for the wire, checked and unpacked at the other end, without a loop over samples."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from viewer.live.wire import MAX_BLOCK_SAMPLES, Samples, WireError
from viewer.twin.samples import Columns

_MAX_T_NS = 1 << 62
_WIDE = 8
_U1: np.dtype[np.uint8] = np.dtype("u1")
_U4: np.dtype[np.uint32] = np.dtype("<u4")
_I8: np.dtype[np.int64] = np.dtype("<i8")
_F8: np.dtype[np.float64] = np.dtype("<f8")
_Item = TypeVar("_Item", bound=np.generic)


def pack(columns: Columns) -> Samples:
    """For the wire. At most MAX_BLOCK_SAMPLES samples; raises ValueError beyond."""
    if len(columns) > MAX_BLOCK_SAMPLES:
        raise ValueError(f"a block has at most {MAX_BLOCK_SAMPLES} samples, not {len(columns)}")
    t0_ns = int(columns.t_ns.min()) if len(columns) else 0
    offsets = columns.t_ns - t0_ns
    narrow = not len(columns) or int(offsets.max()) <= 0xFFFFFFFF
    single = len(columns.channels) == len(columns)
    return Samples(
        t0_ns=t0_ns,
        channels=_bytes(columns.channels, _U4),
        counts=_bytes(columns.counts[:0] if single else columns.counts, _U4),
        times=_bytes(offsets, _U4 if narrow else _I8),
        values=_bytes(columns.values, _F8),
        quality=_bytes(columns.quality if columns.quality.any() else columns.quality[:0], _U1),
    )


def _bytes(column: NDArray[np.generic], dtype: np.dtype[np.generic]) -> memoryview:
    return memoryview(column.astype(dtype, copy=False).tobytes())


def unpack(samples: Samples, *, channels: int) -> Columns:
    """From the wire, checked: whole columns of fitting lengths, indices below `channels` in strictly ascending order, times
    in range, values finite unless their quality is bad. Raises WireError where one of them is not so."""
    values = _column(samples.values, _F8, "values")
    k = len(values)
    if k > MAX_BLOCK_SAMPLES:
        raise WireError(f"a block has at most {MAX_BLOCK_SAMPLES} samples, this one has {k}")
    index, counts = _runs(samples, k, channels)
    return Columns(index, counts, _times(samples, k), values, _quality(samples, values))


def _column(column: memoryview, dtype: np.dtype[_Item], name: str) -> NDArray[_Item]:
    try:
        return np.frombuffer(column, dtype)
    except ValueError as error:
        raise WireError(f"the column {name} of {len(column)} bytes holds no whole number of items: {error}") from error


def _runs(samples: Samples, k: int, channels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    index = _column(samples.channels, _U4, "channels").astype(np.int64)
    counts = _column(samples.counts, _U4, "counts").astype(np.int64)
    if not len(counts):
        counts = np.ones(len(index), np.int64)
    if len(counts) != len(index) or int(counts.sum()) != k or (k and int(counts.min()) < 1):
        raise WireError(f"the runs ({len(index)} channels, {len(counts)} counts) do not add up to the {k} values")
    if k and (int(index[-1]) >= channels or not (index[1:] > index[:-1]).all()):
        raise WireError(f"channel indices must ascend and lie below {channels}")
    return index, counts


def _times(samples: Samples, k: int) -> NDArray[np.int64]:
    wide = len(samples.times) == _WIDE * k
    offsets = _column(samples.times, _I8, "times") if wide else _column(samples.times, _U4, "times").astype(np.int64)
    if len(offsets) != k:
        raise WireError(f"{len(offsets)} times for {k} values")
    if wide and k and (int(offsets.min()) < 0 or int(offsets.max()) > _MAX_T_NS):
        raise WireError("a time lies out of range")
    return offsets + samples.t0_ns


def _quality(samples: Samples, values: NDArray[np.float64]) -> NDArray[np.uint8]:
    quality = _column(samples.quality, _U1, "quality")
    if not len(quality):
        quality = np.zeros(len(values), np.uint8)
    if len(quality) != len(values) or int(quality.max(initial=0)) > 1:
        raise WireError(f"{len(quality)} qualities (0 good, 1 bad) for {len(values)} values")
    finite = np.isfinite(values)
    if not finite.all() and not quality[~finite].all():
        raise WireError("a value that is not finite must be of bad quality")
    return quality
