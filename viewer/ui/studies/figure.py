"""Draws a study's figures by pyqtgraph in the theme's colours; a new figure of the same shape only moves the items."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from viewer.studies.contract import Figure, Series
from viewer.ui.theme import Theme

MOST_BARE = 4
"""A figure of fewer bars keeps room for this many, so that one bar is no wall."""


class FigureView(QWidget):
    """One figure. Main thread."""

    def __init__(self) -> None:
        super().__init__()
        self._figure: Figure | None = None
        self._theme: Theme | None = None
        self._items: list[Any] = []
        self._marks: list[Any] = []
        self._title = QLabel()
        self._title.setProperty("role", "section")
        self._view: Any = pg.PlotWidget()
        self._view.setBackground(None)
        self._plot: Any = self._view.getPlotItem()
        self._plot.hideButtons()
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._legend: Any = self._plot.addLegend(offset=(-6, 4), labelTextSize="11px")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 0)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addWidget(self._view, 1)
        self.setMinimumSize(240, 150)

    def show_figure(self, figure: Figure, theme: Theme) -> None:
        """Draw a figure; what can stay stays."""
        same = self._figure is not None and theme is self._theme and _shape(self._figure) == _shape(figure)
        self._figure, self._theme = figure, theme
        if not same:
            self._build(figure, theme)
        for item, series, index in zip(self._items, figure.series, range(len(figure.series)), strict=True):
            _fill(item, series, index, len(figure.series))
        for line, (name, value) in zip(self._marks, figure.x_marks, strict=True):
            line.setValue(value)
            line.label.setFormat(name)
        if figure.x_marks and not figure.x_names:
            self._show_marks_and_data(figure)
        if figure.x_names:
            self._plot.getAxis("bottom").setTicks([list(enumerate(figure.x_names))])
            self._plot.setXRange(-0.6, max(len(figure.x_names), MOST_BARE) - 0.4, padding=0.0)

    def _show_marks_and_data(self, figure: Figure) -> None:
        """All of the curves and marks; the limits' names stand between them."""
        places = [value for _, value in figure.x_marks]
        low = min(*(float(np.min(one.x)) for one in figure.series if len(one.x)), *places)
        high = max(*(float(np.max(one.x)) for one in figure.series if len(one.x)), *places)
        room = 0.1 * (high - low)
        self._plot.setXRange(low - room, high + room, padding=0.0)

    def _build(self, figure: Figure, theme: Theme) -> None:
        for item in (*self._items, *self._marks):
            self._plot.removeItem(item)
        self._title.setText(figure.title)
        faint, soft = theme.colour("border_strong"), theme.colour("text_soft")
        for side, label in (("bottom", figure.x_label), ("left", figure.y_label)):
            axis = self._plot.getAxis(side)
            axis.setPen(faint)
            axis.setTextPen(soft)
            axis.setLabel(label, color=soft.name())
            axis.enableAutoSIPrefix(False)
            axis.setTicks(None)
        self._legend.setLabelTextColor(soft)
        self._legend.setVisible(len(figure.series) > 1)
        self._items = [_item(series, theme, i) for i, series in enumerate(figure.series)]
        for item in self._items:
            self._plot.addItem(item)
        self._marks = [_mark(name, theme, i) for i, (name, _) in enumerate(figure.x_marks)]
        for line in self._marks:
            self._plot.addItem(line)


def _shape(figure: Figure) -> tuple[object, ...]:
    kinds = tuple((one.name, one.kind) for one in figure.series)
    return figure.title, figure.x_label, figure.y_label, kinds, tuple(name for name, _ in figure.x_marks), figure.x_names


def _item(series: Series, theme: Theme, index: int) -> Any:
    colour = theme.series_colour(index)
    soft = theme.series_colour(index)
    soft.setAlphaF(0.55)
    match series.kind:
        case "histogram":
            return pg.PlotCurveItem(
                [0.0, 1.0], [0.0], stepMode="center", fillLevel=0.0, brush=soft, pen=pg.mkPen(colour, width=1), name=series.name
            )
        case "bars":
            return pg.BarGraphItem(x=[0.0], height=[0.0], width=0.6, brush=soft, pen=pg.mkPen(colour, width=1), name=series.name)
        case "area":
            return pg.PlotCurveItem(fillLevel=0.0, brush=soft, pen=pg.mkPen(colour, width=1), name=series.name)
        case "points":
            return pg.ScatterPlotItem(pen=None, brush=colour, size=6, name=series.name)
        case "line":
            return pg.PlotCurveItem(pen=pg.mkPen(colour, width=2), name=series.name)


def _fill(item: Any, series: Series, index: int, count: int) -> None:
    if series.kind == "bars":
        bars = count if count > 1 else 1
        width = 0.7 / bars
        x = np.asarray(series.x) + (index - (bars - 1) / 2.0) * width if bars > 1 else np.asarray(series.x)
        item.setOpts(x=x, height=series.y, width=width * 0.92)
    else:
        item.setData(series.x, series.y)


def _mark(name: str, theme: Theme, index: int) -> Any:
    colour = theme.colour("alarm" if "limit" in name else "text_soft")
    style = Qt.PenStyle.SolidLine if "limit" in name else Qt.PenStyle.DashLine
    side = 1.05 if name.startswith("upper") else -0.05
    options = {"position": (0.94, 0.64, 0.5)[index % 3], "color": colour, "movable": False, "anchors": [(side, 0.5), (side, 0.5)]}
    return pg.InfiniteLine(angle=90, pen=pg.mkPen(colour, width=1.4, style=style), label=name, labelOpts=options)
