"""An agent heard over HTTP: its model, the current values, then the stream of observations by sequence number."""

from __future__ import annotations

import socket
from typing import Final

from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.edge.mtconnect.bounded_xml import Malformed
from viewer.edge.mtconnect.http import Request
from viewer.edge.mtconnect.items import read_model
from viewer.edge.mtconnect.kind import MTConnectConfig
from viewer.edge.mtconnect.machine import Gone, MachineSource
from viewer.edge.mtconnect.streams import Answer, read_answer
from viewer.edge.mtconnect.wiring import check_units

_ANSWER_WITHIN_S: Final = 5.0
_INTERVAL_MS: Final = 100
_COUNT: Final = 5_000
"""Observations in one document at most."""


class AgentSource(MachineSource):
    """One agent. All on its thread, but `close`."""

    def __init__(self, config: MTConnectConfig, clock: Clock) -> None:
        super().__init__(config, clock)
        self._instance: int | None = None
        self._next = 0
        self._newest_ns = 0
        self._streaming: Request | None = None

    def close(self) -> None:
        """Let its thread end, also where it waits for the stream."""
        super().close()
        streaming = self._streaming
        sock = None if streaming is None else streaming.connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself meanwhile

    def attend(self) -> None:
        """Model, current values, then the stream until it ends."""
        try:
            self._begin()
            while not self.stopping.is_set():
                self._stream()
        except (Malformed, UserMistake) as error:
            raise Gone(f"what it says can't be read: {error}") from error

    def _begin(self) -> None:
        with Request(self._config, "probe", timeout_s=_ANSWER_WITHIN_S) as request:
            items = read_model(request.document())
        check_units(items)
        self._wiring.model(items)
        with Request(self._config, "current", timeout_s=_ANSWER_WITHIN_S) as request:
            answer = read_answer(request.document())
        self._refuse(answer)
        known = self._instance == answer.instance and answer.first <= self._next <= answer.next
        self.is_up(missed=not known and self._instance is None)
        if not known:
            self._start_over(answer)

    def _start_over(self, answer: Answer) -> None:
        """Take the current values; what happened since the last that was heard is missing."""
        now_ns = self._clock.now_ns()
        if self._instance is not None:
            same = self._instance == answer.instance
            count = max(0, answer.first - self._next) if same else 0
            cause = "the agent's buffer has passed over what was not yet asked for" if same else "the agent was started again"
            self.lost(count, self._newest_ns or now_ns, now_ns, cause)
        self._instance = answer.instance
        self._wiring.clear()
        self._take(answer)

    def _stream(self) -> None:
        heartbeat_ms = round(1000 * self._config.heartbeat_s)
        what = f"sample?from={self._next}&interval={_INTERVAL_MS}&heartbeat={heartbeat_ms}&count={_COUNT}"
        with Request(self._config, what, timeout_s=max(2.0, 2.0 * self._config.heartbeat_s)) as request:
            boundary = request.boundary()
            if boundary is None:
                self._one(request.document())
                self.turn()
                self.stopping.wait(_INTERVAL_MS / 1000)
                return
            self._streaming = request
            try:
                for data in request.documents(boundary):
                    self._one(data)
                    self.turn()
                    if self.stopping.is_set():
                        return
            finally:
                self._streaming = None
        raise Gone("it ended its stream")

    def _one(self, data: bytes) -> None:
        answer = read_answer(data)
        if any(code == "OUT_OF_RANGE" for code, _ in answer.errors):
            with Request(self._config, "current", timeout_s=_ANSWER_WITHIN_S) as request:
                self._start_over(read_answer(request.document()))
            return
        self._refuse(answer)
        if answer.instance != self._instance:
            raise Gone("it was started again")
        if answer.first > self._next:
            now_ns = self._clock.now_ns()
            cause = "the agent's buffer has passed over what was not yet asked for"
            self.lost(answer.first - self._next, self._newest_ns or now_ns, now_ns, cause)
        self._take(answer)

    def _refuse(self, answer: Answer) -> None:
        if answer.errors:
            code, text = answer.errors[0]
            raise Gone(f"it answers {code}: {text}")

    def _take(self, answer: Answer) -> None:
        for why in answer.unread:
            self.not_read(why)
        for one in sorted(answer.observed, key=lambda one: one.sequence):
            self._newest_ns = max(self._newest_ns, one.t_ns)
            self.observe(one.item, one.fields, one.t_ns, native=False, rate=one.rate)
        self._next = answer.next
        self._gathering.flush(self._clock.now_ns())
