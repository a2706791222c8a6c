"""Plain topics of a real broker, from wrong configurations to wildcards, and the broker's end and return."""

import socket
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.mqtt.conftest import BrokerProcess, Heard, until
from tests.edge.mqtt.speaking import Speaker
from viewer.base.errors import UserMistake
from viewer.edge.kind import Place
from viewer.edge.mqtt.listening import listen, topics_below
from viewer.edge.mqtt.plain import MqttConfig, MqttSource
from viewer.edge.mqtt.topics import read_tag
from viewer.edge.sources import read_source
from viewer.edge.tables import Table
from viewer.edge.tags import Tag

Start = Callable[[str], Heard]


def configured(text: str, folder: Path) -> MqttConfig:
    """One source, as it would stand in a gateway's file."""
    config = read_source(Table(tomllib.loads(text), "[[source]] number 1", folder), Place(folder))
    assert isinstance(config, MqttConfig)
    return config


@pytest.fixture
def start(broker: BrokerProcess, tmp_path: Path) -> Iterator[Start]:
    """Start a source of the given keys on the broker, live."""
    started: list[MqttSource] = []

    def one(text: str) -> Heard:
        if "broker =" not in text:
            text = f'broker = "mqtt://127.0.0.1:{broker.port}"\n{text}'
        source = configured(f'kind = "mqtt"\n{text}', tmp_path).make()
        started.append(source)
        source.start(0)
        until(lambda: source.report().state != "connecting")
        return Heard(source, [])

    yield one
    for source in started:
        source.close()
    assert all(source.join(5.0) for source in started)


@pytest.fixture
def speaker(broker: BrokerProcess) -> Iterator[Speaker]:
    """Somebody who publishes."""
    one = Speaker(broker.port)
    yield one
    one.close()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('broker = "http://x"', "broker is mqtt://"),
        ('broker = "mqtt://user:secret@x"', "broker is mqtt://"),
        ('broker = "mqtt://x:99999"', "broker is mqtt://"),
        ('broker = "mqtt://x"\npassword_env = "P"', "user is missing"),
        ('broker = "mqtt://x"\nkeep_session = true', "client_id is missing"),
        ('broker = "mqtt://x"\ntime_format = "ms"', "time is missing"),
        ('broker = "mqtt://x"\nqos = 3', "qos is a whole number from 0 to 2"),
        ('broker = "mqtt://x"\ntopics = ["a"]\n[[tag]]\ntag = "a"', "unknown key «topics»"),
        ('broker = "mqtt://x"\n[[tag]]\ntag = "a/#/b"', "no topic filter"),
        ('broker = "mqtt://x"\n[[tag]]\ntag = "a+/b"', "no topic filter"),
        ('broker = "mqtt://x"\n[[tag]]\ntag = "a/+/b"\nchannel = "c{2}"', "asks for a wildcard"),
        ('broker = "mqtt://x"\n[will]\ntopic = "a/#"\n[[tag]]\ntag = "a"', "without wildcards"),
    ],
)
def test_that_a_wrong_table_is_told_with_its_place(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=why):
        configured(f'kind = "mqtt"\n{text}', tmp_path)


def test_that_a_source_without_tags_can_be_looked_into_but_not_started(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"needs \[\[source.tag\]\]"):
        configured('kind = "mqtt"\nbroker = "mqtt://x"', tmp_path).make()


def test_that_a_missing_password_is_told_before_anything_is_connected(tmp_path: Path) -> None:
    config = configured(
        'kind = "mqtt"\nbroker = "mqtt://127.0.0.1"\nuser = "u"\npassword_file = "p"\n[[tag]]\ntag = "a"', tmp_path
    )
    with pytest.raises(UserMistake, match="password can't be read"):
        config.make()


@pytest.mark.parametrize(
    ("text", "topic", "steps"),
    [
        ("press/1/temp", "press/1/temp", ()),
        ("press/1#/values/0", "press/1", ("values", "0")),
        ("press/1#values[0].v", "press/1", ("values", "0", "v")),
        ("press/1#/a~1b/c~0d", "press/1", ("a/b", "c~d")),
        ("press/#", "press/#", ()),
        ("press/##/v", "press/#", ("v",)),
        ("+/temp#v", "+/temp", ("v",)),
        ("#", "#", ()),
    ],
)
def test_that_a_tag_names_a_filter_and_a_place_in_the_message(text: str, topic: str, steps: tuple[str, ...]) -> None:
    one = read_tag(Tag(text, "c"), "here")
    assert (one.filter, one.steps) == (topic, steps)


def test_that_wildcards_follow_the_rules_of_mqtt() -> None:
    # MQTT 5.0, 4.7.1: # includes the parent level, + is one level, and neither begins at a topic with $.
    rest, level = read_tag(Tag("a/#", "r"), ""), read_tag(Tag("+/b", "l{1}"), "")
    assert rest.matched(("a",)) == ("",) and rest.matched(("a", "x", "y")) == ("x/y",) and rest.matched(("b",)) is None
    assert level.matched(("x", "b")) == ("x",) and level.matched(("$SYS", "b")) is None and level.matched(("x", "b", "c")) is None
    assert rest.channel(("x/y",)) == "r.x.y" and level.channel(("x",)) == "lx"


def test_that_numbers_words_states_and_members_become_samples(start: Start, speaker: Speaker) -> None:
    heard = start("""
        [[tag]]
        tag = "p/temp"
        channel = "temp"
        unit = "degC"
        scale = 0.1
        offset = -10.0
        [[tag]]
        tag = "p/all#/door/open"
        channel = "open"
        kind = "state"
        [[tag]]
        tag = "p/all#mode"
        channel = "mode"
        kind = "state"
        states = ["IDLE", "RUN"]
        [[tag]]
        tag = "p/all#list[1]"
        channel = "second"
    """)
    before_ns = time.time_ns()
    speaker.say("p/temp", "312.5")
    speaker.say("p/all", {"door": {"open": True}, "mode": "RUN", "list": [1, 2.5]})
    speaker.say("p/all", {"door": {"open": None}, "mode": "LOST", "list": []})
    until(lambda: len(heard.of("second")) == 2)
    assert heard.values("temp") == [21.25]
    assert heard.values("open") == [1.0] and heard.values("mode") == [1.0] and heard.values("second") == [2.5]
    assert [quality for _, _, quality in heard.of("open")] == [0, 1]
    assert [quality for _, _, quality in heard.of("mode")] == [0, 1]
    (t_ns, _, _), *_ = heard.of("temp")
    assert before_ns <= t_ns <= time.time_ns()
    assert next(one.unit for one in heard.source.channels()) == "degC"


@pytest.mark.parametrize(
    ("form", "stamp", "t_ns"),
    [
        ("iso8601", "2022-08-08T13:51:34.7167146Z", 1659966694716714600),
        ("iso8601", "2022-08-08T15:51:34.7167146+02:00", 1659966694716714600),
        ("s", 1659966694.5, 1659966694500000000),
        ("ms", 1659966694716, 1659966694716000000),
        ("us", "1659966694716714", 1659966694716714000),
        ("ns", 1659966694716714601, 1659966694716714601),
    ],
)
def test_that_a_message_has_the_time_that_it_tells(start: Start, speaker: Speaker, form: str, stamp: object, t_ns: int) -> None:
    heard = start(f'time = "/at"\ntime_format = "{form}"\n[[tag]]\ntag = "timed/{form}#/v"\nchannel = "v"')
    speaker.say(f"timed/{form}", {"v": 3})
    speaker.say(f"timed/{form}", {"v": 4, "at": "yesterday"})
    speaker.say(f"timed/{form}", {"v": 5, "at": stamp})
    until(lambda: bool(heard.of("v")))
    assert heard.of("v") == [(t_ns, 5.0, 0)]


def test_that_wildcards_take_up_topics_as_they_are_heard_each_as_a_channel(start: Start, speaker: Speaker) -> None:
    heard = start("""
        [[tag]]
        tag = "hall/+/temp#/v"
        channel = "hall.{1}.temp"
        unit = "degC"
        [[tag]]
        tag = "deep/##/v"
        channel = "deep"
    """)
    assert heard.source.channels() == ()
    for number in range(3):
        speaker.say(f"hall/m{number}/temp", {"v": number})
    speaker.say("deep/a/b", {"v": 7})
    until(lambda: bool(heard.of("deep.a.b")))
    assert [one.id for one in heard.source.channels()] == ["hall.m0.temp", "hall.m1.temp", "hall.m2.temp", "deep.a.b"]
    assert heard.values("hall.m2.temp") == [2.0]


def test_that_a_source_made_again_has_what_was_found(broker: BrokerProcess, speaker: Speaker, tmp_path: Path) -> None:
    text = f'kind = "mqtt"\nbroker = "mqtt://127.0.0.1:{broker.port}"\n[[tag]]\ntag = "again/+"'
    config = configured(text, tmp_path)
    first = config.make()
    first.start(0)
    until(lambda: first.report().state == "live")
    speaker.say("again/x", "1")
    until(lambda: len(first.channels()) == 1)
    first.close()
    assert first.join(5.0)
    assert [one.id for one in config.make().channels()] == ["again.x"]


def test_that_hostile_messages_are_counted_and_told_and_good_ones_go_on(start: Start, speaker: Speaker) -> None:
    heard = start('[[tag]]\ntag = "h/v#/v"\nchannel = "v"')
    mixed = (b'{"v": 1e999}', b'{"v": [1]}', b'{"v": ', b"{}", b'{"v": "x"}', b'{"v":' + b"9" * 400)
    for payload in (b"", b"\xff\xfe", b"[" * 100_000, *mixed):
        speaker.say("h/v", payload)
    speaker.say("h/v", {"v": 5})
    until(lambda: 5.0 in heard.values("v"))
    assert heard.values("v") == [5.0]
    assert isinstance(heard.source, MqttSource) and heard.source.report().state == "live"


def test_that_tls_and_password_are_needed_where_the_broker_asks_for_them(
    start: Start, broker: BrokerProcess, speaker: Speaker
) -> None:
    common = f"""
        user = "press"
        password_file = "{broker.password_file}"
        broker = "mqtts://localhost:{broker.tls_port}"
    """
    tag = '[[tag]]\ntag = "secret/v"\nchannel = "v"\n'
    trusted = f'tls = {{ ca_file = "{broker.authority}" }}\n'
    without = start(f"{common}\n{tag}")
    assert _report(without)[0] == "down" and "certificate" in _report(without)[1]
    wrong = start(f'broker = "mqtts://localhost:{broker.tls_port}"\n{trusted}{tag}')
    assert _report(wrong)[0] == "down" and "Not authorized" in _report(wrong)[1]
    heard = start(f"{common}\n{trusted}{tag}")
    assert _report(heard)[0] == "live"


def _report(heard: Heard) -> tuple[str, str]:
    assert isinstance(heard.source, MqttSource)
    report = heard.source.report()
    return report.state, report.sentence


def test_that_a_broker_that_never_answers_is_told_once_however_often_it_is_tried(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def turn_away() -> None:
            while len(tried) < 2:
                one, _ = server.accept()
                one.close()
                tried.append(1)

        thread = threading.Thread(target=turn_away)
        thread.start()
        heard = start(f'broker = "mqtt://127.0.0.1:{server.getsockname()[1]}"\n[[tag]]\ntag = "a"')
        thread.join(10.0)
    assert len(tried) == 2 and _report(heard)[0] == "down"
    assert sum("is not there" in record.message for record in caplog.records) == 1


def test_that_a_broker_that_goes_and_comes_back_is_told_once_and_leaves_a_gap(
    start: Start, broker: BrokerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    heard = start('protocol = "3.1.1"\n[[tag]]\ntag = "back"\nchannel = "v"')
    assert isinstance(heard.source, MqttSource)
    source = heard.source
    broker.stop()
    try:
        until(lambda: source.report().state == "down")
    finally:
        broker.start()
    until(lambda: source.report().state == "live")
    (gap,) = source.take_gaps()
    assert "was not there" in gap.cause and gap.t1_ns > gap.t0_ns
    assert [("is not there" in r.message, "is back" in r.message) for r in caplog.records if "broker" in r.message] == [
        (True, False),
        (False, True),
    ]
    one = Speaker(broker.port)
    one.say("back", "4")
    until(lambda: heard.values("v") == [4.0])
    one.close()


def test_that_a_last_will_is_left_with_the_broker(start: Start, speaker: Speaker, broker: BrokerProcess) -> None:
    start('[will]\ntopic = "gateway/lives"\npayload = "no"\nretain = false\n[[tag]]\ntag = "a"')
    speaker.hear("gateway/lives")
    assert broker.process is not None
    # Another client of the same name makes the broker throw the first one out, and say its will.
    named = 'client_id = "gateway-1"\n[will]\ntopic = "gateway/lives"\npayload = "no"\nretain = false\n[[tag]]\ntag = "a"'
    start(named)
    start(named)
    until(lambda: ("gateway/lives", b"no", False) in speaker.heard)


def test_that_browsing_shows_topics_members_and_values(broker: BrokerProcess, speaker: Speaker, tmp_path: Path) -> None:
    speaker.say("shop/press/state", {"force": {"value": 12.5}, "ok": True}, retain=True)
    speaker.say("shop/oven", "180.5", retain=True)
    config = configured(f'kind = "mqtt"\nbroker = "mqtt://127.0.0.1:{broker.port}"\n[[tag]]\ntag = "a"', tmp_path)
    heard = listen(config.broker, ["#"], for_s=0.2)
    top = topics_below(heard, ("shop",))
    assert [(one.name, one.value, one.has_children) for one in top] == [("oven", "180.5", False), ("press", "", True)]
    members = topics_below(heard, ("shop", "press", "state"))
    assert [(one.address, one.kind, one.value) for one in members] == [
        ("shop/press/state#/force/value", "measurement", "12.5"),
        ("shop/press/state#/ok", "state", "True"),
    ]
    assert read_tag(Tag(members[0].address, "c"), "").steps == ("force", "value")
