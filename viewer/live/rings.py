"""The sample store: one preallocated ring per channel, written by the receiving thread in whole blocks, read by everybody.

What a channel's last sample is worth is judged by when it arrived here, not by its own time, so that a device whose clock is
wrong does not look stale.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.clock import Clock
from viewer.base.ids import ChannelId
from viewer.live.slots import Slots, grown
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import NEVER_NS, Columns, Envelope, Latest, envelope_of, judged

GRACE_S = 0.2
"""Added to two periods before a channel is stale: what the gateway's tick and a busy machine may cost."""
_CLOCK_STEP_NS = 2_000_000_000


class SampleStore:
    """Rings for the channels of one gateway. One thread writes; any thread reads; each call holds the lock shortly."""

    def __init__(self, clock: Clock, *, history_s: float = 660.0, max_samples: int = 16_000_000) -> None:
        self._clock = clock
        self._history_s = history_s
        self._max_samples = max_samples
        self._lock = threading.Lock()
        self._live = False
        self._slots = Slots.empty()
        self._asked: dict[tuple[ChannelId, ...], NDArray[np.int64]] = {}
        self.out_of_order = 0
        """Samples left out since they were not newer than the newest one of their channel."""

    def declare(self, channels: Sequence[ChannelInfo]) -> None:
        """Make room for the channels of a catalogue; catalogue index i is slot i. What is known of channels that were there
        before, by id, is kept."""
        slots = grown(self._slots, channels, self._history_s, self._max_samples)
        with self._lock:
            self._slots = slots
            self._asked = {}

    def set_live(self, live: bool, /) -> None:
        """Whether the feed is live; while it is not, all that was ever seen is stale."""
        with self._lock:
            self._live = live

    @property
    def channels(self) -> tuple[ChannelInfo, ...]:
        """The channels there is room for, by slot."""
        return self._slots.infos

    def write(self, columns: Columns) -> int:
        """Store a block (its indices are slots); the number of samples stored. Called by the receiving thread only."""
        now_ns = self._clock.now_ns()
        with self._lock:
            self._slots.forget_future(columns, now_ns + _CLOCK_STEP_NS)
            kept = self._slots.fitting(columns)
            self.out_of_order += len(columns) - len(kept)
            self._slots.scatter(kept, now_ns)
        return len(kept)

    def latest(self, channels: Sequence[ChannelId]) -> Latest:
        """The newest sample of each channel and what it is worth now; unknown channels are MISSING."""
        now_ns = self._clock.now_ns()
        with self._lock:
            slots, known = self._found(tuple(channels))
            s = self._slots
            values, t_ns, bad = s.last_value[slots], s.last_t_ns[slots], s.last_quality[slots] != 0
            stale = (now_ns > s.stale_ns[slots]) | (not self._live)
        return judged(values, t_ns, bad, stale, (t_ns == NEVER_NS) | ~known)

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        """The newest sample of each channel not after `t_ns` (by the samples' own times), judged as of that time."""
        with self._lock:
            slots, known = self._found(tuple(channels))
            s = self._slots
            after = s.count_not_after(slots, t_ns)
            at = s.position(slots, after - 1)
            values, times, bad = s.value[at], s.t_ns[at], s.quality[at] != 0
            stale = t_ns - times > s.limit_ns[slots]
        return judged(values, times, bad, stale, (after == 0) | ~known)

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Times and values (k,) of the samples with t0_ns <= t <= t1_ns, oldest first; values of bad quality are NaN."""
        with self._lock:
            slot = self._slots.slot_of.get(channel)
            if slot is None:
                return np.empty(0, np.int64), np.empty(0)
            t_ns, values, quality = self._slots.between(slot, t0_ns, t1_ns)
        values[quality != 0] = np.nan
        return t_ns, values

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        """The same span for drawing, in at most so many buckets of equal length."""
        t_ns, values = self.range(channel, t0_ns, t1_ns)
        return envelope_of(t_ns, values, t0_ns, t1_ns, buckets)

    def oldest_ns(self, channel: ChannelId) -> int | None:
        """The time of the oldest sample of a channel that is still there; None where there is none."""
        with self._lock:
            slot = self._slots.slot_of.get(channel)
            if slot is None or not self._slots.filled[slot]:
                return None
            at = self._slots.position(np.array([slot]), np.zeros(1, np.int64))
            return int(self._slots.t_ns[at[0]])

    def next_stale_ns(self) -> int | None:
        """When the next channel becomes stale unless something arrives; None where none can."""
        now_ns = self._clock.now_ns()
        with self._lock:
            if not self._live:
                return None
            ahead = self._slots.stale_ns[(self._slots.stale_ns >= now_ns) & (self._slots.last_t_ns != NEVER_NS)]
        return int(ahead.min()) + 1 if len(ahead) else None

    def _found(self, channels: tuple[ChannelId, ...]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Slots (n,) and whether each is known; an unknown channel gets the spare slot at the end."""
        found = self._asked.get(channels)
        if found is None:
            spare = len(self._slots.infos)
            found = np.array([self._slots.slot_of.get(one, spare) for one in channels], np.int64)
            if len(self._asked) > 64:
                self._asked = {}
            self._asked[channels] = found
        return found, found < len(self._slots.infos)
