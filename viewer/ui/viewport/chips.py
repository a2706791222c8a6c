"""Chips over the scene: the legends of what the colours mean, and a line of hint."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from viewer.render.legend_layout import TEXT_PX, Form, LegendSheet, form_for, sheet_of
from viewer.render.legend_text import bar_colours
from viewer.render.look import DARK, Theme
from viewer.twin.overlays import Legend
from viewer.ui.look import application_font
from viewer.ui.painting import painting
from viewer.ui.viewport.paint import colour


class LegendChips(QWidget):
    """The legends in the form that suits the viewport: cards, one compact card, or a slim row that opens under the mouse.

    Lets the mouse through but for the slim row.
    """

    resized = Signal()
    """It takes another size now: place it anew."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._legends: tuple[Legend, ...] = ()
        self._room_px = (0.0, 0.0)
        self._form: Form = "full"
        self._open = self._pinned = False
        self._sheet = LegendSheet()
        self._font, self._title_font = application_font(round(TEXT_PX)), application_font(round(TEXT_PX))
        self._title_font.setBold(True)
        self.hide()

    @property
    def legends(self) -> tuple[Legend, ...]:
        """What is shown."""
        return self._legends

    @property
    def form(self) -> Form:
        """How they are shown while the mouse is elsewhere."""
        return self._form

    def set_legends(self, legends: tuple[Legend, ...]) -> None:
        """Show these; none hides the chip."""
        self._legends = legends
        self.setVisible(bool(legends))
        self._lay_out()

    def set_room(self, width: float, height: float) -> None:
        """The size of the viewport, of which the legends may take a part."""
        if (width, height) != self._room_px:
            self._room_px = (width, height)
            self._lay_out()

    def set_theme(self, theme: Theme) -> None:
        """Colours of the cards."""
        self._theme = theme
        self.update()

    def _lay_out(self) -> None:
        if not self._legends:
            return
        self._form = form_for(self._legends, self._measure, self._room_px)
        slim = self._form == "header"
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not slim)
        self.setToolTip("Click to keep the legends open" if slim and not self._pinned else "")
        shown: Form = "compact" if slim and (self._open or self._pinned) else self._form
        self._sheet = sheet_of(shown, self._legends, self._measure)
        self.adjustSize()
        self.update()

    def _measure(self, words: str, strong: bool) -> float:
        return QFontMetricsF(self._title_font if strong else self._font).horizontalAdvance(words)

    def sizeHint(self) -> QSize:
        return QSize(math.ceil(self._sheet.width), math.ceil(self._sheet.height))

    def enterEvent(self, event: QEnterEvent) -> None:
        self._opened(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._opened(False)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pinned = not self._pinned
        self._opened(self._pinned)
        event.accept()

    def _opened(self, on: bool) -> None:
        self._open = on
        self._lay_out()
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, sheet = self._theme, self._sheet
        painter.setPen(QPen(colour(theme.chip_edge), 1.0))
        painter.setBrush(colour(theme.chip, 0.92))
        for box in sheet.cards:
            painter.drawRoundedRect(QRectF(*box).adjusted(0.5, 0.5, -0.5, -0.5), 8.0, 8.0)
        for box, rgb in sheet.swatches:
            painter.setBrush(colour(rgb))
            painter.drawRoundedRect(QRectF(*box), 2.0, 2.0)
        painter.setPen(Qt.PenStyle.NoPen)
        for box, legend in sheet.bars:
            painter.setBrush(_gradient(QRectF(*box), legend))
            painter.drawRoundedRect(QRectF(*box), 2.0, 2.0)
        painter.setPen(colour(theme.text_dim))
        for x, top in sheet.marks:
            painter.drawLine(QPointF(x, top), QPointF(x, top + 3.0))
        for words in sheet.words:
            painter.setFont(self._title_font if words.strong else self._font)
            painter.setPen(colour(theme.text_dim if words.dim else theme.text))
            room = QRectF(words.x, words.middle - 10.0, sheet.width, 20.0)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), words.text)
        painter.end()


def _gradient(bar: QRectF, legend: Legend) -> QLinearGradient:
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    colours = bar_colours(legend)
    for i in range(0, 256, 15):
        gradient.setColorAt(i / 255.0, colour((int(colours[i, 0]), int(colours[i, 1]), int(colours[i, 2]))))
    return gradient


_BETWEEN = "   ·   "


class HintChip(QWidget):
    """What can be done now, at the lower edge: one line, or more where it has no room. Lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = DARK
        self._text = ""
        self._room = 1 << 20
        self._lines: tuple[str, ...] = ()
        self._font = application_font(12)
        self.hide()

    def set_text(self, text: str) -> None:
        """Show this; an empty text hides the chip."""
        self._text = text
        self.setVisible(bool(text))
        self._lay_out()

    def set_room(self, width: int) -> None:
        """How wide it may be."""
        if width != self._room:
            self._room = width
            self._lay_out()
        self.adjustSize()

    def _lay_out(self) -> None:
        self._lines = tuple(self._broken())
        self.adjustSize()
        self.update()

    def _broken(self) -> Iterator[str]:
        """Its lines, broken between the things that can be done."""
        line = ""
        for piece in self._text.split(_BETWEEN):
            longer = f"{line}{_BETWEEN}{piece}" if line else piece
            if line and self._width_of(longer) > self._room:
                yield line
                longer = piece
            line = longer
        yield line

    def _width_of(self, line: str) -> int:
        return round(QFontMetricsF(self._font).horizontalAdvance(line) + 28.0)

    def set_theme(self, theme: Theme) -> None:
        """Colours of the chip."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(max(map(self._width_of, self._lines), default=28), 10 + 18 * max(len(self._lines), 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.setPen(QPen(colour(self._theme.chip_edge), 1.0))
            painter.setBrush(colour(self._theme.chip, 0.92))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 14.0, 14.0)
            painter.setFont(self._font)
            painter.setPen(colour(self._theme.text))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), "\n".join(self._lines))
