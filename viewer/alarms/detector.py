"""Where alarms' conditions become true and false: dead band and delays over blocks of samples, exact by the samples' times.

A condition that is beyond its limit for the on delay, without a break, becomes active; the dead band counts for an active one
only. It becomes inactive at the first good sample that finds it normal, and good, for the off delay. What is bad or missing never
makes it inactive; it stays what it was last known to be. A channel whose samples all lie in its quiet band (none of its alarms
can change there) costs a few comparisons a sample.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.alarms.crossings import NOT_DUE_NS, Block, Crossings, Memory
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.silence import Silence
from viewer.alarms.zones import Zones
from viewer.twin.samples import NEVER_NS, Columns, only


class Detector:
    """Follows all definitions over a catalogue. One thread."""

    def __init__(
        self, definitions: Sequence[AlarmDefinition], channels: Sequence[str], start_ns: int, also: NDArray[np.bool_]
    ) -> None:
        """`channels` is the catalogue, with the channels of all definitions; of those of `also` the newest is remembered."""
        n, c = len(definitions), len(channels)
        self.t_ns = start_ns
        self.memory = Memory(
            np.zeros(n, np.bool_),
            np.zeros(n, np.bool_),
            np.full(n, start_ns, np.int64),
            np.zeros(n, np.bool_),
            np.full(n, NOT_DUE_NS, np.int64),
            np.full(c, NEVER_NS, np.int64),
            np.full(c, start_ns, np.int64),
            np.full(c, np.nan),
            np.zeros(c, np.bool_),
        )
        index = {name: at for at, name in enumerate(channels)}
        self._zones = Zones(definitions, index, self.memory)
        self._silence = Silence(definitions, index, self.memory)
        self._watched = self._zones.watched | self._silence.watched | also

    def restored(self) -> None:
        """To be called after `memory` was changed from outside."""
        self._zones.settle_all()

    def step(self, columns: Columns, t_ns: int) -> Crossings:
        """All crossings up to `t_ns`, by which time all samples not after it must have been given.

        A sample that comes later all the same, or from before the channel's newest, is judged as of that newest; one from the
        future as of `t_ns`.
        """
        t_ns = max(t_ns, self.t_ns)
        columns = only(columns, self._watched)
        ends = np.cumsum(columns.counts)
        starts = ends - columns.counts
        own_ns = _in_order(columns, starts, self.memory.newest_ns, t_ns)
        bad = (columns.quality != 0) | ~np.isfinite(columns.values)
        block = Block(columns.channels, starts, columns.counts, own_ns, columns.values, bad)
        found = [*self._zones.step(block, t_ns), *self._silence.step(block, self.t_ns, t_ns)]
        self._remember(block, ends)
        self.t_ns = t_ns
        return _merged(found)

    def _remember(self, block: Block, ends: NDArray[np.int64]) -> None:
        at, memory = block.channels, self.memory
        memory.value = block.newest_values(memory.value)
        memory.newest_ns[at] = block.t_ns[ends - 1]
        memory.heard_ns[at] = np.maximum(block.t_ns[ends - 1], self.t_ns)
        memory.bad[at] = block.bad[ends - 1]


def _in_order(columns: Columns, starts: NDArray[np.int64], newest_ns: NDArray[np.int64], t_ns: int) -> NDArray[np.int64]:
    """The samples' times, never before the channel's newest nor after now."""
    own_ns = np.minimum(columns.t_ns, t_ns)
    if not len(own_ns):
        return own_ns
    own_ns[starts] = np.maximum(own_ns[starts], newest_ns[columns.channels])
    back = own_ns[1:] < own_ns[:-1]
    back[starts[1:] - 1] = False
    if back.any():
        run = np.searchsorted(starts, np.flatnonzero(back) + 1, side="right") - 1
        for one in np.unique(run):
            part = slice(starts[one], starts[one] + columns.counts[one])
            own_ns[part] = np.maximum.accumulate(own_ns[part])
    return own_ns


def _merged(found: Sequence[Crossings]) -> Crossings:
    some = [one for one in found if len(one)]
    if not some:
        return Crossings(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0))
    alarms = np.concatenate([one.alarms for one in some])
    t_ns = np.concatenate([one.t_ns for one in some])
    order = np.lexsort((alarms, t_ns))
    active, values = np.concatenate([one.active for one in some]), np.concatenate([one.values for one in some])
    return Crossings(alarms[order], t_ns[order], active[order], values[order])
