"""The figures of EEMUA 191 on days made by hand."""

from __future__ import annotations

import pytest

from viewer.alarms.figures import figures, floods_of, load_of
from viewer.alarms.report import report_html, report_text
from viewer.alarms.states import TRANSITIONS, State, Trigger
from viewer.alarms.words import AlarmEvent

S = 10**9
_DAY = 24 * 3600


class Day:
    """Events of one made-up day."""

    def __init__(self) -> None:
        self.events: list[AlarmEvent] = []
        self._state: dict[str, State] = {}

    def put(self, alarm: str, trigger: Trigger, t_s: float, *, priority: str = "low", operator: str = "") -> None:
        before = self._state.get(alarm, State.NORMAL)
        after = self._state[alarm] = TRANSITIONS[before, trigger]
        self.events.append(
            AlarmEvent(
                sequence=len(self.events) + 1,
                t_ns=round(t_s * S),
                alarm=alarm,
                trigger=trigger,
                before=before,
                state=after,
                priority=priority,
                operator=operator,
            )
        )

    def came(self, alarm: str, t_s: float, *, for_s: float = 300.0, acknowledged_after_s: float = 60.0, **more: str) -> None:
        self.put(alarm, Trigger.ACTIVATE, t_s, **more)
        if acknowledged_after_s < for_s:
            self.put(alarm, Trigger.ACKNOWLEDGE, t_s + acknowledged_after_s, **more)
            self.put(alarm, Trigger.CLEAR, t_s + for_s, **more)
        else:
            self.put(alarm, Trigger.CLEAR, t_s + for_s, **more)
            self.put(alarm, Trigger.ACKNOWLEDGE, t_s + acknowledged_after_s, **more)


@pytest.mark.parametrize(
    ("average", "words"),
    [
        (0.5, "very likely to be acceptable"),
        (1.0, "very likely to be acceptable"),
        (2.0, "manageable"),
        (5.0, "likely to be over-demanding"),
        (10.1, "very likely to be unacceptable"),
    ],
)
def test_that_the_load_has_eemuas_words(average: float, words: str) -> None:
    assert load_of(average) == words


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([10, 10, 10], []),
        ([11], [(0, 1, 11)]),
        ([0, 11, 5, 6, 4, 11], [(1, 4, 22), (5, 6, 11)]),
        ([20, 4, 9, 10], [(0, 1, 20)]),
    ],
)
def test_that_a_flood_begins_above_ten_and_ends_below_five(intervals: list[int], expected: list[tuple[int, int, int]]) -> None:
    found = [(one.t0_ns // (600 * S), one.t1_ns // (600 * S), one.alarms) for one in floods_of(intervals, 0)]
    assert found == expected


def test_that_a_quiet_day_has_no_findings() -> None:
    day = Day()
    for at in range(100):
        day.came(f"a{at}", 600.0 * at, priority="low" if at < 80 else "medium" if at < 95 else "high")
    found = figures(day.events, 0, _DAY * S)
    assert (found.announced, found.acknowledged, found.acknowledge_s) == (100, 100, (60.0, 60.0, 60.0))
    assert found.operators[0].average == pytest.approx(100 / 144)
    assert found.operators[0].peak == 1
    assert found.standing == found.stale == found.chattering == found.fleeting == ()
    assert [one for one in found.findings if "ten most frequent" not in one] == []


def test_that_chattering_fleeting_and_stale_alarms_are_told_apart() -> None:
    day = Day()
    day.put("old", Trigger.ACTIVATE, 10.0)
    for at in range(3):
        day.came("chatter", 1000.0 + 25.0 * at, for_s=5.0, acknowledged_after_s=6.0)
        day.came("fleeting", 5000.0 + 100.0 * at, for_s=5.0, acknowledged_after_s=6.0)
        day.came("slow", 9000.0 + 100.0 * at, for_s=90.0)
    found = figures(sorted(day.events, key=lambda one: one.t_ns), 0, (_DAY + 20) * S)
    assert [one.alarm for one in found.chattering] == ["chatter"]
    assert [one.alarm for one in found.fleeting] == ["fleeting"]
    assert (found.stale, found.standing) == (("old",), ("old",))


def test_that_what_stood_before_counts_as_standing_but_not_as_new() -> None:
    day = Day()
    day.put("old", Trigger.ACTIVATE, 10.0)
    found = figures(day.events, 3600 * S, 7200 * S)
    assert (found.announced, found.standing) == (0, ("old",))


def test_that_the_load_is_told_for_each_operator_and_a_flood_is_found() -> None:
    day = Day()
    for at in range(30):
        day.came(f"a{at}", 700.0 + at, operator="line 1", priority="high")
    day.came("b", 100.0, operator="line 2")
    found = figures(sorted(day.events, key=lambda one: one.t_ns), 0, 3600 * S)
    first, second = found.operators
    assert (first.name, first.announced, first.peak, len(first.floods)) == ("line 1", 30, 30, 1)
    assert first.load == "likely to be over-demanding" and second.load == "very likely to be acceptable"
    assert first.flood_share == pytest.approx(1 / 6)
    assert any("80 / 15 / 5" in one for one in found.findings)


def test_that_the_reports_say_what_the_figures_say_and_escape_names() -> None:
    day = Day()
    for at in range(12):
        day.came(f"<b>{at}", 700.0 + at)
    found = figures(sorted(day.events, key=lambda one: one.t_ns), 0, 3600 * S)
    text, page = report_text(found), report_html(found)
    assert "2.00: manageable" in text and "1, 16.7 % of the time" in text
    assert "&lt;b&gt;1" in page and "<b>1" not in page and page.count("<rect") == 1


def test_that_an_empty_time_has_figures_too() -> None:
    found = figures([], 0, 0)
    assert (found.announced, found.operators[0].load) == (0, "very likely to be acceptable")
    assert "Announced" in report_text(found)
