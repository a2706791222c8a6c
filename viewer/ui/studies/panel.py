"""The studies panel: which studies there are, the form of the chosen one, and its live result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from viewer.base.errors import UserMistake
from viewer.plugin_host.registry import Registry
from viewer.studies.contract import Study, StudyResult
from viewer.studies.events import Finished
from viewer.twin.document import Document
from viewer.twin.model import Twin
from viewer.ui.services import Services
from viewer.ui.studies.form import StudyForm
from viewer.ui.studies.runs import StudyRuns
from viewer.ui.theme import THEMES, Theme, read_theme

_ID = Qt.ItemDataRole.UserRole


class StudiesPanel(QWidget):
    """Left the studies, in the middle the form, right the result. Main thread."""

    field_chosen = Signal(object)
    """A NodeField to lay over the scene, or None to take it away."""
    kept = Signal(object)
    """Id of the scenario that a result's edits were kept in."""
    proposed = Signal(str, object)
    """A study's id and the result whose proposed edits are to be shown beforehand; None: no more."""
    mistaken = Signal(str)
    """A sentence for the user."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._services = services
        self._registry: Registry = services.studies
        self.runs = StudyRuns(services.runner, self)
        self._study: Study | None = None
        self._study_id = ""
        self._document: Document | None = None
        self.result: StudyResult | None = None
        self._warnings = ""
        self.list, self.form = QListWidget(), StudyForm()
        self._message, self._state = QLabel(), QLabel()
        self._view: Any = None
        self._bar = QProgressBar()
        self._make()
        self._listen()
        self._theme = _theme_of_palette()
        self._list_studies()

    # -- what is shown ----------------------------------------------------------------------------------------------

    def set_document(self, document: Document | None) -> None:
        """Another scene is open: the form is made anew for it."""
        self._document = document
        if self._study is not None:
            self.choose(self._study_id)

    def open(self, study_id: str) -> None:
        """Choose a study in the list, unless it is chosen already."""
        rows = [i for i in range(self.list.count()) if self.list.item(i).data(_ID) == study_id]
        if rows and study_id != self._study_id:
            self.list.setCurrentRow(rows[0])

    def choose(self, study_id: str) -> None:
        """Show a study's form and run it with its defaults. A plugin that fails is shown as failed; the panel goes on."""
        self.runs.forget()
        self._study_id, self._study, self.result = study_id, None, None
        self.proposed.emit(study_id, None)
        self._enable(None)
        try:
            study = self._registry.load(study_id)
            parameters = study.parameters(self._twin)
        except Exception as error:  # noqa: BLE001 - the border to a plugin's code: whatever it raises is shown, and the window goes on
            self._fail(str(error) or type(error).__name__)
            self._list_studies()
            return
        self._study = study
        self._list_examples()
        self.form.show_parameters(parameters, self._twin)
        self._fill_open_numbers(self.form.values())
        self._stack.setCurrentWidget(self._message)
        self._message.setText("Computing …")
        self.run()

    def show_answer(self, study_id: str, values: Mapping[str, Any], result: StudyResult) -> None:
        """What a study found elsewhere, e.g. under a drag in the view, where that study is the one shown here."""
        if self._study is not None and study_id == self._study_id:
            self.form.show_values(values)
            self._take(result)

    def run(self) -> None:
        """Run with what the form shows; an older run is replaced."""
        if self._study is not None:
            self.runs.start(self._study_id, self._twin, self.form.values())

    def show_example(self, path: Path) -> None:
        """Fill the form from an input file."""
        if self._study is None:
            return
        try:
            values = self._study.load(path.read_text(encoding="utf-8"))
        except (UserMistake, OSError, UnicodeDecodeError) as error:
            self._say(f"{error}: {path}" if isinstance(error, UserMistake) else f"the file can't be read: {path}")
            return
        self.form.show_values(values)
        self._fill_open_numbers(self.form.values())
        self.run()

    @property
    def _twin(self) -> Twin:
        return self._services.document.settled if self._services.document is not None else Twin()

    # -- putting together -------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.list.setMinimumWidth(130)
        self._stack = QStackedWidget()
        self._message.setProperty("role", "faint")
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self._message.setMargin(24)
        self._stack.addWidget(self._message)
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setFixedWidth(110)
        right = QWidget()
        rows = QVBoxLayout(right)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(self._make_buttons())
        rows.addWidget(self._stack, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        for widget, stretch in ((self.list, 0), (self.form, 2), (right, 5)):
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, stretch)
        split.setSizes([150, 500, 720])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def _make_buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(12, 8, 12, 0)
        line.setSpacing(6)
        self.load_button, self.cancel_button = QPushButton("Load"), QPushButton("Cancel")
        self.lay_button, self.keep_button = QPushButton("Lay over the scene"), QPushButton("Keep as scenario")
        self.export_button = QPushButton("Export")
        self.lay_button.setCheckable(True)
        self._examples = QMenu(self)
        self.load_button.setMenu(self._examples)
        self._state.setProperty("role", "faint")
        line.addWidget(self._state, 1)
        line.addWidget(self._bar)
        for button in (self.cancel_button, self.load_button, self.lay_button, self.keep_button, self.export_button):
            line.addWidget(button)
        self._bar.hide()
        self.cancel_button.hide()
        return line

    def _listen(self) -> None:
        self.list.currentRowChanged.connect(self._chosen)
        self.form.changed.connect(self._edited)
        self.runs.progressed.connect(self._progressed)
        self.runs.warned.connect(self._warned)
        self.runs.found.connect(self._found)
        self.runs.finished.connect(self._finished)
        self.runs.failed.connect(self._fail)
        self.runs.ended.connect(self._stopped)
        self.cancel_button.clicked.connect(self.runs.cancel)
        self.lay_button.toggled.connect(lambda on: self._lay(checked=on))
        self.keep_button.clicked.connect(self.keep)
        self.export_button.clicked.connect(self._choose_folder)

    def _list_studies(self) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for info in self._registry.studies():
            self._add_line(info.title, info.id, info.description, chosen=info.id == self._study_id)
        for plugin in self._registry.plugins:
            if plugin.state == "failed":
                item = self._add_line(f"✕ {plugin.name}: failed", "", plugin.reason, chosen=False)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                item.setForeground(self._theme.colour("alarm"))
        self.list.blockSignals(False)
        if self.list.count() == 0:
            self._message.setText("No study is installed. Put a plugin's folder into your plugins folder and start again.")
        elif self._study is None and not self._message.text():
            self._message.setText("Choose a study on the left. It runs at once and again with every change.")
        self._enable(None)

    def _list_examples(self) -> None:
        self._examples.clear()
        for path in self._registry.examples(self._study_id):
            self._examples.addAction(path.stem.replace("_", " "), lambda path=path: self.show_example(path))
        self._examples.addAction("From a file …", self._choose_input)

    def _add_line(self, title: str, study_id: str, tip: str, *, chosen: bool) -> QListWidgetItem:
        item = QListWidgetItem(title)
        item.setData(_ID, study_id)
        item.setToolTip(tip)
        item.setSizeHint(QSize(0, 34))
        self.list.addItem(item)
        if chosen:
            self.list.setCurrentItem(item)
        return item

    def _chosen(self, row: int) -> None:
        study_id = self.list.item(row).data(_ID) if row >= 0 else ""
        if study_id:
            self.choose(study_id)

    # -- what happens -----------------------------------------------------------------------------------------------

    def _edited(self, name: str) -> None:
        if self._study is None:
            return
        if self.form.fields[name].parameter.kind == "station":
            self._fill_open_numbers(self.form.values())
        self.run()

    def _fill_open_numbers(self, values: Mapping[str, Any]) -> None:
        """Some studies know what their open numbers stand at, e.g. where the chosen station is."""
        filled = getattr(self._study, "filled", None)
        if filled is not None:
            self.form.show_values(filled(self._twin, values))

    def _progressed(self, fraction: float, doing: str) -> None:
        self._bar.setValue(round(1000 * fraction))
        self._bar.show()
        self.cancel_button.show()
        self._state.setText(doing)

    def _warned(self, sentence: str) -> None:
        """Beside the result, not as a message of the window: a slider would bring one with every move."""
        self._warnings = sentence

    def _found(self, result: StudyResult) -> None:
        self._take(result)
        self.proposed.emit(self._study_id, result)

    def _take(self, result: StudyResult) -> None:
        self.result = result
        if self._view is None:
            from viewer.ui.studies.result_view import ResultView  # pyqtgraph is imported with the first result

            self._view = ResultView()
            self._stack.addWidget(self._view)
        self._view.show_result(result, self._theme)
        self._stack.setCurrentWidget(self._view)
        self._enable(result)
        if self.lay_button.isChecked() and result.fields:
            self.field_chosen.emit(result.fields[0])

    def _finished(self, event: Finished) -> None:
        self._stopped()
        self._state.setText(f"⚠ {self._warnings}" if self._warnings else f"{1e3 * event.elapsed_s:.0f} ms")
        self._state.setToolTip(self._warnings)
        self._warnings = ""

    def _stopped(self) -> None:
        self._bar.hide()
        self.cancel_button.hide()
        self._state.setText("")

    def _fail(self, sentence: str) -> None:
        self._stopped()
        self.result = None
        self._enable(None)
        self._message.setText(sentence)
        self._stack.setCurrentWidget(self._message)

    def _say(self, sentence: str) -> None:
        self._state.setText(sentence)
        self.mistaken.emit(sentence)

    def _enable(self, result: StudyResult | None) -> None:
        self.lay_button.setEnabled(result is not None and bool(result.fields))
        self.keep_button.setEnabled(result is not None and bool(result.proposed) and self._services.document is not None)
        self.export_button.setEnabled(result is not None)
        self.load_button.setEnabled(self._study is not None)

    def _lay(self, *, checked: bool) -> None:
        fields = self.result.fields if self.result is not None else ()
        self.field_chosen.emit(fields[0] if checked and fields else None)

    def keep(self) -> None:
        """Keep the proposed edits as a new scenario."""
        document = self._services.document
        if document is None or self.result is None or not self.result.proposed:
            return
        name = ", ".join(edit.title() for edit in self.result.proposed)
        try:
            scenario = document.new_scenario(name, self.result.proposed)
        except UserMistake as mistake:
            self._say(str(mistake))
            return
        self._state.setText(f"kept as scenario «{name}»")
        self.kept.emit(scenario)

    def _choose_input(self) -> None:
        dialog = QFileDialog(self, "Load a study's input", "", "Input files (*.toml);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.show_example(Path(path)))
        dialog.open()

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Export the run into a folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.open()

    def export(self, folder: Path) -> None:
        """Run once more, into a run folder: spec, events, summary, tables and arrays; the same inputs give the same numbers."""
        name = f"{self._study_id}-{self._services.clock.now_ns() // 1_000_000_000}"
        self.runs.start(self._study_id, self._twin, self.form.values(), folder=folder / name)
        self._state.setText(f"exporting to {folder / name}")

    # -- Qt ---------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        self._follow_document()
        QTimer.singleShot(0, self._choose_first)  # while docks are arranged each is shown for a moment and hidden again
        super().showEvent(event)

    def _choose_first(self) -> None:
        seen = self.isVisible() and not self.visibleRegion().isEmpty()
        if seen and self.list.currentRow() < 0 and self._registry.studies():
            self.list.setCurrentRow(0)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._follow_document()
        super().enterEvent(event)

    def _follow_document(self) -> None:
        if self._services.document is not self._document:
            self.set_document(self._services.document)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange) and hasattr(self, "_theme"):
            self._theme = _theme_of_palette()
            if self.result is not None and self._view is not None:
                self._view.show_result(self.result, self._theme)
        super().changeEvent(event)


def _theme_of_palette() -> Theme:
    """The theme whose colours the application has; the dark one where it has none of ours."""
    palette = QApplication.palette()
    for name in THEMES:
        theme = read_theme(name)
        if all(
            theme.colour(token) == palette.color(role)
            for token, role in (("accent", QPalette.ColorRole.Highlight), ("panel", QPalette.ColorRole.Window))
        ):
            return theme
    return read_theme("dark")
