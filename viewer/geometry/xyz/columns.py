"""Which column of a text of points is what: by the names in its first line, else by how many there are and what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?|nan|[+-]?inf", re.IGNORECASE)
_SEPARATORS = bytes.maketrans(b",;\t", b"   ")
_RED, _GREEN, _BLUE = ("r", "red"), ("g", "green"), ("b", "blue")
_INTENSITY = ("i", "intensity", "reflectance", "scalar_intensity", "scalar_field", "amplitude")
_LEAST, _MOST = 3, 32
_SNIFFED_ROWS = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of what is read; others are passed over."""

    count: int
    xyz: tuple[int, int, int] = (0, 1, 2)
    rgb: tuple[int, int, int] | None = None
    intensity: int | None = None
    skipped: int = 0
    """Lines before the first row of numbers."""


def plain(text: bytes) -> bytes:
    """Separators as blanks."""
    return text.translate(_SEPARATORS)


def row_of(line: bytes) -> list[bytes] | None:
    """The numbers of a line; None where it is none, or holds something else."""
    words = plain(line).split()
    return words if len(words) >= 1 and all(_NUMBER.fullmatch(word) for word in words) else None


def columns_of(head: bytes) -> Columns | None:
    """By the first lines of a text; None where they are no rows of points."""
    lines = head.splitlines()[:-1] or head.splitlines()
    names: list[str] = []
    rows: list[list[bytes]] = []
    skipped = 0
    for line in lines:
        row = row_of(line)
        if rows and (row is None or len(row) != len(rows[0])):
            if line.strip():
                return None
            continue
        if row is not None and len(row) >= _LEAST:
            rows.append(row)
        else:
            skipped += 1
            names = _names(line) or names
            if skipped > 10 or (row is None and line.strip() and not names and not line.lstrip().startswith((b"#", b"/"))):
                return None
        if len(rows) == _SNIFFED_ROWS:
            break
    if not rows or len(rows[0]) > _MOST or (len(rows) < 2 and not skipped and len(lines) > 1):
        return None
    count = len(rows[0])
    if len(names) == count and {"x", "y", "z"} <= set(names):
        return _named(names, skipped)
    return _guessed(np.array([[float(w.lower().replace(b"d", b"e")) for w in row] for row in rows]), skipped)


def _names(line: bytes) -> list[str]:
    words = [w.strip("\"'/#").lower() for w in plain(line).decode("ascii", "replace").split()]
    words = [w for w in words if w]
    return words if {"x", "y", "z"} <= set(words) else []


def _named(names: list[str], skipped: int) -> Columns:
    def at(known: tuple[str, ...]) -> int | None:
        return next((k for k, name in enumerate(names) if name in known), None)

    red, green, blue = at(_RED), at(_GREEN), at(_BLUE)
    rgb = None if red is None or green is None or blue is None else (red, green, blue)
    return Columns(len(names), (names.index("x"), names.index("y"), names.index("z")), rgb, at(_INTENSITY), skipped)


def _guessed(rows: NDArray[np.float64], skipped: int) -> Columns:
    """3: x y z; 4: and intensity; 6: and colours or a normal; 7 and more: intensity and colours as PTS has them, or swapped."""
    count = rows.shape[1]
    if count in (4, 5):
        return Columns(count, intensity=3, skipped=skipped)
    if count >= 7 and _bytes(rows[:, 4:7]) and not _bytes(rows[:, 3:6]):
        return Columns(count, rgb=(4, 5, 6), intensity=3, skipped=skipped)
    if count == 7 and _bytes(rows[:, 4:7]):
        return Columns(count, rgb=(4, 5, 6), intensity=3, skipped=skipped)
    if count >= 6 and _bytes(rows[:, 3:6]):
        return Columns(count, rgb=(3, 4, 5), skipped=skipped)
    return Columns(count, skipped=skipped)


def _bytes(values: NDArray[np.float64]) -> bool:
    """Whether these may be colours of 8 bits: whole numbers, and not all 0 or 1 as a normal's may be."""
    whole = bool((values == np.rint(values)).all() and values.min() >= 0.0 and values.max() <= 255.0)
    return whole and bool(values.max() > 1.0 or values.max() == values.min() == 0.0)
