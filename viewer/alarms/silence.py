"""Channels that say nothing: a stale alarm is raised when the silence exceeds its limit, and clears with the next sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.alarms.crossings import Block, Crossings, Memory
from viewer.alarms.definitions import AlarmDefinition

_FOREVER_NS = int(np.iinfo(np.int64).max) // 2


class Silence:
    """All stale alarms. A late sample counts as said when it became known."""

    def __init__(self, definitions: Sequence[AlarmDefinition], index: Mapping[str, int], memory: Memory) -> None:
        self._memory = memory
        self._alarms = np.array([at for at, one in enumerate(definitions) if one.kind == "stale"], np.int64)
        self._channels = np.array([index[definitions[at].channel] for at in self._alarms], np.int64)
        self._longest_ns = np.array([round(1e9 * definitions[at].limit) for at in self._alarms], np.int64)
        self.watched = np.zeros(len(index), np.bool_)
        self.watched[self._channels] = True
        self._shortest_ns = np.full(len(index), _FOREVER_NS, np.int64)
        np.minimum.at(self._shortest_ns, self._channels, self._longest_ns)

    def step(self, block: Block, before_ns: int, t_ns: int) -> list[Crossings]:
        """All crossings up to `t_ns`; `before_ns` is the end of the step before. Called before the newest are remembered."""
        if not len(self._alarms):
            return []
        heard_ns = np.maximum(block.t_ns, before_ns)
        last_ns = self._memory.heard_ns.copy()
        gap = np.zeros(len(last_ns), np.bool_)
        if len(block.channels):
            last_ns[block.channels] = heard_ns[block.starts + block.counts - 1]
            gap[block.channels] = self._has_gap(block, heard_ns)
        walked = np.flatnonzero(gap[self._channels])
        found = [self._walked(block, heard_ns, int(one), t_ns) for one in walked]
        due_ns = last_ns[self._channels] + self._longest_ns + 1
        silent = np.flatnonzero((due_ns <= t_ns) & ~self._memory.active[self._alarms] & ~gap[self._channels])
        if len(silent):
            values = block.newest_values(self._memory.value)[self._channels[silent]]
            found.append(Crossings(self._alarms[silent], due_ns[silent], np.ones(len(silent), np.bool_), values))
        for one in found:
            self._memory.active[one.alarms] = one.active  # of several of one alarm the last stays
        return found

    def _has_gap(self, block: Block, heard_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each run (r,) begins or goes on after a silence that is too long for any of its alarms."""
        gap_ns = np.diff(heard_ns, prepend=0)
        gap_ns[block.starts] = heard_ns[block.starts] - self._memory.heard_ns[block.channels]
        return np.maximum.reduceat(gap_ns, block.starts) > self._shortest_ns[block.channels]

    def _walked(self, block: Block, heard_ns: NDArray[np.int64], one: int, t_ns: int) -> Crossings:
        """The crossings of one alarm whose channel was silent for long, within the block or before it."""
        alarm, channel, longest_ns = int(self._alarms[one]), int(self._channels[one]), int(self._longest_ns[one])
        run = int(np.searchsorted(block.channels, channel))
        part = slice(block.starts[run], block.starts[run] + block.counts[run])
        said_ns = np.concatenate([[self._memory.heard_ns[channel]], heard_ns[part], [t_ns]])
        good = np.concatenate([[self._memory.value[channel]], np.where(block.bad[part], np.nan, block.values[part])])
        at = np.flatnonzero(np.diff(said_ns) > longest_ns)
        values = good[_newest_good(good)][at]
        raised_ns, cleared_ns = said_ns[at] + longest_ns + 1, said_ns[at + 1]
        t_of = np.stack([raised_ns, cleared_ns], axis=1).ravel()
        active = np.tile([True, False], len(at))
        first = 1 if self._memory.active[alarm] else 0
        last = len(t_of) - 1 if len(at) and at[-1] == len(said_ns) - 2 else len(t_of)
        kept = slice(first, last)
        return Crossings(np.full(len(t_of), alarm)[kept], t_of[kept], active[kept], np.repeat(values, 2)[kept])


def _newest_good(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each position the last one not after it whose value is a number; 0 where there is none."""
    return np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
