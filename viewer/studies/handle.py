"""The handle of one run: its events as they come, its cancel, and its last word."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from viewer.base.errors import Cancelled, Fault, UserMistake
from viewer.studies.contract import StudyResult
from viewer.studies.events import Ended, Event, Failed, Finished, Last

OnEvent = Callable[[Event], None]


class RunHandle:
    """One run, from the side that asked for it. Any thread."""

    def __init__(self, run: int, study: str, on_event: OnEvent | None, cancel: Callable[[], None]) -> None:
        self.run = run
        self.study = study
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        """Everything that happened, in order; the last is Finished, Failed or Ended."""
        self._on_event = on_event
        self._cancel = cancel
        self._last: Last | None = None
        self._ended = threading.Event()
        self._telling = threading.Lock()

    @property
    def done(self) -> bool:
        """Whether the last event has come."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """Ask for its end; the run tells Ended, at the latest when the grace is over."""
        if not self.done:
            self._cancel()

    def wait(self, timeout_s: float | None = None) -> Last:
        """The last event. Raises TimeoutError."""
        if not self._ended.wait(timeout_s) or self._last is None:
            raise TimeoutError(f"the study {self.study!r} did not end within {timeout_s} s")
        return self._last

    def result(self, timeout_s: float | None = None) -> StudyResult:
        """The result. Raises UserMistake, Fault, Cancelled, or TimeoutError."""
        match self.wait(timeout_s):
            case Finished(result=result):
                return result
            case Failed(sentence=sentence, mistake=True):
                raise UserMistake(sentence)
            case Failed(sentence=sentence, traceback=text):
                raise Fault(f"{sentence}\n{text}" if text else sentence)
            case Ended(reason=reason):
                raise Cancelled(reason)

    def tell(self, event: Event) -> bool:
        """The runner's: pass an event on; nothing follows a last one. True where it was passed on."""
        with self._telling:
            if self._ended.is_set():
                return False
            self.events.put(event)
            if isinstance(event, (Finished, Failed, Ended)):
                self._last = event
                self._ended.set()
        if self._on_event is not None:
            self._on_event(event)
        return True
