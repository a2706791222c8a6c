"""One channel in the inspector: its value large, its unit small, its condition in words and a mark, and its last minute."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QFont, QMouseEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QLabel, QToolButton, QWidget

from viewer.base.ids import ChannelId
from viewer.base.units import grouped, pretty_unit
from viewer.twin.channels import Channel, Condition
from viewer.ui.icons import icon
from viewer.ui.look import Look, application_font
from viewer.ui.sparkline import Sparkline
from viewer.ui.status import TOKENS, Status, status_pixmap
from viewer.ui.value_text import value_text

MIME = "application/x-genchi-channels"
"""Drag format: channel ids, one per line, UTF-8."""


def condition_text(channel: Channel, value: float, condition: Condition, status: Status, age_s: float) -> str:
    """What is to be said about a value, in a few words; empty where all is well."""
    if condition == Condition.STALE:
        return f"stale for {age_s:.0f} s"
    if condition == Condition.BAD:
        return "source says bad"
    if condition == Condition.MISSING:
        return "never seen"
    limits = channel.limits
    for limit, above, text in (
        (limits.hihi, True, "above"),
        (limits.lolo, False, "below"),
        (limits.hi, True, "above"),
        (limits.lo, False, "below"),
    ):
        if limit is not None and ((value > limit) if above else (value < limit)):
            return f"{text} {grouped(limit, 4).rstrip('0').rstrip('.')} {pretty_unit(channel.unit)}".rstrip()
    return ""


class LiveRow(QWidget):
    """Name, mark, value, unit, curve. Can be dragged into the trends."""

    trend_asked = Signal(str)

    def __init__(self, channel: Channel, look: Look) -> None:
        super().__init__()
        self.channel, self._look = channel, look
        self._pressed: QPoint | None = None
        self._shown = (Status.NONE, "", "")
        self._mark, self._name, self._value, self._note = (QLabel() for _ in range(4))
        self._curve = Sparkline(look)
        self._build()
        self.setToolTip(f"{channel.name}\n{channel.id}\nDrag into Trends")

    def show_value(self, value: float, condition: Condition, status: Status, age_s: float) -> None:
        """Show the newest value."""
        number, unit = value_text(self.channel, value)
        note = condition_text(self.channel, value, condition, status, age_s)
        if (status, number, note) == self._shown:
            return
        self._shown = (status, number, note)
        self._mark.setPixmap(status_pixmap(status, self._look.theme, 14))
        self._note.setText(note)
        token = TOKENS[status] if note else "text_faint"
        self._note.setStyleSheet(f"color: {self._look.theme.colours[token]}; font-size: 11px;")
        self._put(number, unit, is_faint=condition in (Condition.STALE, Condition.MISSING))

    def show_curve(self, t_s: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        """(n,) seconds before now and (n,) values of the last minute."""
        limits = self.channel.limits
        given = tuple(v for v in (limits.lolo, limits.lo, limits.hi, limits.hihi) if v is not None)
        self._curve.set_curve(t_s, values, limits=given, steps=self.channel.kind in ("state", "counter", "setpoint"))

    def _put(self, number: str, unit: str, *, is_faint: bool) -> None:
        """The figure large and the unit small, on one base line."""
        colours = self._look.theme.colours
        ink, soft = colours["text_faint" if is_faint else "text"], colours["text_faint"]
        tail = f' <span style="font-size:13px; font-weight:400; color:{soft}">{escape(unit)}</span>' if unit else ""
        self._value.setText(f'<span style="color:{ink}">{escape(number)}</span>{tail}')

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if (
            self._pressed is None
            or (event.position().toPoint() - self._pressed).manhattanLength() < QApplication.startDragDistance()
        ):
            return
        self._pressed = None
        drag = QDrag(self)
        drag.setMimeData(channel_mime([self.channel.id]))
        drag.setPixmap(self.grab())
        drag.exec(Qt.DropAction.CopyAction)

    def _build(self) -> None:
        self._name.setText(self.channel.name or self.channel.id)
        self._name.setProperty("role", "soft")
        self._value.setFont(application_font(19, QFont.Weight.DemiBold))
        self._value.setTextFormat(Qt.TextFormat.RichText)
        self._mark.setFixedWidth(16)
        add = QToolButton()
        add.setIcon(icon("trends", self._look.theme, "text_faint"))
        add.setToolTip("Add to trends")
        add.clicked.connect(lambda: self.trend_asked.emit(self.channel.id))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 3, 0, 3)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(0)
        grid.addWidget(self._mark, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._note, 0, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(add, 0, 3)
        grid.addWidget(self._value, 1, 1)
        grid.addWidget(self._curve, 1, 2, 1, 2)
        grid.setColumnStretch(1, 5)
        grid.setColumnStretch(2, 4)
        grid.setColumnMinimumWidth(2, 110)


def channel_mime(channels: list[ChannelId]) -> QMimeData:
    """Channels as something to drag."""
    data = QMimeData()
    data.setData(MIME, "\n".join(channels).encode())
    return data
