"""The drawing area of the trends, by pyqtgraph: clipped to view, thinned so that every peak stays. Imported when first used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from viewer.base.units import pretty_unit
from viewer.twin.channels import Channel
from viewer.ui.look import Look, application_font
from viewer.ui.value_text import clock_text

_NEVER = ((0.0, 0.0),)
"""Units are written as they are, never with another SI prefix."""


class TrendPlot(QWidget):
    """Curves of one unit over seconds before now, on the channels' display range, with their limits."""

    cursor_moved = Signal(object)
    """The time at the cursor, seconds before now (negative), or None when it has left."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._channels: Sequence[Channel] = ()
        self._curves: list[Any] = []
        self._limits: list[Any] = []
        self._data: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self._now_ns = 0
        self._range = (0.0, 0.0)
        self._is_zoomed = False
        self._view: Any = pg.PlotWidget(axisItems={"bottom": _SecondsAxis("bottom")})
        self._view.setBackground(None)
        self._item: Any = self._view.getPlotItem()
        self._item.setMouseEnabled(x=False, y=True)
        self._item.hideButtons()
        self._item.setMenuEnabled(False)
        self._item.vb.sigRangeChangedManually.connect(self._zoomed)
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

    def set_channels(self, channels: Sequence[Channel], colours: Sequence[QColor]) -> None:
        """One curve for each, in its colour; limits and the axis follow."""
        self._channels, self._is_zoomed, self._range = channels, False, (0.0, 0.0)
        for item in (*self._curves, *self._limits):
            self._item.removeItem(item)
        self._curves = [self._curve(colour, c) for colour, c in zip(colours, channels, strict=True)]
        self._data = [(np.empty(0), np.empty(0)) for _ in channels]
        self._limits = [self._limit_line(*one) for one in limits_of(channels)]
        self._dress_axes()

    def set_curve(self, index: int, t_s: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        """(n,) seconds before now, ascending, and (n,) values in the channel's unit."""
        self._data[index] = (t_s, values)
        self._curves[index].setData(t_s, values)

    def set_window(self, window_s: float, now_ns: int) -> None:
        """Time shown, and the moment at its right end."""
        self._now_ns = now_ns
        self._item.setXRange(-window_s, 0.0, padding=0.0)
        wanted = range_of(self._channels, [values for _, values in self._data])
        if wanted != self._range and not self._is_zoomed:
            self._range = wanted
            self._item.setYRange(*wanted, padding=0.06)

    def values_at(self, t_s: float) -> list[float]:
        """(curves,) the newest value not later than a moment; NaN before the first."""
        return [_value_at(t, v, t_s) for t, v in self._data]

    def show_cursor(self, t_s: float | None) -> None:
        """Show the cursor at a moment; None: nowhere."""
        for item in (self._cursor, self._cursor_text):
            item.setVisible(t_s is not None)
        if t_s is not None:
            self._cursor.setPos(t_s)
            is_left = t_s < sum(self._item.vb.viewRange()[0]) / 2
            self._cursor_text.setAnchor((0, 1) if is_left else (1, 1))
            self._cursor_text.setPos(t_s, self._item.vb.viewRange()[1][0])
            self._cursor_text.setText(clock_text(self._now_ns + round(t_s * 1e9)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.cursor_moved.emit(None)
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self._is_zoomed, self._range = False, (0.0, 0.0)
        return super().eventFilter(watched, event)

    def _zoomed(self) -> None:
        self._is_zoomed = True

    def _curve(self, colour: QColor, channel: Channel) -> Any:
        steps = channel.kind in ("state", "counter", "setpoint")
        pen = pg.mkPen(colour, width=1.6)
        curve = pg.PlotDataItem(pen=pen, stepMode="right" if steps else None, connect="finite", antialias=True)
        curve.setDownsampling(auto=True, method="peak")
        curve.setClipToView(True)
        self._item.addItem(curve)
        return curve

    def _limit_line(self, name: str, value: float) -> Any:
        colour = self._look.theme.colour("alarm" if name in ("lolo", "hihi") else "warning")
        faint = QColor(colour)
        faint.setAlphaF(0.8)
        pen = pg.mkPen(faint, width=1, style=Qt.PenStyle.DashLine)
        line = pg.InfiniteLine(pos=value, angle=0, pen=pen)
        if name in ("lo", "hi"):  # the alarm limits lie close beyond, and their colour names them
            line.label = pg.InfLineLabel(line, f"{name} {value:g}", position=0.02, color=colour, anchors=[(0, 1), (0, 1)])
            line.label.setFont(application_font(10))
        self._item.addItem(line, ignoreBounds=True)
        return line

    def _dress_axes(self) -> None:
        theme = self._look.theme
        self._view.setBackground(theme.colour("panel"))
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(pg.mkPen(theme.colour("border")))
            axis.setTextPen(pg.mkPen(theme.colour("text_soft")))
            axis.setStyle(tickFont=application_font(11), tickLength=-4)
        self._item.showGrid(x=True, y=True, alpha=0.18)
        unit = next((pretty_unit(c.unit) for c in self._channels), "")
        self._item.getAxis("left").setLabel(unit, siPrefixEnableRanges=_NEVER, color=theme.colours["text_soft"])
        self._cursor.setPen(pg.mkPen(theme.colour("text_faint"), width=1))
        self._cursor_text.setColor(theme.colour("text_soft"))

    def _moved(self, where: QPointF) -> None:
        inside = self._item.vb.sceneBoundingRect().contains(where) and bool(self._data)
        self.cursor_moved.emit(float(self._item.vb.mapSceneToView(where).x()) if inside else None)


class _SecondsAxis(pg.AxisItem):
    """Ticks with their unit, so that the axis needs no title."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{v:g} s".replace("-", "\u2212") if v else "now" for v in values]


def limits_of(channels: Sequence[Channel]) -> list[tuple[str, float]]:
    """Name and value of every limit, each once: curves of one kind share theirs."""
    found = [(n, getattr(c.limits, n)) for c in channels for n in ("lolo", "lo", "hi", "hihi")]
    return list(dict.fromkeys((n, v) for n, v in found if v is not None))


def range_of(channels: Sequence[Channel], values: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """The scale of a plot: the channels' display ranges, widened by what was measured; measured alone where they have none."""
    told = [v for c in channels for v in (c.low, c.high) if v is not None]
    told += [float(s.value) for c in channels for s in c.states]
    finite = [v[np.isfinite(v)] for v in values]
    told += [float(edge) for v in finite if len(v) for edge in (v.min(), v.max())]
    low, high = (min(told), max(told)) if told else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _value_at(t_s: NDArray[np.float64], values: NDArray[np.float64], at_s: float) -> float:
    row = int(np.searchsorted(t_s, at_s, side="right")) - 1
    return float(values[row]) if row >= 0 else float("nan")
