"""A device's side of the protocol: hello, batches within the window, acknowledgements, and back where one was missed.

All on the thread of the device's link.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import zmq

from viewer.access.keyfile import KeyPair
from viewer.base.clock import Clock
from viewer.live import device_words as words
from viewer.live import wire
from viewer.live.link import Fate, Link
from viewer.live.spool import Spool

_logger = logging.getLogger(__name__)
_ANSWER_WITHIN_S = 3.0
_AGAIN_AFTER_S = 0.1
_LONGEST_PAUSE_S = 5.0
_PING_EVERY_S = 1.0
_LOST_AFTER_S = 3.5
_NO_PROGRESS_S = 5.0
_BACK_AFTER_S = 0.2
_FORGET_EVERY_S = 0.2
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """How the link stands."""

    state: Literal["connecting", "live", "lost"]
    sentence: str
    sent: int
    """Number of the newest batch; 0 before the first."""
    acknowledged: int
    """All batches up to this number are on the gateway's disk."""
    gateway: str = ""


class DeviceTalk:
    """One gateway, over as many connections as it takes."""

    def __init__(
        self,
        endpoint: str,
        server_key: str,
        keys: KeyPair,
        spool: Spool,
        clock: Clock,
        on_status: Callable[[DeviceStatus], None],
        program: str,
    ) -> None:
        self._endpoint, self._server_key, self._keys = endpoint, server_key, keys
        self._spool, self._clock, self._on_status, self._program = spool, clock, on_status, program
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._link: Link | None = None
        self._welcomed = False
        self._window = 1
        self._sent = self._acknowledged = self._forgotten = spool.acknowledged
        self._refusals = 0
        self._again_s = self._give_up_s = math.inf
        self._heard_s = self._next_ping_s = self._next_forget_s = self._progress_s = 0.0
        self._hold_until_s = 0.0
        self.declared = False
        """Whether there are more channels than the gateway was told of."""
        self._status = DeviceStatus("connecting", f"connecting to {endpoint}", spool.last, self._acknowledged)

    def open(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        """Connect for the first time. Raises UserMistake for an endpoint that is none."""
        self._context = context
        self._connect()

    def close(self) -> None:
        """Say goodbye and free the sockets; what was acknowledged is forgotten for good."""
        if self._link is not None and self._welcomed:
            self._link.send(wire.Goodbye("the device closes"))
        self._drop()
        self._forget()

    def sockets(self) -> tuple[zmq.Socket[bytes], ...]:
        """What to wait for."""
        return () if self._link is None else (self._link.socket, self._link.monitor)

    def deadline_s(self) -> float:
        """When `turn` is due even if nothing comes (monotonic)."""
        if not self._welcomed:
            return min(self._give_up_s, self._again_s)
        due_s = min(self._next_ping_s, self._heard_s + _LOST_AFTER_S)
        if self._sent < self._status.sent:
            due_s = min(due_s, max(self._hold_until_s, time.monotonic() + 0.02))
        return due_s

    def turn(self) -> None:
        """Take what came and send what is due."""
        link = self._link
        for fate in link.fates() if link else ():
            self._met(fate)
            if self._link is not link:
                return
        for frame in link.frames() if link else ():
            self._take(frame)
            if self._link is not link:
                return
        now_s = time.monotonic()
        self._mind_the_time(now_s)
        if self._welcomed and self._link is not None:
            self._pump(now_s)

    def _connect(self) -> None:
        assert self._context is not None
        self._link = Link(self._context, self._endpoint, self._server_key, self._keys)
        self._again_s, self._give_up_s = math.inf, time.monotonic() + _ANSWER_WITHIN_S

    def _met(self, fate: Fate) -> None:
        if fate is Fate.ADMITTED:
            self._say_hello()
        elif fate in (Fate.REFUSED, Fate.MISMATCH):
            self._refusals += 1
            why = "refused this key: have it enrolled there as a device" if fate is Fate.REFUSED else "has another key"
            self._lose(f"the gateway at {self._endpoint} {why}", min(_LONGEST_PAUSE_S, 0.5 * 2.0 ** (self._refusals - 1)))
        else:
            self._lose(f"the connection to the gateway at {self._endpoint} broke", _AGAIN_AFTER_S)

    def _say_hello(self) -> None:
        assert self._link is not None
        channels = self._spool.channels()
        self.declared = False
        first = self._spool.acknowledged + 1
        self._link.send(
            words.DeviceHello(wire.PROTOCOL, self._clock.now_ns(), self._program, self._spool.epoch, first, len(channels))
        )
        for start in range(0, len(channels), wire.CATALOGUE_PAGE):
            self._link.send(words.DeviceCatalogue(start, channels[start : start + wire.CATALOGUE_PAGE]))
        self._give_up_s = time.monotonic() + _ANSWER_WITHIN_S

    def _take(self, frame: memoryview) -> None:
        try:
            message = wire.decode_from_gateway(frame)
        except wire.WireError as error:
            _logger.warning("the gateway at %s sends what is no message: %s", self._endpoint, error)
            return
        self._heard_s = time.monotonic()
        match message:
            case words.DeviceWelcome():
                self._welcome(message)
            case words.Ack(epoch=epoch, sequence=sequence, again=again) if epoch == self._spool.epoch:
                self._acknowledge(sequence, again=again)
            case wire.Error(sentence=sentence):
                self._lose(sentence, _LONGEST_PAUSE_S)
            case wire.Goodbye(reason=reason):
                self._lose(f"the gateway at {self._endpoint} took its leave: {reason}", 0.5)
            case _:
                pass  # an acknowledgement of an older epoch, a pong

    def _welcome(self, welcome: words.DeviceWelcome) -> None:
        if welcome.protocol != wire.PROTOCOL:
            self._lose(f"the gateway speaks protocol {welcome.protocol}, this device {wire.PROTOCOL}: update the older", 5.0)
        elif welcome.epoch != self._spool.epoch or welcome.sequence > self._spool.last:
            self._spool.renew()
            self._sent = self._acknowledged = self._forgotten = 0
            self._lose("the gateway knows numbers that this spool never gave: numbered anew", _AGAIN_AFTER_S)
        else:
            self._welcomed, self._refusals, self._give_up_s = True, 0, math.inf
            self._window = max(1, min(welcome.window, wire.BATCH_WINDOW))
            self._sent = self._acknowledged = max(welcome.sequence, self._spool.acknowledged)
            self._next_ping_s = self._progress_s = self._heard_s
            self._tell("live", f"live at {welcome.gateway}", gateway=welcome.gateway)

    def _acknowledge(self, sequence: int, *, again: bool) -> None:
        if self._acknowledged < sequence <= self._sent:
            self._acknowledged, self._progress_s = sequence, self._heard_s
            self._tell(self._status.state, self._status.sentence)
        if again and self._sent > self._acknowledged:
            self._sent = self._acknowledged
            self._hold_until_s = self._heard_s + _BACK_AFTER_S

    def _pump(self, now_s: float) -> None:
        if now_s < self._hold_until_s:
            return
        if self._sent > self._acknowledged and now_s - self._progress_s > _NO_PROGRESS_S:
            self._sent, self._progress_s = self._acknowledged, now_s  # the gateway has forgotten them, or can't keep them now
        last = self._spool.last
        while self._sent < last and (room := self._window - (self._sent - self._acknowledged)) > 0:
            if not self._send_some(min(room, _AT_ONCE)):
                break
        if last != self._status.sent:
            self._tell(self._status.state, self._status.sentence)

    def _send_some(self, most: int) -> bool:
        """Send some of what waits; False where the queue is full or nothing is left."""
        assert self._link is not None
        if self._sent == self._acknowledged:
            self._progress_s = time.monotonic()
        before = self._sent
        for loss in self._spool.losses(self._sent)[:1]:
            if loss.first == self._sent + 1:
                cause = "the device's spool was full"
                if not self._link.send(words.Lost(self._spool.epoch, loss.first, loss.last, loss.t0_ns, loss.t1_ns, cause)):
                    return False
                self._sent = loss.last
                return True
        for number, batch in self._spool.read(self._sent, most):
            if number != self._sent + 1:
                break
            if not self._link.send(words.Batch(self._spool.epoch, number, batch.complete_ns, batch.samples, batch.waveforms)):
                return False
            self._sent = number
        return self._sent > before

    def _mind_the_time(self, now_s: float) -> None:
        if not self._welcomed:
            if now_s >= self._give_up_s:
                self._lose(f"no gateway answers at {self._endpoint}: it does not run, or it refuses this key", _AGAIN_AFTER_S)
            elif now_s >= self._again_s:
                self._connect()
            return
        if now_s - self._heard_s >= _LOST_AFTER_S:
            self._lose(f"the gateway at {self._endpoint} has been silent for {now_s - self._heard_s:.1f} s", _AGAIN_AFTER_S)
            return
        if self.declared:
            self._lose("there are more channels", 0.0)
            return
        if self._link is not None and now_s >= self._next_ping_s:
            self._next_ping_s = now_s + _PING_EVERY_S
            self._link.send(wire.Ping(self._clock.now_ns()))
        if now_s >= self._next_forget_s:
            self._next_forget_s = now_s + _FORGET_EVERY_S
            self._forget()

    def _forget(self) -> None:
        if self._acknowledged > self._forgotten:
            self._spool.acknowledge(self._acknowledged)
            self._forgotten = self._acknowledged

    def _lose(self, sentence: str, again_after_s: float) -> None:
        self._drop()
        self._give_up_s, self._again_s = math.inf, time.monotonic() + again_after_s
        self._tell("lost", sentence)

    def _drop(self) -> None:
        if self._link is not None:
            self._link.close()
        self._link, self._welcomed = None, False

    def _tell(self, state: Literal["connecting", "live", "lost"], sentence: str, gateway: str | None = None) -> None:
        if state != self._status.state or sentence != self._status.sentence:
            _logger.info("%s: %s", self._keys.owner, sentence)
        self._status = replace(
            self._status,
            state=state,
            sentence=sentence,
            sent=self._spool.last,
            acknowledged=self._acknowledged,
            gateway=self._status.gateway if gateway is None else gateway,
        )
        self._on_status(self._status)
