"""What every recording gives, whatever its file is: channels by their tags, and pieces of samples in the order of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.units import grouped
from viewer.edge.tags import Tag
from viewer.live.device_words import Waveform


class BegunAgain(UserMistake):
    """A growing recording became shorter: another one began in its place."""


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that a recording has."""

    name: str
    """Unique in the recording; what a tag names. Its number from 1 does too."""
    unit: str = ""
    """As pint reads it; empty where nothing says one."""
    texts: tuple[str, ...] = ()
    """Those seen so far, in that order, where its cells are texts."""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples in the order of the recording: four arrays of one length k."""

    index: NDArray[np.int64]
    """(k,) Number of the tag."""
    t_ns: NDArray[np.int64]
    """(k,) The recording's own time, UTC."""
    values: NDArray[np.float64]
    """(k,) As recorded, unscaled; NaN where bad."""
    waves: tuple[Waveform, ...] = ()
    """Curves that are whole with this piece; their samples are among its own."""

    def __len__(self) -> int:
        return len(self.t_ns)

    @staticmethod
    def of_rows(t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> Piece:
        """Rows (n,) of all tags (n, c)."""
        rows, columns = values.shape
        return Piece(np.tile(np.arange(columns), rows), np.repeat(t_ns, columns), values.reshape(-1))


@dataclass
class Remarks:
    """What is to be told of a recording, counted on the thread that reads it."""

    counts: Counter[str] = field(default_factory=Counter[str])
    back_ns: int = 0
    """The greatest step back in time."""
    no_time: int = 0
    """Rows that could not be placed in time since they were last asked for."""
    no_time_in_all: int = 0

    def sentence(self) -> str:
        """All of it; empty where there is nothing to tell."""
        words = [f"{grouped(count)} {what}" for what, count in sorted(self.counts.items()) if count]
        if self.back_ns:
            words.append(f"the greatest step back in time is {self.back_ns / 1e9:,g} s; all are kept in their order")
        return "; ".join(words)


class Recording(Protocol):
    """An opened recording. Read on one thread."""

    @property
    def tags(self) -> tuple[Tag, ...]:
        """What becomes channels, in the order of `Piece.index`."""
        ...

    def pieces(self, remarks: Remarks) -> Iterator[Piece | None]:
        """From the first; None where a growing file has nothing more for now. Raises UserMistake for what can't be read."""
        ...


def matched(tags: Sequence[Tag], columns: Sequence[Column], what: str) -> list[int]:
    """The place of each tag's column: by its name, else by its number from 1. Raises UserMistake where there is none."""
    by_name = {column.name: place for place, column in enumerate(columns)}
    places: list[int] = []
    for tag in tags:
        place = by_name.get(tag.tag, by_name.get(tag.tag.strip()))
        if place is None and tag.tag.isascii() and tag.tag.isdigit() and 1 <= int(tag.tag) <= len(columns):
            place = int(tag.tag) - 1
        if place is None:
            raise UserMistake(f"the {what} has no column «{tag.tag[:80]}» among its {len(columns)}: {known(columns)}")
        places.append(place)
    return places


def known(columns: Sequence[Column]) -> str:
    """Their names for a sentence."""
    names = [f"«{one.name[:40]}»" for one in columns[:12]]
    return ", ".join(names) + (" …" if len(columns) > len(names) else "")
