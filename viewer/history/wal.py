"""SQLite's write-ahead log as it lies on the disk: which pages it holds, and whether every frame is what was written.

After "WAL File Format" in https://www.sqlite.org/fileformat2.html#the_write_ahead_log. Its checksum is a linear recurrence over
32-bit words, so each frame is checked by itself, from the sums stored in the frame before, with one multiplication table.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_HEADER = 32
_FRAME = 24
_MAGIC = 0x377F0682
_AT_ONCE = 1024
_Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Log:
    """The frames of one log in their order; only those with the log's own salts."""

    page: NDArray[np.int64]
    """(f,) The page in each frame, from 1."""
    commit: NDArray[np.bool_]
    """(f,) Whether a transaction ends with it."""
    sound: NDArray[np.bool_]
    """(f,) Whether its checksum fits."""
    path: Path
    page_size: int

    @property
    def read(self) -> int:
        """Frames that SQLite will take after a restart: sound ones up to the last commit."""
        bad = np.flatnonzero(~self.sound)
        end = int(bad[0]) if len(bad) else len(self.sound)
        ends = np.flatnonzero(self.commit[:end])
        return int(ends[-1]) + 1 if len(ends) else 0

    @property
    def cut(self) -> bool:
        """Whether sound commits stand behind a frame that is not: what they brought would be dropped."""
        return bool((self.commit & self.sound)[self.read :].any())

    def newest(self) -> dict[int, bytes]:
        """By page, the bytes it has after the last commit that is read."""
        frame_of = dict(zip(self.page[: self.read].tolist(), range(self.read), strict=True))
        with self.path.open("rb") as file:
            found: dict[int, bytes] = {}
            for page, frame in sorted(frame_of.items(), key=lambda item: item[1]):
                file.seek(_HEADER + frame * (_FRAME + self.page_size) + _FRAME)
                found[page] = file.read(self.page_size)
            return found


def read_log(path: Path) -> Log | None:
    """The log of a database; None where there is none or it is empty. Raises ValueError where its head is damaged."""
    size = path.stat().st_size if path.exists() else 0
    if size == 0:
        return None
    with path.open("rb") as file:
        head = np.frombuffer(file.read(_HEADER), ">u4")
        if len(head) < 8 or int(head[0]) & ~1 != _MAGIC:
            raise ValueError("its head is damaged")
        words = ">u4" if int(head[0]) & 1 else "<u4"
        sums = _sums(head[None, :6].astype(">u4").view(words).astype(np.uint32), np.zeros((1, 2), np.uint32))
        if (sums[0] != head[6:8]).any():
            raise ValueError("its head is damaged")
        page_size = int(head[2])
        count = (size - _HEADER) // (_FRAME + page_size)
        parts = [
            _Frames.of(file.read((_FRAME + page_size) * min(_AT_ONCE, count - at)), page_size) for at in range(0, count, _AT_ONCE)
        ]
        return _log(path, page_size, head, words, parts)


@dataclass(frozen=True, slots=True)
class _Frames:
    head: _Words
    """(f, 6) As numbers: page, size after commit, two salts, two sums."""
    raw: NDArray[np.uint8]

    @staticmethod
    def of(data: bytes, page_size: int) -> _Frames:
        table = np.frombuffer(data, np.uint8).reshape(-1, _FRAME + page_size)
        return _Frames(np.ascontiguousarray(table[:, :_FRAME]).view(">u4").astype(np.uint32), table)


def _log(path: Path, page_size: int, head: _Words, words: str, parts: list[_Frames]) -> Log:
    before = head[6:8].astype(np.uint32)
    pages: list[_Words] = [np.empty(0, np.uint32)]
    commits: list[NDArray[np.bool_]] = [np.empty(0, np.bool_)]
    sounds: list[NDArray[np.bool_]] = [np.empty(0, np.bool_)]
    for part in parts:
        starts = np.vstack([before[None], part.head[:-1, 4:6]])
        summed = np.hstack([part.raw[:, :8], part.raw[:, _FRAME:]])
        sums = _sums(np.ascontiguousarray(summed).view(words).astype(np.uint32), starts)
        own = (part.head[:, 2:4] == head[4:6].astype(np.uint32)).all(axis=1)
        pages.append(part.head[:, 0])
        commits.append((part.head[:, 1] > 0) & own)
        sounds.append((sums == part.head[:, 4:6]).all(axis=1) & own)
        before = part.head[-1, 4:6]
    sound = np.concatenate(sounds)
    last = np.flatnonzero(sound)
    end = int(last[-1]) + 1 if len(last) else 0
    return Log(np.concatenate(pages)[:end].astype(np.int64), np.concatenate(commits)[:end], sound[:end], path, page_size)


def _sums(words: _Words, starts: _Words) -> _Words:
    """(f, 2) The two sums over words (f, 2n), from starts (f, 2): s0 += x[2i] + s1; s1 += x[2i+1] + s0, all modulo 2^32."""
    first, second, begin = _table(words.shape[1] // 2)
    even, odd = words[:, ::2], words[:, 1::2]
    out = np.empty((len(words), 2), np.uint32)
    for one in range(2):
        out[:, one] = (even * first[one]).sum(axis=1, dtype=np.uint32) + (odd * second[one]).sum(axis=1, dtype=np.uint32)
        out[:, one] += starts[:, 0] * begin[one, 0] + starts[:, 1] * begin[one, 1]
    return out


@functools.cache
def _table(pairs: int) -> tuple[_Words, _Words, _Words]:
    """What each even and each odd word counts in the two sums, (2, n) each, and what the starts count (2, 2)."""
    first, second = np.zeros((2, pairs), np.uint32), np.zeros((2, pairs), np.uint32)
    # One pair maps (a, b) to (a + b + x, a + 2b + x + y): what comes after it is applied to what it adds.
    a, b, c, d = 1, 0, 0, 1
    for i in range(pairs - 1, -1, -1):
        first[:, i] = (a + b) % 2**32, (c + d) % 2**32
        second[:, i] = b, d
        a, b, c, d = (a + b) % 2**32, (a + 2 * b) % 2**32, (c + d) % 2**32, (c + 2 * d) % 2**32
    return first, second, np.array([[a, b], [c, d]], np.uint32)
