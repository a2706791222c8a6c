"""What an OBJ's lines amount to: the vertices, and of each object or group its faces; from single lines and from many at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.broken import broken

Ints = NDArray[np.int64]


class Body:
    """Faces of one object or group, vertices from 0."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._whole: list[tuple[Ints, Ints, Ints]] = []
        self._corners: list[int] = []
        self._counts: list[int] = []
        self._material: list[int] = []

    def add(self, corners: list[int], material: int) -> None:
        """One face."""
        self._corners += corners
        self._counts.append(len(corners))
        self._material.append(material)

    def add_many(self, corners: Ints, counts: Ints, material: int) -> None:
        """Faces with so many corners each."""
        self._gather()
        self._whole.append((corners, counts, np.full(len(counts), material, dtype=np.int64)))

    @property
    def filled(self) -> bool:
        """Whether it has faces."""
        return bool(self._whole or self._counts)

    def faces(self) -> tuple[Ints, Ints, Ints]:
        """Corners of all faces one after another, how many each face has, and the number of its material."""
        self._gather()
        corners, counts, material = (np.concatenate(some) for some in zip(*self._whole, strict=True))
        self._whole = [(corners, counts, material)]
        return self._whole[0]

    def _gather(self) -> None:
        if self._counts:
            lists = (self._corners, self._counts, self._material)
            corners, counts, material = (np.array(one, dtype=np.int64) for one in lists)
            self._whole.append((corners, counts, material))
            self._corners, self._counts, self._material = [], [], []


class Vertices:
    """Places, and colours where every line has one."""

    def __init__(self) -> None:
        self.count = 0
        self._tables: list[NDArray[np.float64]] = []
        self._lines: list[bytes] = []

    def add(self, line: bytes) -> None:
        """One `v` line, as it is written."""
        self._lines.append(line)
        self.count += 1

    def add_many(self, numbers: NDArray[np.float64]) -> None:
        """(n, 3 or more) what n lines hold: the place, then a weight or a colour."""
        self._gather()
        self._tables.append(numbers)
        self.count += len(numbers)

    def places(self) -> NDArray[np.float64]:
        """(n, 3). Raises BrokenFile where a line has not three numbers."""
        self._gather()
        return np.concatenate([table[:, :3] for table in self._tables]) if self._tables else np.zeros((0, 3))

    def colours(self) -> NDArray[np.uint8] | None:
        """(n, 3) where every line carries a colour after its place, from 0 to 1 or 0 to 255, as scanning programs write it."""
        self._gather()
        if not self._tables or any(table.shape[1] < 6 for table in self._tables):
            return None  # some vertices have none: the colours are left out as a whole
        values = np.nan_to_num(np.concatenate([table[:, 3:6] for table in self._tables]))
        top = 255.0 if float(values.max(initial=0.0)) <= 1.0 else 1.0
        return np.rint(np.clip(values * top, 0, 255)).astype(np.uint8)

    def _gather(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            words = [line.split()[1:7] for line in lines]
            places = _table([some[:3] for some in words])
            if places is None:
                odd = next((some for some in words if _table([some[:3]]) is None), [])
                broken(f"a vertex is not three numbers ({_shown(odd[:3])}); export it again")
            colours = _table([some[3:6] for some in words])
            self._tables.append(places if colours is None else np.hstack([places, colours]))


def _table(words: list[list[bytes]]) -> NDArray[np.float64] | None:
    """(n, 3) of three words each; None where some are not three, or no numbers."""
    if any(len(some) != 3 for some in words):
        return None
    try:
        return np.array(words, dtype="S64").astype(np.float64).reshape(-1, 3)
    except ValueError:
        return None


def _shown(words: list[Any]) -> str:
    return b" ".join(words).decode("ascii", "replace")[:80]
