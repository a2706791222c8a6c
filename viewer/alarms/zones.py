"""Alarms on a value or its quality: limits with dead band, on and off delay, for all channels of a block at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.alarms.crossings import NOT_DUE_NS, Block, Crossings, Memory
from viewer.alarms.definitions import AlarmDefinition

_ON_VALUE = ("high", "low", "equals", "differs")
_INF = float("inf")


class Zones:
    """All alarms but the stale ones, ordered by channel; `alarms[row]` is the definition's index."""

    def __init__(self, definitions: Sequence[AlarmDefinition], index: Mapping[str, int], memory: Memory) -> None:
        own = [at for at, one in enumerate(definitions) if one.kind != "stale"]
        own.sort(key=lambda at: (index[definitions[at].channel], at))
        rows = [definitions[at] for at in own]
        self._memory, c = memory, len(index)
        self.alarms = np.array(own, np.int64)
        self._channel = np.array([index[one.channel] for one in rows], np.int64)
        self._first = np.searchsorted(self._channel, np.arange(c))
        self._count = np.searchsorted(self._channel, np.arange(c), side="right") - self._first
        self.watched = self._count > 0
        kind = np.array([one.kind for one in rows], dtype="U12")
        self._limit = np.array([one.limit for one in rows], np.float64)
        band = np.array([one.dead_band for one in rows], np.float64)
        self._low, self._quality = kind == "low", kind == "bad_quality"
        self._distance = (kind == "equals") | (kind == "differs")
        self._inside = kind == "equals"
        sign = np.where(self._low, -1.0, 1.0)
        self._beyond_above = np.where(self._distance, band, np.where(self._low, -self._limit, self._limit))
        self._clear_at = np.where(self._distance, band, np.where(self._low, -(self._limit + band), self._limit - band))
        self._sign = sign
        self._on_ns = np.array([round(1e9 * one.on_delay_s) for one in rows], np.int64)
        self._off_ns = np.array([round(1e9 * one.off_delay_s) for one in rows], np.int64)
        self._quiet = _Quiet(np.full(c, -_INF), np.full(c, _INF), *(np.zeros(c, np.bool_) for _ in range(4)))
        self._quiet.on_change[self._channel[self._distance]] = True
        self._due_ns = NOT_DUE_NS
        self.settle_all()

    def settle_all(self) -> None:
        """Work out all quiet bands anew."""
        channels = np.flatnonzero(self.watched)
        if len(channels):
            self._settle(channels, self._rows_of(channels)[0])

    def step(self, block: Block, t_ns: int) -> list[Crossings]:
        """All crossings up to `t_ns`. Called before the newest are remembered."""
        busy = self._busy(block, t_ns)
        if not len(busy):
            return []
        found = self._followed(block, busy, t_ns)
        self._settle(busy, self._rows_of(busy)[0])
        return [found]

    def _busy(self, block: Block, t_ns: int) -> NDArray[np.int64]:
        """The channels (b,), ascending, of which a sample or a delay may change an alarm."""
        busy = np.empty(0, np.int64)
        if len(block.channels):
            of = np.repeat(block.channels, block.counts)
            stirred = self._quiet.stirred(of, block, self._memory.value)
            busy = block.channels[np.logical_or.reduceat(stirred, block.starts)]
            busy = busy[self.watched[busy]]
        if self._due_ns <= t_ns:
            due = self._channel[np.flatnonzero(self._memory.due_ns[self.alarms] <= t_ns)]
            busy = np.union1d(busy, due)
        return busy

    def _rows_of(self, channels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of these channels, and which of the channels (by position) each belongs to."""
        count = self._count[channels]
        position = np.repeat(np.arange(len(channels)), count)
        return np.repeat(self._first[channels] - np.cumsum(count) + count, count) + np.arange(count.sum()), position

    def _settle(self, channels: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """The quiet bands of some channels, given their rows, from what is remembered of their alarms."""
        memory, quiet, alarms = self._memory, self._quiet, self.alarms[rows]
        beyond, active, within = memory.beyond[alarms], memory.active[alarms], memory.within[alarms]
        limit, clear = self._beyond_above[rows], self._clear_at[rows]
        any_value = self._distance[rows] | self._quality[rows]
        high = np.where((beyond & (active | ~within)) | any_value, _INF, limit)
        leaves_at = np.where(active | within, clear, limit)  # one that still waits is given up at the limit itself
        low = np.where(~beyond | any_value, -_INF, np.nextafter(leaves_at, _INF))
        mirrored = self._low[rows]
        high, low = np.where(mirrored, -low, high), np.where(mirrored, -high, low)
        starts = np.cumsum(self._count[channels]) - self._count[channels]
        quiet.low[channels], quiet.high[channels] = np.maximum.reduceat(low, starts), np.minimum.reduceat(high, starts)
        quiet.open[channels] = np.logical_or.reduceat(active & ~beyond, starts)
        quiet.on_bad[channels] = np.logical_or.reduceat(self._quality[rows] & ~beyond, starts)
        quiet.on_good[channels] = np.logical_or.reduceat(self._quality[rows] & beyond, starts)
        self._due_ns = int(memory.due_ns[self.alarms].min())

    def _followed(self, block: Block, busy: NDArray[np.int64], t_ns: int) -> Crossings:
        memory = self._memory
        rows, position = self._rows_of(busy)
        steps = self._elements(block, busy, rows, position)
        alarms, memory_of = self.alarms[rows], steps.row
        beyond, outside = self._beyond(steps, rows, alarms)
        segments = _segments(steps, beyond, outside)
        on_ns, off_ns = self._on_ns[rows], self._off_ns[rows]
        row_of = memory_of[segments.first]
        start_ns = steps.t_ns[segments.first]
        end_ns = np.append(start_ns[1:], t_ns)
        end_ns[np.append(row_of[1:] != row_of[:-1], True)] = t_ns
        due_ns = start_ns + on_ns[row_of]
        up, down = outside[segments.first], ~beyond[segments.first]
        raised = up & (due_ns <= end_ns)
        confirmed = ~beyond & ~steps.bad & ~steps.remembered
        confirmed &= steps.t_ns - start_ns[segments.of] >= off_ns[memory_of]
        n = len(steps.t_ns)
        cleared_at = np.minimum.reduceat(np.where(confirmed, np.arange(n), n), segments.first)
        cleared = down & (cleared_at < n)
        seen = np.where(steps.t_ns <= np.where(up, due_ns, 0)[segments.of], np.arange(n), -1)
        value_at = np.where(up, np.maximum.reduceat(seen, segments.first), np.minimum(cleared_at, n - 1))
        event_ns = np.where(up, due_ns, steps.t_ns[np.minimum(cleared_at, n - 1)])
        changed, after = _changes(row_of, raised, cleared, memory.active[alarms])
        last = np.flatnonzero(np.append(row_of[1:] != row_of[:-1], True))
        memory.beyond[alarms], memory.active[alarms] = ~down[last], after[last]
        memory.within[alarms] = ~down[last] & ~up[last]
        memory.since_ns[alarms] = start_ns[last]
        memory.due_ns[alarms] = np.where(up[last] & ~after[last], due_ns[last], NOT_DUE_NS)
        return Crossings(alarms[row_of[changed]], event_ns[changed], up[changed], steps.newest_good[value_at[changed]])

    def _elements(self, block: Block, busy: NDArray[np.int64], rows: NDArray[np.int64], position: NDArray[np.int64]) -> _Elements:
        """For each row first what is remembered, then its channel's samples."""
        run = np.searchsorted(block.channels, busy)
        held = run < len(block.channels)
        held[held] = block.channels[run[held]] == busy[held]
        count = np.zeros(len(busy), np.int64)
        start = np.zeros(len(busy), np.int64)
        count[held], start[held] = block.counts[run[held]], block.starts[run[held]]
        length = count[position] + 1
        first = np.cumsum(length) - length
        row = np.repeat(np.arange(len(rows)), length)
        source = np.repeat(start[position] - first - 1, length) + np.arange(len(row))
        remembered = np.zeros(len(row), np.bool_)
        remembered[first] = True
        memory, alarms, channels = self._memory, self.alarms[rows], busy[position]
        t_ns, values, bad = np.empty(len(row), np.int64), np.empty(len(row)), np.empty(len(row), np.bool_)
        t_ns[first], values[first], bad[first] = memory.since_ns[alarms], memory.value[channels], memory.bad[channels]
        said = ~remembered
        t_ns[said], values[said], bad[said] = (each[source[said]] for each in (block.t_ns, block.values, block.bad))
        at = np.where(remembered | ~bad, np.arange(len(row)), 0)
        newest_good = values[np.maximum.accumulate(at)]
        own = self._quality[rows][row]
        return _Elements(row, first, remembered, t_ns, values, bad, newest_good, own)

    def _beyond(
        self, steps: _Elements, rows: NDArray[np.int64], alarms: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether the value was last known beyond the limit or still in its dead band, at each element, and whether beyond the
        limit itself; bad ones change nothing."""
        of = rows[steps.row]
        u = self._sign[of] * steps.values
        if self._distance[rows].any():
            u = np.where(self._distance[of], np.abs(steps.values - self._limit[of]), u)
        inside = self._inside[of]
        beyond = np.where(inside, u <= self._beyond_above[of], u > self._beyond_above[of])
        normal = np.where(inside, u > self._clear_at[of], u <= self._clear_at[of])
        told = (beyond | normal) & ~steps.bad
        beyond, told = np.where(steps.own, steps.bad, beyond), told | steps.own
        good = ~steps.bad | steps.own
        outside = beyond & good
        beyond[steps.first], told[steps.first] = self._memory.beyond[alarms], True
        outside[steps.first], good[steps.first] = self._memory.beyond[alarms] & ~self._memory.within[alarms], True
        steps.bad[steps.own] = False
        place = np.arange(len(told))
        beyond = beyond[np.maximum.accumulate(np.where(told, place, 0))]
        return beyond, outside[np.maximum.accumulate(np.where(good, place, 0))]


@dataclass(slots=True)
class _Quiet:
    """For each channel (c,) what changes none of its alarms."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    on_change: NDArray[np.bool_]
    """Any other value than the newest may."""
    open: NDArray[np.bool_]
    """Any sample may: an off delay runs."""
    on_bad: NDArray[np.bool_]
    on_good: NDArray[np.bool_]

    def stirred(self, of: NDArray[np.int64], block: Block, newest: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each sample (k,) of the channels `of` may change an alarm."""
        values, bad = block.values, block.bad
        stirred = (values < self.low[of]) | (values > self.high[of]) | self.open[of]
        stirred |= self.on_change[of] & (values != newest[of])
        return stirred | np.where(bad, self.on_bad[of], self.on_good[of])


@dataclass(frozen=True, slots=True)
class _Elements:
    """What each row goes through (k,): what is remembered of it, then its channel's samples."""

    row: NDArray[np.int64]
    """Position among the rows followed, ascending."""
    first: NDArray[np.int64]
    """(rows,) Where each row begins."""
    remembered: NDArray[np.bool_]
    t_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    bad: NDArray[np.bool_]
    newest_good: NDArray[np.float64]
    own: NDArray[np.bool_]
    """Of an alarm on the quality itself."""


@dataclass(frozen=True, slots=True)
class _Segments:
    """Stretches (s,) in which a row is beyond its limit, in its dead band, or normal without a bad sample before a good one."""

    first: NDArray[np.int64]
    """(s,) The element each begins with."""
    of: NDArray[np.int64]
    """(k,) The segment of each element."""


def _segments(steps: _Elements, beyond: NDArray[np.bool_], outside: NDArray[np.bool_]) -> _Segments:
    begins = steps.remembered.copy()
    begins[1:] |= (beyond[1:] != beyond[:-1]) | (outside[1:] != outside[:-1])
    begins[1:] |= ~beyond[1:] & ~steps.bad[1:] & steps.bad[:-1]
    return _Segments(np.flatnonzero(begins), np.cumsum(begins) - 1)


def _changes(
    row_of: NDArray[np.int64], raised: NDArray[np.bool_], cleared: NDArray[np.bool_], active: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Which segments change their alarm's activity, and the activity after each segment; `active` (rows,) was before."""
    first = np.append(True, row_of[1:] != row_of[:-1])
    place = np.arange(len(row_of))
    told = raised | cleared
    newest = np.maximum.accumulate(np.where(told, place, -1))
    after = np.where(newest >= np.maximum.accumulate(np.where(first, place, 0)), raised[newest], active[row_of])
    before = np.where(first, active[row_of], np.roll(after, 1))
    return np.flatnonzero(after != before), after
