"""The waker: a thread that makes parts ready tells a view so, also when the view is gone by then."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Waker(QObject):
    """Nobody's child: whoever may still call `wake` keeps it alive. Connect queued; the view's end takes the connection away."""

    woken = Signal()

    def wake(self) -> None:
        """Any thread."""
        self.woken.emit()
