"""The move gizmo: handles over the selected node that shift it along x, y and z and turn it about z."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from viewer.base.ids import NodeId
from viewer.base.units import grouped
from viewer.render.dragging import along_axis, angle_about_z, edge_pull, moved, on_plane, turned_about_z
from viewer.render.look import DARK, Theme
from viewer.twin.parts import Rgb
from viewer.ui.look import application_font
from viewer.ui.painting import painting
from viewer.ui.viewport.paint import colour

if TYPE_CHECKING:
    from viewer.ui.viewport.widget import Viewport

SNAP_M = 0.1
SNAP_RAD = math.radians(15.0)
_ARM_PX, _REACH_PX = 84.0, 9.0
_AXES: dict[str, tuple[tuple[float, float, float], Rgb]] = {
    "x": ((1.0, 0.0, 0.0), (232, 93, 93)),
    "y": ((0.0, 1.0, 0.0), (98, 190, 105)),
    "z": ((0.0, 0.0, 1.0), (91, 141, 239)),
}
_UP = np.array([0.0, 0.0, 1.0])


class MoveGizmo(QWidget):
    """Shown while active on a node. The viewport hands it the mouse; Control held lets go of the snap."""

    dragged = Signal(str, object)
    """Node and world pose (4, 4) while it is dragged."""
    finished = Signal(str, object)
    """Node and world pose (4, 4) where the drag ended."""

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._viewport = viewport
        self._theme = DARK
        self._node: NodeId | None = None
        self._active = False
        self._handle = ""
        self._start = np.eye(4)
        self._anchor_at_start = np.zeros(3)
        self._grip = np.zeros(3)
        self._pose = np.eye(4)
        self.neighbours: tuple[NodeId, ...] = ()
        """Nodes whose edges pull at the edges of the dragged one."""
        self._edges = np.zeros((0, 2, 2))
        self._footprint = np.zeros((2, 2))
        self.hide()

    @property
    def dragging(self) -> bool:
        """Whether a handle is held."""
        return bool(self._handle)

    def set_theme(self, theme: Theme) -> None:
        """Colours of the plane handle and the words."""
        self._theme = theme
        self.update()

    def set_active(self, active: bool) -> None:
        """Whether the move tool is chosen."""
        self._active = active
        self._show()

    def set_node(self, node: NodeId | None, neighbours: tuple[NodeId, ...] = ()) -> None:
        """The node to move, None for none, and the nodes whose edges it snaps to."""
        self.neighbours = neighbours
        if self._handle and node != self._node:
            self.cancel()
        self._node = node
        self._show()

    def _show(self) -> None:
        known = self._node is not None and self._node in self._viewport.scene.twin.nodes
        self.setVisible(self._active and known)
        self.update()

    # -- dragging

    def press(self, at: QPointF) -> bool:
        """Take hold of the handle under the cursor; False where there is none."""
        handle = self.handle_at(at)
        if not handle or self._node is None:
            return False
        self._start = self._pose = self._viewport.scene.world_from_node(self._node)
        self._anchor_at_start = self._anchor()
        grip = self._grip_of(handle, at)
        if grip is None:
            return False
        self._handle, self._grip = handle, grip
        scene = self._viewport.scene
        self._footprint = scene.bounds([self._node])[:, :2]
        self._edges = np.array([scene.bounds([one])[:, :2] for one in self.neighbours]).reshape(-1, 2, 2)
        return True

    def drag(self, at: QPointF, *, free: bool) -> None:
        """Follow the cursor; snapped unless `free`."""
        grip = self._grip_of(self._handle, at)
        if grip is None or self._node is None:
            return
        if self._handle == "turn":
            angle = angle_about_z(self._anchor_at_start, grip) - angle_about_z(self._anchor_at_start, self._grip)
            self._pose = turned_about_z(self._start, self._anchor_at_start, angle, snap_rad=0.0 if free else SNAP_RAD)
        else:
            shift = grip - self._grip
            self._pose = moved(self._start, shift, snap_m=0.0 if free else SNAP_M)
            if not free:
                self._pose[:2, 3] += edge_pull(self._footprint, shift[:2], self._edges, self._pose[:2, 3] - self._start[:2, 3])
        self.dragged.emit(self._node, self._pose)
        self.update()

    def release(self) -> None:
        """Let go; `finished` follows where the node moved."""
        node, self._handle = self._node, ""
        if node is not None and not np.allclose(self._pose, self._start, atol=1e-12):
            self.finished.emit(node, self._pose)
        self.update()

    def cancel(self) -> bool:
        """Put the node back where the drag began; False where nothing is dragged."""
        held = bool(self._handle) and self._node is not None
        if held:
            self._handle, self._pose = "", self._start
            self.dragged.emit(self._node, self._start)
        self.update()
        return held

    def _grip_of(self, handle: str, at: QPointF) -> NDArray[np.float64] | None:
        """The point in the world that the cursor holds a handle at."""
        scene, ratio = self._viewport.scene, self._viewport.devicePixelRatioF()
        origin, direction = scene.camera.ray((at.x() * ratio, at.y() * ratio), scene.size_px)
        if handle in _AXES:
            axis = np.array(_AXES[handle][0])
            along = along_axis(self._anchor_at_start, axis, origin, direction)
            return None if along is None else self._anchor_at_start + axis * along
        return on_plane(self._anchor_at_start, _UP, origin, direction)

    # -- where the handles are

    def _anchor(self) -> NDArray[np.float64]:
        """The node's origin; the middle of its footprint where the origin lies far from its parts."""
        scene = self._viewport.scene
        if self._node is None:
            return np.zeros(3)
        origin = scene.world_from_node(self._node)[:3, 3]
        box = scene.bounds([self._node])
        size = float(np.linalg.norm(box[1] - box[0]))
        nearest = np.clip(origin, box[0], box[1])
        if np.linalg.norm(nearest - origin) <= 0.5 * size:
            return origin
        return np.array([*box.mean(axis=0)[:2], box[0, 2]])

    def _px(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        found = self._viewport.scene.world_to_display(points)
        found[:, :2] /= self._viewport.devicePixelRatioF()
        return found

    def _metres_per_px(self, anchor: NDArray[np.float64]) -> float:
        camera = self._viewport.camera
        depth = 1.0 if camera.parallel else max(camera.depth_of(anchor), 1e-9)
        return depth / camera.pixels_per_m(max(self._viewport.height(), 1))

    def lines_px(self) -> dict[str, NDArray[np.float64]]:
        """Handle name to its line in pixels, (n, 2); nothing while the anchor is behind the eye."""
        anchor = self._anchor()
        if self._px(anchor[None])[0, 2] <= 0.0:
            return {}
        size = self._metres_per_px(anchor) * _ARM_PX
        shapes = {name: anchor + np.array([[0.12], [1.0]]) * np.array(axis) * size for name, (axis, _) in _AXES.items()}
        square = np.array([[0.22, 0.22, 0], [0.45, 0.22, 0], [0.45, 0.45, 0], [0.22, 0.45, 0], [0.22, 0.22, 0]])
        shapes["plane"] = anchor + square * size
        angles = np.linspace(0.0, 2.0 * math.pi, 49)
        shapes["turn"] = anchor + np.stack([np.cos(angles), np.sin(angles), np.zeros(49)], axis=1) * size * 0.78
        return {name: self._px(points)[:, :2] for name, points in shapes.items()}

    def handle_at(self, at: QPointF) -> str:
        """x, y, z, plane or turn: the handle under a place; empty where there is none or the gizmo is away."""
        if not self.isVisible():
            return ""
        shapes, place = self.lines_px(), np.array([at.x(), at.y()])
        if "plane" in shapes and QPolygonF([QPointF(*p) for p in shapes["plane"]]).containsPoint(at, Qt.FillRule.OddEvenFill):
            return "plane"
        far = {name: _distance_to_line(place, line) for name, line in shapes.items()}
        name = min(far, key=lambda one: far[one], default="")
        return name if name and far[name] <= _REACH_PX else ""

    # -- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            shapes = self.lines_px()
            if "turn" in shapes:
                held = self._handle == "turn"
                painter.setPen(QPen(colour(self._theme.accent, 1.0 if held else 0.75), 4.0 if held else 2.5))
                painter.drawPolyline(QPolygonF([QPointF(*p) for p in shapes["turn"]]))
                painter.setPen(QPen(colour(self._theme.accent), 1.0))
                painter.setBrush(colour(self._theme.accent, 0.7 if self._handle == "plane" else 0.35))
                painter.drawPolygon(QPolygonF([QPointF(*p) for p in shapes["plane"]]))
            for name, (_, rgb) in _AXES.items():
                if name in shapes:
                    self._paint_arrow(painter, shapes[name], rgb, held=self._handle == name)
            if self._handle:
                self._paint_words(painter)

    def _paint_arrow(self, painter: QPainter, line: NDArray[np.float64], rgb: Rgb, *, held: bool) -> None:
        way = line[1] - line[0]
        length = float(np.hypot(*way))
        if length < 8.0:
            return
        way, side = way / length, np.array([-way[1], way[0]]) / length
        painter.setPen(QPen(colour(rgb), 5.0 if held else 3.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(*line[0]), QPointF(*(line[1] - way * 8.0)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(rgb))
        painter.drawPolygon(
            QPolygonF([QPointF(*p) for p in (line[1], line[1] - way * 13 + side * 6, line[1] - way * 13 - side * 6)])
        )

    def _paint_words(self, painter: QPainter) -> None:
        if self._handle == "turn":
            degrees = math.degrees(math.atan2(self._pose[1, 0], self._pose[0, 0]))
            words = f"{grouped(degrees, 1)}°"
        else:
            words = "   ".join(f"{name} {grouped(float(v), 3)} m" for name, v in zip("xyz", self._pose[:3, 3], strict=True))
        at = self._px(self._anchor()[None])[0]
        painter.setFont(application_font(12))
        width = painter.fontMetrics().horizontalAdvance(words) + 20.0
        box = QRectF(at[0] - width / 2.0, at[1] + 20.0, width, 24.0)
        painter.setPen(QPen(colour(self._theme.accent), 1.0))
        painter.setBrush(colour(self._theme.chip, 0.95))
        painter.drawRoundedRect(box, 6.0, 6.0)
        painter.setPen(colour(self._theme.text))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)


def _distance_to_line(place: NDArray[np.float64], line: NDArray[np.float64]) -> float:
    """Distance of a place (2,) to a polyline (n, 2), pixels."""
    start, way = line[:-1], np.diff(line, axis=0)
    length = np.maximum(np.einsum("ij,ij->i", way, way), 1e-12)
    share = np.clip(np.einsum("ij,ij->i", place - start, way) / length, 0.0, 1.0)
    return float(np.linalg.norm(start + way * share[:, None] - place, axis=1).min())
