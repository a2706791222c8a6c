"""The historian's rows on a PostgreSQL server, for when one machine is outgrown; the same questions, the same answers."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.history.database import Row, Value
from viewer.history.records import Finding
from viewer.history.schema import VERSION, migrate
from viewer.history.store import MOVE_AT, History

if TYPE_CHECKING:
    import psycopg

_TEXTS = {"device", "epoch", "kind", "name"}
_LOCK_WAIT_S = 3
_COPY_FROM = 8
"""From so many rows on they are copied; below it, that costs more than it brings."""


class PostgresHistory(History):
    """A history in one schema of a PostgreSQL database. The server's disk is its own matter: there is no ballast."""

    def __init__(self, server: str, clock: Clock, *, schema: str = "genchi_history", move_at: int = MOVE_AT) -> None:
        """`server` as libpq reads it, such as `host=historian dbname=plant user=genchi`.

        Raises UserMistake where the extra `postgres` is missing, the server can't be reached, or another gateway has it open.
        """
        self._begin(PostgresDatabase(server, schema), None, clock, 0, move_at)


class PostgresConnection:
    """One connection to the server."""

    def __init__(self, server: str, schema: str) -> None:
        self.raw: psycopg.Connection[tuple[Any, ...]] = _psycopg().connect(server, autocommit=True, connect_timeout=10)
        self.raw.execute(_placed(f'SET search_path TO "{schema}"'))
        self.raw.execute("SET synchronous_commit TO on")

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return self.raw.execute(_placed(sql), values).fetchall()

    def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        return self.raw.execute(_placed(sql), values).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        names = ", ".join(columns)
        with self.raw.cursor() as cursor:
            if len(rows) < _COPY_FROM:
                cursor.executemany(_placed(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' for _ in columns)})"), rows)
                return
            with cursor.copy(_placed(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)")) as copy:
                copy.set_types([_type(column) for column in columns])
                for row in rows:
                    copy.write_row(row)

    @contextmanager
    def writing(self) -> Generator[None]:
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def reading(self) -> Generator[None]:
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield

    def close(self) -> None:
        self.raw.close()

    @contextmanager
    def _transaction(self, begin: str) -> Generator[None]:
        self.raw.execute(_placed(begin))
        try:
            yield
            self.raw.execute("COMMIT")
        except BaseException:
            if not self.raw.closed:
                self.raw.rollback()
            raise


class PostgresDatabase:
    """A schema of a server."""

    def __init__(self, server: str, schema: str) -> None:
        if not schema.replace("_", "").isalnum():
            raise UserMistake(f"a schema's name has letters, digits and _, not «{schema}»")
        self._server = server
        self._schema = schema
        self._errors: tuple[type[Exception], ...] = (_psycopg().Error,)
        self.lost: list[str] = []
        self._keeper = self._kept()

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return self._errors

    @property
    def name(self) -> str:
        return f"schema {self._schema} on the PostgreSQL server"

    @property
    def file_bytes(self) -> int:
        return 0

    def connect(self) -> PostgresConnection:
        return PostgresConnection(self._server, self._schema)

    def revived(self, connection: PostgresConnection) -> PostgresConnection:
        """The connection, or a new one where the server let go of it. Raises the server's errors while it is away."""
        if self._keeper.raw.closed or self._keeper.raw.broken:
            self._keeper = self._kept()
        return self.connect() if connection.raw.closed or connection.raw.broken else connection

    def is_full(self, error: Exception) -> bool:
        return isinstance(error, _psycopg().errors.DiskFull)

    def settle(self) -> None:
        """Nothing: the server minds its log itself."""

    def wrong_pages(self) -> list[int]:
        return []

    def heal(self, connection: PostgresConnection) -> None:
        """Nothing: damaged indexes are the server's administrator's."""

    def findings(self, connection: PostgresConnection) -> list[Finding]:
        """Whether the server checks its own pages; rows have checksums of their own."""
        if connection.rows("SHOW data_checksums")[0][0] == "on":
            return []
        return [Finding("server", "its page checksums are off: switch them on with pg_checksums --enable")]

    def close(self) -> None:
        self._keeper.close()

    def _kept(self) -> PostgresConnection:
        """The connection that holds the schema for this gateway alone, with all tables there."""
        try:
            connection = self.connect()
        except self._errors as error:
            raise UserMistake(f"the history's PostgreSQL server can't be reached: {error}") from error
        try:
            # The server notices a moment later that the gateway before is gone, so that a restart must wait for it.
            connection.run(f"SET lock_timeout = '{_LOCK_WAIT_S}s'")
            connection.rows("SELECT pg_advisory_lock(hashtext(?))", (self._schema,))
            connection.run("SET lock_timeout = 0")
        except self._errors as error:
            connection.close()
            raise UserMistake(f"the history can't be opened, another gateway has it open: {self.name}") from error
        with connection.writing():
            connection.run(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"')
            connection.run("CREATE TABLE IF NOT EXISTS version (number BIGINT NOT NULL)")
            found = connection.rows("SELECT number FROM version")
            version = int(str(found[0][0])) if found else 0
            if version != VERSION:
                migrate(connection, bytes_type="BYTEA", version=version)
                connection.run("DELETE FROM version")
                connection.run("INSERT INTO version (number) VALUES (?)", (VERSION,))
        return connection


def _placed(sql: str) -> Any:
    return sql.replace("?", "%s")


def _type(column: str) -> str:
    return "text" if column in _TEXTS else "bytea" if column == "body" else "int8"


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise UserMistake("a history on PostgreSQL needs the extra «postgres»: pip install 'genchi[postgres]'") from error
    return psycopg
