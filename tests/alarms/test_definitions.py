"""Where definitions come from: limits of channels, quality, TOML tables."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from viewer.alarms.causes import Upstream
from viewer.alarms.definitions import AlarmDefinition, check_all
from viewer.alarms.derive import alarms_from_limits, alarms_on_quality
from viewer.alarms.review import review
from viewer.alarms.tables import alarms_from_tables
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId, FlowId, NodeId, StationId
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.channels import Channel, Limits
from viewer.twin.model import Twin
from viewer.twin.process import Flow, Station

_TORQUE = Channel(
    ChannelId("r1.torque"),
    "Torque",
    "N*m",
    period_s=0.1,
    node=NodeId("r1"),
    low=0.0,
    high=60.0,
    limits=Limits(lo=10.0, hi=55.0, hihi=58.0),
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[alarm]]\nchannel = 'a'", "number 1 needs an id"),
        ("[[alarm]]\nid = 'x'\nkind = 'high'", "«x» lacks the key «channel»"),
        ("[[alarm]]\nid = 'x'\nchannel = 'a'\nkind = 'hihg'", "«x» is not right"),
        ("[[alarm]]\nid = 'x'\nchannel = 'a'\nkind = 'high'\nlimt = 3", "unknown key «limt»"),
        ("[[alarm]]\nid = 'x'\nchannel = 'a'\nkind = 'high'\nlimit = 'three'", "«x» is not right"),
        ("[[alarm]]\nid = 'x'\nchannel = 'a'\nkind = 'high'\ndead_band = -1", "dead band"),
        ("[[alarm]]\nid = 'r1.torque.hi'\nenabled = 'no'", "enabled is true or false"),
        ("[[alarm]]\nid = 'x'\nenabled = false\n[[alarm]]\nid = 'x'\nenabled = false", "two"),
    ],
)
def test_that_a_wrong_table_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(UserMistake, match=says):
        alarms_from_tables(tomllib.loads(text)["alarm"], alarms_from_limits([_TORQUE]))


def test_that_each_limit_of_a_channel_becomes_an_alarm_with_a_dead_band() -> None:
    found = {one.id: one for one in alarms_from_limits([_TORQUE])}
    assert list(found) == ["r1.torque.hihi", "r1.torque.hi", "r1.torque.lo"]
    high = found["r1.torque.hi"]
    assert (high.kind, high.limit, high.unit, high.node, high.priority) == ("high", 55.0, "N*m", "r1", "low")
    assert high.dead_band == pytest.approx(0.6)  # a hundredth of the display range
    assert found["r1.torque.lo"].kind == "low" and found["r1.torque.hihi"].priority == "medium"


def test_that_a_narrow_pair_of_limits_keeps_a_way_back_to_normal() -> None:
    narrow = Channel(ChannelId("x"), "", low=0.0, high=1000.0, limits=Limits(lo=1.0, hi=2.0))
    assert all(one.dead_band <= 0.25 for one in alarms_from_limits([narrow]))


def test_that_quality_and_silence_are_watched_by_the_period() -> None:
    bad, silent = alarms_on_quality([ChannelInfo("a", period_s=0.5)])
    assert (bad.kind, silent.kind, silent.limit) == ("bad_quality", "stale", 1.0)


def test_that_a_table_changes_only_what_it_gives_and_takes_away_what_it_disables() -> None:
    text = """
        [[alarm]]
        id = "r1.torque.hi"
        on_delay_s = 2
        priority = "high"
        [[alarm]]
        id = "r1.torque.lo"
        enabled = false
        [[alarm]]
        id = "door"
        channel = "r1.door"
        kind = "equals"
        limit = 1
        response = "Close the door"
    """
    found = {one.id: one for one in alarms_from_tables(tomllib.loads(text)["alarm"], alarms_from_limits([_TORQUE]))}
    assert list(found) == ["r1.torque.hihi", "r1.torque.hi", "door"]
    assert (found["r1.torque.hi"].limit, found["r1.torque.hi"].on_delay_s, found["r1.torque.hi"].priority) == (55.0, 2.0, "high")


def test_that_two_alarms_of_one_id_are_refused() -> None:
    with pytest.raises(UserMistake, match="two alarms have the id"):
        check_all(alarms_from_limits([_TORQUE, _TORQUE]))


def test_that_the_way_upstream_is_read_from_stations_and_flows_also_in_circles() -> None:
    stations = {name: Station(StationId(name), name.upper(), NodeId(name), channels=(ChannelId(f"{name}.x"),)) for name in "pqr"}
    flows = [("p", "q"), ("q", "r"), ("r", "p")]
    twin = Twin().with_(
        stations=Twin().stations.update({StationId(id): one for id, one in stations.items()}),
        flows=Twin().flows.update({FlowId(a + b): Flow(FlowId(a + b), StationId(a), StationId(b), 1.0) for a, b in flows}),
    )
    found = Upstream.of(twin)
    assert found.station_of["q.x"] == "q"
    assert dict(found.sources_of["r"]) == {"r": 0, "q": 1, "p": 2}


def test_that_a_review_finds_what_is_spread_wrongly_and_what_may_chatter() -> None:
    def alarms(count: int, priority: str, **more: object) -> list[AlarmDefinition]:
        table = {"channel": "a", "kind": "high", "limit": 1.0, "dead_band": 0.1, "priority": priority, "response": "Look", **more}
        return [msgspec.convert({"id": f"{priority}{at}{len(more)}", **table}, AlarmDefinition) for at in range(count)]

    well = alarms(80, "low") + alarms(15, "medium") + alarms(4, "high") + alarms(1, "critical")
    assert review(well) == ()
    (spread,) = review(alarms(50, "high") + alarms(50, "low"))
    assert "50 / 0 / 50 %" in spread
    assert review(well + alarms(1, "low", dead_band=0.0))[0].startswith("1 alarms have neither dead band nor delay")
    assert "name no response: high01" in review(alarms(80, "low") + alarms(15, "medium") + alarms(5, "high", response=""))[0]
