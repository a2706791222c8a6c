"""A question over the window that blocks nothing: a title, a sentence and a few buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

Choice = tuple[str, Callable[[], object]]


class Sheet(QFrame):
    """Shown at the window's upper middle until a button is pressed; Esc takes the last one. Goes away by itself."""

    def __init__(self, window: QWidget, title: str, sentence: str, choices: Sequence[Choice]) -> None:
        super().__init__(window)
        self.setProperty("role", "float")
        self.setObjectName("sheet")
        self._choices = tuple(choices)
        heading, text = QLabel(title), QLabel(sentence)
        heading.setProperty("role", "title")
        text.setProperty("role", "soft")
        text.setWordWrap(True)
        row = QHBoxLayout()
        row.addStretch(1)
        for number, (label, _) in enumerate(self._choices):
            button = QPushButton(label)
            button.setProperty("primary", number == 0)
            button.clicked.connect(lambda _checked=False, n=number: self._chosen(n))
            row.addWidget(button)
            if number == 0:
                button.setDefault(True)
                self.setFocusProxy(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 16)
        layout.setSpacing(10)
        layout.addWidget(heading)
        layout.addWidget(text)
        layout.addLayout(row)
        self.setFixedWidth(min(520, max(320, window.width() - 40)))
        window.installEventFilter(self)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._chosen(len(self._choices) - 1)
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        window = self.parentWidget()
        if window is not None:
            self.move((window.width() - self.width()) // 2, 96)

    def _chosen(self, number: int) -> None:
        self.hide()
        self.deleteLater()
        self._choices[number][1]()
