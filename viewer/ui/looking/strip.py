"""What the strips of this package share: a floating row of buttons in the window's style."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout

from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.narrow import Narrowing


class Strip(QFrame):
    """Hidden until it is shown. Main thread."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("role", "float")
        self._look = look
        self._pictures: list[tuple[QToolButton, str]] = []
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(10, 7, 10, 8)
        self.rows.setSpacing(4)
        self.row = QHBoxLayout()
        self.row.setSpacing(4)
        self.rows.addLayout(self.row)
        look.changed.connect(self._dress)
        Narrowing(self)
        self.hide()

    def add_button(self, text: str, picture: str, tip: str, run: Callable[[], object], *, checkable: bool = False) -> QToolButton:
        """A button at the end of the row; its icon follows the theme."""
        button = QToolButton()
        both = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if picture else Qt.ToolButtonStyle.ToolButtonTextOnly
        button.setToolButtonStyle(both if text else Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setText(f" {text}" if text and picture else text)
        button.setIconSize(QSize(17, 17))
        button.setToolTip(tip)
        button.setAccessibleName(text or tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCheckable(checkable)
        button.clicked.connect(lambda _checked=False: run())
        if picture:
            self._pictures.append((button, picture))
            button.setIcon(icon(picture, self._look.theme))
        self.row.addWidget(button)
        return button

    def add_line(self) -> None:
        """A thin line between groups."""
        line = QFrame()
        line.setFixedWidth(1)
        line.setProperty("role", "line")
        line.setStyleSheet("max-height: 22px")
        self.row.addWidget(line)

    def _dress(self) -> None:
        for button, name in self._pictures:
            button.setIcon(icon(name, self._look.theme))
