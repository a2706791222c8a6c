"""What a Sparkplug host knows of its nodes (Specification 3.0.0): sequence numbers, births and deaths, without a broker."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.edge.mqtt.host import Address, Host, Known, Node, read_topic
from viewer.edge.mqtt.payload import DataType, Metric, Payload
from viewer.edge.written_units import proposed_unit

_S = 10**9
_NODE = ("g", "n")


@dataclass
class Told:
    """What the host tells, as words."""

    values: list[tuple[str, object, bool]] = field(default_factory=list[tuple[str, object, bool]])
    staled: list[str] = field(default_factory=list[str])
    gaps: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])

    def born(self, metrics: list[Known]) -> None:
        for known in metrics:
            known.channel = 0

    def sample(self, known: Known, metric: Metric, t_ns: int, *, good: bool) -> None:
        self.values.append((f"{known.device}:{known.name}", metric.value, good))

    def stale(self, known: Known, t_ns: int) -> None:
        self.staled.append(f"{known.device}:{known.name}")

    def missing(self, node: Node, t0_ns: int, t1_ns: int, cause: str) -> None:
        self.gaps.append(cause)

    def rebirth(self, node: Node, why: str) -> None:
        self.asked.append(why)


@dataclass
class Session:
    """A host, and a node that speaks to it."""

    told: Told = field(default_factory=Told)
    now_ns: int = 100 * _S

    def __post_init__(self) -> None:
        self.host = Host(self.told, reorder_ns=2 * _S)

    def send(self, kind: str, seq: int | None, *metrics: Metric, device: str = "") -> None:
        self.host.message(Address(kind, *_NODE, device), Payload(1_000, metrics, seq), self.now_ns)

    def birth(self, bd_seq: int = 0, seq: int = 0) -> None:
        temp = Metric(name="temp", alias=1, datatype=DataType.DOUBLE, value=20.0)
        self.send("NBIRTH", seq, Metric(name="bdSeq", datatype=DataType.INT64, value=bd_seq), temp)

    def device(self, seq: int = 1) -> None:
        self.send("DBIRTH", seq, Metric(name="speed", alias=2, datatype=DataType.INT32, value=5), device="d")

    def data(self, seq: int, value: float) -> None:
        self.send("NDATA", seq, Metric(alias=1, value=value))

    @property
    def temps(self) -> list[object]:
        return [value for name, value, _ in self.told.values if name == ":temp"]


@pytest.mark.parametrize(
    "topic",
    [
        "spBv1.0/g/NBIRTH",
        "spBv1.0/g/NCMD/n",
        "spAv1.0/g/NDATA/n",
        "spBv1.0/g/NDATA/n/d",
        "spBv1.0/g/DDATA/n",
        "spBv1.0/STATE/h",
        "spBv1.0//NDATA/n",
        "spBv1.0/g/DDATA/n/d/e",
    ],
)
def test_that_other_topics_are_none_of_a_hosts_business(topic: str) -> None:
    assert read_topic(topic) is None


def test_that_data_before_a_birth_is_not_taken_and_the_birth_asked_for_but_not_at_every_message() -> None:
    one = Session()
    for seq in range(50):
        one.data(seq, 1.0)
        one.now_ns += _S // 10
    assert one.temps == [] and one.told.asked == ["its birth was not heard"]
    one.now_ns += 5 * _S
    one.data(51, 1.0)
    assert len(one.told.asked) == 2


def test_that_an_alias_stands_for_its_name_and_one_that_no_birth_named_is_asked_for() -> None:
    one = Session()
    one.birth()
    one.data(1, 21.0)
    one.send("NDATA", 2, Metric(alias=77, value=1.0), Metric(name="temp", value=22.0))
    assert one.temps == [20.0, 21.0, 22.0]
    assert one.told.asked == ["it sends the alias 77, which no birth has named"]


def test_that_messages_in_another_order_are_taken_in_theirs() -> None:
    one = Session()
    one.birth()
    for seq in (2, 3, 1, 5, 4):
        one.data(seq, float(seq))
    assert one.temps == [20.0, 1.0, 2.0, 3.0, 4.0, 5.0] and one.told.gaps == []


def test_that_a_missing_message_is_waited_for_then_told_and_the_node_asked_to_tell_all_again() -> None:
    one = Session()
    one.birth()
    one.data(1, 1.0)
    one.data(4, 4.0)
    one.host.turn(one.now_ns + _S)
    assert one.temps == [20.0, 1.0]
    one.host.turn(one.now_ns + 2 * _S)
    assert one.temps == [20.0, 1.0, 4.0]
    assert one.told.gaps == ["messages of g/n: numbers 2 to 3 are missing"] and one.told.asked == ["messages are missing"]
    one.data(2, 2.0)  # too late: it was given up
    one.data(5, 5.0)
    assert one.temps == [20.0, 1.0, 4.0, 5.0]


def test_that_numbers_begin_again_after_255_and_a_second_copy_is_left_out() -> None:
    one = Session()
    one.birth(seq=250)
    for seq in (251, 252, 252, 253, 254, 255, 0, 255, 1):
        one.data(seq, float(seq))
    assert one.temps == [20.0, 251.0, 252.0, 253.0, 254.0, 255.0, 0.0, 1.0]


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(1, 9)), st.sets(st.integers(1, 7)))
def test_that_whatever_is_lost_and_however_it_is_mixed_the_rest_is_taken_once_in_order(order: list[int], lost: set[int]) -> None:
    one = Session()
    one.birth()
    for seq in order:
        if seq not in lost:
            one.data(seq, float(seq))
    for _ in range(9):
        one.now_ns += 3 * _S
        one.host.turn(one.now_ns)
    assert one.temps == [20.0, *(float(seq) for seq in range(1, 9) if seq not in lost)]
    runs = sum(1 for seq in lost if seq - 1 not in lost)
    assert len(one.told.gaps) == runs


def test_that_a_death_makes_everything_stale_once_and_data_after_it_asks_for_a_birth() -> None:
    one = Session()
    one.birth()
    one.device()
    one.send("NDEATH", None, Metric(name="bdSeq", value=0))
    one.send("NDEATH", None, Metric(name="bdSeq", value=0))
    assert sorted(one.told.staled) == [":temp", "d:speed"]
    one.data(2, 3.0)
    assert one.temps == [20.0] and one.told.asked == ["its birth was not heard"]


def test_that_the_last_will_of_an_earlier_session_kills_nobody() -> None:
    one = Session()
    one.birth(bd_seq=3)
    one.birth(bd_seq=4)
    one.send("NDEATH", None, Metric(name="bdSeq", value=3))
    assert one.told.staled == []
    one.send("NDEATH", None, Metric(name="bdSeq", value=4))
    assert one.told.staled == [":temp"]


def test_that_a_devices_death_leaves_its_node_alive() -> None:
    one = Session()
    one.birth()
    one.device()
    one.send("DDEATH", 2, device="d")
    one.data(3, 9.0)
    assert one.told.staled == ["d:speed"] and one.temps == [20.0, 9.0]


def test_that_a_device_which_does_not_come_back_after_its_nodes_rebirth_is_stale_and_one_that_does_is_not() -> None:
    one = Session()
    one.birth()
    one.device()
    one.birth()
    one.device()
    one.host.turn(one.now_ns + 3 * _S)
    assert one.told.staled == []
    one.birth()
    one.host.turn(one.now_ns + 3 * _S)
    assert one.told.staled == ["d:speed"]


def test_that_a_metric_which_a_later_birth_does_not_name_is_stale() -> None:
    one = Session()
    one.birth()
    one.send("NBIRTH", 0, Metric(name="bdSeq", value=0), Metric(name="other", datatype=DataType.DOUBLE, value=1.0))
    assert one.told.staled == [":temp"]


def test_that_null_and_bad_quality_by_the_nodes_own_word_are_not_good() -> None:
    one = Session()
    one.birth()
    one.send("NDATA", 1, Metric(alias=1, null=True))
    one.send("NDATA", 2, Metric(alias=1, value=5.0, properties={"Quality": 500}))
    one.send("NDATA", 3, Metric(alias=1, value=6.0, properties={"Quality": 192}))
    assert [good for name, _, good in one.told.values if name == ":temp"] == [True, False, False, True]


def test_that_a_cut_connection_makes_all_stale_and_births_are_asked_for_when_it_is_back() -> None:
    one = Session()
    one.birth()
    one.host.cut(one.now_ns)
    assert one.told.staled == [":temp"] and one.host.nodes == (0, 1)
    one.host.ask_all(one.now_ns + _S)
    assert one.told.asked == ["the connection to the broker was gone"]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("°C", "degC"),
        ("Nm", "N*m"),
        ("%", "percent"),
        ("bar", "bar"),
        ("m/s²", "m/s**2"),
        ("l/min", "l/min"),
        ("rpm", "rpm"),
        ("nm", "nm"),
        ("µm", "um"),
        ("bananas per hour", ""),
        ("", ""),
    ],
)
def test_that_units_as_devices_write_them_become_pints_or_none(text: str, unit: str) -> None:
    assert proposed_unit(text) == unit
