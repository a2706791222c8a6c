"""Samples as bytes and back, bit for bit: light for the journal, tight for what is kept."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from viewer.history.decimals import NOT_DECIMAL, exponents, to_values, to_whole
from viewer.history.planes import pack_planes, steps, unpack_planes, unzigzag, zigzag
from viewer.twin.samples import Columns

_HEAD = struct.Struct("<BIIQq")
"""Way (0 light, 1 tight), runs, samples, unit of the times in ns, first time in ns."""
_UNITS_NS = (1_000_000_000, 1_000_000, 1_000)
MOST_SAMPLES = 1 << 26
"""More than any block has; a count above it is damage."""


def pack_light(columns: Columns) -> bytes:
    """For the journal: fast, values as they are (8 bytes each) and times narrow."""
    return _packed(columns, tight=False)


def pack_tight(columns: Columns) -> bytes:
    """For keeps: times by their second difference; values as whole decimals or as bits against the one before; deflated."""
    return _packed(columns, tight=True)


def unpack(data: bytes) -> Columns:
    """What was packed. Raises ValueError where the bytes are no packed samples."""
    try:
        return _unpacked(memoryview(data))
    except (struct.error, IndexError, zlib.error) as error:
        raise ValueError(f"no packed samples: {error}") from error


def _packed(columns: Columns, *, tight: bool) -> bytes:
    first_ns = int(columns.t_ns[0]) if len(columns) else 0
    unit_ns, times = _times(columns, first_ns, tight=tight)
    parts = [
        _HEAD.pack(tight, len(columns.channels), len(columns), unit_ns, first_ns),
        pack_planes(zigzag(steps(columns.channels)), deflate=tight),
        pack_planes(columns.counts.astype(np.uint64), deflate=tight),
        times,
        _values(columns) if tight else columns.values.astype("<f8", copy=False).tobytes(),
        pack_planes(columns.quality.astype(np.uint64), deflate=tight),
    ]
    return b"".join(parts)


def _unpacked(data: memoryview) -> Columns:
    way, runs, n, unit_ns, first_ns = _HEAD.unpack_from(data)
    if way > 1 or runs > n or n > MOST_SAMPLES:
        raise ValueError(f"no packed samples: way {way}, {runs} runs, {n} samples")
    tight = bool(way)
    gaps, at = unpack_planes(data, _HEAD.size, runs, deflate=tight)
    counts_read, at = unpack_planes(data, at, runs, deflate=tight)
    channels, counts = np.cumsum(unzigzag(gaps)), counts_read.astype(np.int64)
    if int(counts.sum()) != n or (runs and int(counts.min()) < 1):
        raise ValueError(f"no packed samples: its runs hold {int(counts.sum())}, not {n}")
    t_ns, at = _read_times(data, at, counts, unit_ns, tight=tight)
    t_ns += np.int64(first_ns)
    if tight:
        values, at = _read_values(data, at, counts)
    else:
        values, at = np.frombuffer(data, "<f8", n, at).astype(np.float64), at + 8 * n
    quality, _ = unpack_planes(data, at, n, deflate=tight)
    return Columns(channels, counts, t_ns, values, quality.astype(np.uint8))


def _times(columns: Columns, first_ns: int, *, tight: bool) -> tuple[int, bytes]:
    """The unit all times are whole in, and the times: of runs whose times differ from the run before."""
    same = _same_as_before(columns.t_ns, columns.counts)
    t_ns = (columns.t_ns[~np.repeat(same, columns.counts)] if same.any() else columns.t_ns) - np.int64(first_ns)
    unit_ns = next((unit for unit in _UNITS_NS if _whole_in(t_ns, unit)), 1)
    second = zigzag(steps(steps(t_ns // unit_ns if unit_ns > 1 else t_ns)))
    return unit_ns, pack_planes(same.astype(np.uint64), deflate=tight) + pack_planes(second, deflate=tight)


def _read_times(
    data: memoryview, at: int, counts: NDArray[np.int64], unit_ns: int, *, tight: bool
) -> tuple[NDArray[np.int64], int]:
    flags, at = unpack_planes(data, at, len(counts), deflate=tight)
    same = flags != 0
    own = counts[~same]
    second, at = unpack_planes(data, at, int(own.sum()), deflate=tight)
    t_ns = np.cumsum(np.cumsum(unzigzag(second))) * np.int64(unit_ns)
    if not same.any():
        return t_ns, at
    if same[0]:
        raise ValueError("no packed samples: the first run has no times")
    starts = (np.cumsum(own) - own)[np.cumsum(~same) - 1]
    ends = np.cumsum(counts)
    if (starts + counts > len(t_ns)).any():
        raise ValueError("no packed samples: a run is longer than its times")
    return t_ns[np.repeat(starts - (ends - counts), counts) + np.arange(int(counts.sum()))], at


def _same_as_before(t_ns: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(r,) Whether a run has the very times of the run before."""
    same = np.zeros(len(counts), np.bool_)
    if len(counts) < 2:
        return same
    starts = np.cumsum(counts) - counts
    same[1:] = (counts[1:] == counts[:-1]) & (t_ns[starts[1:]] == t_ns[starts[:-1]])
    each = np.repeat(same, counts)
    at = np.flatnonzero(each)
    differs = t_ns[at] != t_ns[at - np.repeat(counts, counts)[at]]
    same[np.repeat(np.arange(len(counts)), counts)[at[differs]]] = False
    return same


def _whole_in(t_ns: NDArray[np.int64], unit_ns: int) -> bool:
    return not (t_ns[:64] % unit_ns).any() and not (t_ns % unit_ns).any()


def _values(columns: Columns) -> bytes:
    values, counts = columns.values, columns.counts
    powers = exponents(values, counts)
    decimal = np.repeat(powers != NOT_DECIMAL, counts)
    each = np.repeat(powers, counts)[decimal]
    whole, wrong = to_whole(values[decimal], each)
    bits = values[~decimal].view(np.uint64)
    parts = [
        pack_planes(powers.astype(np.uint64), deflate=True),
        pack_planes(zigzag(steps(whole)), deflate=True),
        pack_planes(bits ^ np.concatenate([bits[:0], np.zeros(min(1, len(bits)), np.uint64), bits[:-1]]), deflate=True),
        struct.pack("<I", int(wrong.sum())),
        pack_planes(steps(np.flatnonzero(wrong)).astype(np.uint64), deflate=True),
        pack_planes(values[decimal][wrong].view(np.uint64), deflate=True),
    ]
    return b"".join(parts)


def _read_values(data: memoryview, at: int, counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], int]:
    kept, at = unpack_planes(data, at, len(counts), deflate=True)
    powers = kept.astype(np.uint8)
    decimal = np.repeat(powers != NOT_DECIMAL, counts)
    n = int(decimal.sum())
    differences, at = unpack_planes(data, at, n, deflate=True)
    xored, at = unpack_planes(data, at, len(decimal) - n, deflate=True)
    (exceptions,) = struct.unpack_from("<I", data, at)
    if exceptions > n:
        raise ValueError(f"no packed samples: {exceptions} exceptions among {n}")
    gaps, at = unpack_planes(data, at + 4, exceptions, deflate=True)
    bits, at = unpack_planes(data, at, exceptions, deflate=True)
    whole = to_values(np.cumsum(unzigzag(differences)), np.repeat(powers, counts)[decimal])
    whole[np.cumsum(gaps.astype(np.int64))] = bits.view(np.float64)
    if n == len(decimal):
        return whole, at
    values = np.empty(len(decimal))
    values[decimal] = whole
    values[~decimal] = np.bitwise_xor.accumulate(xored).view(np.float64)
    return values, at
