"""The live feed: one receiving thread that keeps a connection to a gateway and fills the sample store.

It reconnects by itself for as long as it runs. Callbacks are called on the receiving thread and must return at once.
"""

from __future__ import annotations

import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Final, TypeVar

import msgspec
import zmq

from viewer.base.clock import Clock
from viewer.base.errors import Fault, UserMistake
from viewer.base.ids import ChannelId
from viewer.live import past_words as words
from viewer.live import questions
from viewer.live.asking import Question
from viewer.live.conversation import Conversation
from viewer.live.keys import KeyPair
from viewer.live.rings import SampleStore
from viewer.live.status import FeedStatus
from viewer.live.time_reader import TimeReader
from viewer.twin.catalogue import FaultInfo
from viewer.twin.samples import Envelope, Latest, SampleReader

_logger = logging.getLogger(__name__)
Faults = tuple[FaultInfo, ...]
LATEST_NS: Final = 1 << 62
_Item = TypeVar("_Item")


class LiveFeed:
    """Start it, read `store`, stop it. Public methods may be called from any thread."""

    def __init__(self, endpoint: str, server_key: str, client_keys: KeyPair, clock: Clock) -> None:
        self.store = SampleStore(clock)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._status = FeedStatus("connecting", clock.now_ns(), endpoint, f"connecting to {endpoint}")
        self._clock = clock
        self._faults: Faults = ()
        self._sources: tuple[words.SourceInfo, ...] = ()
        self._whole_since_ns = clock.now_ns()
        self._source_callbacks: list[Callable[[tuple[words.SourceInfo, ...]], None]] = []
        self._alarm_callbacks: list[Callable[[list[bytes]], None]] = []
        self._batch_callbacks: list[Callable[[], None]] = []
        self._state_callbacks: list[Callable[[FeedStatus], None]] = []
        self._told = False
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake_from, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._wake_from.setblocking(False)
        self._stopping = False
        self._conversation = Conversation(endpoint, server_key, client_keys, clock, self.store, self)
        self._reader = TimeReader(self, clock)
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
        """What answers for live and past alike; it may wait for the gateway, so not on the GUI thread."""
        return self._reader

    @property
    def whole_since_ns(self) -> int:
        """Since when nothing is known to be missing in `store`: what lies before may have holes that the gateway's history
        has not."""
        with self._lock:
            return self._whole_since_ns

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
        return self.ask(questions.faults("inject", name, dict(parameters or {})))

    def clear_fault(self, name: str) -> Future[Faults]:
        """Ask for a fault's end; see `request_fault`."""
        return self.ask(questions.faults("clear", name, {}))

    def sources(self) -> tuple[words.SourceInfo, ...]:
        """How the gateway's sources fare, as last told."""
        with self._lock:
            return self._sources

    def on_sources(self, callback: Callable[[tuple[words.SourceInfo, ...]], None]) -> Callable[[], None]:
        """Call back when a source's state changes. Returns what unsubscribes."""
        return self._subscribed(self._source_callbacks, callback)

    def on_alarms(self, callback: Callable[[list[bytes]], None]) -> Callable[[], None]:
        """Call back with what happened to alarms: each the msgpack map of a `viewer.alarms.words.AlarmEvent`. Returns what
        unsubscribes."""
        return self._subscribed(self._alarm_callbacks, callback)

    # Questions; each future raises UserMistake with the gateway's refusal, or Fault where the connection went.

    def request_latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Future[Latest]:
        """The newest sample of each channel not after `t_ns`, from the gateway's history."""
        return self.ask(questions.latest_at(self._conversation.catalogue, channels, t_ns))

    def request_range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> Future[questions.Samples]:
        """Times and values (k,) from the gateway's history; values of bad quality are NaN."""
        return self.ask(questions.samples(channel, t0_ns, t1_ns))

    def request_envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Future[Envelope]:
        """The same for drawing."""
        return self.ask(questions.envelope(channel, t0_ns, t1_ns, buckets))

    def request_span(self) -> Future[tuple[int, int] | None]:
        """From when to when the gateway has history; None where it has none."""
        return self.ask(questions.span())

    def request_metadata(self, globs: Sequence[str] = ("*",)) -> Future[tuple[words.ChannelOrigin, ...]]:
        """Where channels come from: source, tag, scale, definition."""
        return self.ask(questions.metadata(globs))

    def request_sources(self) -> Future[tuple[words.SourceInfo, ...]]:
        """How each source fares now."""
        return self.ask(questions.sources())

    def request_gaps(self, t0_ns: int, t1_ns: int) -> Future[tuple[words.GapInfo, ...]]:
        """What is known to be missing in the gateway's history."""
        return self.ask(questions.gaps(t0_ns, t1_ns))

    def request_alarms(
        self, item: type[_Item], what: words.AlarmItems = "standing", t0_ns: int = 0, t1_ns: int = LATEST_NS
    ) -> Future[tuple[_Item, ...]]:
        """Standing alarms (as `viewer.alarms.words.Alarm`), events (`AlarmEvent`) or definitions (`AlarmDefinition`): `item`
        is the struct to read them as."""
        return self.ask(questions.alarms(what, item, t0_ns, t1_ns))

    def act_on_alarm(self, action: msgspec.Struct, event: type[_Item]) -> Future[_Item]:
        """Acknowledge, shelve … (a `viewer.alarms.words.AlarmAction`); gives what happened, once it is remembered for good."""
        return self.ask(questions.alarm_action(action, event))

    def request_audit(self, first: int = 1, most: int = 500) -> Future[words.AuditPage]:
        """Some lines of the audit, from this number on."""
        return self.ask(questions.audit(first, most))

    def send_command(self, what: words.CommandKind, envelope: bytes) -> Future[words.CommandAnswer]:
        """Hand over a command, proposal or approval that somebody signed; gives the gateway's verdict."""
        return self.ask(questions.command(what, envelope))

    def ask(self, question: Question[_Item]) -> Future[_Item]:
        """Ask; any thread."""
        if self._stopping:
            question.future.set_exception(Fault("the feed has been stopped"))
            return question.future
        self._work.put(lambda: self._conversation.ask(question))
        self._nudge()
        return question.future

    # What the conversation tells; on the receiving thread.

    def told_status(self, status: FeedStatus) -> None:
        """The status changed."""
        with self._changed:
            before, self._status = self._status, status
            if status.gaps != before.gaps or (status.state == "live" and before.state in ("lost", "connecting")):
                self._whole_since_ns = self._clock.now_ns()
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

    def told_sources(self, sources: list[words.SourceInfo]) -> None:
        """The gateway told how its sources fare."""
        told = tuple(sources)
        with self._lock:
            self._sources = told
            callbacks = list(self._source_callbacks)
        for callback in callbacks:
            _called(lambda one=callback: one(told))

    def told_alarms(self, events: list[bytes]) -> None:
        """The gateway told what happened to alarms."""
        with self._lock:
            callbacks = list(self._alarm_callbacks)
        for callback in callbacks:
            _called(lambda one=callback: one(events))

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
