"""A TOML text cut into its tables, so that one table can be found, changed or added while all the rest stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*|[\[\]{}]|\n',
    re.DOTALL,
)
_HEADER = re.compile(r"[ \t]*(\[\[?)[ \t]*([^\]\n]+?)[ \t]*\]")


@dataclass(frozen=True, slots=True)
class Block:
    """One table with the comment lines right above it and its sub-tables."""

    name: str
    """Its header's name; empty for what stands before the first header."""
    text: str
    line: int
    """The line (from 1) of its header."""


@dataclass(frozen=True, slots=True)
class Header:
    """A table's header."""

    name: str
    offset: int
    """Where its line begins in the text."""
    line: int
    """From 1."""


def headers(text: str) -> list[Header]:
    """Every header of a text, those of sub-tables too; brackets within values and strings are none."""
    found: list[Header] = []
    depth, line, line_start = 0, 1, 0
    for token in _TOKEN.finditer(text):
        kind = token.group()
        if kind == "\n":
            line, line_start = line + 1, token.end()
        elif kind in "[{":
            if depth == 0 and kind == "[" and not text[line_start : token.start()].strip():
                header = _HEADER.match(text, line_start)
                if header is not None:
                    found.append(Header(re.sub(r"[\s\"']", "", header.group(2)), line_start, line))
            depth += 1
        elif kind in "]}":
            depth = max(0, depth - 1)
        else:
            line += kind.count("\n")
    return found


def blocks(text: str) -> list[Block]:
    """The text as blocks; joined, they are the text again."""
    tops: list[Header] = []
    for header in headers(text):
        if not (tops and header.name.startswith(f"{tops[-1].name}.")):
            tops.append(header)
    starts = [_with_comment(text, header.offset) for header in tops]
    ends = [*starts[1:], len(text)]
    first = Block("", text[: starts[0] if starts else len(text)], 1)
    return [first, *(Block(h.name, text[a:b], h.line) for h, a, b in zip(tops, starts, ends, strict=True))]


class TomlEditor:
    """A TOML text under change: tables are named by their header and number."""

    def __init__(self, text: str) -> None:
        self._blocks = blocks(text)
        self._gone: set[int] = set()
        self._added: dict[int, list[str]] = {}
        self._numbers: dict[str, list[int]] = {}
        for number, block in enumerate(self._blocks):
            self._numbers.setdefault(block.name, []).append(number)

    def count(self, name: str) -> int:
        """How many tables of a name there are with headers of their own."""
        return len(self._numbers.get(name, ()))

    def update(self, name: str, index: int, change: Callable[[Any], None]) -> None:
        """Let `change` work on one table, given as tomlkit's own; its comments and order stay."""
        import tomlkit

        number = self._numbers[name][index]
        block = self._blocks[number]
        parsed: Any = tomlkit.parse(block.text)
        change(parsed[name][0])
        self._blocks[number] = replace(block, text=parsed.as_string())

    def remove(self, name: str, index: int) -> None:
        """Take a table out, with the comment right above it."""
        self._gone.add(self._numbers[name][index])

    def add(self, name: str, values: Mapping[str, Any]) -> None:
        """Add a table behind the last one of its name, or at the end."""
        numbers = self._numbers.get(name)
        self._added.setdefault(numbers[-1] if numbers else len(self._blocks) - 1, []).append(table_text(name, values))

    def text(self) -> str:
        """The text as it is now."""
        pieces: list[str] = []
        for number, block in enumerate(self._blocks):
            if number not in self._gone:
                pieces.append(block.text)
            for added in self._added.get(number, ()):
                if pieces and pieces[-1]:
                    pieces[-1] = pieces[-1].rstrip("\n") + "\n"
                pieces.append(f"\n{added}" if pieces else added)
            if number in self._added and number + 1 < len(self._blocks):
                pieces.append("\n")
        return "".join(pieces)


def table_text(name: str, values: Mapping[str, Any]) -> str:
    """One `[[name]]` table as text."""
    import tomlkit

    table: Any = tomlkit.table()
    for key, value in values.items():
        table.append(key, toml_item(value))
    array: Any = tomlkit.aot()
    array.append(table)
    document: Any = tomlkit.document()
    document.append(name, array)
    return str(document.as_string())


def toml_item(value: Any) -> Any:
    """A plain value as tomlkit's: tables on one line, lists of tables one a line."""
    import tomlkit

    if isinstance(value, Mapping):
        table: Any = tomlkit.inline_table()
        for key, one in value.items():
            table.append(key, toml_item(one))
        return table
    if isinstance(value, Sequence) and not isinstance(value, str):
        array: Any = tomlkit.array()
        array.extend([toml_item(one) for one in value])
        return array.multiline(any(isinstance(one, Mapping) for one in value))
    return tomlkit.item(value)


def _with_comment(text: str, offset: int) -> int:
    """Where the comment lines right above an offset begin; the offset where there are none."""
    while offset > 0:
        before = text.rfind("\n", 0, offset - 1) + 1
        if not text[before:offset].lstrip().startswith("#"):
            return offset
        offset = before
    return offset
