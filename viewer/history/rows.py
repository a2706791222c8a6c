"""The historian's rows: how each is sealed to its place, written and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from viewer.history.database import Connection, Row
from viewer.history.records import Event, Gap
from viewer.history.seal import seal, unseal
from viewer.twin.catalogue import ChannelInfo

_CHANGED = "DO UPDATE SET body = excluded.body"


class KnownChannel(msgspec.Struct, frozen=True, array_like=True):
    """A channel as it is kept: what it is, and where its samples go."""

    number: int
    info: ChannelInfo
    owner: int | None = None
    """Its own number, or below 0 for a group of slow ones; None until it first has samples in blocks."""


class Progress(msgspec.Struct, frozen=True, array_like=True):
    """How far a device's epoch is kept."""

    last: int
    newest_ns: int


@dataclass(frozen=True, slots=True)
class Block:
    """One packed piece, ready to be written."""

    owner: int
    t0: int
    t1: int
    n: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Tile:
    """One packed piece of the pyramid; done 1 for a finished tile of one channel, 0 for what still grows."""

    owner: int
    shift: int
    tile: int
    done: int
    body: bytes


def whole(value: object) -> int:
    """A whole number of the database. Raises TypeError where it is something else."""
    if not isinstance(value, int):
        raise TypeError(f"a whole number was expected, not {value!r}")
    return value


def content(value: object) -> bytes:
    """Bytes of the database. Raises TypeError where it is something else."""
    if not isinstance(value, bytes):
        raise TypeError(f"bytes were expected, not {type(value).__name__}")
    return value


def text(value: object) -> str:
    """Text of the database. Raises TypeError where it is something else."""
    if not isinstance(value, str):
        raise TypeError(f"text was expected, not {type(value).__name__}")
    return value


def put_mark(connection: Connection, name: str, value: int) -> None:
    """Keep one number under a name."""
    body = seal(str(value).encode(), "marks", name)
    sql = f"INSERT INTO marks (name, body) VALUES (?, ?) ON CONFLICT (name) {_CHANGED}"
    connection.run(sql, (name, body))


def mark(connection: Connection, name: str, default: int = 0) -> int:
    """The number kept under a name."""
    found = connection.rows("SELECT body FROM marks WHERE name = ?", (name,))
    return int(unseal(content(found[0][0]), "marks", name)) if found else default


def put_channel(connection: Connection, channel: KnownChannel) -> None:
    """Keep a channel, new or changed."""
    body = seal(msgspec.msgpack.encode(channel), "channels", channel.number)
    sql = f"INSERT INTO channels (number, body) VALUES (?, ?) ON CONFLICT (number) {_CHANGED}"
    connection.run(sql, (channel.number, body))


def channel_of(row: Row) -> KnownChannel:
    number = whole(row[0])
    return msgspec.msgpack.decode(unseal(content(row[1]), "channels", number), type=KnownChannel)


def put_progress(connection: Connection, device: str, epoch: str, progress: Progress) -> None:
    """Keep how far a device's epoch has come."""
    body = seal(msgspec.msgpack.encode(progress), "devices", device, epoch)
    sql = f"INSERT INTO devices (device, epoch, body) VALUES (?, ?, ?) ON CONFLICT (device, epoch) {_CHANGED}"
    connection.run(sql, (device, epoch, body))


def progress_of(row: Row) -> tuple[str, str, Progress]:
    device, epoch = text(row[0]), text(row[1])
    return device, epoch, msgspec.msgpack.decode(unseal(content(row[2]), "devices", device, epoch), type=Progress)


def journal_row(number: int, packed: bytes) -> Row:
    return (number, seal(packed, "journal", number))


def journal_of(row: Row) -> tuple[int, bytes]:
    return whole(row[0]), unseal(content(row[1]), "journal", whole(row[0]))


def block_row(number: int, block: Block) -> Row:
    place = (block.owner, block.t0, block.t1, block.n)
    return (number, *place, seal(block.body, "blocks", number, *place))


def block_of(row: Row) -> tuple[int, Block]:
    number, owner, t0, t1, n = (whole(one) for one in row[:5])
    return number, Block(owner, t0, t1, n, unseal(content(row[5]), "blocks", number, owner, t0, t1, n))


def tile_row(number: int, tile: Tile) -> Row:
    place = (tile.owner, tile.shift, tile.tile, tile.done)
    return (number, *place, seal(tile.body, "tiles", number, *place))


def tile_of(row: Row) -> tuple[int, Tile]:
    number, owner, shift, tile, done = (whole(one) for one in row[:5])
    return number, Tile(owner, shift, tile, done, unseal(content(row[5]), "tiles", number, owner, shift, tile, done))


def put_level(connection: Connection, owner: int, shift: int, done: int) -> None:
    """Keep up to which tile (not included) an owner's level is finished."""
    body = seal(str(done).encode(), "levels", owner, shift)
    sql = f"INSERT INTO levels (owner, shift, body) VALUES (?, ?, ?) ON CONFLICT (owner, shift) {_CHANGED}"
    connection.run(sql, (owner, shift, body))


def level_of(row: Row) -> tuple[int, int, int]:
    owner, shift = whole(row[0]), whole(row[1])
    return owner, shift, int(unseal(content(row[2]), "levels", owner, shift))


def mark_of(row: Row) -> int:
    return int(unseal(content(row[1]), "marks", text(row[0])))


def levels_of(connection: Connection, owner: int) -> dict[int, int]:
    """By shift, up to which tile each level of an owner is finished."""
    found = connection.rows("SELECT shift, body FROM levels WHERE owner = ? ORDER BY shift", (owner,))
    return {whole(row[0]): int(unseal(content(row[1]), "levels", owner, whole(row[0]))) for row in found}


def gap_row(number: int, gap: Gap) -> Row:
    return (number, gap.t0_ns, gap.t1_ns, seal(msgspec.msgpack.encode(gap), "gaps", number, gap.t0_ns, gap.t1_ns))


def gap_of(row: Row) -> tuple[int, Gap]:
    number, t0, t1 = (whole(one) for one in row[:3])
    return number, msgspec.msgpack.decode(unseal(content(row[3]), "gaps", number, t0, t1), type=Gap)


def event_row(event: Event) -> Row:
    return (event.number, event.kind, event.t_ns, seal(event.payload, "events", event.number, event.kind, event.t_ns))


def event_of(row: Row) -> Event:
    number, kind, t_ns = whole(row[0]), text(row[1]), whole(row[2])
    return Event(number, kind, t_ns, unseal(content(row[3]), "events", number, kind, t_ns))


COLUMNS: dict[str, Sequence[str]] = {
    "channels": ("number", "body"),
    "devices": ("device", "epoch", "body"),
    "journal": ("id", "body"),
    "blocks": ("id", "owner", "t0", "t1", "n", "body"),
    "tiles": ("id", "owner", "shift", "tile", "done", "body"),
    "levels": ("owner", "shift", "body"),
    "gaps": ("id", "t0", "t1", "body"),
    "events": ("id", "kind", "t", "body"),
    "marks": ("name", "body"),
}
"""The columns of each table, in the order in which its rows are written and read."""


def every(table: str) -> str:
    """The question for all rows of a table in their order."""
    columns = COLUMNS[table]
    return (
        f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(columns[: 2 if columns[0] in ('device', 'owner') else 1])}"
    )
