"""Walking and flying through the scene: keys move, the mouse looks round, walls stop, floors carry."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from viewer.render.camera import Camera
from viewer.render.surroundings import Surroundings
from viewer.render.walking import EYE_M, Person, standing_below, standing_near, walked
from viewer.ui.tools import Tool

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

_TICK_MS = 16
_LONGEST_S = 0.1
"""Of a step after a slow frame: time that the picture did not show is not walked."""
_WALK_MPS, _RUN = 1.6, 2.5
_SLOWEST, _FASTEST = 0.05, 60.0
_TURN_RAD_PER_PX = math.radians(0.22)
_TURN_RAD_PER_S = math.radians(80.0)
_ANGLE_RAD = math.radians(60.0)
_AHEAD_M = 2.5
_EYE_FOLLOWS_PER_S = 12.0
_STALE_S = 0.3
_KEYS = {
    Qt.Key.Key_W: "forward", Qt.Key.Key_S: "back", Qt.Key.Key_A: "left", Qt.Key.Key_D: "right",
    Qt.Key.Key_Up: "forward", Qt.Key.Key_Down: "back", Qt.Key.Key_Left: "turn_left", Qt.Key.Key_Right: "turn_right",
    Qt.Key.Key_Q: "turn_left", Qt.Key.Key_E: "turn_right", Qt.Key.Key_Space: "up", Qt.Key.Key_C: "down",
}  # fmt: skip
_HINT = {
    False: "W A S D: walk   ·   drag: look round   ·   Shift: run   ·   wheel: speed   ·   double click: stand there"
    "   ·   G: fly   ·   Esc: back",
    True: "W A S D: fly where you look   ·   Space, C: up, down   ·   Shift: faster   ·   wheel: speed   ·   G: walk"
    "   ·   Esc: back",
}  # fmt: skip


class WalkTool(Tool):
    """Moves only while keys are held or one falls. Main thread."""

    id = "walk"
    hint = _HINT[False]

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self._held: set[str] = set()
        self._runs = self._flies = False
        self._speed = 1.0
        self._person: Person | None = None
        self._eye_z = 0.0
        self._around: Surroundings | None = None
        self._gathered: tuple[int, float] = (-1, 0.0)
        self._before: Camera | None = None
        self._comes_back = False
        self._pressed_at: QPointF | None = None
        self._then_s = 0.0
        self.step_s = 0.0
        """What the last step cost."""
        self._timer = QTimer(QObject(window), interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.setParent(window)
        self._timer.timeout.connect(self.tick)

    # -- taking up and putting down

    def begin(self) -> None:
        """Stand on the nearest floor below the camera, looking the way it looks."""
        view = self._w.view3d
        view.stop_flight()
        self._before, camera = view.camera, view.camera
        around: Surroundings = view.scene.surroundings()
        self._around, self._flies, self._speed = around, False, 1.0
        self._held.clear()
        eye = camera.eye_m
        bounds = view.scene.bounds()
        if not ((eye[:2] >= bounds[0, :2]) & (eye[:2] <= bounds[1, :2])).all():
            eye = np.clip(np.array(camera.target_m), bounds[0], bounds[1]) + np.array([0.0, 0.0, EYE_M])
        found = standing_near(around, eye) or standing_below(around, np.array([eye[0], eye[1], bounds[1, 2] + 1.0]))
        self._stand(found or Person((float(eye[0]), float(eye[1]), float(bounds[0, 2]))), pitch_rad=-0.05)
        view.setFocus()

    def _stand(self, person: Person, *, pitch_rad: float | None = None) -> None:
        """Fly to where somebody stands."""
        view = self._w.view3d
        self._person, self._eye_z = person, person.foot_m[2] + EYE_M
        pitch = view.camera.pitch_rad if pitch_rad is None else pitch_rad
        turned = replace(view.camera, pitch_rad=pitch, distance_m=_AHEAD_M, angle_rad=_ANGLE_RAD, parallel=False)
        view.fly(_with_eye(turned, person.eye_m))
        view.set_hint(_HINT[self._flies])

    def go_back(self) -> None:
        """Stop walking, and fly back to the view that there was before."""
        self._comes_back = True
        self._w.set_tool("select")

    def end(self) -> None:
        """Fly back after `go_back`. Where another tool was taken up, one wants to work here: the place is kept, with the opening
        angle that there was before, and the middle of the view is what one turns about."""
        self._timer.stop()
        self._held.clear()
        view, before = self._w.view3d, self._before
        view.stop_flight()
        comes_back, self._comes_back = self._comes_back, False
        if before is not None and comes_back:
            stood = view.camera
            view.fly(before)
            self._w.notifications.say(
                "Back at the view from before the walk", offer=("Return to where I stood", lambda: view.fly(stood))
            )
        elif before is not None:
            eye, ahead = view.camera.eye_m, view.scene.pick(view.scene.size_px[0] / 2.0, view.scene.size_px[1] / 2.0)
            distance = min(max(ahead.distance_m if ahead is not None else _AHEAD_M, 1.0), 50.0)
            view.set_camera(_with_eye(replace(view.camera, distance_m=distance, angle_rad=before.angle_rad), eye))

    # -- keys and mouse

    def wants_key(self, event: QKeyEvent) -> bool:
        """Its keys are shortcuts of actions elsewhere; with Control or Alt they stay that."""
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        return plain and (Qt.Key(event.key()) in _KEYS or event.key() in (Qt.Key.Key_G, Qt.Key.Key_Shift))

    def key_press(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.go_back()
            return True
        if not self.wants_key(event):
            return False
        if event.key() == Qt.Key.Key_G:
            if not event.isAutoRepeat():
                self._change_way()
        elif event.key() == Qt.Key.Key_Shift:
            self._runs = True
        else:
            self._runs = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._held.add(_KEYS[Qt.Key(event.key())])
            self._start()
        return True

    def key_release(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Shift:
            self._runs = False
        elif not event.isAutoRepeat():
            self._held.discard(_KEYS.get(Qt.Key(event.key()), ""))
        return Qt.Key(event.key()) in _KEYS

    def press(self, event: QMouseEvent) -> bool:
        self._pressed_at = event.position()
        return True

    def move(self, event: QMouseEvent) -> bool:
        if self._pressed_at is None or not event.buttons():
            return True
        step = event.position() - self._pressed_at
        self._pressed_at = event.position()
        self.turn(step.x() * _TURN_RAD_PER_PX, step.y() * _TURN_RAD_PER_PX)
        return True

    def release(self, event: QMouseEvent) -> bool:
        self._pressed_at = None
        return True

    def double_click(self, event: QMouseEvent) -> bool:
        """Stand where the floor was clicked."""
        view = self._w.view3d
        ratio = view.devicePixelRatioF()
        hit = view.scene.pick(event.position().x() * ratio, event.position().y() * ratio)
        if hit is not None and self._around is not None:
            above = hit.point_in_world + hit.normal * 0.3 + [0.0, 0.0, 0.05]
            found = standing_below(self._around, above)
            if found is not None:
                self._flies = False
                self._stand(found)
        return True

    def wheel(self, event: QWheelEvent) -> bool:
        self._speed = min(max(self._speed * 1.25 ** (event.angleDelta().y() / 120.0), _SLOWEST), _FASTEST)
        self._w.view3d.set_hint(f"{_HINT[self._flies]}   ·   {_WALK_MPS * self._speed:.2g} m/s")
        return True

    def _change_way(self) -> None:
        """Walk or fly; who stops flying falls to the floor."""
        self._flies = not self._flies
        view = self._w.view3d
        view.set_hint(_HINT[self._flies])
        if not self._flies:
            x, y, z = view.camera.eye_m.tolist()
            self._person, self._eye_z = Person((x, y, z - EYE_M)), z
            self._start()

    def turn(self, right_rad: float, down_rad: float) -> None:
        """Look elsewhere from where one stands."""
        camera = self._w.view3d.camera
        self._w.view3d.stop_flight()
        pitch = min(max(camera.pitch_rad - down_rad, -1.5), 1.5)
        heading = math.remainder(camera.heading_rad - right_rad, 2.0 * math.pi)
        self._w.view3d.set_camera(_with_eye(replace(camera, heading_rad=heading, pitch_rad=pitch), camera.eye_m))

    # -- motion

    def _start(self) -> None:
        if not self._timer.isActive():
            self._then_s = time.perf_counter()
            self._timer.start()

    def tick(self) -> None:
        """One frame's motion, by the time that has passed."""
        now_s = time.perf_counter()
        dt_s, self._then_s = min(now_s - self._then_s, _LONGEST_S), now_s
        self.advance(dt_s)
        self.step_s = time.perf_counter() - now_s
        if not self._held and not self._moves_by_itself():
            self._timer.stop()

    def _moves_by_itself(self) -> bool:
        """Whether one falls, or the eyes still follow the feet."""
        if self._flies or self._person is None:
            return False
        return self._person.fall_mps > 0.0 or abs(self._person.foot_m[2] + EYE_M - self._eye_z) > 0.002

    def advance(self, dt_s: float) -> None:
        """Move on by a time, as the held keys say."""
        view = self._w.view3d
        view.stop_flight()
        camera = view.camera
        turn = ("turn_left" in self._held) - ("turn_right" in self._held)
        if turn:
            camera = _with_eye(replace(camera, heading_rad=camera.heading_rad + turn * _TURN_RAD_PER_S * dt_s), camera.eye_m)
        speed = _WALK_MPS * self._speed * (_RUN if self._runs else 1.0)
        ahead, aside = ("forward" in self._held) - ("back" in self._held), ("right" in self._held) - ("left" in self._held)
        eye = self._flown(camera, ahead, aside, speed * dt_s) if self._flies else self._gone(camera, ahead, aside, speed, dt_s)
        if eye is not None:
            view.set_camera(_with_eye(replace(camera, distance_m=_AHEAD_M, angle_rad=_ANGLE_RAD), eye))

    def _flown(self, camera: Camera, ahead: int, aside: int, way_m: float) -> NDArray[np.float64]:
        rise = ("up" in self._held) - ("down" in self._held)
        way = camera.forward * ahead + camera.right * aside + np.array([0.0, 0.0, 1.0]) * rise
        length = float(np.linalg.norm(way))
        return camera.eye_m + way * (way_m / length if length > 0.0 else 0.0)

    def _gone(self, camera: Camera, ahead: int, aside: int, speed_mps: float, dt_s: float) -> NDArray[np.float64] | None:
        if self._person is None or self._around is None:
            return None
        level = np.array([math.cos(camera.heading_rad), math.sin(camera.heading_rad)])
        way = level * ahead + camera.right[:2] * aside
        length = float(np.hypot(*way))
        self._keep_fresh()
        self._person = walked(self._person, self._around, way * (speed_mps / length if length > 0.0 else 0.0), dt_s)
        wanted = self._person.foot_m[2] + EYE_M
        self._eye_z += (wanted - self._eye_z) * (1.0 - math.exp(-_EYE_FOLLOWS_PER_S * dt_s))
        if self._person.fall_mps > 0.0:
            self._eye_z = wanted
        return np.array([self._person.foot_m[0], self._person.foot_m[1], self._eye_z])

    def _keep_fresh(self) -> None:
        """Machines move: what is around is gathered anew a few times a second."""
        version, now_s = self._w.view3d.scene.poses_version, time.perf_counter()
        if self._around is not None and version != self._gathered[0] and now_s > self._gathered[1] + _STALE_S:
            self._around.forget()
            self._gathered = (version, now_s)


def _with_eye(camera: Camera, eye_m: NDArray[np.float64]) -> Camera:
    x, y, z = (eye_m + camera.forward * camera.distance_m).tolist()
    return replace(camera, target_m=(x, y, z))
