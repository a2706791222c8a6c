"""The historian: samples, gaps and events kept for good, and the questions of time over them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from viewer.base.clock import Clock
from viewer.base.errors import GenchiError, UserMistake
from viewer.base.ids import ChannelId
from viewer.base.job import Job, SilentJob
from viewer.history.cache import UnpackedCache
from viewer.history.cells import Cells
from viewer.history.database import Connection, Database
from viewer.history.envelope import NOTHING, envelope
from viewer.history.exporting import export_csv, export_parquet
from viewer.history.guard import Guard
from viewer.history.latest import LatestFinder, newest_before
from viewer.history.mover import Mover
from viewer.history.opening import open_file, opened
from viewer.history.records import Batch, Event, Finding, Gap, HistoryClosed, Span, check_batch
from viewer.history.retention import Forgotten, Retention, retain
from viewer.history.room import Room
from viewer.history.roster import Roster
from viewer.history.rows import KnownChannel, event_of, gap_of, put_channel
from viewer.history.seal import Damaged
from viewer.history.verifying import verify
from viewer.history.view import Stock, View
from viewer.history.writer import Writer
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns, Envelope, Latest, judged

_logger = logging.getLogger(__name__)
GRACE_S = 0.2
"""Added to two periods before a sample is stale, as in the live memory."""
_EARLIEST_NS, _LATEST_NS = -(1 << 63), (1 << 63) - 1
_CACHE_BYTES = 96 << 20
MOVE_AT = 3_000_000
_BALLAST_BYTES = 64 << 20


class History:
    """Any thread may call anything; every answer is of one moment. Times are nanoseconds since the Unix epoch, UTC."""

    def __init__(self, folder: Path, clock: Clock, *, ballast_bytes: int = _BALLAST_BYTES, move_at: int = MOVE_AT) -> None:
        """Open the history of a folder, or begin one there. A file that is damaged beyond reading is set aside, and said.

        ballast_bytes  room kept so that a full disk can still be written down
        move_at        samples that gather in memory and journal before they are moved into blocks

        Raises UserMistake where the folder can't be used, is in use, or is of a newer version.
        """
        self._begin(open_file(folder, clock), folder, clock, ballast_bytes, move_at)

    def _begin(self, database: Database, folder: Path | None, clock: Clock, ballast_bytes: int, move_at: int) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._readers: list[Connection] = []
        self._local = threading.local()
        self._closed = False
        found = opened(database)
        self._roster, self._tail = found.roster, found.tail
        self._room = Room(database, folder, clock, ballast_bytes=ballast_bytes)
        self._writer = Writer(
            database, found.tail, found.ledger, self._room, next_journal=found.next_journal, next_event=found.next_event
        )
        self._room.take_number = lambda: self._writer.next_gap
        self._mover = Mover(database, found.tail, self._writer, found.roster, clock, move_at, found.next_block, found.next_tile)
        self._writer.on_commit = self._mover.nudge
        blocks: UnpackedCache[Columns] = UnpackedCache(_CACHE_BYTES, lambda columns: 17 * len(columns))
        tiles: UnpackedCache[Cells] = UnpackedCache(_CACHE_BYTES // 3, lambda cells: 40 * len(cells))
        self._guard = Guard(database, self._writer, found.roster)
        self._stock = Stock(found.tail, found.roster, blocks, tiles, self._guard.met, database.errors)
        self._latest = LatestFinder()
        self._writer.start()
        self._mover.start()
        self._guard.start(found.lost)
        self._mover.nudge()

    # Writing

    def declare(self, channels: Sequence[ChannelInfo]) -> None:
        """The channels that batches are about from now on, in this order. Each id keeps its samples for good.

        Raises UserMistake where a channel that is known comes with another unit, or an id comes twice.
        """
        changes: list[KnownChannel] = []

        def work(connection: Connection) -> None:
            changes.extend(self._roster.planned(channels))
            for channel in changes:
                put_channel(connection, channel)

        self._writer.do(work, lambda: self._roster.declare(changes, channels)).result()

    def append(self, batches: Sequence[Batch]) -> None:
        """Keep batches; they are on the disk when this returns. Duplicates are passed over, jumps become gaps.

        Raises HistoryFull where there is no room (nothing of these is acknowledged then), HistoryClosed, and ValueError where
        columns are no runs over the declared channels.
        """
        self.append_later(batches).result()

    def append_later(self, batches: Sequence[Batch]) -> Future[None]:
        """The same without waiting for the disk: the future is done, or has the error, when `append` would return or raise.

        Waits only where samples come faster than they can be moved into blocks.
        """
        ready = [self._numbered(batch) for batch in batches]
        self._mover.wait_for_room()
        return self._writer.append(ready)

    def append_event(self, kind: str, t_ns: int, payload: bytes) -> None:
        """Keep one line of a journal; it is on the disk when this returns. Raises HistoryFull, HistoryClosed."""
        self.append_event_later(kind, t_ns, payload).result()

    def append_event_later(self, kind: str, t_ns: int, payload: bytes) -> Future[None]:
        """The same without waiting for the disk."""
        return self._writer.append((), ((kind, t_ns, payload),))

    def append_gap(self, gap: Gap) -> None:
        """Name something that is missing for a reason that only the caller knows; on the disk when this returns."""
        self._writer.do(lambda connection: self._guard.put(connection, (gap,))).result()

    def move(self) -> None:
        """Move all samples from the journal into blocks now, and wait for it; it is done in the background anyway."""
        self._mover.move().result()

    # Reading

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Every channel there ever was, in the order of its first declaration."""
        return tuple(one.info for one in self._roster.known())

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        """The newest sample of each channel not after `t_ns`, judged as of that time; unknown channels are MISSING."""
        numbers = np.array([-1 if (number := self._roster.number(one)) is None else number for one in channels], np.int64)
        known = numbers >= 0
        times, values = np.zeros(len(numbers), np.int64), np.full(len(numbers), np.nan)
        quality, there = np.zeros(len(numbers), np.uint8), np.zeros(len(numbers), np.bool_)
        with self._view() as view:
            times[known], values[known], quality[known], there[known] = self._latest.find(view, numbers[known], t_ns)
        limit_ns = np.array([_limit_ns(self._roster, number) for number in numbers.tolist()], np.int64)
        stale = there & (t_ns - np.where(there, times, t_ns) > limit_ns)
        return judged(values, times, quality != 0, stale, ~there)

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Times and values (k,) of the samples with t0_ns <= t <= t1_ns, oldest first; values of bad quality are NaN.

        Equal times stay in the order in which they arrived. The arrays are the caller's own.
        """
        columns = self.samples(channel, t0_ns, t1_ns)
        return columns.t_ns.copy(), np.where(columns.quality == 0, columns.values, np.nan)

    def samples(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> Columns:
        """The same bit for bit, with quality; channel index 0."""
        number = self._roster.number(channel)
        if number is None or t1_ns < t0_ns:
            return Columns(
                np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8)
            )
        with self._view() as view:
            found = view.samples(number, t0_ns, t1_ns)
        return Columns(np.zeros_like(found.channels), found.counts, found.t_ns, found.values, found.quality)

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        """The same span for drawing, in at most so many buckets of equal length."""
        number = self._roster.number(channel)
        if number is None:
            return NOTHING
        with self._view() as view:
            return envelope(view, number, t0_ns, t1_ns, buckets, min(view.shifts(number), default=None))

    def span(self, channel: ChannelId) -> Span | None:
        """From when to when there are samples of a channel, and how many; None where there are none."""
        number = self._roster.number(channel)
        if number is None:
            return None
        with self._view() as view:
            last = newest_before(view, number, _LATEST_NS)
            first = view.first_ns(number)
            if last is None or first is None:
                return None
            return Span(first, last[0], view.count(number))

    def bounds(self) -> tuple[int, int] | None:
        """The time of the oldest and of the newest sample of all channels; None where there are none."""
        with self._view() as view:
            ((first, last),) = view.connection.rows("SELECT MIN(t0), MAX(t1) FROM blocks")
            times = [one.columns.t_ns for one in view.chunks if len(one.columns)]
        found = [int(one) for one in (first, last) if one is not None]
        found += [int(edge) for one in times for edge in (one.min(), one.max())]
        return (min(found), max(found)) if found else None

    def gaps(self, t0_ns: int = _EARLIEST_NS, t1_ns: int = _LATEST_NS) -> tuple[Gap, ...]:
        """All that is known to be missing in a span, by time."""
        with self._view() as view:
            rows = view.connection.rows(
                "SELECT id, t0, t1, body FROM gaps WHERE t0 <= ? AND t1 >= ? ORDER BY t0, id", (t1_ns, t0_ns)
            )
        told = self._guard.told()
        kept = [gap_of(row)[1] for row in rows]
        return tuple(kept + [gap for gap in told if gap not in kept and gap.t0_ns <= t1_ns and gap.t1_ns >= t0_ns])

    def events(self, kind: str | None = None, t0_ns: int = _EARLIEST_NS, t1_ns: int = _LATEST_NS) -> tuple[Event, ...]:
        """The lines of one journal, or of all, in a span, in the order of appending."""
        sql = "SELECT id, kind, t, body FROM events WHERE t >= ? AND t <= ?" + ("" if kind is None else " AND kind = ?")
        values: tuple[int | str, ...] = (t0_ns, t1_ns) if kind is None else (t0_ns, t1_ns, kind)
        with self._view() as view:
            return tuple(event_of(row) for row in view.connection.rows(f"{sql} ORDER BY id", values))

    @property
    def full_since_ns(self) -> int | None:
        """Since when nothing is acknowledged as there is no room; None while there is."""
        return self._room.full_since_ns

    def progress(self, device: str, epoch: str) -> int:
        """The last sequence kept of a device's epoch, 0 where there is none: what may be acknowledged after a restart."""
        return self._writer.progress(device, epoch)

    def retain(self, rules: Sequence[Retention], *, most_bytes: int | None = None, job: Job | None = None) -> Forgotten:
        """Forget what is older than the rules say, and the oldest of all above `most_bytes`; what was forgotten becomes an event.

        The file keeps its size, its room is used again. Raises Cancelled.
        """
        now_ns = self._clock.now_ns()
        return retain(self._database, self._writer, self._roster, rules, most_bytes, now_ns, job or SilentJob())

    def export_parquet(self, path: Path, channels: Sequence[ChannelId], t0_ns: int, t1_ns: int, job: Job | None = None) -> int:
        """Write the samples of a span into a Parquet file; how many. As `exporting.export_parquet`, in any background thread."""
        return export_parquet(path, self._infos(channels), partial(self._pieces, t0_ns, t1_ns), job or SilentJob())

    def export_csv(self, path: Path, channels: Sequence[ChannelId], t0_ns: int, t1_ns: int, job: Job | None = None) -> int:
        """The same into a CSV file."""
        return export_csv(path, self._infos(channels), partial(self._pieces, t0_ns, t1_ns), job or SilentJob())

    def _infos(self, channels: Sequence[ChannelId]) -> list[ChannelInfo]:
        known = {one.id: one for one in self.channels()}
        for one in channels:
            if one not in known:
                raise UserMistake(f"the history has no channel «{one}»")
        return [known[one] for one in channels]

    def _pieces(self, t0_ns: int, t1_ns: int, channel: ChannelId) -> Iterator[Columns]:
        """A channel's samples of a span by time, piece by piece, each of one moment; no view is held between them."""
        with self._view() as view:
            number = self._roster.number(channel)
            edges = [] if number is None else view.edges(number, t0_ns, t1_ns)
        for first, end in zip([t0_ns, *edges], [*edges, t1_ns + 1], strict=True):
            columns = self.samples(channel, first, end - 1)
            if len(columns):
                yield columns

    def verify(self, job: Job | None = None) -> tuple[Finding, ...]:
        """Look at every page and every row; what is not as it was written becomes a finding. Raises Cancelled."""
        connection = self._database.connect()
        try:
            with connection.reading():
                return verify(self._database, connection, job or SilentJob())
        finally:
            connection.close()

    def close(self) -> None:
        """Finish what was ordered, stop the threads and leave the file whole. Later calls raise HistoryClosed."""
        if self._closed:
            return
        self._closed = True
        self._guard.close()
        self._mover.close()
        self._writer.close()
        with self._lock:
            readers, self._readers = self._readers, []
        for connection in readers:
            connection.close()
        self._database.close()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Inside

    @contextmanager
    def _view(self) -> Generator[View]:
        if self._closed:
            raise HistoryClosed("the history is closed: nothing can be read")
        connection: Connection | None = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self._local.connection = self._database.connect()
                with self._lock:
                    self._readers.append(connection)
            with View.of(self._stock, connection) as view:
                yield view
        except self._database.errors as error:
            if connection is not None:
                self._local.connection = self._revived(connection)
            raise Damaged(f"the history can't be read here: {error}: {self._database.name}") from error

    def _revived(self, connection: Connection) -> Connection | None:
        """The connection where it still works, a new one where a server let go of it, None while there is none."""
        try:
            revived = self._database.revived(connection)
        except (GenchiError, *self._database.errors):
            return None
        if revived is not connection:
            with self._lock:
                self._readers.append(revived)
        return revived

    def _numbered(self, batch: Batch) -> Batch:
        declared = self._roster.declared
        columns = batch.columns
        check_batch(batch, len(declared))
        return Batch(
            batch.device,
            batch.epoch,
            batch.sequence,
            Columns(declared[columns.channels], columns.counts, columns.t_ns, columns.values, columns.quality),
        )


def _limit_ns(roster: Roster, number: int) -> int:
    """How old a channel's newest sample may be."""
    period_s = roster.by_number(number).info.period_s if number >= 0 else 0.0
    return round(1e9 * (2 * period_s + GRACE_S))
