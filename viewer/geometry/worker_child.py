"""The reading process itself: takes orders from its standard input, reads, packs the result and says how it went.

It speaks JSON lines, which the parent can parse without trusting them, on what was its standard output; whatever C libraries
print goes to the log. It ends when its input ends, or when it was not asked for anything for a minute.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from viewer.geometry.confinement import clear, end_with_parent, isolate, limit_cpu, limit_memory

if TYPE_CHECKING:
    from viewer.geometry.model import GeometryModel, Reader

FRAME = struct.Struct("<Q")
_FOREIGN = {"OCP", "ifcopenshell", "pxr", "pye57", "laspy", "lazrs", "DracoPy", "PIL"}
"""Libraries in C, C++ or Rust that look at a file's bytes."""
IDLE_S = 60.0
_SENTENCE = 4000
"""Most characters of one message."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to read, into which file, within which limits."""

    reader: Reader
    path: Path
    target: Path
    unit: str | None
    folder: Path
    """The working folder that a relative path is seen from."""
    memory_bytes: int
    cpu_s: float
    stays: bool = False
    """Whether the process is to go on also where it has loaded a library of foreign code."""


def main(folder: Path) -> None:
    """The process's whole life; `folder` is for its temporary files."""
    say = Voice(_messages())
    isolate()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    _get_ready()
    say("ready")
    stdin = sys.stdin.buffer
    while (order := _next_order(stdin)) is not None:
        say("began")
        end_with_parent(stdin.fileno(), wanted=True)
        kind, text = _carried_out(order, say)
        end_with_parent(stdin.fileno(), wanted=False)  # the next order may come as soon as the parent hears of this one
        clear(folder)
        say(kind, text=text)
        if not order.stays and _FOREIGN & sys.modules.keys():
            break  # what such a library made of its memory, no other file shall meet


class Voice:
    """Says things to the parent, a line each."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, kind: str, fraction: float = 0.0, text: str = "") -> None:
        """`kind`: ready, began, progress, done, mistake or fault."""
        line = json.dumps([kind, fraction, " ".join(text[:_SENTENCE].split("\n"))]).encode() + b"\n"
        while line:
            line = line[os.write(self._descriptor, line) :]


def _messages() -> int:
    """A descriptor of our own for messages; descriptors 1 and 2 become the log from here on."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return ours


def _get_ready() -> None:
    """Import what every reading needs, so that a process waiting in reserve begins at once."""
    from importlib import import_module

    import_module("viewer.geometry.reading")


def _next_order(stdin: BinaryIO) -> Order | None:
    """The parent's next order; None when there is none any more. The process ends where it waits too long."""
    idle = threading.Timer(IDLE_S, os._exit, (0,))
    idle.daemon = True
    idle.start()
    try:
        head = stdin.read(FRAME.size)
        if len(head) < FRAME.size:
            return None
        body = stdin.read(FRAME.unpack(head)[0])
    finally:
        idle.cancel()
    folders, pickled = pickle.loads(body)
    sys.path[:] = folders
    return pickle.loads(pickled)


def _carried_out(order: Order, say: Voice) -> tuple[str, str]:
    """Kind and text of the message that ends it."""
    from viewer.base.errors import Cancelled, UserMistake
    from viewer.geometry.broken import sentence
    from viewer.geometry.packed import save_packed
    from viewer.geometry.reading import read_here

    os.chdir(order.folder)
    limit_memory(order.memory_bytes)
    limit_cpu(order.cpu_s)
    report = Report(say)
    try:
        model = with_warnings(read_here(order.reader, order.path, unit=order.unit, job=report), report.warnings)
        save_packed(model, order.target)
    except UserMistake as mistake:
        return "mistake", str(mistake)
    except (MemoryError, RecursionError) as error:
        return "mistake", str(sentence(order.path, too_much(order.memory_bytes, error)))
    except OSError as error:
        return "fault", f"the reader could not store its result ({error.strerror or error}): {order.target.parent}"
    except Cancelled:
        return "fault", f"the reader gave up by itself: {order.path}"
    return "done", ""


def too_much(memory_bytes: int, error: BaseException | None = None) -> str:
    """What to say of a file that wants more than it may have."""
    if isinstance(error, RecursionError):
        return "it is nested too deep; export it again"
    return f"it needs more than the {memory_bytes / 2**30:.3g} GB of memory allowed; split the model"


def with_warnings(model: GeometryModel, warnings: list[str]) -> GeometryModel:
    """The model with what its reader told on the way."""
    from viewer.geometry.checks import bounded

    return replace(model, warnings=bounded((*warnings, *model.warnings)))


class Report:
    """The job as the reader sees it: progress goes to the parent, warnings with the model; a cancel is the parent's kill."""

    def __init__(self, say: Voice) -> None:
        self._say = say
        self._last = 0.0
        self.warnings: list[str] = []

    def progress(self, fraction: float, doing: str = "") -> None:
        """See Job."""
        now = time.monotonic()
        if now - self._last > 0.03:  # a thousand small parts need not send a thousand messages
            self._last = now
            self._say("progress", fraction, doing)

    def warn(self, sentence: str) -> None:
        """See Job."""
        self.warnings.append(sentence)

    def check(self) -> None:
        """Nothing to ask: the parent ends this process when the work is no longer wanted."""


def start_words() -> list[str]:
    """The command that starts such a process, short of its folder."""
    return [sys.executable, "-P", "-m", "viewer.geometry.worker_child"]


if __name__ == "__main__":
    from viewer.geometry import worker_child as _module  # so that what is pickled is of the module, not of __main__

    arguments: list[Any] = sys.argv[1:]
    _module.main(Path(arguments[0]))
