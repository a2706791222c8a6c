"""The viewport: the 3D scene in a Qt widget, with mouse, keyboard and what floats over it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QResizeEvent, QSurfaceFormat, QWheelEvent
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from viewer.base.ids import NodeId
from viewer.render.camera import Camera, Flight, camera_of
from viewer.render.gl import HostedWindow
from viewer.render.look import DARK, Theme
from viewer.render.rules import DrawRules
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
from viewer.ui.viewport.waker import Waker

if TYPE_CHECKING:
    from viewer.render.turns import PictureInTurns
    from viewer.render.view import SceneView

FLIGHT_S = 0.6
_STEP_MS = 16
_DRAFT_SCALE = 0.5
_RULES = DrawRules(levels=True, progressive=True)
_SLOW_S = 0.045
"""A full picture that takes longer than this is drawn as a draft while the camera moves."""
_SETTLED_S = 0.2
"""The camera is at rest that long after its last move."""
_SLICE_TRIANGLES, _TURN_S = 120_000, 0.02
"""Where the processor draws, slow pictures at rest come in goes of so many triangles, for so long in each turn of the loop."""
_HOVER_RESTS_MS = 300
"""In scenes whose full picture is slow, what is under the cursor is marked once the cursor stays so long."""
_VIEW_KEYS = ("iso", "top", "front", "right", "back", "left", "bottom")  # of the keys 1 to 7


def prepare_surface_format() -> None:
    """Ask for OpenGL 3.2 core and 24 bits of depth; call it before the application object exists."""
    surface = QSurfaceFormat()
    surface.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    surface.setVersion(3, 2)
    surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface.setDepthBufferSize(24)
    surface.setAlphaBufferSize(8)
    QSurfaceFormat.setDefaultFormat(surface)


class Viewport(QOpenGLWidget):
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
    frame_drawn = Signal(float)
    """Milliseconds the last frame took."""
    camera_changed = Signal()
    """From other threads: more of the scene is ready to be drawn."""
    escaped = Signal()
    """Escape was pressed and the tool had no use for it: the select tool is wanted."""
    hide_requested = Signal()
    """H was pressed: the selection is to be hidden (it is, in this view)."""

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self._drawing: tuple[HostedWindow, SceneView] | None = None
        self._theme = theme
        self._cloud_look: CloudLook | None = None
        self._first_fit = True
        self._selected: tuple[NodeId, ...] = ()
        self._hidden: tuple[NodeId, ...] = ()
        self._overlays: list[Overlay] = []
        self._flight: Flight | None = None
        self._flight_timer = QTimer(self, interval=_STEP_MS, timerType=Qt.TimerType.PreciseTimer)
        self._flight_timer.timeout.connect(self._fly_on)
        self._full_frame_s = self._free_at_s = 0.0
        self._moved_at_s = -_SETTLED_S
        self._due_timer = QTimer(self, singleShot=True)
        self._due_timer.timeout.connect(self._ask)
        self._settle_timer = QTimer(self, singleShot=True)
        self._settle_timer.timeout.connect(self._ask)
        self._slices: PictureInTurns | None = None
        self._slices_s = 0.0
        self._slice_timer = QTimer(self, singleShot=True, interval=1)
        self._slice_timer.timeout.connect(self._slice_on)
        self._asked = self._whole = self._stale = False
        self._shown_in: tuple[int, tuple[int, int]] | None = None
        self.setUpdateBehavior(QOpenGLWidget.UpdateBehavior.PartialUpdate)  # what was drawn stays until the next is whole
        self._hover_timer = QTimer(self, singleShot=True, interval=_HOVER_RESTS_MS)
        self._hover_timer.timeout.connect(self.redraw)
        self.waker = Waker()
        self.waker.woken.connect(self._more, Qt.ConnectionType.QueuedConnection)
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

    @property
    def scene(self) -> SceneView:
        """What draws. Made, and VTK with it, when something is to be drawn: an empty window starts without (0.3 s of it)."""
        return self._made()[1]

    @property
    def is_drawing(self) -> bool:
        """Whether there was anything to draw yet."""
        return self._drawing is not None

    def _made(self) -> tuple[HostedWindow, SceneView]:
        if self._drawing is None:
            from viewer.render.view import SceneView

            window = HostedWindow()
            view = SceneView(window.vtk, theme=self._theme, rules=replace(_RULES, wake=self.waker.wake))
            if self._cloud_look is not None:
                view.set_cloud_look(self._cloud_look)
            self._drawing = (window, view)
        return self._drawing

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
        if self._full_frame_s > _SLOW_S:  # a full picture for each part that the cursor passes would hold up the work
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

    def initializeGL(self) -> None:
        """Also called again where the context is another one: the dock floated, or the window was made anew."""
        window, context = self._made()[0], self.context()
        window.begin()
        self._slices = self._shown_in = None
        # No method of this widget: when the context ends, the widget's Python half is gone already. While the signal is
        # emitted the context is current, and only then can VTK give back what it holds there.
        context.aboutToBeDestroyed.connect(lambda: window.end(), Qt.ConnectionType.DirectConnection)

    def paintGL(self) -> None:
        start = time.perf_counter()
        size, window, into = self._size_px(), self._made()[0], self.defaultFramebufferObject()
        asked, whole, self._asked, self._whole = self._asked, self._whole, False, False
        if whole or (self._slices is not None and not asked and self._shown_in == (into, size)):
            if whole:
                self._show_whole(size)
            return  # while the next picture comes, the last one stays
        self._slices = None
        moving = self._moves(start)
        scale = _DRAFT_SCALE if moving and window.software else 1.0
        window.resize((max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)))
        self.scene.set_size(size, self.devicePixelRatioF())
        self.scene.prepare(scale=scale, moving=moving)
        slow = window.software and self._full_frame_s > _SLOW_S
        if asked and slow and not moving and self._shown_in == (into, size):
            self._slices, self._slices_s = self.scene.in_turns(_SLICE_TRIANGLES), time.perf_counter() - start
            self._slice_timer.start()
            return
        window.draw(self.context().extraFunctions(), into, size)
        self._shown_in = (into, size)
        self._frame_took(start, time.perf_counter(), draft=moving)
        if self.scene.lines_pending:
            self.redraw()

    def _slice_on(self) -> None:
        """Draw on with the picture that comes by and by, for a turn."""
        if self._slices is None or not self.isValid():
            return
        start, window = time.perf_counter(), self._made()[0]
        self.makeCurrent()
        gl = self.context().extraFunctions()

        def render() -> None:
            window.render(gl)
            gl.glFinish()

        self._slices.draw(render)
        while not self._slices.finished and time.perf_counter() < start + _TURN_S:
            self._slices.draw(render)
        self.doneCurrent()
        self._slices_s += time.perf_counter() - start
        if self._slices.finished:
            self._slices, self._whole = None, True
            self.update()
        else:
            self._slice_timer.start()

    def _show_whole(self, size: tuple[int, int]) -> None:
        """The picture that came by and by is there."""
        into = self.defaultFramebufferObject()
        self._made()[0].show(self.context().extraFunctions(), into, size)
        self._shown_in = (into, size)
        now = time.perf_counter()
        self._frame_took(now - self._slices_s, now, draft=False)
        if self._stale or self.scene.lines_pending:
            self._stale = False
            self.redraw()

    def _moves(self, now_s: float) -> bool:
        """Whether to draw coarser, and on software OpenGL smaller and stretched.

        In scenes that need it, while the camera moves or parts are still coming.
        """
        return self._full_frame_s > _SLOW_S and (self.scene.filling or now_s < self._moved_at_s + _SETTLED_S)

    def _frame_took(self, start_s: float, end_s: float, *, draft: bool) -> None:
        """Remember what it cost, so that drawing leaves the window half of its time; a draft is followed by a full picture."""
        self._free_at_s = end_s + min(end_s - start_s, 0.5)
        if draft:
            self._settle_timer.start(round(1e3 * _SETTLED_S))
        else:
            self._full_frame_s = end_s - start_s
        self.scene.frame_took(end_s - start_s, draft=draft)
        if self.scene.unfinished and (not draft or self.scene.filling):
            self.redraw()
        self.frame_drawn.emit((end_s - start_s) * 1e3)

    def redraw(self) -> None:
        """Ask for a frame, not sooner than the last one's cost ago; one that comes by and by is begun anew."""
        self._whole = False
        wait_s = self._free_at_s - time.perf_counter()
        if wait_s <= 0.0:
            self._ask()
        elif not self._due_timer.isActive():
            self._due_timer.start(round(1e3 * wait_s) + 1)

    def _more(self) -> None:
        """More of the scene is ready to be drawn: after the picture that is coming."""
        if self._slices is not None or self._whole:
            self._stale = True
        else:
            self.redraw()

    def _ask(self) -> None:
        self._asked = True
        self.update()

    def _size_px(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

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
