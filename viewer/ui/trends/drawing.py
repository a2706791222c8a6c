"""How a curve becomes lines and areas on a painter, fast: whole arrays at once, nothing per sample in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyqtgraph import functions
from pyqtgraph.Qt import internals
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

_make: Any = functions
_internals: Any = internals
_DENSE = 5.0
"""Beyond so many pixels of line for each pixel of width a curve is drawn as the area it covers."""
Places = NDArray[np.float64]


def polygon(x: Places, y: Places) -> QPolygonF:
    """Points (k,), px."""
    made: QPolygonF = _make.create_qpolygonf(len(x))
    points: NDArray[np.float64] = _make.ndarray_from_qpolygonf(made)
    points[:, 0], points[:, 1] = x, y
    return made


def steps(x: Places, y: Places, end_px: float) -> tuple[Places, Places]:
    """Values that hold: each goes level to the next; the last to `end_px`."""
    ends = np.append(x[1:], max(end_px, float(x[-1]))) if len(x) else x
    return np.column_stack([x, ends]).ravel(), np.repeat(y, 2)


def draw_line(painter: QPainter, x: Places, y: Places, colour: QColor) -> None:
    """A line through points, px, broken where y is NaN; a point alone is a dot."""
    finite = np.isfinite(y)
    if not finite.any():
        return
    length = float(np.nansum(np.abs(np.diff(y)))) + float(x[-1] - x[0])
    if length > _DENSE * max(1.0, float(x[-1] - x[0])):
        places, top, bottom = columns(x, y, 1.0)
        apart_px = float(np.median(np.diff(places))) if len(places) > 1 else 1.0
        _fill(painter, places, top, bottom, colour, min(4.0, max(1.0, apart_px)))  # as wide as they lie apart: no dots
        return
    painter.setPen(QPen(colour, 1.0 if len(x) > 400 else 1.5))  # the raster engine draws one pixel ten times as fast as more
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for first, end in _runs(finite):
        if end - first == 1:
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x[first], y[first]), 1.6, 1.6)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.drawPolyline(polygon(x[first:end], y[first:end]))


def draw_band(painter: QPainter, x: Places, top: Places, bottom: Places, colour: QColor) -> None:
    """The area between two edges, px, broken where NaN, and a line along its middle."""
    area = QColor(colour)
    area.setAlphaF(0.45)
    width_px = max(1.0, float(np.min(np.diff(x), initial=8.0)))
    if width_px == 1.0 and len(x):  # more points than pixels
        (left, high, _), (_, _, low) = columns(x, top, 1.0), columns(x, bottom, 1.0)
        x, top, bottom = left, high, low
    _fill(painter, x, top, bottom, area, width_px)
    middle = 0.5 * (top + bottom)
    if float(np.nansum(np.abs(np.diff(middle)))) > _DENSE * max(1.0, float(np.ptp(x)) if len(x) else 1.0):
        return  # the middle jumps as much as the edges: it tells nothing, and takes long
    painter.setPen(QPen(colour, 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for first, end in _runs(np.isfinite(middle)):
        painter.drawPolyline(polygon(x[first:end], middle[first:end]))


def _fill(painter: QPainter, x: Places, top: Places, bottom: Places, colour: QColor, width_px: float) -> None:
    """Columns around x, px, at least a pixel high: a hundred times as fast as one polygon with as many corners."""
    known = np.isfinite(top) & np.isfinite(bottom)
    rectangles: Any = _internals.PrimitiveArray(QRectF, 4)
    rectangles.resize(int(known.sum()))
    places: NDArray[np.float64] = rectangles.ndarray()
    places[:, 0], places[:, 1] = np.floor(x[known] - 0.5 * width_px), np.floor(top[known])
    places[:, 2] = np.ceil(width_px)
    places[:, 3] = np.maximum(1.0, np.ceil(bottom[known]) - places[:, 1])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRects(*rectangles.drawargs())
    painter.restore()


def columns(x: Places, y: Places, width_px: float = 2.0) -> tuple[Places, Places, Places]:
    """A dense line as least and greatest y of each column of pixels (and what joins it to the next): x, top, bottom.

    A column in which there is nothing but NaN is a break.
    """
    column = np.floor(x / width_px).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    ends = np.append(starts[1:], len(y))
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    last = y[ends[:-1] - 1]  # a line reaches into the next column, which it belongs to as well
    low[1:] = np.where(np.isnan(low[1:]), np.nan, np.fmin(low[1:], last))
    high[1:] = np.where(np.isnan(high[1:]), np.nan, np.fmax(high[1:], last))
    middle: Places = (column[starts] + 0.5) * np.float64(width_px)
    # what is missing between two columns stays missing, though one of its ends shares a column with values
    apart = (np.isnan(last) | np.isnan(y[starts[1:]])) & (np.diff(middle) > 1.5 * width_px)
    after = np.flatnonzero(apart) + 1
    gaps = middle[after - 1] + 0.5 * width_px
    return np.insert(middle, after, gaps), np.insert(low, after, np.nan), np.insert(high, after, np.nan)


def _runs(finite: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and end of each unbroken run."""
    edges = np.diff(np.concatenate([[False], finite, [False]]).astype(np.int8))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))
