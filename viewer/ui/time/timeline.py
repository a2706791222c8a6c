"""The timeline: which moment the window shows, the states of the time around it, alarms and gaps; one drags back and plays on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from viewer.base.ids import ChannelId, NodeId
from viewer.live.status import FeedStatus
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.ui.live_updates import Snapshot
from viewer.ui.look import Look
from viewer.ui.painting import painting
from viewer.ui.scene_facts import state_names
from viewer.ui.services import FeedLike
from viewer.ui.time.asking import Asking
from viewer.ui.time.canvas import TimeCanvas, TimeMark
from viewer.ui.time.controls import TimeControls
from viewer.ui.time.cursor import TimeCursor
from viewer.ui.time.scale import Scale
from viewer.ui.time.tracks import Track, read_tracks

SPAN_S = 180.0
_AHEAD = 0.15
"""Share of the span that is kept free beside a cursor that reaches an end."""
_LANES, _KEY = 40, "timeline.tracks"


class Timeline(QWidget):
    """Controls and canvas; reads through `Asking`, so that a slow past never holds up the window. Main thread."""

    alarm_asked = Signal(int)
    """+1: go to the next alarm, -1: to the one before."""

    def __init__(self, look: Look, cursor: TimeCursor, asking: Asking) -> None:
        super().__init__()
        self._look, self.time, self._asking = look, cursor, asking
        self._twin, self._feed = Twin(), None
        self._lanes: list[Channel] = []
        self._marks: dict[str, Sequence[TimeMark]] = {}
        self._state = "none"
        self._span_s = SPAN_S
        self._end_ns = self._now_ns = cursor.t_ns
        self._asked: tuple[object, ...] | None = None
        self.controls, self.canvas = TimeControls(look, cursor), TimeCanvas(look, cursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 1, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.controls)
        row.addWidget(self.canvas, 1)
        self.controls.span_asked.connect(self.show_span)
        self.controls.alarm_asked.connect(self.alarm_asked)
        self.controls.show_span(self._span_s)
        self.canvas.moment_asked.connect(cursor.go_to)
        self.canvas.live_asked.connect(cursor.go_live)
        self.canvas.span_asked.connect(self._show_scale)
        cursor.moved.connect(self._moved)
        cursor.mode_changed.connect(self._moved)
        asking.answered.connect(self._take)
        asking.failed.connect(self._missed)

    def set_feed(self, feed: FeedLike | None) -> None:
        self._feed = feed
        self._asked = None
        self.canvas.tracks = {}
        self.canvas.update()

    def set_twin(self, twin: Twin, selected: tuple[NodeId, ...]) -> None:
        """Lanes for the states at or below what is selected, else for the scene's first stations.

        A scene without channels has no time to show: then the timeline gives its room to the view.
        """
        self._twin = twin
        self.setVisible(bool(twin.channels))
        below = [n for s in selected if s in twin.nodes for n in twin.descendants(s)]
        states = [c for c in twin.channels_of(below) if c.states] or self._states_above(selected)
        if not states:
            ids = [c for s in sorted(twin.stations) for c in twin.stations[s].channels if c in twin.channels]
            states = [twin.channels[c] for c in ids if twin.channels[c].states]
        self._lanes = states[:_LANES]
        self.canvas.lanes, self.canvas.names = self._lanes, state_names(twin)
        self._read()
        self.canvas.update()

    def refresh(self, snapshot: Snapshot) -> None:
        """Time went on."""
        self._now_ns = self.time.clock_ns()
        self._follow()
        if self.isVisible():
            self._read()

    def show_status(self, status: FeedStatus | None) -> None:
        self._state = "none" if status is None else status.state
        self.controls.show_line(self._state)
        self.controls.show_time(self.time.t_ns, self.time.clock_ns())

    def show_marks(self, marks: Sequence[TimeMark], owner: str = "moments") -> None:
        """Alarms or marked moments, in any order; those of other owners stay as they are."""
        self._marks[owner] = marks
        self.canvas.marks = [one for of_one in self._marks.values() for one in of_one]
        self.canvas.update()

    def show_gaps(self, gaps: Sequence[TimeMark]) -> None:
        """Spans in which something is missing."""
        self.canvas.gaps = gaps
        self.canvas.update()

    def show_span(self, span_s: float) -> None:
        """Show so much time around the cursor, or up to now."""
        around_ns = self._now_ns if self.time.is_live else self.time.t_ns
        self._show_scale(self.canvas.scale.zoomed(span_s / self._span_s, around_ns))

    @property
    def span(self) -> tuple[int, int]:
        """First and last moment shown, ns."""
        return self.canvas.scale.start_ns, self.canvas.scale.end_ns

    def lanes(self) -> tuple[ChannelId, ...]:
        """The channels that have a lane: as many as the height has room for."""
        return tuple(c.id for c in self._lanes[: self.canvas.room()])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow()
        self._read()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._look.theme
        with painting(self) as painter:
            painter.fillRect(self.rect(), theme.colour("panel"))
            painter.setPen(theme.colour("border" if self.time.is_live else "warning"))
            painter.drawLine(0, 0, self.width(), 0)

    def _states_above(self, selected: tuple[NodeId, ...]) -> list[Channel]:
        above = [a for s in selected if s in self._twin.nodes for a in self._twin.ancestors(s)]
        return [c for a in above for c in self._twin.channels_of([a]) if c.states]

    def _show_scale(self, scale: Scale) -> None:
        self._span_s = scale.span_s
        self._end_ns = min(scale.end_ns, self._now_ns + round(0.5e9 * scale.span_s))
        self.controls.show_span(self._span_s)
        self._follow()
        self._read()

    def _moved(self) -> None:
        self._now_ns = self.time.clock_ns()
        self._follow()
        self._read()
        self.update()

    def _follow(self) -> None:
        """Live, the span ends now; in the past it goes along where the cursor reaches one of its ends."""
        t_ns, span_ns = self.time.t_ns, round(1e9 * self._span_s)
        if self.time.is_live:
            self._end_ns = self._now_ns
        elif self.time.mode == "playing" and not self._end_ns - span_ns <= t_ns <= self._end_ns:
            ahead = _AHEAD if self.time.speed < 0.0 else 1.0 - _AHEAD
            self._end_ns = t_ns + round(ahead * span_ns)
        elif not self._end_ns - span_ns <= t_ns <= self._end_ns:
            self._end_ns = min(t_ns + span_ns // 2, self._now_ns)
        self.canvas.now_ns = self._now_ns
        self.canvas.show_span(self._end_ns, self._span_s)
        self.controls.show_time(t_ns, self._now_ns)

    def _read(self) -> None:
        """Ask for the tracks of what is shown; while one answer is awaited, the next question waits for it."""
        feed, channels = self._feed, self.lanes()
        if feed is None or not channels or self._asked is not None:
            return
        reader, (t0_ns, t1_ns) = feed.reader, self.span
        self._asked = (channels, t0_ns, t1_ns)
        periods_s = {one.id: one.period_s for one in self._lanes}
        self._asking.ask(_KEY, lambda: read_tracks(reader, channels, t0_ns, t1_ns, periods_s))

    def _take(self, key: str, answer: object) -> None:
        if key != _KEY:
            return
        asked, self._asked = self._asked, None
        if isinstance(answer, tuple):
            self.canvas.tracks = {one.channel: one for one in answer if isinstance(one, Track)}
        self.canvas.update()
        if not self.time.is_live and asked != (self.lanes(), *self.span):
            self._read()  # the span went on while this was read, and nothing else may ask again

    def _missed(self, key: str, _sentence: str) -> None:
        """The line is gone; it says so itself. What was read before stays, and is asked for again with the next refresh."""
        if key == _KEY:
            self._asked = None
