"""The layer that draws measurements over the scene: dimension lines, arcs, value chips, and the mark of what would be picked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF

from viewer.measure.picks import Pick
from viewer.measure.written import doubt_text, reading_text
from viewer.render.look import DARK, Theme
from viewer.ui.look import application_font
from viewer.ui.measure.board import Board, Measurement
from viewer.ui.painting import painting
from viewer.ui.view_area import Overlay
from viewer.ui.viewport.paint import colour

_HEIGHT, _PAD, _ARROW = 24.0, 9.0, 9.0
_AROUND = ((0, 0), (0, -34), (0, 34), (0.6, -22), (-0.6, -22), (0.6, 22), (-0.6, 22), (0, -64), (0, 64), (0, -94), (0, 94))
"""Where a chip may stand from its anchor: widths to the side, pixels up or down."""
_WORDS = {
    "vertex": "corner",
    "midpoint": "middle",
    "centre": "centre",
    "edge": "edge",
    "face": "face",
    "point": "point",
    "part": "part",
}


class MeasureLayer(Overlay):
    """Lets the mouse through. Main thread."""

    def __init__(self, view: Any, board: Board, pending: Callable[[], tuple[tuple[Pick, ...], Pick | None, list[Pick]]]) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view, self._board, self._pending = view, board, pending
        self._theme = DARK
        self._font, self._small = application_font(12), application_font(11)
        self._font.setBold(True)
        self._taken: list[QRectF] = []
        board.changed.connect(self.update)

    def set_theme(self, theme: Theme) -> None:
        """Colours of lines and chips."""
        self._theme = theme
        self.update()

    def refresh(self) -> None:
        """The camera or parts moved."""
        if self._board.measurements:
            self._board.follow()
        picks, hover, centres = self._pending()
        if (self._board.measurements and self._board.is_shown) or picks or hover is not None or centres:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        picks, hover, centres = self._pending()
        with painting(self) as painter:
            self._taken = (
                [QRectF(*box) for box in self._view.occupied_px().tolist()] if hasattr(self._view, "occupied_px") else []
            )
            shown = [one for one in self._board.measurements if one.is_shown] if self._board.is_shown else []
            for one in shown:
                self._paint_lines(painter, one)
            for one in shown:
                self._paint_value(painter, one)
            for pick in picks:
                self._paint_pick(painter, pick, colour(self._theme.accent))
            for centre in centres:
                self._mark_centre(painter, self._px(centre.point))
            if hover is not None:
                self._paint_pick(painter, hover, colour(self._theme.accent), words=True)

    # -- measurements

    def _ink(self, one: Measurement) -> QColor:
        ink = colour(self._theme.accent if one.number == self._board.chosen else self._theme.text)
        if one.is_stale:
            ink.setAlphaF(0.5)
        return ink

    def _paint_lines(self, painter: QPainter, one: Measurement) -> None:
        ink = self._ink(one)
        for line in one.reading.lines:
            self._polyline(painter, line, QPen(ink, 1.2, Qt.PenStyle.DashLine))
        way = None if one.reading.way is None else self._pixels(one.reading.way)
        if way is not None:
            self._dimension(painter, way, ink)

    def _paint_value(self, painter: QPainter, one: Measurement) -> None:
        anchor = self._px(one.reading.anchor)
        if anchor is not None:
            self._chip(painter, anchor, one, marked=one.number == self._board.chosen, on_line=one.reading.way is not None)

    def _dimension(self, painter: QPainter, way: list[QPointF], ink: QColor) -> None:
        """A line with an arrow at both ends, on a dark or light rim so that it stands out from any ground."""
        start, end = way
        rim = QPen(colour(self._theme.chip, 0.75), 4.5)
        rim.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(rim)
        painter.drawLine(start, end)
        painter.setPen(QPen(ink, 1.8))
        painter.drawLine(start, end)
        length = float(np.hypot(end.x() - start.x(), end.y() - start.y()))
        painter.setBrush(ink)
        if length < 2.5 * _ARROW:
            for at in way:
                painter.drawEllipse(at, 2.5, 2.5)
            return
        unit = QPointF((end.x() - start.x()) / length, (end.y() - start.y()) / length)
        side = QPointF(-unit.y(), unit.x())
        painter.setPen(Qt.PenStyle.NoPen)
        for at, sign in ((start, 1.0), (end, -1.0)):
            back = at + unit * (sign * _ARROW)
            painter.drawPolygon(QPolygonF([at, back + side * 3.6, back - side * 3.6]))

    def _chip(self, painter: QPainter, anchor: QPointF, one: Measurement, *, marked: bool, on_line: bool) -> None:
        reading = one.reading
        value, doubt = reading_text(reading, self._board.unit), doubt_text(reading, self._board.unit)
        if one.is_stale:
            value, doubt = f"{value} …", ""
        strong, small = QFontMetricsF(self._font), QFontMetricsF(self._small)
        name = f"{one.name}  "
        width = 2 * _PAD + small.horizontalAdvance(name) + strong.horizontalAdvance(value)
        width += small.horizontalAdvance(f"  {doubt}") if doubt else 0.0
        box = self._free(anchor, width)
        if not on_line or not box.contains(anchor):
            near = QPointF(min(max(anchor.x(), box.left()), box.right()), min(max(anchor.y(), box.top()), box.bottom()))
            painter.setPen(QPen(colour(self._theme.text_dim), 1.0))
            painter.drawLine(anchor, near)
            painter.setBrush(colour(self._theme.text))
            painter.drawEllipse(anchor, 2.5, 2.5)
        painter.setPen(QPen(colour(self._theme.accent if marked else self._theme.chip_edge), 1.6 if marked else 1.0))
        painter.setBrush(colour(self._theme.chip, 0.95))
        painter.drawRoundedRect(box, 6.0, 6.0)
        x = box.left() + _PAD
        dim, plain = colour(self._theme.text_dim), colour(self._theme.text)
        sure = f"  {doubt}" if doubt else ""
        for words, font, ink in ((name, self._small, dim), (value, self._font, plain), (sure, self._small, dim)):
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(QRectF(x, box.top(), width, box.height()), int(Qt.AlignmentFlag.AlignVCenter), words)
            x += QFontMetricsF(font).horizontalAdvance(words)

    def _free(self, anchor: QPointF, width: float) -> QRectF:
        """A place for a chip at or near its anchor that no other one has."""
        best = QRectF(anchor.x() - width / 2, anchor.y() - _HEIGHT / 2, width, _HEIGHT)
        for dx, dy in (
            (0, 0),
            (0, -34),
            (0, 34),
            (0.6, -22),
            (-0.6, -22),
            (0.6, 22),
            (-0.6, 22),
            (0, -64),
            (0, 64),
            (0, -94),
            (0, 94),
        ):
            box = QRectF(anchor.x() - width / 2 + dx * width, anchor.y() - _HEIGHT / 2 + dy, width, _HEIGHT)
            box.moveLeft(min(max(box.left(), 4.0), max(self.width() - width - 4.0, 4.0)))
            box.moveTop(min(max(box.top(), 4.0), max(self.height() - _HEIGHT - 4.0, 4.0)))
            if not any(box.adjusted(-3, -3, 3, 3).intersects(one) for one in self._taken):
                best = box
                break
        self._taken.append(best)
        return best

    # -- what is picked or would be

    def _paint_pick(self, painter: QPainter, pick: Pick, ink: QColor, *, words: bool = False) -> None:
        if len(pick.chain):
            self._segments(painter, pick.chain, QPen(ink, 2.0))
        if pick.edge is not None:
            self._polyline(painter, pick.edge.chain, QPen(ink, 3.0))
        at = self._px(pick.point)
        if at is None:
            return
        self._mark(painter, pick.kind, at, ink)
        if words:
            self._tell(painter, at, f"{_WORDS.get(pick.kind, pick.kind)}{_more(pick)}")

    def _mark(self, painter: QPainter, kind: str, at: QPointF, ink: QColor) -> None:
        """A mark of its own for each kind of snap, so that colour does not stand alone."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(colour(self._theme.chip), 4.0), QPen(ink, 2.0)):
            painter.setPen(pen)
            if kind == "vertex":
                painter.drawRect(QRectF(at.x() - 5, at.y() - 5, 10, 10))
            elif kind == "midpoint":
                painter.drawPolygon(QPolygonF([at + QPointF(0, -6), at + QPointF(6, 5), at + QPointF(-6, 5)]))
            elif kind == "centre":
                painter.drawEllipse(at, 5.5, 5.5)
                painter.drawLine(at + QPointF(-9, 0), at + QPointF(9, 0))
                painter.drawLine(at + QPointF(0, -9), at + QPointF(0, 9))
            elif kind == "edge":
                painter.drawLine(at + QPointF(-5, -5), at + QPointF(5, 5))
                painter.drawLine(at + QPointF(-5, 5), at + QPointF(5, -5))
            else:
                painter.drawEllipse(at, 4.0, 4.0)

    def _mark_centre(self, painter: QPainter, at: QPointF | None) -> None:
        if at is not None:
            painter.setPen(QPen(colour(self._theme.text_dim), 1.4))
            painter.drawLine(at + QPointF(-5, 0), at + QPointF(5, 0))
            painter.drawLine(at + QPointF(0, -5), at + QPointF(0, 5))

    def _tell(self, painter: QPainter, at: QPointF, words: str) -> None:
        painter.setFont(self._small)
        width = QFontMetricsF(self._small).horizontalAdvance(words) + 14.0
        box = QRectF(at.x() + 14, at.y() + 12, width, 20.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self._theme.chip, 0.9))
        painter.drawRoundedRect(box, 5.0, 5.0)
        painter.setPen(colour(self._theme.text_dim))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def _polyline(self, painter: QPainter, points: NDArray[np.float64], pen: QPen) -> None:
        pixels = self._pixels(points)
        if pixels is not None:
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(pixels))

    def _segments(self, painter: QPainter, ends: NDArray[np.float64], pen: QPen) -> None:
        pixels = self._display(ends).reshape(-1, 2, 3)
        painter.setPen(pen)
        for one in pixels[(pixels[:, :, 2] > 0.0).all(axis=1)]:
            painter.drawLine(QPointF(*one[0, :2]), QPointF(*one[1, :2]))

    def _display(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self._view.scene.world_to_display(points)
        found[:, :2] /= self._view.devicePixelRatioF()
        return found

    def _pixels(self, points: NDArray[np.float64]) -> list[QPointF] | None:
        found = self._display(points)
        return [QPointF(x, y) for x, y, _ in found] if bool((found[:, 2] > 0.0).all()) else None

    def _px(self, point: NDArray[np.float64]) -> QPointF | None:
        found = self._pixels(point[None])
        return None if found is None else found[0]


def _more(pick: Pick) -> str:
    """What an edge or a face was recognised as."""
    if pick.edge is not None:
        return (
            ": circle"
            if pick.edge.circle is not None and pick.edge.is_closed
            else ": arc"
            if pick.edge.circle is not None
            else ""
        )
    if pick.face is None:
        return ""
    if pick.face.cylinder is not None:
        return ": cylinder"
    return ": plane" if pick.face.plane is not None else ": sphere" if pick.face.sphere is not None else ": free form"
