"""The shapes that are drawn: every mesh once, with the lists of indices of its levels and edges in one pool."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from viewer.render.levels import LEVELS, Levels
from viewer.render.meshes import DrawMesh

FULL, EDGE_LIST, LISTS = 0, LEVELS + 1, LEVELS + 2
"""Lists of a shape: 0 all triangles, 1 to 5 coarser levels, then its edges."""
NONE = -1


class Shapes:
    """Grows; nothing is taken out. Main thread only."""

    def __init__(self) -> None:
        self.meshes: list[DrawMesh] = []
        self.start = np.zeros((64, LISTS), dtype=np.int64)
        self.count = np.zeros((64, LISTS), dtype=np.int32)
        """Indices in each list: three a triangle, two an edge."""
        self.error_m = np.full((64, LEVELS + 1), np.inf, dtype=np.float32)
        """How far each level strays, in the part's own metres; infinite where there is none."""
        self._pool = np.zeros(1 << 16, dtype=np.int32)
        self._used = 0

    def add(self, mesh: DrawMesh) -> int:
        """The new shape's number."""
        shape = len(self.meshes)
        if shape == len(self.start):
            self.start, self.count = (np.concatenate([a, np.zeros_like(a)]) for a in (self.start, self.count))
            self.error_m = np.concatenate([self.error_m, np.full_like(self.error_m, np.inf)])
        self.meshes.append(mesh)
        self._keep(shape, FULL, mesh.triangles)
        self._keep(shape, EDGE_LIST, mesh.edges)
        self.error_m[shape, FULL] = 0.0
        return shape

    def set_levels(self, shape: int, levels: Levels) -> None:
        """Levels that were made meanwhile."""
        for level, (triangles, error_m) in enumerate(zip(levels.triangles, levels.error_m, strict=True), 1):
            self._keep(shape, level, triangles)
            self.error_m[shape, level] = error_m

    def _keep(self, shape: int, which: int, indices: NDArray[np.int32]) -> None:
        flat = indices.ravel()
        end = self._used + len(flat)
        if end > len(self._pool):
            larger = np.zeros(max(end, 2 * len(self._pool)), dtype=np.int32)
            larger[: self._used] = self._pool[: self._used]
            self._pool = larger
        self._pool[self._used : end] = flat
        self.start[shape, which], self.count[shape, which] = self._used, len(flat)
        self._used = end

    def indices(self, shape: int, which: int) -> NDArray[np.int32]:
        """One list of one shape, flat; a view."""
        start = int(self.start[shape, which])
        return self._pool[start : start + int(self.count[shape, which])]

    def gathered(self, shapes: NDArray[np.int32], lists: NDArray[np.int8], shift: NDArray[np.int32]) -> NDArray[np.int32]:
        """The lists (k,) of the shapes (k,) one after another, each shifted to where its vertices begin; flat."""
        counts = self.count[shapes, lists]
        ends = np.cumsum(counts, dtype=np.int64)
        at = np.repeat(self.start[shapes, lists] - (ends - counts), counts)
        at += np.arange(int(ends[-1]) if len(ends) else 0)
        found = self._pool[at]
        found += np.repeat(shift, counts)
        return found


Gather = Callable[[NDArray[np.int32], NDArray[np.int8], NDArray[np.int32]], NDArray[np.int32]]
