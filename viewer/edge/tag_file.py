"""A gateway's configuration as a person changes it: rows of [[source.tag]] and new sources; comments and order stay."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake
from viewer.edge.config import GatewayConfig, load_config
from viewer.edge.tables import Table, read_toml
from viewer.edge.tags import Tag, read_tags
from viewer.twin.atomic_write import write_all

_LEFT_OUT = {one.name: one.default for one in fields(Tag)}
"""What stands in no row because it is so without being said."""


@dataclass(frozen=True, slots=True)
class ListedSource:
    """One [[source]] of the file."""

    number: int
    """From 0, in the order of the file."""
    name: str
    kind: str
    tags: tuple[Tag, ...]


class TagFile:
    """Reads on construction; nothing is written before `save`. Any thread, one at a time.

    Raises UserMistake where the file can't be read, is no TOML, or its rows are wrong.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = _text_of(path) if path.exists() else ""
        self._document = _parsed(self._text, path)

    @staticmethod
    def fresh(path: Path, name: str, *, scene: str = "", bind: str = "") -> TagFile:
        """A new configuration of a gateway of that name. Raises UserMistake where the file is there already."""
        import tomlkit

        if path.exists():
            raise UserMistake(f"there is a file of that name already: choose it instead, or another name: {path}")
        file = TagFile(path)
        table: Any = tomlkit.table()
        table["name"] = name
        if scene:
            table["scene"] = scene
        if bind:
            table["bind"] = bind
        file._document["gateway"] = table
        return file

    @property
    def text(self) -> str:
        """As it would be written now."""
        import tomlkit

        return tomlkit.dumps(self._document)

    def sources(self) -> tuple[ListedSource, ...]:
        """All of them with their rows. Raises UserMistake for a row that is wrong."""
        found: list[ListedSource] = []
        for number, one in enumerate(self._tables()):
            raw = one.unwrap()
            table = Table({"tag": raw.get("tag", [])}, f"[[source]] number {number + 1}", self.path.parent)
            kind = str(raw.get("kind", ""))
            found.append(ListedSource(number, str(raw.get("name", kind)), kind, read_tags(table)))
        return tuple(found)

    def add_source(self, kind: str, name: str, keys: Mapping[str, str | float | bool]) -> int:
        """A further [[source]] at the end; its number."""
        import tomlkit

        table: Any = tomlkit.table()
        table["kind"] = kind
        if name and name != kind:
            table["name"] = name
        for key, value in keys.items():
            table[key] = value
        if "source" not in self._document:
            self._document["source"] = tomlkit.aot()
        self._document["source"].append(table)
        return len(self._tables()) - 1

    def set_tags(self, number: int, tags: Sequence[Tag]) -> None:
        """Let a source have exactly these rows: one that is there already keeps its comments and its place."""
        import tomlkit

        source = self._tables()[number]
        old: list[Any] = list(source.get("tag", ()))
        by_tag = {str(one.get("tag", "")): one for one in old}
        known = {str(one.unwrap().get("tag", "")) for one in old}
        wanted = {one.tag: one for one in tags}
        kept = [one for one in old if str(one.get("tag", "")) in wanted]
        for one in kept:
            _write(one, wanted[str(one["tag"])])
        new = [_write(tomlkit.table(), one) for one in tags if one.tag not in known]
        if not new and len(kept) == len(by_tag):
            return
        rows = tomlkit.aot()
        for one in (*kept, *new):
            rows.append(one)
        if "tag" in source:
            source.remove("tag")
        if len(rows):
            source.append("tag", rows)

    def save(self) -> GatewayConfig:
        """Write it aside, read it there as the gateway would, and move it into place; what the gateway will read.

        Raises UserMistake, and leaves the old file, where the gateway would refuse it, somebody else has changed it since it
        was read, or it can't be written.
        """
        if self.path.exists() != bool(self._text) or (self._text and _text_of(self.path) != self._text):
            raise UserMistake(f"the file was changed by somebody else meanwhile: open it again: {self.path}")
        text = self.text
        if not text.endswith("\n"):
            text += "\n"
        aside = self.path.with_name(f".{self.path.name}.{os.getpid()}.check")
        try:
            write_all({aside: text})
            config = load_config(aside)
        except UserMistake as mistake:
            raise UserMistake(str(mistake).replace(str(aside), str(self.path))) from mistake
        finally:
            aside.unlink(missing_ok=True)
        write_all({self.path: text})
        self._text = text
        self._document = _parsed(text, self.path)
        return config

    def _tables(self) -> list[Any]:
        return list(self._document.get("source", ()))


def _write(table: Any, tag: Tag) -> Any:
    """Say of the tag what is not so anyhow; what stands there already and is right stays as it is written."""
    for one in fields(Tag):
        key, value = one.name, getattr(tag, one.name)
        said = list(value) if isinstance(value, tuple) else value
        bare = key not in ("tag", "channel") and value == _LEFT_OUT[key]
        if bare and key in table:
            table.remove(key)
        elif not bare and (key not in table or table[key] != said):
            table[key] = said
    return table


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserMistake(f"the configuration can't be read ({getattr(error, 'strerror', None) or error}): {path}") from error


def _parsed(text: str, path: Path) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise UserMistake(f"the configuration is no valid TOML ({error}): {path}") from error
    if text:
        read_toml(path)
    if not isinstance(document.get("source", []), list):
        raise UserMistake(f"[[source]] must be an array of tables: {path}")
    return document
