"""The camera as pure mathematics: a roll-free turntable with z up that orbits, pans, zooms, fits and flies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from viewer.twin.process import View

Vector = NDArray[np.float64]
_STEEPEST = math.radians(89.999)
DEFAULT_ANGLE_RAD = math.radians(30.0)

STANDARD_VIEWS: dict[str, tuple[float, float]] = {
    "iso": (math.radians(55.0), math.radians(-30.0)),
    "top": (math.pi / 2, -math.pi / 2),
    "bottom": (math.pi / 2, math.pi / 2),
    "front": (math.pi / 2, 0.0),
    "back": (-math.pi / 2, 0.0),
    "right": (math.pi, 0.0),
    "left": (0.0, 0.0),
}
"""Heading and pitch of the line of sight. Front looks along +y, right looks along -x (from the right-hand side)."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A viewpoint. `heading_rad` turns the line of sight about z (0 looks along +x), `pitch_rad` lifts it (down is negative)."""

    target_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    heading_rad: float = STANDARD_VIEWS["iso"][0]
    pitch_rad: float = STANDARD_VIEWS["iso"][1]
    distance_m: float = 10.0
    """From the eye to the target."""
    angle_rad: float = DEFAULT_ANGLE_RAD
    """Vertical opening angle; in a parallel picture it sets the height seen: 2 tan(angle/2) distance."""
    parallel: bool = False

    @property
    def forward(self) -> Vector:
        """Unit line of sight."""
        ch, sh, cp, sp = self._angles()
        return np.array([ch * cp, sh * cp, sp])

    @property
    def right(self) -> Vector:
        """Unit vector to the picture's right; always level."""
        ch, sh, _, _ = self._angles()
        return np.array([sh, -ch, 0.0])

    @property
    def up(self) -> Vector:
        """Unit vector to the picture's upper edge."""
        ch, sh, cp, sp = self._angles()
        return np.array([-ch * sp, -sh * sp, cp])

    @property
    def eye_m(self) -> Vector:
        """Where the camera stands."""
        return np.array(self.target_m) - self.forward * self.distance_m

    def _angles(self) -> tuple[float, float, float, float]:
        return math.cos(self.heading_rad), math.sin(self.heading_rad), math.cos(self.pitch_rad), math.sin(self.pitch_rad)

    def view_from_world(self) -> NDArray[np.float64]:
        """(4, 4): x right, y up, looking along -z."""
        turn = np.stack([self.right, self.up, -self.forward])
        result = np.eye(4)
        result[:3, :3] = turn
        result[:3, 3] = -turn @ self.eye_m
        return result

    def height_seen_m(self) -> float:
        """Height of the picture at the target's distance."""
        return 2.0 * self.distance_m * math.tan(self.angle_rad / 2.0)

    def pixels_per_m(self, height_px: int) -> float:
        """Of a length across the line of sight: at distance 1 in perspective, anywhere in a parallel picture."""
        return height_px / (self.height_seen_m() if self.parallel else 2.0 * math.tan(self.angle_rad / 2.0))

    def ray(self, at_px: tuple[float, float], size_px: tuple[int, int]) -> tuple[Vector, Vector]:
        """Origin and unit direction of the ray through a pixel (origin at the upper left)."""
        x = (at_px[0] - size_px[0] / 2.0) / (size_px[1] / 2.0)
        y = (size_px[1] / 2.0 - at_px[1]) / (size_px[1] / 2.0)
        across = self.right * x + self.up * y
        if self.parallel:
            return self.eye_m + across * (self.height_seen_m() / 2.0), self.forward
        direction = self.forward + across * math.tan(self.angle_rad / 2.0)
        return self.eye_m, direction / np.linalg.norm(direction)

    def to_pixels(self, points_in_world: NDArray[np.float64], size_px: tuple[int, int]) -> NDArray[np.float64]:
        """(n, 3): pixel x and y from the upper left, and depth in metres along the line of sight (negative: behind)."""
        relative = np.atleast_2d(points_in_world) - self.eye_m
        depth = relative @ self.forward
        scale = self.pixels_per_m(size_px[1]) / (1.0 if self.parallel else np.where(np.abs(depth) > 1e-12, depth, 1e-12))
        x = size_px[0] / 2.0 + (relative @ self.right) * scale
        y = size_px[1] / 2.0 - (relative @ self.up) * scale
        return np.stack([x, y, np.maximum(depth, 1e-6) if self.parallel else depth], axis=1)

    def depth_of(self, point_m: Vector) -> float:
        """Distance of a point along the line of sight."""
        return float((point_m - self.eye_m) @ self.forward)

    def orbited(self, right_rad: float, up_rad: float, about_m: Vector | None = None) -> Camera:
        """Turned about a point (the target where None), which keeps its place in the picture."""
        pitch = max(-_STEEPEST, min(_STEEPEST, self.pitch_rad - up_rad))
        turned = replace(self, heading_rad=_wrapped(self.heading_rad - right_rad), pitch_rad=pitch)
        if about_m is None:
            return turned
        offset = self.view_from_world()[:3, :3] @ (about_m - self.eye_m)
        eye = about_m - turned.view_from_world()[:3, :3].T @ offset
        return replace(turned, target_m=_tuple(eye + turned.forward * self.distance_m))

    def panned(
        self, from_px: tuple[float, float], to_px: tuple[float, float], size_px: tuple[int, int], depth_m: float
    ) -> Camera:
        """Shifted so that what was under `from_px` at that depth is under `to_px`."""
        scale = self.pixels_per_m(size_px[1]) / (1.0 if self.parallel else max(depth_m, 1e-9))
        shift = self.right * ((from_px[0] - to_px[0]) / scale) + self.up * ((to_px[1] - from_px[1]) / scale)
        return replace(self, target_m=_tuple(np.array(self.target_m) + shift))

    def zoomed(self, factor: float, at_m: Vector | None = None) -> Camera:
        """Nearer by `factor` (over 1) or farther (under 1); the given point keeps its place in the picture."""
        distance = min(max(self.distance_m / factor, 1e-5), 1e6)
        anchor = np.array(self.target_m) if at_m is None else at_m
        ratio = distance / self.distance_m
        target = anchor + (np.array(self.target_m) - anchor) * ratio
        return replace(self, target_m=_tuple(target), distance_m=distance)

    def fitted(self, bounds_m: NDArray[np.float64], aspect: float, margin: float = 1.06) -> Camera:
        """Same direction, near enough that the (2, 3) box just fits and is centred; `aspect` is width / height."""
        centre, half = bounds_m.mean(axis=0), np.ptp(bounds_m, axis=0) / 2.0
        half = np.maximum(half, max(float(half.max()), 1e-6) * 1e-6)
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)
        turn = np.stack([self.right, self.up, self.forward], axis=1)
        corners = signs * half @ turn
        slope = np.array([aspect, 1.0]) * math.tan(self.angle_rad / 2.0) / margin
        offset, distance = _centred(corners, slope, parallel=self.parallel)
        target = centre + turn[:, :2] @ offset
        return replace(self, target_m=_tuple(target), distance_m=max(distance, 1e-4))

    def facing(self, name: str) -> Camera:
        """Turned to a standard view about the target. Raises KeyError for an unknown name."""
        heading, pitch = STANDARD_VIEWS[name]
        return replace(self, heading_rad=heading, pitch_rad=max(-_STEEPEST, min(_STEEPEST, pitch)))

    def as_view(self, name: str) -> View:
        """This viewpoint to be saved."""
        eye, up = self.eye_m, self.up
        return View(name, _tuple(eye), self.target_m, _tuple(up), self.angle_rad, self.parallel)


def camera_of(view: View) -> Camera:
    """The camera of a saved view; a roll in it is dropped. A view onto its own eye looks along +y."""
    parallel = view.parallel
    line = np.array(view.target_m) - np.array(view.position_m)
    distance = float(np.linalg.norm(line))
    if distance < 1e-9:
        return Camera(view.target_m, math.pi / 2, 0.0, 1.0, view.angle_rad, parallel)
    direction = line / distance
    pitch = math.asin(max(-1.0, min(1.0, float(direction[2]))))
    level = direction[:2] if math.hypot(*direction[:2]) > 1e-6 else -math.copysign(1.0, pitch) * np.array(view.up[:2])
    heading = math.atan2(level[1], level[0]) if math.hypot(*level) > 1e-9 else math.pi / 2
    return Camera(view.target_m, heading, max(-_STEEPEST, min(_STEEPEST, pitch)), distance, view.angle_rad, parallel)


@dataclass(frozen=True, slots=True)
class Flight:
    """A smooth way from one viewpoint to another; time is passed in."""

    start: Camera
    end: Camera
    begun_s: float
    lasting_s: float = 0.6

    def at(self, now_s: float) -> tuple[Camera, bool]:
        """The viewpoint at a time, and whether the flight has ended. Distances change by ratio, so both scales feel alike."""
        u = min(max((now_s - self.begun_s) / max(self.lasting_s, 1e-9), 0.0), 1.0)
        if u >= 1.0:
            return self.end, True
        s = u * u * u * (u * (6.0 * u - 15.0) + 10.0)
        a, b = self.start, self.end
        distance = a.distance_m ** (1.0 - s) * b.distance_m**s
        heading = a.heading_rad + _wrapped(b.heading_rad - a.heading_rad) * s
        share = s if abs(a.distance_m - b.distance_m) < 1e-9 else (a.distance_m - distance) / (a.distance_m - b.distance_m)
        target = np.array(a.target_m) + (np.array(b.target_m) - np.array(a.target_m)) * share
        pitch = a.pitch_rad + (b.pitch_rad - a.pitch_rad) * s
        angle = a.angle_rad + (b.angle_rad - a.angle_rad) * s
        return Camera(_tuple(target), heading, pitch, distance, angle, b.parallel), False


def clipping_range(
    camera: Camera, box_centre: NDArray[np.float64], box_half: NDArray[np.float64], *, size_px: tuple[int, int]
) -> tuple[float, float]:
    """Near and far distance that hold all boxes (n, 3) in front of the eye, with depth resolution left for close work."""
    fallback = (camera.distance_m * 0.01, camera.distance_m * 10.0)
    if len(box_centre) == 0:
        return fallback
    forward = camera.forward
    middle = (box_centre - camera.eye_m) @ forward
    reach = box_half @ np.abs(forward)
    far = float((middle + reach).max())
    if camera.parallel:
        near = float((middle - reach).min())
        slack = max(far - near, 1e-3) * 0.01
        return near - slack, far + slack
    if far <= 0.0:
        return fallback
    seen = in_sight(camera, box_centre, box_half, size_px)
    near = float((middle - reach)[seen].min(initial=far))
    closest = min(camera.distance_m * 0.05, far * 0.002)
    near = max(near * 0.98, closest, far * 2e-6)
    return near, max(far * 1.02, near * 1.01)


def in_sight(
    camera: Camera, centre: NDArray[np.float64], half: NDArray[np.float64], size_px: tuple[int, int]
) -> NDArray[np.bool_]:
    """Which boxes may be in the picture."""
    tangent = math.tan(camera.angle_rad / 2.0)
    wide = tangent * size_px[0] / max(size_px[1], 1)
    relative = centre - camera.eye_m
    seen = (relative @ camera.forward + half @ np.abs(camera.forward)) > 0.0
    for side, slope in ((camera.right, wide), (-camera.right, wide), (camera.up, tangent), (-camera.up, tangent)):
        normal = side - camera.forward * slope
        seen &= relative @ normal - half @ np.abs(normal) <= 0.0
    return seen


def _centred(corners: NDArray[np.float64], slope: NDArray[np.float64], *, parallel: bool) -> tuple[NDArray[np.float64], float]:
    """Shift (2,) and distance at which points (right, up, forward) just fill a picture whose sides open by `slope` (2,)."""
    across, depth = corners[:, :2], corners[:, 2:]
    if parallel:
        return across.min(axis=0) / 2 + across.max(axis=0) / 2, float((np.ptp(across, axis=0) / 2 / slope).max())
    # Each side's plane through the eye touches one corner: x <= slope * (distance + depth) + shift, and so for the other sides.
    high, low = (across - slope * depth).max(axis=0), (across + slope * depth).min(axis=0)
    distance = float(((high - low) / 2 / slope).max())
    return (high + low) / 2, distance


def _wrapped(angle_rad: float) -> float:
    return math.remainder(angle_rad, 2.0 * math.pi)


def _tuple(vector: Vector) -> tuple[float, float, float]:
    return (float(vector[0]), float(vector[1]), float(vector[2]))
