"""Runs a reader in a short-lived process of its own: memory and time limited, with progress, and ended at once on cancel.

What a hostile file can do there (crash the CAD kernel, eat memory, never end) becomes one sentence here.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from viewer.base.errors import Cancelled, Fault, UserMistake
from viewer.base.job import Job
from viewer.geometry.broken import sentence
from viewer.geometry.model import GeometryModel, Reader
from viewer.geometry.packed import BrokenPack, load_packed, save_packed

MEMORY_BYTES = 4 * 2**30
"""What the reader may take beyond what its process has at the start."""
TIME_S = 900.0
_ANSWER_S = 0.05
"""How soon a cancel is noticed while the child says nothing."""

Message = tuple[str, float, str]
"""kind (progress, warn, done, mistake, fault), fraction, text."""


def read_in_worker(
    reader: Reader,
    path: Path,
    target: Path,
    *,
    unit: str | None,
    job: Job,
    time_s: float = TIME_S,
    memory_bytes: int = MEMORY_BYTES,
) -> GeometryModel:
    """The model as `reader` reads it in a child process, handed over in the packed file `target`.

    Any thread. Raises UserMistake (a broken file, a crash, too much memory or time), Cancelled.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(
        target=_work, args=(theirs, reader, path, target, unit, memory_bytes), daemon=True, name="genchi reader"
    )
    child.start()
    theirs.close()
    try:
        _follow(ours, child, path, job, time.monotonic() + time_s, time_s)
        return load_packed(target)
    except BrokenPack as error:
        raise Fault(f"the reader's result was damaged on its way: {path}") from error
    finally:
        _end(child)
        ours.close()


def _follow(ours: Any, child: SpawnProcess, path: Path, job: Job, deadline: float, time_s: float) -> None:
    """Pass on what the child says until it is done. Raises UserMistake where it dies or takes too long, Cancelled."""
    while True:
        wait([ours, child.sentinel], timeout=_ANSWER_S)
        job.check()
        while ours.poll():
            message = _received(ours)
            if message is None:
                raise _crashed(child, path)
            if _heard(message, job):
                return
        if not child.is_alive() and not ours.poll():
            raise _crashed(child, path)
        if time.monotonic() > deadline:
            raise sentence(path, f"reading took longer than the {time_s:g} s allowed; split or simplify the model")


def _crashed(child: SpawnProcess, path: Path) -> UserMistake:
    child.join(timeout=5.0)
    return sentence(path, f"the reader crashed on it ({_death(child.exitcode)}); repair it or export it again")


def _received(ours: Any) -> Message | None:
    try:
        return ours.recv()
    except EOFError:
        return None


def _heard(message: Message, job: Job) -> bool:
    """Whether the child is done."""
    kind, fraction, text = message
    if kind == "progress":
        job.progress(fraction, text)
    elif kind == "warn":
        job.warn(text)
    elif kind == "mistake":
        raise UserMistake(text)
    elif kind == "fault":
        raise Fault(text)
    return kind == "done"


def _death(exitcode: int | None) -> str:
    return f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"exit code {exitcode}"


def _end(child: SpawnProcess) -> None:
    """Make sure that nothing is left of the child."""
    child.join(timeout=0.2)
    if child.is_alive():
        child.kill()
        child.join()
    child.close()


class _Report:
    """The job as the child sees it: everything goes through the pipe; a cancel is the parent's kill."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._last = 0.0
        self.warnings: list[str] = []

    def progress(self, fraction: float, doing: str = "") -> None:
        now = time.monotonic()
        if now - self._last > 0.03:  # a thousand small parts need not send a thousand messages
            self._last = now
            self._pipe.send(("progress", fraction, doing))

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)

    def check(self) -> None:
        """Nothing to ask: the parent ends this process when the work is no longer wanted."""


def _work(pipe: Connection, reader: Reader, path: Path, target: Path, unit: str | None, memory_bytes: int) -> None:
    """The child's whole life."""
    from viewer.geometry.reading import read_here

    _limit_memory(memory_bytes)
    report = _Report(pipe)
    try:
        model = admitted_with(read_here(reader, path, unit=unit, job=report), report.warnings)
        save_packed(model, target)
        pipe.send(("done", 1.0, ""))
    except UserMistake as mistake:
        pipe.send(("mistake", 0.0, str(mistake)))
    except MemoryError:
        wanted = f"it needs more than the {memory_bytes / 2**30:.3g} GB of memory allowed; split the model"
        pipe.send(("mistake", 0.0, str(sentence(path, wanted))))
    except OSError as error:
        pipe.send(("fault", 0.0, f"the reader could not store its result ({error.strerror or error}): {target.parent}"))
    except Cancelled:
        pass
    finally:
        pipe.close()


def admitted_with(model: GeometryModel, warnings: list[str]) -> GeometryModel:
    """The model with what its reader told on the way."""
    return replace(model, warnings=(*warnings, *model.warnings))


def _limit_memory(extra_bytes: int) -> None:
    """No more than `extra_bytes` beyond what is mapped now, so that numpy's own reservations don't count. Linux only."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + extra_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
