"""Time travel in the window: one cursor for values, poses and panels; two moments compared."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from immutables import Map
from pytestqt.qtbot import QtBot

from tests.gui import window_fakes as fakes
from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.twin.channels import Channel, Condition
from viewer.twin.document import Document
from viewer.twin.samples import Latest
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services
from viewer.ui.time.asking import Asking
from viewer.ui.time.cursor import TimeCursor
from viewer.ui.time.moments import differences
from viewer.ui.time.scale import Scale
from viewer.ui.ui_state import UiState

NOW_NS = 1_700_000_000_000_000_000
S = 1_000_000_000


@pytest.fixture
def line() -> fakes.FakeFeed:
    return fakes.FakeFeed(ManualClock(NOW_NS))


@pytest.fixture
def window(qtbot: QtBot, line: fakes.FakeFeed) -> Iterator[MainWindow]:
    window = MainWindow(Services(Document(fakes.small_twin()), line, line.clock), Look("dark"))
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close_now()


def _known(window: MainWindow) -> float:
    latest = window.live.latest
    return float("nan") if latest is None else latest.of(fakes.TORQUE)[0]


@pytest.mark.window
def test_that_the_past_is_shown_while_new_samples_arrive_and_live_is_one_step_away(
    qtbot: QtBot, window: MainWindow, line: fakes.FakeFeed
) -> None:
    qtbot.waitUntil(lambda: _known(window) == 25.0)
    window.time.go_to(NOW_NS - 4 * S)
    qtbot.waitUntil(lambda: _known(window) == 21.0)
    line.say(40.0)
    qtbot.wait(60)
    assert window.live.latest is not None and not window.live.latest.is_live
    assert _known(window) == 36.0 or _known(window) == 21.0, "what is shown stays a moment of the past"
    assert "PAST" in window.timeline.controls.live.text()
    title = window.inspector.overview.abnormal_title
    qtbot.waitUntil(lambda: title.text() == "All 1 values were normal then")
    window.actions_.trigger("time.live")
    qtbot.waitUntil(lambda: _known(window) == 40.0)
    assert "LIVE" in window.timeline.controls.live.text()


@pytest.mark.window
def test_that_two_moments_are_compared_channel_by_channel(qtbot: QtBot, window: MainWindow) -> None:
    window.time.go_to(NOW_NS - 10 * S)
    window.actions_.trigger("time.mark_a")
    window.time.go_to(NOW_NS - 2 * S)
    window.actions_.trigger("time.mark_b")
    panel = next(f for f in window.features if hasattr(f, "found"))
    qtbot.waitUntil(lambda: len(panel.found) == 1)
    assert panel.found[0].channel.id == fakes.TORQUE and panel.found[0].change == pytest.approx(8.0)
    assert {m.letter for m in window.timeline.canvas.marks} == {"A", "B"}


def test_that_a_cursor_plays_at_its_speed_and_becomes_live_when_it_reaches_the_present(qtbot: QtBot) -> None:
    cursor = TimeCursor(ManualClock(NOW_NS))
    cursor.play(10.0)
    assert cursor.is_live, "there is nothing to play forward from now"
    cursor.go_to(NOW_NS - 20 * S)
    cursor.play(100.0)
    qtbot.waitUntil(lambda: cursor.is_live, timeout=5_000)
    cursor.earliest_ns = NOW_NS - 30 * S
    cursor.go_to(NOW_NS - 29 * S)
    cursor.play(-100.0)
    qtbot.waitUntil(lambda: cursor.mode == "still", timeout=5_000)
    assert cursor.t_ns == cursor.earliest_ns
    cursor.go_to(NOW_NS + 5)
    assert cursor.is_live, "what has not come is now"


def test_that_of_questions_with_one_key_only_the_newest_is_answered_and_a_failure_is_told(qtbot: QtBot) -> None:
    asking, told, failed = Asking(), list[object](), list[str]()
    asking.answered.connect(lambda key, answer: told.append((key, answer)))
    asking.failed.connect(lambda _key, sentence: failed.append(sentence))
    first, begun = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        first.wait(5.0)
        return 0

    asking.ask("t", slow)
    assert begun.wait(5.0)
    for number in range(1, 5):
        asking.ask("t", lambda n=number: n)
    first.set()
    qtbot.waitUntil(lambda: told == [("t", 0), ("t", 4)])

    def refused() -> None:
        raise UserMistake("the gateway keeps no history")

    asking.ask("t", refused)
    qtbot.waitUntil(lambda: failed == ["the gateway keeps no history"])
    asking.close()


def test_that_zooming_keeps_the_moment_under_the_mouse() -> None:
    scale = Scale(NOW_NS, 180.0, 160.0, 900.0)
    under = scale.t_ns(400.0)
    closer = scale.zoomed(0.25, under)
    assert closer.span_s == 45.0 and closer.x(under) == pytest.approx(400.0, abs=1e-3)
    assert scale.x(scale.t_ns(777.0)) == pytest.approx(777.0, abs=1e-3)


@pytest.mark.parametrize("span_s", [10.0, 180.0, 3_600.0, 86_400.0, 30 * 86_400.0, 400 * 86_400.0])
def test_that_ticks_lie_within_the_span_and_never_too_close(span_s: float) -> None:
    scale = Scale(NOW_NS, span_s, 160.0, 900.0)
    places = [scale.x(t_ns) for t_ns, _ in scale.ticks(least_px=90.0)]
    assert 1 <= len(places) <= 11 and min(places) >= 159.9 and max(places) <= 1060.1
    assert all(b - a >= 89.9 for a, b in itertools.pairwise(places))


def test_that_differences_put_the_greatest_first_and_name_what_was_unknown() -> None:
    names = ("a", "b", "c", "d")
    channels = [Channel(ChannelId(n), n, low=0.0, high=10.0) for n in names]
    channels[3] = Channel(ChannelId("d"), "d", kind="counter", low=0.0, high=10.0)
    good, none = Condition.NORMAL, Condition.MISSING

    def at(values: list[float], conditions: list[Condition]) -> Latest:
        return Latest(np.array(values), np.zeros(4, np.int64), np.array(conditions, np.uint8))

    found = differences(channels, at([1, 2, np.nan, 0], [good, good, none, good]), at([1, 5, 3, 9], [good] * 4))
    assert [d.channel.id for d in found] == ["c", "b", "d"], "unknown before, then by share of the range, counters last"
    assert found[1].change == 3.0
    assert Map({d.channel.id: d.weight for d in found})[ChannelId("b")] == pytest.approx(0.3)


@pytest.mark.parametrize("text", ["", 'a "b" \\ c', "ä\u2028\x7f\x01\n", "\U0001f600", "nan", "C:\\temp"])
def test_that_the_window_remembers_any_text_and_number(tmp_path: Path, text: str) -> None:
    kept = UiState(tmp_path / "window.toml")
    kept.set("a b.c", text)
    kept.set("texts", [text, "x"])
    kept.set("numbers", [1.0, 1e-300, -0.1, 3e22])
    kept.save()
    again = UiState(tmp_path / "window.toml")
    assert (again.text("a b.c"), again.texts("texts")) == (text, [text, "x"])
    assert again.numbers("numbers") == [1.0, 1e-300, -0.1, 3e22]
