"""Opening scenes and geometry files without blocking: ask for the file and, where it has none, its unit; read on a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from viewer.twin.model import Twin
from viewer.ui.background import BackgroundTask
from viewer.ui.notifications import Notifications
from viewer.ui.progress_area import ProgressArea
from viewer.ui.services import Opened, OpenFile
from viewer.ui.sheet import Sheet

UNITS = ("mm", "m", "inch")


class Opener(QObject):
    """Reads one file at a time or several side by side. Main thread."""

    opened = Signal(object, object)
    """Path and what came of it (Opened)."""
    opened_so_far = Signal(object, object)
    """The same while not all is read: a document that is frozen until `opened` brings the finished one."""
    given_up = Signal(object)
    """Path: it was cancelled or failed; what was shown of it so far is worth nothing."""
    failed = Signal(str)
    """A file could not be opened: the sentence, which is also shown."""

    def __init__(self, window: QWidget, progress: ProgressArea, notifications: Notifications) -> None:
        super().__init__(window)
        self._window, self._progress, self._notifications = window, progress, notifications
        self.read: OpenFile | None = None
        self.formats: Callable[[], Sequence[str]] = tuple
        self.unitless: Callable[[], frozenset[str]] = frozenset
        self.twin = Twin()
        self.guard: Callable[[str, Callable[[], object]], object] = lambda _name, go_on: go_on()
        """(name, go on): asked before a file is opened; goes on at once or when the question about changes is answered."""
        self._dialog: QFileDialog | None = None

    def ask(self) -> None:
        """Let somebody choose a file."""
        patterns = " ".join(f"*{s}" for s in self.formats())
        dialog = QFileDialog(self._window, "Open a scene or a geometry file")
        dialog.setNameFilters(
            [f"Scenes and geometry (scene.toml {patterns})", "Scenes (scene.toml)", f"Geometry ({patterns})", "All files (*)"]
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.open(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    def open(self, path: Path) -> None:
        """Open a scene folder, a scene.toml or a geometry file; asks for the unit where the format has none."""
        if self.read is None:
            self._notifications.say("this window was started without readers, so it can't open files", "warning")
            return
        ask = self._ask_unit if path.suffix.lower() in self.unitless() else lambda one: self.read_file(one, None)
        self.guard(path.name, lambda: ask(path))

    def _ask_unit(self, path: Path) -> None:
        choices = [(unit, lambda u=unit: self.read_file(path, u)) for unit in UNITS]
        Sheet(
            self._window,
            f"Which unit is {path.name} in?",
            f"{path.suffix[1:].upper()} files don't say. Parts are mostly in mm, buildings and robots in m.",
            [*choices, ("Cancel", lambda: None)],
        )

    def read_file(self, path: Path, unit: str | None) -> None:
        """Open it without asking anything; `unit` is for formats that have none (None: the reader's guess, with a warning)."""
        read, twin = self.read, self.twin
        if read is None:
            return
        name = path.parent.name if path.name == "scene.toml" else path.name
        task = BackgroundTask(f"Open {name}", lambda job: read(path, unit, job, twin), self)
        task.shown.connect(lambda so_far: self.opened_so_far.emit(path, so_far))
        task.finished.connect(lambda answer: self._finished(path, answer))
        task.mistaken.connect(self._failed)
        task.cancelled.connect(lambda: self._notifications.say(f"Opening {name} was cancelled"))
        task.cancelled.connect(lambda: self.given_up.emit(path))
        task.mistaken.connect(lambda _sentence: self.given_up.emit(path))
        task.warned.connect(lambda text: self._notifications.say(text, "warning"))
        task.ended.connect(task.deleteLater)
        self._progress.watch(task)
        task.start()

    def _failed(self, sentence: str) -> None:
        self._notifications.say(sentence, "alarm")
        self.failed.emit(sentence)

    def _finished(self, path: Path, answer: object) -> None:
        if isinstance(answer, Opened):
            for warning in answer.warnings:
                self._notifications.say(warning, "warning")
            self.opened.emit(path, answer)


def files_in(data: QMimeData) -> list[Path]:
    """The local files that are being dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
