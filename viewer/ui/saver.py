"""Saving the scene without blocking, and the question about what is not saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from viewer.twin.document import Document
from viewer.ui.background import BackgroundTask
from viewer.ui.notifications import Notifications
from viewer.ui.progress_area import ProgressArea
from viewer.ui.services import Services
from viewer.ui.sheet import Sheet


class Saver(QObject):
    """Writes the document through `services.save`. Main thread."""

    saved = Signal(object)
    """The path that was written."""

    def __init__(self, window: QWidget, services: Services, progress: ProgressArea, notifications: Notifications) -> None:
        super().__init__(window)
        self._window, self._services, self._progress, self._notifications = window, services, progress, notifications
        self._then: Callable[[], object] | None = None

    def save(self) -> None:
        """Save the scene where it came from; ask where to, if it came from nowhere."""
        if self._services.scene_path is None:
            self.save_as()
        else:
            self._write(None)

    def save_as(self) -> None:
        """Ask for a folder, and save there."""
        dialog = QFileDialog(self._window, "Save the scene in a folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda folder: self._write(Path(folder)))
        dialog.rejected.connect(self._forget)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def has_unsaved(self) -> bool:
        """Whether closing would lose something that could be saved."""
        document = self._services.document
        return document is not None and not document.saved and self._services.save is not None

    def ask(self, close_anyway: Callable[[], object]) -> None:
        """Ask, before the window closes, what is to become of the changes."""
        Sheet(
            self._window,
            "Save the changes?",
            "The scene has changes that are not saved; they are lost when it is closed without saving.",
            [("Save", self.save), ("Close without saving", close_anyway), ("Cancel", lambda: None)],
        )

    def guard(self, name: str, go_on: Callable[[], object]) -> None:
        """Go on to open `name`; where that would lose changes, ask first what is to become of them."""
        if not self.has_unsaved():
            go_on()
            return

        def save_first() -> None:
            self._then = go_on
            self.save()

        Sheet(
            self._window,
            f"Save the changes before {name} is opened?",
            "The scene that is open has changes that are not saved; opening another one closes it.",
            [("Save", save_first), ("Discard", go_on), ("Cancel", lambda: None)],
        )

    def _forget(self) -> None:
        self._then = None

    def _write(self, path: Path | None) -> None:
        save, document = self._services.save, self._services.document
        if save is None or document is None:
            return
        task = BackgroundTask("Save", lambda job: save(document, path, job), self)
        task.finished.connect(lambda written: self._written(document, Path(written)))
        task.mistaken.connect(lambda text: self._notifications.say(text, "alarm"))
        task.mistaken.connect(self._forget)
        task.cancelled.connect(self._forget)
        task.ended.connect(task.deleteLater)
        self._progress.watch(task)
        task.start()

    def _written(self, document: Document, path: Path) -> None:
        document.mark_saved()
        self._services.scene_path = path
        self._notifications.say(f"Saved: {path}", "good")
        self.saved.emit(path)
        go_on, self._then = self._then, None
        if go_on is not None:
            go_on()
