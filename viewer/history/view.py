"""The history as it is at one moment: blocks, pyramid and the newest samples in memory, each sample once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.history.cache import UnpackedCache
from viewer.history.cells import NO_CELLS, STEP, TILE_BITS, Cells, cells_of, coarser, merged, unpack_cells
from viewer.history.database import Connection
from viewer.history.lanes import members
from viewer.history.mover import MOVED
from viewer.history.pack import unpack
from viewer.history.roster import Roster
from viewer.history.rows import block_of, levels_of, mark, tile_of, whole
from viewer.history.seal import Damaged
from viewer.history.tail import Chunk, Tail
from viewer.twin.samples import Columns

_PIECE_BLOCKS = 32
PRUNED = "pruned"
"""The mark that counts how often blocks were taken away."""
_EARLIEST_NS, _LATEST_NS = -(1 << 63), (1 << 63) - 1
_BLOCK = "id, owner, t0, t1, n, body"
_TILE = "id, owner, shift, tile, done, body"


@dataclass(frozen=True, slots=True)
class Damage:
    """A row that can't be read, and what is missing by it."""

    table: str
    number: int
    owner: int
    t0_ns: int
    t1_ns: int


@dataclass(frozen=True, slots=True)
class Stock:
    """What all views share."""

    tail: Tail
    roster: Roster
    blocks: UnpackedCache[Columns]
    tiles: UnpackedCache[Cells]
    on_damage: Callable[[Damage], None]
    errors: tuple[type[Exception], ...]
    """What the database raises."""


@dataclass(frozen=True, slots=True)
class View:
    """One moment. The thread that opened it."""

    stock: Stock
    connection: Connection
    chunks: tuple[Chunk, ...]
    state: tuple[int, int]
    """Grows whenever blocks have come or gone."""

    @staticmethod
    @contextmanager
    def of(stock: Stock, connection: Connection) -> Generator[View]:
        # The tail first: what it loses from now on is in the database as it is seen from here on.
        chunks = stock.tail.chunks()
        with connection.reading():
            moved = mark(connection, MOVED)
            fresh = tuple(chunk for chunk in chunks if chunk.first > moved)
            yield View(stock, connection, fresh, (moved, mark(connection, PRUNED)))

    def samples(self, number: int, t0_ns: int, t1_ns: int) -> Columns:
        """One channel's samples with t0_ns <= t <= t1_ns by time; equal times in the order of arrival. At most one run."""
        parts = [*self._kept(number, t0_ns, t1_ns), *self.newest(number, t0_ns, t1_ns)]
        t_ns = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, np.int64)
        values = np.concatenate([part[1] for part in parts]) if parts else np.empty(0)
        quality = np.concatenate([part[2] for part in parts]) if parts else np.empty(0, np.uint8)
        if (t_ns[1:] < t_ns[:-1]).any():
            order = np.argsort(t_ns, kind="stable")
            t_ns, values, quality = t_ns[order], values[order], quality[order]
        runs = min(len(t_ns), 1)
        return Columns(np.full(runs, number, np.int64), np.full(runs, len(t_ns), np.int64), t_ns, values, quality)

    def newest(
        self, number: int, t0_ns: int, t1_ns: int
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]]:
        """The same of what is not yet in blocks."""
        for chunk in self.chunks:
            yield _between(chunk.columns, chunk.part(number), t0_ns, t1_ns)

    def _kept(
        self, number: int, t0_ns: int, t1_ns: int
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]]:
        for columns in self.blocks(self.stock.roster.by_number(number).owner, t0_ns, t1_ns):
            at = int(np.searchsorted(columns.channels, number))
            if at < len(columns.channels) and columns.channels[at] == number:
                start = int(columns.counts[:at].sum())
                yield _between(columns, slice(start, start + int(columns.counts[at])), t0_ns, t1_ns)

    def blocks(self, owner: int | None, t0_ns: int, t1_ns: int) -> Iterator[Columns]:
        """The blocks of an owner that touch a span, in the order of arrival; a damaged one is told and left out."""
        if owner is None:
            return
        earliest = max(t0_ns - self.stock.roster.longest_ns(owner), -(1 << 63))
        sql = "SELECT id, owner, t0, t1 FROM blocks WHERE owner = ? AND t0 >= ? AND t0 <= ? AND t1 >= ?"
        for row in sorted(self.connection.rows(sql, (owner, earliest, t1_ns, t0_ns))):
            number, *place = (whole(one) for one in row)
            columns = self.block(number, (place[0], place[1], place[2]))
            if columns is not None:
                yield columns

    def block(self, number: int, place: tuple[int, int, int]) -> Columns | None:
        """A block by its row and by owner, t0, t1 as the index has them, unpacked; None where it is damaged."""
        found = self.stock.blocks.get(number)
        if found is not None:
            return found
        try:
            row = self.connection.rows(f"SELECT {_BLOCK} FROM blocks WHERE id = ?", (number,))[0]
            found = unpack(block_of(row)[1].body)
        except (Damaged, ValueError, IndexError, TypeError, *self.stock.errors):
            self.stock.on_damage(Damage("blocks", number, *place))
            return None
        self.stock.blocks.put(number, found)
        return found

    def cells(self, number: int, shift: int, first: int, last: int) -> Cells:
        """A channel's cells first … last of a level, from the coarsest rows that have them."""
        owner = self.stock.roster.by_number(number).owner
        t0_ns, t1_ns = first << shift, ((last + 1) << shift) - 1
        newest = [_cells(number, *part, shift) for part in self.newest(number, t0_ns, t1_ns)]
        if owner is None:
            return merged(newest)
        try:
            kept = self._level(number, owner, levels_of(self.connection, owner), shift, first, last)
        except (Damaged, ValueError, *self.stock.errors):
            # The pyramid can be made again from the samples, so nothing is missing: read those.
            kept = merged([_cells(number, *part, shift) for part in self._kept(number, t0_ns, t1_ns)])
        return merged([kept, *newest])

    def _level(self, number: int, owner: int, done: dict[int, int], shift: int, first: int, last: int) -> Cells:
        if first > last:
            return NO_CELLS
        if shift not in done:
            finer = [one for one in done if one < shift]
            if not finer:
                parts = self._kept(number, first << shift, ((last + 1) << shift) - 1)
                return merged([_cells(number, *part, shift) for part in parts])
            return self._finer(number, owner, done, shift, max(finer), first, last)
        parts = [self._finished(number, shift, first, min(last, (done[shift] << TILE_BITS) - 1))]
        waiting_from = max(first, done[shift] << TILE_BITS)
        if waiting_from <= last:
            parts.append(self._waiting(number, owner, shift, waiting_from, last))
        below = shift - STEP
        if below in done:
            risen = (done[below] << TILE_BITS) >> STEP
            parts.append(self._finer(number, owner, done, shift, below, max(first, risen), last))
        return merged(parts)

    def _finer(self, number: int, owner: int, done: dict[int, int], shift: int, below: int, first: int, last: int) -> Cells:
        if first > last:
            return NO_CELLS
        up = shift - below
        return coarser(self._level(number, owner, done, below, first << up, ((last + 1) << up) - 1), up // STEP)

    def _finished(self, number: int, shift: int, first: int, last: int) -> Cells:
        if first > last:
            return NO_CELLS
        sql = "SELECT id FROM tiles WHERE owner = ? AND shift = ? AND tile >= ? AND tile <= ? AND done = 1"
        return self._tiles(sql, (number, shift, first >> TILE_BITS, last >> TILE_BITS), number, first, last)

    def _waiting(self, number: int, owner: int, shift: int, first: int, last: int) -> Cells:
        sql = "SELECT id FROM tiles WHERE owner = ? AND shift = ? AND tile >= ? AND tile <= ? AND done = 0"
        return self._tiles(sql, (owner, shift, first >> TILE_BITS, last >> TILE_BITS), number, first, last)

    def _tiles(self, sql: str, values: tuple[int, ...], number: int, first: int, last: int) -> Cells:
        found: list[Cells] = []
        for row in self.connection.rows(sql, values):
            cells = self._tile(whole(row[0]))
            wanted = (cells.channel == number) & (cells.cell >= first) & (cells.cell <= last)
            found.append(cells if wanted.all() else cells.where(wanted))
        return merged(found)

    def _tile(self, number: int) -> Cells:
        found = self.stock.tiles.get(number)
        if found is None:
            row = self.connection.rows(f"SELECT {_TILE} FROM tiles WHERE id = ?", (number,))[0]
            try:
                found = unpack_cells(tile_of(row)[1].body)
            except (Damaged, ValueError):
                owner, shift, tile = (whole(one) for one in row[1:4])
                t0_ns = tile << (shift + TILE_BITS)
                self.stock.on_damage(Damage("tiles", number, owner, t0_ns, t0_ns + (1 << (shift + TILE_BITS)) - 1))
                raise
            self.stock.tiles.put(number, found)
        return found

    def edges(self, number: int, t0_ns: int, t1_ns: int) -> list[int]:
        """Times inside a span that part a channel's samples into pieces of some hundred thousand."""
        owner = self.stock.roster.by_number(number).owner
        if owner is None:
            return []
        sql = "SELECT t0 FROM blocks WHERE owner = ? AND t0 > ? AND t0 <= ? ORDER BY t0"
        rows = self.connection.rows(sql, (owner, t0_ns, t1_ns))
        return sorted({whole(row[0]) for row in rows[_PIECE_BLOCKS::_PIECE_BLOCKS]})

    def samples_from(self, number: int) -> int:
        """Since when there are samples of a channel and not only its pyramid."""
        owner = self.stock.roster.by_number(number).owner
        return _EARLIEST_NS if owner is None else mark(self.connection, kept_from(owner), _EARLIEST_NS)

    def count(self, number: int) -> int:
        """How many samples there are of a channel."""
        shifts = self.shifts(number)
        if not shifts:
            return len(self.samples(number, _EARLIEST_NS, _LATEST_NS))
        shift = shifts[0]
        return int(self.cells(number, shift, _EARLIEST_NS >> shift, _LATEST_NS >> shift).count.sum())

    def first_ns(self, number: int) -> int | None:
        """The time of a channel's oldest sample, found down the pyramid."""
        first, last = _EARLIEST_NS, _LATEST_NS
        for shift in self.shifts(number):
            cells = self.cells(number, shift, first >> shift, last >> shift)
            if not len(cells):
                return None
            first, last = int(cells.cell[0]) << shift, ((int(cells.cell[0]) + 1) << shift) - 1
        columns = self.samples(number, first, last)
        if len(columns):
            return int(columns.t_ns[0])
        # Where the samples are forgotten, the cell is all that is known.
        return first if last < _LATEST_NS else None

    def shifts(self, number: int) -> tuple[int, ...]:
        """The levels there are of a channel, coarsest first; none where its pyramid can't be read."""
        owner = self.stock.roster.by_number(number).owner
        if owner is None:
            return ()
        try:
            return tuple(sorted(levels_of(self.connection, owner), reverse=True))
        except (Damaged, ValueError, *self.stock.errors):
            return ()


def kept_from(owner: int) -> str:
    """The mark from when on an owner's samples are kept; before it there is the pyramid at most."""
    return f"kept from {owner}"


def named(roster: Roster, owner: int) -> tuple[str, ...]:
    """The ids of the channels that an owner has."""
    return tuple(one.info.id for one in roster.known() if one.number in members(owner) and one.owner == owner)


def _between(
    columns: Columns, part: slice, t0_ns: int, t1_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]:
    t_ns = columns.t_ns[part]
    low, high = np.searchsorted(t_ns, (t0_ns, t1_ns + 1) if t1_ns < (1 << 63) - 1 else (t0_ns, t1_ns), side="left").tolist()
    if t1_ns == (1 << 63) - 1:
        high = len(t_ns)
    some = slice(part.start + low, part.start + high)
    return columns.t_ns[some], columns.values[some], columns.quality[some]


def _cells(number: int, t_ns: NDArray[np.int64], values: NDArray[np.float64], quality: NDArray[np.uint8], shift: int) -> Cells:
    return cells_of(Columns(np.full(1, number, np.int64), np.full(1, len(t_ns), np.int64), t_ns, values, quality), shift)
