"""Whatever a peer sends, the desks answer or drop it: nothing raises, nothing foreign is kept, all is audited within bounds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zmq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.access.audit import AuditChain
from viewer.access.roles import ROLES
from viewer.alarms.causes import Upstream
from viewer.base.clock import ManualClock
from viewer.edge.alarm_desk import AlarmDesk
from viewer.edge.background import Background
from viewer.edge.collector import Collector
from viewer.edge.command_desk import CommandDesk
from viewer.edge.desk import Desk
from viewer.edge.device_desk import DeviceDesk
from viewer.edge.devices import DeviceConfig
from viewer.edge.historian import Historian
from viewer.edge.inquiries import Inquiries
from viewer.edge.mailbox import Mailbox
from viewer.edge.registry import Registry
from viewer.edge.witness import Witness
from viewer.history.store import History
from viewer.live import device_words as words
from viewer.live import keys, wire
from viewer.live.columns import pack
from viewer.live.keys import Enrolled
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import in_runs

T0 = 1_700_000_000_000_000_000


class Office:
    """All desks of a gateway, without sockets; what they send is decoded as a peer would."""

    def __init__(self, folder: Path) -> None:
        clock = ManualClock(T0)
        self.history_folder = folder / "history"
        self.sent: list[tuple[bytes, wire.FromGateway]] = []
        self.closed = False
        self.people: dict[str, Enrolled] = {}
        self.mailbox = Mailbox()
        self.background = Background(self.mailbox)
        self.history = History(self.history_folder, clock, ballast_bytes=1 << 16)
        self.historian = Historian(self.history, self.mailbox, clock, name="g", epoch="e")
        self.historian.start()
        self.collector = Collector([], print)
        self.collector.on_channels = lambda: self.historian.declare(self.collector.channels)
        self.audit = Witness(AuditChain(folder / "audit.jsonl", clock))
        self.registry = Registry()
        self.desk = Desk("g", "e", self.collector, self.registry, self.audit, clock, self)
        alarms = AlarmDesk(
            (),
            upstream=Upstream(),
            clock=clock,
            memory=folder / "a",
            background=self.background,
            keep=self.historian.note,
            events=print,
        )
        alarms.declare([], T0)
        devices = DeviceDesk(
            "g", [DeviceConfig()], self.collector, self.historian, self.audit, clock, self, self.background, folder / "d"
        )
        commands = CommandDesk(None, self.collector)
        inquiries = Inquiries(
            self.collector, self.historian, alarms, commands, self.audit, clock, self, lambda: self.desk.catalogue
        )
        self.desk.join(devices, inquiries)
        self.collector.start(T0)

    def send(self, route: bytes, message: wire.FromGateway) -> bool:
        return self.send_frame(route, wire.encode(message))

    def send_frame(self, route: bytes, frame: bytes) -> bool:
        self.sent.append((route, wire.decode_from_gateway(frame)))
        return True

    def person(self, name: str, role: str, *channels: str) -> Enrolled:
        public = zmq.curve_keypair()[0].decode()
        one = keys.enrol(name, public, role, channels=channels)
        self.registry.refresh()
        return one

    def registry_person(self, role: str) -> Enrolled:
        """Somebody of that role, enrolled once."""
        if role not in self.people:
            self.people[role] = self.person(f"the-{role}", role, "a.*")
        return self.people[role]

    def turn(self) -> None:
        """As the loop does: what other threads have answered, then a tick."""
        self.mailbox.empty()
        tick = self.collector.tick(T0 + 1)
        self.desk.tell_catalogue()
        self.desk.publish(tick.all)
        self.desk.beat()

    def until(self, wanted: Callable[[wire.FromGateway], bool], times: int = 1) -> None:
        """Turn until so many such messages were sent."""
        poller = zmq.Poller()
        poller.register(self.mailbox.socket, zmq.POLLIN)
        for _ in range(100):
            if sum(wanted(message) for _, message in self.sent) >= times:
                return
            poller.poll(100)
            self.turn()
        raise AssertionError(f"it was never sent: {self.sent}")

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.desk.close()
        self.historian.close()
        self.background.close()
        self.audit.close()
        self.mailbox.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    one = Office(tmp_path)
    yield one
    one.close()


def batch(sequence: int, channel: int = 0, epoch: str = "x", value: float = 1.0) -> words.Batch:
    columns = in_runs(np.array([channel]), np.array([T0 + sequence]), np.array([value]), np.zeros(1, np.uint8))
    return words.Batch(epoch, sequence, T0, pack(columns))


def wave(**wrong: Any) -> words.Waveform:
    good: dict[str, Any] = {"channel": 0, "trigger_ns": T0, "t0_ns": T0, "step_ns": 1.0, "values": memoryview(bytes(16))}
    return words.Waveform(**{**good, **wrong})


def hello(office: Office, route: bytes, person: Enrolled, *ids: str) -> None:
    office.desk.receive(route, person, wire.encode(words.DeviceHello(wire.PROTOCOL, T0, "", "x", 1, len(ids))))
    office.desk.receive(route, person, wire.encode(words.DeviceCatalogue(0, [ChannelInfo(one) for one in ids])))


def test_that_forged_replayed_and_foreign_batches_are_not_kept(office: Office) -> None:
    a, b = office.person("a", "device", "a.*"), office.person("b", "device", "b.*")
    hello(office, b"A", a, "a.x")
    hello(office, b"B", b, "b.x")
    office.until(lambda message: isinstance(message, words.DeviceWelcome), times=2)
    office.desk.receive(b"A", a, wire.encode(batch(1)))
    forged = [
        (b"A", b, batch(2, value=9.0)),  # B's key on A's route
        (b"B", b, batch(1, channel=1, value=9.0)),  # a channel it does not have
        (b"B", b, batch(1, epoch="y", value=9.0)),  # another epoch than its own
        (b"C", a, batch(2, value=9.0)),  # no hello on this route
        (b"A", a, batch(1, value=9.0)),  # replayed
        (b"A", a, batch(7, value=9.0)),  # out of turn
        (b"A", a, msgspec.structs.replace(batch(2), waveforms=[wave(step_ns=float("nan"))])),
        (b"A", a, msgspec.structs.replace(batch(2), waveforms=[wave(channel=4)])),
        (b"A", a, msgspec.structs.replace(batch(2), waveforms=[wave(t0_ns=1 << 62)])),
        (b"A", a, msgspec.structs.replace(batch(2), waveforms=[wave(values=memoryview(b"1234567"))])),
        (b"A", None, batch(2, value=9.0)),  # revoked meanwhile
    ]
    for route, person, message in forged:
        office.desk.receive(route, person, wire.encode(message))
    office.until(lambda message: isinstance(message, words.Ack))
    office.close()
    with History(office.history_folder, ManualClock(T0)) as history:
        assert history.range("a.x", 0, 1 << 62)[1].tolist() == [1.0]
        assert history.range("b.x", 0, 1 << 62)[1].tolist() == []


def test_that_who_subscribes_while_a_device_brings_new_channels_gets_them_with_the_next_catalogue(office: Office) -> None:
    anna, a = office.person("anna", "engineer"), office.person("a", "device", "a.*")
    office.desk.receive(b"V", anna, wire.encode(wire.Hello(wire.PROTOCOL, T0)))
    hello(office, b"A", a, "a.x")
    office.desk.receive(b"V", anna, wire.encode(wire.Subscribe(["*"])))
    office.desk.receive(b"V", anna, wire.encode(wire.LatestRequest(1, ["*"])))
    told = [message for route, message in office.sent if route == b"V" and isinstance(message, wire.Catalogue)]
    assert [len(one.channels) for one in told] == [0]
    office.turn()
    told = [message for route, message in office.sent if route == b"V" and isinstance(message, wire.Catalogue)]
    assert [[info.id for info in one.channels] for one in told] == [[], ["a.x"]] and told[0].catalogue != told[1].catalogue


SCALAR = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9) | st.binary(max_size=24)
ODD = SCALAR | st.lists(SCALAR, max_size=3) | st.dictionaries(st.text(max_size=3), SCALAR, max_size=3)
TAGS = {one.__struct_config__.tag: one for one in wire.FromPeer.__args__}
GOOD: dict[str, Any] = {
    "protocol": wire.PROTOCOL, "t_ns": T0, "globs": ["*"], "request": 1, "action": "inject", "name": "x", "parameters": {},
    "catalogue": "x", "channels": b"", "channel": "a.x", "t0_ns": 0, "t1_ns": T0, "skip": 0, "buckets": 5, "what": "events",
    "first": 1, "last": 2, "most": 5, "envelope": b"", "epoch": "x", "program": "", "sequence": 1, "complete_ns": 1, "cause": "",
    "samples": {"t0_ns": T0, "channels": b"", "counts": b"", "times": b"", "values": b"", "quality": b""}, "waveforms": [],
}  # fmt: skip


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    tag = draw(st.sampled_from(sorted(TAGS)))
    fields = {name: GOOD.get(name, "") for name in TAGS[tag].__struct_fields__}
    if tag == "device_hello":
        fields["channels"] = draw(st.integers(0, 2))
    if tag == "device_catalogue":
        fields |= {"first": draw(st.integers(0, 1)), "channels": [{"id": draw(st.sampled_from(["a.x", "b.x", "a.y"]))}]}
    wrong = draw(st.dictionaries(st.sampled_from(sorted(fields) or ["x"]), ODD, max_size=2))
    frame = msgspec.msgpack.encode({"type": tag, **fields, **wrong})
    return frame[: draw(st.integers(0, len(frame)))] if draw(st.integers(0, 9)) == 0 else frame


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from([b"1", b"2"]), messages()), max_size=40))
def test_that_nothing_any_peer_says_makes_the_desks_raise(office: Office, frames: list[tuple[str, bytes, bytes]]) -> None:
    people = {role: office.registry_person(role) for role in ROLES}
    for role, route, frame in frames:
        office.desk.receive(route, people[role], frame)
        office.turn()
    office.desk.receive(b"1", None, b"")
    office.desk.receive(b"2", None, b"")
    office.sent.clear()
