"""Scenarios: the base and its what-ifs, what each changes, and how two of them differ."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId, ScenarioId
from viewer.base.units import format_value
from viewer.studies.contract import Headline
from viewer.twin.difference import Difference, compare
from viewer.twin.document import Document
from viewer.ui.icons import icon
from viewer.ui.look import Look

_ID = Qt.ItemDataRole.UserRole
_MOST = 400


class ScenariosPanel(QWidget):
    """Left the list, in the middle the edits of the chosen one, right the comparison. Main thread."""

    select_asked = Signal(list)
    """Nodes that a difference or an edit speaks of."""
    mistaken = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._look = look
        self._document: Document | None = None
        self._was_open: ScenarioId | None = None
        self._figures: dict[ScenarioId, tuple[Headline, ...]] = {}
        self.list, self.edits, self.differences = QListWidget(), QListWidget(), QListWidget()
        self.before, self.after = QComboBox(), QComboBox()
        self._edits_title, self._differences_title = QLabel("Changes"), QLabel("Compare")
        self._buttons: list[tuple[QToolButton, str]] = []
        for one in (self.list, self.edits, self.differences):
            one.setIconSize(QSize(16, 16))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.addWidget(self._left())
        split.addWidget(_titled(self._edits_title, self.edits))
        split.addWidget(self._right())
        split.setStretchFactor(1, 1)
        split.setStretchFactor(2, 2)
        split.setSizes([280, 300, 480])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        self.list.itemChanged.connect(self._renamed)
        self.list.itemDoubleClicked.connect(lambda item: self.open(item.data(_ID)))
        self.list.currentItemChanged.connect(lambda *_: self._show_edits())
        self.edits.itemClicked.connect(self._select_of)
        self.differences.itemClicked.connect(self._select_of)
        for box in (self.before, self.after):
            box.currentIndexChanged.connect(self._compare)
        look.changed.connect(self._dress)
        self._dress()

    def set_document(self, document: Document | None) -> None:
        """Show the scenarios of a document."""
        self._document = document
        self.refresh()

    def refresh(self) -> None:
        """Scenarios, or what they change, are different."""
        document = self._document
        rows: list[tuple[str, ScenarioId | None]] = [("Base", None)]
        if document is not None:
            rows += [(s.name, s.id) for s in document.scenarios]
        open_id = document.scenario.id if document is not None and document.scenario is not None else None
        chosen = self._chosen() if open_id == self._was_open else open_id
        self._was_open = open_id
        self.list.blockSignals(True)
        self.list.clear()
        for name, scenario in rows:
            item = QListWidgetItem(
                icon("good" if scenario == open_id else "scenario", self._look.theme, self._token(scenario, open_id)), name
            )
            item.setData(_ID, scenario)
            item.setToolTip("Open in the window" if scenario == open_id else "Double-click to open")
            if scenario is not None:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.list.addItem(item)
            if scenario == (chosen if any(s == chosen for _, s in rows) else open_id):
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self._fill_boxes(rows, open_id)
        self._show_edits()
        self._compare()

    def keep_figures(self, scenario: ScenarioId, figures: tuple[Headline, ...]) -> None:
        """What a study found for a scenario when it was kept: shown beside another's in the comparison."""
        self._figures[scenario] = figures
        self._compare()

    def open(self, scenario: ScenarioId | None) -> None:
        """Show a scenario, or the base, in the whole window."""
        self._try(lambda document: document.open_scenario(scenario))

    def new(self) -> None:
        """Make a scenario of the base and open it; its name can be typed at once."""
        self._try(lambda document: document.new_scenario(self._free_name("Scenario")))
        self._edit_name()

    def duplicate(self) -> None:
        """Make another scenario with the same changes as the open one."""
        open_one = self._document.scenario if self._document is not None else None
        name, edits = (f"{open_one.name} copy", open_one.edits) if open_one is not None else ("Scenario", ())
        self._try(lambda document: document.new_scenario(self._free_name(name), edits))
        self._edit_name()

    def delete(self) -> None:
        """Forget the chosen scenario."""
        chosen = self._chosen()
        if chosen is not None:
            self._try(lambda document: document.delete_scenario(chosen))

    def _left(self) -> QWidget:
        head, bar = QWidget(), QHBoxLayout()
        title = QLabel("Scenarios")
        title.setProperty("role", "section")
        bar.setContentsMargins(12, 5, 6, 3)
        bar.addWidget(title)
        bar.addStretch(1)
        for name, tip, run in (
            ("add", "New scenario from the base", self.new),
            ("copy", "Duplicate the open scenario", self.duplicate),
            ("rename", "Rename (F2)", self._edit_name),
            ("delete", "Delete the chosen scenario", self.delete),
        ):
            button = QToolButton()
            button.setToolTip(tip)
            button.clicked.connect(run)
            self._buttons.append((button, name))
            bar.addWidget(button)
        layout = QVBoxLayout(head)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(bar)
        layout.addWidget(self.list)
        open_button = QPushButton("Open in the window")
        open_button.clicked.connect(lambda: self.open(self._chosen()))
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 4, 12, 8)
        foot.addWidget(open_button)
        layout.addLayout(foot)
        return head

    def _right(self) -> QWidget:
        widget, bar = QWidget(), QHBoxLayout()
        self._differences_title.setProperty("role", "section")
        bar.setContentsMargins(12, 5, 12, 3)
        for one in (self._differences_title, self.before, QLabel("with"), self.after):
            bar.addWidget(one)
        bar.addStretch(1)
        layout = QVBoxLayout(widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(bar)
        layout.addWidget(self.differences)
        return widget

    def _token(self, scenario: ScenarioId | None, open_id: ScenarioId | None) -> str:
        return "accent" if scenario == open_id else "text_faint"

    def _dress(self) -> None:
        for button, name in self._buttons:
            button.setIcon(icon(name, self._look.theme))
        self.refresh()

    def _chosen(self) -> ScenarioId | None:
        return self.list.currentItem().data(_ID) if self.list.currentRow() >= 0 else None

    def _edit_name(self) -> None:
        if self._chosen() is not None:
            self.list.setFocus()
            self.list.editItem(self.list.currentItem())

    def _renamed(self, item: QListWidgetItem) -> None:
        scenario, name = item.data(_ID), item.text()
        self._try(lambda document: document.rename_scenario(scenario, name))

    def _try(self, command: Callable[[Document], object]) -> None:
        if self._document is None:
            self.mistaken.emit("open a scene first: scenarios branch off its base")
            return
        try:
            command(self._document)
        except UserMistake as mistake:
            self.mistaken.emit(str(mistake))
        self.refresh()

    def _free_name(self, wanted: str) -> str:
        taken = {s.name for s in self._document.scenarios} if self._document is not None else set[str]()
        numbered = (f"{wanted} {n}" for n in range(1, len(taken) + 2))
        return wanted if wanted not in taken and wanted != "Scenario" else next(n for n in numbered if n not in taken)

    def _show_edits(self) -> None:
        self.edits.clear()
        chosen, document = self._chosen(), self._document
        scenario = next((s for s in document.scenarios if s.id == chosen), None) if document is not None else None
        self._edits_title.setText(f"Changes of «{scenario.name}»" if scenario is not None else "Changes")
        for edit in scenario.edits if scenario is not None else ():
            item = QListWidgetItem(edit.title())
            item.setData(_ID, [n for n in [getattr(edit, "node", None)] if n])
            self.edits.addItem(item)
        if not self.edits.count():
            text = (
                "No change yet: move a station while it is open"
                if scenario is not None
                else "The base is what the scenarios start from"
            )
            self.edits.addItem(_note(text))

    def _fill_boxes(self, rows: list[tuple[str, ScenarioId | None]], open_id: ScenarioId | None) -> None:
        """The base beside what is open, until somebody chose otherwise."""
        for box, fallback in ((self.before, None), (self.after, open_id)):
            chosen = box.currentData() if box is self.before or open_id is None else fallback
            box.blockSignals(True)
            box.clear()
            for name, scenario in rows:
                box.addItem(name, scenario)
            box.setCurrentIndex(next((i for i, (_, s) in enumerate(rows) if s == chosen), 0))
            box.blockSignals(False)

    def _compare(self) -> None:
        self.differences.clear()
        if self._document is None:
            return
        try:
            twins = [self._document.twin_of(box.currentData()) for box in (self.before, self.after)]
        except UserMistake as mistake:
            self.differences.addItem(_note(str(mistake)))
            return
        for text in self._compared_figures(self.before.currentData(), self.after.currentData()):
            self.differences.addItem(_figure_item(text, icon("studies", self._look.theme)))
        found = compare(twins[0], twins[1])
        for difference in found[:_MOST]:
            self.differences.addItem(self._difference_item(difference))
        if not found:
            self.differences.addItem(
                _note("No difference" if self.before.currentData() != self.after.currentData() else "Choose two to compare")
            )

    def _compared_figures(self, before: ScenarioId | None, after: ScenarioId | None) -> list[str]:
        """One line for each figure that either has; a dash where it was not computed, as for the base."""
        if before == after:
            return []
        sides = [{one.title: one for one in self._figures.get(s, ())} if s is not None else {} for s in (before, after)]
        titles = list(dict.fromkeys([*sides[0], *sides[1]]))
        return [f"{title}   {_written(sides[0].get(title))}  →  {_written(sides[1].get(title))}" for title in titles]

    def _difference_item(self, difference: Difference) -> QListWidgetItem:
        mark = {"added": "add", "removed": "delete", "moved": "move"}.get(difference.kind, "rename")
        item = QListWidgetItem(icon(mark, self._look.theme), f"{difference.name or difference.id}   {difference.text}")
        item.setData(_ID, [difference.id] if difference.what == "node" else [])
        item.setToolTip(f"{difference.what} {difference.id}")
        return item

    def _select_of(self, item: QListWidgetItem) -> None:
        nodes = [NodeId(n) for n in item.data(_ID) or []]
        if nodes:
            self.select_asked.emit(nodes)


def _titled(title: QLabel, content: QWidget) -> QWidget:
    widget = QWidget()
    title.setProperty("role", "section")
    title.setContentsMargins(12, 0, 12, 0)
    title.setFixedHeight(40)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    layout.addWidget(title)
    layout.addWidget(content)
    return widget


def _written(figure: Headline | None) -> str:
    if figure is None:
        return "–"
    sign = {"good": "✓ ", "bad": "✕ ", "neutral": ""}[figure.verdict]
    return sign + format_value(figure.value, figure.unit)


def _figure_item(text: str, mark: QIcon) -> QListWidgetItem:
    item = QListWidgetItem(mark, text)
    item.setData(_ID, [])
    item.setToolTip("As the study found it when the scenario was kept")
    return item


def _note(text: str) -> QListWidgetItem:
    item = QListWidgetItem(text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    item.setData(_ID, [])
    return item
