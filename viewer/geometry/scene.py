"""Opens whatever a person names, a scene folder, a scene.toml or one geometry file, as a twin."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ALL_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from viewer.base.errors import UserMistake
from viewer.base.job import Job, SilentJob
from viewer.geometry.broken import sentence
from viewer.geometry.clouds.content import nothing_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_model
from viewer.twin.model import Twin
from viewer.twin.scene_build import build_twin
from viewer.twin.scene_document import GeometryEntry, SceneDocument
from viewer.twin.scene_file import load_scene

Wanted = tuple[Path, str | None]
"""A file and the unit it is to be read in: what two entries of a scene may share."""
Reading = Future[GeometryModel | UserMistake]
_ARRIVALS_S = 0.4
"""How often what has been read is shown while the rest is not."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedScene:
    """A scene with its geometry."""

    document: SceneDocument
    """Its `sources` are empty where the scene was made around a single geometry file: there is no scene.toml to save into."""
    twin: Twin
    warnings: tuple[str, ...] = ()
    models: Mapping[str, GeometryModel] = field(default_factory=dict[str, GeometryModel])
    """What each geometry entry's file holds, by the entry's id (`save_scene` asks for them)."""
    failed: tuple[str, ...] = ()
    """Those of the warnings that tell of a file that could not be opened."""


def load_twin(
    path: Path, *, job: Job | None = None, unit: str | None = None, arrived: Callable[[LoadedScene], object] | None = None
) -> LoadedScene:
    """The scene at `path`; `unit` is for a single geometry file. Any thread; blocks. Files are read side by side.

    In a scene, a geometry file that can't be opened stays out and is told among the warnings, unless none could be opened.
    While some files take long, `arrived` is given the scene with what is read so far, on this thread, whenever there is more.
    Raises UserMistake with one sentence, Cancelled.
    """
    job = job or SilentJob()
    path = path.absolute()
    document = load_scene(path) if is_scene(path) else scene_around(path, unit)
    found = _models(document, job, arrived)
    models, warnings = _by_entry(document, found), _told(document, found)
    failed = [told for told in warnings if any(str(one) in told for one in found.values() if isinstance(one, UserMistake))]
    return LoadedScene(document, build_twin(document, models), tuple(warnings), models, tuple(failed))


def is_scene(path: Path) -> bool:
    """Whether the path is to be opened as a scene and not as a geometry file."""
    return path.is_dir() or path.suffix.lower() == ".toml"


def scene_around(path: Path, unit: str | None = None) -> SceneDocument:
    """A scene that holds nothing but one geometry file; it has no source files yet."""
    entry = GeometryEntry(id=path.stem, path=path, unit=unit)
    return SceneDocument(path=path.with_name(f"{path.stem}.scene.toml"), folder=path.parent, name=path.stem, geometry=(entry,))


def _models(
    document: SceneDocument, job: Job, arrived: Callable[[LoadedScene], object] | None
) -> dict[Wanted, GeometryModel | UserMistake]:
    """What came of each file that is wanted. Raises the first mistake where none could be read."""
    wanted = list(dict.fromkeys((entry.path, entry.unit) for entry in document.geometry))
    if not wanted:
        return {}
    shares = _Shares(job, len(wanted))
    with ThreadPoolExecutor(max_workers=min(len(wanted), os.cpu_count() or 1, 4), thread_name_prefix="geometry") as pool:
        reading = {pool.submit(_read, one, shares.of(row)): one for row, one in enumerate(wanted)}
        if arrived is not None:
            _tell_arrivals(document, reading, arrived)
        found = {one: future.result() for future, one in reading.items()}
    failed = [result for result in found.values() if isinstance(result, UserMistake)]
    if len(failed) == len(wanted):
        raise failed[0]
    return found


def _by_entry(document: SceneDocument, found: Mapping[Wanted, GeometryModel | UserMistake]) -> dict[str, GeometryModel]:
    return {e.id: model for e in document.geometry if isinstance(model := found.get((e.path, e.unit)), GeometryModel)}


def _tell_arrivals(document: SceneDocument, reading: Mapping[Reading, Wanted], arrived: Callable[[LoadedScene], object]) -> None:
    """Until all is read: every so often, the scene with what has come since. A scene that is read at once is not told twice."""
    told, done, still = 0, set[Reading](), set(reading)
    while still:
        done, still = wait(reading, timeout=_ARRIVALS_S, return_when=ALL_COMPLETED)
        models = _by_entry(document, {reading[one]: one.result() for one in done if one.exception() is None})
        if still and len(models) > told:
            told = len(models)
            arrived(LoadedScene(document, build_twin(document, models), (), models))


def _read(wanted: Wanted, job: Job) -> GeometryModel | UserMistake:
    try:
        model = read_model(wanted[0], unit=wanted[1], job=job)
    except UserMistake as mistake:
        return mistake
    nothing = nothing_in(model)
    return model if nothing is None else sentence(wanted[0], nothing)


def _told(document: SceneDocument, found: Mapping[Wanted, GeometryModel | UserMistake]) -> list[str]:
    """All warnings, named by the geometry they come from where there are several."""
    told: list[str] = []
    for entry in document.geometry:
        result = found[entry.path, entry.unit]
        sentences = (str(result),) if isinstance(result, UserMistake) else result.warnings
        told += [f"{entry.id}: {s}" if len(document.geometry) > 1 else s for s in sentences]
    return list(dict.fromkeys(told))


class _Shares:
    """One job's progress made of several files'; their warnings stay with the models."""

    def __init__(self, job: Job, count: int) -> None:
        self._job = job
        self._done = [0.0] * count
        self._lock = threading.Lock()

    def of(self, index: int) -> _Share:
        """The job of one file."""
        return _Share(self, index)

    def progress(self, index: int, fraction: float, doing: str) -> None:
        """One file came further."""
        with self._lock:
            self._done[index] = max(self._done[index], fraction)
            self._job.progress(sum(self._done) / len(self._done), doing)

    def check(self) -> None:
        """See Job."""
        self._job.check()


class _Share:
    """The part of a shared job that one file has; a Job."""

    def __init__(self, shares: _Shares, index: int) -> None:
        self._shares = shares
        self._index = index

    def progress(self, fraction: float, doing: str = "") -> None:
        self._shares.progress(self._index, fraction, doing)

    def warn(self, sentence: str) -> None:
        """Nothing: the model carries the sentence, and `load_twin` tells it once, with the file's name."""

    def check(self) -> None:
        self._shares.check()
