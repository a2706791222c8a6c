"""Many alike lines of an OBJ read at once: where lines of one kind follow one another, and the numbers that they hold.

What reads them at once reads only what is plainly sound: whatever else stands there is left to the reader of single lines, which
knows every freedom of the format and names the line where something is wrong.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

VERTEX, FACE, PASSED, OTHER = range(4)
"""Kinds of line. PASSED: comments, empty lines, normals, texture places and parameters, of which nothing is read."""
_BLOCK = 1 << 20
_BLANK = np.zeros(256, dtype=np.bool_)
_BLANK[list(b" \t\n\r\x0b\x0c")] = True
_OF_FACES = _BLANK.copy()
_OF_FACES[list(b"f0123456789+-/")] = True
_NO_V, _NO_F = bytes.maketrans(b"v", b" "), bytes.maketrans(b"f", b" ")


class Run(NamedTuple):
    """Lines of one kind that follow one another in a block."""

    kind: int
    start: int
    stop: int
    """Bytes of the block."""
    lines: int


def blocks_of(text: bytes) -> Iterator[bytes]:
    """The text some lines at a time; they end with \\n, but for the last."""
    start = 0
    while start < len(text):
        stop = text.find(b"\n", start + _BLOCK) + 1 or len(text)
        yield text[start:stop]
        start = stop


def runs_of(block: bytes) -> list[Run]:
    """The lines of a block by their kinds."""
    codes = np.frombuffer(block, np.uint8)
    starts = _line_starts(codes)
    first, second = codes[starts], codes[np.minimum(starts + 1, len(codes) - 1)]
    spaced = (second == ord(" ")) | (second == ord("\t"))
    kinds = np.full(len(starts), OTHER, dtype=np.int8)
    kinds[(first == ord("v")) & spaced] = VERTEX
    kinds[(first == ord("f")) & spaced] = FACE
    unread = (second == ord("n")) | (second == ord("t")) | (second == ord("p"))
    kinds[((first == ord("v")) & unread) | (first == ord("#")) | (first == ord("\n"))] = PASSED
    at = np.concatenate([[0], np.flatnonzero(np.diff(kinds)) + 1, [len(kinds)]])
    where = np.append(starts, len(codes))[at].tolist()
    lines, kind = np.diff(at).tolist(), kinds[at[:-1]].tolist()
    return [Run(kind[i], where[i], where[i + 1], lines[i]) for i in range(len(lines))]


def numbers_of_vertices(text: bytes, lines: int) -> NDArray[np.float64] | None:
    """(lines, k) the numbers of `v` lines that all have as many; None where they don't, or where one is no number."""
    codes = np.frombuffer(text, np.uint8)
    words = _words(codes)
    if text.count(b"v") != lines or (words != words[0]).any() or words[0] < 4:
        return None
    found = _numbers(text.translate(_NO_V), np.float64)
    return found.reshape(lines, -1) if len(found) == lines * (int(words[0]) - 1) else None


def corners_of_faces(text: bytes, lines: int) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Vertices that `f` lines name, as written there, and how many each line names (lines,); None where a word is none."""
    codes = np.frombuffer(text, np.uint8)
    if text.count(b"f") != lines or not _OF_FACES[codes].all():
        return None
    words = _words(codes)
    if b"/" in text:
        text = _before_slashes(codes).tobytes()
        if (words != _words(np.frombuffer(text, np.uint8))).any():
            return None
    counts = words - 1
    found = _numbers(text.translate(_NO_F), np.int64)
    return (found, counts) if len(found) == int(counts.sum()) else None


def _line_starts(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.flatnonzero(codes[:-1] == ord("\n")) + 1])


def _words(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many words each line has."""
    blank = _BLANK[codes]
    begins = ~blank
    begins[1:] &= blank[:-1]
    return np.add.reduceat(begins, _line_starts(codes), dtype=np.int64)


def _before_slashes(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The text with blanks in place of what follows the first slash of each word."""
    at = np.arange(len(codes), dtype=np.int32)
    slash = np.maximum.accumulate(np.where(codes == ord("/"), at, np.int32(-1)))
    blank = np.maximum.accumulate(np.where(_BLANK[codes], at, np.int32(-1)))
    return np.where(slash > blank, np.uint8(ord(" ")), codes)


def _numbers(text: bytes, dtype: Any) -> NDArray[Any]:
    """All numbers with blanks between; none where anything else stands there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # numpy's word for text that is no number
            return np.fromstring(text.decode("ascii"), dtype=dtype, sep=" ")
    except (ValueError, DeprecationWarning):
        return np.zeros(0, dtype=dtype)
