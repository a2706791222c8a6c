"""The layers of a plot, drawn one over another: grid, alarms, limits, curves, states, cursors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from viewer.twin.channels import Channel
from viewer.ui.look import application_font
from viewer.ui.theme import Theme
from viewer.ui.time.scale import Scale, moment_text
from viewer.ui.trends.alarm_spans import AlarmSpan
from viewer.ui.trends.axes import limits_of, time_ticks, value_ticks
from viewer.ui.trends.curves import Curve
from viewer.ui.trends.drawing import draw_band, draw_line, steps

if TYPE_CHECKING:
    from viewer.ui.trends.plot import Shown, TrendPlot

_HOLDING = ("state", "counter", "setpoint")
"""Kinds of channels whose value holds from one sample to the next."""
_PRIORITY_TOKENS = ("alarm", "warning", "accent", "text_soft")


def draw_time_axis(painter: QPainter, theme: Theme, area: QRectF, scale: Scale, now_ns: int) -> None:
    """Grid lines at round local times and what is written below them."""
    metrics = QFontMetricsF(painter.font())
    grid = theme.colour("text_faint", 0.16)
    for x, text in time_ticks(scale, now_ns, metrics.horizontalAdvance):
        painter.setPen(QPen(grid, 1.0))
        painter.drawLine(QLineF(round(x) + 0.5, area.top(), round(x) + 0.5, area.bottom()))
        if text:
            painter.setPen(theme.colour("text_soft"))
            painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2.0, area.bottom() + 14.0), text)
    painter.setPen(QPen(theme.colour("border_strong"), 1.0))
    painter.drawLine(QLineF(area.left(), area.bottom() + 0.5, area.right(), area.bottom() + 0.5))


def draw_value_axis(painter: QPainter, theme: Theme, area: QRectF, low: float, high: float) -> None:
    """Grid lines at round values, written at the left."""
    for value, text in value_ticks(low, high, area.height()):
        y = _y(area, (low, high), value)
        painter.setPen(QPen(theme.colour("text_faint", 0.16), 1.0))
        painter.drawLine(QLineF(area.left(), round(y) + 0.5, area.right(), round(y) + 0.5))
        painter.setPen(theme.colour("text_soft"))
        painter.drawText(QRectF(0.0, y - 8.0, area.left() - 5.0, 16.0), _BESIDE, text)


def draw_alarms(painter: QPainter, theme: Theme, area: QRectF, scale: Scale, alarms: Sequence[AlarmSpan]) -> None:
    """From when to when an alarm was active, as a tint with a stroke above it."""
    for alarm in alarms:
        x0, x1 = scale.x(alarm.t0_ns), scale.x(alarm.t1_ns)
        if x1 < area.left() or x0 > area.right():
            continue
        token = _PRIORITY_TOKENS[max(0, min(alarm.priority, len(_PRIORITY_TOKENS) - 1))]
        x0, x1 = max(x0, area.left()), min(max(x1, x0 + 1.5), area.right())
        painter.fillRect(QRectF(x0, area.top(), x1 - x0, area.height()), theme.colour(token, 0.13))
        painter.fillRect(QRectF(x0, area.top(), x1 - x0, 2.5), theme.colour(token, 0.9))


def draw_limits(
    painter: QPainter, theme: Theme, area: QRectF, value_range: tuple[float, float], channels: Sequence[Channel]
) -> None:
    """Each limit as a dashed line with its name and value."""
    painter.setFont(application_font(10))
    metrics, taken = QFontMetricsF(painter.font()), list[float]()
    for name, value in sorted(limits_of(channels), key=lambda one: one[0] in ("lolo", "hihi")):
        y = _y(area, value_range, value)
        if not area.top() - 1.0 <= y <= area.bottom() + 1.0:
            continue
        colour = theme.colour("alarm" if name in ("lolo", "hihi") else "warning", 0.85)
        painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(area.left(), round(y) + 0.5, area.right(), round(y) + 0.5))
        text = f"{name} {value:g}"
        base = y - 3.0 if y - area.top() > 14.0 else y + 11.0
        if all(abs(base - other) > 11.0 for other in taken):
            taken.append(base)
            painter.setPen(colour)
            painter.drawText(QPointF(area.right() - metrics.horizontalAdvance(text) - 3.0, base), text)


def draw_curves(painter: QPainter, area: QRectF, scale: Scale, value_range: tuple[float, float], plot: TrendPlot) -> None:
    """Every curve: a line through samples, or the area between least and greatest."""
    for channel, colour in zip(plot.channels, plot.colours, strict=True):
        curve = plot.curves.get(channel.id)
        if curve is None or not len(curve.t_ns):
            continue
        part = _seen(curve, scale)
        x = _x(scale, curve.t_ns[part])
        top, bottom = _ys(area, value_range, curve.high[part]), _ys(area, value_range, curve.low[part])
        if curve.is_band:
            draw_band(painter, x, top, bottom, colour)
        elif channel.kind in _HOLDING and len(x):
            draw_line(painter, *steps(x, top, _held_px(curve, scale, plot.shown.now_ns, float(x[-1]))), colour)
        else:
            draw_line(painter, x, top, colour)


def draw_lanes(painter: QPainter, theme: Theme, area: QRectF, scale: Scale, plot: TrendPlot) -> None:
    """States as bands in their colours, with their texts where there is room; where several share a pixel, both colours."""
    height = min(30.0, area.height() / max(1, len(plot.channels)))
    for row, channel in enumerate(plot.channels):
        top = area.top() + row * height
        curve = plot.curves.get(channel.id)
        if curve is not None and len(curve.t_ns):
            _draw_lane(painter, theme, area, scale, channel, curve, QRectF(0.0, top + 1.0, 0.0, height - 3.0), plot.shown.now_ns)
        painter.setPen(theme.colour("text_soft"))
        painter.setFont(application_font(10))
        name = plot.names.get(channel.id, channel.name)
        text = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, area.left() - 6.0)
        painter.drawText(QRectF(2.0, top, area.left() - 6.0, height - 1.0), _BESIDE, text)


def _draw_lane(
    painter: QPainter, theme: Theme, area: QRectF, scale: Scale, channel: Channel, curve: Curve, lane: QRectF, now_ns: int
) -> None:
    part = _seen(curve, scale)
    t_ns, low, high = curve.t_ns[part], curve.low[part], curve.high[part]
    if not len(t_ns):
        return
    differs = np.concatenate([[True], (low[1:] != low[:-1]) | (high[1:] != high[:-1])])
    t_ns, low, high = t_ns[differs], low[differs], high[differs]
    x = _x(scale, t_ns)
    half_px = 0.5 * float(np.min(np.diff(x))) if curve.is_band and len(x) > 1 else 0.0
    ends = np.append(x[1:], _held_px(curve, scale, now_ns, _x(scale, curve.t_ns[part][-1:])[0])) - half_px
    texts, colours = {s.value: s.text for s in channel.states}, {s.value: QColor(*s.colour) for s in channel.states}
    painter.setFont(application_font(10))
    metrics, plain = QFontMetricsF(painter.font()), theme.colour("text_faint", 0.6)
    for x0, x1, least, most in zip((x - half_px).tolist(), ends.tolist(), low.tolist(), high.tolist(), strict=True):
        x0, x1 = max(x0, area.left()), min(x1, area.right())
        if x1 <= x0 or most != most:
            continue
        colour = colours.get(int(most), plain) if float(most).is_integer() else plain
        band = QRectF(x0, lane.top(), max(0.8, x1 - x0 - 0.5), lane.height())
        painter.fillRect(band, colour)
        if least != most:
            painter.fillRect(band.adjusted(0.0, band.height() / 2.0, 0.0, 0.0), colours.get(int(least), plain))
        text = texts.get(int(most), f"{most:g}") if least == most else ""
        if text and metrics.horizontalAdvance(text) < band.width() - 8.0:
            painter.setPen(QColor("#101216") if colour.lightnessF() > 0.45 else QColor("#ffffff"))
            painter.drawText(band.adjusted(4.0, 0.0, 0.0, 0.0), Qt.AlignmentFlag.AlignVCenter, text)


def draw_marks(painter: QPainter, theme: Theme, area: QRectF, scale: Scale, shown: Shown, title: QRectF) -> None:
    """The window's moment, the measuring cursors and the mouse, each a line; with its time where there is room for it."""
    painter.setFont(application_font(10))
    taken = [title]
    if shown.moment_ns is not None:
        _draw_mark(painter, area, scale.x(shown.moment_ns), theme.colour("warning"), Qt.PenStyle.SolidLine)
    for letter, t_ns in sorted(shown.marks.items()):
        x, text = scale.x(t_ns), f"{letter} {moment_text(t_ns, shown.now_ns)}"
        if _draw_mark(painter, area, x, theme.colour("accent"), Qt.PenStyle.SolidLine):
            _write(painter, area, x, area.top() - 15.0, text, taken)
    if shown.hover_ns is not None:
        x, text = scale.x(shown.hover_ns), moment_text(shown.hover_ns, shown.now_ns)
        if _draw_mark(painter, area, x, theme.colour("text_soft"), Qt.PenStyle.DotLine):
            _write(painter, area, x, area.bottom() - 14.0, text, taken)


def _draw_mark(painter: QPainter, area: QRectF, x: float, colour: QColor, style: Qt.PenStyle) -> bool:
    if not area.left() - 0.5 <= x <= area.right() + 0.5:
        return False
    painter.setPen(QPen(colour, 1.2, style))
    painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
    return True


def _write(painter: QPainter, area: QRectF, x: float, top: float, text: str, taken: list[QRectF]) -> None:
    """Beside a line, at the side where there is room; nowhere where there is none."""
    width = QFontMetricsF(painter.font()).horizontalAdvance(text)
    for left in (x + 4.0, x - width - 4.0):
        place = QRectF(left, top, width, 12.0)
        if area.left() <= left and left + width <= area.right() and not any(place.intersects(other) for other in taken):
            taken.append(place)
            painter.drawText(QPointF(left, top + 10.0), text)
            return


_BESIDE = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _seen(curve: Curve, scale: Scale) -> slice:
    """The points within the span, and one more at each side so that lines reach the edges."""
    first = int(np.searchsorted(curve.t_ns, scale.start_ns, side="left")) - 1
    end = int(np.searchsorted(curve.t_ns, scale.end_ns, side="right")) + 1
    return slice(max(0, first), end)


def _held_px(curve: Curve, scale: Scale, now_ns: int, last_px: float) -> float:
    """How far the last value holds, px: to now, and no longer than a sample holds."""
    held_ns = min(now_ns, int(curve.t_ns[-1]) + curve.holds_ns, scale.end_ns)
    return max(last_px, scale.x(held_ns))


def _x(scale: Scale, t_ns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    per_ns = scale.width_px / (1e9 * scale.span_s)
    return scale.left_px + (t_ns - scale.start_ns).astype(np.float64) * per_ns


def _y(area: QRectF, value_range: tuple[float, float], value: float) -> float:
    low, high = value_range
    return area.bottom() - (value - low) / (high - low) * area.height()


def _ys(
    area: QRectF, value_range: tuple[float, float], values: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    low, high = value_range
    far = 20.0 * (high - low)  # a painter's coordinates have their bounds, values have none
    return area.bottom() - (np.clip(values, low - far, high + far) - low) / (high - low) * area.height()
