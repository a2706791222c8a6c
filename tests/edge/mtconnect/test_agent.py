"""An agent over HTTP: what is no answer, the stream by sequence numbers, gaps, a restart, and looking into it."""

import gzip
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.edge.mqtt.conftest import until
from tests.edge.mtconnect.conftest import Configure, Start
from tests.edge.mtconnect.machines import MODEL, Agent, Said, model_file
from viewer.base.errors import UserMistake
from viewer.edge.mtconnect.bounded_xml import Malformed
from viewer.edge.mtconnect.streams import read_answer
from viewer.edge.mtconnect.vocabulary import STATES
from viewer.edge.stamps import iso_ns

_T = "2022-08-08T13:51:34.7167146Z"


@pytest.fixture
def agent() -> Iterator[Agent]:
    one = Agent(MODEL)
    one.say(Said("Position", "xp", _T, "50.8"), Said("Execution", "ex", _T, "READY"))
    yield one
    one.close()


def _address(agent: Agent) -> str:
    return f'address = "http://127.0.0.1:{agent.port}"\nheartbeat_s = 5.0\n'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no XML"),
        (gzip.compress(b"<MTConnectStreams/>"), "no XML"),
        (b"<MTConnectDevices/>", "not MTConnectStreams"),
        (b"<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><MTConnectStreams>&b;</MTConnectStreams>", "document type"),
        (b"<MTConnectStreams><Header nextSequence='-1'/></MTConnectStreams>", "whole number"),
        (b"<MTConnectStreams><Header nextSequence='99999999999999999999'/></MTConnectStreams>", "whole number"),
        (b"<MTConnectStreams>" + b"<a>" * 70, "nested more than 64"),
    ],
)
def test_that_an_answer_that_is_none_or_a_bomb_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read_answer(data)


def test_that_one_unreadable_observation_does_not_spoil_the_others() -> None:
    rows = "".join(
        f"<P dataItemId='{item}' sequence='1' timestamp='{t}'>1</P>" for item, t in (("a", "noon"), ("b", "2022-01-01T00:00:00Z"))
    )
    answer = read_answer(f"<MTConnectStreams><Header nextSequence='3'/>{rows}</MTConnectStreams>".encode())
    assert [one.item for one in answer.observed] == ["b"] and "no date and time" in answer.unread[0]


def test_that_current_values_then_the_stream_come_in_the_agents_units(start: Start, agent: Agent) -> None:
    heard, source = start(_address(agent))
    until(lambda: heard.values("Xact") == [50.8])  # as it is: an agent has converted already
    agent.say(
        Said("Position", "xp", "2022-08-08T13:51:35Z", "60"),
        Said("PathPosition", "pp", "2022-08-08T13:51:35Z", "1 2 3"),
        Said("Fault", "xc", "2022-08-08T13:51:36Z", "too hot", "nativeCode='1'"),
        Said("Execution", "ex", "2022-08-08T13:51:36Z", "ACTIVE"),
        Said("AccelerationTimeSeries", "xv", "2022-08-08T13:51:36Z", "1 2", "sampleCount='2' sampleRate='1000'"),
        Said("AssetChanged", "as", "2022-08-08T13:51:36Z", "T1", "assetType='CuttingTool'"),
        Said("Position", "xp", "2022-08-08T13:51:37Z", "UNAVAILABLE"),
    )
    until(lambda: len(heard.of("Xact")) >= 3)
    t_ns = iso_ns("2022-08-08T13:51:35Z")
    assert heard.of("Xact")[1] == (t_ns, 60.0, 0) and heard.of("Xact")[2][2] == 1
    assert heard.values("Ppos.z") == [3.0] and heard.values("Xcond") == [2.0]
    assert heard.values("exec") == [float(STATES["EXECUTION"].index(one)) for one in ("READY", "ACTIVE")]
    assert heard.of("Xvib") == [(t_ns + 999_000_000, 1.0, 0), (t_ns + 1_000_000_000, 2.0, 0)]
    assert source.take_gaps() == []


def test_that_an_agent_that_gives_single_documents_is_asked_again_and_again(start: Start, agent: Agent) -> None:
    agent.streams = False
    heard, _ = start(_address(agent))
    until(lambda: heard.values("Xact") == [50.8])
    agent.say(Said("Position", "xp", "2022-08-08T13:51:35Z", "60"))
    until(lambda: heard.values("Xact")[-1] == 60.0)
    assert heard.values("Xact").count(60.0) == 1


def test_that_what_the_buffer_passed_over_is_a_gap_with_its_count(start: Start, agent: Agent) -> None:
    heard, source = start(_address(agent))
    until(lambda: heard.values("Xact") == [50.8] and agent.opened == 1)
    with agent.changed:  # while the stream is broken 100 more are observed, and the buffer keeps but the last 10
        agent.said += [Said("Position", "xp", f"2022-08-08T13:52:{at // 2:02}Z", str(at)) for at in range(100)]
        agent.first, agent.said = agent.first + 92, agent.said[92:]
        agent.ended = True
        agent.changed.notify_all()
    until(lambda: 99.0 in heard.values("Xact"))
    until(lambda: source.report().state == "live")
    gaps = source.take_gaps()
    assert [gap.samples for gap in gaps if "passed over" in gap.cause] == [90]


def test_that_a_broken_stream_goes_on_where_it_was_without_a_gap(start: Start, agent: Agent) -> None:
    heard, source = start(_address(agent))
    until(lambda: heard.values("Xact") == [50.8] and agent.opened == 1)
    agent.end_streams()
    until(lambda: source.report().state == "down")
    agent.say(Said("Position", "xp", "2022-08-08T13:51:35Z", "61"), Said("Position", "xp", "2022-08-08T13:51:36Z", "62"))
    until(lambda: heard.values("Xact")[-1] == 62.0)
    assert [value for value in heard.values("Xact") if value > 60.0] == [61.0, 62.0] and source.take_gaps() == []


def test_that_an_agent_started_again_is_a_gap_and_its_values_are_taken_anew(start: Start, agent: Agent) -> None:
    heard, source = start(_address(agent))
    until(lambda: heard.values("Xact") == [50.8] and agent.opened == 1)
    with agent.changed:
        agent.instance, agent.first, agent.said = 8, 1, [Said("Position", "xp", "2022-08-08T14:00:00Z", "5")]
        agent.ended = True
        agent.changed.notify_all()
    until(lambda: 5.0 in heard.values("Xact"))
    assert any("started again" in gap.cause for gap in source.take_gaps())
    assert len(source.channels()) == len({one.id for one in source.channels()})


@pytest.mark.parametrize("model", [b"<html>no agent</html>", b"<MTConnectDevices>", b""])
def test_that_what_is_no_agent_is_told(start: Start, model: bytes) -> None:
    agent = Agent(model)
    _, source = start(_address(agent))
    assert source.report().state == "down" and "can't be read" in source.report().sentence
    agent.close()


def test_that_browsing_shows_components_items_units_and_current_values(configure: Configure, agent: Agent) -> None:
    config = configure(_address(agent))
    assert [(one.name, one.has_children) for one in config.browse()] == [("M", True)]
    assert [one.name for one in config.browse(("M",))] == ["avail", "base", "path"]
    (x,) = [one for one in config.browse(("M", "base", "X")) if one.name == "Xact"]
    assert (x.address, x.kind, x.unit, x.value, x.has_children) == ("M:xp", "position", "mm", "50.8", False)
    path = {one.name: one for one in config.browse(("M", "path"))}
    assert path["Ppos.z"].address == "M:pp#z" and path["program"].kind == "" and "states" in path["program"].refusal
    assert path["exec"].states[:2] == ("0 = READY", "1 = ACTIVE") and path["vars"].refusal == "its representation is DATA_SET"


def test_that_what_browsing_shows_is_what_a_tag_takes(configure: Configure, start: Start, agent: Agent) -> None:
    (x,) = [one for one in configure(_address(agent)).browse(("M", "base", "X")) if one.name == "Xact"]
    heard, _ = start(f'{_address(agent)}[[tag]]\ntag = "{x.address}"\nchannel = "chosen"\nunit = "m"')
    until(lambda: heard.values("chosen") == [0.0508])


def test_that_an_adapters_model_is_browsed_from_its_file(configure: Configure, tmp_path_factory: pytest.TempPathFactory) -> None:
    config = configure('address = "shdr://127.0.0.1:1"')
    with pytest.raises(UserMistake, match="give its device model"):
        config.browse()
    file = model_file(tmp_path_factory.mktemp("model"))
    assert [one.name for one in replace(config, devices=file).browse()] == ["M"]
