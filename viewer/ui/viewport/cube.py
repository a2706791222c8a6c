"""The orientation cube: shows which way the camera looks; a click on a face, edge or corner looks from there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QWidget

from viewer.render.look import DARK, Theme
from viewer.ui.look import application_font
from viewer.ui.painting import painting
from viewer.ui.viewport.paint import colour

if TYPE_CHECKING:
    from viewer.ui.viewport.widget import Viewport

_SIZE, _EDGE = 104, 27.0
_INNER = 0.62
"""Share of a face that belongs to the face itself; what is outside belongs to its edges and corners."""
# Outward axis, then the axes to the right and up as one reads the face.
_FACES = {
    "TOP": ((0, 0, 1), (1, 0, 0), (0, 1, 0)),
    "BOTTOM": ((0, 0, -1), (1, 0, 0), (0, -1, 0)),
    "FRONT": ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    "BACK": ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
    "RIGHT": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "LEFT": ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
}
_AXES = (("x", (232, 93, 93)), ("y", (98, 190, 105)), ("z", (91, 141, 239)))


@dataclass(frozen=True, slots=True)
class _Face:
    """One face that is seen: its directions in the world, and how much it is turned towards the eye (0 to 1)."""

    name: str
    outward: NDArray[np.int64]
    right: NDArray[np.int64]
    up: NDArray[np.int64]
    facing: float


class OrientationCube(QWidget):
    """Follows the viewport's camera."""

    view_wanted = Signal(float, float)
    """Heading and pitch of the line of sight to take, radians."""

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._theme = DARK
        self._pointed: NDArray[np.int64] | None = None
        self.setMouseTracking(True)
        self.setFixedSize(_SIZE, _SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Orientation cube")
        self.setToolTip("Click a face, an edge or a corner to look from there")

    def set_theme(self, theme: Theme) -> None:
        """Colours of the cube."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIZE, _SIZE)

    def direction_at(self, at: QPointF) -> NDArray[np.int64] | None:
        """(3,) of -1, 0, 1: the face (one number), edge (two) or corner (three) under a place; None beside the cube."""
        x, y = at.x() - _SIZE / 2.0, _SIZE / 2.0 - at.y()
        camera = self._viewport.camera
        for outward, _, _ in _FACES.values():
            facing = float(np.array(outward) @ camera.forward)
            if facing > -1e-6:
                continue
            # The point of the face's plane that is seen there: across the picture x and y, along the line of sight d.
            across = camera.right * x / _EDGE + camera.up * y / _EDGE
            depth = (1.0 - float(np.array(outward) @ across)) / facing
            point = across + camera.forward * depth
            if np.abs(point).max() <= 1.0 + 1e-9:
                found = np.where(np.abs(point) > _INNER, np.sign(point), 0.0).astype(np.int64)
                return np.where(np.array(outward) != 0, np.array(outward), found)
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self.direction_at(event.position())
        if found is not None and event.button() is Qt.MouseButton.LeftButton:
            self.view_wanted.emit(*_looking_from(found, self._viewport.camera.heading_rad))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointed = self.direction_at(event.position())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointed = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            camera = self._viewport.camera
            self._paint_axes(painter)
            for name, (outward, right, up) in _FACES.items():
                facing = -float(np.array(outward) @ camera.forward)
                if facing > 0.01:
                    self._paint_face(painter, _Face(name, np.array(outward), np.array(right), np.array(up), facing))

    def _paint_face(self, painter: QPainter, one: _Face) -> None:
        theme, outward, right, up, facing = self._theme, one.outward, one.right, one.up, one.facing
        corners = [self._at(outward + right * x + up * y) for x, y in ((-1, 1), (1, 1), (1, -1), (-1, -1))]
        face = QPolygonF(corners)
        light = (
            colour(theme.chip).lighter(100 + round(60 * facing))
            if sum(theme.chip) < 380
            else colour(theme.chip).darker(100 + round(26 * (1 - facing)))
        )
        light.setAlphaF(0.94)
        painter.setPen(QPen(colour(theme.chip_edge), 1.0))
        painter.setBrush(light)
        painter.drawPolygon(face)
        if self._pointed is not None and int(self._pointed @ outward) == 1:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme.accent, 0.55))
            painter.drawPolygon(QPolygonF([self._at(p) for p in _zone(self._pointed, outward, right, up)]))
        if facing > 0.22:
            self._write(painter, one)

    def _write(self, painter: QPainter, one: _Face) -> None:
        centre = self._at(np.zeros(3))
        middle, x, y = self._at(one.outward), self._at(one.right) - centre, self._at(-one.up) - centre
        painter.save()
        painter.setTransform(QTransform(x.x() / 50, x.y() / 50, y.x() / 50, y.y() / 50, middle.x(), middle.y()), combine=True)
        font = application_font(21)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(colour(self._theme.text, min(1.0, 0.25 + one.facing)))
        painter.drawText(QRectF(-50, -50, 100, 100), int(Qt.AlignmentFlag.AlignCenter), one.name)
        painter.restore()

    def _paint_axes(self, painter: QPainter) -> None:
        painter.setFont(application_font(11))
        for axis, (name, rgb) in enumerate(_AXES):
            tip = np.full(3, -1.0)
            start = self._at(tip)
            tip[axis] = 1.45
            end = self._at(tip)
            painter.setPen(QPen(colour(rgb), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(start, end)
            tip[axis] = 1.75
            painter.drawText(
                QRectF(self._at(tip).x() - 8, self._at(tip).y() - 8, 16, 16), int(Qt.AlignmentFlag.AlignCenter), name
            )

    def _at(self, point: NDArray[np.int64] | NDArray[np.float64]) -> QPointF:
        camera = self._viewport.camera
        return QPointF(_SIZE / 2.0 + float(point @ camera.right) * _EDGE, _SIZE / 2.0 - float(point @ camera.up) * _EDGE)


def _zone(
    pointed: NDArray[np.int64], outward: NDArray[np.int64], right: NDArray[np.int64], up: NDArray[np.int64]
) -> list[NDArray[np.float64]]:
    """Corners of the part of a face that belongs to what is pointed at."""
    spans = [_span(int(pointed @ axis)) for axis in (right, up)]
    order = [(x, y) for x, y in product((0, 1), (0, 1))]
    return [outward + right * spans[0][x] + up * spans[1][y] for x, y in (order[0], order[1], order[3], order[2])]


def _span(sign: int) -> tuple[float, float]:
    return {0: (-_INNER, _INNER), 1: (_INNER, 1.0), -1: (-1.0, -_INNER)}[sign]


def _looking_from(direction: NDArray[np.int64], heading_rad: float) -> tuple[float, float]:
    """Heading and pitch of the line of sight from there to the middle; straight up or down keeps to the nearest quarter turn."""
    x, y, z = (float(v) for v in direction)
    level = math.hypot(x, y)
    if level == 0.0:
        return round(heading_rad / (math.pi / 2)) * math.pi / 2, -math.copysign(math.pi / 2, z)
    return math.atan2(-y, -x), -math.atan2(z, level)
