"""What goes between the parts of the detector: a block of samples, what is remembered, and the crossings found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOT_DUE_NS = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class Crossings:
    """Conditions that became true or false, in order of time, then of the definitions; arrays (n,)."""

    alarms: NDArray[np.int64]
    """Index of the definition."""
    t_ns: NDArray[np.int64]
    active: NDArray[np.bool_]
    values: NDArray[np.float64]
    """The channel's newest good value at that time; NaN where there was none."""

    def __len__(self) -> int:
        return len(self.alarms)


@dataclass(slots=True)
class Memory:
    """What is remembered of each alarm, by its index (n,), and of each channel of the catalogue (c,)."""

    beyond: NDArray[np.bool_]
    """Last known beyond its limit, or come back from there no further than into its dead band."""
    within: NDArray[np.bool_]
    """Of one that is beyond: in its dead band."""
    since_ns: NDArray[np.int64]
    active: NDArray[np.bool_]
    due_ns: NDArray[np.int64]
    """When a condition that is beyond becomes active; NOT_DUE_NS where none waits."""
    newest_ns: NDArray[np.int64]
    heard_ns: NDArray[np.int64]
    """The newest time at which each channel said anything, at least the start."""
    value: NDArray[np.float64]
    """The newest good value."""
    bad: NDArray[np.bool_]
    """Whether the newest sample was bad."""


@dataclass(frozen=True, slots=True)
class Block:
    """Samples of one step: run i has `counts[i]` samples of `channels[i]` from `starts[i]` on, in order of time."""

    channels: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    t_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    bad: NDArray[np.bool_]

    def newest_values(self, before: NDArray[np.float64]) -> NDArray[np.float64]:
        """The newest good value of each channel (c,) after this block, given those before it."""
        values = before.copy()
        if len(self.bad):
            newest = np.maximum.reduceat(np.where(self.bad, -1, np.arange(len(self.bad))), self.starts)
            some = newest >= 0
            values[self.channels[some]] = self.values[newest[some]]
        return values
