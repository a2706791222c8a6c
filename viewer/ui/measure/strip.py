"""The measuring tool's strip: what is measured, how picks are taken, the unit, and what to click next."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from viewer.measure.readings import Kind
from viewer.measure.written import LENGTH_UNITS
from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.measure.board import Board
from viewer.ui.measure.tool import MeasureTool
from viewer.ui.narrow import Narrowing

_KINDS: tuple[tuple[Kind, str, str, str], ...] = (
    ("distance", "Distance", "ruler", "Between corners, edges and faces; gaps, hole pitches"),
    ("angle", "Angle", "angle", "Between edges and faces, or by three points"),
    ("size", "Size", "diameter", "Diameter or radius, length of an edge, area of a face"),
    ("point", "Point", "fly_to", "Coordinates of a point"),
    ("clearance", "Clearance", "clearance", "The shortest way between two parts"),
    ("body", "Body", "kind.product", "Volume, area and centre of a part"),
)


class MeasureStrip(QFrame):
    """Hidden while the tool is not taken. Main thread."""

    list_asked = Signal()
    close_asked = Signal()

    def __init__(self, tool: MeasureTool, board: Board, look: Look) -> None:
        super().__init__()
        self.setProperty("role", "float")
        self._tool, self._board, self._look = tool, board, look
        self._icons: list[tuple[QToolButton, str]] = []
        self._kinds = QButtonGroup(self)
        self._ask = QLabel()
        self._ask.setProperty("role", "soft")
        self._ask.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout()
        row.setSpacing(4)
        for number, (kind, text, picture, tip) in enumerate(_KINDS):
            button = self._button(text, picture, tip)
            button.setCheckable(True)
            button.clicked.connect(partial(self._use, kind))
            self._kinds.addButton(button, number)
            row.addWidget(button)
        row.addWidget(_line())
        self._points = self._button("Points only", "points", "Take the point under the cursor, not the edge or face")
        self._points.setCheckable(True)
        self._points.toggled.connect(tool.only_points)
        row.addWidget(self._points)
        self.units = QComboBox()
        self.units.setToolTip("Unit of lengths")
        self.units.addItems(["mm, m" if unit == "auto" else unit for unit in LENGTH_UNITS])
        self.units.currentIndexChanged.connect(lambda n: board.use_unit(LENGTH_UNITS[n]))
        row.addWidget(self.units)
        row.addWidget(_line())
        self._seen = self._button("", "show", "Show or hide the measurements in the view")
        self._seen.clicked.connect(lambda: board.show_all(is_shown=not board.is_shown))
        listed = self._button("", "messages", "The list of measurements")
        listed.clicked.connect(self.list_asked)
        closing = self._button("", "close", "End measuring (Esc)")
        closing.clicked.connect(self.close_asked)
        for button in (self._seen, listed, closing):
            row.addWidget(button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 7, 10, 8)
        rows.setSpacing(4)
        rows.addLayout(row)
        rows.addWidget(self._ask)
        tool.state.changed.connect(self.refresh)
        board.changed.connect(self.refresh)
        look.changed.connect(self._dress)
        self._dress()
        Narrowing(self)
        self.hide()

    def refresh(self) -> None:
        """Follow the tool and the board."""
        if self.isHidden() == self._tool.is_taken:
            self.setVisible(self._tool.is_taken)
        self._kinds.button([kind for kind, *_ in _KINDS].index(self._tool.kind)).setChecked(True)
        self._points.setEnabled(self._tool.kind in ("distance", "angle"))
        self._ask.setText(f"{self._tool.ask}   ·   drag: look round   ·   Backspace: undo   ·   Esc: end")
        self._seen.setIcon(icon("show" if self._board.is_shown else "hide", self._look.theme))

    def _use(self, kind: Kind, _checked: object = None) -> None:
        self._tool.use(kind)

    def _button(self, text: str, picture: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setText(f" {text}" if text else "")
        button.setIconSize(QSize(17, 17))
        button.setToolTip(tip)
        button.setAccessibleName(text or tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._icons.append((button, picture))
        return button

    def _dress(self) -> None:
        for button, name in self._icons:
            button.setIcon(icon(name, self._look.theme))


def _line() -> QFrame:
    line = QFrame()
    line.setFixedWidth(1)
    line.setProperty("role", "line")
    line.setMaximumHeight(24)
    line.setStyleSheet("max-height: 22px")
    return line
