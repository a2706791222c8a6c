"""Reading processes: started, kept in reserve, spoken to line by line, and surely ended with all that they left behind."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import msgspec

from viewer.base.paths import cache_dir
from viewer.geometry.guard import Guard
from viewer.geometry.worker_child import FRAME, Order, start_words

Message = tuple[str, float, str]
"""kind (ready, began, progress, done, mistake, fault), fraction, text."""

LOG_BYTES = 1 << 20
"""A reader may print this much before its log is emptied."""
_LINE = 1 << 16
_TAIL = 2000
_STARTS_WITHIN_S = 60.0
_READINGS = 200
"""After so many a process makes room for a fresh one."""
_KEPT_BYTES = 1 << 28
"""What a process may hold while it waits."""


class ReadingProcess:
    """One child process. One thread at a time."""

    def __init__(self, memory_bytes: int) -> None:
        above = cache_dir() / "reading"
        above.mkdir(exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=above))
        (self._folder / "temporary").mkdir()
        self._log = self._folder / "log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*start_words(), str(self._folder / "temporary")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(),
                creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
            )
        self.guard = Guard(self._process, memory_bytes)
        self.readings = 0
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, name="genchi-reader", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def begin(self, order: Order) -> bool:
        """Give it work; False where it has just ended by itself."""
        self.readings += 1
        body = pickle.dumps((sys.path, pickle.dumps(order)))
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(FRAME.pack(len(body)) + body)
            self._process.stdin.flush()
        except OSError:
            return False
        with contextlib.suppress(queue.Empty):
            return self._begun()
        return False

    def _begun(self) -> bool:
        while (message := self._next(_STARTS_WITHIN_S)) is not None:
            if message[0] == "began":
                return True
        return False

    def hear(self, within_s: float) -> Message | None:
        """The next message. Raises TimeoutError where none comes; None: the process has ended."""
        try:
            return self._next(within_s)
        except queue.Empty:
            self._keep_log_short()
            raise TimeoutError from None

    def _next(self, within_s: float) -> Message | None:
        message = self._messages.get(timeout=within_s)
        if message is None:
            self._messages.put(None)  # for whoever asks again
        return message

    def death(self) -> str:
        """How it ended, as part of a sentence."""
        try:
            code = self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            return "it went silent"
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def log(self) -> str:
        """The end of what it and its libraries printed."""
        with contextlib.suppress(OSError), self._log.open("rb") as file:
            file.seek(max(0, self._log.stat().st_size - _TAIL))
            return file.read(_TAIL).decode("utf-8", "replace").strip()
        return ""

    def end(self) -> None:
        """Make sure that nothing is left of it."""
        if self.alive:
            self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.guard.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline(_LINE):
            try:
                self._messages.put(msgspec.json.decode(line, type=Message))
            except (msgspec.MsgspecError, ValueError):
                break  # no reader of ours says that
        self._messages.put(None)

    def _keep_log_short(self) -> None:
        with contextlib.suppress(OSError):
            if self._log.stat().st_size > LOG_BYTES:
                os.truncate(self._log, 0)


class Reserve:
    """Processes that wait for work. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[ReadingProcess] = []

    def take(self, memory_bytes: int) -> ReadingProcess:
        """One that waits, or a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
            ready = next((one for one in idle if one.alive), None)
            self._idle = [one for one in idle if one.alive and one is not ready]
        for one in idle:
            if one is not ready and not one.alive:
                one.end()
        return ready or ReadingProcess(memory_bytes)

    def give(self, process: ReadingProcess) -> None:
        """Take back one that is done and sound."""
        with self._lock:
            worn = process.readings >= _READINGS or process.guard.memory_bytes() > _KEPT_BYTES
            kept = process.alive and not worn and not self._idle
            if kept:
                self._idle.append(process)
        if not kept:
            process.end()

    def close(self) -> None:
        """End all that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for one in idle:
            one.end()


RESERVE = Reserve()
atexit.register(RESERVE.close)


def _environment() -> dict[str, str]:
    """Ours, in which the child finds this very package, counts on one thread and keeps few arenas."""
    package = str(Path(__file__).resolve().parents[2])
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **one_thread, "MALLOC_ARENA_MAX": "2", "PYTHONPATH": package, "PYTHONUNBUFFERED": "1"}
