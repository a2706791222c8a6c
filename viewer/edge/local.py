"""A gateway of one's own: a child process for one scene, restarted when it dies, ended when its parent does."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from viewer.base.errors import Fault, UserMistake
from viewer.base.paths import state_dir
from viewer.live.discovery import RunningGateway

_logger = logging.getLogger(__name__)
_FIRST_PAUSE_S = 3.0
_LONGEST_PAUSE_S = 30.0
_GOOD_LIFE_S = 60.0
_READY_WITHIN_S = 30.0
_STOP_WITHIN_S = 3.0

LocalState = Literal["starting", "running", "restarting", "stopped", "failed"]
OnState = Callable[[LocalState, str], None]


class LocalGateway:
    """Made by `start`. Any thread; `on_state` is called on the supervising thread."""

    def __init__(self, command: Sequence[str], on_state: OnState, pause_s: float) -> None:
        self._command = list(command)
        self._on_state = on_state
        self._first_pause_s = self._pause_s = pause_s
        self._lock = threading.Condition()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: RunningGateway | None = None
        self._failure: Exception | None = None
        self._log = state_dir() / "logs" / "gateway.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._supervise, name="gateway supervisor", daemon=True)

    @staticmethod
    def start(
        scene: Path,
        *,
        seed: int = 1,
        speed: float = 1.0,
        on_state: OnState = lambda state, sentence: None,
        command: Sequence[str] | None = None,
        pause_s: float = _FIRST_PAUSE_S,
    ) -> LocalGateway:
        """Start a gateway that simulates the plant of `scene`, and wait until it listens (some tenths of a second: not on the
        GUI thread). After an unexpected death it is started again at the same endpoint with the same key, `pause_s` later.

        `command` runs another program that behaves like `python -m viewer.edge`. Raises UserMistake for a scene that can't be
        read, Fault where the process dies or does not answer.
        """
        own = [sys.executable, "-m", "viewer.edge", str(scene), "--scene", "--seed", str(seed), "--speed", str(speed), "--child"]
        gateway = LocalGateway(command or own, on_state, pause_s)
        gateway._thread.start()
        gateway._wait_until_ready()
        return gateway

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return self._known().endpoint

    @property
    def server_key(self) -> str:
        """Its public key, Z85."""
        return self._known().public_key

    @property
    def pid(self) -> int:
        """Its process now."""
        return self._known().pid

    def stop(self) -> None:
        """End the process and wait for it; again does nothing."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            _end(process)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _known(self) -> RunningGateway:
        with self._lock:
            if self._ready is None:
                raise Fault("the gateway is not running")
            return self._ready

    def _wait_until_ready(self) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._ready is not None or self._failure is not None, _READY_WITHIN_S)
            ready, failure = self._ready, self._failure
        if ready is None:
            self.stop()
            raise failure or Fault(f"the gateway did not start within {_READY_WITHIN_S:.0f} s: {self._log}")

    def _supervise(self) -> None:
        self._tell("starting", "the gateway starts")
        while not self._stopping.is_set():
            began_s = time.monotonic()
            code = self._live_once()
            if self._stopping.is_set():
                break
            if self._ready is None:
                self._fail(code)
                return
            self._rest(code, time.monotonic() - began_s)
        self._tell("stopped", "the gateway was stopped")

    def _live_once(self) -> int:
        """Run the process to its end; its exit code."""
        with self._log.open("ab") as log:
            command = self._command if self._ready is None else [*self._command, "--bind", self._ready.endpoint]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=_environment())
        with self._lock:
            self._process = process
        if self._stopping.is_set():
            _end(process)
        assert process.stdout is not None
        for line in process.stdout:
            self._take_line(line)
        code = process.wait()
        process.stdout.close()
        if process.stdin is not None:
            process.stdin.close()
        return code

    def _take_line(self, line: bytes) -> None:
        try:
            ready = msgspec.json.decode(line, type=RunningGateway)
        except (msgspec.MsgspecError, ValueError):
            _logger.warning("the gateway printed something unexpected: %r", line[:200])
            return
        with self._lock:
            self._ready = ready
            self._lock.notify_all()
        self._tell("running", f"the gateway listens at {ready.endpoint}")

    def _fail(self, code: int) -> None:
        sentence = _last_line(self._log) or "it said nothing"
        with self._lock:
            self._failure = UserMistake(sentence) if code == 2 else Fault(f"the gateway ended with code {code}: {sentence}")
            self._lock.notify_all()
        self._tell("failed", sentence)

    def _rest(self, code: int, lived_s: float) -> None:
        self._pause_s = self._first_pause_s if lived_s > _GOOD_LIFE_S else self._pause_s
        sentence = f"the gateway ended unexpectedly (code {code}) and starts again in {self._pause_s:.0f} s"
        _logger.warning("%s", sentence)
        self._tell("restarting", sentence)
        self._stopping.wait(self._pause_s)
        self._pause_s = min(_LONGEST_PAUSE_S, 2.0 * self._pause_s)

    def _tell(self, state: LocalState, sentence: str) -> None:
        try:
            self._on_state(state, sentence)
        except Exception:
            _logger.exception("a subscriber of the local gateway failed")


def _environment() -> dict[str, str]:
    """Ours, in which the child finds this very package, installed or not."""
    package = str(Path(__file__).resolve().parents[2])
    before = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, before] if before else [package])}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask by closing its input, which works on every system; insist where it does not listen."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
