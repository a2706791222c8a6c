"""The legend of the trends: colour, name, value and unit of each curve, and its figures; with cursors, what lies between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QWidget

from viewer.base.ids import ChannelId
from viewer.twin.channels import Channel
from viewer.ui.icons import icon
from viewer.ui.look import Look, application_font
from viewer.ui.trends.figures import Between, Figures
from viewer.ui.value_text import value_text

LEAST_PX, WIDTH_PX = 252, 300
_BESIDE_PX = 140
"""What a row needs beside its name."""


class TrendLegend(QScrollArea):
    """One row a curve; the value is the latest, or the one at the mouse. Main thread."""

    removed = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelScroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDTH_PX)
        self._look = look
        self._channels: Sequence[Channel] = ()
        self._values: list[QLabel] = []
        self._figures: list[QLabel] = []

    def set_channels(self, channels: Sequence[Channel], colours: Sequence[QColor], names: Mapping[ChannelId, str]) -> None:
        """One row for each."""
        self._channels, self._values, self._figures = channels, [], []
        body = QWidget()
        body.setObjectName("panelBody")
        grid = QGridLayout(body)
        grid.setContentsMargins(8, 4, 4, 4)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        for row, (channel, colour) in enumerate(zip(channels, colours, strict=True)):
            self._add_row(grid, row, channel, colour, names.get(channel.id, channel.name))
        grid.setRowStretch(2 * len(channels), 1)
        self.setWidget(body)

    def show_values(self, values: Sequence[tuple[float, float]]) -> None:
        """(curves,) least and greatest at one moment, in the channels' units."""
        for channel, label, (low, high) in zip(self._channels, self._values, values, strict=False):
            label.setText(_range_text(channel, low, high))

    def show_figures(self, figures: Mapping[ChannelId, Figures], between: Mapping[ChannelId, Between] | None) -> None:
        """Of the span shown; of what lies between the cursors where there are some."""
        for channel, label in zip(self._channels, self._figures, strict=False):
            if between is not None and channel.id in between:
                label.setText(between_text(channel, between[channel.id]))
            else:
                label.setText(figures_text(channel, figures[channel.id]) if channel.id in figures else "")
            label.setVisible(bool(label.text()))
            label.setToolTip(label.text())

    def _add_row(self, grid: QGridLayout, row: int, channel: Channel, colour: QColor, text: str) -> None:
        mark, name, value, remove, figures = QLabel(), QLabel(), QLabel("–"), QToolButton(), QLabel()
        swatch = QPixmap(14, 3)
        swatch.fill(colour)
        mark.setPixmap(swatch)
        name.setText(name.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, self.maximumWidth() - _BESIDE_PX))
        name.setToolTip(f"{channel.name}\n{channel.id}")
        name.setProperty("role", "soft")
        value.setFont(application_font(13, QFont.Weight.DemiBold))
        remove.setIcon(icon("close", self._look.theme, "text_faint"))
        remove.setIconSize(QSize(12, 12))
        remove.setToolTip(f"Remove {channel.name}")
        remove.clicked.connect(lambda _checked=False, c=channel.id: self.removed.emit(c))
        figures.setFont(application_font(11))
        figures.setProperty("role", "faint")
        figures.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        figures.hide()
        self._values.append(value)
        self._figures.append(figures)
        for column, widget in enumerate((mark, name, value, remove)):
            grid.addWidget(widget, 2 * row, column, Qt.AlignmentFlag.AlignRight if column == 2 else Qt.AlignmentFlag(0))
        grid.addWidget(figures, 2 * row + 1, 1, 1, 3)


def figures_text(channel: Channel, figures: Figures) -> str:
    """Least to greatest, mean (ø) and standard deviation (σ); nothing for states and where nothing was measured."""
    if channel.states or figures.low != figures.low:
        return ""
    words = [f"{_plain(channel, figures.low)} … {_plain(channel, figures.high)}"]
    if figures.mean == figures.mean:
        words.append(f"ø {_plain(channel, figures.mean)}")
    if figures.std == figures.std:
        words.append(f"σ {figures.std:.3g}")
    return "  ".join(words)


def between_text(channel: Channel, between: Between) -> str:
    """The values at A and B, their difference, and the figures between them."""
    a, b = (" ".join(t for t in value_text(channel, v) if t) for v in (between.at_a, between.at_b))
    if channel.states:
        return f"A {a}   B {b}"
    change = _plain(channel, between.change)
    sign = "+" if between.change > 0.0 else ""
    first = f"A {_plain(channel, between.at_a)}  B {_plain(channel, between.at_b)}  Δ {sign}{change}"
    second = figures_text(channel, between.figures)
    return f"{first}\n{second}" if second else first


def _plain(channel: Channel, value: float) -> str:
    return value_text(channel, value)[0]


def _range_text(channel: Channel, low: float, high: float) -> str:
    """One value, or from least to greatest where many share a pixel."""
    if low == high or low != low:
        return " ".join(t for t in value_text(channel, high) if t)
    if channel.states:
        return f"{value_text(channel, low)[0]} / {value_text(channel, high)[0]}"
    return f"{_plain(channel, low)} … {' '.join(t for t in value_text(channel, high) if t)}"
