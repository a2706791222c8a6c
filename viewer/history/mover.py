"""Moves what has gathered in the journal into blocks and the pyramid, in the background; one thread, one transaction a move."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from viewer.base.clock import Clock
from viewer.history.database import Connection, Database
from viewer.history.lanes import Lane, blocks, lanes, moved, owner_of
from viewer.history.pyramid import Growth, grow
from viewer.history.records import HistoryClosed, HistoryFull, HistoryUnwritable
from viewer.history.roster import Roster
from viewer.history.rows import COLUMNS, Block, block_row, mark, put_channel, put_level, put_mark, tile_row
from viewer.history.tail import Tail
from viewer.history.writer import Writer
from viewer.twin.samples import Columns

_logger = logging.getLogger(__name__)
MOVED = "moved"
"""The mark under which the last moved row of the journal is kept."""
_MOVED_AWAY = "DELETE FROM journal WHERE id <= ?"
_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class _Move:
    through: int
    blocks: list[Block]
    growth: Growth
    settled: dict[int, int]


class Mover:
    """`nudge` and `move` from any thread; the work is the thread's inside."""

    def __init__(
        self,
        database: Database,
        tail: Tail,
        writer: Writer,
        roster: Roster,
        clock: Clock,
        at_samples: int,
        next_block: int,
        next_tile: int,
    ) -> None:
        self._database = database
        self._connection = database.connect()
        self._tail = tail
        self._writer = writer
        self._roster = roster
        self._clock = clock
        self._at_samples = at_samples
        self._next_block = next_block
        self._next_tile = next_tile
        self._unsaved: dict[int, int] = {}
        """Owners of channels that readers know of already and the database not yet."""
        self._wake = threading.Condition()
        self._asked: list[Future[None]] = []
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="history mover", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        """Look whether enough has gathered."""
        if self._tail.samples >= self._at_samples:
            with self._wake:
                self._wake.notify_all()

    def wait_for_room(self) -> None:
        """Return when the newest samples in memory are few enough again: whoever appends faster than is moved must wait."""
        if self._tail.samples < 2 * self._at_samples:
            return
        with self._wake:
            self._wake.wait_for(lambda: self._tail.samples < 2 * self._at_samples or self._closed, timeout=_PAUSE_S)

    def move(self) -> Future[None]:
        """Move all there is now; the future is done when it is in blocks."""
        done: Future[None] = Future()
        with self._wake:
            if self._closed:
                raise HistoryClosed("the history is closed")
            self._asked.append(done)
            self._wake.notify_all()
        return done

    def close(self) -> None:
        """Finish the move that is under way, not what waits: the journal keeps it."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closed or bool(self._asked) or self._tail.samples >= self._at_samples)
                if self._closed:
                    for done in self._asked:
                        done.set_exception(HistoryClosed("the history was closed before its samples were moved"))
                    return
                asked, self._asked = self._asked, []
            try:
                self._moved()
            except Exception as error:
                if not isinstance(error, HistoryFull | HistoryUnwritable):
                    _logger.exception("samples could not be moved into blocks and stay in the journal")
                for done in asked:
                    done.set_exception(error)
                with self._wake:
                    self._wake.wait_for(lambda: self._closed, timeout=_PAUSE_S)
            else:
                for done in asked:
                    done.set_result(None)

    def _moved(self) -> None:
        chunks = self._tail.hold()
        if not chunks:
            return
        through, parts = chunks[-1].last, [chunk.columns for chunk in chunks]
        try:
            move = self._prepared(through, parts)
        except self._database.errors:
            # A server may have let go of a connection that nobody used for long.
            self._connection = self._database.revived(self._connection)
            move = self._prepared(through, parts)
        # Readers learn where to look before there is anything: once it is committed they no longer look into the journal.
        self._unsaved |= move.settled
        self._roster.settle(move.settled, move.blocks)
        try:
            self._writer.do(lambda connection: self._apply(connection, move), lambda: self._after(move)).result()
        except HistoryUnwritable:
            # A server that went away in the middle may have committed all the same.
            self._connection = self._database.revived(self._connection)
            if mark(self._connection, MOVED) < move.through:
                raise
            self._after(move)

    def _prepared(self, through: int, parts: list[Columns]) -> _Move:
        columns = moved(parts)
        owners, settled = self._owners(columns)
        growth = Growth()
        found: list[Block] = []
        for lane in lanes(columns, owners):
            found += blocks(lane)
            self._grow(lane, growth)
        return _Move(through, found, growth, settled)

    def _grow(self, lane: Lane, growth: Growth) -> None:
        with self._connection.reading():
            grow(self._connection, lane, self._clock.now_ns(), growth)

    def _owners(self, columns: Columns) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], dict[int, int]]:
        settled: dict[int, int] = {}
        owners = np.empty(len(columns.channels), np.int64)
        for i, (number, count) in enumerate(zip(columns.channels.tolist(), columns.counts.tolist(), strict=True)):
            known = self._roster.by_number(number)
            owner = known.owner
            if owner is None:
                owner = owner_of(number, count)
                settled[number] = owner
            owners[i] = owner
        return owners, settled

    def _apply(self, connection: Connection, move: _Move) -> None:
        rows = [block_row(self._next_block + i, block) for i, block in enumerate(move.blocks)]
        connection.insert("blocks", COLUMNS["blocks"], rows)
        tiles = [tile_row(self._next_tile + i, tile) for i, tile in enumerate(move.growth.tiles)]
        for number in move.growth.gone:
            connection.run("DELETE FROM tiles WHERE id = ?", (number,))
        connection.insert("tiles", COLUMNS["tiles"], tiles)
        for owner, shift, done in move.growth.levels:
            put_level(connection, owner, shift, done)
        for number, owner in self._unsaved.items():
            put_channel(connection, self._roster.owned(number, owner))
        kept = ", ".join(str(number) for number in self._tail.damaged)
        connection.run(f"DELETE FROM journal WHERE id <= ? AND id NOT IN ({kept})" if kept else _MOVED_AWAY, (move.through,))
        put_mark(connection, MOVED, move.through)

    def _after(self, move: _Move) -> None:
        self._next_block += len(move.blocks)
        self._next_tile += len(move.growth.tiles)
        self._unsaved = {}
        self._tail.drop(move.through)
        with self._wake:
            self._wake.notify_all()
