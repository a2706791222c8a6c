"""The newest sample not after a time, for many channels of one block at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from viewer.twin.samples import Columns


def newest_not_after(columns: Columns, wanted: NDArray[np.int64], t_ns: int) -> NDArray[np.int64]:
    """(w,) Where the newest sample of each wanted channel with time <= t_ns is, -1 where there is none. Runs must be by time."""
    at = np.searchsorted(columns.channels, wanted)
    there = at < len(columns.channels)
    there[there] = columns.channels[at[there]] == wanted[there]
    ends = np.cumsum(columns.counts)
    run = at[there]
    first = (ends - columns.counts)[run]
    low, high = first.copy(), ends[run]
    while True:
        open_ = low < high
        if not open_.any():
            break
        middle = (low + high) // 2
        not_after = open_ & (columns.t_ns[np.minimum(middle, len(columns) - 1)] <= t_ns)
        low = np.where(not_after, middle + 1, low)
        high = np.where(open_ & ~not_after, middle, high)
    found = np.full(len(wanted), -1, np.int64)
    found[there] = np.where(low > first, low - 1, -1)
    return found
