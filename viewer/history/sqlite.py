"""The historian's rows in one SQLite file: WAL, and a commit is on the disk before it returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from viewer.history.database import Row, Value
from viewer.history.schema import VERSION, migrate

_PAGE_SIZE = 8192
_CACHE_KIB = 32 * 1024
_MAP_BYTES = 1 << 30
_BUSY_S = 30.0


class SqliteConnection:
    """One connection to the file."""

    def __init__(self, path: Path) -> None:
        self._raw = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        self._raw.execute(f"PRAGMA page_size={_PAGE_SIZE}")
        self._raw.execute("PRAGMA journal_mode=WAL")
        self._raw.execute("PRAGMA synchronous=FULL")
        self._raw.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._raw.execute(f"PRAGMA mmap_size={_MAP_BYTES}")
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
    """The file and its connections."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (sqlite3.Error,)

    @property
    def name(self) -> str:
        return str(self.path)

    def prepare(self) -> None:
        """Make the file, or bring its tables up to date. Raises UserMistake for a newer version."""
        connection = self.connect()
        try:
            with connection.writing():
                version = connection.rows("PRAGMA user_version")[0][0]
                if version != VERSION:
                    migrate(connection, bytes_type="BLOB", version=int(str(version)))
                    connection.run(f"PRAGMA user_version={VERSION}")
        finally:
            connection.close()

    def connect(self) -> SqliteConnection:
        return SqliteConnection(self.path)

    def is_full(self, error: Exception) -> bool:
        code = getattr(error, "sqlite_errorcode", None)
        return (
            isinstance(error, sqlite3.Error) and code is not None and code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        )
