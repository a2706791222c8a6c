"""Limits, dead band, delays, quality and silence, by the samples' own times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alarms.plant import Plant, S, told
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.engine import AlarmEngine
from viewer.twin.samples import in_runs


def _high(**changes: object) -> AlarmDefinition:
    return AlarmDefinition(**{"id": "hi", "channel": "a", "kind": "high", "limit": 10.0, **changes})


def test_that_a_value_at_the_limit_is_normal_and_one_in_the_dead_band_does_not_clear() -> None:
    plant = Plant(_high(dead_band=2.0))
    plant.feed(("a", 1, 10.0), ("a", 2, 10.1), ("a", 3, 8.1), ("a", 4, 8.0))
    assert told(plant.events) == [(2.0, "hi", "activate"), (4.0, "hi", "clear")]
    assert plant.events[0].value == 10.1


def test_that_a_low_limit_is_the_mirror_of_a_high_one() -> None:
    plant = Plant(_high(kind="low", limit=-10.0, dead_band=2.0))
    plant.feed(("a", 1, -10.0), ("a", 2, -10.1), ("a", 3, -8.1), ("a", 4, -8.0))
    assert told(plant.events) == [(2.0, "hi", "activate"), (4.0, "hi", "clear")]


def test_that_every_crossing_within_one_block_is_told() -> None:
    plant = Plant(_high())
    plant.feed(*[("a", at, 11.0 if at % 2 else 9.0) for at in range(1, 7)])
    assert [trigger for *_, trigger in told(plant.events)] == ["activate", "clear"] * 3


def test_that_the_on_delay_ends_between_samples_at_its_own_time() -> None:
    plant = Plant(_high(on_delay_s=2.5))
    plant.feed(("a", 1, 11.0), ("a", 3, 12.0), ("a", 5, 13.0))
    assert told(plant.events) == [(3.5, "hi", "activate")]
    assert plant.events[0].value == 12.0


def test_that_a_peak_shorter_than_the_on_delay_raises_nothing() -> None:
    plant = Plant(_high(on_delay_s=2.5))
    plant.feed(("a", 1, 11.0), ("a", 3, 9.0), ("a", 4, 11.0), ("a", 6, 9.0), until_s=60)
    assert plant.events == []


def test_that_time_spent_in_the_dead_band_counts_for_no_on_delay() -> None:
    plant = Plant(_high(on_delay_s=3.0, dead_band=4.0))
    plant.feed(("a", 1, 12.0), ("a", 2, 9.0), ("a", 4, 9.0), ("a", 6, 12.0), ("a", 8, 9.0), until_s=60)
    assert plant.events == []
    plant.feed(("a", 61, 12.0), ("a", 65, 9.0), ("a", 66, 12.0), ("a", 67, 7.0), ("a", 68, 6.0))
    assert told(plant.events) == [(64.0, "hi", "activate"), (68.0, "hi", "clear")]


def test_that_a_silent_channel_that_was_last_beyond_its_limit_still_raises_after_the_delay() -> None:
    plant = Plant(_high(on_delay_s=5.0))
    plant.feed(("a", 1, 11.0))
    assert plant.feed(until_s=5.9) == []
    assert told(plant.feed(until_s=60)) == [(6.0, "hi", "activate")]


def test_that_silence_and_bad_samples_never_clear_an_alarm() -> None:
    plant = Plant(_high(off_delay_s=2.0))
    plant.feed(("a", 1, 11.0))
    plant.feed(("a", 2, 0.0, True), ("a", 3, float("nan"), True), until_s=50)
    plant.feed(("a", 51, 9.0), until_s=100)  # normal, but no sample has confirmed it for two seconds
    assert plant.states() == {"hi": "unacknowledged"}
    plant.feed(("a", 101, 0.0, True), ("a", 102, 9.0), ("a", 103, 9.0))  # the bad one starts the off delay anew
    assert plant.states() == {"hi": "unacknowledged"}
    assert told(plant.feed(("a", 104, 9.0))) == [(104.0, "hi", "clear")]


def test_that_a_value_that_is_no_number_counts_as_bad() -> None:
    plant = Plant(_high(), AlarmDefinition(id="bad", channel="a", kind="bad_quality", on_delay_s=1.0))
    plant.feed(("a", 1, float("nan")), ("a", 2, float("inf")), ("a", 3, 5.0))
    assert told(plant.events) == [(2.0, "bad", "activate"), (3.0, "bad", "clear")]


def test_that_states_are_compared_and_deviations_measured() -> None:
    plant = Plant(
        AlarmDefinition(id="fault", channel="a", kind="equals", limit=3.0),
        AlarmDefinition(id="off", channel="b", kind="differs", limit=50.0, dead_band=2.0),
    )
    plant.feed(("a", 1, 2), ("a", 2, 3), ("a", 3, 3), ("a", 4, 1), ("b", 1, 48.0), ("b", 2, 52.5), ("b", 3, 51.0))
    assert told(plant.events) == [
        (2.0, "fault", "activate"),
        (2.0, "off", "activate"),
        (3.0, "off", "clear"),
        (4.0, "fault", "clear"),
    ]


def test_that_silence_is_told_a_nanosecond_after_its_limit_and_ends_with_the_next_sample() -> None:
    plant = Plant(AlarmDefinition(id="silent", channel="a", kind="stale", limit=2.0))
    plant.feed(("a", 1, 0.0), ("a", 3, 0.0), ("a", 6, 0.0), until_s=6)
    assert [(one.t_ns, one.trigger.value) for one in plant.events] == [(5 * S + 1, "activate"), (6 * S, "clear")]
    assert plant.feed(until_s=8) == []
    assert len(plant.feed(until_s=9)) == 1


def test_that_a_channel_that_never_said_anything_is_silent_too() -> None:
    plant = Plant(AlarmDefinition(id="silent", channel="c", kind="stale", limit=2.0))
    assert [one.t_ns for one in plant.feed(until_s=3)] == [2 * S + 1]


def test_that_a_clock_that_goes_back_or_ahead_does_not_blind_an_alarm() -> None:
    plant = Plant(_high(on_delay_s=1.0))
    plant.feed(("a", 100, 5.0), ("a", 40, 11.0), ("a", 41, 11.0), until_s=100)  # summer time ends
    assert told(plant.feed(until_s=101)) == [(101.0, "hi", "activate")]
    other = Plant(_high(on_delay_s=1.0))
    other.feed(("a", 1e6, 11.0), until_s=5)  # a device from the future
    assert told(other.feed(until_s=7)) == [(6.0, "hi", "activate")]


def _reference(samples: list[tuple[int, float, bool]], one: AlarmDefinition, end: int) -> list[tuple[int, bool]]:
    """One alarm, sample by sample, as the words of the definition say; times in whole seconds."""
    beyond, active, since, bad_before, found = False, False, 0, False, []
    for t, value, bad in [*samples, (end, 0.0, True)]:
        if beyond and not active and since + one.on_delay_s <= t:
            active = True
            found.append((since + int(one.on_delay_s), True))
        if not bad:
            if value > one.limit and not beyond:
                beyond, since = True, t
                if one.on_delay_s == 0 and not active:
                    active = True
                    found.append((t, True))
            elif (beyond and value <= one.limit - (one.dead_band if active else 0.0)) or (not beyond and bad_before):
                beyond, since = False, t
            if not beyond and active and t - since >= one.off_delay_s:
                active = False
                found.append((t, False))
        bad_before = bad
    return found


_SAMPLES = st.lists(st.tuples(st.integers(0, 3), st.integers(4, 14), st.booleans(), st.integers(0, 2)), max_size=60)
_DELAYS = st.integers(0, 4)


@settings(max_examples=150, deadline=None)
@given(_SAMPLES, _DELAYS, _DELAYS, st.integers(0, 3), st.lists(st.integers(0, 130), max_size=8))
def test_that_blocks_of_any_size_give_what_a_walk_over_single_samples_gives(
    steps: list[tuple[int, int, bool, int]], on_s: int, off_s: int, band: int, cuts: list[int]
) -> None:
    definition = _high(on_delay_s=float(on_s), off_delay_s=float(off_s), dead_band=float(band))
    samples: list[tuple[int, float, bool]] = []
    t = 1
    for wait, value, bad, rare in steps:
        t += wait
        samples.append((t, float(value), bad and rare == 0))
    end = t + 3
    expected = _reference(samples, definition, end)
    engine = AlarmEngine([definition], ["a"], start_ns=0)
    found: list[tuple[int, bool]] = []
    low = 0
    for cut in [*sorted(one for one in cuts if one < end), end]:
        part = [one for one in samples if low < one[0] <= cut]
        columns = in_runs(
            np.zeros(len(part), np.int64),
            np.array([one[0] * S for one in part], np.int64),
            np.array([one[1] for one in part]),
            np.array([one[2] for one in part], np.uint8),
        )
        found += [(event.t_ns // S, event.trigger.value == "activate") for event in engine.step(columns, cut * S)]
        low = cut
    assert found == expected


@pytest.mark.parametrize("cut_s", [3.0, 3.5, 4.0])
def test_that_a_restart_in_the_middle_of_a_delay_changes_nothing(cut_s: float) -> None:
    definition = _high(on_delay_s=2.5)
    plant = Plant(definition)
    plant.feed(("a", 1, 11.0), ("a", 2, 11.0), until_s=cut_s)
    again = Plant(definition)
    assert again.engine.restore(plant.engine.state()) == ()
    again.feed(("a", 5, 11.0))
    assert told(plant.events + again.events) == [(3.5, "hi", "activate")]
