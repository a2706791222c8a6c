"""Who gets in: the gateway's own handler of the ZeroMQ Authentication Protocol (ZMQ RFC 27), CURVE only."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import zmq
from zmq.utils import z85

from viewer.edge.audit import Audit
from viewer.edge.registry import Registry
from viewer.live.keys import Enrolled
from viewer.live.wire import ZAP_DOMAIN

_logger = logging.getLogger(__name__)
_ENDPOINT = "inproc://zeromq.zap.01"
_VERSION = b"1.0"
_LOOK_EVERY_S = 0.2


class ZapHandler:
    """Answers libzmq's questions at each handshake. It lives in the gateway's poll loop, so the loop's end is its end: a
    gateway never runs on with a dead handler. `answer` never raises; what it can't judge it refuses."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], registry: Registry, audit: Audit) -> None:
        self._registry = registry
        self._audit = audit
        self.socket = context.socket(zmq.REP)
        self.socket.linger = 0
        self.socket.bind(_ENDPOINT)

    def answer(self) -> None:
        """Answer one waiting question."""
        frames = self.socket.recv_multipart()
        request_id = frames[1] if len(frames) > 1 else b""
        try:
            status, text, user = self._judged(frames)
        except Exception:
            _logger.exception("a question for admission could not be judged and is refused")
            status, text, user = b"500", b"internal error", b""
        self.socket.send_multipart([_VERSION, request_id, status, text, user, b""])

    def close(self) -> None:
        """Close the socket; nobody is admitted any more."""
        self.socket.close()

    def _told(self, event: str, sender: str, **facts: object) -> None:
        """Into the audit. Where the disk refuses people may still look at their plant; commands are refused by the gate."""
        try:
            self._audit.count(event, sender, **facts)
        except OSError as error:
            _logger.error("«%s» of %s could not be written into the audit: %s", event, sender, error)

    def _judged(self, frames: Sequence[bytes]) -> tuple[bytes, bytes, bytes]:
        """Status, text and User-Id (the public key) of the answer."""
        if len(frames) != 7 or frames[0] != _VERSION or frames[2] != ZAP_DOMAIN or frames[5] != b"CURVE" or len(frames[6]) != 32:
            self._told("refused", "", why="no CURVE request of this domain", frames=len(frames))
            return b"400", b"no CURVE request of this domain", b""
        public = z85.encode(frames[6]).decode("ascii")
        address = frames[3].decode("utf-8", "replace")
        self._registry.refresh(after_s=_LOOK_EVERY_S)
        one = self._registry.by_public(public)
        if one is None:
            self._told("refused", public, why="unknown key", public=public, address=address)
            return b"400", b"unknown key", b""
        self._told("admitted", one.user, user=one.user, role=one.role, public=public, address=address)
        return b"200", b"OK", public.encode("ascii")


def user_of(frame: zmq.Frame, registry: Registry) -> Enrolled | None:
    """Who sent this frame, as the handshake proved it, if still enrolled."""
    public = frame.get("User-Id")
    return registry.by_public(public) if isinstance(public, str) else None
