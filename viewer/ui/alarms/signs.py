"""How a priority looks: a shape, a colour and a word each, so that colour never stands alone (ISA-101)."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from viewer.alarms.definitions import PRIORITIES, Priority
from viewer.ui.look import application_font
from viewer.ui.painting import painting
from viewer.ui.theme import Theme

TOKENS: dict[Priority, str] = {"critical": "alarm", "high": "warning", "medium": "accent", "low": "text_soft"}
WORDS: dict[Priority, str] = {"critical": "Critical", "high": "High", "medium": "Medium", "low": "Low"}
_SIZE_PX, _FINE = 16, 3


def draw_sign(painter: QPainter, priority: Priority, where: QRectF, colour: QColor, *, is_filled: bool) -> None:
    """A square, a triangle, a diamond or a circle; hollow once somebody has acknowledged."""
    painter.setPen(QPen(colour, 1.6))
    painter.setBrush(colour if is_filled else Qt.BrushStyle.NoBrush)
    box = where.adjusted(2.0, 2.0, -2.0, -2.0)
    middle = box.center()
    match priority:
        case "critical":
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        case "high":
            painter.drawPolygon(QPolygonF([QPointF(middle.x(), box.top()), box.bottomRight(), box.bottomLeft()]))
        case "medium":
            corners = [(middle.x(), box.top()), (box.right(), middle.y()), (middle.x(), box.bottom()), (box.left(), middle.y())]
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        case "low":
            painter.drawEllipse(box.adjusted(1.0, 1.0, -1.0, -1.0))


def sign(priority: Priority, theme: Theme, *, is_filled: bool) -> QIcon:
    """The same as an icon."""
    return _sign(priority, theme.colours[TOKENS[priority]], is_filled)


def first_sign(theme: Theme) -> QIcon:
    """The mark of the alarm that came first of its group."""
    return _first(theme.colours["accent"], theme.colours["window"])


def ordered(counts: dict[Priority, int]) -> list[tuple[Priority, int]]:
    """Most urgent first, without those that there are none of."""
    return [(one, counts[one]) for one in PRIORITIES if counts.get(one)]


def _blank() -> QPixmap:
    picture = QPixmap(_SIZE_PX * _FINE, _SIZE_PX * _FINE)
    picture.setDevicePixelRatio(_FINE)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


@lru_cache(maxsize=64)
def _sign(priority: Priority, colour: str, is_filled: bool) -> QIcon:
    picture = _blank()
    with painting(picture) as painter:
        draw_sign(painter, priority, QRectF(0, 0, _SIZE_PX, _SIZE_PX), QColor(colour), is_filled=is_filled)
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)  # Qt would tint it, and a priority keeps its colour
    return icon


@lru_cache(maxsize=16)
def _first(colour: str, ink: str) -> QIcon:
    picture = _blank()
    with painting(picture) as painter:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(1, 1, _SIZE_PX - 2, _SIZE_PX - 2), 4, 4)
        painter.setPen(QColor(ink))
        painter.setFont(application_font(11))
        painter.drawText(QRectF(0, 0, _SIZE_PX, _SIZE_PX), Qt.AlignmentFlag.AlignCenter, "1")
    return QIcon(picture)
