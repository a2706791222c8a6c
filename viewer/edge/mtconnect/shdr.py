"""SHDR, the adapters' protocol: lines of «time|key|value|…» taken apart, of any bytes and within bounds.

Source: MTConnect C++ agent, SHDR 2.0 (adapter agent protocol). What stands for a key (five fields of a condition, three of a time
series) is known from its data item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from viewer.edge.mtconnect.items import DataItem
from viewer.edge.mtconnect.vocabulary import LEVELS, UNAVAILABLE
from viewer.edge.stamps import iso_ns

LONGEST_LINE: Final = 1_000_000
MOST_FIELDS: Final = 20_000
_LONGEST_BLOCK: Final = 4_000_000
_MULTILINE: Final = "--multiline--"
_QUOTED = re.compile(r'\|("(?:[^"\\]|\\.)*\\\|(?:[^"\\]|\\.)*")(?=\||$)')
_PIPE: Final = "\x00"


class Malformed(ValueError):
    """A line that is none of SHDR's."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one line says about one key."""

    key: str
    fields: tuple[str, ...]
    """One value; of a condition level, native code, severity, qualifier and text; of a time series count, rate and values."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of data."""

    t_ns: int | None
    """None where the adapter gives no time: it is the time of arrival."""
    observations: tuple[Observation, ...]
    assets: int = 0
    """How many assets it tells of; they are not samples."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line that begins with an asterisk: «* PONG 10000», «* device: OKUMA»."""

    words: str


Find = Callable[[str], DataItem | None]


def read_line(text: str, find: Find) -> Line | Command | None:
    """Take one line apart; None for an empty one. Raises Malformed."""
    text = text.strip("\r\n\ufeff")
    if not text.strip():
        return None
    if text.startswith("*"):
        return Command(text[1:].strip()[:1000])
    fields = _fields(text)
    if len(fields) < 2:
        raise Malformed("it has no key and no value")
    return _data(_time_ns(fields[0]), fields[1:], find)


def _fields(text: str) -> list[str]:
    if "\\|" in text:
        text = _QUOTED.sub(lambda found: "|" + found[1][1:-1].replace("\\|", _PIPE), text)
    if text.count("|") > MOST_FIELDS:
        raise Malformed(f"it has more than {MOST_FIELDS} fields")
    return [one.replace(_PIPE, "|") for one in text.split("|")]


def _time_ns(text: str) -> int | None:
    stamp, _, duration = text.strip().partition("@")
    if not stamp:
        return None
    try:
        if duration:
            float(duration)
        return iso_ns(stamp)
    except ValueError as error:
        raise Malformed(str(error)) from error


def _data(t_ns: int | None, fields: list[str], find: Find) -> Line:
    found: list[Observation] = []
    assets = at = 0
    while at < len(fields):
        key = fields[at].strip()
        if key.startswith("@"):
            assets += 1
            break  # an asset takes the rest of its line
        if at + 1 >= len(fields):
            if key:
                raise Malformed(f"«{key[:40]}» has no value")
            break
        count = _count(find(key), fields, at)
        if key:
            found.append(Observation(key, tuple(one.strip() for one in fields[at + 1 : at + 1 + count])))
        at += 1 + count
    return Line(t_ns, tuple(found), assets)


def _count(item: DataItem | None, fields: list[str], at: int) -> int:
    """How many fields follow a key."""
    if item is None:
        level = fields[at + 1].strip().upper()
        return 5 if len(fields) - at == 6 and level in (*LEVELS, UNAVAILABLE) else 1
    if item.category == "CONDITION" or item.type == "ALARM":
        return 5
    if item.representation == "TIME_SERIES":
        return 3
    return 2 if item.type == "MESSAGE" else 1


class Lines:
    """Bytes as they come, cut into lines; what several lines hold together is passed over."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropping = False
        self._until = ""
        self._block = 0

    def feed(self, data: bytes) -> Iterator[str | Malformed]:
        """The lines that are whole now; in place of one that is too long the reason."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for raw in whole:
            if self._dropping:
                self._dropping = False
            elif len(raw) > LONGEST_LINE:
                yield Malformed(f"a line has more than {LONGEST_LINE} bytes")
            else:
                yield from self._line(raw.decode("utf-8", "replace"))
        if len(self._rest) > LONGEST_LINE:
            if not self._dropping:
                yield Malformed(f"a line has more than {LONGEST_LINE} bytes")
            self._rest, self._dropping = b"", True

    def _line(self, text: str) -> Iterator[str | Malformed]:
        if self._until:
            self._block += len(text)
            if text.strip() == self._until:
                self._until = ""
            elif self._block > _LONGEST_BLOCK:
                self._until = ""
                yield Malformed(f"a text of several lines has more than {_LONGEST_BLOCK} characters")
            return
        last = text.rstrip("\r").rpartition("|")[2]
        if last.startswith(_MULTILINE):
            self._until, self._block = last.strip(), 0
        yield text
