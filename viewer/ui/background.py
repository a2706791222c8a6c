"""Long work of the window on threads: progress, time left, cancel, and one answer on the main thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from viewer.base.errors import Cancelled, UserMistake
from viewer.base.job import Job

_LOG = logging.getLogger(__name__)


class BackgroundTask(QObject):
    """One piece of work. It is also the Job that the work reports to, from its own thread; signals arrive on the main thread."""

    progressed = Signal(float, str)
    warned = Signal(str)
    shown = Signal(object)
    """What the work has so far, where it can be shown already."""
    finished = Signal(object)
    mistaken = Signal(str)
    """A user's mistake, one sentence; also for a fault, whose traceback is in the log."""
    cancelled = Signal()
    ended = Signal()
    """After any of the three ways to end."""

    _done = Signal(str, object)

    def __init__(self, title: str, work: Callable[[Job], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._work = work
        self._wanted = threading.Event()
        self._wanted.set()
        self._thread = threading.Thread(target=self._run, name=f"background: {title}", daemon=True)
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to end; `cancelled` follows when it has."""
        self._wanted.clear()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the thread; returns whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def progress(self, fraction: float, doing: str = "") -> None:
        self.check()
        self.progressed.emit(max(0.0, min(1.0, fraction)), doing)

    def warn(self, sentence: str) -> None:
        self.warned.emit(sentence)

    def show(self, so_far: object) -> None:
        """Hand over what there is so far; from the work's thread."""
        self.check()
        self.shown.emit(so_far)

    def check(self) -> None:
        if not self._wanted.is_set():
            raise Cancelled(f"{self.title} was cancelled")

    def _run(self) -> None:
        try:
            answer: tuple[str, Any] = ("finished", self._work(self))
        except Cancelled:
            answer = ("cancelled", None)
        except UserMistake as mistake:
            answer = ("mistaken", str(mistake))
        except Exception as fault:  # noqa: BLE001 - the boundary of a thread: recorded, and told
            _LOG.exception("%s failed", self.title)
            answer = ("mistaken", f"{self.title} failed: {fault}. The log has the details")
        self._done.emit(*answer)

    def _deliver(self, how: str, answer: object) -> None:
        if how == "cancelled" or not self._wanted.is_set():
            self.cancelled.emit()
        elif how == "mistaken":
            self.mistaken.emit(str(answer))
        else:
            self.finished.emit(answer)
        self.ended.emit()
