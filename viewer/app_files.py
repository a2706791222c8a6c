"""Opening and saving for the window: files to documents and back, remembering what each document was read from.

Readers are imported when the first file is opened: the empty window needs none.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.twin.document import Document
from viewer.twin.model import Twin
from viewer.ui.services import Opened

if TYPE_CHECKING:
    from viewer.geometry.scene import LoadedScene


def openable() -> tuple[str, ...]:
    """Suffixes of the geometry files that open."""
    from viewer.geometry.readers import suffixes

    return suffixes()


def without_unit() -> frozenset[str]:
    """Those that never say their length unit."""
    from viewer.geometry.readers import unitless_suffixes

    return unitless_suffixes()


class SceneFiles:
    """Its methods run on background threads; the documents they make belong to the main thread afterwards."""

    def __init__(self, begin: Callable[[Path], None]) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._read: WeakKeyDictionary[Document, LoadedScene] = WeakKeyDictionary()

    def open(self, path: Path, unit: str | None, job: Job, _open: Twin) -> Opened:
        """Read a scene or a geometry file as a new document; `begin` is told as soon as its reading starts.

        Raises UserMistake, Cancelled.
        """
        from viewer.geometry.scene import load_twin

        path = path.absolute()
        self._begin(path)
        loaded = load_twin(path, job=job, unit=unit)
        document = Document(loaded.twin, loaded.document.scenarios)
        with self._lock:
            self._read[document] = loaded
        return Opened(document=document, warnings=loaded.warnings)

    def save(self, document: Document, where: Path | None, job: Job) -> Path:
        """Write the document into its scene's files, or, with `where`, into a copy of its folder there; gives the folder written.

        Raises UserMistake where it has no scene to be saved into, or can't be written.
        """
        from viewer.twin.scene_save import save_scene

        with self._lock:
            loaded = self._read.get(document)
        if loaded is None or not loaded.document.sources:
            raise UserMistake("this came from a single geometry file and has no scene to save into; open a scene and edit that")
        job.progress(0.1, "writing the scene")
        if where is not None and where.absolute() != loaded.document.folder:
            return self._save_copy(document, loaded, where)
        written = save_scene(loaded.document, document.base, loaded.models, scenarios=document.scenarios)
        with self._lock:
            self._read[document] = replace(loaded, document=written, twin=document.base)
        return written.folder

    def _save_copy(self, document: Document, loaded: LoadedScene, where: Path) -> Path:
        """A copy of the scene's folder with the changes in it; the scene itself stays as it is."""
        if where.exists() and any(where.iterdir()):
            raise UserMistake(f"that folder is not empty; choose an empty one: {where}")
        from viewer.geometry.scene import load_twin
        from viewer.twin.scene_save import save_scene

        shutil.copytree(loaded.document.folder, where, dirs_exist_ok=True)
        copied = load_twin(where)
        save_scene(copied.document, document.base, copied.models, scenarios=document.scenarios)
        return where
