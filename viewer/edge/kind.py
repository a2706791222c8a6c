"""What a kind of source is: how its table of the configuration is read, and what makes the source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from viewer.edge.source import Source
from viewer.edge.tables import Table
from viewer.edge.tags import Tag


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source's table stands: what the rest of the file says that concerns it."""

    folder: Path
    """Of the configuration; relative paths begin there."""
    scene: Path | None = None
    """The gateway's scene folder."""


@dataclass(frozen=True, kw_only=True)
class SourceConfig(ABC):
    """One source as it is configured; each kind has a subclass with its own keys."""

    kind: str
    name: str
    """Unique in the gateway; what people see in the list of sources."""
    tags: tuple[Tag, ...] = ()

    @abstractmethod
    def make(self) -> Source:
        """A new source, not yet started; called again after each failure. Raises UserMistake for what a person can mend
        (a missing extra, a file that isn't there); must not wait for a network."""


ReadSource = Callable[[Table, Place], SourceConfig]
"""Reads the keys of its kind (`kind` and `name` are read already: ask `common`), and leaves `close` to the caller."""


def common(table: Table) -> tuple[str, str]:
    """Kind and name of a [[source]]; the name is the kind where none is given."""
    kind = table.text("kind", like="the kind of a source")
    name = table.text(
        "name", kind, pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", like="letters, digits and . _ - only, at most 64 of them"
    )
    return kind, name
