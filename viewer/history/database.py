"""What the historian asks of a database: short SQL that SQLite and PostgreSQL both speak, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from viewer.history.records import Finding

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

    def revived(self, connection: Any) -> Any:
        """The connection, or a new one where a server let go of it. Raises what `connect` raises."""
        ...

    def is_full(self, error: Exception) -> bool:
        """Whether this error says that there is no room left."""
        ...

    def settle(self) -> None:
        """What is to be done now and then between commits. The writer's thread."""
        ...

    def findings(self, connection: Any) -> list[Finding]:
        """What is wrong with the database itself, rows aside."""
        ...

    @property
    def file_bytes(self) -> int:
        """How much there is whose pages can be wrong; 0 where a server minds them."""
        ...

    def wrong_pages(self) -> list[int]:
        """Pages that are not what was written. Any thread."""
        ...

    def heal(self, connection: Any) -> None:
        """Make anew what can be made from the rows, in the open transaction."""
        ...

    def close(self) -> None:
        """After the last connection."""
        ...

    @property
    def lost(self) -> list[str]:
        """What could not be read on opening, as sentences."""
        ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the database raises."""
        ...

    @property
    def name(self) -> str:
        """What people read."""
        ...
