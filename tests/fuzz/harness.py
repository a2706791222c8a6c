"""Feeds spoilt files to the real reading process, one after another, and notes how each of them ended.

The process, its limits, its watch and the second check of what it hands over are those of the program (`viewer.geometry.worker`);
only that it is kept for the next file also where the program would take a fresh one, so that thousands can be read.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.mutations import WAYS, mutated
from tests.fuzz.seeds import Seed, seeds_of
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.broken import BrokenFile, sentence
from viewer.geometry.checks import verified
from viewer.geometry.model import GeometryModel
from viewer.geometry.packed import take_packed
from viewer.geometry.processes import ReadingProcess
from viewer.geometry.reading import reader_for
from viewer.geometry.worker import MEMORY_BYTES, follow
from viewer.geometry.worker_child import Order

_logger = logging.getLogger(__name__)

TIME_S = 20.0
"""For one small file; the program allows fifteen minutes for any."""
OWN_SHARE = 0.95
"""Of the mutations that start from our own small files; the others from real ones."""
_SENTENCE = 2000


@dataclass
class Tally:
    """How the files of one format ended."""

    kind: str
    seed: int
    files: int = 0
    opened: int = 0
    refused: int = 0
    """With one sentence."""
    unforeseen: int = 0
    """Refused too, by the net under a reader: it raised something that it should have foreseen."""
    died: int = 0
    """The reading process crashed: contained, one sentence."""
    over_time: int = 0
    over_memory: int = 0
    bad_sentences: int = 0
    escaped: int = 0
    """Raised anything but a user's mistake here: none may."""
    worst_s: float = 0.0
    peak_mb: float = 0.0
    """The most that the process held at any time, its libraries included."""
    took_s: float = 0.0
    notes: dict[str, int] = field(default_factory=dict[str, int])
    """What was unforeseen or worse, how often."""
    worst: list[str] = field(default_factory=list[str])
    """Numbers of the files that took longest, crashed the process or were unforeseen."""

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Bench:
    """One format's files, made and read."""

    def __init__(self, kind: str, seed: int, folder: Path, shared: Path | None = None) -> None:
        self._kind, self._seed, self._folder = kind, seed, folder
        seeds = seeds_of(kind, shared)
        own = len(seeds_of(kind)) if shared is not None else len(seeds)
        self._own, self._real = seeds[:own], seeds[own:]
        self._process: ReadingProcess | None = None
        self._slow: Counter[str] = Counter()
        self.tally = Tally(kind, seed)
        self.last_s = 0.0

    def make(self, number: int) -> Path:
        """The file of this number, always the same, in a folder with what lies beside it."""
        random = Random(f"{self._seed} {self._kind} {number}")
        pool = self._real if self._real and random.random() >= OWN_SHARE else self._own
        seed = random.choice(pool)
        others = [one.data for one in self._own]
        return self.lay(replace(seed, data=mutated(random, seed.data, others, WAYS[self._kind])))

    def lay(self, seed: Seed) -> Path:
        """Write a file, and what lies beside it, into an empty folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        for name, content in seed.beside.items():
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(content)
        path = self._folder / seed.name
        path.write_bytes(seed.data)
        return path

    def run(self, number: int) -> str:
        """Make and read one file; how it ended."""
        return self.judge(self.make(number), str(number))

    def judge(self, path: Path, name: str) -> str:
        """Read one file and note how it ended."""
        began = time.monotonic()
        self.last_s = 0.0
        said, outcome = "", "opened"
        try:
            self._read(path)
        except UserMistake as mistake:
            said = str(mistake)
            outcome = _outcome(said)
            if not _well_formed(said, path):
                self.tally.bad_sentences += 1
                self._note(f"bad sentence: {said[:200]}", name)
        except Exception as error:
            _logger.exception("%s came through", path)
            outcome, said = "escaped", f"{type(error).__name__}: {error}"
        took = self.last_s = time.monotonic() - began
        self._count(outcome, said, name, took, path)
        return outcome

    def _count(self, outcome: str, said: str, name: str, took: float, path: Path) -> None:
        tally = self.tally
        tally.files += 1
        setattr(tally, outcome, getattr(tally, outcome) + 1)
        tally.took_s += took
        if took > tally.worst_s:
            tally.worst_s = took
            tally.worst = [*tally.worst[-30:], f"{name}: {took:.2f} s"]
        if outcome not in ("opened", "refused"):
            self._note(f"{outcome}: {said.replace(str(path), '')[:160]}", name)
        if self._process is not None:
            tally.peak_mb = max(tally.peak_mb, _peak_mb(self._process.pid))

    def _note(self, what: str, name: str) -> None:
        notes = self.tally.notes
        if what not in notes and len(notes) < 60:
            self.tally.worst.append(f"{name}: {what[:60]}")
        if what in notes or len(notes) < 60:
            notes[what] = notes.get(what, 0) + 1

    def _read(self, path: Path) -> GeometryModel:
        reader = reader_for(path)
        target = self._folder / "result"
        order = Order(reader, path, target, None, Path.cwd(), MEMORY_BYTES, cpu_s=4 * TIME_S, stays=True)
        process = self._running(order)
        follow(process, path, SilentJob(), TIME_S, MEMORY_BYTES)
        try:
            return verified(take_packed(target))
        except BrokenFile as error:
            raise sentence(path, f"handed over, and yet {error}") from error

    def _running(self, order: Order) -> ReadingProcess:
        for _ in range(3):
            if self._process is None or not self._process.alive or self._process.readings >= 500:
                self.close()
                self._process = ReadingProcess(2 * MEMORY_BYTES)
            if self._process.begin(order):
                return self._process
        raise RuntimeError("the reading process does not start")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None


def _outcome(said: str) -> str:
    if "the reader crashed on it" in said or "handed over, and yet" in said:
        return "died"
    if "reading took longer" in said:
        return "over_time"
    if "GB of memory allowed" in said:
        return "over_memory"
    return "unforeseen" if "it is damaged (" in said else "refused"


def _well_formed(said: str, path: Path) -> bool:
    """One line that ends with the path and says nothing of Python's inside."""
    inside = ("Traceback", 'File "', "<class", " object at 0x")
    one_line = "\n" not in said and "\r" not in said and said.isprintable()
    return (
        one_line
        and said.startswith("cannot open this file: ")
        and said.endswith(f": {path}")
        and len(said) < _SENTENCE
        and not any(word in said for word in inside)
    )


def _peak_mb(pid: int) -> float:
    """The most that a process ever held (VmHWM, proc(5)); 0 elsewhere than on Linux."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmHWM")), 0.0)
