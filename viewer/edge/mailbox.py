"""The mailbox of the gateway's loop: other threads put work in, the loop wakes and does it."""

from __future__ import annotations

import queue
import socket
from collections.abc import Callable
from contextlib import suppress

Work = Callable[[], None]


class Mailbox:
    """`post` and `wake` from any thread, also from a signal handler; everything else on the loop's thread."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self.socket, self._other = socket.socketpair()
        self.socket.setblocking(False)
        self._other.setblocking(False)

    def post(self, work: Work) -> None:
        """Let the loop do this soon."""
        self._work.put(work)
        self.wake()

    def wake(self) -> None:
        """Let the loop turn once."""
        with suppress(OSError):  # full: it wakes anyway; closed: there is no loop any more
            self._other.send(b"!")

    def empty(self) -> None:
        """Do what was posted."""
        with suppress(BlockingIOError):
            while self.socket.recv(4096):
                pass
        while not self._work.empty():
            self._work.get()()

    def close(self) -> None:
        """Free the sockets; what is posted from now on is not done."""
        self._other.close()
        self.socket.close()
