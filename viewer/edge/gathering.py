"""Single samples of a source with tags, gathered on its thread into blocks; its channels, which may become more; and how late
what it says is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.edge.source import SampleBlock
from viewer.edge.tags import Tag, TagMap
from viewer.twin.catalogue import ChannelInfo

_S = 1_000_000_000
FLUSH_NS = 20_000_000
"""So long samples are gathered at most while more come."""
MOST_GATHERED = 5_000
_LATE_NS = 60 * _S
"""What is later than this is no delay of a network: another clock, or a replay."""
_SETTLE_NS = _S
_STAND_NS = _S // 2


class Gathering:
    """`channels` and `tags` on any thread, everything else on the source's own."""

    def __init__(self, tags: Sequence[Tag], put: Callable[[SampleBlock], object]) -> None:
        self._put = put
        self._lock = threading.Lock()
        self._map = TagMap(tags)
        self._channel: list[int] = []
        self._t_ns: list[int] = []
        self._values: list[float] = []
        self._bad: list[bool] = []
        self._flushed_ns = 0
        self._late_ns = 0
        self._newest_ns = 0
        self._elsewhen = False
        self._stood_ns = 0
        self._last_t_ns = np.zeros(len(self._map.tags), np.int64)
        self._last = np.full(len(self._map.tags), np.nan)
        self._last_bad = np.zeros(len(self._map.tags), np.uint8)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """One for each channel, in the same order."""
        with self._lock:
            return self._map.tags

    @property
    def channels(self) -> tuple[ChannelInfo, ...]:
        """What the tags become."""
        with self._lock:
            return self._map.channels

    def grow(self, more: Sequence[Tag]) -> int:
        """Further tags at the end; the number of the first of them."""
        self.flush(self._flushed_ns)
        with self._lock:
            first = len(self._map.tags)
            self._map.grow(more)
        self._last_t_ns = np.append(self._last_t_ns, np.zeros(len(more), np.int64))
        self._last = np.append(self._last, np.full(len(more), np.nan))
        self._last_bad = np.append(self._last_bad, np.zeros(len(more), np.uint8))
        return first

    def sample(self, channel: int, t_ns: int, value: float, *, bad: bool = False) -> None:
        """One value of a tag, by its number, unscaled."""
        self._channel.append(channel)
        self._t_ns.append(t_ns)
        self._values.append(value)
        self._bad.append(bad)

    def due(self, now_ns: int) -> bool:
        """Whether what was gathered should be flushed though more comes."""
        waited = not 0 <= now_ns - self._flushed_ns < FLUSH_NS
        return bool(self._channel) and (waited or len(self._channel) >= MOST_GATHERED)

    def flush(self, now_ns: int) -> None:
        """Hand over what was gathered, in ascending time within each channel."""
        self._flushed_ns = now_ns
        if not self._channel:
            return
        channel, t_ns = np.array(self._channel, np.int64), np.array(self._t_ns, np.int64)
        values, bad = np.array(self._values, np.float64), np.array(self._bad, np.uint8)
        self._channel, self._t_ns, self._values, self._bad = [], [], [], []
        if (t_ns[1:] < t_ns[:-1]).any():
            order = np.argsort(t_ns, kind="stable")
            channel, t_ns, values, bad = channel[order], t_ns[order], values[order], bad[order]
        self._newest_ns = max(self._newest_ns, int(t_ns[-1]))
        late_ns = now_ns - int(t_ns[0])
        self._elsewhen = now_ns - int(t_ns[-1]) > _LATE_NS
        if 0 <= late_ns <= _LATE_NS:
            self._late_ns = max(late_ns, self._late_ns - self._late_ns // 64)
        later = t_ns >= self._last_t_ns[channel]
        at = channel[later]
        self._last_t_ns[at], self._last[at], self._last_bad[at] = t_ns[later], values[later], bad[later]
        self._put(self._map.block(channel, t_ns, values, bad))

    def stand(self, now_ns: int) -> None:
        """For a source that only tells what changes: measurements and positions that said nothing for a period are what they
        were (the gateway repeats the other kinds itself)."""
        mark_ns = self.complete_ns(now_ns)
        if mark_ns is None or 0 <= now_ns - self._stood_ns < _STAND_NS:
            return
        self._stood_ns = now_ns
        infos = self.channels
        period_ns = np.array([round(1e9 * one.period_s) for one in infos], np.int64)
        regular = np.array([one.kind in ("measurement", "position") for one in infos], np.bool_)
        self._again(np.flatnonzero(regular & (self._last_t_ns > 0) & (mark_ns - self._last_t_ns >= period_ns)), mark_ns)

    def cut(self, now_ns: int) -> None:
        """Nothing is known of any channel from now on: the last values, of bad quality."""
        self.flush(now_ns)
        seen = np.flatnonzero((self._last_t_ns > 0) & (self._last_bad == 0))
        self._last_bad[seen] = 1
        self._again(seen, max(self._newest_ns + 1, self._newest_ns if self._elsewhen else now_ns))

    def _again(self, channel: NDArray[np.int64], t_ns: int) -> None:
        if not len(channel):
            return
        self._last_t_ns[channel] = t_ns
        times = np.full(len(channel), t_ns, np.int64)
        self._put(self._map.block(channel, times, self._last[channel], self._last_bad[channel]))

    def complete_ns(self, now_ns: int) -> int | None:
        """Up to when nothing more is to be expected, judged by how late samples have come; None before the first."""
        if not self._newest_ns:
            return None
        if self._elsewhen:
            return self._newest_ns
        return now_ns - self._late_ns - _SETTLE_NS
