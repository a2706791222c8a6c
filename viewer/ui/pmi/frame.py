"""How one entry is written: plain for a dimension, in the boxes of a feature control frame, a datum in its square."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from viewer.twin.pmi import PmiEntry
from viewer.ui.pmi.signs import paint_signs, width_of

_PAD = 5.0


def cells_of(entry: PmiEntry) -> tuple[str, list[str]]:
    """What stands before the frame, and the texts of its boxes; no boxes for a dimension."""
    if entry.kind == "dimension":
        is_basic = entry.text.endswith("]") and "[" in entry.text
        before, _, basic = entry.text.rstrip("]").partition("[")
        return (before, [basic]) if is_basic else (entry.text, [])
    if entry.kind == "datum":
        return "", [entry.text]
    control, *rest = entry.text.split(" | ")
    before, sign, size = _control(control)
    return before, [cell for cell in (sign, size, *rest) if cell]


def _control(text: str) -> tuple[str, str, str]:
    """«2× ⌮ ⌓ 0.5 Ⓜ» as what stands before, sign, and size with its modifiers."""
    words = text.split(" ")
    at = next((n for n, word in enumerate(words) if any(c.isdigit() for c in word) and "×" not in word), len(words))
    return " ".join(words[: at - 1]), words[at - 1], " ".join(words[at:])


def frame_width(entry: PmiEntry, font: QFont) -> float:
    """Pixels that `paint_frame` takes."""
    before, cells = cells_of(entry)
    width = width_of(before, font) + (_PAD if before and cells else 0.0)
    return width + sum(_cell_width(cell, font) for cell in cells)


def _cell_width(cell: str, font: QFont) -> float:
    return max(width_of(cell, font) + 2 * _PAD, QFontMetricsF(font).height() + 4.0)


def paint_frame(painter: QPainter, x: float, middle_y: float, entry: PmiEntry, font: QFont, ink: QColor, line: QColor) -> None:
    """One entry in one line that begins at x."""
    before, cells = cells_of(entry)
    paint_signs(painter, x, middle_y, before, font, ink)
    x += width_of(before, font) + (_PAD if before and cells else 0.0)
    height = QFontMetricsF(font).height() + 3.0
    for cell in cells:
        width = _cell_width(cell, font)
        painter.setPen(QPen(line, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(round(x) + 0.5, round(middle_y - height / 2) + 0.5, round(width), round(height)))
        paint_signs(painter, x + (width - width_of(cell, font)) / 2, middle_y, cell, font, ink)
        x += width
