"""The parts of the gateway by themselves: its configuration, its sources, its sessions."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.edge.audit import Audit
from viewer.edge.collector import Collector
from viewer.edge.config import GatewayConfig, load_config
from viewer.edge.desk import Desk
from viewer.edge.registry import Registry
from viewer.edge.session import Session, matching_mask
from viewer.edge.simulated.kind import SimulatedConfig
from viewer.edge.source import SampleBlock
from viewer.edge.witness import Witness
from viewer.live import wire
from viewer.live.columns import unpack
from viewer.live.keys import Enrolled
from viewer.live.ledger import Ledger
from viewer.twin.catalogue import ChannelInfo, FaultInfo, FaultParameter
from viewer.twin.samples import in_runs

S = 1_000_000_000


class Scripted:
    """A source that says at each step what it was told to say; an exception is raised."""

    def __init__(self, ids: Sequence[str], *steps: SampleBlock | Exception, kind: str = "measurement") -> None:
        self.infos = tuple(ChannelInfo(one, kind=kind, period_s=1.0) for one in ids)
        self.steps = list(steps)
        self.asked: list[tuple[str, dict[str, float]]] = []

    def channels(self) -> tuple[ChannelInfo, ...]:
        return self.infos

    def start(self, t_ns: int) -> None:
        self.started_ns = t_ns

    def step(self, until_ns: int) -> SampleBlock:
        said = self.steps.pop(0) if self.steps else SampleBlock.empty()
        if isinstance(said, Exception):
            raise said
        return said

    def faults(self) -> tuple[FaultInfo, ...]:
        return (FaultInfo(f"{self.infos[0].id}_off", "", parameters=(FaultParameter("delay_s", "s", 0.0, 0.0, 9.0),)),)

    def inject(self, name: str, **parameters: float) -> None:
        self.asked.append((name, parameters))

    def clear(self, name: str) -> None:
        self.asked.append((name, {}))


def said(channel: list[int], t_ns: list[int], values: list[float]) -> SampleBlock:
    return SampleBlock.of(np.array(channel), np.array(t_ns), np.array(values))


def rows(collector: Collector, until_ns: int) -> list[tuple[int, int, float, int]]:
    got = collector.step(until_ns)
    index = np.repeat(got.channels, got.counts).tolist()
    return list(zip(index, got.t_ns.tolist(), got.values.tolist(), got.quality.tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[gateway", "no valid TOML"),
        ("", r"\[gateway\] is missing"),
        ('[gateway]\nname = "a/b"\n', "name is letters"),
        ('[gateway]\nname = "a"\ncolour = 1\n', "unknown key «colour»"),
        ('[gateway]\nname = "a"\nbind = "here"\n[[source]]\nkind="simulated"\n', "bind is like"),
        ('[gateway]\nname = "a"\nscene = "s"\n', "at least one"),
        ('[gateway]\nname = "a"\n[[source]]\nkind = "simulated"\n', "needs gateway.scene"),
        ('[gateway]\nname = "a"\nscene = "s"\n[[source]]\nkind = "psychic"\n', "not «psychic»"),
        ('[gateway]\nname = "a"\nscene = "s"\n[[source]]\nkind = "simulated"\nseed = -1\n', "seed is a whole number"),
        ('[gateway]\nname = "a"\nscene = "s"\n[[source]]\nkind = "simulated"\nspeed = nan\n', "speed is a number above 0"),
        ('[gateway]\nname = "a"\nscene = "s"\n[[source]]\nkind = "simulated"\nspeed = true\n', "speed is a number above 0"),
    ],
)
def test_that_a_wrong_configuration_is_one_sentence_with_its_path(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(text)
    with pytest.raises(UserMistake, match=why) as caught:
        load_config(path)
    assert str(caught.value).endswith(str(path))


def test_that_a_configuration_says_what_its_file_says(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(
        '[gateway]\nname = "hall-2"\nbind = "tcp://*:5000"\nscene = "line"\n[[source]]\nkind = "simulated"\nseed = 7\nspeed = 2\n'
    )
    assert load_config(path) == GatewayConfig(
        "hall-2", tmp_path / "line", "tcp://*:5000", (SimulatedConfig(scene=tmp_path / "line", seed=7, speed=2.0),)
    )
    assert GatewayConfig.for_scene(tmp_path / "line" / "scene.toml", seed=3).name == "line"


def test_that_two_sources_may_not_bring_the_same_channel() -> None:
    with pytest.raises(UserMistake, match="two channels have the id «a»"):
        Collector([lambda: Scripted(["a"]), lambda: Scripted(["b", "a"])], print)


def test_that_samples_of_all_sources_come_together_under_their_own_numbers() -> None:
    first, second = Scripted(["a", "b"], said([1, 0], [1, 2], [10.0, 20.0])), Scripted(["c"], said([0], [3], [30.0]))
    collector = Collector([lambda: first, lambda: second], print)
    collector.start(0)
    assert rows(collector, 5) == [(0, 2, 20.0, 0), (1, 1, 10.0, 0), (2, 3, 30.0, 0)]
    latest = collector.latest(np.array([True, False, True]))
    assert latest.values.tolist() == [20.0, 30.0]


def test_that_a_value_that_is_no_number_is_of_bad_quality_whatever_its_source_says() -> None:
    source = Scripted(["a"], said([0, 0], [1, 2], [np.nan, np.inf]))
    assert [row[3] for row in rows(Collector([lambda: source], print), 5)] == [1, 1]


@pytest.mark.parametrize("wrong", [said([1], [1], [0.0]), RuntimeError("the bus is down"), said([0, 0], [1], [0.0])])
def test_that_a_failing_source_goes_bad_is_told_and_tried_again_while_the_others_go_on(
    wrong: SampleBlock | Exception,
) -> None:
    told: list[str] = []
    made = iter([Scripted(["a"], said([0], [1], [5.0]), wrong), Scripted(["a"], said([0], [9 * S], [6.0]))])
    other = Scripted(["b"], *(said([0], [i + 1], [float(i)]) for i in range(4)))
    collector = Collector([lambda: next(made), lambda: other], told.append)
    collector.start(0)
    assert rows(collector, 1) == [(0, 1, 5.0, 0), (1, 1, 0.0, 0)]
    assert rows(collector, 2) == [(0, 2, 5.0, 1), (1, 2, 1.0, 0)]
    assert len(told) == 1 and "tried again" in told[0]
    assert rows(collector, 3 * S) == [(1, 3, 2.0, 0)]
    assert rows(collector, 9 * S) == [(0, 9 * S, 6.0, 0), (1, 4, 3.0, 0)]


@pytest.mark.parametrize(("kind", "repeated"), [("state", True), ("counter", True), ("measurement", False), ("position", False)])
def test_that_only_what_is_sent_on_change_is_repeated_each_period(kind: str, repeated: bool) -> None:
    source = Scripted(["a", "unseen"], said([0], [S], [4.0]), kind=kind)
    collector = Collector([lambda: source], print)
    collector.start(0)
    seen = [rows(collector, round(t_s * S)) for t_s in (1.0, 1.5, 2.0, 2.9, 3.0)]
    repeats = [(0, 2 * S, 4.0, 0)], [(0, 3 * S, 4.0, 0)]
    assert seen == [[(0, S, 4.0, 0)], [], repeats[0] if repeated else [], [], repeats[1] if repeated else []]


def test_that_a_fault_goes_to_the_source_that_has_it_within_its_bounds() -> None:
    first, second = Scripted(["a"]), Scripted(["b"])
    collector = Collector([lambda: first, lambda: second], print)
    collector.inject("b_off", {"delay_s": 9.0})
    collector.clear("b_off")
    assert (first.asked, second.asked) == ([], [("b_off", {"delay_s": 9.0}), ("b_off", {})])
    for name, parameters in (("c_off", {}), ("a_off", {"delay_s": 9.1}), ("a_off", {"delay_s": np.nan}), ("a_off", {"x": 1.0})):
        with pytest.raises(UserMistake):
            collector.inject(name, parameters)
    assert first.asked == []


def test_that_globs_choose_channels_as_a_shell_would() -> None:
    ids = ["st010.state", "st010.r1.j1", "st020.r1.j1", "ST010.state"]
    assert matching_mask(ids, ["st010.*"]).tolist() == [True, True, False, False]
    assert matching_mask(ids, ["*.j?", "ST*"]).tolist() == [False, True, True, True]
    assert matching_mask(ids, ["*"]).all() and not matching_mask(ids, []).any()
    assert not matching_mask(["a" * 199], ["*a" * 60 + "b"]).any()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_that_what_a_full_queue_drops_is_what_the_viewer_counts_as_lost(ticks: list[tuple[int, bool]]) -> None:
    """Each tick brings some samples of two channels, of which one is wanted; the queue takes the block or does not."""
    sent: list[bytes] = []

    class Queue:
        taking = True

        def send(self, route: bytes, message: wire.FromGateway) -> bool:
            if self.taking:
                sent.append(wire.encode(message))
            return self.taking

        def send_frame(self, route: bytes, frame: bytes) -> bool:
            raise AssertionError("blocks are sent as messages")

    session = Session(b"r", Enrolled("u", "k", "viewer"), 0, wanted=np.array([True, False]))
    queue = Queue()
    for t_ns, (count, taking) in enumerate(ticks):
        both = said([0] * count + [1] * count, [t_ns] * 2 * count, [0.0] * 2 * count)
        queue.taking = taking
        session.publish(in_runs(both.channel, both.t_ns, both.values, both.quality), queue, t_ns)
    queue.taking = True
    session.beat(queue, 99)
    ledger, got = Ledger(), 0
    for frame in sent:
        match wire.decode_from_gateway(frame):
            case wire.Blocks() as block:
                columns = unpack(block.samples, channels=2)
                ledger.block(block.sequence, block.before, len(columns), 0.0)
                got += len(columns)
            case wire.Heartbeat(sequence=sequence, samples=samples):
                ledger.heartbeat(sequence, samples, 0.0)
    assert got == sum(count for count, took in ticks if took)
    assert ledger.lost_samples == sum(count for count, took in ticks if not took)
    took = [took for count, took in ticks if count]
    assert ledger.gaps == sum(not now and (i == 0 or took[i - 1]) for i, now in enumerate(took))
    assert session.dropped == took.count(False)


FIELDS = {
    "protocol": 1,
    "t_ns": 1,
    "globs": ["*"],
    "request": 1,
    "action": "inject",
    "name": "a_off",
    "parameters": {"delay_s": 1.0},
}
ODD = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=9)
    | st.lists(st.text(max_size=3))
)
MESSAGE = st.builds(
    lambda kind, wrong: msgspec.msgpack.encode({"type": kind, **FIELDS, **wrong}),
    st.sampled_from(["hello", "subscribe", "ping", "latest_request", "fault_request", "goodbye", "blocks"]),
    st.dictionaries(st.sampled_from([*FIELDS, "resume", "catalogue", "reason"]), ODD, max_size=2),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(MESSAGE | st.binary(max_size=60), max_size=20))
def test_that_nothing_a_viewer_says_makes_the_desk_raise(tmp_path: Path, frames: list[bytes]) -> None:
    class Everybody:
        def send(self, route: bytes, message: wire.FromGateway) -> bool:
            return self.send_frame(route, wire.encode(message))

        def send_frame(self, route: bytes, frame: bytes) -> bool:
            wire.decode_from_gateway(frame)
            return True

    collector = Collector([lambda: Scripted(["a"], said([0], [1], [5.0]))], print)
    collector.start(0)
    audit = Witness(Audit(tmp_path / "audit.jsonl", ManualClock(1)))
    desk = Desk("g", "e", collector, Registry(tmp_path), audit, ManualClock(1), Everybody())
    person = Enrolled("u", "k", "engineer")
    desk.receive(b"r", person, wire.encode(wire.Hello(wire.PROTOCOL, 0)))
    for frame in frames:
        desk.receive(b"r", person, frame)
        desk.publish(collector.step(2))
    desk.receive(b"r", None, b"")
    desk.close()
    audit.close()
