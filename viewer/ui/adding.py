"""Adding a geometry file to the scene that is open: from the menu or dropped, read on a thread, one step to undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from viewer.base.job import Job
from viewer.ui.actions import ActionSpec
from viewer.ui.background import BackgroundTask
from viewer.ui.services import Added
from viewer.ui.sheet import Choice, Sheet
from viewer.ui.unit_question import ask_unit

if TYPE_CHECKING:
    from viewer.geometry.model import UnitQuestion
    from viewer.ui.main_window import MainWindow

Point = tuple[float, float, float]


class Adder:
    """Asks where a file is to stand and, once it is read, its unit where it has none. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self._dialog: QFileDialog | None = None

    def can_add(self) -> bool:
        return self._w.services.add_file is not None and self._w.has_document()

    def ask(self) -> None:
        """Let somebody choose the file."""
        patterns = " ".join(f"*{s}" for s in self._w.services.formats())
        dialog = QFileDialog(self._w, "Add a geometry file to the scene")
        dialog.setNameFilters([f"Geometry ({patterns})", "All files (*)"])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.place(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    def dropped(self, path: Path) -> None:
        """A file was dropped on the window: add it, where a scene is open, or open it instead."""
        if not self.can_add() or path.is_dir() or path.suffix.lower() == ".toml":
            self._w.opener.open(path)
            return
        self.place(path, ("Open instead", lambda: self._w.opener.open(path)))

    def place(self, path: Path, *others: Choice) -> None:
        """Ask where the file is to stand."""
        document = self._w.services.document
        if document is not None and document.scenario is not None:
            self._w.notifications.say(
                f"{path.name} can't be added to a scenario, since it changes the scene itself; return to the base first",
                "warning",
            )
            return
        Sheet(
            self._w,
            f"Add {path.name} to the scene",
            "Where you look: the middle of its underside comes to stand on the floor there. At its origin: as the file has it.",
            [
                ("Where I look", lambda: self.read(path, self._looked_at())),
                ("At its origin", lambda: self.read(path, None)),
                *others,
                ("Cancel", lambda: None),
            ],
        )

    def read(self, path: Path, at_m: Point | None, unit: str | None = None) -> None:
        """Read the file and add it; it stands on the floor at a point, or at its own origin (None)."""
        add, document = self._w.services.add_file, self._w.services.document
        if add is None or document is None:
            return
        notes = self._w.notifications

        def work(job: Job) -> Added:
            return add(document, path, unit, at_m, job)

        task = BackgroundTask(f"Add {path.name}", work, self._w)
        task.finished.connect(lambda added: self._finished(path, at_m, added))
        task.mistaken.connect(lambda text: notes.say(text, "alarm"))
        task.cancelled.connect(lambda: notes.say(f"Adding {path.name} was cancelled"))
        task.ended.connect(task.deleteLater)
        self._w.progress.watch(task)
        task.start()

    def _finished(self, path: Path, at_m: Point | None, added: Added) -> None:
        if added.question is not None:
            self._ask_unit(path, at_m, added, added.question)
        else:
            self._add(path, added)

    def _ask_unit(self, path: Path, at_m: Point | None, added: Added, question: UnitQuestion) -> None:
        """Each unit with the size it gives, the one that fits first."""

        def chosen(unit: str) -> None:
            if unit == question.taken:
                self._add(path, added)
            else:
                self.read(path, at_m, unit)

        ask_unit(self._w, path, question, chosen, lambda: None)

    def _add(self, path: Path, added: Added) -> None:
        w = self._w
        if not w.edit(added.edit):
            return
        w.selection.select([added.node])
        counted = w.notifications.note(added.warnings if added.question is None else ())
        w.notifications.say(f"{path.name} was added to the scene{counted}", "good", offer=("Undo", w.undo))
        if added.doubt is not None:
            w.notifications.say(added.doubt.told, "warning")

    def _looked_at(self) -> Point:
        """The point of the floor under what the camera turns about."""
        x, y, _ = self._w.view3d.current_view("looked at").target_m
        return (float(x), float(y), 0.0)


def install(window: MainWindow) -> Adder:
    """Offer it in the File menu and to what is dropped on the window."""
    adder = Adder(window)
    window.actions_.add(
        ActionSpec("file.add", "Add to the scene…", adder.ask, "File", "add", "Ctrl+Shift+O", adder.can_add, group="save")
    )
    window.take_file = adder.dropped
    return adder
