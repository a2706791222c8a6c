"""A large panel over the window that blocks nothing: a title, a body and a row of buttons; Esc closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from viewer.ui.icons import icon
from viewer.ui.look import Look

_MARGIN_PX = 60


class FloatPanel(QFrame):
    """Fits itself into the window; goes away when closed. Main thread."""

    closed = Signal()

    def __init__(self, window: QWidget, look: Look, title: str, *, wanted_px: tuple[int, int] = (1180, 700)) -> None:
        super().__init__(window)
        self.setProperty("role", "float")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._wanted_px = wanted_px
        self.look = look
        heading, close = QLabel(title), QToolButton()
        self.heading = heading
        heading.setProperty("role", "title")
        close.setIcon(icon("close", look.theme))
        close.setToolTip("Close (Esc)")
        close.setAccessibleName("Close")
        close.clicked.connect(lambda _checked=False: self.close_panel())
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addWidget(close)
        self.body, self.foot = QVBoxLayout(), QHBoxLayout()
        self.foot.setSpacing(8)
        self.body.setSpacing(8)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(22, 16, 22, 16)
        rows.setSpacing(10)
        rows.addLayout(head)
        rows.addLayout(self.body, 1)
        rows.addLayout(self.foot)
        window.installEventFilter(self)
        self._place()

    def open_panel(self) -> None:
        """Show it in front, ready for the keyboard."""
        self.show()
        self.raise_()
        self.setFocus()

    def close_panel(self) -> None:
        """Put it away for good."""
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        window = self.parentWidget()
        if window is not None:
            width = min(self._wanted_px[0], window.width() - _MARGIN_PX)
            height = min(self._wanted_px[1], window.height() - 2 * _MARGIN_PX)
            self.setGeometry((window.width() - width) // 2, (window.height() - height) // 2, width, height)


def button(text: str, tip: str, *, primary: bool = False) -> QPushButton:
    """A button with words that say more."""
    made = QPushButton(text)
    made.setToolTip(tip)
    made.setProperty("primary", primary)
    return made
