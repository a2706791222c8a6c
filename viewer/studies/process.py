"""One worker process as the program sees it: started by spawn with single-threaded numerics, and surely ended."""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

from viewer.studies.orders import GiveUp, Line, MakeRun, Order, StudySource, TwinSender
from viewer.studies.worker import serve
from viewer.twin.model import Twin

_ONE_THREAD: dict[str, str] = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
_STARTING = threading.Lock()


class WorkerProcess:
    """A running worker and the line to it. Any thread may post: pickling and sending happen on a thread of its own, so that a
    large twin or a worker that doesn't listen never holds up the window. One thread receives."""

    def __init__(self, source: StudySource) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._connection: Line = ours
        self._process = context.Process(target=serve, args=(theirs, source), name="genchi-study", daemon=True)
        with _STARTING, _environment(_ONE_THREAD):
            self._process.start()
        theirs.close()
        self._posts: queue.SimpleQueue[tuple[Order, Twin]] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send_all, args=(TwinSender(ours),), name="genchi-study-orders", daemon=True)
        self._sender.start()

    @property
    def pid(self) -> int | None:
        """Of the process."""
        return self._process.pid

    def post_run(self, run: MakeRun, twin: Twin) -> None:
        """Have the twin sent if the worker lacks it, then the run."""
        self._posts.put((run, twin))

    def give_up(self, run: int) -> None:
        """Ask it to give a run up."""
        self._posts.put((GiveUp(run), Twin()))

    def receive(self) -> Any:
        """The next event. Blocks; raises EOFError or OSError once the worker is gone."""
        return self._connection.recv()

    def death(self) -> str:
        """Why it is gone, as part of a sentence; waits for its end."""
        self._process.join(5.0)
        code = self._process.exitcode
        if code is None:
            return "its connection broke"
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def terminate(self) -> None:
        """End it now, whatever it does."""
        self._process.terminate()
        self._process.join(2.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._posts.put((None, Twin()))

    def close(self, grace_s: float = 1.0) -> None:
        """Ask it to end, and make sure that it does."""
        self._posts.put((None, Twin()))
        self._process.join(grace_s)
        if self._process.is_alive():
            self.terminate()
        self._sender.join(5.0)

    def _send_all(self, twins: TwinSender) -> None:
        with suppress(OSError, ValueError):  # the worker is gone: the receiving side tells that
            while True:
                order, twin = self._posts.get()
                if isinstance(order, MakeRun):
                    order = MakeRun(order.run, order.study, twins.send(twin), order.parameters, order.seed, order.folder)
                self._connection.send(order)
                if order is None:
                    return


@contextmanager
def _environment(changes: dict[str, str]) -> Generator[None, None, None]:
    """Variables that a child must find before it imports numpy."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
