"""A little bar that shows where a measured dimension lies in its tolerance."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.twin.process import Characteristic
from viewer.ui.look import Look
from viewer.ui.painting import painting

_LOW, _HIGH = 0.2, 0.8
"""Where on the bar the lower and upper limit stand."""


def place_on_bar(characteristic: Characteristic, measured: float) -> float:
    """Where on the bar (0 to 1) a measured value stands: the limits at 0.2 and 0.8, cut off at the ends."""
    low, high = characteristic.nominal + characteristic.lower, characteristic.nominal + characteristic.upper
    fraction = 0.5 if high == low else (measured - low) / (high - low)
    if high == low and measured != low:
        fraction = -math.inf if measured < low else math.inf
    return min(1.0, max(0.0, _LOW + (_HIGH - _LOW) * fraction))


def is_within(characteristic: Characteristic, measured: float) -> bool:
    """Whether a measured value is inside its tolerance; limits belong to it."""
    return characteristic.nominal + characteristic.lower <= measured <= characteristic.nominal + characteristic.upper


class ToleranceBar(QWidget):
    """The tolerance as a band, the nominal as a tick, the measured value as a mark: round inside, pointed outside."""

    def __init__(self, characteristic: Characteristic, look: Look) -> None:
        super().__init__()
        self._characteristic, self._look = characteristic, look
        self.measured = math.nan
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(18)

    def set_measured(self, value: float) -> None:
        """Show a measured value, in the characteristic's unit; NaN: none."""
        if not (math.isnan(value) and math.isnan(self.measured)) and value != self.measured:
            self.measured = value
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(140, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, width, middle = self._look.theme, float(self.width() - 8), self.height() / 2.0
        with painting(self) as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("border"))
            painter.drawRoundedRect(QRectF(4, middle - 2, width, 4), 2, 2)
            painter.setBrush(theme.colour("good", 0.45))
            painter.drawRect(QRectF(4 + _LOW * width, middle - 2, (_HIGH - _LOW) * width, 4))
            nominal = 4 + width * place_on_bar(self._characteristic, self._characteristic.nominal)
            painter.setPen(QPen(theme.colour("text_soft"), 1))
            painter.drawLine(QPointF(nominal, middle - 5), QPointF(nominal, middle + 5))
            if not math.isnan(self.measured):
                self._draw_mark(painter, 4 + width * place_on_bar(self._characteristic, self.measured), middle)

    def _draw_mark(self, painter: QPainter, x: float, y: float) -> None:
        theme, inside = self._look.theme, is_within(self._characteristic, self.measured)
        painter.setPen(QPen(theme.colour("panel"), 1.5))
        painter.setBrush(theme.colour("good" if inside else "alarm"))
        if inside:
            painter.drawEllipse(QPointF(x, y), 5, 5)
        else:
            painter.drawPolygon(QPolygonF([QPointF(x, y - 6), QPointF(x + 6, y), QPointF(x, y + 6), QPointF(x - 6, y)]))
