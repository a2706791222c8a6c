"""The drawing area of the trends, by pyqtgraph: clipped to view, thinned so that every peak stays. Imported when first used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from viewer.base.units import pretty_unit
from viewer.twin.channels import Channel
from viewer.ui.look import Look, application_font
from viewer.ui.value_text import clock_text

_NEVER = ((0.0, 0.0),)
"""Units are written as they are, never with another SI prefix."""


class TrendPlot(QWidget):
    """Curves over seconds before now. Of one unit they share the axis; of several units each is drawn in parts of its range."""

    cursor_moved = Signal(object)
    """list of the values at the cursor, or None when it has left."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._channels: Sequence[Channel] = ()
        self._curves: list[Any] = []
        self._limits: list[Any] = []
        self._data: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self._now_ns = 0
        self.has_cursor = False
        self._view: Any = pg.PlotWidget()
        self._view.setBackground(None)
        self._item: Any = self._view.getPlotItem()
        self._item.setClipToView(True)
        self._item.setDownsampling(auto=True, mode="peak")
        self._item.setMouseEnabled(x=False, y=True)
        self._item.hideButtons()
        self._item.setMenuEnabled(False)
        self._cursor: Any = pg.InfiniteLine(angle=90, movable=False)
        self._cursor_text: Any = pg.TextItem(anchor=(0, 1))
        for item in (self._cursor, self._cursor_text):
            item.setVisible(False)
            self._item.addItem(item, ignoreBounds=True)
        self._view.scene().sigMouseMoved.connect(self._moved)
        self._view.installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)

    def set_channels(self, channels: Sequence[Channel]) -> None:
        """One curve for each; their colours, limits and the axis follow."""
        self._channels = channels
        for item in (*self._curves, *self._limits):
            self._item.removeItem(item)
        self._curves = [self._curve(i, c) for i, c in enumerate(channels)]
        self._data = [(np.empty(0), np.empty(0)) for _ in channels]
        self._limits = [] if self.is_scaled else [line for c in channels for line in self._limit_lines(c)]
        self._dress_axes()

    @property
    def is_scaled(self) -> bool:
        """Whether the curves have different units, so that each is drawn in parts of its own range."""
        return len({c.unit if c.kind != "state" else "(state)" for c in self._channels}) > 1

    def set_curve(self, index: int, t_s: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        """(n,) seconds before now, ascending, and (n,) values in the channel's unit."""
        self._data[index] = (t_s, values)
        shown = values
        if self.is_scaled:
            low, high = _range_of(self._channels[index], values)
            shown = (values - low) / ((high - low) or 1.0)
        self._curves[index].setData(t_s, shown)

    def set_window(self, window_s: float, now_ns: int) -> None:
        """Time shown, and the moment at its right end."""
        self._now_ns = now_ns
        self._item.setXRange(-window_s, 0.0, padding=0.0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hide_cursor()
        return super().eventFilter(watched, event)

    def _curve(self, index: int, channel: Channel) -> Any:
        pen = pg.mkPen(self._look.theme.series_colour(index), width=1.6)
        steps = channel.kind in ("state", "counter", "setpoint")
        curve = pg.PlotDataItem(pen=pen, stepMode="right" if steps else None, connect="finite", antialias=True)
        curve.setDownsampling(auto=True, method="peak")
        curve.setClipToView(True)
        self._item.addItem(curve)
        return curve

    def _limit_lines(self, channel: Channel) -> list[Any]:
        limits, theme = channel.limits, self._look.theme
        lines: list[Any] = []
        for name, token in (("lolo", "alarm"), ("lo", "warning"), ("hi", "warning"), ("hihi", "alarm")):
            value = getattr(limits, name)
            if value is not None:
                pen = pg.mkPen(theme.colour(token, 0.8), width=1, style=Qt.PenStyle.DashLine)
                label = {"color": theme.colour(token), "position": 0.02, "anchors": [(0, 1), (0, 1)]}
                lines.append(pg.InfiniteLine(pos=value, angle=0, pen=pen, label=f"{name} {value:g}", labelOpts=label))
                self._item.addItem(lines[-1], ignoreBounds=True)
        return lines

    def _dress_axes(self) -> None:
        theme = self._look.theme
        self._view.setBackground(theme.colour("panel"))
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(pg.mkPen(theme.colour("border")))
            axis.setTextPen(pg.mkPen(theme.colour("text_soft")))
            axis.setStyle(tickFont=application_font(11), tickLength=-4)
        self._item.showGrid(x=True, y=True, alpha=0.18)
        units = {pretty_unit(c.unit) for c in self._channels}
        text = "share of range" if self.is_scaled else next(iter(units), "")
        self._item.getAxis("left").setLabel(text, siPrefixEnableRanges=_NEVER, color=theme.colours["text_soft"])
        self._item.getAxis("bottom").setLabel("seconds before now", siPrefixEnableRanges=_NEVER, color=theme.colours["text_soft"])
        self._cursor.setPen(pg.mkPen(theme.colour("text_faint"), width=1))
        self._cursor_text.setColor(theme.colour("text_soft"))

    def _moved(self, where: QPointF) -> None:
        if not self._item.sceneBoundingRect().contains(where) or not self._data:
            self._hide_cursor()
            return
        at = self._item.vb.mapSceneToView(where)
        t_s = float(at.x())
        self.has_cursor = True
        self._cursor.setPos(t_s)
        self._cursor_text.setPos(t_s, self._item.vb.viewRange()[1][0])
        self._cursor_text.setText(clock_text(self._now_ns + round(t_s * 1e9)))
        self._cursor.setVisible(True)
        self._cursor_text.setVisible(True)
        self.cursor_moved.emit([_value_at(t, v, t_s) for t, v in self._data])

    def _hide_cursor(self) -> None:
        if self.has_cursor:
            self.has_cursor = False
            self._cursor.setVisible(False)
            self._cursor_text.setVisible(False)
            self.cursor_moved.emit(None)


def _value_at(t_s: NDArray[np.float64], values: NDArray[np.float64], at_s: float) -> float:
    """The newest value not later than a moment; NaN before the first."""
    row = int(np.searchsorted(t_s, at_s, side="right")) - 1
    return float(values[row]) if row >= 0 else float("nan")


def _range_of(channel: Channel, values: NDArray[np.float64]) -> tuple[float, float]:
    if channel.low is not None and channel.high is not None:
        return channel.low, channel.high
    if channel.states:
        numbers = [s.value for s in channel.states]
        return float(min(numbers)), float(max(numbers))
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
