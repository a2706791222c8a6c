"""The panel of two marked moments: what differs between them, in a table; a click shows the part, a double click its trend."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.base.units import grouped, pretty_unit
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.twin.samples import Latest, SampleReader
from viewer.ui.empty_state import EmptyState
from viewer.ui.look import Look
from viewer.ui.time.asking import Asking
from viewer.ui.time.canvas import TimeMark
from viewer.ui.time.cursor import TimeCursor
from viewer.ui.time.moments import Difference, differences
from viewer.ui.time.scale import moment_text
from viewer.ui.value_text import decimals_of, value_text

_KEY = "moments"
_HEADERS = ("Channel", "Node", "At A", "At B", "Change", "Unit")
_MOST_ROWS = 2_000


class MomentsPanel(QWidget):
    """Two buttons that mark, and the table. Main thread."""

    marks_changed = Signal()
    moment_asked = Signal(object)
    channel_asked = Signal(object)
    node_asked = Signal(object)
    failed = Signal(str)

    def __init__(self, look: Look, cursor: TimeCursor, asking: Asking) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._cursor, self._asking = cursor, asking
        self._twin = Twin()
        self._reader: Callable[[], SampleReader | None] = lambda: None
        self._marked: dict[str, int] = {}
        self.found: tuple[Difference, ...] = ()
        self._buttons = {letter: QPushButton() for letter in "AB"}
        self._note, self.table = QLabel(), QTableWidget(0, len(_HEADERS))
        self._note.setProperty("role", "faint")
        empty = EmptyState(
            "compare",
            "Compare two moments",
            "Go to a moment on the timeline and mark it as A (Ctrl+Alt+A), go to another and mark it as B (Ctrl+Alt+B).",
            look,
        )
        self._stack = QStackedLayout()
        self._stack.addWidget(empty)
        self._stack.addWidget(self._table())
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 6, 10, 4)
        rows.addLayout(self._bar())
        rows.addLayout(self._stack, 1)
        asking.answered.connect(self._take)
        asking.failed.connect(lambda key, sentence: self.failed.emit(sentence) if key == _KEY else None)
        self._tell()

    def set_reader(self, reader: Callable[[], SampleReader | None]) -> None:
        """Where the past is read; None where there is none."""
        self._reader = reader

    def set_twin(self, twin: Twin) -> None:
        """Speak of this twin's channels."""
        if twin.channels is not self._twin.channels:
            self._twin = twin
            self._compare()
        self._twin = twin

    def mark(self, letter: str) -> None:
        """Mark the moment that is shown as A or B."""
        self._marked[letter] = self._cursor.t_ns
        self.marks_changed.emit()
        self._tell()
        self._compare()

    def marks(self) -> tuple[TimeMark, ...]:
        """The marked moments, for the timeline."""
        return tuple(TimeMark(t_ns, f"moment {letter}", letter=letter) for letter, t_ns in self._marked.items())

    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        for letter, button in self._buttons.items():
            button.setToolTip(f"Go to moment {letter}; where it is not marked yet, mark the one that is shown")
            button.clicked.connect(lambda _checked=False, one=letter: self._press(one))
            bar.addWidget(button)
        again = QPushButton("Clear")
        again.clicked.connect(self._clear)
        bar.addWidget(again)
        bar.addWidget(self._note, 1)
        return bar

    def _table(self) -> QTableWidget:
        table = self.table
        table.setHorizontalHeaderLabels(list(_HEADERS))
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.itemSelectionChanged.connect(self._show_node)
        table.itemDoubleClicked.connect(lambda item: self.channel_asked.emit(self.found[item.row()].channel.id))
        return table

    def _press(self, letter: str) -> None:
        if letter in self._marked:
            self.moment_asked.emit(self._marked[letter])
        else:
            self.mark(letter)

    def _clear(self) -> None:
        self._marked, self.found = {}, ()
        self.marks_changed.emit()
        self._tell()

    def _compare(self) -> None:
        reader = self._reader()
        if reader is None or len(self._marked) < 2:
            return
        channels = tuple(self._twin.channels[c] for c in sorted(self._twin.channels))
        ids, a_ns, b_ns = [c.id for c in channels], self._marked["A"], self._marked["B"]
        self._note.setText("Reading…")
        self._asking.ask(_KEY, lambda: (channels, reader.latest_at(ids, a_ns), reader.latest_at(ids, b_ns)))

    def _take(self, key: str, answer: object) -> None:
        if key == _KEY:
            channels, a, b = cast("tuple[tuple[Channel, ...], Latest, Latest]", answer)
            self.found = differences(channels, a, b)
            self._fill(len(channels))
            self._tell()

    def _fill(self, of: int) -> None:
        shown = self.found[:_MOST_ROWS]
        self.table.setRowCount(len(shown))
        for row, one in enumerate(shown):
            node = self._twin.nodes.get(one.channel.node) if one.channel.node is not None else None
            texts = [one.channel.name, node.name if node else "", _value(one.channel, one.a), _value(one.channel, one.b)]
            texts += [_change(one), "" if one.channel.states else pretty_unit(one.channel.unit)]
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{one.channel.id}\n{text}")
                if column in (2, 3, 4):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        self.table.resizeColumnsToContents()
        self._note.setText(f"{len(self.found)} of {of} channels differ")

    def _tell(self) -> None:
        now_ns = self._cursor.clock_ns()
        for letter, button in self._buttons.items():
            t_ns = self._marked.get(letter)
            button.setText(f"Mark {letter}" if t_ns is None else f"{letter}  {moment_text(t_ns, now_ns)}")
        both = len(self._marked) == 2
        self._stack.setCurrentIndex(1 if both and self.found else 0)
        if not both:
            self._note.setText("")

    def _show_node(self) -> None:
        row = self.table.currentRow()
        node = self.found[row].channel.node if 0 <= row < len(self.found) else None
        if node is not None:
            self.node_asked.emit(node)


def _value(channel: Channel, value: float) -> str:
    return value_text(channel, value)[0]


def _change(one: Difference) -> str:
    if one.channel.states or one.change != one.change:
        return ""
    text = grouped(one.change, decimals_of(one.channel))
    return text if text.startswith("\u2212") else f"+{text}"
