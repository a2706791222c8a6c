"""A section of a panel with a heading that folds it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from viewer.ui.elided import Elided, has_long_word
from viewer.ui.icons import icon
from viewer.ui.look import Look


class Section(QWidget):
    """Heading and body; remembers by signal whether it is folded."""

    folded = Signal(bool)

    def __init__(self, title: str, look: Look, *, is_folded: bool = False) -> None:
        super().__init__()
        self._look, self._is_folded = look, is_folded
        self._line = QFrame()
        self._line.setProperty("role", "line")
        self._line.setFixedHeight(1)
        self._heading = QPushButton(title)
        self._heading.setProperty("role", "section")
        self._heading.setCursor(Qt.CursorShape.PointingHandCursor)
        self._heading.clicked.connect(lambda: self._fold(not self._is_folded))
        self.body = QWidget()
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(0, 0, 0, 12)
        self.rows.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(2)
        for widget in (self._line, self._heading, self.body):
            layout.addWidget(widget)
        self._fold(is_folded)
        look.changed.connect(self._draw)

    def say(self, title: str) -> None:
        self._heading.setText(title)

    def _fold(self, is_folded: bool) -> None:
        self._is_folded = is_folded
        self.body.setHidden(is_folded)
        self._draw()
        self.folded.emit(is_folded)

    def _draw(self) -> None:
        self._heading.setIcon(icon("folded" if self._is_folded else "unfolded", self._look.theme, "text_faint"))


def facts_grid(facts: list[tuple[str, str]]) -> QWidget:
    """Names on the left, values on the right, values can be selected."""
    widget = QWidget()
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(5)
    grid.setColumnMinimumWidth(0, 84)
    grid.setColumnStretch(1, 1)
    for row, (name, value) in enumerate(facts):
        left = QLabel(name)
        left.setProperty("role", "faint")
        grid.addWidget(left, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(Elided(value, value) if has_long_word(value) else _wrapped(value), row, 1)
    return widget


def _wrapped(value: str) -> QLabel:
    label = QLabel(value)
    label.setWordWrap(True)
    label.setMinimumWidth(40)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # a long text must not widen the panel
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
