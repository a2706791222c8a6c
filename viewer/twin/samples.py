"""Samples as columns, what the newest of them are worth, and the questions that live values and history answer alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ChannelId
from viewer.twin.channels import Condition

NEVER_NS = -1
"""The time of a sample that never was."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Samples of many channels in runs: run i holds `counts[i]` samples of channel `channels[i]`, one after another."""

    channels: NDArray[np.int64]
    """(r,) Catalogue index of each run, strictly ascending: a channel has one run."""
    counts: NDArray[np.int64]
    """(r,) Samples in each run, at least 1."""
    t_ns: NDArray[np.int64]
    """(k,) Nanoseconds since the Unix epoch, UTC."""
    values: NDArray[np.float64]
    """(k,) Finite, or not finite where the quality is not 0."""
    quality: NDArray[np.uint8]
    """(k,) 0 good, 1 bad."""

    def __len__(self) -> int:
        return len(self.t_ns)


def in_runs(
    channel: NDArray[np.integer], t_ns: NDArray[np.int64], values: NDArray[np.float64], quality: NDArray[np.uint8]
) -> Columns:
    """Samples (k,) in any order of channels, brought into runs; the order within a channel is kept."""
    channel = channel.astype(np.int64, copy=False)
    if not (channel[1:] >= channel[:-1]).all():
        order = np.argsort(channel, kind="stable")
        channel, t_ns, values, quality = channel[order], t_ns[order], values[order], quality[order]
    starts = np.flatnonzero(np.diff(channel, prepend=-1))
    return Columns(channel[starts], np.diff(starts, append=len(channel)), t_ns, values, quality)


def only(columns: Columns, wanted: NDArray[np.bool_]) -> Columns:
    """The runs of those channels for which `wanted` (one per catalogue index) is true."""
    keep = wanted[columns.channels]
    if keep.all():
        return columns
    each = np.repeat(keep, columns.counts)
    return Columns(columns.channels[keep], columns.counts[keep], columns.t_ns[each], columns.values[each], columns.quality[each])


def below(columns: Columns, count: int) -> Columns:
    """The runs of the first `count` channels of the catalogue."""
    if not len(columns.channels) or int(columns.channels[-1]) < count:
        return columns
    runs = int(np.searchsorted(columns.channels, count))
    k = int(columns.counts[:runs].sum())
    return Columns(columns.channels[:runs], columns.counts[:runs], columns.t_ns[:k], columns.values[:k], columns.quality[:k])


def split(columns: Columns, most: int) -> Iterator[Columns]:
    """The same samples in blocks of at most `most`; a run that spans two blocks is continued in the next."""
    ends = np.cumsum(columns.counts)
    for first in range(0, len(columns), most):
        end = min(first + most, len(columns))
        counts = np.minimum(ends, end) - np.maximum(ends - columns.counts, first)
        some = counts > 0
        part = slice(first, end)
        yield Columns(columns.channels[some], counts[some], columns.t_ns[part], columns.values[part], columns.quality[part])


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest sample of each asked channel, in the order asked; arrays of length n, the caller's own."""

    values: NDArray[np.float64]
    """NaN where MISSING."""
    t_ns: NDArray[np.int64]
    """NEVER_NS where MISSING."""
    condition: NDArray[np.uint8]
    """`viewer.twin.channels.Condition` of each."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A channel over a span of time in at most n buckets that have samples; no peak is lost."""

    t_ns: NDArray[np.int64]
    """(n,) The middle of each bucket."""
    low: NDArray[np.float64]
    """(n,) The least good value; NaN where all of the bucket's samples are bad."""
    high: NDArray[np.float64]
    """(n,) The greatest."""
    counts: NDArray[np.int64]
    """(n,) Samples in the bucket, good and bad."""

    def __len__(self) -> int:
        return len(self.t_ns)


class SampleReader(Protocol):
    """The two questions of time, over live and past alike: who asks never learns which it was. Times are nanoseconds, UTC."""

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        """The newest sample of each channel not after `t_ns`, judged as of that time; unknown channels are MISSING."""
        ...

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Times and values (k,) of the samples with t0_ns <= t <= t1_ns, oldest first; values of bad quality are NaN."""
        ...

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        """The same span for drawing, in at most so many buckets of equal length."""
        ...


def judged(
    values: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    bad: NDArray[np.bool_],
    stale: NDArray[np.bool_],
    missing: NDArray[np.bool_],
) -> Latest:
    condition = np.select([missing, stale, bad], [Condition.MISSING, Condition.STALE, Condition.BAD], Condition.NORMAL)
    return Latest(np.where(missing, np.nan, values), np.where(missing, NEVER_NS, t_ns), condition.astype(np.uint8))


def envelope_of(t_ns: NDArray[np.int64], values: NDArray[np.float64], t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
    """Least and greatest of samples (k,), oldest first within t0_ns … t1_ns, in equal buckets; NaN values only count."""
    if not len(t_ns) or buckets < 1 or t1_ns <= t0_ns:
        return Envelope(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))
    width_ns = (t1_ns - t0_ns) // buckets + 1
    bucket = (t_ns - t0_ns) // width_ns
    starts = np.flatnonzero(np.diff(bucket, prepend=-1))
    low, high = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    middle = t0_ns + bucket[starts] * width_ns + width_ns // 2
    return Envelope(middle, low, high, np.diff(starts, append=len(t_ns)))
