"""The panel of bindings: the rows of one source in a gateway's file, edited, checked as typed and written back."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QHBoxLayout, QLabel, QSizePolicy, QStackedLayout, QWidget

from viewer.base.ids import ChannelId
from viewer.base.job import Job
from viewer.twin.edits import Edit
from viewer.twin.model import Twin
from viewer.ui.background import BackgroundTask
from viewer.ui.empty_state import EmptyState
from viewer.ui.look import Look
from viewer.ui.sources.binding_model import HEADERS, BindingModel
from viewer.ui.sources.binding_rows import BindingRow, row_of, tags_of
from viewer.ui.sources.binding_table import BindingTable
from viewer.ui.sources.float_panel import FloatPanel, button
from viewer.ui.sources.scene_side import scene_edit
from viewer.ui.value_text import counted

if TYPE_CHECKING:
    from viewer.edge.tag_file import ListedSource, TagFile

FILTER = "Gateway configuration (*.toml)"


def start_command(path: Path) -> str:
    """What a person types to start the gateway."""
    return f"genchi edge {shlex.quote(str(path))}"


class BindingsPanel(FloatPanel):
    """Open a file, edit, save. Main thread; reading and writing are done beside it."""

    edit_asked = Signal(object)
    """An edit of the scene that goes with what was saved."""
    file_used = Signal(str)

    def __init__(self, window: QWidget, look: Look, twin: Twin, *, ask_file: Callable[[], Path | None] | None = None) -> None:
        super().__init__(window, look, "Bindings: which tag is which channel")
        self._twin = twin
        self._ask_file = ask_file or self._dialog
        self._task: BackgroundTask | None = None
        self.file: TagFile | None = None
        self._listed: tuple[ListedSource, ...] = ()
        self.model = BindingModel(look)
        self.table = BindingTable(self.model)
        self.table.set_twin(twin)
        self._path, self.note = QLabel(), QLabel()
        self.source = QComboBox()
        self.with_scene = QCheckBox("Bring the scene's channels in line")
        self.save = button(
            "Save",
            "Write the rows into the file; comments stay, and nothing is written that the gateway would refuse",
            primary=True,
        )
        self._fill_body()
        self.model.changed.connect(self._tell)
        self.source.currentIndexChanged.connect(self._show_source)
        self.save.clicked.connect(self._save)
        self._tell()

    def open_file(self, path: Path) -> None:
        """Read a configuration."""

        def read(job: Job) -> tuple[TagFile, tuple[ListedSource, ...]]:
            from viewer.edge.tag_file import TagFile

            file = TagFile(path)
            return file, file.sources()

        self._run(f"Reading {path.name}", read, self._opened)

    def _fill_body(self) -> None:
        head = QHBoxLayout()
        choose = button("Choose a file…", "The TOML file that `genchi edge` is started with")
        choose.clicked.connect(lambda _checked=False: self._choose())
        self.source.setToolTip("The source whose rows are shown")
        self.source.setAccessibleName("Source")
        self.source.setMinimumWidth(180)
        self._path.setProperty("role", "mono")
        self._path.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head.addWidget(choose)
        head.addWidget(self._path, 1)
        head.addWidget(QLabel("Source"))
        head.addWidget(self.source)
        self.body.addLayout(head)
        self._stack = QStackedLayout()
        self._stack.addWidget(
            EmptyState(
                "link",
                "No file is open",
                "Choose the file of a gateway. To begin a new one, use “Add a source…”: it proposes the rows.",
                self.look,
            )
        )
        self._stack.addWidget(self.table)
        self.body.addLayout(self._stack, 1)
        self.note.setProperty("role", "soft")
        self.note.setWordWrap(True)
        self.body.addWidget(self.note)
        add = button("Add a row", "A further tag (Insert)")
        add.clicked.connect(lambda _checked=False: self._add())
        add.setShortcut("Ins")
        remove = button("Remove rows", "Take the selected rows out (Del)")
        remove.clicked.connect(lambda _checked=False: self.model.remove(self.table.chosen_rows()))
        self._adds = (add, remove)
        self.with_scene.setChecked(True)
        self.with_scene.setToolTip(
            "Channels that the scene lacks are added, and those it has take unit, kind and node of the rows; Ctrl+Z undoes it"
        )
        for one in (add, remove):
            self.foot.addWidget(one)
        self.foot.addStretch(1)
        self.foot.addWidget(self.with_scene)
        self.foot.addWidget(self.save)

    def _choose(self) -> None:
        path = self._ask_file()
        if path is not None:
            self.open_file(path)

    def _dialog(self) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(self, "The gateway's file", "", FILTER)
        return Path(name) if name else None

    def _opened(self, answer: tuple[TagFile, tuple[ListedSource, ...]]) -> None:
        self.file, self._listed = answer
        self._path.setText(str(self.file.path))
        self._path.setToolTip(str(self.file.path))
        self.file_used.emit(str(self.file.path))
        self.source.clear()
        self.source.addItems([f"{one.name} ({one.kind})" for one in self._listed])
        self._show_source()
        self._tell("" if self._listed else "The file has no [[source]] yet: “Add a source…” adds one.")

    def _show_source(self) -> None:
        at = self.source.currentIndex()
        if 0 <= at < len(self._listed):
            self.model.show([self._row(row_of(tag)) for tag in self._listed[at].tags], self._twin)

    def _row(self, row: BindingRow) -> BindingRow:
        known = self._twin.channels.get(ChannelId(row.channel))
        return replace(row, node=str(known.node or "")) if known is not None else row

    def _add(self) -> None:
        at = self.model.add()
        self.table.setCurrentIndex(at)
        self.table.edit(at)

    def _save(self) -> None:
        if self.model.first_mistake() is not None:
            self.table.show_mistake()
            return
        file, at, rows = self.file, self.source.currentIndex(), self.model.taken()
        if file is None:
            return

        def write(job: Job) -> Edit | None:
            file.set_tags(at, tags_of(rows))
            file.save()
            return scene_edit(rows, self._twin)

        self._run(f"Saving {file.path.name}", write, self._saved)

    def _saved(self, edit: Edit | None) -> None:
        if self.file is None:
            return
        self._listed = self.file.sources()
        if edit is not None and self.with_scene.isChecked():
            self.edit_asked.emit(edit)
        QGuiApplication.clipboard().setText(start_command(self.file.path))
        self._tell(f"Saved. It counts once the gateway is started again: {start_command(self.file.path)}  (copied)")

    def _run(self, title: str, work: Callable[[Job], object], done: Callable[..., object]) -> None:
        task = BackgroundTask(title, work, self)
        task.finished.connect(done)
        task.mistaken.connect(self._tell)
        self._task = task
        task.start()

    def _tell(self, said: str = "") -> None:
        found = self.model.first_mistake()
        is_open = self.file is not None and bool(self._listed)
        self._stack.setCurrentIndex(1 if is_open else 0)
        for one in (*self._adds, self.save):
            one.setEnabled(is_open)
        if found is not None:
            row, field, sentence = found
            said = f"Row {row + 1}, {HEADERS[field]}: {sentence}"
        self.save.setEnabled(is_open and found is None)
        rows = counted(len(self.model.rows), "row") if is_open else ""
        self.note.setText(said or rows)
        self.note.setStyleSheet(f"color: {self.look.theme.colours['alarm']};" if found is not None else "")
