"""Opening scenes and geometry files without blocking: ask for the file; read on a thread; ask for its unit where it has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from viewer.twin.model import Twin
from viewer.ui.background import BackgroundTask
from viewer.ui.notifications import Notifications
from viewer.ui.progress_area import ProgressArea
from viewer.ui.services import Opened, OpenFile
from viewer.ui.unit_question import ask_unit, size_in

if TYPE_CHECKING:
    from viewer.geometry.model import UnitQuestion


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
        self.twin = Twin()
        self.guard: Callable[[str, Callable[[], object]], object] = lambda _name, go_on: go_on()
        """(name, go on): asked before a file is opened; goes on at once or when the question about changes is answered."""
        self._dialog: QFileDialog | None = None
        self._asking: Path | None = None
        """The file whose unit is to be asked for, where it has none, before it is shown."""

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
        """Open a scene folder, a scene.toml or a geometry file; asks for the unit, once it is read, where it has none."""
        if self.read is None:
            self._notifications.say("this window was started without readers, so it can't open files", "warning")
            return

        def go_on() -> None:
            self._asking = path
            self.read_file(path, None)

        self.guard(path.name, go_on)

    def read_file(self, path: Path, unit: str | None) -> None:
        """Open it without asking anything; `unit` is for files that have none (None: a guess, and a toast that offers others)."""
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
        if not isinstance(answer, Opened):
            return
        asking, self._asking = self._asking == path, None
        if answer.question is not None and asking:
            self._ask_unit(path, answer, answer.question)
        else:
            self._show(path, answer)

    def _ask_unit(self, path: Path, answer: Opened, question: UnitQuestion) -> None:
        def chosen(unit: str) -> None:
            if unit == question.taken:
                self._show(path, replace(answer, question=None))
            else:
                self.read_file(path, unit)

        ask_unit(self._window, path, question, chosen, lambda: self.given_up.emit(path))

    def _show(self, path: Path, answer: Opened) -> None:
        say = self._notifications.say
        for sentence in answer.failed:
            say(sentence, "warning")
        self.opened.emit(path, answer)
        question, doubt = answer.question, answer.doubt
        if question is not None:
            size = size_in(question.size, question.taken)
            again = partial(ask_unit, self._window, path, question, partial(self.read_file, path), lambda: None)
            told = f"{path.name} names no length unit; taken in {question.taken}, it is {size} large"
            say(told, offer=("Another unit…", again))
        if doubt is not None:
            offer = (f"Open in {doubt.unit}", partial(self.read_file, path, doubt.unit)) if doubt.unit else None
            remedy = f": in {doubt.unit} it would be {doubt.mended} long" if doubt.unit else ""
            say(f"{doubt.told}{remedy}", "warning", offer=offer)


def files_in(data: QMimeData) -> list[Path]:
    """The local files that are being dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
