"""The section's handles over the scene: the planes' frames, an arrow to drag the active one, six for the sides of a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from viewer.render.dragging import along_axis
from viewer.render.look import DARK, Theme
from viewer.ui.looking.section_control import SectionControl
from viewer.ui.looking.section_model import SIDES
from viewer.ui.painting import painting
from viewer.ui.view_area import Overlay
from viewer.ui.viewport.paint import colour

if TYPE_CHECKING:
    from viewer.ui.viewport.widget import Viewport

Vector = NDArray[np.float64]
_ARM_PX, _REACH_PX = 46.0, 13.0


class SectionHandles(Overlay):
    """Takes the mouse only where a handle is under it. Main thread."""

    def __init__(self, viewport: Viewport, control: SectionControl) -> None:
        super().__init__(viewport)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view, self._control, self._theme = viewport, control, DARK
        self._held, self._hovered = "", ""
        self._grip_m = self._start_m = 0.0
        self._anchor = np.zeros(3)
        control.changed.connect(self.update)
        viewport.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    # -- the mouse

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Press, move and release on a handle; everything else goes on to the view."""
        if not self._control.is_on or not isinstance(event, QMouseEvent):
            return False
        if event.type() is QEvent.Type.MouseButtonPress and event.button() is Qt.MouseButton.LeftButton:
            return self._press(event.position())
        if event.type() is QEvent.Type.MouseMove:
            return self._move(event.position(), pressed=bool(event.buttons()))
        if event.type() is QEvent.Type.MouseButtonRelease and self._held:
            self._held = ""
            self.update()
            return True
        return False

    def _press(self, at: QPointF) -> bool:
        self._held = self.handle_at(at)
        if not self._held:
            return False
        self._view.stop_flight()
        self._anchor, axis, self._start_m = self.handles()[self._held]
        self._grip_m = self._along(axis, at) or 0.0
        self.update()
        return True

    def _move(self, at: QPointF, *, pressed: bool) -> bool:
        if not self._held:
            hovered = "" if pressed else self.handle_at(at)
            if hovered != self._hovered:
                self._hovered = hovered
                self.update()
            return False
        _, axis, _ = self.handles()[self._held]
        along = self._along(axis, at)
        if along is not None:
            place = self._start_m + along - self._grip_m
            if self._held in SIDES:
                self._control.move_side(self._held, place)
            else:
                self._control.move_to(place)
        return True

    def _along(self, axis: Vector, at: QPointF) -> float | None:
        ratio, scene = self._view.devicePixelRatioF(), self._view.scene
        origin, direction = scene.camera.ray((at.x() * ratio, at.y() * ratio), scene.size_px)
        return along_axis(self._anchor, axis, origin, direction)

    def handle_at(self, at: QPointF) -> str:
        """`plane`, or a side of the box: the handle under a place; empty where there is none."""
        place = np.array([at.x(), at.y()])
        far: dict[str, float] = {}
        for name, (anchor, axis, _) in self.handles().items():
            line = self._arrow(anchor, axis)
            if line is not None:
                way = line[1] - line[0]
                share = np.clip((place - line[0]) @ way / max(float(way @ way), 1e-9), 0.0, 1.0)
                far[name] = float(np.linalg.norm(line[0] + way * share - place))
        nearest = min(far, key=lambda one: far[one], default="")
        return nearest if nearest and far[nearest] <= _REACH_PX else ""

    # -- where they are

    def handles(self) -> dict[str, tuple[Vector, Vector, float]]:
        """Name to anchor, unit axis and present place along it."""
        model = self._control.model
        if model.plane is not None:
            return {"plane": (self._in_sight(model.axis(), model.at_m), model.axis(), model.at_m)}
        if model.box_m is None:
            return {}
        corners = np.array(model.box_m)
        middle = corners.mean(axis=0)
        found: dict[str, tuple[Vector, Vector, float]] = {}
        for side in SIDES:
            row, at = "xyz".index(side[0]), float(corners[int(side[1] == "+"), "xyz".index(side[0])])
            anchor = middle.copy()
            anchor[row] = at
            found[side] = (anchor, np.eye(3)[row], at)
        return found

    def _in_sight(self, axis: Vector, at_m: float) -> Vector:
        """Where the plane's arrow stands: where one looks at the plane, within the scene's bounds."""
        if self._held == "plane":
            return self._anchor + axis * (at_m - float(axis @ self._anchor))
        camera, (low, high) = self._view.camera, self._control.bounds_m
        slope = float(camera.forward @ axis)
        along = (at_m - float(axis @ camera.eye_m)) / slope if abs(slope) > 0.05 else -1.0
        point = camera.eye_m + camera.forward * along if along > 0.0 else np.array(camera.target_m)
        point = np.clip(point, low, high)
        return point + axis * (at_m - float(axis @ point))

    def _arrow(self, anchor: Vector, axis: Vector) -> Vector | None:
        """(2, 2) pixels of the arrow's two ends; a stub across where it points at the eye."""
        camera = self._view.camera
        here = self.pixels_of(anchor[None])[0]
        if here[2] <= 0.0:
            return None
        depth = 1.0 if camera.parallel else max(camera.depth_of(anchor), 1e-9)
        size = depth / camera.pixels_per_m(max(self._view.height(), 1)) * _ARM_PX
        ends = self.pixels_of(np.stack([anchor - axis * size, anchor + axis * size]))
        return ends[:, :2] if (ends[:, 2] > 0.0).all() else None

    def pixels_of(self, points: Vector) -> Vector:
        """Points of the world (n, 3) as places in the view, with their depth (n, 3)."""
        found = self._view.scene.world_to_display(points)
        found[:, :2] /= self._view.devicePixelRatioF()
        return found

    # -- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._control.is_on:
            return
        with painting(self) as painter:
            for frame, strong in self._frames():
                pixels = self.pixels_of(frame)
                if (pixels[:, 2] > 0.0).all():
                    line = Qt.PenStyle.SolidLine if strong else Qt.PenStyle.DashLine
                    painter.setPen(QPen(colour(self._theme.cut, 0.9 if strong else 0.5), 1.4 if strong else 1.0, line))
                    painter.setBrush(colour(self._theme.cut, 0.05 if strong else 0.0))
                    painter.drawPolygon(QPolygonF([QPointF(*p) for p in pixels[:, :2]]))
            for name, (anchor, axis, _) in self.handles().items():
                line = self._arrow(anchor, axis)
                if line is not None:
                    self._paint_arrow(painter, line, lit=name in (self._held, self._hovered))

    def _frames(self) -> list[tuple[Vector, bool]]:
        """Rectangles (4, 3) of the planes and of the box's sides, and whether each is the active one's."""
        model, bounds = self._control.model, self._control.bounds_m
        found: list[tuple[Vector, bool]] = []
        for name, plane in model.planes.items():
            normal = np.array(plane.normal)
            side = np.cross(normal, [0.0, 0.0, 1.0] if abs(normal[2]) < 0.9 else [0.0, 1.0, 0.0])
            side /= np.linalg.norm(side)
            other, middle, half = np.cross(normal, side), bounds.mean(axis=0), np.ptp(bounds, axis=0) / 2.0 * 1.04
            middle = middle + normal * (plane.offset_m - float(normal @ middle))
            a, b = side * float(np.abs(side) @ half), other * float(np.abs(other) @ half)
            found.append((np.array([middle + a + b, middle - a + b, middle - a - b, middle + a - b]), name == model.active))
        if model.box_m is not None:
            low, high = np.array(model.box_m)
            for z in (low[2], high[2]):
                ring = [(low[0], low[1], z), (high[0], low[1], z), (high[0], high[1], z), (low[0], high[1], z)]
                found.append((np.array(ring), model.plane is None))
            for x, y in ((low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])):
                post = [(x, y, low[2]), (x, y, high[2]), (x, y, high[2]), (x, y, low[2])]
                found.append((np.array(post), model.plane is None))
        return found

    def _paint_arrow(self, painter: QPainter, line: Vector, *, lit: bool) -> None:
        way = line[1] - line[0]
        length = float(np.hypot(*way))
        ink, rim = colour(self._theme.accent if lit else self._theme.cut), colour(self._theme.chip, 0.85)
        middle = QPointF(*line.mean(axis=0))
        if length > 24.0:
            way, side = way / length, np.array([-way[1], way[0]]) / length
            for width, pen in ((6.0, rim), (3.0, ink)):
                painter.setPen(QPen(pen, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawLine(QPointF(*(line[0] + way * 9.0)), QPointF(*(line[1] - way * 9.0)))
            painter.setPen(QPen(rim, 1.2))
            painter.setBrush(ink)
            for tip, ahead in ((line[0], -way), (line[1], way)):
                corners = (tip, tip - ahead * 14.0 + side * 7.0, tip - ahead * 14.0 - side * 7.0)
                painter.drawPolygon(QPolygonF([QPointF(*p) for p in corners]))
        painter.setPen(QPen(rim, 1.5))
        painter.setBrush(ink)
        painter.drawEllipse(middle, 6.0, 6.0)


def is_drawn(view: QWidget) -> bool:
    """Whether a view draws a scene (the stand-in without OpenGL does not)."""
    from viewer.ui.viewport.widget import Viewport

    return isinstance(view, Viewport)
