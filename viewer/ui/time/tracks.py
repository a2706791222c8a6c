"""What the timeline shows of channels: their changes over a span, read from live memory or history alike. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ChannelId
from viewer.twin.channels import Condition
from viewer.twin.samples import SampleReader

_BUCKETS = 800
"""Columns of a lane where it is read as an envelope: about one a pixel."""
_WHOLE_S = 1_800.0
"""Up to this span every change is read; beyond, what each column of pixels holds."""
_HOLDS_PERIODS, _GRACE_S = 3.0, 0.2
"""A value is called stale after two periods and this grace; one more period bears with a source that is late once."""


@dataclass(frozen=True, slots=True)
class Track:
    """Values of one channel that hold from each time to the next."""

    channel: ChannelId
    t_ns: NDArray[np.int64]
    """(k,) ascending."""
    values: NDArray[np.float64]
    """(k,) NaN where nothing is known."""


def holds_ns(period_s: float) -> int:
    """How long one sample says something about the time after it, ns."""
    return round(1e9 * (_HOLDS_PERIODS * period_s + _GRACE_S))


def read_tracks(
    reader: SampleReader, channels: Sequence[ChannelId], t0_ns: int, t1_ns: int, periods_s: Mapping[ChannelId, float]
) -> tuple[Track, ...]:
    """The changes of each channel within the span, beginning with what held at its start; NaN from when a channel had been silent
    for longer than a sample of it holds, by its period, until it spoke again. May take a while."""
    before = reader.latest_at(channels, t0_ns)
    tracks: list[Track] = []
    for row, channel in enumerate(channels):
        hold_ns = holds_ns(periods_s[channel])
        if t1_ns - t0_ns <= _WHOLE_S * 1e9:
            t_ns, values = reader.range(channel, t0_ns, t1_ns)
        else:
            envelope = reader.envelope(channel, t0_ns, t1_ns, _BUCKETS)
            t_ns, values = envelope.t_ns, envelope.high
            hold_ns += 2 * (t1_ns - t0_ns) // _BUCKETS  # a bucket has the time of its middle
        if before.condition[row] == Condition.NORMAL and (not len(t_ns) or t_ns[0] > t0_ns):
            t_ns = np.concatenate([[max(int(before.t_ns[row]), t0_ns - hold_ns)], t_ns])
            values = np.concatenate([[before.values[row]], values])
        t_ns, values = changes(*silenced(t_ns, values, hold_ns, t1_ns))
        tracks.append(Track(channel, np.maximum(t_ns, t0_ns), values))
    return tuple(tracks)


def silenced(
    t_ns: NDArray[np.int64], values: NDArray[np.float64], hold_ns: int, end_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The samples (k,), ascending, and NaN wherever the next one, or the end, comes later than a sample holds."""
    if not len(t_ns):
        return t_ns, values
    silent = np.flatnonzero(np.diff(t_ns, append=end_ns) > hold_ns)
    return np.insert(t_ns, silent + 1, t_ns[silent] + hold_ns), np.insert(values, silent + 1, np.nan)


def changes(t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The first sample and every one that differs from the one before it."""
    if len(values) == 0:
        return t_ns, values
    differs = (values[1:] != values[:-1]) & ~(np.isnan(values[1:]) & np.isnan(values[:-1]))
    keep = np.concatenate([[True], differs])
    return t_ns[keep], values[keep]
