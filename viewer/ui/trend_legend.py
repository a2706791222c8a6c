"""The legend of the trends: colour, name, value and unit of each curve."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QToolButton, QWidget

from viewer.twin.channels import Channel
from viewer.ui.icons import icon
from viewer.ui.look import Look, application_font
from viewer.ui.value_text import value_text


class TrendLegend(QScrollArea):
    """One row a curve; the value is the latest, or the one at the cursor."""

    removed = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelScroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(290)
        self._look = look
        self._channels: Sequence[Channel] = ()
        self._values: list[QLabel] = []

    def set_channels(self, channels: Sequence[Channel]) -> None:
        """One row for each, in the colours of the series."""
        self._channels, self._values = channels, []
        body = QWidget()
        body.setObjectName("panelBody")
        grid = QGridLayout(body)
        grid.setContentsMargins(10, 4, 4, 4)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for row, channel in enumerate(channels):
            self._add_row(grid, row, channel)
        grid.setRowStretch(len(channels), 1)
        self.setWidget(body)

    def show_values(self, values: Sequence[float]) -> None:
        """(curves,) in the channels' units."""
        for channel, label, value in zip(self._channels, self._values, values, strict=False):
            label.setText(" ".join(t for t in value_text(channel, value) if t))

    def _add_row(self, grid: QGridLayout, row: int, channel: Channel) -> None:
        mark, name, value, remove = QLabel(), QLabel(), QLabel("–"), QToolButton()
        swatch = QPixmap(14, 3)
        swatch.fill(QColor(self._look.theme.series_colour(row)))
        mark.setPixmap(swatch)
        text = f"{channel.name}"
        name.setText(name.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, 130))
        name.setToolTip(f"{channel.name}\n{channel.id}")
        name.setProperty("role", "soft")
        value.setFont(application_font(13, QFont.Weight.DemiBold))
        remove.setIcon(icon("close", self._look.theme, "text_faint"))
        remove.setIconSize(QSize(12, 12))
        remove.setToolTip(f"Remove {channel.name}")
        remove.clicked.connect(lambda _checked=False, c=channel.id: self.removed.emit(c))
        self._values.append(value)
        for column, widget in enumerate((mark, name, value, remove)):
            grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignRight if column == 2 else Qt.AlignmentFlag(0))
