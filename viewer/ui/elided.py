"""A line of text cut in the middle where it has no room, since both ends of ids and paths tell them apart; whole in its tip."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFontMetrics, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

_LONG, _SEVERAL_LINES = 20, 90


class Elided(QLabel):
    """Its context menu copies the whole text. Main thread."""

    def __init__(self, text: str, tip: str) -> None:
        super().__init__(text)
        self._whole = text
        self.setToolTip(tip)
        self.setMinimumWidth(40)
        copy = QAction("Copy", self)
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(text))
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        shown = QFontMetrics(self.font()).elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.width())
        if shown != self.text():
            self.setText(shown)


def has_long_word(text: str) -> bool:
    """Whether it is, or has, an id or a path that no line break can make fit, and is no text of several lines besides."""
    return len(text) < _SEVERAL_LINES and any(len(word) > _LONG for word in text.split())
