"""A small curve of a channel's last minute, drawn by itself: no axes, limits as faint lines, every peak kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.ui.look import Look
from viewer.ui.painting import painting


def peaks(values: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Indices of the lowest and highest value of each of `most` // 2 equal runs, ascending; all where there are few.

    NaN counts as no value; a run of only NaN gives its first.
    """
    count = len(values)
    if count <= most or most < 2:
        return np.arange(count)
    edges = np.linspace(0, count, most // 2 + 1).astype(np.intp)
    filled_low = np.where(np.isnan(values), np.inf, values)
    filled_high = np.where(np.isnan(values), -np.inf, values)
    chosen = [
        (a + int(np.argmin(filled_low[a:b])), a + int(np.argmax(filled_high[a:b])))
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    return np.unique(np.array(chosen, dtype=np.intp).ravel())


class Sparkline(QWidget):
    """Shows a curve over a span of time."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._t_s: NDArray[np.float64] = np.empty(0)
        self._values: NDArray[np.float64] = np.empty(0)
        self._limits: tuple[float, ...] = ()
        self._token = "accent"
        self._steps = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(34)

    def set_curve(
        self,
        t_s: NDArray[np.float64],
        values: NDArray[np.float64],
        *,
        limits: tuple[float, ...] = (),
        token: str = "accent",
        steps: bool = False,
    ) -> None:
        """`t_s` (n,) seconds before now (negative) and `values` (n,); `steps` holds each value until the next."""
        chosen = peaks(values, 240)
        self._t_s, self._values = t_s[chosen], values[chosen]
        self._limits, self._token, self._steps = limits, token, steps
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 34)

    def paintEvent(self, event: QPaintEvent) -> None:
        good = np.isfinite(self._values)
        if good.sum() < 2:
            return
        t_s, values = self._t_s[good], self._values[good]
        near = [v for v in self._limits if abs(v - np.median(values)) < 3.0 * (np.ptp(values) or 1.0)]
        low, high = float(min([values.min(), *near])), float(max([values.max(), *near]))
        span = (high - low) or 1.0
        width, height = self.width() - 4.0, self.height() - 8.0
        x = 2.0 + width * (t_s - t_s[0]) / ((t_s[-1] - t_s[0]) or 1.0)
        y = 4.0 + height * (1.0 - (values - low) / span) if high > low else np.full(len(values), 4.0 + height / 2)
        if self._steps:
            x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
        theme = self._look.theme
        with painting(self) as painter:
            painter.setPen(QPen(theme.colour("warning", 0.5), 1.0, Qt.PenStyle.DashLine))
            for limit in near:
                at = 4.0 + height * (1.0 - (limit - low) / span)
                painter.drawLine(QPointF(2.0, at), QPointF(2.0 + width, at))
            line = [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
            colour = theme.colour(self._token)
            self._fill(painter, line, colour)
            painter.setPen(QPen(colour, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(line))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(line[-1], 2.2, 2.2)

    def _fill(self, painter: QPainter, line: list[QPointF], colour: QColor) -> None:
        below = QPolygonF([*line, QPointF(line[-1].x(), float(self.height())), QPointF(line[0].x(), float(self.height()))])
        faint = QColor(colour)
        faint.setAlphaF(0.10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint)
        painter.drawPolygon(below)
