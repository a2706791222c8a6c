"""What the historian forgets on purpose: samples by age and size, the pyramid later, and never without writing it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from viewer.base.ids import matching
from viewer.base.job import Job
from viewer.history.cells import TILE_BITS
from viewer.history.database import Connection, Database
from viewer.history.lanes import members
from viewer.history.roster import Roster
from viewer.history.rows import mark, put_mark, whole
from viewer.history.view import PRUNED, kept_from
from viewer.history.writer import Writer

FORGOTTEN = "history forgotten"
"""The kind of the event that says what was forgotten."""
_AT_ONCE = 500
_PACKED_TABLES = ("journal", "blocks", "tiles", "events")


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the channels that match a glob are kept. The first rule that matches counts; without one, for good."""

    channels: str
    keep_s: float
    pyramid_s: float | None = None
    """How long least and greatest values are kept for drawing, at least `keep_s`; None is for good."""


class Forgotten(msgspec.Struct, frozen=True):
    """What one retention took away."""

    samples: int
    tiles: int
    before_ns: int
    """The latest time of what was taken."""


@dataclass(frozen=True, slots=True)
class _Old:
    number: int
    owner: int
    t1: int
    n: int


def retain(
    database: Database,
    writer: Writer,
    roster: Roster,
    rules: Sequence[Retention],
    most_bytes: int | None,
    now_ns: int,
    job: Job,
) -> Forgotten:
    """Forget what the rules allow, then the oldest samples of all until all packed rows take at most `most_bytes`.

    Slow channels share blocks: a block goes when the last of its channels may. Raises Cancelled; what is forgotten stays so.
    """
    connection = database.connect()
    try:
        cutoffs = _cutoffs(roster, rules, now_ns)
        old = _expired(connection, {owner: raw for owner, (raw, _) in cutoffs.items()})
        samples, before_ns = _drop(writer, old, job)
        tiles = sum(_drop_tiles(writer, roster, owner, cutoff) for owner, (_, cutoff) in cutoffs.items() if cutoff is not None)
        if most_bytes is not None:
            more, later_ns = _drop(writer, _oldest(connection, most_bytes), job)
            samples, before_ns = samples + more, max(before_ns, later_ns)
    finally:
        connection.close()
    forgotten = Forgotten(samples, tiles, before_ns)
    if samples or tiles:
        writer.append((), ((FORGOTTEN, now_ns, msgspec.json.encode(forgotten)),)).result()
    return forgotten


def _cutoffs(roster: Roster, rules: Sequence[Retention], now_ns: int) -> dict[int, tuple[int, int | None]]:
    """By owner, before when samples and (where at all) tiles may go: the longest keep of its channels decides."""
    rule_of: dict[str, Retention] = {}
    for rule in reversed(rules):
        rule_of.update(dict.fromkeys(matching([one.info.id for one in roster.known()], rule.channels), rule))
    found: dict[int, tuple[int, int | None]] = {}
    kept: set[int] = set()
    for one in roster.known():
        if one.owner is None:
            continue
        rule = rule_of.get(one.info.id)
        if rule is None:
            kept.add(one.owner)
            continue
        raw = now_ns - round(rule.keep_s * 1e9)
        tiles = None if rule.pyramid_s is None else now_ns - round(max(rule.pyramid_s, rule.keep_s) * 1e9)
        before = found.get(one.owner, (raw, tiles))
        either = None if tiles is None or before[1] is None else min(tiles, before[1])
        found[one.owner] = min(raw, before[0]), either
    return {owner: cutoff for owner, cutoff in found.items() if owner not in kept}


def _expired(connection: Connection, cutoffs: dict[int, int]) -> list[_Old]:
    found: list[_Old] = []
    for owner, cutoff in cutoffs.items():
        rows = connection.rows(
            "SELECT id, owner, t1, n FROM blocks WHERE owner = ? AND t0 < ? AND t1 < ?", (owner, cutoff, cutoff)
        )
        found += [_Old(*(whole(value) for value in row)) for row in rows]
    return found


def _oldest(connection: Connection, most_bytes: int) -> list[_Old]:
    sizes = [connection.rows(f"SELECT COALESCE(SUM(LENGTH(body)), 0) FROM {table}")[0][0] for table in _PACKED_TABLES]
    excess = sum(int(str(size)) for size in sizes) - most_bytes
    found: list[_Old] = []
    if excess <= 0:
        return found
    for row in connection.rows("SELECT id, owner, t1, n, LENGTH(body) FROM blocks ORDER BY t1, id"):
        if excess <= 0:
            break
        found.append(_Old(*(whole(value) for value in row[:4])))
        excess -= whole(row[4])
    return found


def _drop(writer: Writer, old: Sequence[_Old], job: Job) -> tuple[int, int]:
    for first in range(0, len(old), _AT_ONCE):
        job.progress(first / len(old), "forgetting samples")
        some = old[first : first + _AT_ONCE]
        writer.do(lambda connection, some=some: _delete(connection, some)).result()
    return sum(one.n for one in old), max((one.t1 for one in old), default=0)


def _delete(connection: Connection, old: Sequence[_Old]) -> None:
    until: dict[int, int] = {}
    for one in old:
        connection.run("DELETE FROM blocks WHERE id = ?", (one.number,))
        until[one.owner] = max(until.get(one.owner, one.t1), one.t1)
    for owner, t1 in until.items():
        put_mark(connection, kept_from(owner), max(mark(connection, kept_from(owner), t1 + 1), t1 + 1))
    put_mark(connection, PRUNED, mark(connection, PRUNED) + 1)


def _drop_tiles(writer: Writer, roster: Roster, owner: int, cutoff: int) -> int:
    """Finished tiles of the owner's channels that end before the cutoff."""
    numbers = [one.number for one in roster.known() if one.number in members(owner) and one.owner == owner]

    def work(connection: Connection) -> int:
        gone = 0
        for number in numbers:
            shifts = connection.rows("SELECT DISTINCT shift FROM tiles WHERE owner = ? AND done = 1", (number,))
            for shift in (whole(row[0]) for row in shifts):
                before = cutoff >> (shift + TILE_BITS)
                sql = "DELETE FROM tiles WHERE owner = ? AND shift = ? AND tile < ? AND done = 1"
                gone += connection.run(sql, (number, shift, before))
        return gone

    gone: int = writer.do(work).result()
    return gone
