"""The ledger of accepted commands: on disk before anything acts, so that no crash makes one count twice."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from viewer.base.errors import Fault

_COMPACT_BYTES: Final = 1 << 20


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One accepted command."""

    signer: str
    sequence: int
    channel: str
    value: float
    t_ns: int


@dataclass(frozen=True, slots=True)
class Moved:
    """When a channel was last commanded, and to what."""

    value: float
    t_ns: int


class CommandLedger:
    """An append-only file of checksummed lines. On one thread.

    Raises Fault on opening where a line that was acknowledged is damaged: nobody can say then which commands were accepted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: dict[str, Entry] = {}
        self._moved: dict[str, Entry] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._read()
        self._end = 0
        self._file = self._compacted()

    def sequence(self, signer: str) -> int:
        """The highest sequence accepted of this signer; 0 before the first."""
        entry = self._last.get(signer)
        return 0 if entry is None else entry.sequence

    def moved(self, channel: str) -> Moved | None:
        """The last command of this channel."""
        entry = self._moved.get(channel)
        return None if entry is None else Moved(entry.value, entry.t_ns)

    def store(self, entry: Entry) -> None:
        """Keep it; on disk when this returns. Raises OSError, and ValueError for a sequence that is not above the last."""
        if entry.sequence <= self.sequence(entry.signer):
            raise ValueError(f"sequence {entry.sequence} is not above {self.sequence(entry.signer)}")
        if os.fstat(self._file).st_size > self._end:
            os.ftruncate(self._file, self._end)  # what an earlier failure left
        line = _line(entry)
        if os.write(self._file, line) != len(line):
            raise OSError("the disk took only a part of the line")
        os.fsync(self._file)
        self._end += len(line)
        self._take(entry)
        if self._end > _COMPACT_BYTES:
            os.close(self._file)
            self._file = self._compacted()

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _take(self, entry: Entry) -> None:
        self._last[entry.signer] = entry
        self._moved[entry.channel] = entry

    def _read(self) -> None:
        if not self.path.exists():
            return
        lines = self.path.read_bytes().split(b"\n")
        for number, line in enumerate(lines[:-1], 1):  # what follows the last line end was never acknowledged
            entry = _entry(line)
            if entry is None:
                raise Fault(f"line {number} of the ledger of commands is damaged, and none is accepted: {self.path}")
            self._take(entry)

    def _compacted(self) -> int:
        """Only what still counts, written aside and moved into place whole; the descriptor to append to."""
        entries = sorted({*self._last.values(), *self._moved.values()}, key=lambda one: (one.t_ns, one.signer, one.sequence))
        aside = self.path.with_name(f".{self.path.name}.new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(map(_line, entries)))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self._end = os.fstat(descriptor).st_size
        return descriptor


def _line(entry: Entry) -> bytes:
    text = msgspec.json.encode(entry)
    return hashlib.blake2b(text, digest_size=8).hexdigest().encode() + b" " + text + b"\n"


def _entry(line: bytes) -> Entry | None:
    digest, _, text = line.partition(b" ")
    if digest != hashlib.blake2b(text, digest_size=8).hexdigest().encode():
        return None
    try:
        return msgspec.json.decode(text, type=Entry)
    except (msgspec.MsgspecError, ValueError):
        return None
