"""Arrows over the scene from where moved parts were to where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPaintEvent, QPen, QPolygonF

from viewer.render.look import DARK, Theme
from viewer.ui.compare.session import COLOURS
from viewer.ui.painting import painting
from viewer.ui.view_area import Overlay
from viewer.ui.viewport.paint import colour

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class ArrowLayer(Overlay):
    """Arrows from where moved parts were to where they are."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._w, self._theme = window, DARK
        self._ways = np.zeros((0, 2, 3))

    def show_ways(self, ways: NDArray[np.float64]) -> None:
        """Draw exactly these, (n, 2, 3)."""
        self._ways = ways
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """The rim around the arrows."""
        self._theme = theme
        self.update()

    def refresh(self) -> None:
        if len(self._ways):
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self._ways):
            return
        view = self._w.view3d
        pixels = view.scene.world_to_display(self._ways.reshape(-1, 3))
        pixels[:, :2] /= view.devicePixelRatioF()
        ends = pixels.reshape(-1, 2, 3)
        length = np.linalg.norm(ends[:, 1, :2] - ends[:, 0, :2], axis=1)
        good = (ends[:, :, 2] > 0.0).all(axis=1) & (length > 6.0)
        with painting(self) as painter:
            for pen in (QPen(colour(self._theme.chip, 0.8), 4.0), QPen(colour(COLOURS["moved"]), 2.0)):
                painter.setPen(pen)
                painter.setBrush(pen.color())
                for start, end in ends[good][:, :, :2]:
                    tip, tail = QPointF(*end), QPointF(*start)
                    unit = (end - start) / np.linalg.norm(end - start)
                    side = np.array([-unit[1], unit[0]])
                    painter.drawLine(tail, tip)
                    painter.drawPolygon(
                        QPolygonF([tip, QPointF(*(end - 9 * unit + 3.5 * side)), QPointF(*(end - 9 * unit - 3.5 * side))])
                    )
