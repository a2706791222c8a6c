"""One plot of the trends: curves of one unit, or states as coloured lanes, over the span; what a person does with the mouse."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.base.ids import ChannelId
from viewer.base.units import pretty_unit
from viewer.twin.channels import Channel
from viewer.ui.look import Look, application_font
from viewer.ui.painting import painting
from viewer.ui.time.scale import Scale
from viewer.ui.trends.alarm_spans import AlarmSpan
from viewer.ui.trends.axes import range_of
from viewer.ui.trends.curves import Curve
from viewer.ui.trends.layers import draw_alarms, draw_curves, draw_lanes, draw_limits, draw_marks, draw_time_axis, draw_value_axis
from viewer.ui.trends.span import TrendSpan

LEFT_PX, RIGHT_PX, TOP_PX, FOOT_PX = 50.0, 8.0, 18.0, 19.0
_NEAR_PX, _DRAG_PX = 6.0, 4.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What all plots show alike."""

    span: TrendSpan = field(default_factory=TrendSpan)
    now_ns: int = 0
    moment_ns: int | None = None
    """The window's moment, where it is a moment of the past."""
    hover_ns: int | None = None
    marks: Mapping[str, int] = field(default_factory=dict[str, int])
    """The measuring cursors A and B."""


class TrendPlot(QWidget):
    """Paints what it is given and says what a person wants; keeps no time of its own. Main thread."""

    zoomed = Signal(float, object)
    """A factor, and the moment (ns) that keeps its place."""
    panned = Signal(object)
    """By so many ns."""
    hovered = Signal(object)
    """The moment under the mouse (ns), or None when it has left."""
    marker_moved = Signal(str, object)
    back_asked = Signal()
    range_changed = Signal()
    menu_asked = Signal(QPoint, object)
    """Where on the screen, and the moment there (ns)."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.channels: Sequence[Channel] = ()
        self.colours: Sequence[QColor] = ()
        self.names: Mapping[ChannelId, str] = {}
        self.curves: dict[ChannelId, Curve] = {}
        self.alarms: Sequence[AlarmSpan] = ()
        self.shown = Shown()
        self.manual: tuple[float, float] | None = None
        """The range that a person has chosen; None: as the values need."""
        self._range = (0.0, 1.0)
        self._grabbed = ""
        self._from_px = 0.0
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Trend")

    @property
    def key(self) -> str:
        """What its range is remembered by."""
        return self.channels[0].unit if self.channels else ""

    @property
    def is_states(self) -> bool:
        return bool(self.channels) and bool(self.channels[0].states)

    def minimumSizeHint(self) -> QSize:
        return QSize(150, 70)

    def set_channels(self, channels: Sequence[Channel], colours: Sequence[QColor]) -> None:
        """Show exactly these, each in its colour."""
        self.channels, self.colours, self.manual = channels, colours, None
        self.curves = {c.id: self.curves[c.id] for c in channels if c.id in self.curves}
        self.setToolTip("")
        self.update()

    def set_curve(self, curve: Curve) -> None:
        """Another picture of one channel."""
        self.curves[curve.channel] = curve
        self.update()

    def show_all(self, shown: Shown) -> None:
        """Time, moment, mouse or marks have changed."""
        self.shown = shown
        self.update()

    def set_manual(self, manual: tuple[float, float] | None) -> None:
        """Choose the range, or let the values choose it."""
        self.manual = manual
        self.update()

    # -- places ------------------------------------------------------------------------------------------------------

    @property
    def area(self) -> QRectF:
        """Where curves are drawn, px."""
        return QRectF(LEFT_PX, TOP_PX, max(10.0, self.width() - LEFT_PX - RIGHT_PX), max(10.0, self.height() - TOP_PX - FOOT_PX))

    @property
    def scale(self) -> Scale:
        return self.shown.span.over(LEFT_PX, self.area.width())

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value of the axis."""
        return self.manual or range_of(self.channels, [self.curves[c.id] for c in self.channels if c.id in self.curves])

    # -- what a person does ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        near = [(abs(self.scale.x(t_ns) - x), letter) for letter, t_ns in self.shown.marks.items()]
        self._grabbed = min(near)[1] if near and min(near)[0] <= _NEAR_PX else "press"
        self._from_px = x

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._grabbed == "press" and abs(x - self._from_px) > _DRAG_PX:
            self._grabbed = "span"
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._grabbed == "span":
            self.panned.emit(self.scale.t_ns(self._from_px) - self.scale.t_ns(x))
            self._from_px = x
        elif self._grabbed in self.shown.marks:
            self.marker_moved.emit(self._grabbed, self.scale.t_ns(x))
        elif not self._grabbed:
            near = any(abs(self.scale.x(t_ns) - x) <= _NEAR_PX for t_ns in self.shown.marks.values())
            self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)
        self.hovered.emit(self.scale.t_ns(x) if LEFT_PX <= x <= self.width() - RIGHT_PX else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = ""
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._grabbed = ""
        self.manual = None
        if event.position().x() >= LEFT_PX:
            self.back_asked.emit()
        self.range_changed.emit()
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        factor, x = math.exp(-turned / 480.0), event.position().x()
        if (x < LEFT_PX or event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and not self.is_states:
            self._zoom_values(factor, event.position().y())
        else:
            self.zoomed.emit(factor, self.scale.t_ns(x))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos(), self.scale.t_ns(float(event.pos().x())))

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)
        super().leaveEvent(event)

    def _zoom_values(self, factor: float, y_px: float) -> None:
        (low, high), area = self.range, self.area
        around = high - (y_px - area.top()) / area.height() * (high - low)
        wanted = (around - (around - low) * factor, around + (high - around) * factor)
        if wanted[1] - wanted[0] > 1e-9 * max(abs(around), 1e-9):
            self.manual = wanted
            self.range_changed.emit()
            self.update()

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.fillRect(self.rect(), self.look.theme.colour("panel"))
            self.paint_on(painter)

    def paint_on(self, painter: QPainter) -> None:
        """All of it, on any painter of its own size."""
        theme, area, scale = self.look.theme, self.area, self.scale
        painter.setFont(application_font(11))
        draw_time_axis(painter, theme, area, scale, self.shown.now_ns)
        painter.save()
        painter.setClipRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
        draw_alarms(painter, theme, area, scale, self.alarms)
        painter.restore()
        if self.is_states:
            draw_lanes(painter, theme, area, scale, self)
        else:
            low, high = self.range
            draw_value_axis(painter, theme, area, low, high)
            painter.save()
            painter.setClipRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
            draw_limits(painter, theme, area, (low, high), self.channels)
            draw_curves(painter, area, scale, (low, high), self)
            painter.restore()
        draw_marks(painter, theme, area, scale, self.shown, self._draw_title(painter))

    def _draw_title(self, painter: QPainter) -> QRectF:
        """The unit; beside it the curve's name where there is but one, and that a range is a person's own. Returns its place."""
        if not self.channels:
            return QRectF()
        painter.setFont(application_font(11))
        theme = self.look.theme
        name = self.names.get(self.channels[0].id, self.channels[0].name) if len(self.channels) == 1 else ""
        unit = "" if self.is_states else pretty_unit(self.channels[0].unit)
        words = [w for w in (unit, name, "own range" if self.manual is not None else "") if w]
        if self.is_states and len(self.channels) > 1:
            words = ["States"]
        painter.setPen(theme.colour("text_soft"))
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText("  ·  ".join(words), Qt.TextElideMode.ElideRight, self.width() - 12.0)
        painter.drawText(QRectF(6.0, 1.0, self.width() - 10.0, TOP_PX - 2.0), Qt.AlignmentFlag.AlignVCenter, text)
        return QRectF(6.0, 1.0, metrics.horizontalAdvance(text) + 6.0, TOP_PX - 2.0)
