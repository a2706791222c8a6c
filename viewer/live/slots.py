"""The arrays behind the sample store: all rings end to end in three flat arrays, and the newest sample of each channel.

Not thread-safe: `viewer.live.rings.SampleStore` holds the lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns

_NEVER_NS = -1
_LEAST = 64
_MOST = 262_144
_GRACE_NS = 200_000_000
_LONG_RUN = 256
"""From this mean run length on, copying run by run is faster than scattering sample by sample."""

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Slots:
    """One slot per channel and a spare one at the end that is never written: it stands for unknown channels."""

    infos: tuple[ChannelInfo, ...]
    slot_of: dict[str, int]
    base: Ints
    """(n + 1,) Where each ring begins in the flat arrays."""
    capacity: Ints
    head: Ints
    """(n + 1,) Next place to write, within the ring."""
    filled: Ints
    limit_ns: Ints
    """(n + 1,) How long after its arrival a sample is fresh: two periods and a grace."""
    last_t_ns: Ints
    last_value: NDArray[np.float64]
    last_quality: NDArray[np.uint8]
    stale_ns: Ints
    """(n + 1,) Local time after which the newest sample is stale."""
    t_ns: Ints
    """(sum of capacities,) All rings."""
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]

    @staticmethod
    def empty() -> Slots:
        """No channel, only the spare slot."""
        return _laid_out((), np.ones(1, np.int64))

    def position(self, slots: Ints, nth: Ints) -> Ints:
        """Where the `nth` oldest sample (0 first) of each slot lies in the flat arrays; anywhere if there is none."""
        return self.base[slots] + (self.head[slots] - self.filled[slots] + nth) % self.capacity[slots]

    def count_not_after(self, slots: Ints, t_ns: int) -> Ints:
        """How many samples of each slot have a time <= `t_ns`: one binary search for all slots together."""
        low, high = np.zeros(len(slots), np.int64), self.filled[slots]
        while (low < high).any():
            middle = (low + high) // 2
            go_up = (self.t_ns[self.position(slots, middle)] <= t_ns) & (low < high)
            low, high = np.where(go_up, middle + 1, low), np.where(go_up, high, np.minimum(high, middle))
        return low

    def between(self, slot: int, t0_ns: int, t1_ns: int) -> tuple[Ints, NDArray[np.float64], NDArray[np.uint8]]:
        """Copies of times, values and qualities with t0_ns <= t <= t1_ns, oldest first."""
        one = np.array([slot])
        first, end = int(self.count_not_after(one, t0_ns - 1)[0]), int(self.count_not_after(one, t1_ns)[0])
        at = self.position(one, np.arange(first, max(first, end)))
        return self.t_ns[at], self.value[at], self.quality[at]

    def forget_future(self, columns: Columns, not_after_ns: int) -> None:
        """Empty those rings of the block's channels whose newest time lies after `not_after_ns`, where the block itself does
        not: their source's clock was wrong and has been set, and would else be shut out until it catches up."""
        wrong = columns.channels[self.last_t_ns[columns.channels] > not_after_ns]
        if len(wrong) and int(columns.t_ns.max()) <= not_after_ns:
            self.filled[wrong], self.last_t_ns[wrong] = 0, _NEVER_NS

    def fitting(self, columns: Columns) -> Columns:
        """The samples that are newer than all before them in their channel, at most one ring's worth each: usually all."""
        starts = np.cumsum(columns.counts) - columns.counts
        rising = np.empty(len(columns), np.bool_)
        rising[1:] = columns.t_ns[1:] > columns.t_ns[:-1]
        rising[starts] = columns.t_ns[starts] > self.last_t_ns[columns.channels]
        if rising.all() and (columns.counts <= self.capacity[columns.channels]).all():
            return columns
        return self._filtered(columns, starts, rising)

    def _filtered(self, columns: Columns, starts: Ints, rising: NDArray[np.bool_]) -> Columns:
        keep = np.ones(len(columns), np.bool_)
        for channel, start, count in zip(columns.channels, starts, columns.counts, strict=True):
            run = slice(start, start + count)
            if not rising[run].all():
                before = np.maximum.accumulate(np.concatenate([self.last_t_ns[[channel]], columns.t_ns[run]]))
                keep[run] = columns.t_ns[run] > before[:-1]
            surplus = int(keep[run].sum() - self.capacity[channel])
            if surplus > 0:
                keep[start + np.flatnonzero(keep[run])[:surplus]] = False
        counts = np.add.reduceat(keep, starts, dtype=np.int64) if len(starts) else columns.counts
        some = counts > 0
        return Columns(columns.channels[some], counts[some], columns.t_ns[keep], columns.values[keep], columns.quality[keep])

    def scatter(self, columns: Columns, arrival_ns: int) -> None:
        """Write a block that `fitting` let through."""
        if not len(columns):
            return
        slots, counts = columns.channels, columns.counts
        ends = np.cumsum(counts)
        if len(columns) > _LONG_RUN * len(slots):
            self._copy_runs(columns, ends)
        else:
            self._scatter_samples(columns, ends)
        head = self.head[slots] + counts
        self.head[slots] = np.where(head >= self.capacity[slots], head - self.capacity[slots], head)
        self.filled[slots] = np.minimum(self.filled[slots] + counts, self.capacity[slots])
        newest = ends - 1
        self.last_t_ns[slots], self.last_value[slots] = columns.t_ns[newest], columns.values[newest]
        self.last_quality[slots] = columns.quality[newest]
        self.stale_ns[slots] = arrival_ns + self.limit_ns[slots]

    def _scatter_samples(self, columns: Columns, ends: Ints) -> None:
        slots, counts = columns.channels, columns.counts
        base, head, capacity = self.base[slots], self.head[slots], self.capacity[slots]
        at = np.repeat(base + head - (ends - counts), counts) + np.arange(len(columns))
        if (head + counts > capacity).any():
            at -= np.where(at >= np.repeat(base + capacity, counts), np.repeat(capacity, counts), 0)
        self.t_ns[at], self.value[at], self.quality[at] = columns.t_ns, columns.values, columns.quality

    def _copy_runs(self, columns: Columns, ends: Ints) -> None:
        for slot, count, end in zip(columns.channels.tolist(), columns.counts.tolist(), ends.tolist(), strict=True):
            base, head = int(self.base[slot]), int(self.head[slot])
            first = min(count, int(self.capacity[slot]) - head)
            self._copy(columns, end - count, base + head, first)
            self._copy(columns, end - count + first, base, count - first)

    def _copy(self, columns: Columns, source: int, target: int, count: int) -> None:
        self.t_ns[target : target + count] = columns.t_ns[source : source + count]
        self.value[target : target + count] = columns.values[source : source + count]
        self.quality[target : target + count] = columns.quality[source : source + count]


def grown(old: Slots, infos: Sequence[ChannelInfo], history_s: float, max_samples: int) -> Slots:
    """Slots for these channels, holding what `old` knows of those with the same id."""
    wanted = np.array([min(max(history_s / max(one.period_s, 1e-6), _LEAST), _MOST) for one in infos] + [1.0])
    scale = min(1.0, max_samples / wanted.sum())
    new = _laid_out(tuple(infos), np.maximum((wanted * scale).astype(np.int64), 1))
    for slot, info in enumerate(infos):
        before = old.slot_of.get(info.id)
        if before is not None and old.filled[before]:
            _carry_over(old, before, new, slot)
    return new


def _carry_over(old: Slots, before: int, new: Slots, slot: int) -> None:
    t_ns, values, quality = old.between(before, 0, int(old.last_t_ns[before]))
    keep = min(len(t_ns), int(new.capacity[slot]))
    tail = slice(len(t_ns) - keep, None)
    run = Columns(np.array([slot]), np.array([keep]), t_ns[tail], values[tail], quality[tail])
    new.scatter(run, int(old.stale_ns[before] - old.limit_ns[before]))


def _laid_out(infos: tuple[ChannelInfo, ...], capacity: Ints) -> Slots:
    n = len(capacity)
    total = int(capacity.sum())
    periods_s = np.array([one.period_s for one in infos] + [0.0])
    return Slots(
        infos=infos,
        slot_of={one.id: slot for slot, one in enumerate(infos)},
        base=np.cumsum(capacity) - capacity,
        capacity=capacity,
        head=np.zeros(n, np.int64),
        filled=np.zeros(n, np.int64),
        limit_ns=(2e9 * periods_s).astype(np.int64) + _GRACE_NS,
        last_t_ns=np.full(n, _NEVER_NS, np.int64),
        last_value=np.full(n, np.nan),
        last_quality=np.zeros(n, np.uint8),
        stale_ns=np.full(n, _NEVER_NS, np.int64),
        t_ns=np.zeros(total, np.int64),
        value=np.zeros(total),
        quality=np.zeros(total, np.uint8),
    )
