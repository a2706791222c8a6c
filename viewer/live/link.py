"""One connection to a gateway: the CURVE socket, and what libzmq tells about its fate."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import zmq
from zmq.utils.monitor import recv_monitor_message

from viewer.base.errors import UserMistake
from viewer.live import wire
from viewer.live.keys import KeyPair

_NO_RETRY = -1
"""libzmq must not reconnect by itself: a socket whose queue was full when its link timed out aborts the whole process when it
does (libzmq 4.3.5, issue 3937: Assertion failed: _input_stopped). A new Link takes its place instead."""
_QUEUE = 64
"""Messages that wait here while the receiving thread is busy; the gateway drops, and counts, beyond."""
_AT_ONCE = 200


class Fate(Enum):
    """What became of the connection."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    MISMATCH = "mismatch"
    BROKEN = "broken"
    """It ended, or there was nobody to connect to."""


_FATES = {
    zmq.EVENT_HANDSHAKE_SUCCEEDED: Fate.ADMITTED,
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: Fate.REFUSED,
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: Fate.MISMATCH,
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: Fate.MISMATCH,
    zmq.EVENT_DISCONNECTED: Fate.BROKEN,
    zmq.EVENT_CLOSED: Fate.BROKEN,
}


class Link:
    """Made, used and closed on the receiving thread. Raises UserMistake for an endpoint that is none."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, server_key: str, keys: KeyPair) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_serverkey = server_key.encode("ascii")
        self.socket.curve_publickey = keys.public.encode("ascii")
        self.socket.curve_secretkey = keys.secret.encode("ascii")
        self.socket.setsockopt(zmq.MAXMSGSIZE, wire.MAX_MESSAGE_BYTES)
        self.socket.setsockopt(zmq.HEARTBEAT_IVL, wire.LINK_HEARTBEAT_MS)
        self.socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, wire.LINK_TIMEOUT_MS)
        self.socket.setsockopt(zmq.HANDSHAKE_IVL, wire.HANDSHAKE_MS)
        self.socket.setsockopt(zmq.RECONNECT_IVL, _NO_RETRY)
        self.socket.rcvhwm = _QUEUE
        self.monitor = self.socket.get_monitor_socket(sum(_FATES))
        try:
            self.socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise UserMistake(f"an endpoint reads like tcp://127.0.0.1:47800, not «{endpoint}» ({error})") from error

    def fates(self) -> Iterator[Fate]:
        """What has become of the connection since last asked."""
        while self.monitor.poll(0):
            yield _FATES[zmq.Event(recv_monitor_message(self.monitor, zmq.NOBLOCK)["event"])]

    def frames(self) -> Iterator[memoryview]:
        """Messages that wait, a bounded number of them; one of several frames counts as an empty one."""
        for _ in range(_AT_ONCE):
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            yield frames[0].buffer if len(frames) == 1 else memoryview(b"")

    def send(self, message: wire.FromPeer) -> bool:
        """Hand over without waiting; False where the queue is full."""
        try:
            self.socket.send(wire.encode(message), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def close(self) -> None:
        """Close the socket and its monitor."""
        self.socket.disable_monitor()
        self.monitor.close(linger=0)
        self.socket.close(linger=0)
