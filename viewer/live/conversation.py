"""The viewer's side of the protocol: from the first handshake to the last heartbeat, and again from the start when it breaks.

All on the receiving thread of the feed.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import zmq

from viewer.base.clock import Clock
from viewer.base.errors import Fault
from viewer.live import device_words, wire
from viewer.live import past_words as past
from viewer.live.asking import Asking, Question
from viewer.live.columns import unpack
from viewer.live.keys import KeyPair
from viewer.live.ledger import Ledger
from viewer.live.link import Fate, Link
from viewer.live.listening import Listener, Sink
from viewer.live.status import FeedState, FeedStatus
from viewer.twin.catalogue import ChannelInfo

_logger = logging.getLogger(__name__)
_STALE_AFTER_S = 2.5 * wire.HEARTBEAT_S
_LOST_AFTER_S = 5 * wire.HEARTBEAT_S
_ANSWER_WITHIN_S = 2.0
_AGAIN_AFTER_S = 0.1
_LONGEST_PAUSE_S = 5.0
_PING_EVERY_S = 1.0
_REPORT_EVERY_S = 0.25


class Conversation:
    """One gateway, over as many connections as it takes."""

    def __init__(
        self,
        endpoint: str,
        server_key: str,
        keys: KeyPair,
        clock: Clock,
        sink: Sink,
        listener: Listener,
        globs: Sequence[str] = ("*",),
    ) -> None:
        self._endpoint, self._server_key, self._keys = endpoint, server_key, keys
        self._clock = clock
        self._sink = sink
        self._globs = list(globs)
        self._listener = listener
        self._ledger = Ledger()
        self._status = FeedStatus("connecting", clock.now_ns(), endpoint, f"connecting to {endpoint}")
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._link: Link | None = None
        self._welcome: wire.Welcome | None = None
        self._session = self._epoch = self._catalogue = ""
        self._pages: dict[int, ChannelInfo] = {}
        self._channels = 0
        self._asking = Asking(self._send)
        self._ids: dict[str, int] = {}
        self._infos: list[ChannelInfo] = []
        self._announced = ""
        self._refusals = 0
        self._offset_ns, self._best_trip_ns = 0, 1 << 62
        self._heard_s = self._next_ping_s = self._next_report_s = 0.0
        self._give_up_s = self._again_s = math.inf
        self._subscribed = False

    def open(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        """Connect for the first time. Raises UserMistake for an endpoint that is none."""
        self._context = context
        self._connect()

    def close(self) -> None:
        """Say goodbye and free the sockets."""
        if self._link is not None and self._welcome is not None:
            self._link.send(wire.Goodbye("the viewer closes"))
        self._drop_link("the feed was stopped")

    def ended(self, sentence: str) -> None:
        """The receiving thread can't go on."""
        self._become("lost", sentence)

    def sockets(self) -> tuple[zmq.Socket[bytes], ...]:
        """What to wait for."""
        return () if self._link is None else (self._link.socket, self._link.monitor)

    def deadline_s(self) -> float:
        """When `turn` is due even if nothing comes (monotonic)."""
        if self._welcome is None:
            return min(self._give_up_s, self._again_s)
        silence_s = self._heard_s + (_STALE_AFTER_S if self._status.state != "stale" else _LOST_AFTER_S)
        return min(silence_s, self._next_ping_s, self._next_report_s)

    def turn(self) -> None:
        """Take what came and do what is due."""
        self._learn_fates()
        self._take_frames()
        self._mind_the_time(time.monotonic())

    def ask(self, question: Question[Any]) -> None:
        """Send a question, to be answered through its future."""
        if self._link is None or self._welcome is None:
            question.future.set_exception(Fault(f"there is no connection to the gateway now: {self._status.sentence}"))
            return
        self._asking.ask(question)

    def catalogue(self) -> tuple[str, Sequence[ChannelInfo], dict[str, int]]:
        """Hash, channels by index, and indices by id, as the gateway told them last."""
        return self._catalogue, self._infos, self._ids

    def _send(self, message: wire.FromViewer) -> bool:
        return self._link is not None and self._link.send(message)

    def _learn_fates(self) -> None:
        link = self._link
        for fate in link.fates() if link else ():
            self._met(fate)
            if self._link is not link:
                return

    def _take_frames(self) -> None:
        link = self._link
        for frame in link.frames() if link else ():
            self._take(frame)
            if self._link is not link:
                return

    def _connect(self) -> None:
        assert self._context is not None
        self._link = Link(self._context, self._endpoint, self._server_key, self._keys)
        self._again_s = math.inf
        if self._give_up_s == math.inf:
            self._give_up_s = time.monotonic() + _ANSWER_WITHIN_S

    def _met(self, fate: Fate) -> None:
        if fate is Fate.ADMITTED:
            self._say_hello()
        elif fate is Fate.REFUSED:
            self._refusals += 1
            self._lose(f"the gateway at {self._endpoint} refused this key: have it enrolled there", self._pause_s())
        elif fate is Fate.MISMATCH:
            self._refusals += 1
            self._lose(f"what answers at {self._endpoint} is not the gateway whose key is known here", self._pause_s())
        elif self._welcome is not None:
            self._lose(f"the connection to the gateway at {self._endpoint} broke", _AGAIN_AFTER_S)
        else:
            self._drop_link("nobody answers")
            self._again_s = time.monotonic() + _AGAIN_AFTER_S

    def _pause_s(self) -> float:
        return min(_LONGEST_PAUSE_S, 0.5 * 2.0 ** (self._refusals - 1))

    def _say_hello(self) -> None:
        assert self._link is not None
        hello = wire.Hello(wire.PROTOCOL, self._clock.now_ns(), "genchi", self._session, self._catalogue)
        self._link.send(hello)
        self._give_up_s = time.monotonic() + _ANSWER_WITHIN_S

    def _take(self, frame: memoryview) -> None:
        try:
            self._understood(wire.decode_from_gateway(frame))
        except wire.WireError as error:
            if not self._ledger.malformed:
                _logger.warning("the gateway at %s sends what is no message: %s", self._endpoint, error)
            self._ledger.malformed += 1

    def _understood(self, message: wire.FromGateway) -> None:
        self._heard_s = time.monotonic()
        match message:
            case wire.Blocks():
                self._block(message)
            case wire.Heartbeat(sequence=sequence, samples=samples):
                self._ledger.heartbeat(sequence, samples, self._heard_s)
                self._alive()
            case wire.Pong(echo_ns=echo_ns, t_ns=t_ns):
                self._measure(echo_ns, t_ns)
            case wire.Welcome():
                self._welcomed(message)
            case wire.Catalogue():
                self._page(message)
            case wire.Faults():
                self._listener.told_faults(tuple(message.faults))
                self._asking.answered(message)
            case past.Sources(request=0):
                self._listener.told_sources(message.sources)
            case past.Alarms(request=0):
                self._listener.told_alarms(message.items)
            case wire.Error(request=request, sentence=sentence):
                self._error(request, sentence)
            case wire.Goodbye(reason=reason):
                self._lose(f"the gateway at {self._endpoint} took its leave: {reason}", 1.0)
            case wire.Latest() | device_words.DeviceWelcome() | device_words.Ack():
                pass  # nobody here asks for it
            case _:
                self._asking.answered(message)

    def _welcomed(self, welcome: wire.Welcome) -> None:
        if welcome.protocol != wire.PROTOCOL:
            self._lose(f"the gateway speaks protocol {welcome.protocol}, this viewer {wire.PROTOCOL}: update the older", 5.0)
            return
        if not welcome.resumed:
            self._ledger.begin(after_an_outage=bool(self._session))
        self._welcome, self._refusals = welcome, 0
        self._announced = welcome.catalogue
        self._session, self._epoch = welcome.session, welcome.epoch
        self._offset_ns, self._best_trip_ns = 0, 1 << 62
        self._measure(welcome.echo_ns, welcome.t_ns)
        self._next_ping_s = self._next_report_s = self._heard_s
        if welcome.catalogue == self._catalogue:
            self._subscribe()

    def _page(self, page: wire.Catalogue) -> None:
        if self._subscribed and page.first == 0 and page.catalogue != self._announced:
            self._announced, self._pages = page.catalogue, {}  # it has grown
        if self._welcome is None or page.catalogue != self._announced:
            raise wire.WireError("a catalogue that was not announced")
        if page.first + len(page.channels) > page.total:
            raise wire.WireError(f"a catalogue of {page.total} channels with more than that")
        self._pages |= dict(enumerate(page.channels, page.first))
        if len(self._pages) < page.total:
            return
        channels = [self._pages[index] for index in range(page.total)]
        self._pages = {}
        _check(channels)
        self._sink.declare(channels)
        self._catalogue, self._channels, self._infos = page.catalogue, len(channels), channels
        self._ids = {one.id: number for number, one in enumerate(channels)}
        if not self._subscribed:
            self._subscribe()

    def _subscribe(self) -> None:
        assert self._link is not None
        self._link.send(wire.Subscribe(self._globs))
        self._subscribed = True
        self._link.send(wire.FaultRequest(self._asking.number(), "list"))
        self._link.send(past.SourcesRequest(0))

    def _block(self, block: wire.Blocks) -> None:
        if not self._subscribed:
            raise wire.WireError("samples before the welcome")
        columns = unpack(block.samples, channels=self._channels)
        self._ledger.block(block.sequence, block.before, len(columns), self._heard_s)
        self._sink.write(columns)
        self._ledger.late_by((self._clock.now_ns() - block.t_ns + self._offset_ns) / 1e6)
        self._alive()
        self._listener.told_batch()

    def _alive(self) -> None:
        if self._subscribed and self._welcome is not None and self._status.state != "live":
            self._sink.set_live(True)
            self._become("live", f"live from {self._welcome.gateway}")

    def _measure(self, echo_ns: int, t_ns: int) -> None:
        """The gateway's clock against ours, by the quickest round trip: offset = local - remote at half way (RFC 5905, 8)."""
        now_ns = self._clock.now_ns()
        trip_ns = now_ns - echo_ns
        if 0 <= trip_ns < self._best_trip_ns:
            self._best_trip_ns = trip_ns
            self._offset_ns = t_ns - (echo_ns + trip_ns // 2)

    def _error(self, request: int, sentence: str) -> None:
        if self._asking.refused(request, sentence):
            return
        if self._welcome is None:
            self._lose(sentence, _LONGEST_PAUSE_S)
        else:
            _logger.warning("the gateway at %s says: %s", self._endpoint, sentence)
            self._become(self._status.state, sentence)

    def _mind_the_time(self, now_s: float) -> None:
        if self._welcome is None:
            if now_s >= self._again_s or now_s >= self._give_up_s:
                self._try_again(timed_out=now_s >= self._give_up_s)
            return
        silent_s = now_s - self._heard_s
        if silent_s >= _LOST_AFTER_S:
            self._lose(f"the gateway at {self._endpoint} has been silent for {silent_s:.1f} s", _AGAIN_AFTER_S)
        elif silent_s >= _STALE_AFTER_S and self._status.state == "live":
            self._become("stale", f"the gateway at {self._endpoint} is silent: values are stale")
        if self._link is not None and now_s >= self._next_ping_s:
            self._next_ping_s = now_s + _PING_EVERY_S
            self._link.send(wire.Ping(self._clock.now_ns()))
        if now_s >= self._next_report_s:
            self._next_report_s = now_s + _REPORT_EVERY_S
            self._asking.mind_the_time(now_s)
            self._become(self._status.state, self._status.sentence)

    def _try_again(self, *, timed_out: bool) -> None:
        if timed_out:
            self._give_up_s = math.inf
            self._become("lost", f"no gateway answers at {self._endpoint}: it does not run, or it refuses this key")
        self._drop_link("the connection was lost")
        self._connect()

    def _lose(self, sentence: str, again_after_s: float) -> None:
        self._drop_link(sentence)
        self._give_up_s, self._again_s = math.inf, time.monotonic() + again_after_s
        self._become("lost", sentence)

    def _drop_link(self, why: str) -> None:
        if self._link is not None:
            self._link.close()
        self._link = self._welcome = None
        self._pages, self._subscribed = {}, False
        self._asking.drop(why)

    def _become(self, state: FeedState, sentence: str) -> None:
        changed = state != self._status.state
        if changed:
            self._sink.set_live(state == "live")
        self._status = replace(
            self._status,
            state=state,
            sentence=sentence,
            since_ns=self._clock.now_ns() if changed else self._status.since_ns,
            gateway=self._welcome.gateway if self._welcome else self._status.gateway,
            role=self._welcome.role if self._welcome else self._status.role,
            latency_ms=self._ledger.latency_ms,
            samples_per_s=self._ledger.samples_per_s if state == "live" else 0.0,
            gaps=self._ledger.gaps,
            lost_samples=self._ledger.lost_samples,
            malformed=self._ledger.malformed,
            clock_ahead_ms=self._offset_ns / 1e6 if self._welcome else math.nan,
        )
        self._listener.told_status(self._status)
        if changed:
            self._listener.told_batch()


def _check(channels: list[ChannelInfo]) -> None:
    if len({one.id for one in channels}) != len(channels):
        raise wire.WireError("a catalogue with one id twice")
    if not all(0.0 < one.period_s <= 1e6 for one in channels):
        raise wire.WireError("a catalogue with a period out of range")
