"""Trends: curves of chosen channels over the last seconds to minutes, with cursor, limits and latest values."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from viewer.base.ids import ChannelId
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.ui.empty_state import EmptyState
from viewer.ui.icons import icon
from viewer.ui.live_row import MIME
from viewer.ui.live_updates import Snapshot
from viewer.ui.look import Look
from viewer.ui.services import FeedLike
from viewer.ui.time.cursor import TimeCursor
from viewer.ui.trend_legend import TrendLegend

WINDOWS = (("10 s", 10.0), ("30 s", 30.0), ("1 min", 60.0), ("2 min", 120.0), ("5 min", 300.0), ("10 min", 600.0))
MOST_CURVES = 8
_MOST_BESIDE = 4
"""Plots side by side; more begin another row."""


class Trends(QWidget):
    """The panel. Draws only while it is seen, at most as often as it is refreshed. Main thread."""

    channels_changed = Signal()

    def __init__(self, look: Look, cursor: TimeCursor) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self.setAcceptDrops(True)
        self._look, self._time = look, cursor
        self._twin, self._feed = Twin(), None
        self._channels: list[ChannelId] = []
        self._plots: list[Any] = []
        self._place: dict[ChannelId, tuple[int, int]] = {}
        self._cursor_s: float | None = None
        self._frozen_ns: int | None = None
        self._snapshot: Snapshot | None = None
        self.legend = TrendLegend(look)
        self.legend.removed.connect(self.remove)
        empty = EmptyState(
            "trends", "No curve yet", "Drag a live value from the inspector here, or use «Add to trends» beside it.", look
        )
        body = QWidget()
        self._body = QHBoxLayout(body)
        self._body.setContentsMargins(8, 0, 8, 2)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._body.addLayout(self._grid, 1)
        self._body.addWidget(self.legend)
        self._stack = QStackedLayout()
        self._stack.addWidget(empty)
        self._stack.addWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar())
        layout.addLayout(self._stack, 1)
        look.changed.connect(self._dress)

    @property
    def channels(self) -> Sequence[ChannelId]:
        return tuple(self._channels)

    @property
    def window_s(self) -> float:
        return WINDOWS[self._window.currentIndex()][1]

    @property
    def is_paused(self) -> bool:
        return self._frozen_ns is not None

    def set_feed(self, feed: FeedLike | None) -> None:
        self._feed = feed

    def set_twin(self, twin: Twin) -> None:
        """Forget curves of channels that are gone."""
        self._twin = twin
        self.show_channels([c for c in self._channels if c in twin.channels])

    def add(self, channels: Iterable[ChannelId]) -> None:
        """Add curves; beyond eight the oldest go, so that colours stay told apart."""
        new = [c for c in channels if c in self._twin.channels and c not in self._channels]
        if new:
            self.show_channels([*self._channels, *new][-MOST_CURVES:])

    def remove(self, channel: ChannelId) -> None:
        self.show_channels([c for c in self._channels if c != channel])

    def show_channels(self, channels: Iterable[ChannelId]) -> None:
        """Show exactly these."""
        self._channels = [c for c in channels if c in self._twin.channels][-MOST_CURVES:]
        self._stack.setCurrentIndex(1 if self._channels else 0)
        self._dress()
        self.channels_changed.emit()

    def pause(self) -> None:
        """Stop the curves where they are, or let them run on."""
        self._frozen_ns = None if self.is_paused else self._time.t_ns
        self._pause.setChecked(self.is_paused)
        self._draw()

    def refresh(self, snapshot: Snapshot) -> None:
        """New values may have come."""
        self._snapshot = snapshot
        if self.isVisible() and self._channels and not self.is_paused:
            self._draw()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        text = bytes(event.mimeData().data(MIME).data()).decode()
        self.add(ChannelId(line) for line in text.splitlines())
        event.acceptProposedAction()

    def _bar(self) -> QWidget:
        bar = QWidget()
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(10, 6, 10, 4)
        self._pause, self._window, self._note, self._clear = QToolButton(), QComboBox(), QLabel(), QToolButton()
        self._pause.setCheckable(True)
        self._pause.setToolTip("Pause the curves (values go on being received)")
        self._pause.clicked.connect(self.pause)
        self._window.addItems([title for title, _ in WINDOWS])
        self._window.setCurrentIndex(2)
        self._window.setToolTip("Time shown")
        self._window.currentIndexChanged.connect(self._draw)
        self._note.setProperty("role", "faint")
        self._clear.setToolTip("Remove all curves")
        self._clear.clicked.connect(lambda: self.show_channels([]))
        for widget in (self._pause, self._window, self._clear, self._note):
            layout.addWidget(widget)
        layout.addStretch(1)
        return bar

    def _dress(self) -> None:
        self._clear.setIcon(icon("close", self._look.theme))
        self._clear.setVisible(bool(self._channels))
        self._arrange()
        self.legend.set_channels([self._twin.channels[c] for c in self._channels])
        self._draw()

    def _arrange(self) -> None:
        """One plot for each unit, side by side: the panel is wide and low, and each keeps its own scale and limits."""
        records = [self._twin.channels[c] for c in self._channels]
        groups: dict[str, list[int]] = {}
        for row, channel in enumerate(records):
            groups.setdefault(channel.id if channel.states else f"unit {channel.unit}", []).append(row)
        self._make_plots(len(groups))
        self._place = {}
        for number, (plot, rows) in enumerate(zip(self._plots, groups.values(), strict=True)):
            plot.set_channels([records[r] for r in rows], [self._look.theme.series_colour(r) for r in rows])
            self._place.update({records[r].id: (number, k) for k, r in enumerate(rows)})

    def _make_plots(self, count: int) -> None:
        for plot in self._plots[count:]:
            self._grid.removeWidget(plot)
            plot.deleteLater()
        self._plots = self._plots[:count]
        while len(self._plots) < count:
            from viewer.ui.trend_plot import TrendPlot

            plot = TrendPlot(self._look)
            plot.cursor_moved.connect(self._show_cursor)
            self._grid.addWidget(plot, len(self._plots) // _MOST_BESIDE, len(self._plots) % _MOST_BESIDE)
            self._plots.append(plot)

    def _draw(self) -> None:
        self._pause.setIcon(icon("play" if self.is_paused else "pause", self._look.theme))
        if self._feed is None:
            return
        now_ns = self._frozen_ns if self._frozen_ns is not None else self._time.t_ns
        from_ns = now_ns - round(self.window_s * 1e9)
        for channel, (plot, row) in self._place.items():
            t_ns, values = self._feed.store.range(channel, from_ns, now_ns)
            t_s = (t_ns - now_ns).astype(np.float64) / 1e9
            self._plots[plot].set_curve(row, *_held_until_now(t_s, values, self._twin.channels[channel]))
        for plot in self._plots:
            plot.set_window(self.window_s, now_ns)
        when = time.strftime("%H:%M:%S", time.localtime(now_ns / 1e9))
        self._note.setText(f"Paused at {when}" if self.is_paused else "")
        self._show_values()

    def _show_cursor(self, t_s: float | None) -> None:
        self._cursor_s = t_s
        for plot in self._plots:
            plot.show_cursor(t_s)
        self._show_values()

    def _show_values(self) -> None:
        """The values at the cursor; the newest where there is none."""
        if self._cursor_s is not None:
            found = [plot.values_at(self._cursor_s) for plot in self._plots]
            self.legend.show_values([found[p][k] for p, k in (self._place[c] for c in self._channels)])
        elif self._snapshot is not None:
            self.legend.show_values([self._snapshot.of(c)[0] for c in self._channels])


def _held_until_now(
    t_s: NDArray[np.float64], values: NDArray[np.float64], channel: Channel
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """States, counters and setpoints hold between two samples, so the last one reaches the present for a period."""
    if not len(t_s) or channel.kind not in ("state", "counter", "setpoint") or t_s[-1] < -2.0 * channel.period_s:
        return t_s, values
    return np.append(t_s, 0.0), np.append(values, values[-1])
