"""The historian's rows in one SQLite file: WAL, a commit is on the disk before it returns, each page has a checksum beside it."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.history.database import Row, Value
from viewer.history.pages import PageSums
from viewer.history.records import Finding
from viewer.history.schema import VERSION, migrate

_logger = logging.getLogger(__name__)
_PAGE_SIZE = 8192
_CACHE_KIB = 32 * 1024
_BUSY_S = 30.0
_SETTLE_MS = 50
_LOG_BYTES = 64 << 20
"""From here on the log is brought into the file."""


class SqliteConnection:
    """One connection to the file."""

    def __init__(self, path: Path) -> None:
        self._raw = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        self._raw.execute(f"PRAGMA page_size={_PAGE_SIZE}")
        self._raw.execute("PRAGMA journal_mode=WAL")
        self._raw.execute("PRAGMA synchronous=FULL")
        # Checkpoints are ordered by the database below, which must know each page before it changes.
        self._raw.execute("PRAGMA wal_autocheckpoint=0")
        self._raw.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._raw.execute("PRAGMA cell_size_check=ON")
        self._raw.execute("PRAGMA trusted_schema=OFF")

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return self._raw.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        return self._raw.execute(sql, values).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        places = ", ".join("?" for _ in columns)
        self._raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    @contextmanager
    def writing(self) -> Generator[None]:
        self._raw.execute("BEGIN IMMEDIATE")
        with self._ended():
            yield

    @contextmanager
    def reading(self) -> Generator[None]:
        self._raw.execute("BEGIN")
        with self._ended():
            yield

    def close(self) -> None:
        self._raw.close()

    @contextmanager
    def _ended(self) -> Generator[None]:
        try:
            yield
            self._raw.execute("COMMIT")
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise


class SqliteDatabase:
    """The file `history.db` of a folder and its connections."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Raises UserMistake where the folder can't be used, another program has it open, or it is of a newer version."""
        self._folder = folder
        self._clock = clock
        self._lock = _locked(folder)
        self.path = folder / "history.db"
        self._sums = PageSums(self.path, _PAGE_SIZE)
        self._pages_lock = threading.Lock()
        self._settle_at = _LOG_BYTES
        self.lost: list[str] = []
        """What was set aside on opening, as sentences."""
        try:
            self._keep_damaged_log()
            self._keeper = self._opened()
            self._keeper.rows(f"PRAGMA busy_timeout={_SETTLE_MS}")
            self.settle(force=True)
        except BaseException:
            self._lock.close()
            raise

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (sqlite3.Error,)

    @property
    def name(self) -> str:
        return str(self.path)

    def connect(self) -> SqliteConnection:
        return SqliteConnection(self.path)

    def revived(self, connection: SqliteConnection) -> SqliteConnection:
        """The connection: a file lets go of none."""
        return connection

    def is_full(self, error: Exception) -> bool:
        code = getattr(error, "sqlite_errorcode", None)
        # A write that fails for want of room while the log is written comes back as an input/output error.
        return code is not None and (code == sqlite3.SQLITE_FULL or code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR_WRITE))

    def settle(self, *, force: bool = False) -> None:
        """Bring a long log into the file, checksums first. The writer's thread, outside a transaction."""
        log_bytes = self._sums.log_bytes
        if (not force and log_bytes < self._settle_at) or not self._pages_lock.acquire(blocking=force):
            return
        try:
            self._sums.follow()
            busy = self._keeper.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
        finally:
            self._pages_lock.release()
        # Somebody who reads holds the log; it is tried again when it has grown, not at every commit.
        self._settle_at = log_bytes + _LOG_BYTES // 2 if busy else _LOG_BYTES

    def wrong_pages(self) -> list[int]:
        """The pages of the file that are not what was written. Any thread; meanwhile the log is not brought into the file."""
        with self._pages_lock:
            return list(self._sums.wrong())

    @property
    def file_bytes(self) -> int:
        """How long the file is."""
        return self.path.stat().st_size

    def heal(self, connection: SqliteConnection) -> None:
        """Make the indexes anew from the rows, in the open transaction."""
        connection.run("REINDEX")

    def findings(self, connection: SqliteConnection) -> list[Finding]:
        """What is wrong with the file itself: pages, structure, indexes, log."""
        with self._pages_lock:
            return self._findings(connection)

    def _findings(self, connection: SqliteConnection) -> list[Finding]:
        found = [Finding(f"page {page}", "it is not what was written") for page in self._sums.wrong()]
        try:
            log = self._sums.log()
        except ValueError as error:
            found.append(Finding("log", str(error)))
        else:
            if log is not None and not log.sound.all():
                found.append(Finding("log", f"{int((~log.sound).sum())} of its {len(log.sound)} frames are not what was written"))
        try:
            checked = connection.rows("PRAGMA integrity_check")
        except sqlite3.Error as error:
            return [*found, Finding("structure", str(error))]
        return found + [Finding("structure", str(row[0])) for row in checked if row[0] != "ok"]

    def close(self) -> None:
        """The last connection: the log goes into the file."""
        try:
            self.settle(force=True)
        except (sqlite3.Error, OSError) as error:
            _logger.warning("the history's log stays beside it until it is opened next: %s", error)
        self._keeper.close()
        self._lock.close()

    def _opened(self) -> SqliteConnection:
        """A first connection with all tables there; what can't be read at all is set aside, and begun anew."""
        connection = None
        try:
            connection = self.connect()
            _brought_up_to_date(connection)
            connection.rows("PRAGMA schema_version")
            for row in connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
                connection.rows(f"SELECT 1 FROM {row[0]} LIMIT 1")
        except sqlite3.DatabaseError as error:
            if connection is not None:
                connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise UserMistake(f"the history can't be opened: {error}: {self.path}") from error
            self._set_aside(str(error))
            connection = self.connect()
            _brought_up_to_date(connection)
        return connection

    def _set_aside(self, why: str) -> None:
        """Keep the damaged files under other names; nothing is deleted."""
        stamp = self._clock.now_ns()
        for path in sorted(self._folder.glob("history.db*")):
            path.rename(path.with_name(path.name.replace("history.db", f"damaged-{stamp}.db", 1)))
        self.lost.append(f"damaged: {why}; set aside as damaged-{stamp}.db")
        _logger.error("the history is damaged and set aside as damaged-%d.db, a new one is begun: %s", stamp, why)

    def _keep_damaged_log(self) -> None:
        """A log with commits behind a damaged frame: SQLite would drop them without a word, so a copy is kept, and it is said."""
        try:
            log = self._sums.log()
            why = "a frame of its log is damaged, commits behind it can't be read" if log is not None and log.cut else ""
        except ValueError as error:
            why = f"its log can't be read: {error}"
        if why:
            stamp = self._clock.now_ns()
            shutil.copyfile(self.path.with_name("history.db-wal"), self._folder / f"damaged-{stamp}.db-wal")
            self.lost.append(f"damaged: {why}; a copy is kept as damaged-{stamp}.db-wal")
            _logger.error("the history lost what was newest: %s", why)


def _brought_up_to_date(connection: SqliteConnection) -> None:
    with connection.writing():
        version = int(str(connection.rows("PRAGMA user_version")[0][0]))
        if version != VERSION:
            migrate(connection, bytes_type="BLOB", version=version)
            connection.run(f"PRAGMA user_version={VERSION}")


def _locked(folder: Path) -> sqlite3.Connection:
    """Something that only one program can hold, and that is let go even when it is killed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(folder / "lock", timeout=0.0, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
    except OSError as error:
        raise UserMistake(f"the history has no folder: {error.strerror or error}: {folder}") from error
    except sqlite3.Error as error:
        raise UserMistake(f"the history can't be opened, another gateway may have it open: {error}: {folder}") from error
    return lock
