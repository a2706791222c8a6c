"""Runs of a study as Qt signals: events come on the runner's thread, are told on the main thread; only the newest counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from viewer.studies.events import Ended, Event, Failed, Finished, Partial, Progress, Started, Warned
from viewer.studies.handle import RunHandle
from viewer.studies.runner import StudyRunner
from viewer.twin.model import Twin


class StudyRuns(QObject):
    """One study at a time from one panel. Main thread, but for the queued hand-over."""

    started = Signal()
    progressed = Signal(float, str)
    warned = Signal(str)
    found = Signal(object)
    """A StudyResult, so far or whole."""
    finished = Signal(object)
    """The Finished event."""
    failed = Signal(str)
    ended = Signal()
    """It was cancelled, and nothing newer runs."""
    _arrived = Signal(object)

    def __init__(self, runner: StudyRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._handle: RunHandle | None = None
        self._newest = 0
        self._arrived.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def going(self) -> bool:
        """Whether the newest run is still going."""
        return self._handle is not None and not self._handle.done

    def start(self, study_id: str, twin: Twin, values: Mapping[str, Any], folder: Path | None = None) -> None:
        """Run; what still goes is replaced."""
        self._handle = self._runner.run(study_id, twin, values, on_event=self._arrived.emit, folder=folder)
        self._newest = self._handle.run

    def cancel(self) -> None:
        """Give up the newest run."""
        if self._handle is not None:
            self._handle.cancel()

    def forget(self) -> None:
        """Nothing that still comes is shown."""
        self.cancel()
        self._newest = 0

    def _tell(self, event: Event) -> None:
        if event.run != self._newest:
            return
        match event:
            case Started():
                self.started.emit()
            case Progress(fraction=fraction, doing=doing):
                self.progressed.emit(fraction, doing)
            case Warned(sentence=sentence):
                self.warned.emit(sentence)
            case Partial(result=result):
                self.found.emit(result)
            case Finished(result=result):
                self.found.emit(result)
                self.finished.emit(event)
            case Failed(sentence=sentence):
                self.failed.emit(sentence)
            case Ended():
                self.ended.emit()
