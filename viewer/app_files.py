"""Opening and saving for the window: files to documents and back, remembering what each document was read from.

Readers are imported when the first file is opened: the empty window needs none.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.twin.document import Document
from viewer.twin.model import Twin
from viewer.ui.services import Added, Opened, ReadBeside, ShowingJob

if TYPE_CHECKING:
    from viewer.geometry.adding import Addition
    from viewer.geometry.model import GeometryModel
    from viewer.geometry.scene import LoadedScene


def openable() -> tuple[str, ...]:
    """Suffixes of the geometry files that open."""
    from viewer.geometry.readers import suffixes

    return suffixes()


class SceneFiles:
    """Its methods run on background threads; the documents they make belong to the main thread afterwards."""

    def __init__(self, begin: Callable[[Path], None]) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._read: WeakKeyDictionary[Document, LoadedScene] = WeakKeyDictionary()
        self._added: WeakKeyDictionary[Document, list[Addition]] = WeakKeyDictionary()

    def open(self, path: Path, unit: str | None, job: Job, _open: Twin) -> Opened:
        """Read a scene or a geometry file as a new document; `begin` is told as soon as its reading starts.

        Raises UserMistake, Cancelled.
        """
        from viewer.geometry.scene import load_twin

        path = path.absolute()
        self._begin(path)
        loaded = load_twin(path, job=job, unit=unit, arrived=_shown_by(job))
        document = Document(loaded.twin, loaded.document.scenarios)
        with self._lock:
            self._read[document] = loaded
        alone = _alone(loaded)
        noticed = _for_window(one for one in loaded.warnings if one not in loaded.failed)
        question, doubt = (None, None) if alone is None else (alone.unit_question, alone.size_doubt)
        return Opened(document, warnings=noticed, failed=loaded.failed, question=question, doubt=doubt, about=_about(loaded))

    def add(self, document: Document, path: Path, unit: str | None, at_m: tuple[float, float, float] | None, job: Job) -> Added:
        """Read a geometry file to be added to a document; it is copied into the scene's folder when that is saved.

        Raises UserMistake, Cancelled.
        """
        from viewer.geometry.adding import is_in, read_addition
        from viewer.geometry.scene import is_scene

        if is_scene(path):
            raise UserMistake(f"a scene can't be added to a scene, only a geometry file can; open it instead: {path}")
        with self._lock:
            known = self._added.setdefault(document, [])
            loaded = self._read.get(document)
        base, entries = document.base, () if loaded is None else loaded.document.geometry
        taken = [*(entry.id for entry in entries), *(one.entry.id for one in known if is_in(one, base))]
        addition = read_addition(path, base, unit=unit, at_m=at_m, taken=taken, job=job)
        with self._lock:
            known.append(addition)
        model = addition.model
        return Added(addition.edit, addition.node, model.unit_question, _for_window(model.warnings), model.size_doubt)

    def read(self, path: Path, unit: str | None, job: Job) -> ReadBeside:
        """What a scene or geometry file holds, beside the document that is open. Raises UserMistake, Cancelled."""
        from viewer.geometry.scene import load_twin

        loaded = load_twin(path.absolute(), job=job, unit=unit)
        alone = _alone(loaded)
        return ReadBeside(loaded.twin, None if alone is None else alone.unit_question)

    def save(self, document: Document, where: Path | None, job: Job) -> Path:
        """Write the document into its scene's files, or, with `where`, into a copy of its folder there; gives the folder written.

        A document that came from a single geometry file becomes a scene in the folder `where`. Raises UserMistake where it has
        no scene to be saved into and no folder was given, or can't be written.
        """
        with self._lock:
            loaded = self._read.get(document)
            added = tuple(self._added.get(document, ()))
        if loaded is None:
            raise UserMistake("this scene was not read from a file, so there is nothing to save into; open a scene and edit that")
        job.progress(0.1, "writing the scene")
        if not loaded.document.sources:
            loaded = _as_scene(loaded, where)
        elif where is not None and where.absolute() != loaded.document.folder:
            loaded = _copy_of(loaded, where)
        written = _written(document, loaded, added)
        with self._lock:
            self._read[document] = written
        return written.document.folder


def _alone(loaded: LoadedScene) -> GeometryModel | None:
    """The model of a single geometry file; None of a scene."""
    return next(iter(loaded.models.values())) if len(loaded.models) == 1 and not loaded.document.sources else None


def _about(loaded: LoadedScene) -> dict[str, Mapping[str, str]]:
    """What the scene's files say about themselves, by their names."""
    files = ((entry.path.name, loaded.models.get(entry.id)) for entry in loaded.document.geometry)
    return {name: model.about for name, model in files if model is not None and model.about}


def _for_window(warnings: Iterable[str]) -> tuple[str, ...]:
    """Without the remedies of the command line: the window asks about units itself."""
    return tuple(
        one.partition("; say --unit")[0] for one in warnings if "open it with --unit" not in one and "else say" not in one
    )


def _shown_by(job: Job) -> Callable[[LoadedScene], object] | None:
    """What shows a scene of which not all is read yet; None where nobody looks."""
    if not isinstance(job, ShowingJob):
        return None

    def show(so_far: LoadedScene) -> None:
        document = Document(so_far.twin)
        document.frozen = "not all of the scene is read yet; wait until it is, or cancel the reading"
        job.show(Opened(document=document))

    return show


def _written(document: Document, loaded: LoadedScene, added: Sequence[Addition]) -> LoadedScene:
    """Write the base and its scenarios into a scene's files, with the files that joined it since."""
    from viewer.geometry.adding import copied_into, is_in
    from viewer.twin.scene_save import save_scene

    base, known = document.base, {entry.id for entry in loaded.document.geometry}
    joined = [one for one in added if one.entry.id not in known and is_in(one, base)]
    entries = [copied_into(loaded.document.folder, one) for one in joined]
    models = {**loaded.models, **{one.entry.id: one.model for one in joined}}
    written = save_scene(loaded.document, base, models, scenarios=document.scenarios, geometry=entries)
    return replace(loaded, document=written, twin=base, models=models)


def _copy_of(loaded: LoadedScene, where: Path) -> LoadedScene:
    """A copy of the scene's folder; the scene itself stays as it is. Raises UserMistake."""
    from viewer.twin.scene_file import load_scene

    _check_empty(where)
    shutil.copytree(loaded.document.folder, where, dirs_exist_ok=True)
    return replace(loaded, document=load_scene(where))


def _as_scene(loaded: LoadedScene, where: Path | None) -> LoadedScene:
    """A new scene folder around the one geometry file that a document came from. Raises UserMistake."""
    from viewer.geometry.adding import Addition, copied_into
    from viewer.twin.edits_geometry import AddGeometry
    from viewer.twin.scene_file import load_scene

    if where is None:
        raise UserMistake("this came from a single geometry file and has no scene to save into; choose a folder with Save as…")
    _check_empty(where)
    where.mkdir(parents=True, exist_ok=True)
    entry = loaded.document.geometry[0]
    alone = Addition(entry, loaded.models[entry.id], AddGeometry(entry.path.name, (), ()))
    file = copied_into(where, alone).path.relative_to(where.resolve()).as_posix()
    unit = f"unit = {_quoted(entry.unit)}\n" if entry.unit is not None else ""
    head = f"[scene]\nschema = 1\nname = {_quoted(loaded.document.name)}\n"
    text = f"{head}\n[[geometry]]\nid = {_quoted(entry.id)}\nfile = {_quoted(file)}\n{unit}"
    (where / "scene.toml").write_text(text, encoding="utf-8", newline="\n")
    return replace(loaded, document=load_scene(where))


def _quoted(text: str) -> str:
    """A basic string of TOML; names are one line already."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check_empty(where: Path) -> None:
    if where.exists() and any(where.iterdir()):
        raise UserMistake(f"that folder is not empty; choose an empty one: {where}")
