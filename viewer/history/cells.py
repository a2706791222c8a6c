"""Cells of the pyramid: least, greatest and how many samples in every 2^shift ns, on a grid that is the same for all time.

Cells are kept as samples are, three runs a channel: the least values, the greatest and the counts; so they pack the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.history.pack import pack_tight, unpack
from viewer.twin.samples import Columns

FINEST, STEP, COARSEST = 17, 2, 57
"""2^17 ns is 0.13 ms; each level is four times as coarse, up to 2^57 ns, four and a half years."""
TILE_BITS = 9
"""A tile holds 512 cells."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of channels, ascending by channel, then by cell; each cell of a channel once."""

    channel: NDArray[np.int64]
    cell: NDArray[np.int64]
    """t_ns >> shift."""
    low: NDArray[np.float64]
    """NaN where all samples of the cell are bad."""
    high: NDArray[np.float64]
    count: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cell)

    def where(self, some: NDArray[np.bool_]) -> Cells:
        return Cells(self.channel[some], self.cell[some], self.low[some], self.high[some], self.count[some])


NO_CELLS = Cells(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))


def cells_of(columns: Columns, shift: int) -> Cells:
    """The cells of samples that are by time within each channel."""
    values = np.where(columns.quality == 0, columns.values, np.nan)
    channel = np.repeat(columns.channels, columns.counts)
    return _reduced(channel, columns.t_ns >> shift, values, values, np.ones(len(columns), np.int64))


def merged(parts: list[Cells]) -> Cells:
    """Cells of several parts as one; what is in several parts is counted together."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else NO_CELLS
    channel = np.concatenate([part.channel for part in parts])
    cell = np.concatenate([part.cell for part in parts])
    order = np.lexsort((cell, channel))
    low, high = np.concatenate([part.low for part in parts])[order], np.concatenate([part.high for part in parts])[order]
    return _reduced(channel[order], cell[order], low, high, np.concatenate([part.count for part in parts])[order])


def coarser(cells: Cells, steps: int = 1) -> Cells:
    """The same on a level `steps` levels up."""
    return _reduced(cells.channel, cells.cell >> (STEP * steps), cells.low, cells.high, cells.count)


def pack_cells(cells: Cells) -> bytes:
    """As bytes, bit for bit."""
    starts = np.flatnonzero(np.diff(cells.channel, prepend=-1))
    counts = np.diff(starts, append=len(cells))
    n = len(cells)
    each = np.repeat(np.repeat(starts, 3) - (np.cumsum(np.repeat(counts, 3)) - np.repeat(counts, 3)), np.repeat(counts, 3))
    at = each + np.arange(3 * n)
    kind = np.repeat(np.tile(np.arange(3), len(starts)), np.repeat(counts, 3))
    values = np.choose(kind, (cells.low[at], cells.high[at], cells.count[at].astype(np.float64)))
    channels = np.repeat(cells.channel[starts], 3) * 3 + np.tile(np.arange(3), len(starts))
    return pack_tight(Columns(channels, np.repeat(counts, 3), cells.cell[at], values, np.zeros(3 * n, np.uint8)))


def unpack_cells(data: bytes) -> Cells:
    """What was packed. Raises ValueError where the bytes are no cells."""
    columns = unpack(data)
    runs = len(columns.channels)
    thirds = columns.channels.reshape(-1, 3) if runs % 3 == 0 else None
    if thirds is None or (thirds % 3 != np.arange(3)).any() or (columns.counts.reshape(-1, 3) != columns.counts[::3, None]).any():
        raise ValueError("no packed cells: their runs do not come in threes")
    kind = np.repeat(columns.channels % 3, columns.counts)
    low, high, count = (columns.values[kind == one] for one in range(3))
    channel = np.repeat(columns.channels[::3] // 3, columns.counts[::3])
    return Cells(channel, columns.t_ns[kind == 0], low, high, count.astype(np.int64))


def base_shift(columns: Columns, samples_a_cell: int = 8) -> int:
    """The finest level on which a cell holds that many samples of the channels' usual rate."""
    several = columns.counts > 1
    if not several.any():
        return 29
    ends = np.cumsum(columns.counts) - 1
    span_ns = (columns.t_ns[ends] - columns.t_ns[ends - columns.counts + 1])[several]
    usual_ns = float(np.median(span_ns / (columns.counts[several] - 1)))
    shift = FINEST
    while shift < COARSEST and 2.0**shift < usual_ns * samples_a_cell:
        shift += STEP
    return shift


def _reduced(
    channel: NDArray[np.int64],
    cell: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    count: NDArray[np.int64],
) -> Cells:
    if not len(cell):
        return NO_CELLS
    new = np.ones(len(cell), np.bool_)
    new[1:] = (channel[1:] != channel[:-1]) | (cell[1:] != cell[:-1])
    starts = np.flatnonzero(new)
    return Cells(
        channel[starts],
        cell[starts],
        np.fmin.reduceat(low, starts),
        np.fmax.reduceat(high, starts),
        np.add.reduceat(count, starts),
    )
