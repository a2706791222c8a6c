"""The newest samples in memory: what is in the journal and not yet in blocks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.twin.samples import Columns

_MERGED_UP_TO = 1 << 18


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples of the journal's rows first … last, by channel number, then by time; equal times in the order of arrival."""

    first: int
    last: int
    columns: Columns
    starts: NDArray[np.int64]

    @staticmethod
    def of(first: int, last: int, columns: Columns) -> Chunk:
        columns = by_time(columns)
        return Chunk(first, last, columns, np.cumsum(columns.counts) - columns.counts)

    def part(self, number: int) -> slice:
        """Where the samples of a channel are."""
        at = int(np.searchsorted(self.columns.channels, number))
        if at == len(self.columns.channels) or self.columns.channels[at] != number:
            return slice(0, 0)
        start = int(self.starts[at])
        return slice(start, start + int(self.columns.counts[at]))


class Tail:
    """Written by the writer's thread alone; `chunks` from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: tuple[Chunk, ...] = ()
        self._held = 0
        self.samples = 0
        self.damaged: list[int] = []
        """Rows of the journal that could not be read; they stay in the journal."""

    def add(self, number: int, columns: Columns) -> None:
        """What the journal's row `number` holds; small neighbours are joined, so that there are never many."""
        chunk = Chunk.of(number, number, columns)
        # All under the lock: what is being moved must not be joined with what came after it.
        with self._lock:
            chunks = list(self._chunks)
            while chunks and _joins(chunks[-1], chunk) and chunks[-1].last > self._held:
                before = chunks.pop()
                chunk = Chunk.of(before.first, number, joined((before.columns, chunk.columns)))
            self._chunks = (*chunks, chunk)
            self.samples += len(columns)

    def hold(self) -> tuple[Chunk, ...]:
        """All chunks, to be moved into blocks: nothing is joined to them from now on."""
        with self._lock:
            if self._chunks:
                self._held = self._chunks[-1].last
            return self._chunks

    def drop(self, through: int) -> None:
        """Forget the journal's rows up to this one: they are in blocks."""
        with self._lock:
            self._chunks = tuple(chunk for chunk in self._chunks if chunk.last > through)
            self.samples = sum(len(chunk.columns) for chunk in self._chunks)

    def chunks(self) -> tuple[Chunk, ...]:
        """All there is, in the order of arrival. Any thread."""
        with self._lock:
            return self._chunks


def joined(parts: Sequence[Columns]) -> Columns:
    """Columns one after another as one: a channel's samples in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    channels = np.concatenate([part.channels for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    starts = np.cumsum(counts) - counts
    order = np.argsort(channels, kind="stable")
    channels, counts, starts = channels[order], counts[order], starts[order]
    at = np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
    firsts = np.flatnonzero(np.diff(channels, prepend=-1))
    return Columns(
        channels[firsts],
        np.add.reduceat(counts, firsts) if len(firsts) else counts,
        np.concatenate([part.t_ns for part in parts])[at],
        np.concatenate([part.values for part in parts])[at],
        np.concatenate([part.quality for part in parts])[at],
    )


def by_time(columns: Columns) -> Columns:
    """The same with each channel's samples by time; equal times stay in the order of arrival."""
    run = np.repeat(np.arange(len(columns.channels)), columns.counts)
    back = (np.diff(columns.t_ns) < 0) & (run[1:] == run[:-1])
    if not back.any():
        return columns
    order = np.lexsort((columns.t_ns, run))
    return Columns(columns.channels, columns.counts, columns.t_ns[order], columns.values[order], columns.quality[order])


def _joins(before: Chunk, chunk: Chunk) -> bool:
    return len(before.columns) <= 2 * len(chunk.columns) and len(before.columns) + len(chunk.columns) <= _MERGED_UP_TO
