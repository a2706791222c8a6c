"""The list of differences: filtered by kind and word, sorted by any column; a click flies there."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.base.units import grouped
from viewer.measure.readings import Quantity
from viewer.measure.revisions import STATES, Difference, State, Tolerance
from viewer.measure.written import quantity_text
from viewer.ui.compare.session import COLOURS, SIGNS, Comparison, Looking
from viewer.ui.empty_state import EmptyState
from viewer.ui.indices import TOP, Index
from viewer.ui.look import Look

_COLUMNS = ("State", "Name", "Where", "Moved", "Turned", "Deviation", "Volume", "Remark")
_ROLE = Qt.ItemDataRole
_LOOKING: tuple[tuple[Looking, str, str], ...] = (
    ("both", "Both", "The open scene, and see-through what the file has elsewhere"),
    ("open", "Open scene", "Only the open scene"),
    ("file", "File", "As the file has it"),
)


class DifferenceModel(QAbstractTableModel):
    """The differences that the filters leave. Main thread."""

    def __init__(self) -> None:
        super().__init__()
        self.comparison: Comparison | None = None
        self.shown: list[Difference] = []

    def show_rows(self, comparison: Comparison | None, shown: list[Difference]) -> None:
        """Show others."""
        self.beginResetModel()
        self.comparison, self.shown = comparison, shown
        self.endResetModel()

    def rowCount(self, parent: Index = TOP) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = TOP) -> int:
        return len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:
        return _COLUMNS[section] if orientation is Qt.Orientation.Horizontal and role == _ROLE.DisplayRole else None

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        one = self.shown[index.row()]
        if role == _ROLE.DisplayRole:
            return cells(one)[index.column()]
        if role == _ROLE.ForegroundRole and index.column() == 0:
            return QColor(*COLOURS[one.state])
        if role == _ROLE.ToolTipRole and index.column() in (1, 2, 7):
            return f"{one.path} / {one.name}".strip(" /") if index.column() < 7 else cells(one)[7]
        if role == _ROLE.TextAlignmentRole and 3 <= index.column() <= 6:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        keys: tuple[Callable[[Difference], Any], ...] = (
            lambda d: STATES.index(d.state), lambda d: d.name.lower(), lambda d: d.path.lower(), lambda d: d.moved_m,
            lambda d: d.turned_rad, lambda d: d.deviation_m, lambda d: abs(d.volume_change_m3), lambda d: d.was_named.lower(),
        )  # fmt: skip
        self.layoutAboutToBeChanged.emit()
        self.shown.sort(key=keys[max(column, 0)], reverse=order is Qt.SortOrder.DescendingOrder)
        self.layoutChanged.emit()


class ComparePanel(QWidget):
    """Says what is asked by signals; knows nothing of the scene. Main thread."""

    chosen = Signal(object)
    """list of Difference."""
    looking_changed = Signal(str)
    only_changed = Signal(bool)
    file_asked = Signal()
    again_asked = Signal()
    older_changed = Signal(bool)
    end_asked = Signal()
    said = Signal(str, str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self.model, self.table = DifferenceModel(), QTableView()
        self._chips: dict[State, QToolButton] = {}
        self._title, self._field = QLabel(), QLineEdit()
        self.millimetres, self.degrees = QDoubleSpinBox(), QDoubleSpinBox()
        self.age, self.only = QComboBox(), QToolButton()
        self._lookings = QButtonGroup(self)
        begin = QPushButton("Compare with a file…")
        begin.clicked.connect(self.file_asked)
        self._stack = QStackedWidget()
        words = "Choose another revision of this scene: added, removed, moved and changed parts are shown in colour and listed."
        self._stack.addWidget(EmptyState("compare", "No comparison", words, look, begin))
        self._stack.addWidget(self._content())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    @property
    def tolerance(self) -> Tolerance:
        """What counts as no difference."""
        return Tolerance(self.millimetres.value() / 1000.0, math.radians(self.degrees.value()))

    def show_comparison(self, comparison: Comparison | None) -> None:
        """List another one; None: nothing is compared."""
        self._stack.setCurrentIndex(0 if comparison is None else 1)
        if comparison is None:
            self.model.show_rows(None, [])
            return
        self._title.setText(comparison.title)
        self._title.setToolTip(str(comparison.path))
        counts = comparison.counts
        for state, chip in self._chips.items():
            chip.setText(f"{SIGNS[state]} {state} {grouped(counts[state])}")
        self.model.comparison = comparison
        self.refilter()

    def set_looking(self, looking: Looking) -> None:
        """Mark the way of looking."""
        self._lookings.button([key for key, *_ in _LOOKING].index(looking)).setChecked(True)

    def refilter(self) -> None:
        """Show what chips and words leave."""
        comparison = self.model.comparison
        if comparison is None:
            return
        wanted = {state for state, chip in self._chips.items() if chip.isChecked()}
        words = self._field.text().lower().split()
        rows = [
            one
            for one in comparison.differences
            if one.state in wanted
            and all(w in f"{one.path} / {one.name} {one.was_named} {one.new} {one.old}".lower() for w in words)
        ]
        self.model.show_rows(comparison, rows)

    def export(self, path: Path) -> None:
        """Write what is listed as CSV; says where that fails."""
        try:
            path.write_text(as_csv(self.model.shown), encoding="utf-8", newline="")
        except OSError as error:
            self.said.emit(f"The differences could not be written ({error.strerror}): {path}", "warning")
            return
        self.said.emit(f"{grouped(len(self.model.shown))} differences written to {path.name}", "good")

    # -- building

    def _content(self) -> QWidget:
        content = QWidget()
        rows = QVBoxLayout(content)
        rows.setContentsMargins(10, 6, 10, 0)
        rows.setSpacing(5)
        rows.addLayout(self._first_row())
        rows.addLayout(self._second_row())
        self._make_table()
        rows.addWidget(self.table, 1)
        return content

    def _first_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        self._title.setProperty("role", "strong")
        row.addWidget(self._title)
        self.age.addItems(["is the older revision", "is the newer revision"])
        self.age.currentIndexChanged.connect(lambda index: self.older_changed.emit(index == 0))
        row.addWidget(self.age)
        row.addStretch(1)
        for number, (looking, text, tip) in enumerate(_LOOKING):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(f"{tip}  (B: next)")
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.clicked.connect(lambda _checked=False, one=looking: self.looking_changed.emit(one))
            self._lookings.addButton(button, number)
            row.addWidget(button)
        self.only.setText("Only differences")
        self.only.setToolTip("Hide what is the same")
        self.only.setCheckable(True)
        self.only.toggled.connect(self.only_changed)
        row.addWidget(self.only)
        end = QPushButton("End comparing")
        end.clicked.connect(self.end_asked)
        row.addWidget(end)
        return row

    def _second_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for state in STATES:
            chip = QToolButton()
            chip.setCheckable(True)
            chip.setChecked(state != "same")
            chip.toggled.connect(lambda _on: self.refilter())
            chip.setToolTip(f"List what is {state}")
            self._chips[state] = chip
            row.addWidget(chip)
        self._field.setPlaceholderText("Filter by name or path")
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(lambda _: self.refilter())
        row.addWidget(self._field, 1)
        for box, value, unit, most, tip in (
            (self.millimetres, 0.1, " mm", 1e4, "Lengths that differ by less are the same"),
            (self.degrees, 0.05, "°", 90.0, "Angles that differ by less are the same"),
        ):
            box.setDecimals(3)
            box.setRange(0.001, most)
            box.setValue(value)
            box.setSuffix(unit)
            box.setToolTip(tip)
            box.setFixedWidth(104)
            row.addWidget(box)
        for text, act in (
            ("Compare again", self.again_asked.emit),
            ("Export CSV…", self._ask_file),
            ("Another file…", self.file_asked.emit),
        ):
            button = QPushButton(text)
            button.clicked.connect(lambda _checked=False, do=act: do())
            row.addWidget(button)
        return row

    def _make_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setSortingEnabled(True)
        table.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for column, width in enumerate((110, 220, 260, 110, 90, 110, 130)):
            table.setColumnWidth(column, width)
        table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.selectionModel().selectionChanged.connect(lambda *_: self._selected())

    def _selected(self) -> None:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        if rows:
            self.chosen.emit([self.model.shown[row] for row in rows])

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, "Export the differences")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilter("Table (*.csv)")
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def cells(one: Difference) -> tuple[str, ...]:
    """One row's texts."""
    remark = f"was «{one.was_named}»" if one.was_named else ""
    volume = quantity_text(Quantity("", one.volume_change_m3, "volume")) if one.volume_change_m3 else ""
    return (
        f"{SIGNS[one.state]} {one.state}",
        one.name,
        one.path,
        quantity_text(Quantity("", one.moved_m)) if one.moved_m else "",
        quantity_text(Quantity("", one.turned_rad, "angle")) if one.turned_rad > 1e-9 else "",
        quantity_text(Quantity("", one.deviation_m)) if one.deviation_m > 1e-9 else "",
        f"+{volume}" if one.volume_change_m3 > 0.0 else volume,
        remark,
    )


def as_csv(ones: list[Difference]) -> str:
    """A row per difference, numbers in mm, degrees and mm³ as a spreadsheet reads them."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(
        ["state", "name", "path", "old id", "new id", "moved mm", "turned deg", "deviation mm", "volume change mm3", "old name"]
    )
    for d in ones:
        numbers = (d.moved_m * 1e3, math.degrees(d.turned_rad), d.deviation_m * 1e3, d.volume_change_m3 * 1e9)
        writer.writerow([d.state, d.name, d.path, d.old or "", d.new or "", *(f"{v:.6g}" for v in numbers), d.was_named])
    return sheet.getvalue()
