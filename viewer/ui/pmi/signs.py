"""The signs of geometric tolerancing as strokes (ISO 7083), so that they look alike whatever fonts a machine has."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

Point = tuple[float, float]


def _line(path: QPainterPath, *points: Point) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)


def _circle(path: QPainterPath, x: float, y: float, radius: float) -> None:
    path.addEllipse(QPointF(x, y), radius, radius)


def _arc(path: QPainterPath, x: float, y: float, radius: float, start_deg: float, span_deg: float) -> None:
    box = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
    path.arcMoveTo(box, start_deg)
    path.arcTo(box, start_deg, span_deg)


def _arrow(path: QPainterPath, start: Point, end: Point) -> None:
    _line(path, start, end)
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    for turn in (2.65, -2.65):
        _line(path, end, (end[0] + 0.28 * math.cos(angle + turn), end[1] + 0.28 * math.sin(angle + turn)))


@lru_cache(maxsize=64)
def sign_path(sign: str) -> QPainterPath | None:
    """The strokes of a sign in a square of side 1 (y down); None where it is no sign that is drawn here."""
    path = QPainterPath()
    if sign == "⌖":
        _circle(path, 0.5, 0.5, 0.28)
        _line(path, (0.5, 0.05), (0.5, 0.95))
        _line(path, (0.05, 0.5), (0.95, 0.5))
    elif sign == "⌓":
        _arc(path, 0.5, 0.72, 0.42, 0, 180)
        path.closeSubpath()
    elif sign == "⌒":
        _arc(path, 0.5, 0.72, 0.42, 0, 180)
    elif sign == "⏥":
        _line(path, (0.3, 0.25), (0.98, 0.25), (0.7, 0.78), (0.02, 0.78), (0.3, 0.25))
    elif sign == "⟂":
        _line(path, (0.5, 0.12), (0.5, 0.86))
        _line(path, (0.08, 0.86), (0.92, 0.86))
    elif sign == "∥":
        _line(path, (0.2, 0.9), (0.5, 0.1))
        _line(path, (0.5, 0.9), (0.8, 0.1))
    elif sign == "∠":
        _line(path, (0.95, 0.85), (0.05, 0.85), (0.85, 0.2))
    elif sign in "○◎":
        _circle(path, 0.5, 0.5, 0.4 if sign == "○" else 0.42)
        if sign == "◎":
            _circle(path, 0.5, 0.5, 0.21)
    elif sign == "⌭":
        _circle(path, 0.5, 0.5, 0.25)
        _line(path, (0.02, 0.9), (0.32, 0.1))
        _line(path, (0.68, 0.9), (0.98, 0.1))
    elif sign == "⏤":
        _line(path, (0.05, 0.5), (0.95, 0.5))
    elif sign == "⌯":
        _line(path, (0.05, 0.5), (0.95, 0.5))
        _line(path, (0.25, 0.3), (0.75, 0.3))
        _line(path, (0.25, 0.7), (0.75, 0.7))
    elif sign == "↗":
        _arrow(path, (0.15, 0.85), (0.85, 0.15))
    elif sign == "⌰":
        _arrow(path, (0.05, 0.85), (0.5, 0.2))
        _arrow(path, (0.45, 0.85), (0.9, 0.2))
        _line(path, (0.05, 0.85), (0.45, 0.85))
    elif sign == "⌀":
        _circle(path, 0.5, 0.5, 0.34)
        _line(path, (0.2, 0.95), (0.8, 0.05))
    elif sign == "⌮":
        _circle(path, 0.4, 0.6, 0.3)
        _line(path, (0.05, 0.6), (0.75, 0.6))
        _line(path, (0.62, 0.39), (0.95, 0.08))
    elif sign == "□":
        path.addRect(QRectF(0.18, 0.18, 0.64, 0.64))
    elif sign == "↧":
        _line(path, (0.15, 0.12), (0.85, 0.12))
        _arrow(path, (0.5, 0.12), (0.5, 0.9))
    else:
        return None
    return path


def _letter_of(sign: str) -> str:
    """M of Ⓜ; nothing where the sign is no letter in a circle."""
    return chr(ord(sign) - 0x24B6 + ord("A")) if len(sign) == 1 and 0x24B6 <= ord(sign) <= 0x24CF else ""


def _pieces(text: str) -> list[str]:
    """Signs one by one, and the words between them."""
    found = [""]
    for letter in text:
        if _letter_of(letter) or sign_path(letter) is not None:
            found += [letter, ""]
        else:
            found[-1] += letter
    return [piece for piece in found if piece]


def width_of(text: str, font: QFont) -> float:
    """Pixels that `paint_signs` takes."""
    metrics = QFontMetricsF(font)
    side = metrics.height()
    return sum(side if _is_sign(piece) else metrics.horizontalAdvance(piece) for piece in _pieces(text))


def _is_sign(piece: str) -> bool:
    return len(piece) == 1 and bool(_letter_of(piece) or sign_path(piece) is not None)


def paint_signs(painter: QPainter, x: float, middle_y: float, text: str, font: QFont, ink: QColor) -> None:
    """Text with signs in one line; `middle_y` is the middle of its height."""
    metrics = QFontMetricsF(font)
    side = metrics.height()
    for piece in _pieces(text):
        if not _is_sign(piece):
            painter.setFont(font)
            painter.setPen(ink)
            width = metrics.horizontalAdvance(piece)
            flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(QRectF(x, middle_y - side, width + 2.0, 2 * side), flags, piece)
            x += width
            continue
        _paint_sign(painter, QRectF(x + 0.08 * side, middle_y - 0.42 * side, 0.84 * side, 0.84 * side), piece, font, ink)
        x += side


def _paint_sign(painter: QPainter, box: QRectF, sign: str, font: QFont, ink: QColor) -> None:
    painter.setPen(QPen(ink, max(1.1, box.width() / 13.0), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    letter, path = _letter_of(sign), sign_path(sign)
    if path is not None:
        painter.save()
        painter.translate(box.topLeft())
        pen = painter.pen()
        pen.setWidthF(pen.widthF() / box.width())
        painter.setPen(pen)
        painter.scale(box.width(), box.height())
        painter.drawPath(path)
        painter.restore()
        return
    painter.drawEllipse(box)
    small = QFont(font)
    small.setPixelSize(max(7, round(box.height() * 0.66)))
    painter.setFont(small)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), letter)
