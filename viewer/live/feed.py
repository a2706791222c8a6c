"""The live feed: one receiving thread that keeps a connection to a gateway and fills the sample store.

It reconnects by itself for as long as it runs. Callbacks are called on the receiving thread and must return at once.
"""

from __future__ import annotations

import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress

import zmq

from viewer.base.clock import Clock
from viewer.base.errors import Fault, UserMistake
from viewer.live.conversation import Conversation
from viewer.live.keys import KeyPair
from viewer.live.rings import SampleStore
from viewer.live.status import FeedStatus
from viewer.twin.catalogue import FaultInfo
from viewer.twin.samples import SampleReader

_logger = logging.getLogger(__name__)
Faults = tuple[FaultInfo, ...]


class LiveFeed:
    """Start it, read `store`, stop it. Public methods may be called from any thread."""

    def __init__(self, endpoint: str, server_key: str, client_keys: KeyPair, clock: Clock) -> None:
        self.store = SampleStore(clock)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._status = FeedStatus("connecting", clock.now_ns(), endpoint, f"connecting to {endpoint}")
        self._faults: Faults = ()
        self._batch_callbacks: list[Callable[[], None]] = []
        self._state_callbacks: list[Callable[[FeedStatus], None]] = []
        self._told = False
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake_from, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._wake_from.setblocking(False)
        self._stopping = False
        self._conversation = Conversation(endpoint, server_key, client_keys, clock, self.store, self)
        self._thread = threading.Thread(target=self._run, name="live feed", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once. Once only."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect and join the thread; again does nothing."""
        if self._stopping:
            return
        self._stopping = True
        self._nudge()
        if self._thread.is_alive():
            self._thread.join()
        self._wake.close()
        self._wake_from.close()

    @property
    def reader(self) -> SampleReader:
        """What answers for live and past alike."""
        return self.store

    def status(self) -> FeedStatus:
        """The state and the numbers now."""
        with self._lock:
            return self._status

    def wait_for(self, wanted: Callable[[FeedStatus], bool], timeout_s: float) -> bool:
        """Wait until the status fits; False when the time is up. Not on the GUI thread."""
        with self._changed:
            return self._changed.wait_for(lambda: wanted(self._status), timeout_s)

    def on_batch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when new samples are in the store: once, then again only after `taken`. Returns what unsubscribes."""
        return self._subscribed(self._batch_callbacks, callback)

    def on_state(self, callback: Callable[[FeedStatus], None]) -> Callable[[], None]:
        """Call back whenever the state changes or a gap shows. Returns what unsubscribes."""
        return self._subscribed(self._state_callbacks, callback)

    def taken(self) -> None:
        """What was announced is being read: the next batch is announced again. Call it before reading."""
        self._told = False

    def faults(self) -> Faults:
        """The faults that can be injected, as last told by the gateway; empty where its sources are real."""
        with self._lock:
            return self._faults

    def request_fault(self, name: str, parameters: Mapping[str, float] | None = None) -> Future[Faults]:
        """Ask a simulated source for a fault; the future gives all faults, or raises UserMistake with the gateway's refusal,
        or Fault where the connection went."""
        return self._asked("inject", name, dict(parameters or {}))

    def clear_fault(self, name: str) -> Future[Faults]:
        """Ask for a fault's end; see `request_fault`."""
        return self._asked("clear", name, {})

    # What the conversation tells; on the receiving thread.

    def told_status(self, status: FeedStatus) -> None:
        """The status changed."""
        with self._changed:
            before, self._status = self._status, status
            self._changed.notify_all()
            callbacks = list(self._state_callbacks)
        if (before.state, before.sentence, before.gaps) != (status.state, status.sentence, status.gaps):
            for callback in callbacks:
                _called(lambda one=callback: one(status))

    def told_batch(self) -> None:
        """Samples were stored, or a state changed what they are worth."""
        if self._told:
            return
        self._told = True
        with self._lock:
            callbacks = list(self._batch_callbacks)
        for callback in callbacks:
            _called(callback)

    def told_faults(self, faults: Faults) -> None:
        """The gateway told its faults."""
        with self._lock:
            self._faults = faults

    def _asked(self, action: str, name: str, parameters: dict[str, float]) -> Future[Faults]:
        future: Future[Faults] = Future()
        if self._stopping:
            future.set_exception(Fault("the feed has been stopped"))
            return future
        self._work.put(lambda: self._conversation.ask_fault(action, name, parameters, future))
        self._nudge()
        return future

    def _nudge(self) -> None:
        with suppress(OSError):
            self._wake.send(b"!")

    def _subscribed(self, callbacks: list[Callable[..., None]], callback: Callable[..., None]) -> Callable[[], None]:
        with self._lock:
            callbacks.append(callback)

        def unsubscribe() -> None:
            with self._lock, suppress(ValueError):
                callbacks.remove(callback)

        return unsubscribe

    def _run(self) -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            self._conversation.open(context)
            while not self._stopping:
                self._turn()
        except UserMistake as mistake:
            self._conversation.ended(str(mistake))
        except Exception as error:
            _logger.exception("the receiving thread ended")
            self._conversation.ended(f"the live line failed: {error}; open the scene again")
        finally:
            self._conversation.close()
            context.term()

    def _turn(self) -> None:
        poller = zmq.Poller()
        for one in (*self._conversation.sockets(), self._wake_from):
            poller.register(one, zmq.POLLIN)
        poller.poll(max(1, int(1e3 * (self._conversation.deadline_s() - time.monotonic())) + 1))
        with suppress(BlockingIOError):
            self._wake_from.recv(4096)
        while not self._work.empty():
            self._work.get()()
        self._conversation.turn()


def _called(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception:
        _logger.exception("a subscriber of the live feed failed")
