"""The timeline: the time of day, whether what is shown is live, and the last minutes' changes of what is selected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.base.clock import Clock
from viewer.base.ids import ChannelId, NodeId
from viewer.live.status import FeedStatus
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.ui.live_updates import Snapshot
from viewer.ui.look import Look, application_font
from viewer.ui.painting import painting
from viewer.ui.scene_facts import state_names
from viewer.ui.services import FeedLike
from viewer.ui.value_text import clock_text

SPAN_S = 180.0
_LANE_PX = 12
_USUAL_LANES = 6
"""As high as this it is made; where it is given more room, more lanes show."""
_FOOT_PX = 28
_LEFT, _RIGHT = 350, 18
_GUTTER = 190


def changes(t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The first sample and every one that differs from the one before it."""
    if len(values) == 0:
        return t_ns, values
    keep = np.concatenate([[True], values[1:] != values[:-1]])
    return t_ns[keep], values[keep]


class Timeline(QWidget):
    """A band that scrolls with the clock. It shows the live time only; the past comes with the history."""

    def __init__(self, look: Look, clock: Clock) -> None:
        super().__init__()
        self._look, self._clock = look, clock
        self._twin, self._feed = Twin(), None
        self._lanes: list[Channel] = []
        self._names: dict[ChannelId, str] = {}
        self._tracks: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        self._state = "none"
        self._now_ns = clock.now_ns()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip("The last three minutes of the selected stations' states. Scrubbing back arrives with the history.")
        self.setAccessibleName("Timeline")
        look.changed.connect(self.update)

    def set_feed(self, feed: FeedLike | None) -> None:
        self._feed = feed
        self.update()

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
        self._names = state_names(twin)
        self._lanes = states
        self._read()
        self.update()

    def refresh(self, snapshot: Snapshot) -> None:
        """Time went on."""
        self._now_ns = snapshot.t_ns
        if self.isVisible():
            self._read()
            self.update()

    def show_status(self, status: FeedStatus | None) -> None:
        self._state = "none" if status is None else status.state
        self.update()

    def lanes(self) -> tuple[ChannelId, ...]:
        """The channels that have a lane: as many as the height has room for."""
        return tuple(c.id for c in self._lanes[: max(1, (self.height() - _FOOT_PX) // _LANE_PX)])

    def sizeHint(self) -> QSize:
        return QSize(400, _FOOT_PX + _LANE_PX * _USUAL_LANES)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, _FOOT_PX + 2 * _LANE_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._read()
        super().resizeEvent(event)

    def _states_above(self, selected: tuple[NodeId, ...]) -> list[Channel]:
        above = [a for s in selected if s in self._twin.nodes for a in self._twin.ancestors(s)]
        return [c for a in above for c in self._twin.channels_of([a]) if c.states]

    def _read(self) -> None:
        if self._feed is None:
            self._tracks = []
            return
        from_ns = self._now_ns - round(SPAN_S * 1e9)
        self._tracks = [changes(*self._feed.store.range(c, from_ns, self._now_ns)) for c in self.lanes()]

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.fillRect(self.rect(), self._look.theme.colour("panel"))
            painter.setPen(self._look.theme.colour("border"))
            painter.drawLine(0, 0, self.width(), 0)
            self._draw_clock(painter)
            self._draw_ticks(painter)
            for row, (channel, track) in enumerate(zip(self._lanes, self._tracks, strict=False)):
                self._draw_lane(painter, 7.0 + _LANE_PX * row, channel, *track)

    def _draw_clock(self, painter: QPainter) -> None:
        theme = self._look.theme
        token = {"live": "good", "stale": "warning", "lost": "alarm", "connecting": "accent"}.get(self._state, "text_faint")
        text = {"none": "NO LIVE SOURCE"}.get(self._state, self._state.upper())
        painter.setFont(application_font(11))
        width = painter.fontMetrics().horizontalAdvance(text) + 26
        pill = QRectF(14, 9, width, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(token, 0.16))
        painter.drawRoundedRect(pill, 10, 10)
        painter.setBrush(theme.colour(token))
        painter.drawEllipse(QRectF(22, 16, 6, 6))
        painter.setPen(theme.colour(token))
        painter.drawText(pill.adjusted(19, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(application_font(15))
        painter.setPen(theme.colour("text"))
        if self._state != "none":
            painter.drawText(QRectF(14 + width + 10, 9, 90, 20), Qt.AlignmentFlag.AlignVCenter, clock_text(self._now_ns))

    def _x(self, t_ns: int) -> float:
        width = self.width() - _LEFT - _RIGHT
        return _LEFT + width * (1.0 - (self._now_ns - t_ns) / 1e9 / SPAN_S)

    def _draw_ticks(self, painter: QPainter) -> None:
        theme, bottom = self._look.theme, self.height() - 20
        painter.setFont(application_font(10))
        step_ns = 30_000_000_000
        t_ns = (self._now_ns // step_ns) * step_ns
        while self._now_ns - t_ns < SPAN_S * 1e9:
            x = self._x(t_ns)
            painter.setPen(theme.colour("border"))
            painter.drawLine(round(x), 6, round(x), bottom)
            painter.setPen(theme.colour("text_faint"))
            if x > _LEFT + 20:
                left = min(x - 40.0, self.width() - 66.0)  # the last one stays within the band
                painter.drawText(QRectF(left, bottom + 2, 80, 14), Qt.AlignmentFlag.AlignHCenter, clock_text(t_ns))
            t_ns -= step_ns
        painter.setPen(QPen(theme.colour("accent"), 1.5))
        painter.drawLine(round(self._x(self._now_ns)), 4, round(self._x(self._now_ns)), bottom)

    def _draw_lane(
        self, painter: QPainter, top: float, channel: Channel, t_ns: NDArray[np.int64], values: NDArray[np.float64]
    ) -> None:
        theme = self._look.theme
        ends = [*t_ns[1:].tolist(), self._now_ns][: len(t_ns)]  # a channel that was never seen has no lane yet, only its name
        colours = {s.value: s.colour for s in channel.states}
        painter.setPen(Qt.PenStyle.NoPen)
        for start, end, value in zip(t_ns.tolist(), ends, values.tolist(), strict=True):
            x0, x1 = max(float(_LEFT), self._x(start)), self._x(end)
            colour = theme.colour("text_faint", 0.5)
            if value in colours:
                colour.setRgb(*colours[int(value)])
            painter.setBrush(colour)
            painter.drawRect(QRectF(x0, top, max(0.0, x1 - x0 - 0.6), _LANE_PX - 3.0))
        painter.setFont(application_font(11))
        name = self._names.get(channel.id, channel.name)
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _LEFT - _GUTTER - 12)
        painter.setPen(theme.colour("text_soft"))
        beside = QRectF(_GUTTER, top - 3, _LEFT - _GUTTER - 10, _LANE_PX + 3.0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
