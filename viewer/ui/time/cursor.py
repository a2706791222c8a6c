"""The one cursor of time: whether the window shows now, a moment of the past, or the past running on at some speed."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from viewer.base.clock import Clock

SPEEDS = (-10.0, -1.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0, 3600.0)
"""Seconds of the past in one second, as offered; negative ones run back."""
_STEP_MS = 33
Mode = Literal["live", "still", "playing"]


class TimeCursor(QObject):
    """Live until somebody goes to the past. Playing forward it becomes live again when it reaches the present. Main thread."""

    moved = Signal()
    """The moment changed; never while live."""
    mode_changed = Signal()

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._mode: Mode = "live"
        self._t_ns = 0
        self.speed = 1.0
        self.earliest_ns = 0
        """Nothing is known before; the cursor does not go there."""
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._play_on)
        self._elapsed = QElapsedTimer()

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def is_live(self) -> bool:
        return self._mode == "live"

    @property
    def t_ns(self) -> int:
        """The moment shown; now while live."""
        return self._clock.now_ns() if self.is_live else self._t_ns

    def clock_ns(self) -> int:
        """Now, whatever moment is shown."""
        return self._clock.now_ns()

    def go_live(self) -> None:
        """Show now from now on."""
        self._become("live")

    def go_to(self, t_ns: int) -> None:
        """Show this moment, and stay there; a moment that has not come is now."""
        if t_ns >= self._clock.now_ns():
            self.go_live()
            return
        self._t_ns = max(t_ns, self.earliest_ns)
        self._become("still")
        self.moved.emit()

    def step(self, step_s: float) -> None:
        """Go on or back by so much, and stay there."""
        self.go_to(self.t_ns + round(step_s * 1e9))

    def play(self, speed: float | None = None) -> None:
        """Let time run from the moment shown. While live there is nothing to play forward: playing back begins now."""
        if speed is not None:
            self.speed = speed
        if self.is_live and self.speed > 0.0:
            return
        self._t_ns = self.t_ns
        self._elapsed.start()
        self._timer.start()
        self._become("playing")

    def toggle(self) -> None:
        """Stop where it is; from there, play on."""
        if self._mode == "still":
            self.play()
        else:
            self.go_to(self.t_ns - 1)

    def _play_on(self) -> None:
        t_ns = self._t_ns + round(1e6 * self._elapsed.restart() * self.speed)
        if t_ns >= self._clock.now_ns():
            self.go_live()
        elif t_ns <= self.earliest_ns:
            self.go_to(self.earliest_ns)
        else:
            self._t_ns = t_ns
            self.moved.emit()

    def _become(self, mode: Mode) -> None:
        if mode != "playing":
            self._timer.stop()
        if mode != self._mode:
            self._mode = mode
            self.mode_changed.emit()
