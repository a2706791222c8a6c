"""What the mouse does in the viewport: pick, orbit, pan, zoom at the cursor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent

from viewer.base.ids import NodeId
from viewer.render.picking import Hit

if TYPE_CHECKING:
    from viewer.ui.viewport.widget import Viewport

_CLICK_PX = 4
_TURN_RAD_PER_PX = math.radians(0.35)
_HOVER_MS = 40
_LEFT, _MIDDLE, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class MouseControl(QObject):
    """Left drag orbits about the point that was pressed on; middle or shift-left pans; the wheel zooms at the cursor."""

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport)
        self._view = viewport
        self._pressed_at: QPointF | None = None
        self._last = QPointF()
        self._moved = False
        self._button = Qt.MouseButton.NoButton
        self._pivot: NDArray[np.float64] | None = None
        self._hover_at = QPointF()
        self._hovered = ""
        self._hover_timer = QTimer(self, interval=_HOVER_MS, singleShot=True)
        self._hover_timer.timeout.connect(self._hover)

    def press(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self._view.setFocus()
        self._view.stop_flight()
        self._pressed_at = self._last = event.position()
        self._moved = False
        self._button = event.button()
        if self._button is _LEFT and self._view.gizmo.press(event.position()):
            self._pressed_at = None  # a drag that is cancelled while the button is held turns into nothing else
            return
        hit = self._pick(event.position())
        self._pivot = hit.point_in_world if hit else self._middle(event.position())

    def move(self, event: QMouseEvent) -> None:
        """Orbit, pan, drag the gizmo, or see what lies under the cursor."""
        at = event.position()
        if self._view.gizmo.dragging:
            self._view.gizmo.drag(at, free=bool(event.modifiers() & _CONTROL))
            return
        if self._pressed_at is None:
            self._hover_at = at
            if not self._hover_timer.isActive():
                self._hover_timer.start()
            return
        far = at - self._pressed_at
        if not self._moved and math.hypot(far.x(), far.y()) < _CLICK_PX:
            return
        self._moved = True
        if self._button is _MIDDLE or (self._button is _LEFT and event.modifiers() & _SHIFT):
            self._pan(at)
        elif self._button is _LEFT:
            step = at - self._last
            camera = self._view.camera.orbited(step.x() * _TURN_RAD_PER_PX, -step.y() * _TURN_RAD_PER_PX, self._pivot)
            self._view.set_camera(camera)
        elif self._button is _RIGHT:
            self._pan(at)
        self._last = at

    def _pan(self, at: QPointF) -> None:
        camera = self._view.camera
        depth = camera.distance_m if self._pivot is None else camera.depth_of(self._pivot)
        self._view.set_camera(camera.panned(self._px(self._last), self._px(at), self._view.scene.size_px, depth))

    def release(self, event: QMouseEvent) -> None:
        """End a drag; a press that did not move is a click."""
        if self._view.gizmo.dragging:
            self._view.gizmo.release()
        elif self._pressed_at is not None and not self._moved:
            hit = self._pick(event.position())
            node = hit.node if hit else ""
            if self._button is _LEFT:
                self._view.picked.emit(node, bool(event.modifiers() & (_CONTROL | _SHIFT)))
                if hit is not None:
                    self._view.hit.emit(hit)
            elif self._button is _RIGHT:
                self._view.context_requested.emit(event.globalPosition().toPoint(), node)
        self._pressed_at = None
        self._button = Qt.MouseButton.NoButton

    def drop(self) -> None:
        """Forget the press: letting go is no click."""
        self._pressed_at = None
        self._button = Qt.MouseButton.NoButton

    def double_click(self, event: QMouseEvent) -> None:
        """Fly to what was hit; to all where nothing was."""
        hit = self._pick(event.position())
        self._view.fit([hit.node] if hit else None)

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom; what is under the cursor stays there."""
        notches = event.angleDelta().y() / 120.0
        if notches:
            self._view.stop_flight()
            hit = self._pick(event.position())
            anchor = hit.point_in_world if hit else self._middle(event.position())
            self._view.set_camera(self._view.camera.zoomed(1.2**notches, anchor))
        event.accept()

    def leave(self) -> None:
        """The cursor left: nothing is hovered."""
        self._hover_timer.stop()
        self._tell("")

    def _hover(self) -> None:
        hit = self._pick(self._hover_at)
        self._tell(hit.node if hit else "")

    def _tell(self, node: str) -> None:
        if node != self._hovered:
            self._hovered = node
            self._view.hover(NodeId(node) if node else None)
            self._view.hovered.emit(node)

    def _middle(self, at: QPointF) -> NDArray[np.float64]:
        """The point under the cursor at the target's depth."""
        camera = self._view.camera
        origin, direction = camera.ray(self._px(at), self._view.scene.size_px)
        along = camera.depth_of(np.array(camera.target_m)) / max(float(direction @ camera.forward), 1e-9)
        return origin + direction * along

    def _px(self, at: QPointF) -> tuple[float, float]:
        ratio = self._view.devicePixelRatioF()
        return at.x() * ratio, at.y() * ratio

    def _pick(self, at: QPointF) -> Hit | None:
        return self._view.scene.pick(*self._px(at))
