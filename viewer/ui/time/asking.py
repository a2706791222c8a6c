"""Questions that may take a while, asked on one thread: of several with one key only the newest is answered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

from viewer.base.errors import GenchiError

_LOG = logging.getLogger(__name__)
Question = Callable[[], object]


class Asking(QObject):
    """A question that is asked again before its turn replaces the one that waits; answers come on the main thread.

    The thread begins with the first question and ends with `close`.
    """

    answered = Signal(str, object)
    """Key and answer."""
    failed = Signal(str, str)
    """Key and one sentence."""
    _told = Signal(str, object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[str, Question] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._told.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def ask(self, key: str, question: Question) -> None:
        """Answer this as soon as possible. Main thread; returns at once."""
        with self._changed:
            self._waiting[key] = question
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="asking the past", daemon=True)
            self._thread.start()

    def forget(self) -> None:
        """Drop what waits. What is being answered may still come."""
        with self._changed:
            self._waiting.clear()

    def close(self) -> None:
        """End the thread after the question it is at; nothing is delivered afterwards."""
        with self._changed:
            self._closing = True
            self._waiting.clear()
            self._changed.notify()

    def _run(self) -> None:
        while (turn := self._next()) is not None:
            key, question = turn
            try:
                answer, sentence = question(), ""
            except GenchiError as error:
                answer, sentence = None, str(error)
            except Exception as fault:  # noqa: BLE001 - the boundary of a thread: recorded, and told
                _LOG.exception("the question %r failed", key)
                answer, sentence = None, f"the past could not be read ({fault}); the log has the details"
            if not self._closing:
                self._told.emit(key, answer, sentence)

    def _next(self) -> tuple[str, Question] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or bool(self._waiting))
            if self._closing:
                return None
            key = next(iter(self._waiting))
            return key, self._waiting.pop(key)

    def _deliver(self, key: str, answer: object, sentence: str) -> None:
        if self._closing:
            return
        if sentence:
            self.failed.emit(key, sentence)
        else:
            self.answered.emit(key, answer)
