"""Shows a study's result: cards with the figures that matter, drawings, tables, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from viewer.base.units import format_value
from viewer.studies.contract import Headline, StudyResult, Table
from viewer.ui.studies.figure import FigureView
from viewer.ui.theme import Theme

_MARKS = {"good": ("✓ ", "good"), "bad": ("✕ ", "alarm"), "neutral": ("", "text")}


class ResultView(QWidget):
    """Cards above, tabs of figures and tables below. Widgets are kept from result to result. Main thread."""

    def __init__(self) -> None:
        super().__init__()
        self._cards = QHBoxLayout()
        self._cards.setSpacing(8)
        self._card_widgets: list[_Card] = []
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._drawings = QWidget()
        self._drawings_line = QHBoxLayout(self._drawings)
        self._drawings_line.setContentsMargins(0, 0, 0, 0)
        self._figures: list[FigureView] = []
        self._tables: list[QTableWidget] = []
        self._tabs.addTab(self._drawings, "Figures")
        self._warnings = QLabel()
        self._warnings.setWordWrap(True)
        self._warnings.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 6)
        layout.setSpacing(8)
        layout.addLayout(self._cards)
        layout.addWidget(self._warnings)
        layout.addWidget(self._tabs, 1)

    def show_result(self, result: StudyResult, theme: Theme) -> None:
        """Show a result in place of the one before."""
        self._show_cards(result.headlines, theme)
        self._warnings.setVisible(bool(result.warnings))
        self._warnings.setText("\n".join(f"⚠ {one}" for one in result.warnings))
        self._warnings.setStyleSheet(f"color: {theme.colour('warning').name()}")
        while len(self._figures) > len(result.figures):
            self._figures.pop().deleteLater()
        while len(self._figures) < len(result.figures):
            self._figures.append(FigureView())
            self._drawings_line.addWidget(self._figures[-1], 3 if len(self._figures) == 1 else 2)
        for view, figure in zip(self._figures, result.figures, strict=True):
            view.show_figure(figure, theme)
        self._show_tables(result.tables)

    def _show_cards(self, headlines: tuple[Headline, ...], theme: Theme) -> None:
        while len(self._card_widgets) > len(headlines):
            self._card_widgets.pop().deleteLater()
        while len(self._card_widgets) < len(headlines):
            self._card_widgets.append(_Card())
            self._cards.addWidget(self._card_widgets[-1], 1)
        for card, headline in zip(self._card_widgets, headlines, strict=True):
            card.show_headline(headline, theme)

    def _show_tables(self, tables: tuple[Table, ...]) -> None:
        while len(self._tables) > len(tables):
            self._tabs.removeTab(self._tabs.count() - 1)
            self._tables.pop().deleteLater()
        while len(self._tables) < len(tables):
            self._tables.append(_table_widget())
            self._tabs.addTab(self._tables[-1], "")
        for i, (widget, table) in enumerate(zip(self._tables, tables, strict=True)):
            self._tabs.setTabText(i + 1, table.title)
            _fill(widget, table)


class _Card(QFrame):
    """A title and a large figure; a verdict is told by a sign and by colour."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._title, self._value, self._note = QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "soft")
        self._note.setProperty("role", "faint")
        self._colour = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 7)
        self.setMinimumWidth(96)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        layout.addWidget(self._value)
        layout.addWidget(self._note)
        for label in (self._title, self._value, self._note):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_headline(self, headline: Headline, theme: Theme) -> None:
        sign, token = _MARKS[headline.verdict]
        self._title.setText(headline.title)
        self._note.setText(headline.note)
        self.setToolTip("\n".join(one for one in (headline.title, headline.note) if one))
        self._value.setText(sign + format_value(headline.value, headline.unit))
        colour = theme.colour(token).name()
        if colour != self._colour:
            self._colour = colour
            self._value.setStyleSheet(f"color: {colour}; font-size: 17px; font-weight: 600")


def _table_widget() -> QTableWidget:
    widget = QTableWidget()
    widget.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    widget.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    widget.setShowGrid(False)
    widget.verticalHeader().hide()
    widget.verticalHeader().setDefaultSectionSize(26)
    widget.horizontalHeader().setStretchLastSection(True)
    return widget


def _fill(widget: QTableWidget, table: Table) -> None:
    fresh = widget.columnCount() != len(table.columns)
    widget.setColumnCount(len(table.columns))
    widget.setHorizontalHeaderLabels(list(table.columns))
    widget.setRowCount(len(table.rows))
    for i, row in enumerate(table.rows):
        for j, cell in enumerate(row):
            item = widget.item(i, j)
            if item is None:
                item = QTableWidgetItem()
                widget.setItem(i, j, item)
            number = isinstance(cell, (int, float))
            item.setText(format_value(float(cell), digits=5) if number else str(cell))
            side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    if fresh:
        widget.resizeColumnsToContents()
