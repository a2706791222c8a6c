"""Trends: curves of chosen channels over any span, along with the window's time, with cursors, limits and figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QStackedLayout, QVBoxLayout, QWidget

from viewer.base.ids import ChannelId
from viewer.twin.model import Twin
from viewer.ui.empty_state import EmptyState
from viewer.ui.live_row import MIME
from viewer.ui.live_updates import Snapshot
from viewer.ui.look import Look
from viewer.ui.scene_facts import state_names
from viewer.ui.services import FeedLike
from viewer.ui.time.asking import Asking
from viewer.ui.time.cursor import TimeCursor
from viewer.ui.time.scale import moment_text
from viewer.ui.trends.bar import TrendBar
from viewer.ui.trends.figures import Between, Figures
from viewer.ui.trends.legend import LEAST_PX, WIDTH_PX, TrendLegend
from viewer.ui.trends.reading import TrendReading, Wanted
from viewer.ui.trends.span import USUAL_S, TrendSpan

if TYPE_CHECKING:
    from viewer.ui.trends.alarm_spans import AlarmSpan
    from viewer.ui.trends.curves import Curve
    from viewer.ui.trends.plot import TrendPlot

MOST_CURVES = 20
_LEAST_PLOT_PX, _LEAST_WIDE_PX = 92, 210
_LEGEND = 0.34
"""Share of the width that the legend takes, within its bounds."""
_MARGIN = 0.25
"""Share of a span read beyond each of its ends where it stands in the past, so that dragging finds something."""
_LIVE_GAP_S = 0.1
"""Live, curves are read again when the span has moved by half a pixel, and no oftener than this."""


class Trends(QWidget):
    """The panel. Reads and draws only while it is seen. Main thread; samples are read on the thread of `asking`."""

    channels_changed = Signal()
    span_changed = Signal()
    """Another span is shown, or alarms of it are wanted again."""

    def __init__(self, look: Look, cursor: TimeCursor, asking: Asking) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self.setAcceptDrops(True)
        self._look, self.time = look, cursor
        self._twin, self._feed = Twin(), None
        self._channels: list[ChannelId] = []
        self.plots: list[TrendPlot] = []
        self.span = TrendSpan(cursor.t_ns)
        self.marks: dict[str, int] = {}
        self.ranges: dict[str, tuple[float, float]] = {}
        """What a person has chosen, by unit."""
        self.menu = QMenu(self)
        self.between: Mapping[ChannelId, Between] | None = None
        self._hover_ns: int | None = None
        self._is_paused = False
        self._snapshot: Snapshot | None = None
        self._read_at: tuple[object, ...] = ()
        self._read_end_ns = 0
        self.reading = TrendReading(asking, self)
        self.reading.curves_read.connect(self._take)
        self.reading.rough_read.connect(self._take_rough)
        self.reading.between_read.connect(self._take_between)
        self.legend, self.bar = TrendLegend(look), TrendBar(look)
        self.legend.removed.connect(self.remove)
        empty = EmptyState(
            "trends", "No curve yet", "Drag a live value from the inspector here, or use «Add to trends» beside it.", look
        )
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(8, 0, 8, 2)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        row.addLayout(self._grid, 1)
        row.addWidget(self.legend)
        self._stack = QStackedLayout()
        self._stack.addWidget(empty)
        self._stack.addWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addLayout(self._stack, 1)
        self._connect()

    def _connect(self) -> None:
        self.bar.pause.clicked.connect(self.pause)
        self.bar.follow.clicked.connect(lambda: self.follow() if not self.span.follows else self.stand())
        self.bar.cursors.clicked.connect(self.measure)
        self.bar.clear.clicked.connect(lambda: self.show_channels([]))
        self.bar.span_asked.connect(self.show_span)
        self.bar.more.setMenu(self.menu)
        self._look.changed.connect(self._dress)
        self.time.moved.connect(self._moved)
        self.time.mode_changed.connect(self._moved)

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def channels(self) -> Sequence[ChannelId]:
        return tuple(self._channels)

    @property
    def is_paused(self) -> bool:
        return self._is_paused

    @property
    def curves(self) -> dict[ChannelId, Curve]:
        """What has been read of each channel."""
        return {c: curve for plot in self.plots for c, curve in plot.curves.items()}

    def set_feed(self, feed: FeedLike | None) -> None:
        self._feed, self._read_at = feed, ()

    def set_twin(self, twin: Twin) -> None:
        """Forget curves of channels that are gone."""
        self._twin = twin
        self.show_channels([c for c in self._channels if c in twin.channels])

    def add(self, channels: Iterable[ChannelId]) -> None:
        """Add curves; beyond the most there may be the oldest go."""
        new = [c for c in dict.fromkeys(channels) if c in self._twin.channels and c not in self._channels]
        if new:
            self.show_channels([*self._channels, *new])

    def remove(self, channel: ChannelId) -> None:
        self.show_channels([c for c in self._channels if c != channel])

    def show_channels(self, channels: Iterable[ChannelId]) -> None:
        """Show exactly these."""
        self._channels = [c for c in dict.fromkeys(channels) if c in self._twin.channels][-MOST_CURVES:]
        self._stack.setCurrentIndex(1 if self._channels else 0)
        self.between = None
        self._dress()
        self.channels_changed.emit()

    def show_marks(self, alarms: Sequence[AlarmSpan]) -> None:
        """When alarms of these channels were active."""
        for plot in self.plots:
            ids = {c.id for c in plot.channels}
            plot.alarms = [a for a in alarms if a.channel in ids]
            plot.update()

    # -- what a person does ------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Stop the curves where they are, or let them run on."""
        self._is_paused = not self._is_paused
        self.refresh_all()

    def follow(self) -> None:
        """Go along with the window's time."""
        self._is_paused = False
        self.span = replace(self.span, follows=True)
        self.refresh_all()

    def stand(self) -> None:
        """Stay where it is."""
        self.span = replace(self.span, follows=False)
        self.refresh_all()

    def back(self) -> None:
        """The usual span, along with the window's time."""
        self.span = replace(self.span, span_s=USUAL_S)
        self.follow()

    def show_span(self, span_s: float, end_ns: int | None = None) -> None:
        """Show so much time; up to a moment, or around what is shown."""
        if end_ns is not None:
            self.span = TrendSpan(end_ns, span_s, follows=False)
        else:
            self._zoom(span_s / self.span.span_s, self.span.end_ns)
        self.refresh_all()

    def measure(self) -> None:
        """Show the two cursors at thirds of the span, or put them away."""
        if self.marks:
            self.marks, self.between = {}, None
        else:
            third = round(1e9 * self.span.span_s / 3.0)
            self.marks = {"A": self.span.start_ns + third, "B": self.span.end_ns - third}
        self._ask_between()
        self.refresh_all()

    def mark(self, letter: str, t_ns: int) -> None:
        """Put a cursor at a moment."""
        if not self.marks:
            self.measure()
        self.marks[letter] = t_ns
        self._ask_between()
        self._draw()

    def refresh(self, snapshot: Snapshot) -> None:
        """New values may have come."""
        self._snapshot = snapshot
        self._go_on()

    def refresh_all(self) -> None:
        """Read and draw what is shown now."""
        self._go_on()
        self._tell()
        self.span_changed.emit()

    def _moved(self) -> None:
        self._go_on()
        self._tell()

    def _go_on(self) -> None:
        if not self._is_paused:
            self.span = self.span.following(self.time.t_ns, self.time.clock_ns(), is_live=self.time.is_live)
        if self.isVisible() and self._channels:
            self._read()
            self._draw()

    # -- reading -----------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Ask for curves where others are shown than have been read: live, when half a pixel of time has gone."""
        if self._feed is None:
            return
        points = self._points()
        at = (tuple(self._channels), self.span.span_s, points, self.span.follows and self.time.is_live)
        moved_ns = abs(self.span.end_ns - self._read_end_ns)
        if at == self._read_at:
            half_px_ns = 1e9 * max(_LIVE_GAP_S, self.span.span_s / points)
            stands_still = not at[3] and self._read_end_ns < self.time.clock_ns()
            if moved_ns == 0 if stands_still else (moved_ns < half_px_ns or self.reading.is_reading):
                return
        is_far = at[:2] != self._read_at[:2] or moved_ns > 0.5e9 * self.span.span_s
        self._read_at, self._read_end_ns = at, self.span.end_ns
        margin_ns = 0 if at[3] else round(_MARGIN * 1e9 * self.span.span_s)
        t0_ns, t1_ns = max(0, self.span.start_ns - margin_ns), min(self.span.end_ns + margin_ns, self.time.clock_ns())
        if t1_ns > t0_ns:
            wanted = Wanted(tuple(self._twin.channels[c] for c in self._channels), t0_ns, t1_ns, points)
            self.reading.read(self._feed.reader, wanted, rough_first=is_far and self.span.span_s > 600.0)

    def _points(self) -> int:
        """How many points a curve is given: two a pixel, in steps, so that a plot may grow a little without reading again."""
        wide = max((plot.width() for plot in self.plots), default=0)
        return 256 * max(1, math.ceil(2 * wide / 256))

    def _take(self, curves: tuple[Curve, ...]) -> None:
        for curve in curves:
            for plot in self.plots:
                if any(c.id == curve.channel for c in plot.channels):
                    plot.set_curve(curve)
        self._show_values()

    def _take_rough(self, curves: tuple[Curve, ...]) -> None:
        self._take(tuple(c for c in curves if self.reading.is_reading))

    def _ask_between(self) -> None:
        if self._feed is not None and len(self.marks) == 2:
            self.reading.read_between(self._feed.reader, self._channels, self.marks["A"], self.marks["B"])

    def _take_between(self, between: dict[ChannelId, Between]) -> None:
        if self.marks:
            self.between = between
            self._show_values()

    # -- drawing -----------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        records = [self._twin.channels[c] for c in self._channels]
        names = state_names(self._twin)
        colours = [self._colour(row) for row in range(len(records))]
        groups: dict[str, list[int]] = {}
        for row, channel in enumerate(records):
            groups.setdefault("states" if channel.states else f"unit {channel.unit}", []).append(row)
        self._make_plots(len(groups))
        for plot, rows in zip(self.plots, groups.values(), strict=True):
            plot.names = names
            plot.set_channels([records[r] for r in rows], [colours[r] for r in rows])
            plot.manual = None if plot.is_states else self.ranges.get(plot.key)
        self.legend.set_channels(records, colours, names)
        self.bar.clear.setVisible(bool(records))
        self._read_at = ()
        self._ask_between()
        self.refresh_all()

    def _colour(self, row: int) -> QColor:
        theme = self._look.theme
        colour = theme.series_colour(row)
        again = row // len(theme.series)
        return colour if not again else (colour.darker(140) if theme.is_dark else colour.lighter(150))

    def _make_plots(self, count: int) -> None:
        for plot in self.plots[count:]:
            self._grid.removeWidget(plot)
            plot.deleteLater()
        self.plots = self.plots[:count]
        while len(self.plots) < count:
            self.plots.append(self._plot())
        self._arrange()

    def _plot(self) -> TrendPlot:
        from viewer.ui.trends.plot import TrendPlot

        plot = TrendPlot(self._look)
        plot.hovered.connect(self._hover)
        plot.zoomed.connect(self._zoomed)
        plot.panned.connect(self._panned)
        plot.marker_moved.connect(self.mark)
        plot.back_asked.connect(self.back)
        plot.range_changed.connect(lambda: self._keep_range(plot))
        plot.menu_asked.connect(self._ask_menu)
        return plot

    def _arrange(self) -> None:
        """Plots below one another where the panel is high enough, that they share their time; else side by side as well."""
        self.legend.setFixedWidth(max(LEAST_PX, min(WIDTH_PX, round(_LEGEND * self.width()))))
        room = max(1, (self.height() - 34) // _LEAST_PLOT_PX)
        most_beside = max(1, (self.width() - self.legend.maximumWidth()) // _LEAST_WIDE_PX)
        count = len(self.plots)
        beside = min(most_beside, math.ceil(count / room)) if count else 1
        for number, plot in enumerate(self.plots):
            self._grid.addWidget(plot, number // beside, number % beside)

    def _draw(self) -> None:
        from viewer.ui.trends.plot import Shown

        now_ns = self.time.clock_ns()
        moment_ns = None if self.time.is_live else self.time.t_ns
        shown = Shown(self.span, now_ns, moment_ns, self._hover_ns, dict(self.marks))
        for plot in self.plots:
            plot.show_all(shown)
        self._show_values()

    def _tell(self) -> None:
        note, is_warning = "", False
        now_ns = self.time.clock_ns()
        if self._is_paused:
            note, is_warning = f"Paused at {moment_text(self.span.end_ns, now_ns)}", True
        elif not self.span.follows:
            note, is_warning = f"Stands at {moment_text(self.span.end_ns, now_ns)}; double-click to follow again", True
        elif not self.time.is_live:
            note = f"Past: {moment_text(self.time.t_ns, now_ns)}"
        self.bar.dress(
            is_paused=self._is_paused,
            follows=self.span.follows and not self._is_paused,
            measures=bool(self.marks),
            span_s=self.span.span_s,
            note=note,
            is_warning=is_warning,
        )

    def _show_values(self) -> None:
        """The values at the mouse; the window's where there is none."""
        curves = self.curves
        if self._hover_ns is not None:
            nan = (float("nan"), float("nan"))
            self.legend.show_values([curves[c].at(self._hover_ns) if c in curves else nan for c in self._channels])
        elif self._snapshot is not None:
            values = [self._snapshot.of(c)[0] for c in self._channels]
            self.legend.show_values([(v, v) for v in values])
        figures: dict[ChannelId, Figures] = {c: curve.figures for c, curve in curves.items()}
        self.legend.show_figures(figures, self.between if self.marks else None)

    # -- what plots ask ----------------------------------------------------------------------------------------------

    def _hover(self, t_ns: int | None) -> None:
        self._hover_ns = t_ns
        self._draw()

    def _zoomed(self, factor: float, around_ns: int) -> None:
        goes_along = self.span.follows and self.time.is_live and not self._is_paused
        self._zoom(factor, self.span.end_ns if goes_along else around_ns)
        self.refresh_all()

    def _zoom(self, factor: float, around_ns: int) -> None:
        self.span = self.span.zoomed(factor, around_ns)

    def _panned(self, by_ns: int) -> None:
        self.span = self.span.panned(by_ns, self.time.clock_ns())
        self.refresh_all()

    def _keep_range(self, plot: TrendPlot) -> None:
        if plot.manual is None:
            self.ranges.pop(plot.key, None)
        else:
            self.ranges[plot.key] = plot.manual

    def _ask_menu(self, where: QPoint, t_ns: int) -> None:
        menu = QMenu(self)
        menu.addAction("Show this moment everywhere").triggered.connect(lambda: self.time.go_to(t_ns))
        menu.addAction("Put cursor A here").triggered.connect(lambda: self.mark("A", t_ns))
        menu.addAction("Put cursor B here").triggered.connect(lambda: self.mark("B", t_ns))
        menu.addSeparator()
        menu.addActions(self.menu.actions())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._go_on()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh_all()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        text = bytes(event.mimeData().data(MIME).data()).decode()
        self.add(ChannelId(line) for line in text.splitlines())
        event.acceptProposedAction()
