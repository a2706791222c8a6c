"""The viewport: the 3D scene in a Qt widget, with mouse, keyboard and what floats over it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from viewer.base.ids import NodeId
from viewer.render.camera import Camera, Flight, camera_of
from viewer.render.look import DARK, Theme
from viewer.twin.cloud_look import CloudLook
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.overlays import Legend, OverlayFrame, OverlayPlan
from viewer.twin.process import View
from viewer.twin.view_state import Explode, Section
from viewer.ui.tools import Tool
from viewer.ui.view_area import Overlay
from viewer.ui.viewport.chips import HintChip, LegendChips
from viewer.ui.viewport.cube import OrientationCube
from viewer.ui.viewport.gizmo import MoveGizmo
from viewer.ui.viewport.labels import LabelLayer
from viewer.ui.viewport.mouse import MouseControl
from viewer.ui.viewport.pictures import Pictures

if TYPE_CHECKING:
    pass

FLIGHT_S = 0.6
_STEP_MS = 16
_HOVER_RESTS_MS = 300
"""In scenes whose full picture is slow, what is under the cursor is marked once the cursor stays so long."""
_VIEW_KEYS = ("iso", "top", "front", "right", "back", "left", "bottom")  # of the keys 1 to 7


class Viewport(Pictures):
    """One view of one twin. Main thread only. Many changes make one frame: each only asks for a redraw."""

    picked = Signal(str, bool)
    """A node was clicked (empty: nothing was hit); True when it is to be added to the selection."""
    hit = Signal(object)
    """The left button was clicked on something: the `viewer.render.picking.Hit`, after `picked` told its node."""
    hovered = Signal(str)
    """The node under the cursor changed (empty: none)."""
    context_requested = Signal(QPoint, str)
    """The right button was clicked: place on the screen, node (or empty)."""
    node_dragged = Signal(str, object)
    """The gizmo drags a node: its id and world pose, (4, 4) float64. The view shows it already."""
    drag_finished = Signal(str, object)
    """The drag ended there; an edit may follow."""
    camera_changed = Signal()
    escaped = Signal()
    """Escape was pressed and the tool had no use for it: the select tool is wanted."""
    hide_requested = Signal()
    """H was pressed: the selection is to be hidden (it is, in this view)."""

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent, theme)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self._first_fit = True
        self._selected: tuple[NodeId, ...] = ()
        self._hidden: tuple[NodeId, ...] = ()
        self._overlays: list[Overlay] = []
        self._flight: Flight | None = None
        self._flight_timer = QTimer(self, interval=_STEP_MS, timerType=Qt.TimerType.PreciseTimer)
        self._flight_timer.timeout.connect(self._fly_on)
        self._hover_timer = QTimer(self, singleShot=True, interval=_HOVER_RESTS_MS)
        self._hover_timer.timeout.connect(self.redraw)
        self.labels = LabelLayer(self)
        self.cube = OrientationCube(self)
        self.cube.view_wanted.connect(self.look_along)
        self.legends = LegendChips(self)
        self.legends.resized.connect(self._arrange)
        self.hint = HintChip(self)
        self.chip_area = QWidget(self)
        """Upper left: panels add their own chips to its layout."""
        row = QHBoxLayout(self.chip_area)
        row.setContentsMargins(12, 12, 12, 0)
        row.setSpacing(8)
        row.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.strip_area = QWidget(self)
        """Lower edge, in the middle: the strips of tools."""
        self._strips = QVBoxLayout(self.strip_area)
        self._strips.setContentsMargins(0, 0, 0, 0)
        self._strips.setSpacing(8)
        self.tool = Tool()
        self.gizmo = MoveGizmo(self)
        self.gizmo.dragged.connect(self._show_drag)
        self.gizmo.finished.connect(self.drag_finished)
        self._mouse = MouseControl(self)
        self.set_theme(theme)

    # -- what is shown

    def set_twin(self, twin: Twin) -> None:
        """Show another twin; the camera stays once there was one with parts."""
        if not twin.nodes and not self.is_drawing:
            return
        self._slices = None
        self.scene.set_twin(twin)
        if self._first_fit and self.scene.statistics()["parts"]:
            self._first_fit = False
            self.scene.set_size(self._size_px(), self.devicePixelRatioF())
            self.set_camera(self.scene.fitted())
        self._changed()

    def apply(self, twin: Twin, delta: Delta) -> None:
        """Follow the twin by a delta."""
        self.scene.apply(twin, delta)
        self._changed()

    def set_overlay(self, plan: OverlayPlan) -> None:
        """What the coming frames speak of; its labels and legends are shown."""
        if plan == OverlayPlan() and not self.is_drawing:
            return
        self.scene.set_overlay(plan)
        self.labels.set_plan(plan, self.scene.twin)
        self.set_legends(plan.legends)
        self._changed()

    def update_overlay(self, frame: OverlayFrame) -> None:
        """Show one frame of values."""
        self.scene.update_overlay(frame)
        self.labels.set_frame(frame)
        self._changed(waits=True)

    def select(self, ids: Iterable[NodeId]) -> None:
        """Mark nodes as selected."""
        self._selected = tuple(ids)
        if not self._selected and not self.is_drawing:
            return
        self.scene.select(self._selected)
        self.gizmo.set_node(self._selected[-1] if self._selected else None)
        self._changed()

    def hover(self, node: NodeId | None) -> None:
        """Mark the node under the cursor."""
        self.scene.hover(node)
        if self.is_slow:  # a full picture for each part that the cursor passes would hold up the work
            self._hover_timer.start()
        else:
            self.redraw()

    def alert(self, ids: Iterable[NodeId]) -> None:
        """Mark exactly these nodes as wrong."""
        ids = tuple(ids)
        if not ids and not self.is_drawing:
            return
        self.scene.alert(ids)
        self._changed()

    def mark_faces(self, node: NodeId | None, faces: Iterable[int] = ()) -> None:
        """Show exactly these CAD faces of a node's part in the accent colour; None: no face."""
        faces = tuple(faces)
        if not faces and not self.is_drawing:
            return
        self.scene.mark_faces(node, faces)
        self._changed()

    def hide_nodes(self, ids: Iterable[NodeId]) -> None:
        """Hide exactly these nodes in this view; none shows all."""
        self._hidden = tuple(ids)
        if not self._hidden and not self.is_drawing:
            return
        self.scene.set_hidden(self._hidden)
        self._changed()

    @property
    def hidden_nodes(self) -> tuple[NodeId, ...]:
        """Nodes hidden in this view."""
        return self._hidden

    def isolate(self, ids: Iterable[NodeId] | None) -> None:
        """Show only these nodes; None shows all again."""
        if ids is None and not self.is_drawing:
            return
        self.scene.isolate(ids)
        self._changed()

    def set_xray(self, ids: Iterable[NodeId], opacity: float | None = None) -> None:
        """Draw exactly these nodes see-through."""
        ids = tuple(ids)
        if not ids and not self.is_drawing:
            return
        self.scene.set_xray(ids, opacity)
        self._changed()

    def set_focus(self, ids: Iterable[NodeId], opacity: float | None = None) -> None:
        """Draw everything but these nodes see-through; none: nothing."""
        ids = tuple(ids)
        if not ids and not self.is_drawing:
            return
        self.scene.set_focus(ids, opacity)
        self._changed()

    def set_section(self, section: Section) -> None:
        """Cut away what this section leaves out."""
        if not section and not self.is_drawing:
            return
        self.scene.set_section(section)
        self._changed()

    def set_explode(self, explode: Explode, about: Iterable[NodeId] = ()) -> None:
        """Draw parts apart: those at and below `about`, or all."""
        if explode.share == 0.0 and not self.is_drawing:
            return
        self.scene.set_explode(explode, about)
        self._changed()

    def show_all(self) -> None:
        """Undo hide, isolate and x-ray."""
        self.scene.isolate(None)
        self.scene.set_xray(())
        self.hide_nodes(())

    def set_preview_poses(self, ids: Iterable[NodeId], world_from_node: NDArray[np.float64]) -> None:
        """Show nodes elsewhere for the moment, (k, 4, 4)."""
        self.scene.set_preview_poses(ids, world_from_node)
        self._changed()

    def set_cloud_look(self, look: CloudLook) -> None:
        """Colours, size and number of the points of clouds."""
        self._cloud_look = look
        if self.is_drawing:
            self.scene.set_cloud_look(look)
        self._changed()

    def cloud_points(self) -> tuple[int, int]:
        """Points of clouds in the last frame, and all there are."""
        clouds = self.scene.clouds if self.is_drawing else None
        return (0, 0) if clouds is None else (clouds.drawn, clouds.points)

    def set_legends(self, legends: tuple[Legend, ...]) -> None:
        """What the colours mean."""
        self.legends.set_legends(legends)
        self._arrange()

    def set_hint(self, text: str) -> None:
        """A line at the lower edge; empty takes it away."""
        self.hint.set_text(text)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Colours of the scene and of all that floats over it."""
        self._theme = theme
        if self.is_drawing:
            self.scene.set_theme(theme)
        for part in (self.labels, self.cube, self.legends, self.hint, self.gizmo, *self._overlays):
            part.set_theme(theme)
        self._ask()

    def set_tool(self, tool: Tool) -> None:
        """Let a tool see mouse and keys first; with `move` the gizmo stands on the selected node."""
        self.tool = tool
        self.gizmo.set_active(tool.id == "move")
        self.update()

    def add_strip(self, strip: QWidget) -> None:
        """Put a tool's strip of controls at the lower edge, in the middle; hidden ones take no room."""
        self._strips.addWidget(strip)
        self._arrange()

    def show_ghosts(self, ghosts: Sequence[Any], *, opacity: float = 0.4) -> None:
        """Draw parts of another revision (`viewer.render.ghosts.Ghost`) over the scene; none takes them away."""
        self.scene.show_ghosts(ghosts, opacity=opacity)
        self._changed()

    def add_overlay(self, overlay: Overlay) -> None:
        """Lay a sheet over the whole scene, under what floats in the corners; it is told when the picture changes."""
        overlay.setParent(self)
        self._overlays.append(overlay)
        overlay.stackUnder(self.cube)
        overlay.set_theme(self._theme)
        overlay.show()
        self._arrange()

    def drop_press(self) -> None:
        """A tool took the click that began here: letting go picks nothing."""
        self._mouse.drop()

    # -- the camera

    @property
    def camera(self) -> Camera:
        """The viewpoint."""
        return self.scene.camera

    def set_camera(self, camera: Camera) -> None:
        """Stand there at once."""
        self.scene.camera = camera
        self._moved_at_s = time.perf_counter()
        self.camera_changed.emit()
        self._changed()

    def fly(self, camera: Camera, lasting_s: float = FLIGHT_S) -> None:
        """Go there smoothly."""
        self._flight = Flight(self.camera, camera, time.monotonic(), lasting_s)
        self._flight_timer.start()

    def stop_flight(self) -> None:
        """Stay where the camera is now."""
        self._flight = None
        self._flight_timer.stop()

    def fit(self, ids: Iterable[NodeId] | None = None) -> None:
        """Fly until these nodes (or all) fill the view."""
        self.fly(self.scene.fitted(ids))

    def fly_to(self, where: View | Iterable[NodeId]) -> None:
        """Fly to a saved viewpoint, or until the nodes fill the view."""
        self.fly(camera_of(where) if isinstance(where, View) else self.scene.fitted(where))

    def standard_view(self, name: str) -> None:
        """Fly to iso, top, bottom, front, back, left or right. Raises KeyError for another name."""
        turned = self.camera.facing(name)
        width, height = self._size_px()
        self.fly(turned.fitted(self.scene.bounds(), width / height))

    def look_along(self, heading_rad: float, pitch_rad: float) -> None:
        """Turn about the middle of the view."""
        self.fly(replace(self.camera, heading_rad=heading_rad, pitch_rad=pitch_rad))

    def set_parallel(self, on: bool) -> None:
        """Parallel picture, or perspective."""
        self.set_camera(replace(self.camera, parallel=on))

    def current_view(self, name: str) -> View:
        """The viewpoint as a record to be saved."""
        return self.camera.as_view(name)

    def _fly_on(self) -> None:
        flight = self._flight
        camera, ended = flight.at(time.monotonic()) if flight is not None else (self.camera, True)
        if ended:
            self.stop_flight()
        self.set_camera(camera)

    # -- picture

    def grab_picture(self) -> QImage:
        """What the widget shows, chips included, once all parts are in the picture."""
        self.scene.complete()
        self._slices = None
        self._asked = False
        return self.grab().toImage()

    def _changed(self, *, waits: bool = False) -> None:
        """Draw anew; `waits`: a picture that comes by and by is finished first, since such changes come all the time."""
        if not self.is_drawing:
            return
        self.scene.set_size(self._size_px(), self.devicePixelRatioF())
        if waits:
            self._more()
        else:
            self.redraw()
        self.labels.refresh()
        for overlay in self._overlays:
            overlay.refresh()
        self.cube.update()
        self.gizmo.update()

    def occupied_px(self) -> NDArray[np.float64]:
        """(k, 4) rectangles that labels keep off: x, y, width, height of what floats in the corners."""
        chips = self.chip_area.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        floating = (self.cube, self.legends, self.hint, self.strip_area, *chips)
        boxes = [one.geometry().getRect() for one in floating if one.isVisible()]
        return np.array(boxes, dtype=np.float64).reshape(-1, 4)

    # -- Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._changed()

    def _arrange(self) -> None:
        """Put what floats over the scene into its corners."""
        width, height = self.width(), self.height()
        self.labels.setGeometry(0, 0, width, height)
        self.gizmo.setGeometry(0, 0, width, height)
        for overlay in self._overlays:
            overlay.setGeometry(0, 0, width, height)
        self.cube.move(width - self.cube.width() - 12, 12)
        self.legends.set_room(width, height)
        self.legends.move(12, height - self.legends.height() - 12)
        self.hint.set_room(width - 24)
        self._set_above(self.hint, height - 6)
        self.strip_area.adjustSize()
        self._set_above(self.strip_area, self.hint.y() if self.hint.isVisible() else height - 8)
        self.chip_area.setGeometry(0, 0, max(width - self.cube.width() - 24, 0), self.chip_area.sizeHint().height())

    def _set_above(self, floating: QWidget, bottom: int) -> None:
        """In the middle of the view over `bottom`, beside the legends, or over them where there is no room beside."""
        width = self.width()
        beside = self.legends.geometry().right() + 12 if self.legends.isVisible() else 0
        left = max((width - floating.width()) // 2, 0)
        if left < beside <= width - floating.width() - 12:
            left = beside
        elif left < beside:
            bottom = min(bottom, self.legends.y())
        floating.move(left, bottom - floating.height() - 8)

    def sizeHint(self) -> QSize:
        return QSize(960, 640)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._arrange()
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.tool.wants_key(event):
            event.accept()
            return True
        return super().event(event)

    def _show_drag(self, node: str, pose: Any) -> None:
        self.set_preview_poses([NodeId(node)], np.asarray(pose)[None])
        self.node_dragged.emit(node, pose)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        if not self.tool.press(event):
            self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.tool.move(event):
            self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self.tool.release(event):
            self._mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self.tool.double_click(event):
            self._mouse.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.tool.wheel(event):
            self._mouse.wheel(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.tool.leave(event)
        self._mouse.leave()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not self.tool.key_press(event) and not self._key(event.key(), shift=shift):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.tool.key_release(event):
            super().keyReleaseEvent(event)

    def _key(self, key: int, *, shift: bool) -> bool:
        """Do what a key stands for; False where it stands for nothing here."""
        if Qt.Key.Key_1 <= key <= Qt.Key.Key_7:
            self.standard_view(_VIEW_KEYS[key - Qt.Key.Key_1])
        elif key == Qt.Key.Key_F:
            self.fit(self._selected or None)
        elif key == Qt.Key.Key_H and shift:
            self.show_all()
        elif key == Qt.Key.Key_H:
            self.hide_nodes((*self._hidden, *self._selected))
            self.hide_requested.emit()
        elif key == Qt.Key.Key_I:
            self.isolate(self._selected or None)
        elif key == Qt.Key.Key_Escape:
            if self.gizmo.cancel():
                return True
            if self.tool.id != "select":
                self.escaped.emit()
            else:
                self.picked.emit("", False)
        else:
            return False
        return True
