"""The spool of a device: batches on its own disk, numbered, until the gateway has acknowledged them.

A batch that `put` returned a number for survives a crash of the process and a power cut; it is forgotten only when the gateway
has it on its disk. Where the spool would outgrow its limit the oldest batches go, and the hole is told as a gap.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from viewer.base.errors import Fault
from viewer.live.device_words import Waveform
from viewer.live.terms import Samples, TimeNs
from viewer.twin.catalogue import ChannelInfo

_SCHEMA = """
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value);
CREATE TABLE IF NOT EXISTS batches (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS origins (
    device TEXT NOT NULL, epoch TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (device, epoch));
CREATE TABLE IF NOT EXISTS channels (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS losses (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL);
"""
_BUSY_S = 10.0
_DROP_SHARE = 20
"""A spool that is full drops a twentieth of its batches at once, so that the dropping is not felt."""


class SpooledBatch(msgspec.Struct, frozen=True):
    """A batch as it lies in the spool; the number is the row's."""

    complete_ns: TimeNs
    samples: Samples
    waveforms: list[Waveform] = []


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose batch it was before: one that comes twice from there is spooled once."""

    device: str
    epoch: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Loss:
    """Batches that the spool had to drop."""

    first: int
    last: int
    t0_ns: int
    t1_ns: int


class Spool:
    """Any thread; each call holds a lock, and `put` waits for the disk. Raises Fault where the disk refuses."""

    def __init__(self, path: Path | None, *, most_bytes: int = 2_000_000_000) -> None:
        """`path`: the file; None keeps batches in memory only, for a device without a disk."""
        self._lock = threading.Lock()
        self._most_bytes = most_bytes
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._base = sqlite3.connect(
                ":memory:" if path is None else path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.executescript(_SCHEMA)
            self.epoch = self._epoch()
        except sqlite3.Error as error:
            raise Fault(f"the spool can't be opened ({error}): {path}") from error
        self._bytes, self._count = self._sized()

    def put(self, batches: Sequence[tuple[Origin | None, SpooledBatch]]) -> int:
        """Keep them in this order; the number of the last one, on the disk when this returns. Those whose origin was there
        before are left out; several of one origin are its parts."""
        with self._lock:
            try:
                self._base.execute("BEGIN IMMEDIATE")
                fresh: dict[Origin, bool] = {}
                for origin, batch in batches:
                    if origin is not None and origin not in fresh:
                        fresh[origin] = self._is_new(origin)
                    if origin is None or fresh[origin]:
                        body = msgspec.msgpack.encode(batch)
                        self._base.execute("INSERT INTO batches (body) VALUES (?)", (body,))
                        self._bytes, self._count = self._bytes + len(body), self._count + 1
                while self._bytes > self._most_bytes and self._count > 1:
                    self._drop_oldest()
                self._base.execute("COMMIT")
            except sqlite3.Error as error:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                self._bytes, self._count = self._sized()
                raise Fault(f"the spool's disk refuses: {error}") from error
            return self._last()

    def read(self, after: int, most: int) -> list[tuple[int, SpooledBatch]]:
        """Batches with numbers above `after`, at most so many, in order."""
        with self._lock:
            rows = self._base.execute(
                "SELECT sequence, body FROM batches WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, most)
            ).fetchall()
        return [(number, msgspec.msgpack.decode(body, type=SpooledBatch)) for number, body in rows]

    def losses(self, after: int) -> list[Loss]:
        """What was dropped of the numbers above `after`."""
        with self._lock:
            rows = self._base.execute("SELECT first, last, t0, t1 FROM losses WHERE last > ? ORDER BY first", (after,)).fetchall()
        return [Loss(max(first, after + 1), last, t0, t1) for first, last, t0, t1 in rows]

    def acknowledge(self, sequence: int) -> None:
        """Forget all up to this number: they are on the gateway's disk."""
        with self._lock:
            gone = self._base.execute(
                "SELECT COUNT(*), COALESCE(SUM(LENGTH(body)), 0) FROM batches WHERE sequence <= ?", (sequence,)
            ).fetchone()
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute("DELETE FROM batches WHERE sequence <= ?", (sequence,))
            self._base.execute("DELETE FROM losses WHERE last <= ?", (sequence,))
            self._base.execute("INSERT OR REPLACE INTO marks VALUES ('acknowledged', ?)", (sequence,))
            self._base.execute("COMMIT")
            self._bytes, self._count = self._bytes - gone[1], self._count - gone[0]

    @property
    def acknowledged(self) -> int:
        """The last number that the gateway acknowledged."""
        with self._lock:
            row = self._base.execute("SELECT value FROM marks WHERE name = 'acknowledged'").fetchone()
        return int(row[0]) if row else 0

    @property
    def last(self) -> int:
        """The number of the newest batch, 0 before the first."""
        with self._lock:
            return self._last()

    @property
    def waiting(self) -> int:
        """Batches that wait."""
        with self._lock:
            return self._count

    def renew(self) -> None:
        """Begin a new epoch: the gateway knows numbers that this spool never gave (it was put back from a copy). What waits
        is numbered anew from 1."""
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            bodies = self._base.execute("SELECT body FROM batches ORDER BY sequence").fetchall()
            self._base.execute("DELETE FROM batches")
            self._base.execute("DELETE FROM losses")
            self._base.execute("DELETE FROM sqlite_sequence WHERE name = 'batches'")
            self._base.execute("DELETE FROM marks WHERE name = 'acknowledged'")
            self._base.executemany("INSERT INTO batches (body) VALUES (?)", bodies)
            self.epoch = secrets.token_hex(8)
            self._base.execute("INSERT OR REPLACE INTO marks VALUES ('epoch', ?)", (self.epoch,))
            self._base.execute("COMMIT")

    def channels(self) -> list[ChannelInfo]:
        """The channels whose numbers the batches use, as `declare` kept them."""
        with self._lock:
            rows = self._base.execute("SELECT body FROM channels ORDER BY number").fetchall()
        return [msgspec.msgpack.decode(body, type=ChannelInfo) for (body,) in rows]

    def declare(self, channels: Sequence[ChannelInfo]) -> None:
        """Keep these channels: those that were there must be the same, further ones are added. Raises Fault otherwise."""
        known = self.channels()
        if list(channels[: len(known)]) != known:
            raise Fault("the spool holds batches of other channels: give changed channels new ids at the end, or a new spool")
        rows = [(number, msgspec.msgpack.encode(one)) for number, one in enumerate(channels)][len(known) :]
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            self._base.executemany("INSERT INTO channels VALUES (?, ?)", rows)
            self._base.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def _epoch(self) -> str:
        fresh = secrets.token_hex(8)
        self._base.execute("INSERT OR IGNORE INTO marks VALUES ('epoch', ?)", (fresh,))
        return str(self._base.execute("SELECT value FROM marks WHERE name = 'epoch'").fetchone()[0])

    def _sized(self) -> tuple[int, int]:
        count, size = self._base.execute("SELECT COUNT(*), COALESCE(SUM(LENGTH(body)), 0) FROM batches").fetchone()
        return int(size), int(count)

    def _last(self) -> int:
        row = self._base.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batches'").fetchone()
        return int(row[0]) if row else 0

    def _is_new(self, origin: Origin) -> bool:
        """Note the origin; False where it, or a later one of its epoch, is noted already."""
        row = self._base.execute(
            "SELECT sequence FROM origins WHERE device = ? AND epoch = ?", (origin.device, origin.epoch)
        ).fetchone()
        if row and origin.sequence <= row[0]:
            return False
        self._base.execute("INSERT OR REPLACE INTO origins VALUES (?, ?, ?)", (origin.device, origin.epoch, origin.sequence))
        return True

    def _drop_oldest(self) -> None:
        rows = self._base.execute(
            "SELECT sequence, body FROM batches ORDER BY sequence LIMIT ?", (max(1, self._count // _DROP_SHARE),)
        ).fetchall()
        times = [msgspec.msgpack.decode(body, type=SpooledBatch) for _, body in rows]
        first, last = rows[0][0], rows[-1][0]
        t0_ns = min(one.samples.t0_ns for one in times)
        t1_ns = max(one.complete_ns for one in times)
        self._base.execute("DELETE FROM batches WHERE sequence <= ?", (last,))
        before = self._base.execute("SELECT first, t0 FROM losses WHERE last = ?", (first - 1,)).fetchone()
        if before:
            first, t0_ns = before[0], min(t0_ns, before[1])
        self._base.execute("INSERT OR REPLACE INTO losses VALUES (?, ?, ?, ?)", (first, last, t0_ns, t1_ns))
        self._bytes -= sum(len(body) for _, body in rows)
        self._count -= len(rows)
