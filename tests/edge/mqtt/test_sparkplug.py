"""An edge node on a real broker, heard as a host: births to channels, deaths to bad quality, rebirths, and our own state."""

import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.edge.mqtt.conftest import BrokerProcess, Heard, until
from tests.edge.mqtt.speaking import EdgeNode, Speaker
from viewer.base.errors import UserMistake
from viewer.edge.kind import Place
from viewer.edge.mqtt.births import below, births
from viewer.edge.mqtt.hosting import SparkplugSource
from viewer.edge.mqtt.payload import DataType, Metric
from viewer.edge.mqtt.sparkplug import SparkplugConfig
from viewer.edge.sources import read_source
from viewer.edge.tables import Table

Start = Callable[[str], tuple[Heard, SparkplugSource]]


def configured(text: str, folder: Path) -> SparkplugConfig:
    """One source, as it would stand in a gateway's file."""
    config = read_source(Table(tomllib.loads(f'kind = "sparkplug"\n{text}'), "[[source]] number 1", folder), Place(folder))
    assert isinstance(config, SparkplugConfig)
    return config


@pytest.fixture
def start(broker: BrokerProcess, tmp_path: Path) -> Iterator[Start]:
    """Start a source of the given keys, connected."""
    started: list[SparkplugSource] = []

    def one(text: str) -> tuple[Heard, SparkplugSource]:
        source = configured(f'broker = "mqtt://127.0.0.1:{broker.port}"\n{text}', tmp_path).make()
        started.append(source)
        source.start(0)
        until(lambda: source.report().state == "live")
        return Heard(source, []), source

    yield one
    for source in started:
        source.close()
    assert all(source.join(5.0) for source in started)


@pytest.fixture
def node(broker: BrokerProcess, request: pytest.FixtureRequest) -> Iterator[EdgeNode]:
    """A press of a group of the test's own, not yet connected."""
    one = EdgeNode(broker.port, f"g{abs(hash(request.node.name)) % 10**8}", "press")
    one.metrics = [Metric(name="Hydraulics/oil temp", alias=1, datatype=DataType.FLOAT, value=40.5, properties={"engUnit": "°C"})]
    one.devices = {
        "ram": [
            Metric(name="force", alias=10, datatype=DataType.INT16, value=-5, properties={"engUnit": "kN"}),
            Metric(name="closed", alias=11, datatype=DataType.BOOLEAN, value=True),
            Metric(name="mode", alias=12, datatype=DataType.STRING, value="RUN"),
            Metric(name="curve", alias=13, datatype=DataType.DATASET, value=b""),
        ]
    }
    yield one
    one.close()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[[tag]]\ntag = "g/n"', "GROUP/NODE#METRIC"),
        ('[[tag]]\ntag = "g#m"', "GROUP/NODE#METRIC"),
        ('groups = ["a/b"]', "names of groups"),
        ('host_id = "a/b"', "host_id is a name"),
        ("reorder_s = -1", "reorder_s is a number"),
        ("[will]\ntopic = 'x'", "unknown key «will»"),
    ],
)
def test_that_a_wrong_table_is_told(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=why):
        configured(f'broker = "mqtt://x"\n{text}', tmp_path)


def test_that_a_birth_becomes_channels_with_units_and_kinds_and_what_is_no_value_is_told_by_name(
    start: Start, node: EdgeNode
) -> None:
    heard, source = start(f'groups = ["{node.group}"]\nprefix = "sp."')
    node.connect()
    until(lambda: len(source.channels()) == 3)
    ids = {one.id.removeprefix(f"sp.{node.group}."): (one.unit, one.kind) for one in source.channels()}
    assert ids == {
        "press.Hydraulics.oil temp": ("degC", "measurement"),
        "press.ram.force": ("kN", "measurement"),
        "press.ram.closed": ("", "state"),
    }
    until(lambda: heard.values(f"sp.{node.group}.press.ram.force") == [-5.0])
    until(lambda: "2 metrics are no channels" in source.report().sentence)
    assert "DATASET" in source.report().sentence and "1 of 1 edge nodes are alive" in source.report().sentence


def test_that_tags_choose_scale_and_name_states(start: Start, node: EdgeNode) -> None:
    heard, source = start(f"""
        [[tag]]
        tag = "{node.group}/press/ram#force"
        channel = "ram.force"
        unit = "N"
        scale = 1000.0
        [[tag]]
        tag = "{node.group}/press/ram#mode"
        channel = "ram.mode"
        kind = "state"
        states = ["IDLE", "RUN"]
    """)
    node.connect()
    until(lambda: heard.values("ram.mode") == [1.0])
    assert heard.values("ram.force") == [-5000.0] and len(source.channels()) == 2
    stamp_ms = time.time_ns() // 1_000_000 + 7
    node.send("DDATA", [Metric(alias=10, datatype=DataType.INT16, value=-300)], "ram", stamp_ms=stamp_ms)
    until(lambda: len(heard.of("ram.force")) == 2)
    assert heard.of("ram.force")[1] == (stamp_ms * 1_000_000, -300_000.0, 0)


def test_that_a_lost_message_is_a_gap_and_the_node_is_asked_to_tell_all_again(start: Start, node: EdgeNode) -> None:
    heard, source = start(f'groups = ["{node.group}"]\nreorder_s = 0.2')
    node.connect()
    channel = f"{node.group}.press.Hydraulics.oil temp"
    until(lambda: heard.values(channel) == [40.5])
    node.seq += 2
    node.send("NDATA", [Metric(alias=1, value=44.0)])
    until(lambda: node.rebirths == 1)
    until(lambda: heard.values(channel) == [40.5, 44.0, 40.5])
    (gap,) = source.take_gaps()
    assert gap.cause == f"messages of {node.group}/press: numbers 2 to 3 are missing"


def test_that_a_node_is_not_asked_where_the_site_forbids_it(start: Start, node: EdgeNode) -> None:
    node.connect()
    heard, source = start(f'groups = ["{node.group}"]\nrebirth = false')
    node.send("NDATA", [Metric(alias=1, value=44.0)])
    until(lambda: source.host.nodes == (0, 1))
    node.birth()
    until(lambda: heard.values(f"{node.group}.press.Hydraulics.oil temp") == [40.5])
    assert node.rebirths == 0


def test_that_a_host_which_comes_later_asks_for_the_births_it_missed(start: Start, node: EdgeNode) -> None:
    node.connect()
    heard, _ = start(f'groups = ["{node.group}"]')
    node.send("NDATA", [Metric(alias=1, value=44.0)])
    until(lambda: heard.values(f"{node.group}.press.ram.force") == [-5.0])
    assert node.rebirths == 1


def test_that_a_node_which_goes_without_a_word_is_of_bad_quality_from_then_on(start: Start, node: EdgeNode) -> None:
    heard, source = start(f'groups = ["{node.group}"]')
    node.connect()
    channel = f"{node.group}.press.ram.force"
    until(lambda: heard.values(channel) == [-5.0])
    assert node.speaker is not None
    node.speaker.drop()
    until(lambda: len(heard.of(channel)) == 2)
    first, last = heard.of(channel)
    assert last[1:] == (-5.0, 1) and last[0] >= first[0]
    until(lambda: source.report().state == "stale")
    assert "0 of 1 edge nodes are alive" in source.report().sentence


def test_that_historical_values_have_their_own_time_and_are_not_the_newest(start: Start, node: EdgeNode) -> None:
    heard, _ = start(f'groups = ["{node.group}"]')
    node.connect()
    channel = f"{node.group}.press.ram.force"
    until(lambda: heard.values(channel) == [-5.0])
    node.send("DDATA", [Metric(alias=10, timestamp_ms=1_600_000_000_000, historical=True, value=3)], "ram")
    until(lambda: len(heard.of(channel)) == 2)
    assert heard.of(channel)[1] == (1_600_000_000_000_000_000, 3.0, 0)
    node.send("DDEATH", [], "ram")
    until(lambda: len(heard.of(channel)) == 3)
    assert heard.of(channel)[2][1:] == (-5.0, 1)


def test_that_a_primary_host_tells_its_state_as_version_3_asks(broker: BrokerProcess, start: Start, tmp_path: Path) -> None:
    topic = "spBv1.0/STATE/genchi-1"
    watcher = Speaker(broker.port)
    watcher.hear(topic)
    _, source = start('host_id = "genchi-1"')
    until(lambda: bool(watcher.heard))
    online = msgspec.json.decode(watcher.heard[0][1])
    assert watcher.heard[0][0] == topic and online["online"] is True and abs(online["timestamp"] - time.time() * 1000) < 10_000
    watcher.say(topic, {"online": False, "timestamp": 1})  # an old last will: the host must say that it is there
    until(lambda: len(watcher.heard) == 3)
    assert msgspec.json.decode(watcher.heard[2][1])["online"] is True
    source.close()
    assert source.join(5.0)
    until(lambda: len(watcher.heard) >= 4)
    watcher.say(topic, b"")  # what the broker would have said in our place has come before this
    until(lambda: watcher.heard[-1][1] == b"")
    assert len(watcher.heard) == 5 and msgspec.json.decode(watcher.heard[3][1])["online"] is False
    watcher.close()


def test_that_bytes_that_are_no_payload_are_counted_and_the_rest_goes_on(start: Start, node: EdgeNode) -> None:
    heard, source = start(f'groups = ["{node.group}"]')
    node.connect()
    assert node.speaker is not None
    node.speaker.say(node.topic("NDATA"), b"\xff" * 40)
    node.send("NDATA", [Metric(alias=1, value=41.0)])
    until(lambda: heard.values(f"{node.group}.press.Hydraulics.oil temp") == [40.5, 41.0])
    until(lambda: "more than ten bytes" in source.report().sentence)


def test_that_browsing_shows_groups_nodes_devices_and_metrics(broker: BrokerProcess, node: EdgeNode, tmp_path: Path) -> None:
    node.connect()
    config = configured(f'broker = "mqtt://127.0.0.1:{broker.port}"\ngroups = ["{node.group}"]', tmp_path)

    done = threading.Event()

    def speak() -> None:
        while not done.wait(0.05):
            node.send("NDATA", [Metric(alias=1, value=40.5)])

    thread = threading.Thread(target=speak)
    thread.start()
    found = below(births(config, 0.5), (node.group, "press"))
    done.set()
    thread.join()
    assert [(one.name, one.address, one.unit, one.value, one.has_children) for one in found] == [
        ("Hydraulics/oil temp", f"{node.group}/press#Hydraulics/oil temp", "degC", "40.5 °C", False),
        ("ram", f"{node.group}/press/ram", "", "", True),
    ]
