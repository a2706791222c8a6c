"""The buttons beside the timeline: live or past, play, speed, steps, alarms, and the span shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.time.cursor import SPEEDS, TimeCursor
from viewer.ui.time.scale import moment_text, span_text

SPANS_S = (60.0, 180.0, 600.0, 1_800.0, 3_600.0, 28_800.0, 86_400.0, 604_800.0, 2_592_000.0)
_WIDTH_PX = 214
_TOKENS = {"live": "good", "stale": "warning", "lost": "alarm", "connecting": "accent", "none": "text_faint"}


def speed_text(speed: float) -> str:
    """«×2», «÷4» for a quarter, «◂ ×1» backwards."""
    size = abs(speed)
    text = f"×{size:g}" if size >= 1.0 else f"÷{1.0 / size:g}"
    return f"◂ {text}" if speed < 0.0 else text


class TimeControls(QWidget):
    """Fixed in width, three rows. Main thread."""

    span_asked = Signal(float)
    alarm_asked = Signal(int)
    """+1: the next one, -1: the one before."""

    def __init__(self, look: Look, cursor: TimeCursor) -> None:
        super().__init__()
        self._look, self._cursor = look, cursor
        self._line_state = "none"
        self._pictures: list[tuple[QToolButton, str]] = []
        self.setFixedWidth(_WIDTH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.live, self.clock = QToolButton(), QLabel()
        self.live.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.live.clicked.connect(cursor.go_live)
        self.clock.setProperty("role", "value")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 6, 4, 4)
        rows.setSpacing(3)
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (first, second, third):
            row.setSpacing(2)
            rows.addLayout(row)
        rows.addStretch(1)
        first.addWidget(self.live)
        first.addSpacing(6)
        first.addWidget(self.clock, 1)
        self.previous = self._button(second, "alarm_before", "The alarm before", lambda: self.alarm_asked.emit(-1))
        self.back = self._button(second, "step_back", "Back by a second", lambda: cursor.step(-1.0))
        self.play = self._button(second, "play", "Play, or stop", cursor.toggle)
        self.forward = self._button(second, "step_forward", "On by a second", lambda: cursor.step(1.0))
        self.next = self._button(second, "alarm_next", "The next alarm", lambda: self.alarm_asked.emit(1))
        second.addStretch(1)
        self.speed = self._choice(third, "How fast the past is played", [(speed_text(s), s) for s in SPEEDS], self._choose_speed)
        self.span = self._choice(
            third, "How much time the line shows", [(span_text(s), s) for s in SPANS_S], self.span_asked.emit
        )
        third.addStretch(1)
        self.show_speed()
        cursor.mode_changed.connect(self.dress)
        look.changed.connect(self.dress)
        self.dress()

    def show_line(self, state: str) -> None:
        """How the live line is: its state's name, or none."""
        if state != self._line_state:
            self._line_state = state
            self.dress()

    def show_time(self, t_ns: int, now_ns: int) -> None:
        """The moment that is shown."""
        self.clock.setText(moment_text(t_ns, now_ns) if self._line_state != "none" else "")

    def show_span(self, span_s: float) -> None:
        """The span that is shown, be it one of the offered ones or not."""
        self.span.setText(f"Shows {span_text(span_s)}")

    def show_speed(self) -> None:
        """The speed at which the past is played."""
        self.speed.setText(f"Speed {speed_text(self._cursor.speed)}")

    def dress(self) -> None:
        """Words and pictures by state and theme."""
        past = not self._cursor.is_live
        token = "warning" if past else _TOKENS.get(self._line_state, "text_faint")
        theme = self._look.theme
        words = {"none": "NO LIVE SOURCE"}.get(self._line_state, self._line_state.upper())
        self.live.setText("PAST · go live" if past else f"● {words}")
        self.live.setToolTip("What you see is the past: click to see now" if past else "What you see is now")
        self.live.setEnabled(past)
        colour, ground = theme.colour(token), theme.colour(token, 0.16)
        ground_text = f"rgba({ground.red()},{ground.green()},{ground.blue()},{ground.alpha()})"
        self.live.setStyleSheet(
            f"QToolButton {{ color: {colour.name()}; background: {ground_text}; border: none; border-radius: 10px;"
            " padding: 2px 9px; font-weight: 600; }"
        )
        for button, name in self._pictures:
            shown = "pause" if name == "play" and self._cursor.mode == "playing" else name
            button.setIcon(icon(shown, theme))

    def _choose_span(self, span_s: float) -> None:
        self.span_asked.emit(span_s)

    def _choose_speed(self, speed: float) -> None:
        if self._cursor.mode == "playing" or speed < 0.0:
            self._cursor.play(speed)
        else:
            self._cursor.speed = speed
        self.show_speed()

    def _choice(
        self, row: QHBoxLayout, tip: str, offered: Sequence[tuple[str, float]], choose: Callable[[float], object]
    ) -> QToolButton:
        button, menu = QToolButton(), QMenu(self)
        for text, value in offered:
            menu.addAction(text).triggered.connect(lambda _checked=False, one=value: choose(one))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        row.addWidget(button)
        return button

    def _button(self, row: QHBoxLayout, picture: str, tip: str, run: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(15, 15))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRepeat(picture.startswith("step"))
        button.clicked.connect(lambda _checked=False: run())
        self._pictures.append((button, picture))
        row.addWidget(button)
        return button
