"""The gateway's loop: one thread, one poller; sources step on time, peers are served, and nothing waits for anybody."""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import zmq

from viewer.access.audit import AuditChain
from viewer.alarms.causes import Upstream
from viewer.alarms.definitions import AlarmDefinition
from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.edge.alarm_desk import AlarmDesk
from viewer.edge.audit import open_audit
from viewer.edge.background import Background
from viewer.edge.batches import wave_note
from viewer.edge.collector import Collector, SourceFactory
from viewer.edge.command_desk import CommandDesk
from viewer.edge.desk import Desk
from viewer.edge.device_desk import DeviceDesk
from viewer.edge.devices import DeviceConfig
from viewer.edge.historian import Historian
from viewer.edge.inquiries import Inquiries
from viewer.edge.mailbox import Mailbox
from viewer.edge.registry import Registry
from viewer.edge.rule_desk import RuleDesk
from viewer.edge.source import SourceGap, WaveformSource
from viewer.edge.states import SourceState
from viewer.edge.uplink import Uplink
from viewer.edge.witness import Witness
from viewer.edge.zap import ZapHandler, user_of
from viewer.history.records import Gap
from viewer.history.store import History
from viewer.live import wire
from viewer.live.keys import KeyPair
from viewer.twin.samples import Columns, below

if TYPE_CHECKING:
    from viewer.access.command_path import CommandPath
    from viewer.edge.rules.rule import Rule

_logger = logging.getLogger(__name__)
TICK_S = 0.025
_AT_ONCE = 200
"""Messages taken from peers before time is looked at again."""
_QUEUE = 64
"""Messages that wait for one slow viewer before blocks are dropped for it."""
_MOST_CONNECTIONS = 4_096
_SOON_NS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What a gateway is put together from, beside its sources."""

    state: Path
    """Folder for what it must remember over a restart."""
    devices: Sequence[DeviceConfig] = ()
    history: History | None = None
    every_s: float = 0.5
    tidy: Callable[[History], None] | None = None
    uplink: Uplink | None = None
    alarms: Sequence[AlarmDefinition] = ()
    upstream: Upstream = field(default_factory=Upstream)
    rules: Sequence[Rule] = ()
    commands: Callable[[Registry, AuditChain], CommandPath] | None = None
    """Makes the write path, where the site has enabled one."""
    names: Sequence[tuple[str, str]] | None = None
    """Name and kind of each source."""


class Gateway:
    """Made, run and closed on one thread; `stop` may be called from anywhere, also from a signal handler."""

    def __init__(
        self,
        name: str,
        factories: Sequence[SourceFactory],
        *,
        keys: KeyPair,
        clock: Clock,
        equipment: Equipment,
        tick_s: float = TICK_S,
    ) -> None:
        self._name, self._clock, self._tick_s = name, clock, tick_s
        self._uplink = equipment.uplink
        self._epoch = secrets.token_hex(8)
        self.collector = Collector(factories, self._trouble, equipment.names)
        self.mailbox = Mailbox()
        self._background = Background(self.mailbox)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._context.set(zmq.MAX_SOCKETS, _MOST_CONNECTIONS)
        self._audit = Witness(open_audit(name, clock, (keys.signing, keys.signing_secret)))
        self._registry = Registry()
        self._zap = ZapHandler(self._context, self._registry, self._audit.chain)
        self._router = _router(self._context, keys)
        self._historian = self._own_historian(equipment)
        self._alarms = AlarmDesk(
            equipment.alarms,
            upstream=equipment.upstream,
            clock=clock,
            memory=equipment.state / "alarms.msgpack",
            background=self._background,
            keep=self._keep_event,
            events=lambda events: self._desk.tell_alarms(events),
        )
        self._desk = Desk(name, self._epoch, self.collector, self._registry, self._audit, clock, self)
        devices = DeviceDesk(
            name,
            equipment.devices,
            self.collector,
            self._historian,
            self._audit,
            clock,
            self,
            self._background,
            equipment.state / "devices.msgpack",
        )
        path = equipment.commands(self._registry, self._audit.chain) if equipment.commands is not None else None
        self._commands = CommandDesk(path, self.collector)
        if path is not None:
            from viewer.edge.correcting import correctors

            self._commands.correctors = correctors(path, self._registry)
            self._alarms.add(self._commands.tell_states())
        self._rules = RuleDesk(equipment.rules, self.collector, self._alarms.add)
        inquiries = Inquiries(
            self.collector,
            self._historian,
            self._alarms,
            self._commands,
            self._audit,
            clock,
            self,
            lambda: self._desk.catalogue,
            equipment.uplink,
        )
        self._desk.join(devices, inquiries)
        self._grown, self._alarms_due_ns = True, 0
        self._sources_changed = False
        self.collector.on_channels = self._channels_grew
        self.collector.on_state = self._state_changed
        self._channels_grew()
        self._declare(clock.now_ns())
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
        for one in (self._zap.socket, self._router, self.mailbox.socket):
            poller.register(one, zmq.POLLIN)
        if self._historian is not None:
            self._historian.start()
        if self._uplink is not None:
            self._uplink.start()
        self.collector.start(self._clock.now_ns())
        ready()
        next_tick_s = next_beat_s = time.monotonic()
        while not self._stopping:
            waiting_s = min(next_tick_s, next_beat_s) - time.monotonic()
            events = dict(poller.poll(max(0, math.ceil(1e3 * waiting_s))))
            self._serve(events)
            self.mailbox.empty()
            now_s = time.monotonic()
            if now_s >= next_tick_s:
                self._tick(self._clock.now_ns())
                next_tick_s = max(next_tick_s + self._tick_s, now_s)
            if now_s >= next_beat_s:
                self._beat()
                next_beat_s = max(next_beat_s + wire.HEARTBEAT_S, now_s)

    def stop(self) -> None:
        """Let `run` return soon. Any thread, or a signal handler."""
        self._stopping = True
        self.mailbox.wake()

    def refresh(self) -> None:
        """Read the enrolments again now. Any thread, or a signal handler."""
        self.mailbox.post(self._desk.beat)

    def close(self) -> None:
        """Take leave of the peers, write what waits, and free everything."""
        self._desk.close()
        self.collector.close()
        if self._historian is not None:
            self._historian.close()
        self._alarms.close()
        self._background.close()
        self._commands.close()
        self._router.close(linger=200)
        self._zap.close()
        self._context.term()
        self._audit.close()
        self.mailbox.close()

    def send(self, route: bytes, message: wire.FromGateway) -> bool:
        """To one peer, at once or not at all (the desks' outlet)."""
        return self.send_frame(route, wire.encode(message))

    def send_frame(self, route: bytes, frame: bytes) -> bool:
        """The same with a message that is encoded already."""
        try:
            self._router.send_multipart([route, frame], zmq.NOBLOCK)
        except zmq.ZMQError as error:
            if error.errno in (zmq.EAGAIN, zmq.EHOSTUNREACH):
                return False
            raise
        return True

    def _own_historian(self, equipment: Equipment) -> Historian | None:
        if equipment.history is None:
            return None
        return Historian(
            equipment.history,
            self.mailbox,
            self._clock,
            name=self._name,
            epoch=self._epoch,
            every_s=equipment.every_s,
            tidy=equipment.tidy,
            forward=equipment.uplink,
        )

    def _tick(self, now_ns: int) -> None:
        tick = self._rules.step(self.collector.tick(now_ns), now_ns)
        if self._historian is not None:
            self._historian.keep(tick.own, now_ns)
        if self._grown:
            self._grown = False
            self._desk.tell_catalogue()
        self._watch(tick.all, now_ns)
        self._desk.publish(tick.all)

    def _watch(self, columns: Columns, now_ns: int) -> None:
        """Let the alarms see a tick; a catalogue that grows is taken up once a second at most."""
        if self._alarms_due_ns and now_ns >= self._alarms_due_ns:
            try:
                self._declare(now_ns)
            except UserMistake as mistake:
                _logger.error("the larger catalogue can't be taken up by rules or alarms: %s", mistake)
        self._alarms.step(below(columns, self._alarms.channels), now_ns)

    def _declare(self, now_ns: int) -> None:
        """The catalogue as it is now, for rules and alarms. Raises UserMistake."""
        self._alarms_due_ns = 0
        self._rules.declare()
        self._alarms_due_ns = 0
        self._alarms.declare([one.id for one in self.collector.channels], now_ns)

    def _beat(self) -> None:
        self._desk.beat()
        self._audit.beat()
        if self._uplink is not None and self._uplink.hub_lost(self._clock.now_ns()):
            self._commands.hub_lost()
        self._commands.beat(self._clock.now_ns())
        if self._sources_changed:
            self._sources_changed = False
            self._desk.tell_sources()
        for fed in self.collector.fed:
            gaps, fed.state.gaps = fed.state.gaps, []
            if fed.keeps:
                for gap in gaps:
                    self._missing(fed.state, gap)
            if isinstance(fed.source, WaveformSource):
                for wave in fed.source.take_waveforms():
                    self._keep_event("waveform", wave.trigger_ns, wave_note(fed.state.name, fed.source, wave))

    def _missing(self, state: SourceState, gap: SourceGap) -> None:
        _logger.warning("%s: %d samples are missing: %s", state.name, gap.samples, gap.cause)
        if self._historian is not None:
            self._historian.missing(Gap(state.name, self._epoch, 0, 0, gap.t0_ns, gap.t1_ns, gap.cause))

    def _channels_grew(self) -> None:
        self._grown = True
        self._alarms_due_ns = self._alarms_due_ns or self._clock.now_ns() + _SOON_NS
        if self._historian is not None:
            self._historian.declare(self.collector.channels)

    def _state_changed(self, state: SourceState) -> None:
        self._sources_changed = True
        _logger.info("the source %s is %s: %s", state.name, state.state, state.sentence)

    def _keep_event(self, kind: str, t_ns: int, payload: bytes) -> None:
        if self._historian is not None:
            self._historian.note(kind, t_ns, payload)

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
        frame = frames[1].buffer if len(frames) == 2 else b""
        route = frames[0].bytes
        try:
            self._desk.receive(route, person, frame)
        except Exception:
            _logger.exception("a message could not be taken, and who sent it is cut off")
            self._desk.drop(route)
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
    return router
