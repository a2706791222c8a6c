"""Folding events gives what the engine itself says stood, at every moment of any history."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alarms.plant import Plant, S
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.folding import fold, standing_at
from viewer.alarms.words import Alarm
from viewer.base.errors import UserMistake

_ALARMS = (
    AlarmDefinition(id="hi", channel="a", kind="high", limit=10.0, dead_band=1.0, group="g", response="Stop", operator="east"),
    AlarmDefinition(id="lo", channel="a", kind="low", limit=2.0, off_delay_s=2.0, priority="high", group="g", consequence="Cold"),
    AlarmDefinition(id="held", channel="b", kind="high", limit=10.0, latching=True, cause="The pump"),
    AlarmDefinition(id="again", channel="b", kind="high", limit=12.0, re_alarm_s=3.0),
    AlarmDefinition(id="quiet", channel="c", kind="high", limit=10.0, suppress_when='alarm("hi") or b > 11'),
)
_BY_ID = {one.id: one for one in _ALARMS}
_STEP = st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 5.0, 10.5, 11.5, 20.0]))
_ACT = st.tuples(
    st.sampled_from(["acknowledge", "shelve", "unshelve", "suppress", "unsuppress", "remove", "return", "reset"]),
    st.sampled_from(sorted(_BY_ID)),
    st.sampled_from(["Being repaired", " tuned ", ""]),
)
_STORY = st.lists(st.one_of(_STEP, _ACT), min_size=1, max_size=40)


def _lived(story: list[tuple[Any, ...]]) -> tuple[Plant, list[tuple[int, int, tuple[Alarm, ...]]]]:
    """The plant after a story of one thing a second, and at each second: time, events so far, what stood."""
    plant, stood = Plant(*_ALARMS), []
    for second, one in enumerate(story, 1):
        plant.feed(*([(one[0], float(second), one[1])] if len(one) == 2 else []), until_s=float(second))
        if len(one) == 3:
            with suppress(UserMistake):  # what the state does not allow is refused, and nothing is said of it
                plant.act(one[0], one[1], float(second), reason=one[2], until_s=second + 4.0)
        stood.append((second * S, len(plant.events), tuple(sorted(plant.engine.standing(), key=lambda a: a.id))))
    return plant, stood


@settings(max_examples=150, deadline=None)
@given(_STORY)
def test_that_folding_the_events_so_far_gives_what_the_engine_says_stands(story: list[tuple[Any, ...]]) -> None:
    plant, stood = _lived(story)
    for _, count, expected in stood:
        assert fold(plant.events[:count], _BY_ID) == expected


@settings(max_examples=100, deadline=None)
@given(_STORY, st.data())
def test_that_events_from_any_moment_before_it_tell_the_same_states(story: list[tuple[Any, ...]], data: st.DataObject) -> None:
    plant, stood = _lived(story)
    t_ns, _, expected = stood[data.draw(st.integers(0, len(stood) - 1))]
    first = data.draw(st.integers(0, sum(one.t_ns <= t_ns for one in plant.events)))
    found = standing_at(t_ns, plant.events[first:], stood[-1][2], _BY_ID)
    assert [(a.id, a.state, a.priority) for a in found] == [(a.id, a.state, a.priority) for a in expected]
    if first == 0:
        assert found == expected


def test_that_an_alarm_nothing_happened_to_stands_as_it_does_now() -> None:
    plant = Plant(*_ALARMS)
    plant.feed(("a", 1.0, 20.0), ("b", 1.0, 20.0))
    now = plant.engine.standing()
    assert {a.id for a in standing_at(500 * S, [], now, _BY_ID)} == {"hi", "held", "again", "quiet"}
    assert standing_at(500 * S, [], now, _BY_ID)[1] == next(msgspec.structs.replace(a) for a in now if a.id == "held")
