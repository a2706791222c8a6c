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


class _Said(QObject):
    """What a thread says, on its way to the main thread. Nobody's child: it is there as long as the thread may speak."""

    progressed = Signal(float, str)
    warned = Signal(str)
    shown = Signal(object)
    done = Signal(str, object)


class _ThreadJob:
    """The Job that the work reports to, from its own thread."""

    def __init__(self, title: str) -> None:
        self.title, self.said = title, _Said()
        self.wanted = threading.Event()
        self.wanted.set()

    def progress(self, fraction: float, doing: str = "") -> None:
        self.check()
        self.said.progressed.emit(max(0.0, min(1.0, fraction)), doing)

    def warn(self, sentence: str) -> None:
        self.said.warned.emit(sentence)

    def show(self, so_far: object) -> None:
        """Hand over what there is so far."""
        self.check()
        self.said.shown.emit(so_far)

    def check(self) -> None:
        if not self.wanted.is_set():
            raise Cancelled(f"{self.title} was cancelled")

    def run(self, work: Callable[[Job], Any]) -> None:
        """Do the work, and say how it ended."""
        try:
            answer: tuple[str, Any] = ("finished", work(self))
        except Cancelled:
            answer = ("cancelled", None)
        except UserMistake as mistake:
            answer = ("mistaken", str(mistake))
        except Exception as fault:  # noqa: BLE001 - the boundary of a thread: recorded, and told
            _LOG.exception("%s failed", self.title)
            answer = ("mistaken", f"{self.title} failed: {fault}. The log has the details")
        self.said.done.emit(*answer)


class BackgroundTask(QObject):
    """One piece of work on a thread of its own; signals come on the main thread.

    It may be deleted while the thread works, with what of the window wanted it: the work goes on, and nobody hears of it.
    """

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

    def __init__(self, title: str, work: Callable[[Job], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._job = _ThreadJob(title)
        self._thread = threading.Thread(target=self._job.run, args=(work,), name=f"background: {title}", daemon=True)
        said, queued = self._job.said, Qt.ConnectionType.QueuedConnection
        said.progressed.connect(self.progressed, queued)
        said.warned.connect(self.warned, queued)
        said.shown.connect(self.shown, queued)
        said.done.connect(self._deliver, queued)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to end; `cancelled` follows when it has."""
        self._job.wanted.clear()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the thread; returns whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _deliver(self, how: str, answer: object) -> None:
        if how == "cancelled" or not self._job.wanted.is_set():
            self.cancelled.emit()
        elif how == "mistaken":
            self.mistaken.emit(str(answer))
        else:
            self.finished.emit(answer)
        self.ended.emit()
