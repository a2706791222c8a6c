"""The alarm list: filters, search, the table, and beside it what is known of the chosen alarm."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.base.units import grouped
from viewer.twin.model import Twin
from viewer.ui.alarms.detail import AlarmDetail
from viewer.ui.alarms.model import ACKNOWLEDGE, AlarmModel
from viewer.ui.alarms.rows import FILTERS, Filter, Row, counts, kept
from viewer.ui.empty_state import EmptyState
from viewer.ui.look import Look

_WIDTHS_PX = (82, 176, 146, 158, 74, 190, 260, 118)
_ROW_PX = 26


class AlarmPanel(QWidget):
    """Shows rows; says what a person wants. Main thread."""

    chosen_changed = Signal()
    """Another alarm is chosen, by a person."""
    action_asked = Signal(str, object)
    """An action's kind, and the ids of the alarms it is for."""
    shown_again = Signal()
    """The panel came into sight."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._twin = Twin()
        self._rows: Sequence[Row] = ()
        self._can_act = False
        self._chosen = ""
        self._filter: Filter = "all"
        self.model, self.table, self.detail = AlarmModel(look, self), QTableView(), AlarmDetail(look)
        self.search, self._note = QLineEdit(), QLabel()
        self._all = QPushButton("Acknowledge all shown")
        self._tabs: dict[Filter, QToolButton] = {}
        self._empty = EmptyState("alarm", "No alarms", "", look)
        self._dress_table()
        middle = QSplitter(Qt.Orientation.Horizontal)
        middle.setChildrenCollapsible(False)
        middle.setHandleWidth(1)
        middle.addWidget(self.table)
        middle.addWidget(self.detail)
        middle.setStretchFactor(0, 4)
        middle.setStretchFactor(1, 3)
        self.detail.setMinimumWidth(260)
        middle.setSizes([560, 420])
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(middle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar())
        layout.addLayout(self._stack, 1)
        self.detail.action_asked.connect(lambda kind: self.action_asked.emit(kind, [self._chosen]))
        self.detail.cause_asked.connect(self.choose)

    @property
    def chosen(self) -> Row | None:
        """The row that a person chose; None where it stands no longer."""
        return next((row for row in self._rows if row.alarm.id == self._chosen), None)

    @property
    def unseen_shown(self) -> list[str]:
        """Ids of what filter and search keep and nobody has acknowledged."""
        return [row.alarm.id for row in self.model.rows if row.is_unseen]

    def show_rows(self, rows: Sequence[Row], twin: Twin, *, can_act: bool, note: str = "") -> None:
        """What stands, most urgent first; `note` says of when, where that is not now."""
        self._rows, self._twin, self._can_act = rows, twin, can_act
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._refill()

    def say(self, title: str, sentence: str) -> None:
        """What is read where no row is shown."""
        self._empty.say(title, sentence)

    def choose(self, alarm: str) -> None:
        """Choose an alarm as a person would; filter and search make way for it."""
        if self.model.row_of(alarm) < 0 and any(row.alarm.id == alarm for row in self._rows):
            self.search.clear()
            self._choose_filter("all")
        place = self.model.row_of(alarm)
        if place >= 0:
            self.table.selectRow(place)
            self.table.scrollTo(self.model.index(place, 0))

    def showEvent(self, event: object) -> None:
        self.shown_again.emit()

    def _bar(self) -> QWidget:
        bar, group = QWidget(), QButtonGroup(self)
        row = QHBoxLayout(bar)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(4)
        for key, text in FILTERS:
            tab = self._tabs[key] = QToolButton()
            tab.setText(text)
            tab.setCheckable(True)
            tab.setChecked(key == "all")
            tab.clicked.connect(partial(self._choose_filter, key))
            group.addButton(tab)
            row.addWidget(tab)
        self.search.setPlaceholderText("Search alarms")
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(230)
        self.search.textChanged.connect(self._refill)
        row.addWidget(self.search, 1)
        self._note.setProperty("role", "strong")
        row.addWidget(self._note)
        row.addStretch(1)
        self._all.clicked.connect(lambda: self.action_asked.emit("acknowledge", self.unseen_shown))
        row.addWidget(self._all)
        return bar

    def _dress_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setAccessibleName("Alarms")
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width_px in enumerate(_WIDTHS_PX):
            header.resizeSection(column, width_px)
        header.moveSection(ACKNOWLEDGE, 1)  # beside the priority: in sight however narrow the list is
        table.clicked.connect(self._click)
        table.selectionModel().currentRowChanged.connect(self._choose_row)

    def _choose_filter(self, chosen: Filter, _checked: object = None) -> None:
        self._filter = chosen
        self._tabs[chosen].setChecked(True)
        self._refill()

    def _click(self, index: QModelIndex) -> None:
        row = self.model.rows[index.row()]
        if index.column() == ACKNOWLEDGE and self.model.can_acknowledge(row):
            self.action_asked.emit("acknowledge", [row.alarm.id])

    def _choose_row(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self._chosen = self.model.rows[index.row()].alarm.id
            self._show_detail()
            self.chosen_changed.emit()

    def _refill(self) -> None:
        found, selection = counts(self._rows), self.table.selectionModel()
        for key, text in FILTERS:
            self._tabs[key].setText(f"{text}  {grouped(found[key])}")
        rows = kept(self._rows, self._filter, self.search.text())
        at_px = self.table.verticalScrollBar().value()
        selection.blockSignals(True)
        is_new = self.model.show(rows, can_act=self._can_act)
        place = self.model.row_of(self._chosen) if self._chosen else -1
        if is_new and place >= 0:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            selection.setCurrentIndex(self.model.index(place, 0), flags)
        selection.blockSignals(False)
        self.table.verticalScrollBar().setValue(at_px)
        self._stack.setCurrentIndex(1 if rows else 0)
        unseen = self.unseen_shown
        self._all.setVisible(bool(unseen) and self._can_act)
        self._all.setText(f"Acknowledge all shown ({grouped(len(unseen))})")
        if self._rows and not rows:
            self._empty.say("No alarm fits", "Choose another filter, or search for less.")
        self._show_detail()

    def _show_detail(self) -> None:
        self.detail.show_row(self.chosen, self._twin, can_act=self._can_act)
