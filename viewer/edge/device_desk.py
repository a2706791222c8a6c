"""The desk for devices: each batch is checked for who sends it and taken once, in order; acknowledged when it is on the disk."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from viewer.access.roles import may
from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.edge.background import Background, write_durably
from viewer.edge.batches import check_rights, columns_of, over_catalogue, wave_note
from viewer.edge.collector import Collector
from viewer.edge.device_sessions import DeviceSession, KnownDevice
from viewer.edge.devices import DeviceConfig, DeviceSource
from viewer.edge.historian import Historian
from viewer.edge.session import Outlet
from viewer.edge.source import SourceGap
from viewer.edge.witness import Witness
from viewer.history.records import Batch, Gap
from viewer.history.store import History
from viewer.live import device_words as words
from viewer.live import wire
from viewer.live.keys import Enrolled
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns

_logger = logging.getLogger(__name__)
_MOST_DEVICES = 4_000
_SILENT_NS = 5_000_000_000
_SAID_AGAIN_NS = 200_000_000
_CLOCK_WRONG_MS = 2_000.0


class DeviceDesk:
    """On the gateway's loop. Nothing that a device sends makes its methods raise."""

    def __init__(
        self,
        name: str,
        configs: Sequence[DeviceConfig],
        collector: Collector,
        historian: Historian | None,
        audit: Witness,
        clock: Clock,
        outlet: Outlet,
        background: Background,
        memory: Path,
    ) -> None:
        """`memory` is the file that keeps which channels devices have, so that they are there before the devices are back."""
        self._background, self._memory = background, memory
        self._name, self._configs = name, tuple(configs)
        self._collector, self._historian = collector, historian
        self._audit, self._clock, self._outlet = audit, clock, outlet
        self._known: dict[str, KnownDevice] = {}
        self._sessions: dict[bytes, DeviceSession] = {}
        self._remembered()

    def owns(self, route: bytes) -> bool:
        """Whether a device speaks on this route."""
        return route in self._sessions

    def receive(self, route: bytes, person: Enrolled, message: wire.FromPeer) -> None:
        """Take one message of an enrolled key."""
        session = self._sessions.get(route)
        if isinstance(message, words.DeviceHello):
            self._hello(route, person, message)
            return
        if session is None or session.person != person:
            self._audit.count("device refused", person.user, user=person.user, why="no hello before")
            self._outlet.send(route, wire.Error(0, "say device_hello first"))
            return
        session.heard_ns = self._clock.now_ns()
        match message:
            case words.DeviceCatalogue():
                self._page(session, message)
            case words.Batch():
                self._batch(session, message)
            case words.Lost():
                self._lost(session, message)
            case wire.Ping(t_ns=t_ns):
                session.clock_ms = (session.heard_ns - t_ns) / 1e6
                self._outlet.send(route, wire.Pong(t_ns, session.heard_ns))
                self._live(session)
            case wire.Goodbye(reason=reason):
                self._gone(session, reason or "the device took its leave")
            case _:
                self._refuse(session, "a device sends batches and asks nothing")

    def malformed(self, route: bytes, person: Enrolled, error: Exception) -> None:
        """Bytes that are no message; a hundred of them end the connection."""
        session = self._sessions[route]
        session.malformed += 1
        self._audit.count("malformed", person.user, user=person.user, why=str(error)[:300])
        if session.malformed > 100:
            self.cut(route, "it sends what is no message")

    def beat(self) -> None:
        """Every HEARTBEAT_S: forget those of which nothing was heard."""
        t_ns = self._clock.now_ns()
        for session in list(self._sessions.values()):
            if abs(t_ns - session.heard_ns) > _SILENT_NS:
                self._gone(session, "nothing was heard of it for 5 s")

    def sessions(self) -> list[tuple[bytes, Enrolled]]:
        """Route and identity of each."""
        return [(one.route, one.person) for one in self._sessions.values()]

    def cut(self, route: bytes, reason: str) -> None:
        """End a device's connection: it was revoked, or misbehaves."""
        session = self._sessions.get(route)
        if session is not None:
            self._audit.count("cut off", session.person.user, user=session.person.user, why=reason)
            self._outlet.send(route, wire.Goodbye(reason))
            self._gone(session, reason)

    def close(self) -> None:
        """Take leave of all devices."""
        for session in list(self._sessions.values()):
            self._outlet.send(session.route, wire.Goodbye("the gateway stops"))
        self._sessions.clear()

    def _hello(self, route: bytes, person: Enrolled, hello: words.DeviceHello) -> None:
        config = next((one for one in self._configs if one.admits(person.user)), None)
        refusal = ""
        if hello.protocol != wire.PROTOCOL:
            refusal = f"this gateway speaks protocol {wire.PROTOCOL}, the device {hello.protocol}: update the older one"
        elif not may(person.role, "send_samples"):
            refusal = f"samples are sent by devices and gateways; this key is enrolled as {person.role}"
        elif config is None or self._historian is None:
            refusal = f"no [[source]] of kind device lets {person.user} in: add one to the gateway's configuration"
        elif not hello.epoch or hello.first < 1:
            refusal = "a device's hello names its epoch, and its first number from 1"
        elif len(self._sessions) >= _MOST_DEVICES:
            refusal = f"the gateway has {_MOST_DEVICES} devices, its limit"
        if refusal or config is None:
            self._audit.count("device refused", person.user, user=person.user, why=refusal)
            self._outlet.send(route, wire.Error(0, refusal))
            return
        for other in [one for one in self._sessions.values() if one.person.user == person.user]:
            if other.route != route:
                self._outlet.send(other.route, wire.Goodbye("the same device has come again"))
            self._sessions.pop(other.route, None)
        session = DeviceSession(route, person, config, hello, self._clock.now_ns())
        session.clock_ms = (session.heard_ns - hello.t_ns) / 1e6
        self._sessions[route] = session
        if hello.channels == 0:
            self._complete(session)

    def _page(self, session: DeviceSession, page: words.DeviceCatalogue) -> None:
        if session.welcomed or page.first != len(session.channels):
            self._refuse(session, "a page of channels that was not expected")
            return
        session.channels += page.channels
        if len(session.channels) >= session.hello.channels:
            self._complete(session)

    def _complete(self, session: DeviceSession) -> None:
        """All channels are told: take them up, and find out where this device's numbers stand."""
        user = session.person.user
        known = self._known.get(user) or KnownDevice(DeviceSource(user, session.config))
        try:
            if len(session.channels) != session.hello.channels:
                raise UserMistake(f"{session.hello.channels} channels announced, {len(session.channels)} told")
            known.source.declare(session.channels)
            check_rights(session.person, known.source)
            if known.fed is None:
                known.fed = self._collector.add(known.source, user, "device", keeps=False)
            else:
                self._collector.grow(known.fed)
        except UserMistake as mistake:
            self._audit.count("device refused", user, user=user, why=str(mistake))
            self._outlet.send(session.route, wire.Error(0, str(mistake)))
            self._sessions.pop(session.route, None)
            return
        self._known[user] = known
        self._remember()
        epoch = session.hello.epoch
        if epoch in known.accepted:
            self._welcome(session, known.accepted[epoch])
            return
        assert self._historian is not None
        asked = self._historian.ask(partial(_last_sequence, device=user, epoch=epoch), partial(self._found, session))
        if not asked:
            self._outlet.send(session.route, wire.Error(0, "the gateway is busy: come again"))
            self._sessions.pop(session.route, None)

    def _remember(self) -> None:
        data = msgspec.msgpack.encode({user: known.source.own for user, known in self._known.items()})
        self._background.do("device memory", lambda: write_durably(self._memory, data))

    def _remembered(self) -> None:
        """Channels of devices that were here before the gateway's last end; those that are let in no longer are left out."""
        if not self._memory.exists():
            return
        try:
            kept = msgspec.msgpack.decode(self._memory.read_bytes(), type=dict[str, tuple[ChannelInfo, ...]])
            for user, channels in kept.items():
                config = next((one for one in self._configs if one.admits(user)), None)
                if config is not None:
                    known = KnownDevice(DeviceSource(user, config))
                    known.source.declare(channels)
                    known.fed = self._collector.add(known.source, user, "device", keeps=False)
                    self._known[user] = known
        except (OSError, msgspec.MsgspecError, ValueError, UserMistake) as error:
            _logger.error("what was known of devices can't be used, they tell it anew (%s): %s", error, self._memory)

    def _found(self, session: DeviceSession, answer: int | Exception) -> None:
        """The history has said how far this epoch had come."""
        if self._sessions.get(session.route) is not session:
            return
        if isinstance(answer, Exception):
            self._outlet.send(session.route, wire.Error(0, f"the history can't be read: {answer}"))
            self._sessions.pop(session.route, None)
            return
        known = self._known[session.person.user]
        known.durable[session.hello.epoch] = max(answer, known.durable.get(session.hello.epoch, 0))
        self._welcome(session, max(answer, known.accepted.get(session.hello.epoch, 0)))

    def _welcome(self, session: DeviceSession, accepted: int) -> None:
        known, hello = self._known[session.person.user], session.hello
        if hello.first > accepted + 1:
            t_ns = self._clock.now_ns()
            cause = "the device has forgotten them, and the history has them no longer"
            self._record(session, accepted + 1, hello.first - 1, t_ns, t_ns, cause)
            accepted = hello.first - 1
        known.accepted[hello.epoch] = accepted
        session.welcomed = True
        self._outlet.send(
            session.route,
            words.DeviceWelcome(
                protocol=wire.PROTOCOL,
                gateway=self._name,
                epoch=hello.epoch,
                sequence=known.durable.get(hello.epoch, 0) if accepted != hello.first - 1 else accepted,
                window=wire.BATCH_WINDOW,
                echo_ns=hello.t_ns,
                t_ns=self._clock.now_ns(),
            ),
        )
        self._live(session)

    def _batch(self, session: DeviceSession, batch: words.Batch) -> None:
        if not session.welcomed or batch.epoch != session.hello.epoch:
            self._refuse(session, "a batch of another epoch than the hello's, or before the welcome")
            return
        known = self._known[session.person.user]
        accepted = known.accepted[batch.epoch]
        if batch.sequence <= accepted:
            self._audit.count("batch again", session.person.user, epoch=batch.epoch, sequence=batch.sequence)
            self._acknowledge(session)  # it came twice: what it does not know yet it is told
            return
        if batch.sequence > accepted + 1:
            self._audit.count("batch out of order", session.person.user, epoch=batch.epoch, sequence=batch.sequence)
            self._again(session)
            return
        try:
            columns = columns_of(batch, len(known.source.own))
        except wire.WireError as error:
            self.malformed(session.route, session.person, error)
            return
        self._take(session, known, batch, columns)

    def _take(self, session: DeviceSession, known: KnownDevice, batch: words.Batch, columns: Columns) -> None:
        assert self._historian is not None and known.fed is not None
        device, epoch, sequence = session.person.user, batch.epoch, batch.sequence
        scaled = known.source.scaled(columns)
        kept = over_catalogue(scaled, known.fed)
        done = partial(self._durable, device, epoch, sequence)
        if not self._historian.accept(Batch(device, epoch, sequence, kept), done):
            self._again(session)
            return
        known.accepted[epoch] = sequence
        known.source.take(scaled, batch.complete_ns)
        for wave in batch.waveforms:
            self._historian.note("waveform", wave.trigger_ns, wave_note(device, known.source, wave))
        self._live(session)

    def _lost(self, session: DeviceSession, lost: words.Lost) -> None:
        known = self._known.get(session.person.user)
        good = session.welcomed and lost.epoch == session.hello.epoch and lost.first <= lost.last
        if known is None or not good or lost.first > known.accepted[lost.epoch] + 1:
            self._again(session)
            return
        first = known.accepted[lost.epoch] + 1
        if lost.last < first:
            return
        self._record(session, first, lost.last, lost.t0_ns, lost.t1_ns, lost.cause)
        known.accepted[lost.epoch] = lost.last

    def _record(self, session: DeviceSession, first: int, last: int, t0_ns: int, t1_ns: int, cause: str) -> None:
        """A gap that is known: it goes into history, and into what people see of this device."""
        assert self._historian is not None
        device, epoch = session.person.user, session.hello.epoch
        self._historian.missing(Gap(device, epoch, first, last, t0_ns, t1_ns, cause), partial(self._durable, device, epoch, last))
        known = self._known[device]
        known.source.lost(SourceGap(0, t0_ns, t1_ns, cause))
        _logger.warning("%s: batches %d to %d are missing: %s", device, first, last, cause)

    def _durable(self, device: str, epoch: str, sequence: int) -> None:
        """A batch is on the disk."""
        known = self._known[device]
        known.durable[epoch] = max(sequence, known.durable.get(epoch, 0))
        for session in self._sessions.values():
            if session.person.user == device and session.welcomed and session.hello.epoch == epoch:
                self._acknowledge(session)

    def _acknowledge(self, session: DeviceSession, *, again: bool = False) -> None:
        durable = self._known[session.person.user].durable.get(session.hello.epoch, 0)
        self._outlet.send(session.route, words.Ack(session.hello.epoch, durable, again))

    def _again(self, session: DeviceSession) -> None:
        """Ask the device to go back; not for each of the batches that follow the missing one."""
        t_ns = self._clock.now_ns()
        if session.welcomed and abs(t_ns - session.said_again_ns) >= _SAID_AGAIN_NS:
            session.said_again_ns = t_ns
            self._acknowledge(session, again=True)

    def _live(self, session: DeviceSession) -> None:
        known = self._known.get(session.person.user)
        if known is None or not session.welcomed:
            return
        wrong = abs(session.clock_ms) > _CLOCK_WRONG_MS
        sentence = f"live; its clock differs by {session.clock_ms / 1e3:.1f} s: set it" if wrong else "live"
        known.source.told("live", sentence)

    def _gone(self, session: DeviceSession, reason: str) -> None:
        self._sessions.pop(session.route, None)
        known = self._known.get(session.person.user)
        if known is not None:
            known.source.told("down", reason)

    def _refuse(self, session: DeviceSession, sentence: str) -> None:
        session.malformed += 1
        self._audit.count("device refused", session.person.user, user=session.person.user, why=sentence)
        self._outlet.send(session.route, wire.Error(0, sentence))
        self._gone(session, sentence)


def _last_sequence(history: History, *, device: str, epoch: str) -> int:
    return history.progress(device, epoch)
