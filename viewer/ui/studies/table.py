"""The table editor of a study's form: cells by their columns' kinds, and a slider for the number that is selected."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.studies.contract import Column, Parameter
from viewer.ui.studies.fields import STEPS, Field


class TableField(Field):
    """Rows of cells. The selected number has a slider above the table, from nothing to thrice what it was."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.table = QTableWidget(0, len(parameter.columns))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.all_columns = QCheckBox("All columns")
        self._other: int | None = None
        self._slid_cell = QLabel("Select a number to slide it")
        self._full = 0.0
        self._make_table()
        self.slider.setRange(0, STEPS)
        self.slider.setEnabled(False)
        self.slider.setAccessibleName("The selected number")
        self.slider.valueChanged.connect(self._slid)
        self._slid_cell.setProperty("role", "faint")
        self._slid_cell.setMinimumWidth(150)
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        above = QHBoxLayout()
        above.addWidget(self._slid_cell)
        above.addWidget(self.slider, 1)
        rows.addLayout(above)
        rows.addWidget(self.table)
        buttons = QHBoxLayout()
        for text, act in (("Add row", self._add), ("Remove row", self._remove)):
            button = QPushButton(text)
            button.clicked.connect(act)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.all_columns.toggled.connect(lambda _: self._show_columns())
        buttons.addWidget(self.all_columns)
        rows.addLayout(buttons)
        self.line.addWidget(holder, 1)

    def value(self) -> tuple[tuple[Any, ...], ...]:
        return tuple(
            tuple(self._cell(row, i, column) for i, column in enumerate(self.parameter.columns))
            for row in range(self.table.rowCount())
        )

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self.table):
            self.table.setRowCount(0)
            for row in value:
                self._append(row)
        self._show_columns()
        self._fit()
        if self._number_selected() is None:
            self._select_first_tolerance()
        self._selected()

    def _show_columns(self) -> None:
        """Columns in which no row says anything of its own stay away until all are asked for."""
        rows = self.value()
        for i, column in enumerate(self.parameter.columns):
            cells = {str(row[i]) for row in rows}
            alike = column.kind == "text" and len(rows) > 1 and len(cells) == 1
            self.table.setColumnHidden(i, not self.all_columns.isChecked() and (cells <= {""} or alike))
        self.table.resizeColumnsToContents()
        for i, column in enumerate(self.parameter.columns):
            self.table.setColumnWidth(i, min(150, max(52 if column.kind == "number" else 60, self.table.columnWidth(i))))

    def _select_first_tolerance(self) -> None:
        """So that the slider works at once."""
        names = [column.name for column in self.parameter.columns]
        if self.table.rowCount():
            with QSignalBlocker(self.table):
                self.table.setCurrentCell(0, names.index("upper") if "upper" in names else 0)

    def _mirror(self) -> int | None:
        """The column of the other limit where the selected one is half of a symmetric tolerance."""
        names = [column.name for column in self.parameter.columns]
        row, index = self.table.currentRow(), self.table.currentColumn()
        if index < 0 or names[index] not in ("lower", "upper") or not {"lower", "upper"} <= set(names):
            return None
        other = names.index("upper" if names[index] == "lower" else "lower")
        try:
            same = float(self._cell(row, index, self.parameter.columns[index])) == -float(
                self._cell(row, other, self.parameter.columns[other])
            )
        except ValueError:
            return None
        return other if same else None

    def _make_table(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels([column.title for column in self.parameter.columns])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(28)
        table.horizontalHeader().setStretchLastSection(True)
        table.setShowGrid(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.itemChanged.connect(lambda _: self._edited())
        table.currentCellChanged.connect(lambda *_: self._selected())

    def _cell(self, row: int, index: int, column: Column) -> Any:
        box = self.table.cellWidget(row, index)
        if isinstance(box, QComboBox):
            return box.currentText()
        item = self.table.item(row, index)
        text = item.text().strip() if item is not None else ""
        if column.kind in ("number", "integer"):
            return text.replace(",", ".").replace("−", "-")
        return text

    def _append(self, row: Any) -> None:
        number = self.table.rowCount()
        self.table.insertRow(number)
        for i, (column, cell) in enumerate(zip(self.parameter.columns, row, strict=True)):
            if column.kind == "choice":
                self.table.setCellWidget(number, i, self._choice(column, str(cell)))
                continue
            item = QTableWidgetItem(_text(cell))
            if column.kind in ("number", "integer"):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(number, i, item)

    def _choice(self, column: Column, value: str) -> QComboBox:
        box = QComboBox()
        box.setFrame(False)
        box.addItems(list(column.choices))
        box.setCurrentText(value)
        box.currentIndexChanged.connect(lambda _: self.changed.emit())
        return box

    def _add(self) -> None:
        taken = {self._cell(row, 0, self.parameter.columns[0]) for row in range(self.table.rowCount())}
        first = next(f"x{n}" for n in range(1, len(taken) + 2) if f"x{n}" not in taken)
        with QSignalBlocker(self.table):
            self._append([first if i == 0 else _blank(column) for i, column in enumerate(self.parameter.columns)])
        self._fit()
        self.changed.emit()

    def _remove(self) -> None:
        if self.table.currentRow() >= 0:
            self.table.removeRow(self.table.currentRow())
            self._fit()
            self.changed.emit()

    def _fit(self) -> None:
        rows = min(8, max(2, self.table.rowCount()))
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + 28 * rows + 14)

    def _edited(self) -> None:
        self._selected()
        self.changed.emit()

    def _number_selected(self) -> float | None:
        row, index = self.table.currentRow(), self.table.currentColumn()
        if row < 0 or index < 0 or self.parameter.columns[index].kind != "number":
            return None
        try:
            return float(self._cell(row, index, self.parameter.columns[index]))
        except ValueError:
            return None

    def _selected(self) -> None:
        value = self._number_selected()
        self.slider.setEnabled(value is not None and value != 0.0)
        if value is None or value == 0.0:
            self._slid_cell.setText("Select a number to slide it")
            return
        self._other = self._mirror()
        self._tell_slid(value)
        self._full = 3.0 * value
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(STEPS / 3))

    def _slid(self, place: int) -> None:
        if self._number_selected() is None:
            return
        value = self._full * place / STEPS
        with QSignalBlocker(self.table):
            self.table.currentItem().setText(f"{value:.4g}")
            other = self.table.item(self.table.currentRow(), self._other) if self._other is not None else None
            if other is not None:
                other.setText(f"{-value:.4g}")
        self._tell_slid(value)
        self.changed.emit()

    def _tell_slid(self, value: float) -> None:
        name = self._cell(self.table.currentRow(), 0, self.parameter.columns[0])
        title = self.parameter.columns[self.table.currentColumn()].title
        self._slid_cell.setText(f"{name} ± {abs(value):.4g}" if self._other is not None else f"{name} · {title} {value:.4g}")


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return "" if math.isnan(cell) else f"{cell:.10g}"
    return str(cell)


def _blank(column: Column) -> Any:
    if column.kind == "choice":
        return column.choices[0]
    return {"number": 0.0, "integer": 0, "flag": "no"}.get(column.kind, "mm" if column.name == "unit" else "")
