"""Preparing: meshes made ready, merged and decimated off the main thread, the most important first."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from viewer.render.chunks import Merged, merge
from viewer.render.level_cache import LevelCache
from viewer.render.levels import FEWEST_TRIANGLES, Levels
from viewer.render.meshes import DrawMesh, draw_mesh
from viewer.render.picking import Tables, TriangleTable
from viewer.twin.parts import Mesh

_LARGE = 50_000
"""Triangles from which a mesh's table for picking takes noticeably long."""
_LOG = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Group:
    """Slots that lie close together and are drawn together; `meshes` (k) shows what each is."""

    slots: NDArray[np.int64]
    meshes: list[Mesh]
    merged: bool = True
    """Whether to merge them; else each mesh is drawn once per slot."""
    weight: float = 0.0
    """How much of the picture it is: the heaviest is prepared first. Written by the main thread."""


@dataclass(eq=False, slots=True)
class ReadyChunk:
    """Slots with one drawable's worth of arrays."""

    merged: Merged | None
    slots: NDArray[np.int64]
    meshes: list[Mesh]
    """Of each slot of `slots`."""
    closed: bool


@dataclass(eq=False, slots=True)
class ReadyGroup:
    """What became of a group."""

    group: Group
    chunks: list[ReadyChunk] = field(default_factory=list)
    levels: dict[int, Levels] = field(default_factory=dict)
    """By the drawn mesh's id(): those that were made another time."""


class MeshLibrary:
    """Each mesh made ready once. Any thread: at worst two make the same."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Mesh, DrawMesh]] = {}
        self._asked: set[int] = set()
        self.tables: Tables = {}
        """For picking in large meshes."""

    def drawn(self, mesh: Mesh) -> DrawMesh:
        """The mesh made ready."""
        known = self._known.get(id(mesh))
        if known is None:
            known = self._known[id(mesh)] = (mesh, draw_mesh(mesh))
        return known[1]

    def ready(self, mesh: Mesh) -> DrawMesh | None:
        """The mesh, where it is ready already."""
        known = self._known.get(id(mesh))
        return None if known is None else known[1]

    def kept_levels(self, draws: Iterable[DrawMesh], cache: LevelCache) -> dict[int, Levels]:
        """What the cache has for those meshes that were not asked for before, by id()."""
        new = {id(draw): draw for draw in draws if len(draw.triangles) >= FEWEST_TRIANGLES and id(draw) not in self._asked}
        self._asked.update(new)
        found = {key: cache.load(cache.place(draw), draw) for key, draw in new.items()}
        return {key: levels for key, levels in found.items() if levels is not None}

    def make_tables(self, meshes: Iterable[Mesh]) -> None:
        """Tables of the large ones among them, so that the cursor over them does not stutter."""
        for mesh in {id(mesh): mesh for mesh in meshes}.values():
            if len(mesh.triangles) > _LARGE and id(mesh) not in self.tables:
                self.tables[id(mesh)] = (mesh, TriangleTable(mesh))

    def keep_only(self, meshes: Iterable[Mesh]) -> None:
        """Forget all others."""
        wanted = {id(mesh) for mesh in meshes}
        self._known = {key: value for key, value in self._known.items() if key in wanted}
        self._asked.clear()
        for key in self.tables.keys() - wanted:
            self.tables.pop(key, None)


def prepared(group: Group, library: MeshLibrary, cache: LevelCache | None = None) -> ReadyGroup:
    """A group's meshes ready, and merged; closed bodies apart, since faces of theirs that look away need no drawing."""
    draws = [library.drawn(mesh) for mesh in group.meshes]
    done = ReadyGroup(group)
    if cache is not None:
        library.make_tables(group.meshes)
        done.levels = library.kept_levels(draws, cache)
    shut = np.array([draw.closed for draw in draws], dtype=np.bool_)
    for closed in (True, False):
        rows = np.flatnonzero(shut == closed)
        if not len(rows):
            continue
        by_mesh: dict[int, list[int]] = {}
        for row in rows.tolist():
            by_mesh.setdefault(id(draws[row]), []).append(row)
        kinds = [(draws[some[0]], group.slots[some]) for some in by_mesh.values()]
        order = [row for some in by_mesh.values() for row in some]
        meshes = [group.meshes[row] for row in order]
        done.chunks.append(ReadyChunk(merge(kinds) if group.merged else None, group.slots[order], meshes, closed))
    return done


def _nobody() -> None:
    """Nobody waits to be told."""


class Preparer:
    """Groups in, ready groups out; on a thread of its own, or in the caller's where that suits better.

    `wake` is called from that thread after each group.
    """

    def __init__(
        self, library: MeshLibrary, *, threaded: bool, wake: Callable[[], None] = _nobody, cache: LevelCache | None = None
    ) -> None:
        self._library, self._threaded, self._wake, self._cache = library, threaded, wake, cache
        self._waiting: list[Group] = []
        self._ready: deque[ReadyGroup] = deque()
        self._failed: deque[Group] = deque()
        self._lock = threading.Condition()
        self._busy = 0
        self._ended = False
        self._thread: threading.Thread | None = None

    @property
    def pending(self) -> int:
        """Groups that are not ready, or ready and not taken."""
        with self._lock:
            return len(self._waiting) + self._busy + len(self._ready)

    @property
    def ready(self) -> bool:
        """Whether `take` would give something."""
        with self._lock:
            return bool(self._ready)

    def put(self, groups: Iterable[Group]) -> None:
        """More to be prepared."""
        with self._lock:
            self._waiting.extend(groups)
            self._lock.notify_all()

    def start(self) -> None:
        """Begin on the thread, where there is one."""
        if self._threaded and self._thread is None and self._waiting:
            self._thread = threading.Thread(target=self._run, name="preparing the scene", daemon=True)
            self._thread.start()

    def waiting(self) -> list[Group]:
        """What nobody has begun with; for setting weights."""
        with self._lock:
            return list(self._waiting)

    def take(self) -> ReadyGroup | None:
        """The next that is ready; None where none is."""
        with self._lock:
            return self._ready.popleft() if self._ready else None

    def finish(self) -> None:
        """Prepare all that waits, in this thread too, and wait for what the other is at."""
        while (group := self._next(wait=False)) is not None:
            self._prepare(group)
        with self._lock:
            self._lock.wait_for(lambda: self._busy == 0)

    def end(self) -> None:
        """Let what waits be; the thread ends after what it is at."""
        with self._lock:
            self._ended = True
            self._waiting.clear()
            self._ready.clear()
            self._lock.notify_all()

    def _next(self, *, wait: bool) -> Group | None:
        with self._lock:
            if wait:
                self._lock.wait_for(lambda: self._waiting or self._ended)
            if self._ended or not self._waiting:
                return None
            best = max(range(len(self._waiting)), key=lambda i: self._waiting[i].weight)
            self._busy += 1
            return self._waiting.pop(best)

    def _prepare(self, group: Group) -> None:
        done = ReadyGroup(group)
        try:
            done = prepared(group, self._library, self._cache)
        except Exception:  # noqa: BLE001 - the boundary of a thread: recorded; those parts stay undrawn, all others come
            _LOG.exception("%d parts could not be made ready for drawing", len(group.slots))
        finally:
            with self._lock:
                self._busy -= 1
                if not self._ended:
                    self._ready.append(done)
                self._lock.notify_all()

    def _run(self) -> None:
        while (group := self._next(wait=True)) is not None:
            self._prepare(group)
            self._wake()
