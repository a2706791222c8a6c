"""Damage that is met becomes a gap, once: by readers, and by a look at all pages after opening."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from viewer.base.errors import GenchiError
from viewer.history.database import Connection, Database
from viewer.history.records import Gap
from viewer.history.roster import Roster
from viewer.history.rows import COLUMNS, gap_of, gap_row
from viewer.history.view import Damage, named
from viewer.history.writer import Writer

_logger = logging.getLogger(__name__)
_EARLIEST_NS, _LATEST_NS = -(1 << 63), (1 << 63) - 1
_LOOKED_AT_FIRST = 256 << 20
"""Up to this length of the file its pages are looked at before anything is answered, beyond it meanwhile."""
_MOST_NAMED = 20


class Guard:
    """Any thread."""

    def __init__(self, database: Database, writer: Writer, roster: Roster) -> None:
        self._database = database
        self._writer = writer
        self._roster = roster
        self._lock = threading.Lock()
        self._told: dict[tuple[str, int], Gap] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._look, name="history guard", daemon=True)

    def start(self, lost: Sequence[Gap]) -> None:
        """Write down what was lost on opening, and look at the pages."""
        if lost:
            self._writer.do(lambda connection: self.put(connection, lost)).result()
        self._thread.start()
        if self._database.file_bytes <= _LOOKED_AT_FIRST:
            self._thread.join()

    def close(self) -> None:
        """Wait for the look; damage that is met from now on is only told."""
        self._closed = True
        self._thread.join()

    def told(self) -> list[Gap]:
        """What was met since opening, also where it could not be written down."""
        with self._lock:
            return list(self._told.values())

    def met(self, damage: Damage) -> None:
        """A reader met a damaged row; nothing of it was answered. A damaged tile hides nothing: it is made from the samples."""
        cause = f"damaged: {damage.table} {damage.number}"
        gap = Gap("", "", 0, 0, damage.t0_ns, damage.t1_ns, cause, named(self._roster, damage.owner))
        key = (damage.table, damage.number)
        with self._lock:
            if key in self._told or damage.table != "blocks":
                return
            self._told[key] = gap
        _logger.error("a block of the history is damaged: %s of %s", cause, self._database.name)
        if not self._closed:
            self._writer.do(lambda connection: self.put(connection, [gap]))

    def _look(self) -> None:
        """What a page that was changed from outside may hide is named before it is missed."""
        try:
            wrong = self._database.wrong_pages()
        except (OSError, ValueError) as error:
            _logger.error("the pages of the history can't be checked: %s", error)
            return
        if not wrong:
            return
        pages = ", ".join(str(page) for page in wrong[:_MOST_NAMED]) + (" …" if len(wrong) > _MOST_NAMED else "")
        gap = Gap("", "", 0, 0, _EARLIEST_NS, _LATEST_NS, f"damaged: pages {pages}")
        with self._lock:
            self._told["pages", wrong[0]] = gap
        _logger.error("the history is not as it was written: %s of %s", gap.cause, self._database.name)
        try:
            self._writer.do(self._database.heal).result()
            self._writer.do(lambda connection: self.put(connection, [gap])).result()
        except (GenchiError, *self._database.errors) as error:
            _logger.error("the history could not be mended: %s", error)

    def put(self, connection: Connection, gaps: Sequence[Gap]) -> None:
        """Those that are not there yet: the same damage is met again after each opening."""
        known = [gap_of(row)[1] for row in connection.rows("SELECT id, t0, t1, body FROM gaps")]
        rows = [gap_row(self._writer.next_gap, gap) for gap in gaps if gap not in known]
        connection.insert("gaps", COLUMNS["gaps"], rows)
