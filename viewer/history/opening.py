"""Opening a history: its tables brought up to date, what is in memory loaded, what can't be read set aside and said."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from viewer.base.clock import Clock
from viewer.history.database import Connection, Database, Row
from viewer.history.ledger import Ledger, open_gaps
from viewer.history.mover import MOVED
from viewer.history.pack import unpack
from viewer.history.records import Gap
from viewer.history.roster import Roster
from viewer.history.rows import channel_of, every, gap_of, journal_of, mark, progress_of, whole
from viewer.history.seal import Damaged
from viewer.history.sqlite import SqliteDatabase
from viewer.history.tail import Tail

_logger = logging.getLogger(__name__)


LATEST_NS = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Opened:
    """What a history starts with."""

    roster: Roster
    tail: Tail
    ledger: Ledger
    next_journal: int
    next_block: int
    next_tile: int
    next_event: int
    lost: tuple[Gap, ...]
    """What could not be read, to be written down."""


def open_file(folder: Path, clock: Clock) -> SqliteDatabase:
    """The database file of a folder."""
    return SqliteDatabase(folder, clock)


def opened(database: Database) -> Opened:
    """Load what is in memory. Raises Damaged where the channels can't be read: nothing could be named then."""
    connection = database.connect()
    try:
        with connection.reading():
            return _loaded(connection, [Gap("", "", 0, 0, 0, LATEST_NS, cause) for cause in database.lost])
    finally:
        connection.close()


def _loaded(connection: Connection, lost: list[Gap]) -> Opened:
    channels = [channel_of(row) for row in connection.rows(every("channels"))]
    longest = {whole(row[0]): whole(row[1]) for row in connection.rows("SELECT owner, MAX(t1 - t0) FROM blocks GROUP BY owner")}
    gaps = [gap_of(row) for row in connection.rows("SELECT id, t0, t1, body FROM gaps ORDER BY id")]
    ledger = Ledger(missing=open_gaps(gaps), next_gap=max((number for number, _ in gaps), default=0) + 1)
    for row in connection.rows(every("devices")):
        device, epoch, progress = progress_of(row)
        ledger.progress[device, epoch] = progress
    tail = Tail()
    last = mark(connection, MOVED)
    moved = last
    for row in connection.rows(every("journal")):
        last = max(last, whole(row[0]))
        if whole(row[0]) > moved:
            _load(tail, row, lost)
    known = [gap for _, gap in gaps]
    lost = [gap for gap in lost if gap not in known]
    block, tile, event = (_next(connection, table) for table in ("blocks", "tiles", "events"))
    return Opened(Roster(channels, longest), tail, ledger, last + 1, block, tile, event, tuple(lost))


def _load(tail: Tail, row: Row, lost: list[Gap]) -> None:
    try:
        number, packed = journal_of(row)
        tail.add(number, unpack(packed))
    except (Damaged, ValueError) as error:
        _logger.error("a row of the history's journal is lost: %s", error)
        tail.damaged.append(whole(row[0]))
        lost.append(Gap("", "", 0, 0, 0, LATEST_NS, f"damaged: journal {row[0]}"))


def _next(connection: Connection, table: str) -> int:
    found = connection.rows(f"SELECT MAX(id) FROM {table}")[0][0]
    return 1 if found is None else whole(found) + 1
