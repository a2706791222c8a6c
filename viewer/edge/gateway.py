"""The gateway's loop: one thread, one poller; sources step on time, viewers are served, and nothing waits for anybody."""

from __future__ import annotations

import logging
import math
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import zmq

from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.edge.audit import Audit
from viewer.edge.collector import Collector, SourceFactory
from viewer.edge.desk import Desk
from viewer.edge.registry import Registry
from viewer.edge.zap import ZapHandler, user_of
from viewer.live import wire
from viewer.live.keys import KeyPair

_logger = logging.getLogger(__name__)
TICK_S = 0.025
_AT_ONCE = 200
"""Messages taken from viewers before time is looked at again."""
_QUEUE = 64
"""Messages that wait for one slow viewer before blocks are dropped for it."""


class Gateway:
    """Made, run and closed on one thread; `stop` may be called from anywhere, also from a signal handler."""

    def __init__(
        self,
        name: str,
        factories: Sequence[SourceFactory],
        *,
        keys: KeyPair,
        audit_path: Path,
        clock: Clock,
        tick_s: float = TICK_S,
    ) -> None:
        self._clock = clock
        self._tick_s = tick_s
        self.collector = Collector(factories, self._trouble)
        self._wake_from, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._audit = Audit(audit_path, clock)
        self._registry = Registry()
        self._zap = ZapHandler(self._context, self._registry, self._audit)
        self._router = _router(self._context, keys)
        self._desk = Desk(name, self.collector, self._registry, self._audit, clock, self)
        self._stopping = False

    def bind(self, endpoint: str) -> str:
        """Listen there; the endpoint with its real port. Raises UserMistake where that is not possible."""
        try:
            self._router.bind(endpoint)
        except zmq.ZMQError as error:
            raise UserMistake(f"the gateway can't listen at {endpoint} ({error}): choose another address or port") from error
        return str(self._router.getsockopt_string(zmq.LAST_ENDPOINT))

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until `stop`; `ready` is called once the sources have started."""
        poller = zmq.Poller()
        for one in (self._zap.socket, self._router, self._wake_from):
            poller.register(one, zmq.POLLIN)
        self.collector.start(self._clock.now_ns())
        ready()
        next_tick_s = next_beat_s = time.monotonic()
        while not self._stopping:
            waiting_s = min(next_tick_s, next_beat_s) - time.monotonic()
            events = dict(poller.poll(max(0, math.ceil(1e3 * waiting_s))))
            self._serve(events)
            now_s = time.monotonic()
            if now_s >= next_tick_s:
                self._desk.publish(self.collector.step(self._clock.now_ns()))
                next_tick_s = max(next_tick_s + self._tick_s, now_s)
            if now_s >= next_beat_s:
                self._desk.beat()
                next_beat_s = max(next_beat_s + wire.HEARTBEAT_S, now_s)

    def stop(self) -> None:
        """Let `run` return soon. Any thread, or a signal handler."""
        self._stopping = True
        with suppress(OSError):
            self._wake.send(b"!")

    def close(self) -> None:
        """Take leave of the viewers and free everything."""
        self._desk.close()
        self._router.close(linger=200)
        self._zap.close()
        self._context.term()
        self._wake.close()
        self._wake_from.close()
        self._audit.close()

    def send(self, route: bytes, message: wire.FromGateway) -> bool:
        """To one viewer, at once or not at all (the desk's outlet)."""
        try:
            self._router.send_multipart([route, wire.encode(message)], zmq.NOBLOCK)
        except zmq.ZMQError as error:
            if error.errno in (zmq.EAGAIN, zmq.EHOSTUNREACH):
                return False
            raise
        return True

    def _serve(self, events: dict[object, int]) -> None:
        if self._zap.socket in events:
            self._zap.answer()
        if self._router in events:
            for _ in range(_AT_ONCE):
                if not self._take():
                    break

    def _take(self) -> bool:
        try:
            frames = self._router.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return False
        person = user_of(frames[0], self._registry)
        frame = frames[1].bytes if len(frames) == 2 else b""
        self._desk.receive(frames[0].bytes, person, frame)
        return True

    def _trouble(self, sentence: str) -> None:
        if sentence:
            self._desk.tell(sentence)


def _router(context: zmq.Context[zmq.Socket[bytes]], keys: KeyPair) -> zmq.Socket[bytes]:
    router = context.socket(zmq.ROUTER)
    router.curve_server = True
    router.curve_secretkey = keys.secret.encode("ascii")
    router.curve_publickey = keys.public.encode("ascii")
    router.zap_domain = wire.ZAP_DOMAIN
    router.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
    router.setsockopt(zmq.ROUTER_MANDATORY, 1)
    router.setsockopt(zmq.MAXMSGSIZE, wire.MAX_MESSAGE_BYTES)
    router.setsockopt(zmq.HEARTBEAT_IVL, wire.LINK_HEARTBEAT_MS)
    router.setsockopt(zmq.HEARTBEAT_TIMEOUT, wire.LINK_TIMEOUT_MS)
    router.setsockopt(zmq.HANDSHAKE_IVL, wire.HANDSHAKE_MS)
    router.sndhwm = _QUEUE
    router.setsockopt(zmq.SNDBUF, wire.MAX_MESSAGE_BYTES)
    router.linger = 0
    return router
