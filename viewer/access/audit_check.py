"""Checking an audit chain against the heads that were kept elsewhere: what was edited, taken out, cut off or written anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from viewer.access.audit import Head, parsed
from viewer.access.signatures import verify

Tampering = Literal["damaged line", "edited", "missing lines", "wrong order", "cut tail", "rewritten", "forged head"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a chain."""

    kind: Tampering
    number: int
    """Of the line where it shows; of a head, the number it names."""
    what: str


class HeadFile:
    """Keeps heads in one file of another folder, disk or machine; each is on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, head: Head) -> None:
        """Append one. Raises OSError."""
        import os

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(head) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_heads(path: Path) -> list[Head | None]:
    """The heads of a file, oldest first; None for each line that is no head. Raises OSError."""
    return [_head(line) for line in path.read_bytes().splitlines() if line]


def check(path: Path, heads: Sequence[Head | None], public: str) -> list[Finding]:
    """All that is wrong with the chain of a file, judged by the heads that `public` (Ed25519, Z85) signed; [] is well.

    What was written after the last head and then cut off is not found: up to a minute. Raises OSError.
    """
    good = [head for head in heads if head is not None and _genuine(head, public)]
    forged = [
        Finding("forged head", head.number if head else 0, "a head that this key did not sign")
        for head in heads
        if head not in good
    ]
    hashes: dict[int, str] = {}
    findings = [*forged, *_inside(path, hashes)]
    return [*findings, *_against(good, hashes, broken=len(findings) > len(forged))]


def _inside(path: Path, hashes: dict[int, str]) -> Iterator[Finding]:
    """Faults of the chain in itself; fills the hash of each line by its number."""
    expected, before = 1, ""
    with path.open("rb") as file:
        for raw in file:
            line = raw.rstrip(b"\n")
            entry = parsed(line)
            if entry is None or not raw.endswith(b"\n"):
                yield Finding("damaged line", expected, "this is no line of an audit chain")
                expected, before = expected + 1, ""
                continue
            number = int(entry["number"])
            if number > expected:
                yield Finding("missing lines", expected, f"lines {expected} to {number - 1} are not where they belong")
            elif number < expected:
                yield Finding("wrong order", number, f"line {number} stands where {expected} belongs")
            elif before and entry["before"] != before:
                yield Finding("edited", number - 1, f"line {number - 1} is not the one that line {number} names")
            before = hashlib.sha256(line).hexdigest()
            hashes[number] = before
            expected = number + 1


def _against(heads: Sequence[Head], hashes: dict[int, str], *, broken: bool) -> Iterator[Finding]:
    """Faults that only the heads show."""
    last = max(hashes, default=0)
    first = hashes.get(1, "")
    told: set[Tampering] = set()
    for head in sorted(heads, key=lambda one: (one.t_ns, one.number)):
        if head.number > last:
            kind: Tampering = "rewritten" if head.chain != first else "cut tail"
            what = f"the head of {head.t_ns} ns names line {head.number}, the chain ends with {last}"
        elif head.chain != first or head.hash != hashes.get(head.number):
            kind = "rewritten" if head.chain != first or not broken else "edited"
            what = f"line {head.number} is not the one that was signed at {head.t_ns} ns"
        else:
            continue
        if kind not in told:
            told.add(kind)
            yield Finding(kind, head.number, what)


def _genuine(head: Head, public: str) -> bool:
    return head.signer == public and verify(public, "audit head", head.signed_text(), head.signature)


def _head(line: bytes) -> Head | None:
    try:
        return msgspec.json.decode(line, type=Head)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
