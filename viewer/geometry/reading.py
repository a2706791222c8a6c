"""Opens any geometry file by its content: finds the reader, has it run in a reading process, keeps what that made.

Every file is read in a process of its own, small ones and those of our own readers too: a thread that hangs can't be ended, and
what a small file unfolds to is not known before. Only files that came with this program are read here, so that it starts at once.
Figures: docs/decisions/hostile-files.md.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from viewer.base.errors import Cancelled, UserMistake
from viewer.base.job import Job, SilentJob
from viewer.base.paths import bundled
from viewer.geometry.beside import as_they_are, noting
from viewer.geometry.broken import BrokenFile, sentence
from viewer.geometry.cache import Cache, options_of
from viewer.geometry.checks import admitted, bounds_in_world, box_in_world, verified
from viewer.geometry.clouds.content import surveyed
from viewer.geometry.lengths import metres_in, size_doubt
from viewer.geometry.model import GeometryModel, Reader
from viewer.geometry.readers import reader_of
from viewer.geometry.worker import read_in_worker
from viewer.geometry.worker_child import with_warnings

WORTH_KEEPING_S = 0.5
"""What takes less is read anew the next time, so that not every small file fills the cache."""
MAX_BYTES = 4 * 2**30


def read_model(
    path: Path, *, unit: str | None = None, job: Job | None = None, deflection_m: float | None = None
) -> GeometryModel:
    """What a geometry file holds, in metres, z up.

    `unit` supplies or overrides the file's length unit; `deflection_m` is how far triangles may lie from CAD surfaces (None: by
    each part's size). Any thread; blocks. Raises UserMistake with one sentence where the file is missing, empty, broken, hostile
    or of no known format; Cancelled.
    """
    job = job or SilentJob()
    if unit is not None:
        metres_in(unit)
    reader = reader_for(path, deflection_m)
    if not reader.heavy and _came_with_program(path):
        notes = _Notes(job)
        return _told(with_warnings(read_here(reader, path, unit=unit, job=notes), notes.warnings), job)
    return _told(_from_worker(reader, path, unit, job), job)


def reader_for(path: Path, deflection_m: float | None = None) -> Reader:
    """The reader that claims the file's first bytes. Raises UserMistake."""
    return reader_of(_head(path), path, deflection_m)


def read_here(reader: Reader, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
    """Run the reader in this process and let only sound geometry through. Raises UserMistake, Cancelled."""
    try:
        with noting() as noted:
            model = admitted(reader.read(path, unit=unit, job=job))
        return replace(model, beside=as_they_are(path.parent, noted)) if noted else model
    except BrokenFile as error:
        raise sentence(path, str(error)) from error
    except (UserMistake, Cancelled, MemoryError):
        raise
    except RecursionError as error:
        raise sentence(path, "it is nested too deep; export it again") from error
    except OSError as error:
        raise sentence(
            path, f"it can't be read ({error.strerror or error}); check that it is there and that you may read it"
        ) from error
    except ImportError as error:
        raise sentence(path, f"the {reader.format} reader is not installed whole ({error}); install genchi again") from error
    except Exception as error:
        if _of_library(error, reader):
            said = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
            raise sentence(path, f"the library that reads {reader.title} gives up on it ({said}); export it again") from error
        # The boundary to files that others made: whatever a reader trips over is the file's fault, told in one sentence.
        raise sentence(path, f"it is damaged ({type(error).__name__} in the {reader.format} reader); export it again") from error


def _of_library(error: BaseException, reader: Reader) -> bool:
    """Whether the library that a reader needs raised it itself, as they do in many ways."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    room = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
    return room in reader.needs or type(error).__module__.partition(".")[0] in {*reader.needs, "OCP"}


def _head(path: Path) -> bytes:
    """The first bytes of a file that is one. Raises UserMistake."""
    try:
        if path.is_dir():
            raise sentence(path, "it is a folder without scene.toml, and a geometry file is expected; name a file in it")
        if not path.exists():
            raise sentence(path, "there is no such file; check the name")
        if not path.is_file():
            raise sentence(path, "it is a device or a pipe, and a file is expected; save its content as a file")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise sentence(path, f"it can't be read ({reason}); check that it is there and that you may read it") from error
    if size == 0:
        raise sentence(path, "it is empty (0 bytes); export or copy it again")
    if size > MAX_BYTES:
        raise sentence(path, f"it has {size / 2**30:.1f} GB and at most 4 GB are read; split the model")
    return head


def _came_with_program(path: Path) -> bool:
    real = path.resolve()
    return any(real.is_relative_to(bundled(folder)) for folder in ("scenes", "assets"))


def _from_worker(reader: Reader, path: Path, unit: str | None, job: Job) -> GeometryModel:
    cache = Cache()
    place = cache.place(path, options_of(reader, unit))
    kept = cache.load(place, path.parent)
    if kept is not None:
        return kept
    began = time.monotonic()
    model = read_in_worker(reader, path, place, unit=unit, job=job, keep=lambda: time.monotonic() - began > WORTH_KEEPING_S)
    cache.trim()
    try:
        return verified(model)
    except BrokenFile as error:
        place.unlink(missing_ok=True)
        raise sentence(path, str(error)) from error


def _told(model: GeometryModel, job: Job) -> GeometryModel:
    """The model with a word on its size where that can't be, and every warning also said to the job."""
    doubt = None if surveyed(model) else size_doubt(np.ptp(box_in_world(model), axis=0), model.unit)
    if doubt is not None:  # the quick box may be too large: only then the exact one is worth its time
        doubt = size_doubt(np.ptp(bounds_in_world(model), axis=0), model.unit)
    if doubt is not None:
        model = replace(model, warnings=(*model.warnings, doubt.sentence()), size_doubt=doubt)
    for warning in model.warnings:
        job.warn(warning)
    return model


class _Notes:
    """A job that keeps warnings for the model and passes on everything else."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.warnings: list[str] = []

    def progress(self, fraction: float, doing: str = "") -> None:
        self._job.progress(fraction, doing)

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)

    def check(self) -> None:
        self._job.check()
