"""Long work in the status bar: what is done, how far it is, the time left, and a way to cancel."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from viewer.ui.background import BackgroundTask
from viewer.ui.icons import icon
from viewer.ui.look import Look


class ProgressArea(QWidget):
    """Shows the work that is going on, newest right; nothing when there is none."""

    def __init__(self, look: Look, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._look, self._now_s = look, now_s
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(8, 0, 8, 0)
        self.tasks: list[BackgroundTask] = []

    def watch(self, task: BackgroundTask) -> None:
        """Show a task until it ends."""
        row = _TaskRow(task, self._look, self._now_s)
        self.tasks.append(task)
        self._layout.addWidget(row)
        task.ended.connect(lambda: self._forget(task, row))

    def _forget(self, task: BackgroundTask, row: QWidget) -> None:
        self.tasks.remove(task)
        self._layout.removeWidget(row)
        row.deleteLater()


class _TaskRow(QWidget):
    def __init__(self, task: BackgroundTask, look: Look, now_s: Callable[[], float]) -> None:
        super().__init__()
        self._title, self._now_s, self._start_s = task.title, now_s, now_s()
        self._text = QLabel(task.title)
        self._text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(140)
        cancel = QToolButton()
        cancel.setIcon(icon("close", look.theme))
        cancel.setToolTip(f"Cancel: {task.title}")
        cancel.clicked.connect(task.cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, self._bar, cancel):
            layout.addWidget(widget)
        task.progressed.connect(self._show)

    def _show(self, fraction: float, doing: str) -> None:
        if fraction > 0.0:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * fraction))
        left = time_left(fraction, self._now_s() - self._start_s)
        self._text.setText(" · ".join(t for t in (self._title, doing, left) if t))


def time_left(fraction: float, elapsed_s: float) -> str:
    """How long work still takes if it goes on as it did; empty before anything can be said (2 s and 3 %)."""
    if fraction < 0.03 or elapsed_s < 2.0 or fraction >= 1.0:
        return ""
    left_s = elapsed_s * (1.0 - fraction) / fraction
    if left_s < 60.0:
        return f"{max(1, round(left_s))} s left"
    return f"{round(left_s / 60.0)} min left"
