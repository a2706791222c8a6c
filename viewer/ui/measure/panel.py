"""The list of measurements: names, values and what they lie between; copied, drawn or not, deleted, exported."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.base.units import without_groups
from viewer.measure.written import doubt_text, in_unit, quantity_text, reading_text
from viewer.ui.empty_state import EmptyState
from viewer.ui.look import Look
from viewer.ui.measure.board import Board, Measurement

_COLUMNS = ("Name", "What", "Value", "Accuracy", "Details", "Between")


class MeasurePanel(QWidget):
    """A table over the board. Main thread."""

    said = Signal(str, str)
    """A sentence for the user and its severity."""
    fly_asked = Signal(object)
    """list of NodeId."""

    def __init__(self, board: Board, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._board = board
        self.table = QTableWidget(0, len(_COLUMNS))
        self._stack = QStackedWidget()
        self._buttons: list[QPushButton] = []
        begin = "Press M and click corners, edges, faces or parts: what they measure is kept here."
        self._stack.addWidget(EmptyState("ruler", "No measurements", begin, look))
        self._stack.addWidget(self._content())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        board.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what the board holds."""
        ones = self._board.measurements
        self._stack.setCurrentIndex(1 if ones else 0)
        with QSignalBlocker(self.table):
            self.table.setRowCount(len(ones))
            for row, one in enumerate(ones):
                self._fill(row, one)
            chosen = next((row for row, one in enumerate(ones) if one.number == self._board.chosen), -1)
            if chosen >= 0 and self.table.currentRow() != chosen:
                self.table.selectRow(chosen)

    def _fill(self, row: int, one: Measurement) -> None:
        unit, reading = self._board.unit, one.reading
        details = "   ".join(f"{q.name} {quantity_text(q, unit)}" for q in reading.details)
        texts = (
            one.name,
            reading.title,
            reading_text(reading, unit) + (" …" if one.is_stale else ""),
            doubt_text(reading, unit),
            f"{details}   {reading.note}".strip(),
            " – ".join(dict.fromkeys(pick.name for pick in one.picks)),
        )
        for column, text in enumerate(texts):
            item = self.table.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                self.table.setItem(row, column, item)
            item.setText(text)
            item.setToolTip(text)
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            if column == 0:
                flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable
                item.setCheckState(Qt.CheckState.Checked if one.is_shown else Qt.CheckState.Unchecked)
            if column == 2:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setFlags(flags)

    def _content(self) -> QWidget:
        table = self.table
        table.setHorizontalHeaderLabels(list(_COLUMNS))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((110, 170, 130, 170)):
            table.setColumnWidth(column, width)
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        table.setColumnWidth(5, 240)
        table.itemChanged.connect(self._edited)
        table.itemSelectionChanged.connect(self._chosen)
        table.itemDoubleClicked.connect(lambda item: self._fly(item.row()) if item.column() else None)
        row = QHBoxLayout()
        row.setContentsMargins(10, 6, 10, 4)
        row.setSpacing(6)
        for text, act in (
            ("Copy", self.copy),
            ("Export CSV…", self._ask_file),
            ("Delete", self.delete),
            ("Clear", self._board.clear),
        ):
            button = QPushButton(text)
            button.clicked.connect(act)
            row.addWidget(button)
        row.addStretch(1)
        content = QWidget()
        rows = QVBoxLayout(content)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(row)
        rows.addWidget(table, 1)
        return content

    def _selected(self) -> list[Measurement]:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        return [self._board.measurements[row] for row in rows if row < len(self._board.measurements)]

    def copy(self) -> None:
        """The selected ones (else all) to the clipboard, tab by tab."""
        wanted = self._selected() or self._board.measurements
        lines = ("\t".join((m.name, m.reading.title, reading_text(m.reading, self._board.unit))) for m in wanted)
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.said.emit(f"Copied {len(wanted)} measurement{'s' if len(wanted) != 1 else ''}", "good")

    def delete(self) -> None:
        """The selected ones."""
        self._board.remove({one.number for one in self._selected()})

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, "Export the measurements")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilter("Table (*.csv)")
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export(self, path: Path) -> None:
        """Write all as CSV; says where that fails."""
        try:
            path.write_text(as_csv(self._board), encoding="utf-8", newline="")
        except OSError as error:
            self.said.emit(f"The measurements could not be written ({error.strerror}): {path}", "warning")
            return
        self.said.emit(f"{len(self._board.measurements)} measurements written to {path.name}", "good")

    def _edited(self, item: QTableWidgetItem) -> None:
        one = self._board.measurements[item.row()]
        if item.column() == 0:
            shown = item.checkState() is Qt.CheckState.Checked
            if shown != one.is_shown:
                self._board.show_one(one.number, is_shown=shown)
            elif item.text().strip() and item.text() != one.name:
                self._board.rename(one.number, item.text().strip())

    def _chosen(self) -> None:
        chosen = self._selected()
        self._board.choose(chosen[-1].number if chosen else None)

    def _fly(self, row: int) -> None:
        self.fly_asked.emit([pick.node for pick in self._board.measurements[row].picks])


def as_csv(board: Board) -> str:
    """One row per number: measurement, quantity, value, unit, accuracy; numbers as a spreadsheet reads them."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["measurement", "what", "quantity", "value", "unit", "accuracy", "between"])
    for one in board.measurements:
        between = " - ".join(dict.fromkeys(pick.node for pick in one.picks))
        for quantity in (one.reading.main, *one.reading.details):
            number, unit = in_unit(quantity, board.unit)
            plain = without_groups(number)
            accuracy = doubt_text(one.reading, board.unit) if quantity is one.reading.main else ""
            writer.writerow([one.name, one.reading.title, quantity.name, plain, unit, accuracy, between])
    return sheet.getvalue()
