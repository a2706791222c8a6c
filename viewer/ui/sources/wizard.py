"""The wizard that adds a source: where it is, what it offers, what is proposed for it, and the file that is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QProgressBar, QStackedLayout, QVBoxLayout, QWidget

from viewer.base.errors import UserMistake
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
from viewer.ui.sources.bindings_panel import start_command
from viewer.ui.sources.float_panel import FloatPanel, button
from viewer.ui.sources.live_values import LiveValues
from viewer.ui.sources.looking_in import Seen, browsable, look_in
from viewer.ui.sources.scene_side import scene_edit
from viewer.ui.sources.source_form import SourceFormView
from viewer.ui.value_text import counted

if TYPE_CHECKING:
    from viewer.edge.browsing import Browsable
    from viewer.edge.proposing import Proposal

_FORM_PX = 300


class SourceWizard(FloatPanel):
    """Main thread; browsing, reading and writing are done beside it, and browsing can be cancelled."""

    edit_asked = Signal(object)
    """An edit of the scene that goes with what was written."""
    file_used = Signal(str)

    def __init__(self, window: QWidget, look: Look, twin: Twin, scene: Path | None = None) -> None:
        super().__init__(window, look, "Add a source", wanted_px=(1500, 860))
        self._twin, self._scene = twin, scene
        self._task: BackgroundTask | None = None
        self._live: LiveValues | None = None
        self.form = SourceFormView(look)
        self.model = BindingModel(look, proposals=True)
        self.table = BindingTable(self.model)
        self.table.set_twin(twin)
        self.look_in = button("Look into it", "Connect, and list all values that the source offers", primary=True)
        self.cancel = button("Cancel", "Stop looking")
        self.write = button("Write the file", "Write the ticked rows into the gateway's file", primary=True)
        self.copy = button("Copy", "Copy the command that starts the gateway")
        self.with_scene = QCheckBox("Add new channels to the scene")
        self.note, self.command, self._doing = QLabel(), QLabel(), QProgressBar()
        self._fill_body()
        self.form.changed.connect(self._tell)
        self.model.changed.connect(self._tell)
        self.look_in.clicked.connect(self.look_now)
        self.cancel.clicked.connect(self._stop)
        self.write.clicked.connect(self.save)
        self.copy.clicked.connect(lambda _checked=False: QGuiApplication.clipboard().setText(self.command.text()))
        self.closed.connect(self._stop)
        self._tell()

    def look_now(self) -> None:
        """Look into the source that the form describes."""
        form, twin, scene, path = self.form.form, self._twin, self._scene, self.form.path()
        sentence = self.form.missing()
        if sentence or form is None:
            self._tell(sentence)
            return
        folder = path.parent if path is not None else Path.cwd()
        keys = self.form.keys(folder)

        def work(job: Job) -> tuple[Browsable, Seen]:
            taken = _taken(path) if path is not None and path.exists() else []
            source = browsable(form.kind, keys, folder, scene)
            return source, look_in(source, twin, job, taken=taken)

        self._run(f"Looking into {form.title}", work, self._seen)

    def save(self) -> None:
        """Write the ticked rows, if none of them is wrong."""
        path, form = self.form.path(), self.form.form
        if self.model.first_mistake() is not None:
            self.table.show_mistake()
            return
        if path is None or form is None:
            self._tell("name the gateway's file: a new one, or one that is there")
            return
        rows, keys, name, twin, scene = self.model.taken(), self.form.keys(path.parent), self.form.name(), self._twin, self._scene

        def write(job: Job) -> Edit | None:
            _write(path, form.kind, name, keys, rows, scene)
            return scene_edit(rows, twin)

        self._run(f"Writing {path.name}", write, self._written)

    def _fill_body(self) -> None:
        left = QWidget()
        left.setFixedWidth(_FORM_PX)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        row = QHBoxLayout()
        row.addWidget(self.look_in, 1)
        row.addWidget(self.cancel)
        column.addLayout(row)
        self._doing.setTextVisible(False)
        self._doing.setFixedHeight(4)
        column.addWidget(self._doing)
        column.addStretch(1)
        self._empty = EmptyState(
            "search",
            "Nothing was looked into yet",
            "Say what and where it is, and press “Look into it”: its values come here, each with the channel its name suggests.",
            self.look,
        )
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addWidget(left)
        right = QVBoxLayout()
        right.addLayout(self._ticks())
        right.addLayout(self._stack, 1)
        both.addLayout(right, 1)
        self.body.addLayout(both, 1)
        self.note.setProperty("role", "soft")
        self.note.setWordWrap(True)
        self.body.addWidget(self.note)
        self.command.setProperty("role", "key")
        self.with_scene.setChecked(True)
        self.with_scene.setToolTip("Channels that the scene lacks are added to it; Ctrl+Z undoes it")
        self.foot.addWidget(self.command)
        self.foot.addWidget(self.copy)
        self.foot.addStretch(1)
        self.foot.addWidget(self.with_scene)
        self.foot.addWidget(self.write)

    def _ticks(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._count = QLabel()
        self._count.setProperty("role", "strong")
        row.addWidget(self._count, 1)
        chosen: list[tuple[str, str, Callable[[BindingRow], bool]]] = [
            ("Sure ones", "Tick the proposals of a good score", lambda row: row.score >= _ticked()),
            ("All", "Tick all, those without a channel too", lambda _row: True),
            ("None", "Tick none", lambda _row: False),
        ]
        self._tick_buttons = [button(text, tip) for text, tip, _ in chosen]
        for made, (_, _, wanted) in zip(self._tick_buttons, chosen, strict=True):
            made.clicked.connect(lambda _checked=False, one=wanted: self._tick(one))
            row.addWidget(made)
        return row

    def _tick(self, wanted: Callable[[BindingRow], bool]) -> None:
        for taken in (True, False):
            self.model.tick([at for at, row in enumerate(self.model.rows) if wanted(row) is taken], taken=taken)

    def _seen(self, found: tuple[Browsable, Seen]) -> None:
        source, seen = found
        self.model.show([self._row(one) for one in seen.proposals], self._twin)
        if self._live is not None:
            self._live.stop()
        self._live = LiveValues(source, seen.above, self.model, self)
        known = sum(one.is_known for one in seen.proposals)
        if not seen.proposals:
            self._empty.say("It offers no values", "It was reached, but has nothing that can become a channel.")
        self._tell(
            f"{counted(len(seen.proposals), 'value')}; for {known} of them the scene has a channel of a similar name. "
            f"Tick what is to be written, and change what is not right. {seen.told}".strip()
            if seen.proposals
            else seen.told
        )

    def _row(self, one: Proposal) -> BindingRow:
        known = self._twin.channels.get(ChannelId(one.tag.channel))
        node = str(known.node or "") if known is not None else ""
        return replace(row_of(one.tag, node), score=one.score, why=one.why, value=one.value, taken=one.is_sure)

    def _written(self, edit: Edit | None) -> None:
        path = self.form.path()
        if path is None:
            return
        if edit is not None and self.with_scene.isChecked():
            self.edit_asked.emit(edit)
        self.file_used.emit(str(path))
        self.command.setText(start_command(path))
        self._tell(f"Written: {path}. Start the gateway with the command below; the window then connects to it.")
        self.copy.setFocus()

    def _run(self, title: str, work: Callable[[Job], object], done: Callable[..., object]) -> None:
        if self._task is not None:
            return
        task = self._task = BackgroundTask(title, work, self)
        task.progressed.connect(self._progress)
        task.finished.connect(done)
        task.mistaken.connect(self._tell)
        task.cancelled.connect(lambda: self._tell("It was cancelled."))
        task.ended.connect(self._ended)
        task.start()
        self._tell(f"{title}…")

    def _ended(self) -> None:
        self._task = None
        said = self.note.text()
        self._tell(said)

    def _progress(self, fraction: float, doing: str) -> None:
        self._doing.setValue(round(100 * fraction))
        self.note.setText(f"{self._task.title}: {doing}" if self._task is not None and doing else self.note.text())

    def _stop(self) -> None:
        if self._live is not None and not self.isVisible():
            self._live.stop()
        if self._task is not None:
            self._task.cancel()

    def _tell(self, said: str = "") -> None:
        busy, rows = self._task is not None, len(self.model.rows)
        found = self.model.first_mistake()
        self._doing.setVisible(busy)
        self.cancel.setVisible(busy)
        self.look_in.setEnabled(not busy and not self.form.missing())
        taken = len(self.model.taken())
        self.write.setEnabled(not busy and found is None and taken > 0)
        self._count.setText(f"{taken} of {counted(rows, 'value')} ticked" if rows else "")
        self._stack.setCurrentIndex(1 if rows else 0)
        for one in (*self._tick_buttons, self.with_scene):
            one.setVisible(rows > 0)
        self.command.setVisible(bool(self.command.text()))
        self.copy.setVisible(bool(self.command.text()))
        if found is not None:
            said = f"Row {found[0] + 1}, {HEADERS[found[1]]}: {found[2]}"
        self.note.setText(said or self.form.missing())


def _ticked() -> float:
    from viewer.edge.proposing import TICKED

    return TICKED


def _taken(path: Path) -> list[str]:
    """Channels that the file's other sources bring already."""
    from viewer.edge.tag_file import TagFile

    return [tag.channel for one in TagFile(path).sources() for tag in one.tags]


def _write(path: Path, kind: str, name: str, keys: dict[str, str], rows: list[BindingRow], scene: Path | None) -> None:
    """Into a source of that name where the file has it, else into a new one; a new file where there is none."""
    from viewer.edge.tag_file import TagFile

    path.parent.mkdir(parents=True, exist_ok=True)
    file = TagFile(path) if path.exists() else TagFile.fresh(path, _gateway_name(path), scene=str(scene) if scene else "")
    same = [one for one in file.sources() if one.name == name]
    tags = tags_of(rows)
    if same and same[0].kind != kind:
        raise UserMistake(f"the file has a source «{name}» of another kind ({same[0].kind}): give this one another name: {path}")
    if same:
        new = {one.tag for one in tags}
        file.set_tags(same[0].number, [*(one for one in same[0].tags if one.tag not in new), *tags])
    else:
        file.set_tags(file.add_source(kind, name, keys), tags)
    file.save()


def _gateway_name(path: Path) -> str:
    bare = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "-" for one in path.stem).strip("-._")
    return bare[:64] or "gateway"
