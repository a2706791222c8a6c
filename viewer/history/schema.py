"""The tables of the historian, numbered steps from each version to the next, and what every table is for."""

from __future__ import annotations

from viewer.base.errors import UserMistake
from viewer.history.database import Connection

VERSION = 1
_STEPS: tuple[tuple[str, ...], ...] = (
    (
        # Numbers for good: a channel's number never changes and is never given again.
        "CREATE TABLE channels (number BIGINT PRIMARY KEY, body {bytes} NOT NULL)",
        # The last sequence kept of each device and epoch.
        "CREATE TABLE devices (device TEXT NOT NULL, epoch TEXT NOT NULL, body {bytes} NOT NULL, PRIMARY KEY (device, epoch))",
        # One row a commit: what arrived, in the order it arrived, until it is moved into blocks.
        "CREATE TABLE journal (id BIGINT PRIMARY KEY, body {bytes} NOT NULL)",
        # Samples for keeps: of one channel (owner >= 0) or of a group of slow ones (owner < 0).
        "CREATE TABLE blocks (id BIGINT PRIMARY KEY, owner BIGINT NOT NULL, t0 BIGINT NOT NULL, t1 BIGINT NOT NULL,"
        " n BIGINT NOT NULL, body {bytes} NOT NULL)",
        "CREATE INDEX blocks_by_time ON blocks (owner, t0, t1)",
        # The pyramid: finished tiles of one channel, and what is still growing, by owner.
        "CREATE TABLE tiles (id BIGINT PRIMARY KEY, owner BIGINT NOT NULL, shift BIGINT NOT NULL, tile BIGINT NOT NULL,"
        " done BIGINT NOT NULL, body {bytes} NOT NULL)",
        "CREATE INDEX tiles_by_place ON tiles (owner, shift, tile)",
        # How far each owner's level of the pyramid is finished.
        "CREATE TABLE levels (owner BIGINT NOT NULL, shift BIGINT NOT NULL, body {bytes} NOT NULL, PRIMARY KEY (owner, shift))",
        "CREATE TABLE gaps (id BIGINT PRIMARY KEY, t0 BIGINT NOT NULL, t1 BIGINT NOT NULL, body {bytes} NOT NULL)",
        "CREATE TABLE events (id BIGINT PRIMARY KEY, kind TEXT NOT NULL, t BIGINT NOT NULL, body {bytes} NOT NULL)",
        "CREATE INDEX events_by_time ON events (t)",
        "CREATE INDEX events_by_kind ON events (kind, t)",
        # Single facts, such as up to which id the journal has been moved.
        "CREATE TABLE marks (name TEXT PRIMARY KEY, body {bytes} NOT NULL)",
    ),
)


def migrate(connection: Connection, *, bytes_type: str, version: int) -> None:
    """Bring the tables from `version` (0: none yet) to VERSION, in the open transaction. Raises UserMistake for a newer one."""
    if version > VERSION:
        raise UserMistake(f"the history is of version {version}, this program reads up to {VERSION}: use the newer program")
    for step in _STEPS[version:]:
        for statement in step:
            connection.run(statement.format(bytes=bytes_type))
