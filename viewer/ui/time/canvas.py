"""The painted part of the timeline: lanes of states, ticks, alarms, and the cursor that a person drags."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.base.ids import ChannelId
from viewer.twin.channels import Channel
from viewer.ui.look import Look, application_font
from viewer.ui.painting import painting
from viewer.ui.time.cursor import TimeCursor
from viewer.ui.time.scale import Scale, moment_text
from viewer.ui.time.tracks import Track

LANE_PX = 12
FOOT_PX = 34
_NAMES_PX, _RIGHT_PX = 160, 18
_PRIORITY_TOKENS = ("alarm", "warning", "accent", "text_soft")


@dataclass(frozen=True, slots=True)
class TimeMark:
    """Something that happened, shown as a tick: an alarm, a gap in the data, a moment that a person marked."""

    t_ns: int
    text: str
    priority: int = 0
    """0 most urgent; the marks of moments have none."""
    until_ns: int | None = None
    """Where it lasted: the end of a gap."""
    letter: str = ""


class TimeCanvas(QWidget):
    """Shows a span of time; says what a person wants of it. Main thread."""

    moment_asked = Signal(object)
    """Go to this moment (int, ns)."""
    span_asked = Signal(object)
    """Show this Scale."""
    live_asked = Signal()

    def __init__(self, look: Look, cursor: TimeCursor) -> None:
        super().__init__()
        self._look, self._cursor = look, cursor
        self.scale = Scale(cursor.t_ns, 180.0, _NAMES_PX, 100.0)
        self.now_ns = cursor.t_ns
        self.lanes: Sequence[Channel] = ()
        self.names: dict[ChannelId, str] = {}
        self.tracks: dict[ChannelId, Track] = {}
        self.marks: Sequence[TimeMark] = ()
        self.gaps: Sequence[TimeMark] = ()
        self._grabbed: str = ""
        self._from: tuple[float, Scale] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMouseTracking(True)
        self.setAccessibleName("Timeline")
        self.setToolTip("Drag to go back in time; the wheel changes the span; Shift+drag moves it; double-click is live again.")
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, FOOT_PX + LANE_PX * 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, FOOT_PX + 2 * LANE_PX)

    def room(self) -> int:
        """Lanes that the height has room for."""
        return max(1, (self.height() - FOOT_PX) // LANE_PX)

    def show_span(self, end_ns: int, span_s: float) -> None:
        """Show this span across the width there is."""
        self.scale = Scale(end_ns, span_s, _NAMES_PX, float(max(10, self.width() - _NAMES_PX - _RIGHT_PX)))
        self.update()

    # -- what a person does ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        panning = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._grabbed = "span" if panning else "cursor"
        self._from = (event.position().x(), self.scale)
        if not panning:
            self.moment_asked.emit(self.scale.t_ns(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._grabbed == "cursor":
            self.moment_asked.emit(self.scale.t_ns(x))
        elif self._grabbed == "span" and self._from is not None:
            begun_px, scale = self._from
            moved_ns = scale.t_ns(begun_px) - scale.t_ns(x)
            self.span_asked.emit(Scale(scale.end_ns + moved_ns, scale.span_s, scale.left_px, scale.width_px))
        else:
            self.setToolTip(self._tip(x))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed, self._from = "", None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.live_asked.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = math.exp(-event.angleDelta().y() / 480.0)
        around_ns = self.now_ns if self._cursor.is_live else self.scale.t_ns(event.position().x())
        self.span_asked.emit(self.scale.zoomed(factor, around_ns))
        event.accept()

    def _tip(self, x_px: float) -> str:
        near = [m for m in (*self.marks, *self.gaps) if abs(self.scale.x(m.t_ns) - x_px) < 5.0]
        when = moment_text(self.scale.t_ns(x_px), self.now_ns)
        return "\n".join([when, *(f"{moment_text(m.t_ns, self.now_ns)}  {m.text}" for m in near[:8])])

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._look.theme
        with painting(self) as painter:
            painter.fillRect(self.rect(), theme.colour("panel"))
            self._draw_ticks(painter)
            for row, channel in enumerate(self.lanes[: self.room()]):
                self._draw_lane(painter, 7.0 + LANE_PX * row, channel)
            self._draw_gaps(painter)
            self._draw_marks(painter)
            self._draw_cursor(painter)

    @property
    def _bottom(self) -> int:
        return self.height() - 20

    def _draw_ticks(self, painter: QPainter) -> None:
        theme, bottom = self._look.theme, self._bottom
        painter.setFont(application_font(10))
        for t_ns, text in self.scale.ticks():
            x = self.scale.x(t_ns)
            painter.setPen(theme.colour("border"))
            painter.drawLine(round(x), 6, round(x), bottom)
            painter.setPen(theme.colour("text_faint"))
            left = min(x - 40.0, self.width() - 66.0)  # the last one stays within the band
            painter.drawText(QRectF(left, bottom + 3, 80, 14), Qt.AlignmentFlag.AlignHCenter, text)

    def _draw_lane(self, painter: QPainter, top: float, channel: Channel) -> None:
        theme, scale = self._look.theme, self.scale
        track = self.tracks.get(channel.id)
        if track is not None:
            colours = {s.value: s.colour for s in channel.states}
            ends = [*track.t_ns[1:].tolist(), min(self.now_ns, scale.end_ns)][: len(track.t_ns)]
            painter.setPen(Qt.PenStyle.NoPen)
            for start, end, value in zip(track.t_ns.tolist(), ends, track.values.tolist(), strict=True):
                x0, x1 = max(scale.left_px, scale.x(start)), min(scale.x(end), scale.left_px + scale.width_px)
                if x1 <= x0 or value != value:
                    continue  # nothing is known: the lane stays empty
                colour = theme.colour("text_faint", 0.5)
                if value in colours:
                    colour.setRgb(*colours[int(value)])
                painter.fillRect(QRectF(x0, top, max(0.6, x1 - x0 - 0.4), LANE_PX - 3.0), colour)
        painter.setFont(application_font(11))
        name = self.names.get(channel.id, channel.name)
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _NAMES_PX - 14)
        painter.setPen(theme.colour("text_soft"))
        beside = QRectF(2, top - 3, _NAMES_PX - 12, LANE_PX + 3.0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)

    def _draw_gaps(self, painter: QPainter) -> None:
        """What is missing is hatched, so that nobody takes silence for normal."""
        colour = self._look.theme.colour("text_faint", 0.8)
        for gap in self.gaps:
            x0, x1 = self.scale.x(gap.t_ns), self.scale.x(gap.until_ns or gap.t_ns)
            x0, x1 = max(x0, self.scale.left_px), min(max(x1, x0 + 2.0), self.scale.left_px + self.scale.width_px)
            if x1 > x0:
                brush = QColor(colour)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(Qt.BrushStyle.BDiagPattern)
                painter.setPen(brush)
                painter.fillRect(QRectF(x0, 6, x1 - x0, self._bottom - 6.0), painter.brush())

    def _draw_marks(self, painter: QPainter) -> None:
        theme, bottom = self._look.theme, self._bottom
        painter.setFont(application_font(10))
        for mark in self.marks:
            x = self.scale.x(mark.t_ns)
            if not self.scale.left_px <= x <= self.scale.left_px + self.scale.width_px:
                continue
            if mark.letter:
                painter.setPen(QPen(theme.colour("text"), 1.2, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(x, 4), QPointF(x, bottom))
                painter.drawText(QRectF(x + 3, 2, 14, 12), Qt.AlignmentFlag.AlignLeft, mark.letter)
                continue
            colour = theme.colour(_PRIORITY_TOKENS[min(mark.priority, len(_PRIORITY_TOKENS) - 1)])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF([QPointF(x, bottom - 9), QPointF(x - 4, bottom), QPointF(x + 4, bottom)]))

    def _draw_cursor(self, painter: QPainter) -> None:
        live, scale = self._cursor.is_live, self.scale
        t_ns = self.now_ns if live else self._cursor.t_ns
        x = scale.x(t_ns)
        if not scale.left_px - 1 <= x <= scale.left_px + scale.width_px + 1:
            return
        colour = self._look.theme.colour("accent" if live else "warning")
        painter.setPen(QPen(colour, 1.5 if live else 2.0))
        painter.drawLine(QPointF(x, 4), QPointF(x, self._bottom))
        if live:
            return
        painter.setFont(application_font(11))
        text = moment_text(t_ns, self.now_ns)
        width = painter.fontMetrics().horizontalAdvance(text) + 12.0
        left = min(max(scale.left_px, x - width / 2), scale.left_px + scale.width_px - width)
        box = QRectF(left, self._bottom + 1, width, 17)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self._look.theme.colour("window"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
