"""What people do with alarms, and what the engine does of itself."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alarms.plant import Plant, Sample, told
from viewer.alarms.causes import Upstream
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.engine import AlarmEngine
from viewer.alarms.words import AlarmEvent, EngineState
from viewer.base.errors import UserMistake

_HIGH = AlarmDefinition(
    id="hi", channel="a", kind="high", limit=10.0, name="Glue too hot", unit="degC", response="Stop the robot"
)


def _latching(**changes: object) -> AlarmDefinition:
    return msgspec.structs.replace(_HIGH, latching=True, **changes)


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        (msgspec.structs.replace(_HIGH, channel="nowhere"), "no source brings"),
        (msgspec.structs.replace(_HIGH, dead_band=-1.0), "dead band of -1"),
        (msgspec.structs.replace(_HIGH, limit=float("nan")), "finite"),
        (msgspec.structs.replace(_HIGH, on_delay_s=-2.0), "on_delay_s"),
        (msgspec.structs.replace(_HIGH, suppress_when="a >"), "suppress_when"),
        (msgspec.structs.replace(_HIGH, suppress_when='alarm("other")'), "«other», which is not defined"),
        (msgspec.structs.replace(_HIGH, suppress_when="zz == 1"), "«zz», which no source brings"),
        (AlarmDefinition(id="s", channel="a", kind="stale"), "above 0"),
    ],
)
def test_that_a_definition_that_makes_no_sense_is_refused_in_one_sentence(definition: AlarmDefinition, says: str) -> None:
    with pytest.raises(UserMistake, match=says):
        AlarmEngine([definition], ["a"], start_ns=0)


def test_that_nothing_can_be_done_with_an_alarm_that_is_not_there_or_normal() -> None:
    plant = Plant(_HIGH)
    for kind in ("acknowledge", "reset", "unshelve", "unsuppress", "return"):
        with pytest.raises(UserMistake, match="is normal: it can't be"):
            plant.act(kind, "hi", 1.0)
    with pytest.raises(UserMistake, match="there is no alarm «nothing»"):
        plant.act("acknowledge", "nothing", 1.0)
    assert plant.engine.standing() == ()


def test_that_putting_aside_needs_a_reason_and_a_shelf_an_end_within_a_shift() -> None:
    plant = Plant(_HIGH)
    for kind in ("shelve", "suppress", "remove"):
        with pytest.raises(UserMistake, match="without a reason"):
            plant.act(kind, "hi", 1.0, reason="  ", until_s=100)
    for until_s in (0.5, 1.0, 1.0 + 8 * 3600 + 1):
        with pytest.raises(UserMistake, match="at most 8 h"):
            plant.act("shelve", "hi", 1.0, reason="valve is being changed", until_s=until_s)
    assert plant.engine.standing() == ()


def test_that_an_acknowledged_alarm_that_clears_is_normal_and_one_that_was_not_waits_for_it() -> None:
    plant = Plant(_HIGH)
    plant.feed(("a", 1, 11.0))
    assert plant.act("acknowledge", "hi", 2.0).user == "ada"
    plant.feed(("a", 3, 9.0))
    assert plant.states() == {}
    plant.feed(("a", 4, 11.0), ("a", 5, 9.0))
    assert plant.states() == {"hi": "returned"}
    plant.act("acknowledge", "hi", 6.0)
    assert plant.states() == {}


def test_that_a_latching_alarm_stays_until_acknowledged_and_reset() -> None:
    plant = Plant(_latching())
    plant.feed(("a", 1, 11.0), ("a", 2, 9.0))
    assert plant.states() == {"hi": "latched_unacknowledged"}
    plant.act("acknowledge", "hi", 3.0)
    assert plant.states() == {"hi": "latched_acknowledged"}
    plant.act("reset", "hi", 4.0)
    assert plant.states() == {}


def test_that_a_latching_alarm_can_not_be_reset_while_it_is_active() -> None:
    plant = Plant(_latching())
    plant.feed(("a", 1, 11.0))
    with pytest.raises(UserMistake, match="unacknowledged: it can't be reset"):
        plant.act("reset", "hi", 2.0)


def test_that_a_shelved_alarm_returns_when_its_time_is_up_and_says_what_it_is_then() -> None:
    plant = Plant(_HIGH)
    plant.feed(("a", 1, 11.0))
    plant.act("shelve", "hi", 2.0, reason="sensor is being changed", until_s=10.0)
    assert plant.engine.standing()[0].reason == "sensor is being changed"
    plant.feed(("a", 3, 9.0), ("a", 4, 12.0), until_s=9.0)
    assert plant.states() == {"hi": "shelved"}
    (back,) = plant.feed(until_s=20.0)
    assert (back.t_ns, back.trigger, back.state, back.value) == (10 * 10**9, "return_active", "unacknowledged", 12.0)


def test_that_a_shelved_alarm_whose_condition_went_away_returns_to_normal() -> None:
    plant = Plant(_HIGH)
    plant.act("shelve", "hi", 1.0, reason="test run", until_s=5.0)
    plant.feed(("a", 2, 11.0), ("a", 3, 9.0))
    assert told(plant.feed(until_s=6.0)) == [(5.0, "hi", "return")]
    assert plant.states() == {}


def test_that_what_is_out_of_service_stays_so_over_its_shelf_and_suppression() -> None:
    plant = Plant(msgspec.structs.replace(_HIGH, suppress_when="b == 0"))
    plant.act("shelve", "hi", 1.0, reason="noise", until_s=5.0)
    plant.act("remove", "hi", 2.0, reason="overhaul")
    plant.feed(("a", 3, 11.0), ("b", 3, 0.0), until_s=6.0)
    assert plant.states() == {"hi": "out_of_service"}
    assert plant.act("return", "hi", 7.0).state == "suppressed"
    plant.feed(("b", 8, 1.0))
    assert plant.states() == {"hi": "unacknowledged"}


def test_that_an_alarm_is_suppressed_while_its_condition_holds_and_raised_after() -> None:
    plant = Plant(msgspec.structs.replace(_HIGH, suppress_when="b == 0"))
    plant.feed(("b", 1, 0.0), ("a", 2, 11.0), ("b", 3, 1.0), ("b", 4, 0.0), ("b", 5, 2.0))
    assert told(plant.events) == [
        (1.0, "hi", "suppress"),
        (2.0, "hi", "activate"),
        (3.0, "hi", "return_active"),
        (4.0, "hi", "suppress"),
        (5.0, "hi", "return_active"),
    ]


def test_that_what_is_unknown_never_suppresses() -> None:
    plant = Plant(msgspec.structs.replace(_HIGH, suppress_when="not b > 1"))
    plant.feed(("a", 1, 11.0))
    assert plant.states() == {"hi": "unacknowledged"}
    plant.feed(("b", 2, 0.0))
    assert plant.states() == {"hi": "suppressed"}
    plant.feed(("b", 3, 0.0, True))
    assert plant.states() == {"hi": "unacknowledged"}


def test_that_an_alarm_that_explains_others_suppresses_them_at_the_same_moment() -> None:
    power = AlarmDefinition(id="power", channel="b", kind="low", limit=1.0, priority="high")
    plant = Plant(msgspec.structs.replace(_HIGH, suppress_when='alarm("power")'), power)
    plant.feed(("a", 1, 11.0), ("b", 1, 0.0))
    assert plant.states() == {"hi": "suppressed", "power": "unacknowledged"}
    assert not any(one.state == "unacknowledged" for one in plant.events if one.alarm == "hi")


def test_that_the_first_of_a_group_is_marked_until_the_group_is_normal() -> None:
    second = AlarmDefinition(id="b", channel="b", kind="high", limit=1.0, group="press")
    plant = Plant(msgspec.structs.replace(_HIGH, group="press"), second)
    plant.feed(("b", 1, 2.0), ("a", 2, 11.0))
    assert {one.id: one.first_out for one in plant.engine.standing()} == {"hi": False, "b": True}
    plant.feed(("a", 3, 0.0), ("b", 3, 0.0))
    plant.act("acknowledge", "hi", 4.0)
    plant.act("acknowledge", "b", 4.0)
    plant.feed(("a", 5, 11.0))
    assert plant.engine.standing()[0].first_out


def test_that_an_acknowledged_alarm_that_stands_is_announced_again() -> None:
    plant = Plant(msgspec.structs.replace(_HIGH, re_alarm_s=30.0))
    plant.feed(("a", 1, 11.0))
    plant.act("acknowledge", "hi", 2.0)
    assert told(plant.feed(until_s=100.0)) == [(32.0, "hi", "re_alarm")]
    plant.act("acknowledge", "hi", 101.0)
    plant.feed(("a", 102, 0.0), until_s=1000.0)
    assert plant.states() == {}


def test_that_the_channel_upstream_that_moved_first_is_proposed_as_the_cause() -> None:
    upstream = Upstream(
        {"a": "glue", "b": "oven", "c": "press"},
        {"glue": {"glue": 0, "oven": 1}, "oven": {"oven": 0}, "press": {"press": 0}},
        {"oven": "Curing oven"},
    )
    oven = AlarmDefinition(id="oven", channel="b", kind="low", limit=50.0, on_delay_s=20.0, name="Oven cold", unit="degC")
    press = AlarmDefinition(id="press", channel="c", kind="high", limit=1.0)
    plant = Plant(msgspec.structs.replace(_HIGH, on_delay_s=60.0), oven, press, upstream=upstream)
    plant.feed(("c", 1, 9.0), ("b", 2, 40.0), ("a", 5, 11.0), until_s=100.0)
    event = next(one for one in plant.events if one.alarm == "hi")
    assert event.cause is not None
    assert (event.cause.alarm, event.cause.t_ns) == ("oven", 2 * 10**9)
    assert event.cause.text == "Oven cold at Curing oven moved first (limit 50 °C)"
    assert next(one for one in plant.events if one.alarm == "press").cause is None  # nothing flows to the press


def test_that_a_cause_that_the_definition_names_comes_first() -> None:
    plant = Plant(msgspec.structs.replace(_HIGH, cause="The heater's relay sticks"))
    (event,) = plant.feed(("a", 1, 11.0))
    assert event.cause is not None and event.cause.text == "The heater's relay sticks"
    assert (event.name, event.value, event.limit, event.unit, event.response) == (
        "Glue too hot",
        11.0,
        10.0,
        "degC",
        "Stop the robot",
    )


def test_that_an_alarm_without_a_definition_is_dropped_at_a_restart_and_named() -> None:
    plant = Plant(_HIGH)
    plant.feed(("a", 1, 11.0))
    other = AlarmEngine([], ["a"], start_ns=0)
    assert other.restore(plant.engine.state()) == ("hi",)


def test_that_a_restart_forgets_no_stay_in_the_dead_band() -> None:
    """The on delay counts only time beyond the limit itself, also across a restart."""
    slow = msgspec.structs.replace(_HIGH, dead_band=2.0, on_delay_s=10.0)
    plant = Plant(slow)
    plant.feed(("a", 1, 11.0), ("a", 4, 9.0))
    again = Plant(slow)
    again.engine.restore(plant.engine.state())
    assert again.engine.state() == plant.engine.state()
    assert told(again.feed(("a", 30, 9.5))) == told(plant.feed(("a", 30, 9.5))) == []


def test_that_a_gateway_that_was_down_blames_no_channel_for_its_own_silence() -> None:
    silent = AlarmDefinition(id="silent", channel="a", kind="stale", limit=2.0)
    plant = Plant(silent)
    plant.feed(("a", 1, 0.0))
    again = Plant(silent)
    again.engine.restore(plant.engine.state(), resumed_ns=1000 * 10**9)
    assert again.feed(until_s=1001.0) == []
    assert told(again.feed(until_s=1003.0)) == [(1002.000000001, "silent", "activate")]


_DEFINITIONS = (
    msgspec.structs.replace(
        _HIGH, dead_band=1.0, on_delay_s=2.0, off_delay_s=1.0, suppress_when="c == 0", re_alarm_s=4.0, group="g"
    ),
    _latching(id="latch", channel="b", suppress_when='alarm("hi") and c < 2', group="g"),
    AlarmDefinition(id="state", channel="c", kind="equals", limit=1.0),
    AlarmDefinition(id="bad", channel="b", kind="bad_quality", on_delay_s=1.0),
    AlarmDefinition(id="silent", channel="c", kind="stale", limit=5.0),
)
_FEED = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.integers(0, 13), st.integers(0, 5)), min_size=1, max_size=80
)


@settings(max_examples=120, deadline=None)
@given(_FEED, st.lists(st.integers(0, 100), max_size=6), st.integers(0, 100))
def test_that_blocks_of_any_size_and_a_restart_anywhere_give_the_same_events(
    steps: list[tuple[str, int, int, int]], cuts: list[int], restart: int
) -> None:
    samples: list[Sample] = []
    t = 1
    for name, wait, value, rare in steps:
        t += wait
        samples.append((name, float(t), float(value if name != "c" else value % 3), rare == 0))
    end = t + 7
    whole = Plant(*_DEFINITIONS)
    whole.feed(*samples, until_s=end)
    plant, events, low = Plant(*_DEFINITIONS), list[AlarmEvent](), 0
    for cut in [*sorted({one for one in (*cuts, restart) if one < end}), end]:
        events += plant.feed(*[one for one in samples if low < one[1] <= cut], until_s=cut)
        low = cut
        if cut == restart:
            written = msgspec.msgpack.encode(plant.engine.state())
            plant = Plant(*_DEFINITIONS)
            plant.engine.restore(msgspec.msgpack.decode(written, type=EngineState))
    assert events == whole.events
    assert plant.engine.standing() == whole.engine.standing()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(events), type=list[AlarmEvent]) == events
