"""Trends: no peak is lost, no line crosses what is missing, and they go along with the window's time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui import window_fakes as fakes
from viewer.alarms.states import State, Trigger
from viewer.alarms.words import AlarmEvent
from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.base.job import SilentJob
from viewer.twin.channels import Channel, Condition
from viewer.twin.document import Document
from viewer.twin.samples import NEVER_NS, Envelope, Latest, envelope_of
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services
from viewer.ui.time.scale import Scale
from viewer.ui.time.tracks import read_tracks
from viewer.ui.trends.alarm_spans import alarm_spans
from viewer.ui.trends.axes import time_ticks, value_ticks
from viewer.ui.trends.curves import POINTS_MOST, broken, read_curve, reduced
from viewer.ui.trends.drawing import columns
from viewer.ui.trends.export import drawn_as_csv, export_span
from viewer.ui.trends.figures import figures_of, read_between
from viewer.ui.trends.span import TrendSpan

NOW_NS = 1_700_000_000_000_000_000
S = 1_000_000_000
A = ChannelId("a")
SIGNAL = Channel(A, "Signal", "N", period_s=0.1)


class Kept:
    """A reader over one channel's samples held in arrays."""

    def __init__(self, t_ns: NDArray[np.int64], values: NDArray[np.float64], hold_s: float = 0.4) -> None:
        self.t_ns, self.values, self.hold_ns = t_ns, values, round(hold_s * 1e9)

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        row = int(np.searchsorted(self.t_ns, t_ns, side="right")) - 1
        if row < 0:
            return Latest(np.array([np.nan]), np.array([NEVER_NS]), np.array([Condition.MISSING], np.uint8))
        stale = t_ns - self.t_ns[row] > self.hold_ns
        condition = np.array([Condition.STALE if stale else Condition.NORMAL], np.uint8)
        return Latest(self.values[row : row + 1], self.t_ns[row : row + 1], condition)

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        inside = (self.t_ns >= t0_ns) & (self.t_ns <= t1_ns)
        return self.t_ns[inside], self.values[inside]

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        return envelope_of(*self.range(channel, t0_ns, t1_ns), t0_ns, t1_ns, buckets)


def _ticking(count: int, step_s: float = 0.1) -> NDArray[np.int64]:
    return NOW_NS + np.arange(count, dtype=np.int64) * round(step_s * 1e9)


def test_that_a_curve_of_nothing_is_nothing() -> None:
    none = Kept(np.empty(0, np.int64), np.empty(0))
    curve = read_curve(none, SIGNAL, NOW_NS, NOW_NS + 60 * S, 500)
    assert len(curve.t_ns) == 0 and np.isnan(curve.at(NOW_NS)).all() and curve.figures.samples == 0
    assert len(read_tracks(none, (A,), NOW_NS, NOW_NS + 60 * S, {A: 0.1})[0].t_ns) == 0


@pytest.mark.parametrize("count", [900, 5_000, 300_000])
def test_that_one_sample_out_of_many_is_still_seen(count: int) -> None:
    values = np.sin(np.arange(count) / 50.0)
    values[count // 3], values[2 * count // 3] = 7.5, -9.25
    t_ns = _ticking(count)
    curve = read_curve(Kept(t_ns, values), SIGNAL, int(t_ns[0]), int(t_ns[-1]), 1_000)
    assert np.nanmax(curve.high) == 7.5 and np.nanmin(curve.low) == -9.25
    assert len(curve.t_ns) <= POINTS_MOST and (np.diff(curve.t_ns) > 0).all()
    assert (curve.figures.low, curve.figures.high, curve.figures.samples) == (-9.25, 7.5, count)
    assert curve.is_band == (count > 6_000)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3_000), st.floats(0.0, 0.5), st.integers(64, 400))
def test_that_no_reduction_loses_an_extreme_or_joins_what_is_apart(seed: int, count: int, lost: float, points: int) -> None:
    random = np.random.default_rng(seed)
    t_ns = _ticking(count)[random.random(count) >= lost]
    values = np.where(random.random(len(t_ns)) < 0.02, np.nan, random.normal(size=len(t_ns)))
    t, low, high = reduced(*broken(t_ns, values, 150_000_000), points, 150_000_000)
    if np.isfinite(values).any():
        assert np.nanmin(low) == np.nanmin(values) and np.nanmax(high) == np.nanmax(values)
    if low is high:  # where points are samples, each gap between them is broken
        drawn = t[np.isfinite(low)]
        for a, b in itertools.pairwise(drawn.tolist()):
            between = (t_ns > a) & (t_ns < b)
            whole = np.concatenate([[a], t_ns[between], [b]])
            if (np.diff(whole) > 150_000_000).any():
                assert np.isnan(low[(t > a) & (t < b)]).any()


@pytest.mark.parametrize("hours", [0.01, 3.0])
def test_that_a_gap_breaks_the_curve_and_nothing_is_known_in_it(hours: float) -> None:
    half = round(hours * 36_000 / 2)
    t_ns = np.concatenate([_ticking(half), _ticking(half) + round(hours * 3.6e12 / 2) + round(hours * 3.6e12)])
    curve = read_curve(Kept(t_ns, np.ones(len(t_ns))), SIGNAL, int(t_ns[0]), int(t_ns[-1]), 800)
    inside = int(t_ns[half - 1]) + round(hours * 1.8e12)
    assert np.isnan(curve.at(inside)).all() and curve.at(int(t_ns[half // 2])) == (1.0, 1.0)
    assert np.isnan(curve.low).sum() == 1


def test_that_a_dense_line_is_not_drawn_across_a_gap_that_begins_within_a_pixel() -> None:
    x = np.concatenate([np.linspace(0.0, 100.0, 3_000), [100.1], np.linspace(300.0, 400.0, 3_000)])
    y = np.concatenate([np.tile([0.0, 50.0], 1_500), [np.nan], np.tile([0.0, 50.0], 1_500)])
    places, top, bottom = columns(x, y)
    assert np.isnan(top[(places > 101.0) & (places < 300.0)]).any() and np.isnan(bottom).sum() == 1
    assert np.nanmin(top) == 0.0 and np.nanmax(bottom) == 50.0 and len(places) < 110


def test_that_many_gaps_and_a_long_one_are_all_broken() -> None:
    t_ns = np.delete(_ticking(4_000), np.arange(0, 4_000, 10))
    t_ns = np.concatenate([t_ns, t_ns + 4_000 * S])
    curve = read_curve(Kept(t_ns, np.ones(len(t_ns))), Channel(A, "Signal", period_s=0.02), int(t_ns[0]), int(t_ns[-1]), 600)
    assert np.isnan(curve.at(NOW_NS + 2_000 * S)).all()


def test_that_a_source_slower_than_its_period_is_not_torn_to_dots() -> None:
    t_ns = _ticking(100, 2.0)
    curve = read_curve(Kept(t_ns, np.ones(100)), SIGNAL, int(t_ns[0]), int(t_ns[-1]), 800)
    assert np.isfinite(curve.low).all()


def test_that_figures_are_those_of_the_samples_and_bad_ones_only_count() -> None:
    figures = figures_of(np.array([2.0, 4.0, 4.0, 4.0, np.nan, 5.0, 5.0, 7.0, 9.0]))
    assert (figures.samples, figures.low, figures.high, figures.mean) == (9, 2.0, 9.0, 5.0)
    assert figures.std == pytest.approx((32.0 / 7.0) ** 0.5)
    t_ns = _ticking(100)
    between = read_between(Kept(t_ns, np.arange(100.0)), [A], int(t_ns[80]), int(t_ns[20]))[A]
    assert (between.at_a, between.at_b, between.change) == (80.0, 20.0, -60.0)
    assert (between.figures.samples, between.figures.mean) == (61, 50.0)


def test_that_a_lane_is_empty_while_nothing_was_known() -> None:
    """After a restart of its source: ten seconds of 1, an hour of silence, ten seconds of 1 again."""
    t_ns = np.concatenate([_ticking(100), _ticking(100) + 3_600 * S])
    reader = Kept(t_ns, np.ones(200))
    for t1_ns in (NOW_NS + 1_500 * S, NOW_NS + 3_700 * S):
        track = read_tracks(reader, (A,), NOW_NS, t1_ns, {A: 0.1})[0]
        ends = np.append(track.t_ns[1:], t1_ns)
        known = sum(e - t for t, e, v in zip(track.t_ns.tolist(), ends.tolist(), track.values.tolist(), strict=True) if v == v)
        assert known < 60 * S and np.isnan(track.values).any()
    late = read_tracks(reader, (A,), NOW_NS + 1_000 * S, NOW_NS + 1_100 * S, {A: 0.1})[0]
    assert not np.isfinite(late.values).any(), "what was said long before holds no more"


@pytest.mark.parametrize("span_s", [2.0, 10.0, 60.0, 3_600.0, 86_400.0, 30 * 86_400.0])
@pytest.mark.parametrize("width_px", [120.0, 300.0, 1_100.0])
@pytest.mark.parametrize("back_s", [0, 40 * 86_400])
def test_that_the_words_of_the_time_axis_never_run_together(span_s: float, width_px: float, back_s: int) -> None:
    scale = Scale(NOW_NS - back_s * S, span_s, 50.0, width_px)
    words = [(x, 6.2 * len(text)) for x, text in time_ticks(scale, NOW_NS, lambda text: 6.2 * len(text)) if text]
    assert words, "some time is always written"
    for (x0, w0), (x1, w1) in itertools.pairwise(words):
        assert x0 + w0 / 2 + 5.0 <= x1 - w1 / 2


def test_that_a_day_that_is_not_today_is_named() -> None:
    old = time_ticks(Scale(NOW_NS - 40 * 86_400 * S, 600.0, 50.0, 600.0), NOW_NS, lambda text: 6.0 * len(text))
    assert any("Oct" in text for _, text in old) and any(":" in text for _, text in old)
    now = time_ticks(Scale(NOW_NS, 60.0, 50.0, 600.0), NOW_NS, lambda text: 6.0 * len(text))
    assert not any("Nov" in text for _, text in now)


def test_that_value_ticks_are_round_and_inside() -> None:
    assert [t for _, t in value_ticks(0.0, 1.0, 60.0)] == ["0.0", "0.5", "1.0"]
    assert value_ticks(1.0, 1.0, 60.0) == () and value_ticks(float("nan"), 1.0, 60.0) == ()


def test_that_spans_follow_zoom_and_pan() -> None:
    span = TrendSpan(NOW_NS, 60.0)
    assert span.following(NOW_NS + 5 * S, NOW_NS + 5 * S, is_live=True).end_ns == NOW_NS + 5 * S
    assert span.following(NOW_NS - 10 * S, NOW_NS, is_live=False) is span, "the moment is within it"
    past = span.following(NOW_NS - 500 * S, NOW_NS, is_live=False)
    assert past.start_ns < NOW_NS - 500 * S < past.end_ns
    under = NOW_NS - 15 * S
    near = span.zoomed(0.5, under)
    assert (near.end_ns - under) / (NOW_NS - under) == pytest.approx(0.5) and near.span_s == 30.0
    panned = span.panned(-20 * S, NOW_NS)
    assert panned.end_ns == NOW_NS - 20 * S and not panned.follows
    assert panned.following(NOW_NS + S, NOW_NS + S, is_live=True) is panned


def _event(sequence: int, t_s: int, *, active: bool, alarm: str = "a.hi") -> AlarmEvent:
    return AlarmEvent(
        sequence=sequence,
        t_ns=NOW_NS + t_s * S,
        alarm=alarm,
        trigger=Trigger.ACTIVATE if active else Trigger.CLEAR,
        before=State.NORMAL,
        state=State.NORMAL,
        channel="a",
        priority="high",
        active=active,
    )


def test_that_alarm_spans_begin_before_and_last_beyond_what_is_shown() -> None:
    events = [_event(1, 5, active=False), _event(2, 10, active=True), _event(3, 12, active=True), _event(4, 20, active=False)]
    events += [_event(5, 30, active=True), _event(6, 40, active=True, alarm="b.hi")]
    spans = alarm_spans(events, NOW_NS, NOW_NS + 50 * S)
    assert [((s.t0_ns - NOW_NS) // S, (s.t1_ns - NOW_NS) // S) for s in spans] == [(0, 5), (10, 20), (30, 50), (40, 50)]
    assert {s.priority for s in spans} == {1}


def test_that_an_export_is_whole_or_not_at_all(tmp_path: Path) -> None:
    reader, span = Kept(_ticking(10), np.append(np.arange(9.0), np.nan)), (NOW_NS, NOW_NS + 2 * S)
    with pytest.raises(UserMistake, match="another place"):
        export_span(reader, [SIGNAL], span, tmp_path / "none" / "x.csv", SilentJob())
    count, path = export_span(reader, [SIGNAL], span, tmp_path / "x.csv", SilentJob())
    rows = path.read_text().splitlines()
    assert count == 10 and rows[1] == f"2023-11-14T22:13:20.000000000Z,{NOW_NS},a,0.0,N" and rows[10].endswith(",a,,N")
    assert [one.name for one in tmp_path.iterdir()] == ["x.csv"]
    curve = read_curve(reader, SIGNAL, *span, 500)
    assert drawn_as_csv([SIGNAL], [curve], *span).count("\n") == 10


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    line = fakes.FakeFeed(ManualClock(NOW_NS))
    window = MainWindow(Services(Document(fakes.small_twin()), line, line.clock), Look("dark"))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.trend([fakes.TORQUE])
    yield window
    window.close_now()


@pytest.mark.window
def test_that_trends_go_along_with_the_window_and_say_where_they_stand(qtbot: QtBot, window: MainWindow) -> None:
    trends = window.trends
    qtbot.waitUntil(lambda: fakes.TORQUE in trends.curves)
    assert trends.span.end_ns == NOW_NS and trends.plots[0].shown.moment_ns is None
    window.time.go_to(NOW_NS - 500 * S)
    qtbot.waitUntil(lambda: trends.plots[0].shown.moment_ns == NOW_NS - 500 * S)
    assert trends.span.start_ns < NOW_NS - 500 * S < trends.span.end_ns
    window.time.go_live()
    plot = trends.plots[0]
    at = QPointF(plot.area.center())
    none, vertical = Qt.MouseButton.NoButton, QPoint(0, 240)
    phase = Qt.ScrollPhase.NoScrollPhase
    wheel = QWheelEvent(at, at, QPoint(), vertical, none, Qt.KeyboardModifier.NoModifier, phase, False)
    plot.wheelEvent(wheel)
    assert trends.span.span_s < 60.0 and trends.span.end_ns == NOW_NS, "live, the right edge stays now"
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=at.toPoint())
    for step in (10, 40, 60):
        QTest.mouseMove(plot, at.toPoint() + QPoint(step, 0))
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=at.toPoint() + QPoint(60, 0))
    assert trends.span.end_ns < NOW_NS and not trends.span.follows and "Stands" in trends.bar.note.text()
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert trends.span.follows and trends.span.end_ns == NOW_NS and trends.bar.note.text() == ""
    trends.pause()
    assert "Paused" in trends.bar.note.text()


@pytest.mark.window
def test_that_cursors_measure_while_samples_go_on_coming(qtbot: QtBot, window: MainWindow) -> None:
    trends, feed = window.trends, window.services.feed
    assert isinstance(feed, fakes.FakeFeed)
    window.actions_.trigger("trends.measure")
    trends.mark("A", NOW_NS - 4 * S)
    trends.mark("B", NOW_NS)
    qtbot.waitUntil(lambda: trends.between is not None and trends.between[fakes.TORQUE].change == pytest.approx(4.0))
    feed.clock.advance(5.0)
    feed.say(31.0)
    qtbot.waitUntil(lambda: trends.curves[fakes.TORQUE].at(NOW_NS + 5 * S)[1] == 31.0)
    assert set(trends.plots[0].shown.marks) == {"A", "B"}
    window.actions_.trigger("trends.copy")
    assert QApplication.clipboard().text().startswith("time_utc,channel")


@pytest.mark.window
def test_that_span_and_range_are_remembered_for_each_scene(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    document = window.services.document
    window.set_document(document, tmp_path / "one")
    window.trend([fakes.TORQUE])
    window.trends.show_span(3_600.0)
    window.trends.plots[0].set_manual((5.0, 50.0))
    window.trends.plots[0].range_changed.emit()
    window.set_document(document, tmp_path / "two")
    assert window.trends.ranges == {}
    window.trends.show_span(10.0)
    window.set_document(document, tmp_path / "one")
    assert window.trends.span.span_s == 3_600.0 and window.trends.plots[0].manual == (5.0, 50.0)
