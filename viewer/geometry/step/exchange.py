"""The text of a STEP exchange file (ISO 10303-21) as instances: read beside the kernel, for what the kernel does not tell.

Only instances of the wanted kinds are kept, and each is taken apart when it is first asked for.
"""

from __future__ import annotations

import mmap
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.geometry.step.spelling import decoded

MOST_NESTED = 40
"""Lists and typed values in one another; no schema comes near."""

_INSTANCE = re.compile(
    rb"#(\d{1,18})\s*=\s*(\(?)\s*([A-Z0-9_]+)((?:[^;'/]++|'[^']*+'|/(?!\*)|/\*(?:[^*]++|\*(?!/))*+\*/)*+);", re.IGNORECASE
)
"""Id, whether it is of several types, first keyword, the rest up to the semicolon; strings and comments may hold semicolons.
Possessive throughout, so that no text makes it go back."""
_TOKEN = re.compile(
    rb"\s*+(?:/\*.*?\*/\s*+)*+('(?:[^']|'')*'|\"[^\"]*\"|#\d{1,18}|\.\w+\.|[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?|!?[A-Za-z_]\w*|[(),$*])",
    re.DOTALL,
)
_GEOMETRY = (b"BOUNDED_", b"B_SPLINE", b"RATIONAL", b"CURVE", b"SURFACE")
"""First keywords of instances of several types that are long, many, and only shape."""
_DATA = re.compile(rb"(?:^|;)\s*DATA\s*(?:\([^;]*\))?\s*;", re.IGNORECASE)


class Ref(int):
    """A reference to another instance, by its number."""


class Word(str):
    """An enumeration item, without its points."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """A value that says its type: LENGTH_MEASURE(0.5)."""

    type: str
    values: list[Any]


Value = Any
"""Ref, Word, Typed, str, float, list of these; None for $ and *."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance with the attributes of each of its types (one, or several of a complex instance)."""

    id: int
    types: Mapping[str, list[Value]]

    def own(self, keyword: str, number: int) -> Value:
        """An attribute of the type `keyword` (-1: its last); None where the instance is not of that type or is too short."""
        values = self.types.get(keyword, ())
        return values[number] if -len(values) <= number < len(values) else None


class Exchange:
    """The kept instances of one file by number and by type."""

    def __init__(self, raw: dict[int, bytes], ids: array[int]) -> None:
        self._raw = raw
        self._read: dict[int, Instance | None] = {}
        self.ids = ids
        """Numbers of all instances in the file's order, also of those that are not kept."""
        self._of_type: dict[str, list[int]] = {}
        for number, text in raw.items():
            for keyword in _keywords(text):
                self._of_type.setdefault(keyword, []).append(number)

    def get(self, number: object) -> Instance | None:
        """The instance a value refers to; None where it is no reference, or to nothing that was kept, or can't be taken apart."""
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        if number not in self._read:
            text = self._raw.get(int(number))
            self._read[number] = None if text is None else _instance(int(number), text)
        return self._read[number]

    def of(self, *keywords: str) -> Iterator[Instance]:
        """The instances that have any of these types, in the file's order, each once."""
        numbers = {n for keyword in keywords for n in self._of_type.get(keyword, ())}
        found = (self.get(n) for n in sorted(numbers))
        return (one for one in found if one is not None)

    def count(self, keywords: Iterable[str]) -> int:
        """How many instances have any of these types, readable or not."""
        return len({n for keyword in keywords for n in self._of_type.get(keyword, ())})

    def types_like(self, suffix: str) -> list[str]:
        """The keywords in the file that end so, sorted."""
        return sorted(keyword for keyword in self._of_type if keyword.endswith(suffix))


def read_exchange(path: Path, wanted: re.Pattern[bytes]) -> Exchange:
    """The instances one of whose keywords fully matches `wanted`. Raises OSError."""
    raw: dict[int, bytes] = {}
    ids = array("q")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        begin = _DATA.search(text)
        for found in _INSTANCE.finditer(text, 0 if begin is None else begin.end()):
            number, several, first, rest = found.groups()
            ids.append(int(number))
            if several and not first.upper().startswith(_GEOMETRY):
                if any(map(wanted.fullmatch, re.findall(rb"\b[A-Z_]\w*+(?=\s*+\()", first + rest))):
                    raw[int(number)] = b"(" + first + rest
            elif not several and wanted.fullmatch(first):
                raw[int(number)] = first + rest
    return Exchange(raw, ids)


def header_of(path: Path) -> dict[str, list[Value]]:
    """FILE_DESCRIPTION, FILE_NAME, FILE_SCHEMA … with their attributes, as far as they can be read. Raises OSError."""
    with path.open("rb") as file:
        text = file.read(65536).partition(b"ENDSEC")[0]
    found: dict[str, list[Value]] = {}
    for keyword in (b"FILE_DESCRIPTION", b"FILE_NAME", b"FILE_SCHEMA"):
        at = re.search(keyword + rb"\s*(?=\()", text)
        end = None if at is None else re.compile(rb"(?:[^;']++|'[^']*+')*+;").match(text, at.end())
        if at is not None and end is not None:
            values = _values(text[at.end() : end.end() - 1])
            if values is not None:
                found[keyword.decode("ascii")] = values
    return found


def _keywords(text: bytes) -> list[str]:
    """Of one instance; inside a complex one only those of its own types, which stand at the first level."""
    if not text.startswith(b"("):
        return [word.decode("ascii").upper() for word in re.findall(rb"\A\w*", text)]
    level, found = 0, list[str]()
    for token in re.finditer(rb"'(?:[^']|'')*'|[A-Za-z_]\w*|[()]", text):
        word = token[0]
        level += (word == b"(") - (word == b")")
        if level == 1 and word[:1].isalpha():
            found.append(word.decode("ascii").upper())
    return found


def _instance(number: int, text: bytes) -> Instance | None:
    if not text.startswith(b"("):
        keyword = _keywords(text)[0]
        values = _values(text[len(keyword) :])
        return None if values is None else Instance(number, {keyword: values})
    parts = _values(text)
    if parts is None:
        return None
    return Instance(number, {part.type: part.values for part in parts if isinstance(part, Typed)})


def _values(text: bytes) -> list[Value] | None:
    """The list that the text is, or None where it is none."""
    stack: list[list[Value]] = [[]]
    names: list[str | None] = []
    pending: str | None = None
    at = 0
    while True:
        found = _TOKEN.match(text, at)
        if found is None:
            break
        at, token = found.end(), found[1]
        if token == b"(":
            if len(stack) > MOST_NESTED:
                return None
            stack.append([])
            names.append(pending)
            pending = None
        elif token == b")":
            if not names:
                return None
            made, name = stack.pop(), names.pop()
            stack[-1].append(made if name is None else Typed(name, made))
        elif token[:1].isalpha() or token[:1] in b"_!":
            pending = token.decode("ascii").upper()
        elif token != b",":
            stack[-1].append(_atom(token))
    if names or text[at:].strip() or len(stack[0]) != 1 or not isinstance(stack[0][0], list):
        return None
    return stack[0][0]


def _atom(token: bytes) -> Value:
    first = token[:1]
    if first == b"'":
        return decoded(token[1:-1])
    if first == b"#":
        return Ref(int(token[1:]))
    if first == b".":
        return Word(token[1:-1].decode("ascii", "replace").upper())
    if first in b'$*"':
        return None
    return float(token)
