"""Looks at every row and every page, and says what is not as it was written."""

from __future__ import annotations

from collections.abc import Callable

from viewer.base.job import Job
from viewer.history.cells import unpack_cells
from viewer.history.database import Connection, Database, Row
from viewer.history.pack import unpack
from viewer.history.records import Finding
from viewer.history.rows import (
    COLUMNS,
    block_of,
    channel_of,
    event_of,
    gap_of,
    journal_of,
    level_of,
    mark_of,
    progress_of,
    tile_of,
)
from viewer.history.seal import Damaged

_AT_ONCE = 500
_READ: dict[str, Callable[[Row], object]] = {
    "channels": channel_of,
    "devices": progress_of,
    "journal": lambda row: unpack(journal_of(row)[1]),
    "blocks": lambda row: unpack(block_of(row)[1].body),
    "tiles": lambda row: unpack_cells(tile_of(row)[1].body),
    "levels": level_of,
    "gaps": gap_of,
    "events": event_of,
    "marks": mark_of,
}


def verify(database: Database, connection: Connection, job: Job) -> tuple[Finding, ...]:
    """All that is wrong, in order: the file itself, then row by row. Raises Cancelled."""
    found = list(database.findings(connection))
    for i, table in enumerate(COLUMNS):
        job.progress(i / len(COLUMNS), f"checking {table}")
        try:
            found += _table(connection, table, job)
        except database.errors as error:
            found.append(Finding(table, str(error)))
    job.progress(1.0)
    return tuple(found)


def _table(connection: Connection, table: str, job: Job) -> list[Finding]:
    columns = COLUMNS[table]
    key = ", ".join(columns[: 2 if table in ("devices", "levels") else 1])
    places = ", ".join("?" for _ in key.split(", "))
    found: list[Finding] = []
    after: tuple[object, ...] = ()
    while True:
        where = f"WHERE ({key}) > ({places})" if after else ""
        sql = f"SELECT {', '.join(columns)} FROM {table} {where} ORDER BY {key} LIMIT {_AT_ONCE}"
        rows = connection.rows(sql, [value for value in after if isinstance(value, int | str)])
        for row in rows:
            try:
                _READ[table](row)
            except (Damaged, ValueError, TypeError) as error:
                found.append(Finding(f"{table} {row[0]}", str(error)))
        if len(rows) < _AT_ONCE:
            return found
        after = rows[-1][: len(key.split(", "))]
        job.check()
