"""One reader for live and past: the viewer's own rings first, the gateway's history where they do not reach."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from typing import Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from viewer.base.clock import Clock
from viewer.base.errors import GenchiError
from viewer.base.ids import ChannelId
from viewer.live.rings import SampleStore
from viewer.twin.channels import Condition
from viewer.twin.samples import Envelope, Latest, envelope_of

_WITHIN_S = 10.0
_SETTLED_NS = 5_000_000_000
"""What is older than this no longer changes, but for what comes late."""
_FORGET_NS = 60_000_000_000
_MOST_KEPT = 256
_Samples = tuple[NDArray[np.int64], NDArray[np.float64]]
_Answer = TypeVar("_Answer")


class Past(Protocol):
    """What the reader needs of a feed."""

    @property
    def store(self) -> SampleStore:
        """The rings."""
        ...

    @property
    def whole_since_ns(self) -> int:
        """Since when nothing is known to be missing in the rings."""
        ...

    def request_latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Future[Latest]: ...
    def request_range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> Future[_Samples]: ...
    def request_envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Future[Envelope]: ...


class TimeReader:
    """A `viewer.twin.samples.SampleReader`. Any thread but the GUI's: it may wait for the gateway. Where the gateway can't
    answer, what the rings have is the answer."""

    def __init__(self, past: Past, clock: Clock) -> None:
        self._past, self._clock = past, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[int, object]] = OrderedDict()

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        """The newest sample of each channel not after `t_ns`, judged as of that time; unknown channels are MISSING."""
        own = self._past.store.latest_at(channels, t_ns)
        unsure = (own.condition == Condition.MISSING) | (own.condition == Condition.STALE)
        if t_ns < self._past.whole_since_ns:
            unsure[:] = True
        wanted = [channel for channel, ask in zip(channels, unsure.tolist(), strict=True) if ask]
        if not wanted:
            return own
        there = self._asked(("at", tuple(wanted), t_ns), t_ns, lambda: self._past.request_latest_at(wanted, t_ns))
        return own if there is None else _newer(own, np.flatnonzero(unsure), there)

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> _Samples:
        """Times and values (k,) of the samples with t0_ns <= t <= t1_ns, oldest first; values of bad quality are NaN."""
        from_ns = self._own_from(channel)
        if t0_ns >= from_ns:
            return self._past.store.range(channel, t0_ns, t1_ns)
        end_ns = min(t1_ns, from_ns - 1)
        there = self._asked(("range", channel, t0_ns, end_ns), end_ns, lambda: self._past.request_range(channel, t0_ns, end_ns))
        if there is None:
            return self._past.store.range(channel, t0_ns, t1_ns)
        if t1_ns < from_ns:
            return there
        own = self._past.store.range(channel, from_ns, t1_ns)
        return np.concatenate([there[0], own[0]]), np.concatenate([there[1], own[1]])

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        """The same span for drawing, in at most so many buckets of equal length."""
        from_ns = self._own_from(channel)
        if t0_ns >= from_ns:
            return self._past.store.envelope(channel, t0_ns, t1_ns, buckets)
        end_ns = min(t1_ns, from_ns - 1)
        share = max(1, round(buckets * (end_ns - t0_ns) / max(1, t1_ns - t0_ns)))
        there = self._asked(
            ("envelope", channel, t0_ns, end_ns, share),
            end_ns,
            lambda: self._past.request_envelope(channel, t0_ns, end_ns, share),
        )
        if there is None:
            return self._past.store.envelope(channel, t0_ns, t1_ns, buckets)
        if t1_ns < from_ns or buckets <= share:
            return there
        own = self._past.store.range(channel, from_ns, t1_ns)
        return _joined(there, envelope_of(*own, from_ns, t1_ns, buckets - share))

    def _own_from(self, channel: ChannelId) -> int:
        """From when on the rings are the whole truth about a channel."""
        oldest = self._past.store.oldest_ns(channel)
        if oldest is None:
            return 1 << 62
        return max(oldest, self._past.whole_since_ns)

    def _asked(self, key: Hashable, end_ns: int, ask: Callable[[], Future[_Answer]]) -> _Answer | None:
        """The gateway's answer, a kept one where it can't have changed; None where there is none."""
        now_ns = self._clock.now_ns()
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and 0 <= now_ns - kept[0] < _FORGET_NS:
                self._kept.move_to_end(key)
                return cast(_Answer, kept[1])
        try:
            answer = ask().result(_WITHIN_S)
        except (GenchiError, TookTooLong):
            return None
        if end_ns < now_ns - _SETTLED_NS:
            with self._lock:
                self._kept[key] = (now_ns, answer)
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
        return answer


def _newer(own: Latest, at: NDArray[np.intp], there: Latest) -> Latest:
    """Our own answer, with the gateway's where that is newer."""
    better = there.t_ns > own.t_ns[at]
    values, t_ns, condition = own.values.copy(), own.t_ns.copy(), own.condition.copy()
    values[at[better]] = there.values[better]
    t_ns[at[better]] = there.t_ns[better]
    condition[at[better]] = there.condition[better]
    return Latest(values, t_ns, condition)


def _joined(before: Envelope, after: Envelope) -> Envelope:
    return Envelope(
        np.concatenate([before.t_ns, after.t_ns]),
        np.concatenate([before.low, after.low]),
        np.concatenate([before.high, after.high]),
        np.concatenate([before.counts, after.counts]),
    )
