"""The label layer: value chips that float over the scene and point at what they tell about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from viewer.render.camera import Camera
from viewer.render.label_layout import Placement, layout_labels, leader_end
from viewer.render.label_text import LabelText, label_text
from viewer.render.look import ALARM, DARK, Theme
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan
from viewer.ui.look import application_font
from viewer.ui.painting import painting
from viewer.ui.viewport.paint import colour

if TYPE_CHECKING:
    from viewer.ui.viewport.widget import Viewport

_PAD_X, _HEIGHT, _DOT = 9.0, 24.0, 8.0
_LOOK_AFTER_MS, _MOST_LOOKED_AT, _MOVED_M = 250, 15, 0.5
"""Which labels' points are behind something is looked for once the camera rests, for the nearest few."""


class LabelLayer(QWidget):
    """All value labels of a viewport; lets the mouse through."""

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._viewport = viewport
        self._theme = DARK
        self._plan = OverlayPlan()
        self._channels: list[Channel | None] = []
        self._frame: OverlayFrame | None = None
        self._texts: list[LabelText] = []
        self._widths = np.zeros(0)
        self._placement: Placement | None = None
        self._points_px = np.zeros((0, 3))
        self._covered = np.zeros(0, dtype=np.bool_)
        self._looked_at: tuple[Camera, NDArray[np.float64]] | None = None
        self._look_timer = QTimer(self, singleShot=True, interval=_LOOK_AFTER_MS)
        self._look_timer.timeout.connect(self._look)
        self._name_font, self._value_font = application_font(12), application_font(12)
        self._value_font.setBold(True)

    def set_theme(self, theme: Theme) -> None:
        """Colours of the chips."""
        self._theme = theme
        self.update()

    def set_plan(self, plan: OverlayPlan, twin: Twin) -> None:
        """The labels to come; nothing is shown until their first frame."""
        self._plan, self._frame, self._placement = plan, None, None
        self._channels = [twin.channels.get(label.channel) for label in plan.labels]
        self._widths = np.zeros(len(plan.labels))
        self._covered, self._looked_at = np.zeros(len(plan.labels), dtype=np.bool_), None
        self.refresh()

    def set_frame(self, frame: OverlayFrame) -> None:
        """New values; chips only grow while a plan lasts, so that they don't twitch."""
        self._frame = frame
        rows = zip(self._plan.labels, self._channels, frame.label_values, frame.label_condition, strict=True)
        self._texts = [label_text(label, channel, float(value), int(c)) for label, channel, value, c in rows]
        names, values = QFontMetricsF(self._name_font), QFontMetricsF(self._value_font)
        for row, text in enumerate(self._texts):
            width = names.horizontalAdvance(f"{text.name}  ") + values.horizontalAdvance(text.value) + 2 * _PAD_X
            width += names.horizontalAdvance(f"  {text.remark}") if text.remark else 0.0
            self._widths[row] = max(self._widths[row], np.ceil(width + (_DOT + 4.0 if text.dot else 0.0)))
        self.refresh()

    def refresh(self) -> None:
        """Place the chips anew for the camera as it is."""
        if self._frame is None or not len(self._texts) or not self.isVisible():
            self._placement = None
            self.update()
            return
        scene = self._viewport.scene
        points = scene.world_to_display(self._frame.label_points_in_world)
        points[:, :2] /= self._viewport.devicePixelRatioF()
        points[~scene.keeps(self._frame.label_points_in_world)] = np.nan  # what a section cuts away has no label
        sizes = np.stack([self._widths, np.full(len(self._widths), _HEIGHT)], axis=1)
        before = None if self._placement is None else self._placement.choice
        self._points_px = points
        self._placement = layout_labels(
            points,
            sizes,
            (float(self.width()), float(self.height())),
            near_m=scene.camera.distance_m,
            before=before,
            obstacles_px=self._viewport.occupied_px(),
            covered=self._covered,
        )
        self._look_later()
        self.update()

    def _look_later(self) -> None:
        """See after the camera's rest which points are behind something; again when a point has moved on."""
        if self._frame is None:
            return
        camera, points = self._viewport.camera, self._frame.label_points_in_world
        if self._looked_at is not None and self._looked_at[0] == camera:
            moved = float(np.abs(points - self._looked_at[1]).max(initial=0.0)) > _MOVED_M
            if not moved or self._look_timer.isActive():
                return
        self._looked_at = (camera, points)
        self._look_timer.start()

    def _look(self) -> None:
        if self._frame is None or self._placement is None:
            return
        near = np.flatnonzero(self._placement.choice >= 0)
        near = near[np.argsort(self._points_px[near, 2], kind="stable")][:_MOST_LOOKED_AT]
        covered = np.zeros(len(self._points_px), dtype=np.bool_)
        owners = [self._plan.labels[row].node for row in near]
        covered[near] = self._viewport.scene.covered(self._frame.label_points_in_world[near], owners)
        if not np.array_equal(covered, self._covered):
            self._covered = covered
            self.refresh()

    def shown(self) -> int:
        """How many labels found a place."""
        return 0 if self._placement is None else int((self._placement.choice >= 0).sum())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._placement is None:
            return
        with painting(self) as painter:
            for row in np.argsort(-self._points_px[:, 2]):
                if self._placement.choice[row] >= 0:
                    painter.setOpacity(float(self._placement.opacity[row]))
                    self._paint_chip(painter, int(row))

    def _paint_chip(self, painter: QPainter, row: int) -> None:
        placement, theme, text = self._placement, self._theme, self._texts[row]
        if placement is None:
            return
        corner, size = placement.corner_px[row], np.array([self._widths[row], _HEIGHT])
        point = self._points_px[row, :2]
        end = leader_end(point, corner, size)
        edge = colour(ALARM) if text.alarmed else colour(theme.chip_edge)
        painter.setPen(QPen(edge if text.alarmed else colour(theme.text_dim), 1.0))
        painter.drawLine(QPointF(*point), QPointF(*end))
        painter.setBrush(colour(ALARM if text.alarmed else theme.text))
        painter.setPen(QPen(colour(theme.chip), 1.0))
        painter.drawEllipse(QPointF(*point), 3.0, 3.0)
        box = QRectF(corner[0] + 0.5, corner[1] + 0.5, size[0] - 1.0, size[1] - 1.0)
        painter.setPen(QPen(edge, 1.5 if text.alarmed else 1.0, Qt.PenStyle.DashLine if text.remark else Qt.PenStyle.SolidLine))
        painter.setBrush(colour(theme.chip, 0.92))
        painter.drawRoundedRect(box, 6.0, 6.0)
        if text.remark:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(colour(theme.text_dim, 0.28), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(box, 6.0, 6.0)
        self._paint_words(painter, box, text)

    def _paint_words(self, painter: QPainter, box: QRectF, text: LabelText) -> None:
        theme = self._theme
        x = box.left() + _PAD_X
        if text.dot is not None:
            painter.setPen(QPen(colour(theme.chip_edge), 1.0))
            painter.setBrush(colour(text.dot))
            painter.drawEllipse(QRectF(x, box.center().y() - _DOT / 2, _DOT, _DOT))
            x += _DOT + 4.0
        strong = ALARM if text.alarmed else theme.text
        for words, font, ink in (
            (f"{text.name}  ", self._name_font, colour(theme.text_dim)),
            (text.value, self._value_font, colour(strong, 0.6 if text.remark else 1.0)),
            (f"  {text.remark}", self._name_font, colour(theme.text_dim)),
        ):
            x += _write(painter, x, box, words, font, ink)


def _write(painter: QPainter, x: float, box: QRectF, words: str, font: QFont, ink: QColor) -> float:
    if not words.strip():
        return 0.0
    painter.setFont(font)
    painter.setPen(ink)
    width = QFontMetricsF(painter.font()).horizontalAdvance(words)
    painter.drawText(QRectF(x, box.top(), width + 2.0, box.height()), int(Qt.AlignmentFlag.AlignVCenter), words)
    return width
