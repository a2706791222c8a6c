"""What the historian asks of a database: short SQL that SQLite and PostgreSQL both speak, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

Value = int | float | str | bytes | None
Row = tuple[Value, ...]


class Connection(Protocol):
    """One connection, used by one thread at a time. Places for values are written `?`."""

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of a question."""
        ...

    def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Change something; how many rows."""
        ...

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Many rows the fastest way there is."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """A transaction that is on the disk when it is left, or undone where it is left by an error."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """A view of the database as it is now, whatever others write meanwhile."""
        ...

    def close(self) -> None: ...


class Database(Protocol):
    """Where the rows are."""

    def connect(self) -> Connection:
        """One more connection. Any thread."""
        ...

    def is_full(self, error: Exception) -> bool:
        """Whether this error says that there is no room left."""
        ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the database raises."""
        ...

    @property
    def name(self) -> str:
        """What people read."""
        ...
