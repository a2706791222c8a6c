"""What the timeline shows of channels: their changes over a span, read from live memory or history alike. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ChannelId
from viewer.twin.samples import SampleReader

_BUCKETS = 800
"""Columns of a lane where it is read as an envelope: about one a pixel."""
_WHOLE_S = 1_800.0
"""Up to this span every change is read; beyond, what each column of pixels holds."""


@dataclass(frozen=True, slots=True)
class Track:
    """Values of one channel that hold from each time to the next."""

    channel: ChannelId
    t_ns: NDArray[np.int64]
    """(k,) ascending."""
    values: NDArray[np.float64]
    """(k,) NaN where nothing is known."""


def read_tracks(reader: SampleReader, channels: Sequence[ChannelId], t0_ns: int, t1_ns: int) -> tuple[Track, ...]:
    """The changes of each channel within the span, beginning with what held at its start. May take a while."""
    before = reader.latest_at(channels, t0_ns)
    tracks: list[Track] = []
    for row, channel in enumerate(channels):
        if t1_ns - t0_ns <= _WHOLE_S * 1e9:
            t_ns, values = reader.range(channel, t0_ns, t1_ns)
        else:
            envelope = reader.envelope(channel, t0_ns, t1_ns, _BUCKETS)
            t_ns, values = envelope.t_ns, envelope.high
        if before.t_ns[row] >= 0 and (not len(t_ns) or t_ns[0] > t0_ns):
            t_ns = np.concatenate([[t0_ns], t_ns])
            values = np.concatenate([[before.values[row]], values])
        tracks.append(Track(channel, *changes(t_ns, values)))
    return tuple(tracks)


def changes(t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The first sample and every one that differs from the one before it."""
    if len(values) == 0:
        return t_ns, values
    differs = (values[1:] != values[:-1]) & ~(np.isnan(values[1:]) & np.isnan(values[:-1]))
    keep = np.concatenate([[True], differs])
    return t_ns[keep], values[keep]
