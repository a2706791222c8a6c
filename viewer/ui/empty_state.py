"""An empty panel's words: what would fill it and how."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.ui.icons import pixmap
from viewer.ui.look import Look


class EmptyState(QWidget):
    """An icon, a title, one sentence, and at most one button, in the middle of the panel."""

    def __init__(self, icon_name: str, title: str, sentence: str, look: Look, button: QPushButton | None = None) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon_name, self._look = icon_name, look
        self._mark = QLabel()
        self._title, self._sentence = QLabel(title), QLabel(sentence)
        self._title.setProperty("role", "strong")
        self._sentence.setProperty("role", "faint")
        self._sentence.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(6)
        layout.addStretch(1)
        for widget in (self._mark, self._title, self._sentence, button):
            if widget is not None:
                if isinstance(widget, QLabel):
                    widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
                    layout.addWidget(widget)
                else:
                    layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        look.changed.connect(self._draw)
        self._draw()

    def say(self, title: str, sentence: str) -> None:
        """Change the words."""
        self._title.setText(title)
        self._sentence.setText(sentence)

    def _draw(self) -> None:
        self._mark.setPixmap(pixmap(self._icon_name, self._look.theme, "text_faint", 28))
