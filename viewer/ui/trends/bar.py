"""The buttons above the trends: pause, span, follow, cursors, and what is offered beyond."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.time.scale import span_text
from viewer.ui.trends.span import SPANS_S


class TrendBar(QWidget):
    """One row. Main thread."""

    span_asked = Signal(float)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 10, 2)
        layout.setSpacing(4)
        self.pause, self.span, self.follow = QToolButton(), QToolButton(), QToolButton()
        self.cursors, self.clear, self.more, self.note = QToolButton(), QToolButton(), QToolButton(), QLabel()
        self.pause.setCheckable(True)
        self.pause.setToolTip("Pause the curves (values go on being received)")
        self.span.setToolTip("Time shown; the wheel changes it, dragging goes back and forth, a double click returns")
        self.span.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        spans = QMenu(self)
        for one in SPANS_S:
            spans.addAction(span_text(one)).triggered.connect(lambda _checked=False, s=one: self.span_asked.emit(s))
        self.span.setMenu(spans)
        self.follow.setText("Follow")
        self.follow.setCheckable(True)
        self.follow.setToolTip("Go along with the time that the window shows")
        self.cursors.setText("A | B")
        self.cursors.setCheckable(True)
        self.cursors.setToolTip("Two measuring cursors: drag them; the legend tells values, difference and figures between them")
        self.clear.setToolTip("Remove all curves")
        self.more.setText("⋯")
        self.more.setToolTip("Copy, picture, export")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        for widget in (self.pause, self.span, self.follow, self.cursors, self.more, self.clear):
            layout.addWidget(widget)
        layout.addSpacing(6)
        layout.addWidget(self.note, 1)

    def dress(self, *, is_paused: bool, follows: bool, measures: bool, span_s: float, note: str, is_warning: bool) -> None:
        """Pictures and words by state and theme."""
        theme = self._look.theme
        self.pause.setIcon(icon("play" if is_paused else "pause", theme))
        self.pause.setChecked(is_paused)
        self.clear.setIcon(icon("close", theme))
        self.follow.setChecked(follows)
        self.cursors.setChecked(measures)
        self.span.setText(span_text(span_s))
        if self.note.text() != note:
            self.note.setText(note)
        self.note.setStyleSheet(f"color: {theme.colour('warning' if is_warning else 'text_faint').name()};")
