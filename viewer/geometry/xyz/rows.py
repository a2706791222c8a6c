"""Rows of numbers out of a text, a block of megabytes at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.xyz.columns import plain, row_of

_BLOCK_BYTES = 16 * 2**20
_LONGEST_LINE = 1 << 16


def blocks_of_lines(file: Any) -> Iterator[bytes]:
    """The rest of an open binary file, cut between lines."""
    rest = b""
    while block := file.read(_BLOCK_BYTES):
        text = rest + block
        cut = text.rfind(b"\n") + 1
        if not cut and len(text) > _LONGEST_LINE:
            cut = text.rfind(b"\r") + 1
        if not cut:
            rest = text
            continue
        yield text[:cut]
        rest = text[cut:]
    if rest.strip():
        yield rest


def rows_of(text: bytes, count: int) -> tuple[NDArray[np.float64], int]:
    """(n, count) numbers of the lines that hold `count` of them, and how many other lines there are (blank ones not)."""
    text = plain(text)
    lines = sum(1 for line in text.splitlines() if line.strip()) if text.count(b"\r") else _filled_lines(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a word that is no number ends the reading: told by the count
        try:
            numbers = np.fromstring(text, dtype=np.float64, sep=" ")
        except ValueError:  # so newer versions of numpy tell it
            return _one_by_one(text, count)
    if len(numbers) == lines * count and _regular(text, count):
        return numbers.reshape(-1, count), 0
    return _one_by_one(text, count)


def _filled_lines(text: bytes) -> int:
    """Lines that are not blank."""
    return sum(1 for line in text.split(b"\n") if line and not line.isspace())


def _regular(text: bytes, count: int) -> bool:
    """Whether the first and last lines have as many numbers as all should; with the sum right, others have too."""
    lines = text.splitlines()
    filled = [line for line in (*lines[:50], *lines[-50:]) if line.strip()]
    return all(len(line.split()) == count for line in filled)


def _one_by_one(text: bytes, count: int) -> tuple[NDArray[np.float64], int]:
    rows: list[list[float]] = []
    others = 0
    for line in text.splitlines():
        words = row_of(line)
        if words is not None and len(words) == count:
            rows.append([float(word.lower().replace(b"d", b"e")) for word in words])
        elif line.strip() and not (words is not None and len(words) == 1):  # a count before each group of a PTS
            others += 1
    return np.array(rows, dtype=np.float64).reshape(-1, count), others
