"""The one thread that writes: all that waits is committed together, and each is answered when it is on the disk."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from viewer.history.database import Connection, Database
from viewer.history.ledger import Ledger, Trial
from viewer.history.pack import pack_light
from viewer.history.records import Batch, Event, HistoryClosed, HistoryUnwritable
from viewer.history.room import Room
from viewer.history.rows import COLUMNS, event_row, every, gap_row, journal_row, progress_of, put_progress
from viewer.history.tail import Tail, joined
from viewer.twin.samples import Columns

_logger = logging.getLogger(__name__)
MOST_TOGETHER = 1 << 20
"""Samples committed together at most; what waits longer would only wait for more."""


@dataclass(slots=True)
class _Append:
    batches: Sequence[Batch]
    events: Sequence[tuple[str, int, bytes]]
    done: Future[None]
    samples: int


@dataclass(slots=True)
class _Task:
    work: Callable[[Connection], Any]
    after: Callable[[], None]
    done: Future[Any]


class Writer:
    """Any thread may order; the thread inside does. `close` waits for all that was ordered before."""

    def __init__(self, database: Database, tail: Tail, ledger: Ledger, room: Room, *, next_journal: int, next_event: int) -> None:
        self._database = database
        self._tail = tail
        self._ledger = ledger
        self._room = room
        self._next_journal = next_journal
        self._next_event = next_event
        self._orders: deque[_Append | _Task] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._most_waiting = 0
        self.on_commit: Callable[[], None] = lambda: None
        """Called on the writer's thread after samples were committed."""
        self._connection = database.connect()
        self._thread = threading.Thread(target=self._run, name="history writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def append(self, batches: Sequence[Batch], events: Sequence[tuple[str, int, bytes]] = ()) -> Future[None]:
        """Keep batches (channel numbers in their columns) and events; the future is done when they are on the disk."""
        order = _Append(batches, events, Future(), sum(len(batch.columns) for batch in batches))
        self._order(order)
        return order.done

    def do(self, work: Callable[[Connection], Any], after: Callable[[], None] = lambda: None) -> Future[Any]:
        """Do something in a transaction of its own, then `after` it is committed; the future brings what `work` returned."""
        task = _Task(work, after, Future())
        self._order(task)
        return task.done

    @property
    def next_gap(self) -> int:
        """A number for a gap's row; within `do` alone."""
        number = self._ledger.next_gap
        self._ledger.next_gap += 1
        return number

    def progress(self, device: str, epoch: str) -> int:
        """The last sequence kept; any thread."""
        found = self._ledger.progress.get((device, epoch))
        return found.last if found else 0

    def close(self) -> None:
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()
        self._connection.close()

    def _order(self, order: _Append | _Task) -> None:
        with self._wake:
            if self._closed:
                raise HistoryClosed("the history is closed: nothing more is kept")
            self._orders.append(order)
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._orders) or self._closed)
                if not self._orders:
                    return
                orders = self._next()
            first = orders[0]
            try:
                self._connection = self._database.revived(self._connection)
                if isinstance(first, _Task):
                    self._do(first)
                else:
                    self._commit([one for one in orders if isinstance(one, _Append)])
            except Exception as error:
                told = self._room.told(error)
                if told is error:
                    _logger.exception("the history could not be written")
                elif isinstance(told, HistoryUnwritable):
                    _logger.error("%s", told)
                for one in orders:
                    if not one.done.done():
                        one.done.set_exception(told)
            else:
                self._settle()

    def _next(self) -> list[_Append | _Task]:
        """One task, or all appends that wait, up to MOST_TOGETHER."""
        orders = [self._orders.popleft()]
        samples = 0
        while isinstance(orders[-1], _Append) and self._orders and isinstance(self._orders[0], _Append):
            samples += orders[-1].samples
            if samples + self._orders[0].samples > MOST_TOGETHER:
                break
            orders.append(self._orders.popleft())
        return orders

    def _do(self, task: _Task) -> None:
        with self._connection.writing():
            result = task.work(self._connection)
        task.after()
        task.done.set_result(result)

    def _recover(self) -> None:
        """What was appended is committed: that there is room again may fail to be written down, and is tried next time."""
        try:
            self._room.committed(self._connection)
        except self._database.errors as error:
            _logger.warning("that there is room again could not be written down: %s", error)

    def _settle(self) -> None:
        try:
            self._database.settle()
        except (OSError, ValueError, *self._database.errors) as error:
            _logger.warning("the history's log could not be brought into the file and is kept: %s", error)

    def _commit(self, orders: Sequence[_Append]) -> None:
        self._room.check(self._connection)
        trial = Trial(self._ledger)
        kept = [batch.columns for order in orders for batch in order.batches if trial.takes(batch) and len(batch.columns)]
        columns = joined(kept) if kept else None
        events = [event for order in orders for event in order.events]
        self._write_surely(trial, columns, events)
        self._ledger.accept(trial)
        self._next_event += len(events)
        if columns is not None:
            self._tail.add(self._next_journal, columns)
            self._next_journal += 1
        self._recover()
        for order in orders:
            order.done.set_result(None)
        self.on_commit()

    def _write_surely(self, trial: Trial, columns: Columns | None, events: Sequence[tuple[str, int, bytes]]) -> None:
        """Write and commit; once more over a new connection where a server let go of the old one without having committed."""
        before = self._connection
        try:
            with before.writing():
                self._write(trial, columns, events)
        except self._database.errors:
            self._connection = self._database.revived(before)
            if self._connection is before:
                raise
            if not self._was_committed(columns is not None, trial, len(events)):
                with self._connection.writing():
                    self._write(trial, columns, events)

    def _was_committed(self, samples: bool, trial: Trial, events: int) -> bool:
        if samples:
            return bool(self._connection.rows("SELECT 1 FROM journal WHERE id = ?", (self._next_journal,)))
        if events:
            return bool(self._connection.rows("SELECT 1 FROM events WHERE id = ?", (self._next_event,)))
        found = {progress_of(row)[:2]: progress_of(row)[2] for row in self._connection.rows(every("devices"))}
        return all(found.get(key) == progress for key, progress in trial.progress.items())

    def _write(self, trial: Trial, columns: Columns | None, events: Sequence[tuple[str, int, bytes]]) -> None:
        connection = self._connection
        if columns is not None:
            connection.insert("journal", COLUMNS["journal"], [journal_row(self._next_journal, pack_light(columns))])
        for (device, epoch), progress in trial.progress.items():
            put_progress(connection, device, epoch, progress)
        for number in trial.closed:
            connection.run("DELETE FROM gaps WHERE id = ?", (number,))
        if trial.opened:
            connection.insert("gaps", COLUMNS["gaps"], [gap_row(number, gap) for number, gap in trial.opened.items()])
        if events:
            rows = [event_row(Event(self._next_event + i, *event)) for i, event in enumerate(events)]
            connection.insert("events", COLUMNS["events"], rows)
