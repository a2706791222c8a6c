"""Makes detail levels in a helper process, so that decimating never holds the window's Python."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from viewer.render.level_cache import LevelCache
from viewer.render.levels import Levels, decimated
from viewer.render.meshes import DrawMesh

_LOG = logging.getLogger(__name__)
_WAKE_S = 0.5
_BACKGROUND = 10
"""How much the helper gives way to others, as `nice` counts."""


def serve(connection: Connection) -> None:
    """The helper's whole life: a mesh comes, its levels go; ends when the other side does."""
    if hasattr(os, "nice"):
        os.nice(_BACKGROUND)
    cache = LevelCache()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        while True:
            connection.send(levels_of(connection.recv(), cache))
    cache.trim()


def levels_of(mesh: DrawMesh, cache: LevelCache) -> Levels:
    """From the cache, or made and kept there."""
    place = cache.place(mesh)
    known = cache.load(place, mesh)
    if known is None:
        known = decimated(mesh)
        cache.keep(place, known)
    return known


class LevelWorker:
    """Meshes in, levels out, in the order given. The helper starts with the first mesh and goes when none is left.

    `wake` is called from a thread of its own when levels are ready, not oftener than every half second.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake, self._woken_at_s = wake, 0.0
        self._waiting: deque[tuple[int, DrawMesh]] = deque()
        self._ready: deque[tuple[int, Levels]] = deque()
        self._lock = threading.Lock()
        self._ended = False
        self._running = False
        self._process: BaseProcess | None = None

    @property
    def pending(self) -> int:
        """Meshes whose levels were not taken yet."""
        with self._lock:
            return len(self._waiting) + self._running + len(self._ready)

    @property
    def ready(self) -> bool:
        """Whether enough is ready that a new picture is worth it."""
        with self._lock:
            return bool(self._ready) and (not self._waiting or time.monotonic() - self._woken_at_s < _WAKE_S)

    def put(self, meshes: Iterable[tuple[int, DrawMesh]]) -> None:
        """Shapes' numbers and meshes."""
        with self._lock:
            self._waiting.extend(meshes)
            if self._waiting and not self._running and not self._ended:
                self._running = True
                threading.Thread(target=self._run, name="making levels", daemon=True).start()

    def take(self) -> tuple[int, Levels] | None:
        """A shape's number with its levels; None where none is ready."""
        with self._lock:
            return self._ready.popleft() if self._ready else None

    def drain(self) -> list[tuple[int, DrawMesh]]:
        """What waits, for somebody else to do."""
        with self._lock:
            found = list(self._waiting)
            self._waiting.clear()
            return found

    def end(self) -> None:
        """Stop at once."""
        with self._lock:
            self._ended = True
            self._waiting.clear()
            self._ready.clear()
            process = self._process
        if process is not None and process.is_alive():
            process.terminate()

    def _run(self) -> None:
        try:
            self._follow()
        except Exception:  # noqa: BLE001 - the boundary of a thread: recorded; those meshes are drawn in full
            _LOG.exception("levels of detail could not be made; meshes are drawn in full")
        finally:
            with self._lock:
                self._running, self._process = False, None

    def _follow(self) -> None:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(there,), name="levels of detail", daemon=True)
        with self._lock:
            if self._ended:
                return
            process.start()
            self._process = process
        there.close()
        with here:
            while (one := self._next()) is not None:
                shape, mesh = one
                try:
                    here.send(mesh)
                    levels: Levels = here.recv()
                except (EOFError, OSError):
                    process.join(2.0)
                    if not self._ended and process.exitcode not in (0, -signal.SIGTERM):
                        _LOG.warning(
                            "the process that makes levels of detail died (%s); meshes are drawn in full", process.exitcode
                        )
                    break
                with self._lock:
                    if not self._ended:
                        self._ready.append((shape, levels))
                    last = not self._waiting
                if last or time.monotonic() > self._woken_at_s + _WAKE_S:
                    self._woken_at_s = time.monotonic()
                    self._wake()
        process.join(2.0)
        if process.is_alive():
            process.terminate()

    def _next(self) -> tuple[int, DrawMesh] | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting and not self._ended else None
