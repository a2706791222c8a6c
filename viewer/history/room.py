"""Room on the disk: a ballast file that is given up when the disk is full, so that this can still be written down."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from viewer.base.clock import Clock
from viewer.history.database import Connection, Database
from viewer.history.records import Gap, HistoryFull, HistoryUnwritable
from viewer.history.rows import COLUMNS, gap_row

_logger = logging.getLogger(__name__)
DISK_FULL = "disk full"
_CHUNK = 1 << 20


def free_bytes(folder: Path) -> int:
    """Bytes that can still be written there."""
    return shutil.disk_usage(folder).free


class Room:
    """Whether there is room. The writer's thread; `full_since_ns` from any thread."""

    def __init__(
        self,
        database: Database,
        folder: Path | None,
        clock: Clock,
        *,
        ballast_bytes: int,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        self._ballast_bytes = ballast_bytes
        self._free = free
        self._gap: int | None = None
        self.full_since_ns: int | None = None
        self.take_number: Callable[[], int] = lambda: 0
        """Gives the row for a gap."""
        if folder is not None:
            self._lay(folder)

    def told(self, error: Exception) -> Exception:
        """What the one who ordered is told: HistoryFull where there was no room, HistoryUnwritable where the database failed."""
        if not isinstance(error, self._database.errors):
            return error
        if not self._database.is_full(error):
            return HistoryUnwritable(f"the history can't be written, nothing is acknowledged: {error}: {self._database.name}")
        if self.full_since_ns is None:
            self.full_since_ns = self._clock.now_ns()
            _logger.error("the history is full, nothing is acknowledged: %s", error)
        if self._folder is not None:
            self._ballast(self._folder).unlink(missing_ok=True)
        return self._refusal()

    def check(self, connection: Connection) -> None:
        """Before a commit: while it is full, write down that it is. Raises HistoryFull while there is certainly no room."""
        if self.full_since_ns is None:
            return
        if self._gap is None:
            self._note(connection)
        if self._folder is not None and self._free(self._folder) < 2 * self._ballast_bytes:
            raise self._refusal()

    def committed(self, connection: Connection) -> None:
        """After a commit: where it was full, there is room again; write down until when it was."""
        if self.full_since_ns is None:
            return
        self._note(connection)
        if self._folder is not None:
            self._lay(self._folder)
        _logger.warning("the history has room again after %.0f s", (self._clock.now_ns() - self.full_since_ns) / 1e9)
        self.full_since_ns, self._gap = None, None

    def _note(self, connection: Connection) -> None:
        """The gap that says from when to when nothing was acknowledged; written as soon as the ballast makes room."""
        if self.full_since_ns is None:
            return
        if self._gap is None:
            self._gap = self.take_number()
        gap = Gap("", "", 0, 0, self.full_since_ns, max(self._clock.now_ns(), self.full_since_ns), DISK_FULL)
        with connection.writing():
            connection.run("DELETE FROM gaps WHERE id = ?", (self._gap,))
            connection.insert("gaps", COLUMNS["gaps"], [gap_row(self._gap, gap)])

    def _refusal(self) -> HistoryFull:
        return HistoryFull(
            "nothing is kept since the disk is full: free room or let the history forget more, it goes on by itself: "
            + self._database.name
        )

    def _ballast(self, folder: Path) -> Path:
        return folder / "ballast"

    def _lay(self, folder: Path) -> None:
        """Bytes that take room for sure: written, not only promised."""
        path = self._ballast(folder)
        if path.exists() and path.stat().st_size == self._ballast_bytes:
            return
        block = os.urandom(_CHUNK)
        try:
            with path.open("wb") as file:
                for first in range(0, self._ballast_bytes, _CHUNK):
                    file.write(block[: self._ballast_bytes - first])
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            path.unlink(missing_ok=True)
            _logger.warning("there is no room for the ballast of %d bytes: %s", self._ballast_bytes, error)
