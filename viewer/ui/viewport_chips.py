"""Chips over the scene: the legends of what the colours mean, and a line of hint."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from viewer.render.legend_text import bar_colours, ticks, title_of
from viewer.render.look import DARK, Theme
from viewer.twin.overlays import Legend
from viewer.ui.look import application_font
from viewer.ui.painting import painting
from viewer.ui.viewport_paint import colour

_PAD, _BAR_WIDTH, _BAR_HEIGHT, _ROW = 11.0, 190.0, 10.0, 18.0


class LegendChips(QWidget):
    """One card per legend, one above another. Lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = DARK
        self._legends: tuple[Legend, ...] = ()
        self._font, self._title_font = application_font(11), application_font(12)
        self._title_font.setBold(True)
        self.hide()

    @property
    def legends(self) -> tuple[Legend, ...]:
        """What is shown."""
        return self._legends

    def set_legends(self, legends: tuple[Legend, ...]) -> None:
        """Show these; none hides the chip."""
        self._legends = legends
        self.setVisible(bool(legends))
        self.adjustSize()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours of the cards."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        height = sum(_height(legend) + 8.0 for legend in self._legends)
        widest = max((QFontMetricsF(self._title_font).horizontalAdvance(title_of(one)) for one in self._legends), default=0.0)
        return QSize(round(max(_BAR_WIDTH, widest) + 2 * _PAD + 8.0), round(height))

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            y = 0.0
            for legend in self._legends:
                box = QRectF(0.5, y + 0.5, self.width() - 1.0, _height(legend) - 1.0)
                painter.setPen(QPen(colour(self._theme.chip_edge), 1.0))
                painter.setBrush(colour(self._theme.chip, 0.92))
                painter.drawRoundedRect(box, 8.0, 8.0)
                self._paint_card(painter, legend, box)
                y += _height(legend) + 8.0

    def _paint_card(self, painter: QPainter, legend: Legend, box: QRectF) -> None:
        painter.setFont(self._title_font)
        painter.setPen(colour(self._theme.text))
        painter.drawText(QPointF(box.left() + _PAD, box.top() + 20.0), title_of(legend))
        painter.setFont(self._font)
        if legend.states:
            self._paint_states(painter, legend, box)
        else:
            self._paint_bar(painter, legend, box)

    def _paint_states(self, painter: QPainter, legend: Legend, box: QRectF) -> None:
        for row, state in enumerate(legend.states):
            middle = box.top() + 36.0 + row * _ROW
            painter.setPen(QPen(colour(self._theme.chip_edge), 1.0))
            painter.setBrush(colour(state.colour))
            painter.drawRoundedRect(QRectF(box.left() + _PAD, middle - 5.0, 14.0, 10.0), 2.0, 2.0)
            painter.setPen(colour(self._theme.text))
            painter.drawText(QPointF(box.left() + _PAD + 22.0, middle + 4.0), state.text)

    def _paint_bar(self, painter: QPainter, legend: Legend, box: QRectF) -> None:
        bar = QRectF(box.left() + _PAD, box.top() + 30.0, box.width() - 2 * _PAD, _BAR_HEIGHT)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        colours = bar_colours(legend)
        for i in range(0, 256, 15):
            gradient.setColorAt(i / 255.0, colour((int(colours[i, 0]), int(colours[i, 1]), int(colours[i, 2]))))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 2.0, 2.0)
        painter.setPen(colour(self._theme.text_dim))
        metrics = QFontMetricsF(self._font)
        for tick in ticks(legend):
            x = bar.left() + tick.share * bar.width()
            painter.drawLine(QPointF(x, bar.bottom() + 1.0), QPointF(x, bar.bottom() + 4.0))
            width = metrics.horizontalAdvance(tick.text)
            left = min(max(x - width / 2.0, bar.left()), bar.right() - width)
            painter.drawText(QPointF(left, bar.bottom() + 16.0), tick.text)


def _height(legend: Legend) -> float:
    return 34.0 + _ROW * len(legend.states) if legend.states else 66.0


class HintChip(QWidget):
    """One line at the lower edge that says what can be done now. Lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = DARK
        self._text = ""
        self._font = application_font(12)
        self.hide()

    def set_text(self, text: str) -> None:
        """Show this; an empty text hides the chip."""
        self._text = text
        self.setVisible(bool(text))
        self.adjustSize()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours of the chip."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(QFontMetricsF(self._font).horizontalAdvance(self._text) + 28.0), 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.setPen(QPen(colour(self._theme.chip_edge), 1.0))
            painter.setBrush(colour(self._theme.chip, 0.92))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 14.0, 14.0)
            painter.setFont(self._font)
            painter.setPen(colour(self._theme.text))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self._text)
