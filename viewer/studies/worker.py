"""The worker process: keeps one twin, runs one study at a time, tells events, gives up when told or when a newer one comes."""

from __future__ import annotations

import signal
import time
import traceback
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import numpy as np

from viewer.base.errors import Cancelled, UserMistake
from viewer.base.ids import PartId
from viewer.studies.contract import StudyResult, Value
from viewer.studies.digest import twin_digest
from viewer.studies.events import Ended, Event, Failed, Finished, Last, Partial, Progress, Started, Warned
from viewer.studies.orders import GiveUp, KeepTwin, Line, MakeRun, Order, StudySource
from viewer.studies.parameters import settled
from viewer.studies.results import RunSpec, append_event, write_result, write_spec
from viewer.twin.model import Twin
from viewer.twin.parts import Part

POLL_EVERY_S = 0.002
"""Looking for a cancel costs a system call; not more often than this."""


class Worker:
    """The loop of one worker process; its main thread only."""

    def __init__(self, connection: Line, source: StudySource) -> None:
        self._connection = connection
        self._source = source
        self._waiting: deque[Order] = deque()
        self._given_up: set[int] = set()
        self._twin = Twin()
        self._twin_number = 0
        self._digest = ""
        self._parts: dict[int, Part] = {}

    def serve(self) -> None:
        """Work until told to end or until the program is gone."""
        with suppress(EOFError, OSError, KeyboardInterrupt):
            while (order := self._next()) is not None:
                match order:
                    case KeepTwin():
                        self._keep(order)
                    case MakeRun():
                        self._run(order)
                    case GiveUp():
                        self._given_up.add(order.run)

    def tell(self, event: Event, folder: Path | None = None) -> None:
        """Send an event, and note it in the run folder where there is one. Raises UserMistake where that can't be written."""
        if folder is not None:
            try:
                append_event(folder, event)
            except OSError as error:
                raise UserMistake(f"the run folder can't be written ({error.strerror}): {folder}") from error
        self._connection.send(event)

    def is_given_up(self, run: int) -> bool:
        """Whether this run is no longer wanted: cancelled, or a newer one waits."""
        while self._connection.poll():
            order: Order = self._connection.recv()
            if isinstance(order, GiveUp):
                self._given_up.add(order.run)
            else:
                self._waiting.append(order)
        return run in self._given_up or any(one is None or isinstance(one, MakeRun) for one in self._waiting)

    def _next(self) -> Order:
        return self._waiting.popleft() if self._waiting else self._connection.recv()

    def _keep(self, order: KeepTwin) -> None:
        self._parts |= order.new_parts
        parts: Mapping[PartId, int] = order.parts
        self._parts = {number: self._parts[number] for number in parts.values()}
        self._twin = order.without_parts.with_(
            parts=type(order.without_parts.parts)({part_id: self._parts[number] for part_id, number in parts.items()})
        )
        self._twin_number, self._digest = order.number, ""

    def _run(self, order: MakeRun) -> None:
        if self.is_given_up(order.run):
            self.tell(Ended(order.run, "it was cancelled or replaced by a newer request before it began"))
            return
        begin = time.perf_counter()
        last: Last
        try:
            self.tell(Started(order.run), order.folder)
            result = self._answer(order)
            if order.folder is not None:
                write_result(order.folder, result)
            last = Finished(order.run, result, time.perf_counter() - begin, order.folder)
        except Cancelled as cancelled:
            last = Ended(order.run, str(cancelled))
        except UserMistake as mistake:
            last = Failed(order.run, str(mistake), mistake=True)
        except Exception as error:  # noqa: BLE001 - the border of the process: whatever a plugin raises becomes an event
            sentence = f"the study {order.study!r} failed ({type(error).__name__}: {error})"
            last = Failed(order.run, sentence, mistake=False, traceback=traceback.format_exc())
        self._tell_last(last, order.folder)

    def _tell_last(self, last: Last, folder: Path | None) -> None:
        """The last word must arrive, even where it can't be noted any more."""
        try:
            self.tell(last, folder)
        except UserMistake as mistake:
            self.tell(Failed(last.run, str(mistake), mistake=True))

    def _answer(self, order: MakeRun) -> StudyResult:
        if order.twin != self._twin_number:
            raise RuntimeError(f"the worker has twin {self._twin_number}, and twin {order.twin} was meant")
        study = self._source.load(order.study)
        parameters = settled(study.parameters(self._twin), order.parameters)
        if order.folder is not None:
            write_spec(order.folder, self._spec(order, parameters))
        return study.run(self._twin, parameters, seed=order.seed, job=WorkerJob(self, order))

    def _spec(self, order: MakeRun, parameters: Mapping[str, Value]) -> RunSpec:
        self._digest = self._digest or twin_digest(self._twin)
        versions = {"genchi": _version(), "numpy": np.__version__}
        for info in self._source.studies():
            if info.id == order.study:
                versions[f"plugin {info.plugin}"] = info.properties.get("version", "")
        return RunSpec(order.study, dict(parameters), order.seed, self._digest, versions)


class WorkerJob:
    """The job handed to the study: events go over the connection, orders to give up come back."""

    def __init__(self, worker: Worker, order: MakeRun) -> None:
        self._worker = worker
        self._order = order
        self._polled_s = 0.0

    def progress(self, fraction: float, doing: str = "") -> None:
        self.check()
        self._worker.tell(Progress(self._order.run, min(1.0, max(0.0, fraction)), doing), self._order.folder)

    def warn(self, sentence: str) -> None:
        self._worker.tell(Warned(self._order.run, sentence), self._order.folder)

    def partial(self, result: StudyResult) -> None:
        self.check()
        self._worker.tell(Partial(self._order.run, result), self._order.folder)

    def check(self) -> None:
        now_s = time.monotonic()
        if now_s - self._polled_s < POLL_EVERY_S:
            return
        self._polled_s = now_s
        if self._worker.is_given_up(self._order.run):
            raise Cancelled("the run was cancelled or replaced by a newer request")


def serve(connection: Line, source: StudySource) -> None:
    """Entry of the worker process. Ctrl+C in a terminal is the program's to handle: it ends its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Worker(connection, source).serve()


def _version() -> str:
    try:
        return metadata.version("genchi")
    except metadata.PackageNotFoundError:
        return "unknown"
