"""A lane: one study's warm worker and the run in it; a newer request replaces an older one, a worker that hangs is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from viewer.studies.events import Ended, Event, Failed, Finished
from viewer.studies.handle import RunHandle
from viewer.studies.orders import MakeRun, StudySource
from viewer.studies.results import append_event
from viewer.twin.model import Twin

if TYPE_CHECKING:
    from viewer.studies.process import WorkerProcess

DEFAULT_GRACE_S = 2.0
REPLACED = "it was replaced by a newer request"
CANCELLED = "it was cancelled"


class Lane:
    """One worker, started at the first run and again after a crash. Any thread may call it."""

    def __init__(self, source: StudySource, grace_s: float = DEFAULT_GRACE_S) -> None:
        self._source = source
        self._grace_s = grace_s
        self._lock = threading.RLock()
        self._worker: WorkerProcess | None = None
        self._receiver: threading.Thread | None = None
        self._runs: dict[int, _Run] = {}

    @property
    def busy(self) -> bool:
        """Whether a run is going."""
        with self._lock:
            return bool(self._runs)

    @property
    def pid(self) -> int | None:
        """Of the warm worker, None where there is none."""
        with self._lock:
            return self._worker.pid if self._worker is not None else None

    def start(self, order: MakeRun, twin: Twin, handle: RunHandle, limit_s: float | None) -> None:
        """Run; whatever is still going is given up."""
        with self._lock:
            for older in list(self._runs.values()):
                self._give_up(older, REPLACED)
            run = _Run(handle, order, twin)
            self._runs[order.run] = run
            run.post(self._need_worker())
            if limit_s is not None:
                run.alarm(limit_s, lambda: self._out_of_time(run, limit_s))

    def warm(self) -> None:
        """Start the worker ahead of the first run."""
        with self._lock:
            self._need_worker()

    def cancel(self, run: int) -> None:
        """Give a run up; without answer within the grace its worker is ended."""
        with self._lock:
            if run in self._runs:
                self._give_up(self._runs[run], CANCELLED)

    def close(self) -> None:
        """End the worker; runs still going end as cancelled."""
        with self._lock:
            worker, receiver, self._worker = self._worker, self._receiver, None
            runs, self._runs = list(self._runs.values()), {}
            for run in runs:
                run.end(Ended(run.handle.run, "the program closed its workers"))
        if worker is not None:
            if runs:
                worker.terminate()
            else:
                worker.close()
        if receiver is not None and receiver is not threading.current_thread():
            receiver.join(5.0)

    def _need_worker(self) -> WorkerProcess:
        from viewer.studies.process import WorkerProcess

        if self._worker is None:
            self._worker = WorkerProcess(self._source)
            self._receiver = threading.Thread(target=self._receive, args=(self._worker,), name="genchi-study-events", daemon=True)
            self._receiver.start()
        return self._worker

    def _receive(self, worker: WorkerProcess) -> None:
        """On a thread of its own: events until the worker is gone."""
        while True:
            try:
                event: Event = worker.receive()
            except (EOFError, OSError):
                self._gone(worker)
                return
            except Exception as error:  # noqa: BLE001 - a result that can't be unpickled must not end the thread unheard
                self._unreadable(worker, error)
                return
            with self._lock:
                run = self._runs.get(event.run)
                if run is not None:
                    run.started = True
                if run is not None and isinstance(event, (Finished, Failed, Ended)):
                    del self._runs[event.run]
            if run is not None:
                run.tell(event)

    def _give_up(self, run: _Run, reason: str) -> None:
        run.given_up = run.given_up or reason
        if self._worker is not None:
            self._worker.give_up(run.handle.run)
        run.alarm(self._grace_s, lambda: self._end_worker_of(run, Ended(run.handle.run, run.given_up)))

    def _out_of_time(self, run: _Run, limit_s: float) -> None:
        sentence = f"the study {run.handle.study!r} was ended because it took longer than {limit_s:g} s"
        self._end_worker_of(run, Failed(run.handle.run, sentence, mistake=False))

    def _end_worker_of(self, run: _Run, last: Ended | Failed) -> None:
        """The grace or the time is over: end the process; a newer run that waited behind fails over to a fresh one by itself."""
        with self._lock:
            if self._runs.pop(run.handle.run, None) is None:
                return
            worker = self._worker if run.started else None  # one that has not begun does not hold the worker up
            if worker is not None:
                self._worker = None
                waiting, self._runs = list(self._runs.values()), {}
                for one in waiting:
                    self._again(one)
        run.end(last)
        if worker is not None:
            worker.terminate()

    def _again(self, run: _Run) -> None:
        """A run that waited behind one that had to be ended: the fresh worker takes it, unless nobody wants it any more."""
        if run.given_up:
            run.end(Ended(run.handle.run, run.given_up))
        else:
            self._runs[run.handle.run] = run
            run.post(self._need_worker())

    def _gone(self, worker: WorkerProcess) -> None:
        self._lose(worker, lambda: f"ended unexpectedly ({worker.death()})")

    def _unreadable(self, worker: WorkerProcess, error: Exception) -> None:
        self._lose(worker, lambda: f"gave an answer that can't be read ({type(error).__name__}: {error})")
        worker.terminate()

    def _lose(self, worker: WorkerProcess, why: Callable[[], str]) -> None:
        with self._lock:
            if self._worker is not worker:
                return
            self._worker = None
            runs, self._runs = list(self._runs.values()), {}
        reason = why() if runs else ""
        for run in runs:
            sentence = f"the process of the study {run.handle.study!r} {reason}; the program goes on"
            run.end(Ended(run.handle.run, run.given_up) if run.given_up else Failed(run.handle.run, sentence, mistake=False))


class _Run:
    """A run that is going: its handle, its folder, and its alarm clocks."""

    def __init__(self, handle: RunHandle, order: MakeRun, twin: Twin) -> None:
        self.handle = handle
        self.folder = order.folder
        self.given_up = ""
        """Why, once it is."""
        self.started = False
        """Whether the worker has begun with it."""
        self._order, self._twin = order, twin
        self._alarms: list[threading.Timer] = []

    def post(self, worker: WorkerProcess) -> None:
        worker.post_run(self._order, self._twin)

    def alarm(self, delay_s: float, ring: Callable[[], None]) -> None:
        timer = threading.Timer(delay_s, ring)
        timer.daemon = True
        self._alarms.append(timer)
        timer.start()

    def tell(self, event: Event) -> None:
        if isinstance(event, Ended) and self.given_up:
            event = Ended(event.run, self.given_up)
        if self.handle.tell(event) and self.handle.done:
            self._silence()

    def end(self, last: Ended | Failed) -> None:
        """A last word that the worker could not write itself."""
        self._silence()
        if self.handle.tell(last) and self.folder is not None and self.folder.is_dir():
            append_event(self.folder, last)

    def _silence(self) -> None:
        for timer in self._alarms:
            timer.cancel()
