"""The gateway's desk: it answers what peers say, each checked for who says it, and keeps the sessions of viewers."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence

import msgspec
import numpy as np

from viewer.access.roles import may
from viewer.alarms.words import AlarmEvent
from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.edge.collector import Collector
from viewer.edge.device_desk import DeviceDesk
from viewer.edge.inquiries import Inquiries, sources
from viewer.edge.registry import Registry
from viewer.edge.session import Outlet, Session, matching_mask
from viewer.edge.witness import Witness
from viewer.live import device_words, past_words, wire
from viewer.live.columns import pack
from viewer.live.keys import Enrolled
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns

_logger = logging.getLogger(__name__)
_FORGOTTEN_NS = 30_000_000_000
_MOST_SESSIONS = 256
_MOST_MALFORMED = 100


class Desk:
    """On the gateway's thread. Nothing a peer sends makes its methods raise."""

    def __init__(
        self,
        name: str,
        epoch: str,
        collector: Collector,
        registry: Registry,
        audit: Witness,
        clock: Clock,
        outlet: Outlet,
    ) -> None:
        self._name = name
        self._collector = collector
        self._registry = registry
        self._audit = audit
        self._clock = clock
        self._outlet = outlet
        self._ids = [info.id for info in collector.channels]
        self._epoch = epoch
        self.catalogue = catalogue_hash(collector.channels)
        """The hash of the catalogue that viewers were told of last."""
        self._sessions: dict[bytes, Session] = {}
        self._globs: dict[bytes, list[str]] = {}
        self._devices: DeviceDesk | None = None
        self._inquiries: Inquiries | None = None

    def join(self, devices: DeviceDesk, inquiries: Inquiries) -> None:
        """The desks beside it, which take what is theirs."""
        self._devices, self._inquiries = devices, inquiries

    def receive(self, route: bytes, person: Enrolled | None, frame: bytes | memoryview) -> None:
        """Take one message of a peer whose key is `person`'s (None: no longer enrolled)."""
        if person is None:
            self._audit.count("refused", "", why="a key that is not enrolled, or no longer")
            self._cut(route)
            return
        try:
            message = wire.decode_from_peer(frame)
        except wire.WireError as error:
            self._malformed(route, person, error)
            return
        if isinstance(message, wire.FromDevice) or (self._devices is not None and self._devices.owns(route)):
            if self._devices is None:
                self._outlet.send(route, wire.Error(0, "this gateway takes no devices"))
            else:
                self._devices.receive(route, person, message)
        elif isinstance(message, wire.Hello):
            self._hello(route, person, message)
        else:
            self._known(route, person, message)

    def publish(self, columns: Columns) -> None:
        """Send a tick's samples to everybody who wants some of them."""
        t_ns = self._clock.now_ns()
        for session in self._sessions.values():
            session.publish(columns, self._outlet, t_ns)

    def beat(self) -> None:
        """Every HEARTBEAT_S: heartbeats, and an end for those who were revoked or have not been heard of for long."""
        self._registry.refresh()
        t_ns = self._clock.now_ns()
        for route, session in list(self._sessions.items()):
            if not self._registry.admits(session.person):
                self._cut(route)
            elif abs(t_ns - session.heard_ns) > _FORGOTTEN_NS:
                self._forget(route)
            else:
                session.beat(self._outlet, t_ns)
        if self._devices is not None:
            for route, person in self._devices.sessions():
                if not self._registry.admits(person):
                    self._devices.cut(route, "this key is no longer admitted")
            self._devices.beat()

    def tell_catalogue(self) -> None:
        """The catalogue has grown: tell everybody."""
        self._ids = [info.id for info in self._collector.channels]
        self.catalogue = catalogue_hash(self._collector.channels)
        for route, session in self._sessions.items():
            self._send_catalogue(route)
            if session.wanted is not None:
                before = len(session.wanted)
                session.wanted = matching_mask(self._ids, self._globs.get(route, []))
                new = session.wanted.copy()
                new[:before] = False
                session.publish(self._collector.latest(new), self._outlet, self._clock.now_ns())

    def tell_sources(self) -> None:
        """A source's state has changed: tell everybody."""
        told = sources(self._collector)
        for first in range(0, len(told), wire.CATALOGUE_PAGE):
            page = told[first : first + wire.CATALOGUE_PAGE]
            for route in self._sessions:
                self._outlet.send(route, past_words.Sources(0, first + len(page) == len(told), page))

    def tell_alarms(self, events: Sequence[AlarmEvent]) -> None:
        """Something happened to alarms: tell everybody who may read."""
        items = [msgspec.msgpack.encode(one) for one in events]
        for first in range(0, len(items), 500):
            for route in self._sessions:
                self._outlet.send(route, past_words.Alarms(0, "events", True, items[first : first + 500]))

    def tell(self, sentence: str) -> None:
        """Tell every viewer something that concerns it though it did not ask."""
        for route in self._sessions:
            self._outlet.send(route, wire.Error(0, sentence[:2000]))

    def close(self) -> None:
        """Take leave of everybody."""
        for route in self._sessions:
            self._outlet.send(route, wire.Goodbye("the gateway stops"))
        self._sessions = {}
        if self._devices is not None:
            self._devices.close()

    def _hello(self, route: bytes, person: Enrolled, hello: wire.Hello) -> None:
        if hello.protocol != wire.PROTOCOL:
            sentence = f"this gateway speaks protocol {wire.PROTOCOL}, the viewer {hello.protocol}: update the older one"
            self._outlet.send(route, wire.Error(0, sentence))
            return
        if not may(person.role, "read_values"):
            self._outlet.send(route, wire.Error(0, f"the role {person.role} reads no values"))
            return
        session = self._resumed(route, person, hello.resume)
        resumed = session is not None
        if session is None:
            if len(self._sessions) >= _MOST_SESSIONS:
                self._outlet.send(route, wire.Error(0, f"the gateway has {_MOST_SESSIONS} viewers, its limit: close one"))
                return
            session = self._sessions[route] = Session(route, person, self._clock.now_ns())
        self._welcome(session, hello, resumed=resumed)

    def _resumed(self, route: bytes, person: Enrolled, token: str) -> Session | None:
        """The session that this person's connection had before it broke, moved to its new route."""
        for old, session in self._sessions.items():
            if token and secrets.compare_digest(session.token.encode(), token.encode()) and session.person == person:
                self._globs[route] = self._globs.pop(old, [])
                del self._sessions[old]
                session.route, session.heard_ns = route, self._clock.now_ns()
                self._sessions[route] = session
                return session
        return None

    def _welcome(self, session: Session, hello: wire.Hello, *, resumed: bool) -> None:
        self._outlet.send(
            session.route,
            wire.Welcome(
                protocol=wire.PROTOCOL,
                gateway=self._name,
                epoch=self._epoch,
                session=session.token,
                resumed=resumed,
                role=session.person.role,
                catalogue=self.catalogue,
                echo_ns=hello.t_ns,
                t_ns=self._clock.now_ns(),
            ),
        )
        if hello.catalogue != self.catalogue:
            self._send_catalogue(session.route)

    def _send_catalogue(self, route: bytes) -> None:
        channels = list(self._collector.channels[: len(self._ids)])  # those that the hash is of
        for first in range(0, max(len(channels), 1), wire.CATALOGUE_PAGE):
            page = channels[first : first + wire.CATALOGUE_PAGE]
            self._outlet.send(route, wire.Catalogue(self.catalogue, first, len(channels), page))

    def _known(self, route: bytes, person: Enrolled, message: wire.FromPeer) -> None:
        session = self._sessions.get(route)
        if session is None or session.person != person:
            self._outlet.send(route, wire.Error(0, "say hello first"))
            return
        session.heard_ns = self._clock.now_ns()
        match message:
            case wire.Subscribe(globs=globs):
                self._subscribe(session, globs)
            case wire.Ping(t_ns=t_ns):
                self._outlet.send(route, wire.Pong(t_ns, session.heard_ns))
            case wire.LatestRequest(request=request, globs=globs):
                self._latest(session, request, globs)
            case wire.FaultRequest():
                self._fault(session, message)
            case wire.Goodbye():
                self._forget(route)
            case wire.Hello() | device_words.DeviceHello() | device_words.DeviceCatalogue():
                pass  # taken by `receive`
            case device_words.Batch() | device_words.Lost():
                pass  # taken by `receive`
            case _:
                if self._inquiries is not None:
                    self._inquiries.answer(session, message)

    def _forget(self, route: bytes) -> None:
        self._sessions.pop(route, None)
        self._globs.pop(route, None)

    def _subscribe(self, session: Session, globs: list[str]) -> None:
        wanted = matching_mask(self._ids, globs)
        self._globs[session.route] = globs
        again = session.wanted is not None and np.array_equal(session.wanted, wanted)
        session.wanted = wanted
        if not again:
            session.publish(self._collector.latest(wanted), self._outlet, self._clock.now_ns())

    def _latest(self, session: Session, request: int, globs: list[str]) -> None:
        columns = self._collector.latest(matching_mask(self._ids, globs))
        if len(columns) > wire.MAX_BLOCK_SAMPLES:
            sentence = f"{len(columns)} channels match, an answer holds {wire.MAX_BLOCK_SAMPLES}: narrow the globs"
            self._outlet.send(session.route, wire.Error(request, sentence))
            return
        self._outlet.send(session.route, wire.Latest(request, pack(columns)))

    def _fault(self, session: Session, asked: wire.FaultRequest) -> None:
        try:
            self._act(session, asked)
        except (UserMistake, OSError) as error:
            self._outlet.send(session.route, wire.Error(asked.request, str(error)))
            return
        self._outlet.send(session.route, wire.Faults(asked.request, self._collector.faults()))

    def _act(self, session: Session, asked: wire.FaultRequest) -> None:
        if asked.action == "list":
            return
        if not may(session.person.role, "inject_fault"):
            raise UserMistake(f"faults are injected by an operator or engineer; this key is enrolled as {session.person.role}")
        self._audit.note(asked.action, user=session.person.user, fault=asked.name, parameters=asked.parameters)
        if asked.action == "inject":
            self._collector.inject(asked.name, asked.parameters)
        else:
            self._collector.clear(asked.name)

    def _malformed(self, route: bytes, person: Enrolled, error: wire.WireError) -> None:
        if self._devices is not None and self._devices.owns(route):
            self._devices.malformed(route, person, error)
            return
        self._audit.count("malformed", person.user, user=person.user, why=str(error)[:300])
        session = self._sessions.get(route)
        if session is None:
            self._outlet.send(route, wire.Error(0, str(error)[:2000]))
            return
        session.malformed += 1
        if session.malformed == 1:
            _logger.warning("%s sends what is no message: %s", person.user, error)
        if session.malformed > _MOST_MALFORMED:
            self._cut(route)

    def drop(self, route: bytes) -> None:
        """End a peer's session: what it sent could not be taken."""
        self._cut(route)

    def _cut(self, route: bytes) -> None:
        if self._devices is not None and self._devices.owns(route):
            self._devices.cut(route, "this key is no longer admitted")
            return
        session = self._sessions.get(route)
        self._forget(route)
        if session is not None:
            self._audit.count("cut off", session.person.user, user=session.person.user, malformed=session.malformed)
            self._outlet.send(route, wire.Goodbye("this key is no longer admitted"))


def catalogue_hash(channels: Sequence[ChannelInfo]) -> str:
    """The same for the same channels in the same order."""
    return hashlib.blake2b(msgspec.msgpack.encode(channels), digest_size=16).hexdigest()
