"""History for the tests of back-tests: arrays that answer as a SampleReader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ChannelId
from viewer.twin.samples import Envelope, Latest, envelope_of, judged


class Recorded:
    """Times and values of channels by id; NaN is bad."""

    def __init__(self, channels: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]) -> None:
        self._channels = channels

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        parts = [self.range(one, -(2**62), t_ns) for one in channels]
        missing = np.array([not len(times) for times, _ in parts])
        newest_ns = np.array([times[-1] if len(times) else 0 for times, _ in parts])
        values = np.array([found[-1] if len(found) else np.nan for _, found in parts])
        return judged(values, newest_ns, np.isnan(values), np.zeros(len(parts), np.bool_), missing)

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        t_ns, values = self._channels.get(channel, (np.empty(0, np.int64), np.empty(0)))
        part = slice(np.searchsorted(t_ns, t0_ns), np.searchsorted(t_ns, t1_ns, side="right"))
        return t_ns[part], values[part]

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        t_ns, values = self.range(channel, t0_ns, t1_ns)
        return envelope_of(t_ns, values, t0_ns, t1_ns, buckets)
