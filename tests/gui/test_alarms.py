"""The alarm list in the window: what stands, what people do with it, the past, floods, and lines that know of no alarms."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.alarms.plant import block
from tests.gui import window_fakes as fakes
from viewer.alarms.definitions import AlarmDefinition, Priority
from viewer.alarms.engine import AlarmEngine
from viewer.alarms.states import State, Trigger
from viewer.alarms.words import Alarm, AlarmAction, AlarmEvent
from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.live.past_words import GapInfo
from viewer.twin.document import Document
from viewer.ui.alarms.feature import Alarms
from viewer.ui.alarms.holding import HoldSheet
from viewer.ui.alarms.line import AlarmPast
from viewer.ui.alarms.model import ACKNOWLEDGE, NAME, PRIORITY, SINCE, STATE, VALUE
from viewer.ui.alarms.rows import kept, rows_of, value_against_limit
from viewer.ui.alarms.ticks import ticks
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services
from viewer.ui.sheet import Sheet

NOW_NS = 1_700_000_000_000_000_000
S = 1_000_000_000
T = TypeVar("T")
HIGH = AlarmDefinition(
    id="torque.hi", channel=fakes.TORQUE, kind="high", limit=55.0, name="Torque too high", unit="N*m", priority="high",
    group="spindle", response="Change the bit", consequence="The bolt shears",
)  # fmt: skip
LOW = AlarmDefinition(id="torque.lo", channel=fakes.TORQUE, kind="low", limit=10.0, latching=True, node="st080", priority="low")


class AlarmingFeed(fakes.FakeFeed):
    """A line whose gateway has a real alarm engine; it answers on another thread, some time after it was asked."""

    def __init__(self, clock: ManualClock, *definitions: AlarmDefinition) -> None:
        super().__init__(clock)
        self.definitions = definitions or (HIGH, LOW)
        self.engine = AlarmEngine(self.definitions, [fakes.TORQUE], start_ns=clock.now_ns())
        self.told: list[AlarmEvent] = []
        self.asked: list[str] = []
        self.may = True
        self.history = True
        self.missing: list[GapInfo] = []
        self.listeners: list[Callable[[list[bytes]], None]] = []
        self._pool = ThreadPoolExecutor(1)
        self._lock = threading.Lock()

    def feel(self, value: float) -> None:
        """A sample comes, and the engine sees it a second later than the one before."""
        self.clock.advance(1.0)
        t_ns = self.clock.now_ns()
        with self._lock:
            self.tell(self.engine.step(block([fakes.TORQUE], [(fakes.TORQUE, t_ns / S, value)]), t_ns))
        self.say(value)

    def tell(self, events: list[AlarmEvent]) -> None:
        self.told += events
        for listener in list(self.listeners):
            listener([msgspec.msgpack.encode(one) for one in events])

    def on_alarms(self, callback: Callable[[list[bytes]], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)

    def request_alarms(
        self, item: type[T], what: str = "standing", t0_ns: int = 0, t1_ns: int = 1 << 62
    ) -> Future[tuple[T, ...]]:
        self.asked.append(what)
        return self._pool.submit(lambda: self._items(what, t0_ns, t1_ns))

    def _items(self, what: str, t0_ns: int, t1_ns: int) -> Any:
        with self._lock:
            if what == "standing":
                return self.engine.standing()
            if what == "definitions":
                return self.definitions
            if not self.history:
                raise UserMistake("this gateway keeps no history")
            return tuple(one for one in self.told if t0_ns <= one.t_ns < t1_ns)

    def act_on_alarm(self, action: AlarmAction, event: type[T]) -> Future[T]:
        return self._pool.submit(lambda: self._act(action))

    def _act(self, action: AlarmAction) -> Any:
        if not self.may:
            raise UserMistake(f"the role viewer may not {action.kind} an alarm")
        with self._lock:
            event = self.engine.act(action, user="ada", role="operator", t_ns=self.clock.now_ns())
        self.tell([event])
        return event

    def request_gaps(self, t0_ns: int, t1_ns: int) -> Future[tuple[GapInfo, ...]]:
        return self._pool.submit(lambda: tuple(self.missing))


@pytest.fixture
def line() -> AlarmingFeed:
    return AlarmingFeed(ManualClock(NOW_NS))


@pytest.fixture
def window(qtbot: QtBot, line: AlarmingFeed) -> Iterator[MainWindow]:
    window = MainWindow(Services(Document(fakes.small_twin()), line, line.clock), Look("dark"))
    qtbot.addWidget(window)
    window.show()
    window.docks.show("alarms")
    yield window
    window.close_now()


def alarms_of(window: MainWindow) -> Alarms:
    return next(one for one in window.features if isinstance(one, Alarms))


def listed(window: MainWindow, column: int = NAME) -> list[object]:
    model = alarms_of(window).panel.model
    return [model.data(model.index(row, column)) for row in range(model.rowCount())]


def states(window: MainWindow) -> dict[str, State]:
    return {row.alarm.id: row.alarm.state for row in alarms_of(window).rows}


def click(qtbot: QtBot, window: MainWindow, row: int, column: int) -> None:
    panel = alarms_of(window).panel
    where = panel.table.visualRect(panel.model.index(row, column)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)


def sheet_of(window: MainWindow) -> Sheet:
    return next(one for one in window.findChildren(Sheet) if one.isVisible())


def press(qtbot: QtBot, sheet: Sheet, text: str) -> None:
    button = next(one for one in sheet.findChildren(QPushButton) if one.text().startswith(text))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


# -- lines that can't tell ---------------------------------------------------------------------------------------------


@pytest.mark.window
def test_that_without_a_gateway_or_with_one_that_watches_no_alarms_the_list_says_so(qtbot: QtBot, window: MainWindow) -> None:
    window.set_feed(None)
    assert "genchi edge" in alarms_of(window)._nothing()[1]
    assert alarms_of(window).chip.sizeHint().width() == 0
    window.set_feed(fakes.FakeFeed(ManualClock(NOW_NS)))
    assert alarms_of(window)._nothing()[1] == "This line's gateway watches no alarms."
    assert not window.actions_["alarms.report"].isEnabled()


@pytest.mark.window
def test_that_a_refusal_by_role_is_read_as_the_gateway_says_it_and_changes_nothing(
    qtbot: QtBot, window: MainWindow, line: AlarmingFeed
) -> None:
    line.may = False
    line.feel(60.0)
    qtbot.waitUntil(lambda: listed(window) == ["Torque too high"])
    click(qtbot, window, 0, ACKNOWLEDGE)
    qtbot.waitUntil(lambda: bool(window.notifications.messages))
    assert window.notifications.messages[-1].text == "The role viewer may not acknowledge an alarm"
    assert states(window) == {"torque.hi": State.UNACKNOWLEDGED}


@pytest.mark.window
def test_that_what_is_gone_with_the_line_is_said_and_cannot_be_acted_on(
    qtbot: QtBot, window: MainWindow, line: AlarmingFeed
) -> None:
    line.feel(60.0)
    qtbot.waitUntil(lambda: listed(window) == ["Torque too high"])
    line.lose()
    qtbot.waitUntil(lambda: not alarms_of(window).book.can_act)
    alarms_of(window).show()
    assert listed(window, ACKNOWLEDGE) == [""]
    assert "The line is gone" in alarms_of(window).panel._note.text()


# -- what stands -------------------------------------------------------------------------------------------------------


def test_that_rows_stand_by_what_is_unseen_then_priority_then_the_newest_and_what_is_held_back_comes_last() -> None:
    def one(name: str, state: State, priority: Priority, raised_s: int) -> Alarm:
        return Alarm(id=name, state=state, active=True, priority=priority, channel="c", raised_ns=raised_s * S)

    alarms = [
        one("seen", State.ACKNOWLEDGED, "critical", 9),
        one("old", State.UNACKNOWLEDGED, "high", 1),
        one("new", State.RETURNED, "high", 5),
        one("put aside", State.SHELVED, "critical", 8),
        one("low", State.LATCHED_UNACKNOWLEDGED, "low", 9),
    ]
    rows = rows_of(alarms, fakes.small_twin(), NOW_NS)
    assert [row.alarm.id for row in rows] == ["new", "old", "low", "seen", "put aside"]
    assert [row.alarm.id for row in kept(rows, "unacknowledged", "")] == ["new", "old", "low"]
    assert [row.alarm.id for row in kept(rows, "shelved", "")] == ["put aside"]
    assert [row.alarm.id for row in kept(rows, "all", "shelved crit")] == ["put aside"]


@pytest.mark.parametrize(
    ("value", "limit", "unit", "written"),
    [(60.04, 55.0, "N*m", "60.04 > 55 N·m"), (-2.5, 0.0, "degC", "\u22122.5 < 0 °C"), (None, 3.0, "s", "limit 3 s")],
)
def test_that_a_value_stands_against_its_limit_with_the_unit(value: float | None, limit: float, unit: str, written: str) -> None:
    alarm = Alarm(id="a", state=State.ACKNOWLEDGED, active=True, priority="low", channel="c", value=value, limit=limit, unit=unit)
    assert value_against_limit(alarm, fakes.small_twin()) == written


@pytest.mark.window
def test_that_a_new_alarm_says_all_in_words_and_is_acknowledged_with_one_click(
    qtbot: QtBot, window: MainWindow, line: AlarmingFeed
) -> None:
    line.feel(60.0)
    qtbot.waitUntil(lambda: listed(window) == ["Torque too high"])
    assert listed(window, PRIORITY) == ["High"]
    assert listed(window, STATE) == ["Active, not acknowledged"]
    assert listed(window, VALUE) == ["60 > 55 N·m"]
    assert listed(window, SINCE) != [""]
    chip, model = alarms_of(window).chip, alarms_of(window).panel.model
    tip = str(model.data(model.index(0, NAME), Qt.ItemDataRole.ToolTipRole))
    assert "Change the bit" in tip
    assert "The bolt shears" in tip
    assert "First of its group" in tip
    assert (chip.text, chip.blinks) == ("1 high (1 not acknowledged)", True)
    click(qtbot, window, 0, ACKNOWLEDGE)
    assert states(window) == {"torque.hi": State.UNACKNOWLEDGED}, "nothing shows before the gateway has told"
    qtbot.waitUntil(lambda: states(window) == {"torque.hi": State.ACKNOWLEDGED})
    assert listed(window, STATE) == ["Active, acknowledged by ada"]
    assert not chip.blinks


@pytest.mark.window
def test_that_choosing_an_alarm_selects_its_part_and_draws_its_channel_with_the_limit(
    qtbot: QtBot, window: MainWindow, line: AlarmingFeed
) -> None:
    line.feel(60.0)
    qtbot.waitUntil(lambda: listed(window) == ["Torque too high"])
    click(qtbot, window, 0, NAME)
    assert window.selection.ids == (fakes.TOOL,)
    detail = alarms_of(window).panel.detail
    qtbot.waitUntil(lambda: detail.curve.curve is not None)
    assert ("hi", 55.0) in detail.curve.limits()
    assert "Change the bit" in detail._facts.text()
    label = alarms_of(window)._lines._label
    told = label() if label is not None else None
    assert told is not None
    assert "Torque too high" in told.text()


@pytest.mark.window
def test_that_a_latched_alarm_is_reset_once_it_is_acknowledged(qtbot: QtBot, window: MainWindow, line: AlarmingFeed) -> None:
    line.feel(5.0)
    line.feel(25.0)
    qtbot.waitUntil(lambda: states(window) == {"torque.lo": State.LATCHED_UNACKNOWLEDGED})
    alarms_of(window).panel.choose("torque.lo")
    window.actions_["alarms.acknowledge"].trigger()
    qtbot.waitUntil(lambda: states(window) == {"torque.lo": State.LATCHED_ACKNOWLEDGED})
    qtbot.waitUntil(lambda: window.actions_["alarms.reset"].isEnabled())
    window.actions_["alarms.reset"].trigger()
    qtbot.waitUntil(lambda: states(window) == {})


@pytest.mark.window
def test_that_a_shelf_needs_a_reason_and_an_end_and_is_left_again(qtbot: QtBot, window: MainWindow, line: AlarmingFeed) -> None:
    line.feel(60.0)
    qtbot.waitUntil(lambda: listed(window) == ["Torque too high"])
    alarms_of(window).panel.choose("torque.hi")
    window.actions_["alarms.shelve"].trigger()
    sheet = sheet_of(window)
    assert isinstance(sheet, HoldSheet)
    press(qtbot, sheet, "1 h")
    assert sheet.isVisible(), "not without a reason"
    sheet.reason.setText("new bit ordered")
    press(qtbot, sheet, "1 h")
    qtbot.waitUntil(lambda: states(window) == {"torque.hi": State.SHELVED})
    row = alarms_of(window).rows[0]
    assert row.alarm.until_ns == line.clock.now_ns() + 3_600 * S
    assert row.state.endswith("by ada: new bit ordered")
    alarms_of(window).ask_for_chosen("unshelve")
    qtbot.waitUntil(lambda: states(window) == {"torque.hi": State.UNACKNOWLEDGED})
    alarms_of(window).ask_for_chosen("remove")
    out = sheet_of(window)
    assert isinstance(out, HoldSheet)
    out.reason.setText("sensor is being changed")
    press(qtbot, out, "Take out of service")
    qtbot.waitUntil(lambda: states(window) == {"torque.hi": State.OUT_OF_SERVICE})
    assert alarms_of(window).can("return")


# -- the past ----------------------------------------------------------------------------------------------------------


@pytest.mark.window
def test_that_the_past_shows_what_stood_then_and_only_now_can_be_acted_on(
    qtbot: QtBot, window: MainWindow, line: AlarmingFeed
) -> None:
    line.feel(60.0)
    raised_ns = line.clock.now_ns()
    line.feel(25.0)
    line._act(AlarmAction(alarm="torque.hi", kind="acknowledge"))
    line.clock.advance(60.0)
    window.time.go_to(raised_ns + S // 2)
    qtbot.waitUntil(lambda: states(window) == {"torque.hi": State.UNACKNOWLEDGED})
    assert listed(window, ACKNOWLEDGE) == [""]
    assert not window.actions_["alarms.acknowledge"].isEnabled()
    assert "As they stood at" in alarms_of(window).panel._note.text()
    window.time.go_live()
    qtbot.waitUntil(lambda: states(window) == {})


@pytest.mark.window
def test_that_a_gateway_without_history_says_so_of_the_past_and_tells_of_now_again(
    qtbot: QtBot, window: MainWindow, line: AlarmingFeed
) -> None:
    line.history = False
    line.feel(60.0)
    qtbot.waitUntil(lambda: listed(window) == ["Torque too high"])
    window.time.go_to(NOW_NS - 10 * S)
    qtbot.waitUntil(lambda: alarms_of(window).book.sentence == "this gateway keeps no history")
    assert listed(window) == []
    window.time.go_live()
    assert listed(window) == ["Torque too high"]


@pytest.mark.window
def test_that_one_jumps_from_alarm_to_alarm_and_their_ticks_leave_the_moments_marks_alone(
    qtbot: QtBot, window: MainWindow, line: AlarmingFeed
) -> None:
    for value in (60.0, 25.0, 5.0, 25.0):
        line.feel(value)
    first_ns, second_ns = line.told[0].t_ns, next(one.t_ns for one in line.told if one.alarm == "torque.lo")
    line.clock.advance(20.0)
    window.timeline.alarm_asked.emit(-1)
    qtbot.waitUntil(lambda: not window.time.is_live and window.time.t_ns == second_ns)
    window.timeline.alarm_asked.emit(-1)
    qtbot.waitUntil(lambda: window.time.t_ns == first_ns)
    window.timeline.alarm_asked.emit(-1)
    qtbot.waitUntil(lambda: [one.text for one in window.notifications.messages] == ["No earlier alarm is recorded"])
    window.timeline.alarm_asked.emit(1)
    qtbot.waitUntil(lambda: window.time.t_ns == second_ns)
    window.actions_["time.mark_a"].trigger()
    qtbot.waitUntil(lambda: {one.priority for one in window.timeline.canvas.marks if not one.letter} == {1, 3})
    assert [one.letter for one in window.timeline.canvas.marks if one.letter] == ["A"]


@pytest.mark.window
def test_that_recorded_gaps_are_hatched_spans_with_their_cause(qtbot: QtBot, window: MainWindow, line: AlarmingFeed) -> None:
    line.missing = [GapInfo("st080", "e", 4, 9, NOW_NS - 30 * S, NOW_NS - 20 * S, "the spool was full")]
    alarms_of(window).ticks.again()
    qtbot.waitUntil(lambda: len(window.timeline.canvas.gaps) == 1)
    gap = window.timeline.canvas.gaps[0]
    assert (gap.t_ns, gap.until_ns) == (NOW_NS - 30 * S, NOW_NS - 20 * S)
    assert gap.text == "Missing from st080: the spool was full"


def test_that_ticks_that_would_lie_on_one_another_are_one_of_the_most_urgent() -> None:
    def one(sequence: int, priority: Priority, t_ns: int) -> AlarmEvent:
        return AlarmEvent(
            sequence=sequence, t_ns=t_ns, alarm=f"a{sequence}", trigger=Trigger.ACTIVATE,
            before=State.NORMAL, state=State.UNACKNOWLEDGED, priority=priority,
        )  # fmt: skip

    found = ticks([one(n, "critical" if n == 7 else "low", NOW_NS + n) for n in range(5_000)], NOW_NS, NOW_NS + 600 * S)
    assert [(mark.priority, mark.text) for mark in found] == [(0, "a7 (critical) and 4999 more")]


def test_that_the_journals_order_holds_where_an_engine_that_lost_its_memory_counts_anew() -> None:
    line = AlarmingFeed(ManualClock(NOW_NS))
    line.feel(60.0)
    line.feel(25.0)
    line._act(AlarmAction(alarm="torque.hi", kind="acknowledge"))
    line.engine = AlarmEngine(line.definitions, [fakes.TORQUE], start_ns=line.clock.now_ns())
    line.feel(60.0)
    again_ns = line.clock.now_ns()
    line.clock.advance(5.0)
    line._act(AlarmAction(alarm="torque.hi", kind="acknowledge"))
    past = AlarmPast(line, line.clock.now_ns)
    assert [one.state for one in past.at(again_ns + S)] == [State.UNACKNOWLEDGED]
    assert past.at(again_ns - 1) == ()
    assert [one.state for one in past.at(line.clock.now_ns())] == [State.ACKNOWLEDGED]


# -- floods ------------------------------------------------------------------------------------------------------------


@pytest.mark.window
def test_that_two_thousand_alarms_in_a_flood_leave_the_window_free_and_are_asked_for_some_times_a_second(qtbot: QtBot) -> None:
    many = [
        AlarmDefinition(id=f"t{n:04d}", channel=fakes.TORQUE, kind="high", limit=50.0 + n / 1000.0, name=f"Alarm {n}")
        for n in range(2_000)
    ]
    line = AlarmingFeed(ManualClock(NOW_NS), *many)
    window = MainWindow(Services(Document(fakes.small_twin()), line, line.clock), Look("dark"))
    qtbot.addWidget(window)
    window.show()
    window.docks.show("alarms")
    alarms, took_s = alarms_of(window), list[float]()
    show = alarms.show

    def timed() -> None:
        begun = time.perf_counter()
        show()
        took_s.append(time.perf_counter() - begun)

    alarms.book.changed.disconnect(alarms.show)
    alarms.book.changed.connect(timed)
    qtbot.waitUntil(lambda: alarms.book.is_known)
    line.asked.clear()
    begun = time.perf_counter()
    for _ in range(10):
        line.feel(60.0)
        qtbot.wait(40)
        line.feel(25.0)
        qtbot.wait(40)
    line.feel(60.0)
    qtbot.waitUntil(lambda: len(alarms.rows) == 2_000, timeout=10_000)
    seconds = time.perf_counter() - begun
    assert alarms.panel.model.rowCount() == 2_000
    assert line.asked.count("standing") <= 2 + 4 * seconds
    assert sorted(took_s)[len(took_s) // 2] < 0.15, took_s
    window.actions_["alarms.all"].trigger()
    press(qtbot, sheet_of(window), "Cancel")
    assert len(alarms.panel.unseen_shown) == 2_000, "over ten are asked about first"
    window.close_now()


# -- the report --------------------------------------------------------------------------------------------------------


@pytest.mark.window
def test_that_the_report_counts_the_span_in_the_background_and_is_saved_as_a_page(
    qtbot: QtBot, window: MainWindow, line: AlarmingFeed, tmp_path: Path
) -> None:
    for _ in range(3):
        line.feel(60.0)
        line.feel(25.0)
    line.clock.advance(1.0)
    window.actions_["alarms.report"].trigger()
    report = alarms_of(window).report
    assert report is not None
    qtbot.waitUntil(lambda: "Announced" in report.page.toPlainText())
    report.write(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "torque.hi" in page
    assert "<svg" in page
    report.write(tmp_path / "nowhere" / "page.html")
    assert "can't be written" in window.notifications.messages[-1].text
    report.close()
