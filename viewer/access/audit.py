"""The audit chain: JSON lines on disk, each naming the SHA-256 of the line before it, and signed heads kept elsewhere.

A line is `{"number", "t_ns", "event", …facts…, "before"}`; its hash is that of its bytes without the line end. The chain alone
shows an edit in the middle; a cut tail and a rewrite of everything show against the heads (Schneier and Kelsey, Secure Audit Logs
to Support Computer Forensics, 1999).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from viewer.access.signatures import sign
from viewer.base.clock import Clock
from viewer.base.errors import Fault

HEAD_EVERY_NS: Final = 60 * 1_000_000_000
FLOOD_WINDOW_NS: Final = 10 * 1_000_000_000
_OF_ONE: Final = 5
"""Lines of one event and one sender in a window that are written whole; further ones are counted."""
_OF_ALL: Final = 200
"""Such lines of all senders together in a window."""
_MOST_KEYS: Final = 1_000
_OTHERS: Final = "others"
_CHUNK: Final = 1 << 16
_RESERVED: Final = frozenset({"number", "t_ns", "event", "before"})


class Head(msgspec.Struct, frozen=True):
    """How far a chain had come at a time, signed by the gateway that writes it."""

    chain: str
    """The hash of its first line: which chain this is."""
    number: int
    hash: str
    t_ns: int
    signer: str
    """Ed25519 public key, Z85."""
    signature: bytes = b""

    def signed_text(self) -> bytes:
        """What the signature is over."""
        return msgspec.json.encode([self.chain, self.number, self.hash, self.t_ns, self.signer])


HeadSink = Callable[[Head], None]
"""Takes a head to where it is kept; raises OSError where it can't."""


class AuditChain:
    """Appends to one file; each line is on disk (fsync) when `note` returns. On one thread.

    Raises Fault on opening where the last line is no line of a chain.
    """

    def __init__(
        self, path: Path, clock: Clock, *, signer: tuple[str, str] | None = None, heads: tuple[HeadSink, ...] = ()
    ) -> None:
        """`signer`: the public and secret signing key (Z85) of who keeps this chain; without it there are no heads."""
        self.path = path
        self._clock = clock
        self._signer = signer
        self._sinks = heads
        self._number, self._hash, self._chain = 0, "", ""
        self._next_head_ns = 0
        self._told_number = 0
        self._window_ns = clock.now_ns()
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._written = 0
        self._broken = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        torn, older = self._continue()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._end = os.fstat(self._file).st_size
        _sync_folder(path.parent)
        if not self._number:
            self.note("chain begins", salt=os.urandom(16).hex(), older=older)
        elif torn:
            self.note("torn line", bytes=len(torn), sha256=hashlib.sha256(torn).hexdigest())

    @property
    def healthy(self) -> bool:
        """Whether the last line could be written: where not, nothing may be commanded."""
        return not self._broken

    def note(self, event: str, **facts: object) -> None:
        """One line: the time, what happened, and its facts. Raises OSError where the disk refuses, and from then on until a
        line could be written again; ValueError for facts that JSON can't say."""
        self._append([self._line(self._number + 1, self._hash, event, facts)])

    def count(self, event: str, sender: str, **facts: object) -> None:
        """A line as `note` writes it, unless many of this event come: then they are counted, and one line tells how many when
        the window of 10 s is over. So everything is audited, and a flood does not fill the disk. Raises as `note`."""
        t_ns = self._clock.now_ns()
        if self._window_over(t_ns):
            with suppress(OSError):  # what can't be written stays counted, and `note` or the next `beat` says so
                self.flush()
        key = (event, sender if (event, sender) in self._counts or len(self._counts) < _MOST_KEYS else _OTHERS)
        tally = self._counts.setdefault(key, [0, 0, t_ns, t_ns])
        tally[0] += 1
        tally[3] = t_ns
        if tally[0] > _OF_ONE or self._written >= _OF_ALL:
            tally[1] += 1
            return
        self._written += 1
        try:
            self.note(event, sender=sender, **facts)
        except OSError:
            tally[1] += 1
            raise

    def beat(self) -> None:
        """To be called often: tells what was counted once its window is over, and the head once a minute. Raises OSError."""
        t_ns = self._clock.now_ns()
        if self._counts and self._window_over(t_ns):
            self.flush()
        if t_ns >= self._next_head_ns or t_ns < self._next_head_ns - HEAD_EVERY_NS:
            self.tell_head()

    def flush(self) -> None:
        """Write what was counted and not yet told. Raises OSError; nothing is forgotten then."""
        number, last = self._number, self._hash
        lines: list[bytes] = []
        for (event, sender), (_, more, first_ns, last_ns) in self._counts.items():
            if not more:
                continue
            facts = {"of": event, "sender": sender, "times": more, "first_ns": first_ns, "last_ns": last_ns}
            number += 1
            lines.append(self._line(number, last, "repeated", facts))
            last = _hash(lines[-1])
        if lines:
            self._append(lines)
        self._counts.clear()
        self._written = 0
        self._window_ns = self._clock.now_ns()

    def head(self) -> Head:
        """The head as of now. Raises Fault where this chain has no signer."""
        if self._signer is None:
            raise Fault("this audit chain has no signing key")
        public, secret = self._signer
        head = Head(self._chain, self._number, self._hash, self._clock.now_ns(), public)
        return msgspec.structs.replace(head, signature=sign(secret, "audit head", head.signed_text()))

    def tell_head(self) -> None:
        """Take the head to where heads are kept, if there is anything new. Raises OSError where none of the places takes it."""
        self._next_head_ns = self._clock.now_ns() + HEAD_EVERY_NS
        if self._signer is None or not self._sinks or self._number == self._told_number:
            return
        head, failed = self.head(), []
        for sink in self._sinks:
            try:
                sink(head)
            except OSError as error:
                failed.append(error)
        if len(failed) == len(self._sinks):
            raise failed[0]
        self._told_number = head.number

    def close(self) -> None:
        """Tell what was counted and the last head, and close the file; what can't be told is raised after closing."""
        try:
            self.flush()
            self.tell_head()
        finally:
            os.close(self._file)

    def _window_over(self, t_ns: int) -> bool:
        return not self._window_ns <= t_ns < self._window_ns + FLOOD_WINDOW_NS

    def _line(self, number: int, before: str, event: str, facts: dict[str, Any]) -> bytes:
        if not _RESERVED.isdisjoint(facts):
            raise ValueError(f"{', '.join(sorted(_RESERVED))} are the chain's own, not facts")
        line = {"number": number, "t_ns": self._clock.now_ns(), "event": event, **facts, "before": before}
        try:
            return msgspec.json.encode(line)
        except (TypeError, UnicodeEncodeError) as error:
            raise ValueError(f"facts that JSON can't say ({error})") from error

    def _append(self, lines: list[bytes]) -> None:
        data = b"".join(line + b"\n" for line in lines)
        try:
            if os.fstat(self._file).st_size > self._end:
                os.ftruncate(self._file, self._end)  # what an earlier failure left
            if os.write(self._file, data) != len(data):
                raise OSError("the disk took only a part of the line")
            os.fsync(self._file)
        except OSError as error:
            self._broken = str(error)
            raise
        self._broken = ""
        self._end += len(data)
        self._number += len(lines)
        self._hash = _hash(lines[-1])
        self._chain = self._chain or _hash(lines[0])

    def _continue(self) -> tuple[bytes, str]:
        """Go on where the file ends: what a crash left of a last line, and the hash of an older file that was no chain."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return b"", ""
        with self.path.open("r+b") as file:
            first = file.readline()
            torn = _cut_torn(file.fileno())
        entry = parsed(first.rstrip(b"\n"))
        if entry is None or entry.get("event") != "chain begins":
            return b"", self._set_aside()
        last = last_line(self.path)
        entry = parsed(last)
        if entry is None:
            raise Fault(f"the last line of the audit is damaged: keep the file and start with another one: {self.path}")
        self._number, self._hash, self._chain = entry["number"], _hash(last), _hash(first.rstrip(b"\n"))
        return torn, ""

    def _set_aside(self) -> str:
        """Keep a file that is no chain under another name; its hash."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        self.path.replace(self.path.with_name(f"{self.path.stem}.{digest[:12]}{self.path.suffix}"))
        return digest


def parsed(line: bytes) -> dict[str, Any] | None:
    """A line of a chain; None for what is none."""
    try:
        entry = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    number, before = entry.get("number"), entry.get("before")
    good = isinstance(number, int) and not isinstance(number, bool) and number > 0 and isinstance(before, str)
    return entry if good and isinstance(entry.get("event"), str) else None


def last_line(path: Path) -> bytes:
    """The last whole line without its end, read from the end of the file."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        tail = b""
        while end > 0 and tail.rstrip(b"\n").count(b"\n") == 0:
            start = max(0, end - _CHUNK)
            file.seek(start)
            tail = file.read(end - start) + tail
            end = start
    return tail.rstrip(b"\n").rpartition(b"\n")[2]


def _cut_torn(descriptor: int) -> bytes:
    """Take away what follows the last line end: it was never acknowledged."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    keep, torn = size, b""
    while keep > 0:
        start = max(0, keep - _CHUNK)
        chunk = os.pread(descriptor, keep - start, start)
        at = chunk.rfind(b"\n")
        torn = chunk[at + 1 :] + torn
        if at >= 0:
            keep = start + at + 1
            break
        keep = start
    if torn:
        os.ftruncate(descriptor, keep)
        os.fsync(descriptor)
    return torn


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
