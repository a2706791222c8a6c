"""The overview's list of stations: number, name, state, cycle time and units done, live."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap, QPolygonF
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from viewer.twin.channels import Channel
from viewer.ui.live_updates import Snapshot
from viewer.ui.look import Look
from viewer.ui.painting import painting
from viewer.ui.scene_facts import StationLine
from viewer.ui.value_text import state_of, value_text

_NUMBER, _NAME, _STATE, _CYCLE, _UNITS = range(5)
_ROW_PX = 25


class StationTable(QTreeWidget):
    """One row a station; Return or a click asks for it. Main thread."""

    node_asked = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._lines: Sequence[StationLine] = ()
        self._icons: dict[tuple[int, int, int, int], QIcon] = {}
        self.setObjectName("stations")
        self.setAccessibleName("Stations")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(14, 14))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHeaderLabels(["", "Station", "State", "Cycle s", "Units"])
        header = self.header()
        for column in (_CYCLE, _UNITS):
            self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(20)
        for column, width in ((_NUMBER, 42), (_STATE, 90), (_CYCLE, 52), (_UNITS, 40)):
            header.resizeSection(column, width)
        self.itemClicked.connect(lambda item: self._ask(item))
        self.itemActivated.connect(lambda item: self._ask(item))

    def set_lines(self, lines: Sequence[StationLine]) -> None:
        """Show these stations."""
        self._lines = lines
        self.clear()
        for line in lines:
            item = QTreeWidgetItem(self, [line.number, line.name, "", "", ""])
            item.setSizeHint(_NUMBER, QSize(30, _ROW_PX))
            item.setForeground(_NUMBER, self._look.theme.colour("text_faint"))
            item.setToolTip(_NAME, f"{line.name}; planned cycle {line.cycle_s:g} s")
            for column in (_CYCLE, _UNITS):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedHeight(_ROW_PX * len(lines) + 32)

    def refresh(self, snapshot: Snapshot) -> None:
        """Newest values; only texts that differ are set."""
        for row, line in enumerate(self._lines):
            item = self.topLevelItem(row)
            if item is None:
                continue
            self._show_state(item, line, snapshot)
            _show(item, _CYCLE, line.cycle, snapshot)
            _show(item, _UNITS, line.units, snapshot)

    def _show_state(self, item: QTreeWidgetItem, line: StationLine, snapshot: Snapshot) -> None:
        if line.state is None:
            return
        value, condition, _, _ = snapshot.of(line.state.id)
        text = value_text(line.state, value)[0] if int(condition) == 0 else ("–" if value != value else "stale")
        if item.text(_STATE) == text:
            return
        item.setText(_STATE, text)
        state = state_of(line.state, value)
        if state is None or text == "stale":
            item.setIcon(_STATE, QIcon())
        else:
            item.setIcon(_STATE, self._icon(*state.colour, line.state.states.index(state)))

    def _icon(self, red: int, green: int, blue: int, place: int) -> QIcon:
        key = (red, green, blue, place)
        if key not in self._icons:
            self._icons[key] = QIcon(_mark(QColor(red, green, blue), place))
        return self._icons[key]

    def _ask(self, item: QTreeWidgetItem) -> None:
        self.node_asked.emit(self._lines[self.indexOfTopLevelItem(item)].node)


def _show(item: QTreeWidgetItem, column: int, channel: Channel | None, snapshot: Snapshot) -> None:
    text = "–" if channel is None else value_text(channel, snapshot.of(channel.id)[0])[0]
    if item.text(column) != text:
        item.setText(column, text)


def _mark(colour: QColor, place: int) -> QPixmap:
    """A state's mark: its colour, and a shape by its place among the states, so that colour is not needed to tell them apart."""
    picture = QPixmap(28, 28)
    picture.setDevicePixelRatio(2.0)
    picture.fill(QColor(0, 0, 0, 0))
    box = QRectF(3, 3, 8, 8)
    with painting(picture) as painter:
        painter.setPen(colour)
        painter.setBrush(Qt.BrushStyle.NoBrush if place % 6 == 0 else colour)
        if place % 6 in (0, 2):
            painter.drawEllipse(box)
        elif place % 6 == 4:
            painter.drawRect(box)
        else:
            painter.drawPolygon(_polygon(place % 6, box))
    return picture


def _polygon(shape: int, box: QRectF) -> QPolygonF:
    """Starved points down for want of work, blocked points up, set-up is a diamond."""
    middle = box.center()
    if shape == 1:
        return QPolygonF([box.topLeft(), box.topRight(), QPointF(middle.x(), box.bottom())])
    if shape == 3:
        return QPolygonF([QPointF(middle.x(), box.top()), box.bottomRight(), box.bottomLeft()])
    return QPolygonF(
        [
            QPointF(middle.x(), box.top() - 1),
            QPointF(box.right() + 1, middle.y()),
            QPointF(middle.x(), box.bottom() + 1),
            QPointF(box.left() - 1, middle.y()),
        ]
    )
