"""Runs a reader in a process of its own: memory and time limited, with progress, and ended at once on cancel.

What a hostile file can do there (crash the CAD kernel, eat memory, never end) becomes one sentence here. A process that ran a C
library is used once; one that ran only readers of our own, which can't damage it, is kept for the next file.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from viewer.base.errors import Fault, UserMistake
from viewer.base.job import Job
from viewer.geometry.broken import sentence
from viewer.geometry.model import GeometryModel, Reader
from viewer.geometry.packed import BrokenPack, load_packed, take_packed
from viewer.geometry.processes import RESERVE, ReadingProcess
from viewer.geometry.worker_child import Order, too_much

MEMORY_BYTES = 4 * 2**30
"""What the reader may take beyond what its process has at the start."""
TIME_S = 900.0
_ANSWER_S = 0.05
"""How soon a cancel is noticed while the child says nothing."""
_BASE_BYTES = 1 << 29
"""What a process may hold before it has read anything: the libraries themselves."""
_STARTS = 3
_SMALL_BYTES = 1 << 22
"""Of a packed model that is taken into memory instead of being mapped."""

_LOG = logging.getLogger(__name__)


def read_in_worker(
    reader: Reader,
    path: Path,
    target: Path,
    *,
    unit: str | None,
    job: Job,
    time_s: float = TIME_S,
    memory_bytes: int = MEMORY_BYTES,
    keep: Callable[[], bool] = lambda: True,
) -> GeometryModel:
    """The model as `reader` reads it in a child process, handed over in the packed file `target`.

    `keep` is asked at the end: whether a small result is to stay there; a large one always does.
    Any thread. Raises UserMistake (a broken file, a crash, too much memory or time; its notes hold what the libraries printed),
    Cancelled.
    """
    order = Order(reader, path, target.absolute(), unit, Path.cwd(), memory_bytes, cpu_s=4.0 * time_s)
    process = _started(order)
    sound = False
    try:
        follow(process, path, job, time_s, memory_bytes)
        sound = True
        return load_packed(target, checked=False) if keep() or target.stat().st_size > _SMALL_BYTES else take_packed(target)
    except BrokenPack as error:
        raise Fault(f"the reader's result was damaged on its way: {path}") from error
    except UserMistake:
        sound = process.alive
        raise
    finally:
        _let_go(process, keep=sound and not reader.heavy, target=target)


def _started(order: Order) -> ReadingProcess:
    """A process at work on the order."""
    said = ""
    for _ in range(_STARTS):
        process = RESERVE.take(order.memory_bytes + _BASE_BYTES)
        if process.begin(order):
            return process
        said = process.log()
        process.end()
    raise Fault(f"the reading process does not start ({said[-500:] or 'it says nothing'}): {order.path}")


def _let_go(process: ReadingProcess, *, keep: bool, target: Path) -> None:
    if keep:
        RESERVE.give(process)
        return
    process.end()
    for left in target.parent.glob(f"{target.name}.*.part"):
        left.unlink(missing_ok=True)


def follow(process: ReadingProcess, path: Path, job: Job, time_s: float, memory_bytes: int) -> None:
    """Pass on what the child says until it is done. Raises UserMistake where it dies or takes too much, Cancelled."""
    deadline = time.monotonic() + time_s
    most = memory_bytes + _BASE_BYTES
    while True:
        job.check()
        if process.guard.memory_bytes() > most:
            raise _ended(process, path, too_much(memory_bytes))
        if time.monotonic() > deadline:
            raise _ended(process, path, f"reading took longer than the {time_s:g} s allowed; split or simplify the model")
        try:
            message = process.hear(_ANSWER_S)
        except TimeoutError:
            continue
        if message is None:
            raise _crashed(process, path, memory_bytes)
        kind, fraction, text = message
        if kind == "progress":
            job.progress(fraction, text)
        elif kind == "mistake":
            raise UserMistake(text)
        elif kind == "fault":
            raise Fault(text)
        elif kind == "done":
            return


def _crashed(process: ReadingProcess, path: Path, memory_bytes: int) -> UserMistake:
    """What is left to say of a process that has ended: C++ ends by itself where it gets no more memory."""
    if "bad_alloc" in process.log():
        return _ended(process, path, too_much(memory_bytes))
    return _ended(process, path, f"the reader crashed on it ({process.death()}); repair it or export it again")


def _ended(process: ReadingProcess, path: Path, what: str) -> UserMistake:
    """The sentence about a file whose reading process is of no more use, with what was printed as a note."""
    said = process.log()
    process.end()
    mistake = sentence(path, what)
    if said:
        mistake.add_note(said)
        _LOG.info("%s\n%s", mistake, said)
    return mistake
