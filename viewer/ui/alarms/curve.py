"""The curve of the chosen alarm's channel, with its limits and the moment of the alarm; every peak is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.base.units import pretty_unit
from viewer.twin.channels import Channel
from viewer.twin.samples import Envelope
from viewer.ui.look import Look, application_font
from viewer.ui.painting import painting
from viewer.ui.time.scale import Scale

_LEFT_PX, _RIGHT_PX, _TOP_PX, _FOOT_PX = 48, 10, 8, 18
_ROOMY_PX = 56
"""Lower than this a curve bears no words."""
_NEAR = 2.0
"""Limits further off than so many times the curve's own height would flatten it: they are left out."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What is drawn."""

    channel: Channel
    envelope: Envelope
    t0_ns: int
    t1_ns: int
    raised_ns: int
    """0 where it is not known."""
    limit: float | None
    """The alarm's own."""


class AlarmCurve(QWidget):
    """One channel over some minutes, on its own scale. Main thread."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.curve: Curve | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Trend of the alarm")
        look.changed.connect(self.update)

    def show_curve(self, curve: Curve | None) -> None:
        self.curve = curve
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 110)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 60)

    def limits(self) -> list[tuple[str, float]]:
        """The limits drawn: the channel's own that lie near, and the alarm's."""
        curve = self.curve
        if curve is None or curve.channel.states:
            return []
        named = [(name, getattr(curve.channel.limits, name)) for name in ("lolo", "lo", "hi", "hihi")]
        found = [(name, value) for name, value in named if value is not None]
        if curve.limit is not None and all(value != curve.limit for _, value in found):
            found.append(("limit", curve.limit))
        low, high = _extent(curve.envelope)
        reach = _NEAR * ((high - low) or abs(high) or 1.0)
        return [(n, v) for n, v in found if v == curve.limit or low - reach <= v <= high + reach]

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, curve = self._look.theme, self.curve
        with painting(self) as painter:
            painter.setFont(application_font(11))
            if curve is None or not np.isfinite(curve.envelope.high).any():
                painter.setPen(theme.colour("text_faint"))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "" if curve is None else "Nothing was recorded here")
                return
            limits = self.limits()
            told = [*_extent(curve.envelope), *(value for _, value in limits)]
            low, high = min(told), max(told)
            pad = 0.08 * ((high - low) or abs(high) or 1.0)
            area = QRectF(_LEFT_PX, _TOP_PX, self.width() - _LEFT_PX - _RIGHT_PX, self.height() - _TOP_PX - _FOOT_PX)
            self._draw(painter, curve, area, low - pad, high + pad, limits)

    def _draw(
        self, painter: QPainter, curve: Curve, area: QRectF, low: float, high: float, limits: list[tuple[str, float]]
    ) -> None:
        theme = self._look.theme
        scale = Scale(curve.t1_ns, (curve.t1_ns - curve.t0_ns) / 1e9, area.left(), area.width())

        def y(value: float) -> float:
            return area.bottom() - area.height() * (value - low) / (high - low)

        is_roomy = area.height() >= _ROOMY_PX
        for t_ns, text in scale.ticks(70.0):
            x = scale.x(t_ns)
            painter.setPen(theme.colour("border"))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(theme.colour("text_faint"))
            left = min(x - 35.0, self.width() - 70.0)
            painter.drawText(QRectF(left, area.bottom() + 2, 70, 14), Qt.AlignmentFlag.AlignHCenter, text)
        painter.setPen(theme.colour("text_faint"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in (low, high) if is_roomy else ():
            place = min(max(y(value) - 7.0, area.top() - 4.0), area.bottom() - 10.0)
            painter.drawText(QRectF(0, place, _LEFT_PX - 6, 14), right, f"{value:.3g}".replace("-", "\u2212"))
        painter.drawText(QRectF(0, area.center().y() - 7, _LEFT_PX - 6, 14), right, pretty_unit(curve.channel.unit))
        for name, value in limits:
            colour = theme.colour("alarm" if name in ("lolo", "hihi") or value == curve.limit else "warning")
            painter.setPen(QPen(colour, 1.6 if value == curve.limit else 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y(value)), QPointF(area.right(), y(value)))
            if not is_roomy:
                continue  # names would lie on one another: the lines alone
            above = y(value) - 15.0 > area.top()
            outer = name in ("lolo", "hihi")  # close beyond lo and hi: their names stand at the other end
            text = QRectF(area.left() + 4, y(value) - 15.0 if above else y(value) + 1.0, area.width() - 8, 14)
            painter.drawText(text, Qt.AlignmentFlag.AlignRight if outer else Qt.AlignmentFlag.AlignLeft, f"{name} {value:g}")
        if curve.t0_ns <= curve.raised_ns <= curve.t1_ns:
            x = scale.x(curve.raised_ns)
            painter.setPen(QPen(theme.colour("text"), 1.2))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        good, one = np.isfinite(curve.envelope.high), curve.envelope
        x = [scale.x(t_ns) for t_ns in one.t_ns[good].tolist()]
        upper = [QPointF(a, y(b)) for a, b in zip(x, one.high[good].tolist(), strict=True)]
        lower = [QPointF(a, y(b)) for a, b in zip(x, one.low[good].tolist(), strict=True)]
        painter.setPen(QPen(theme.colour("accent"), 1.5))
        painter.setBrush(theme.colour("accent", 0.35))
        painter.drawPolygon(QPolygonF([*upper, *reversed(lower)]))


def _extent(envelope: Envelope) -> tuple[float, float]:
    if not np.isfinite(envelope.high).any():
        return 0.0, 1.0
    return float(np.nanmin(envelope.low)), float(np.nanmax(envelope.high))
