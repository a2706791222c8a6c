"""Joint trajectories: waypoints of the tool become joint angles over time, within the joints' speed limits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.simulated.kinematics import continuous, inverse, tool_rotation

Array = NDArray[np.float64]
STEP_S = 1 / 60
_PEAK = 1.875
"""Greatest speed of the quintic with rest at both ends, in multiples of way over time."""


def quintic(u: Array) -> Array:
    """10 u^3 - 15 u^4 + 6 u^5: from 0 to 1 with no speed and no acceleration at either end (Craig, Robotics, sec. 7.3)."""
    return u * u * u * (10.0 + u * (6.0 * u - 15.0))


@dataclass(frozen=True, slots=True)
class ToolPose:
    """Where the tool's tip is to be, in the robot's base: metres, radians."""

    xyz_m: tuple[float, float, float]
    yaw: float = 0.0
    tilt: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the program in which the process works: fractions of the whole program, and what it is."""

    begin: float
    end: float
    what: str


@dataclass(slots=True, eq=False)
class Trajectory:
    """A growing table of joint angles at equal steps of `STEP_S`."""

    robot: str
    tool_m: float
    limits_rad_s: Array
    rows: list[Array] = field(default_factory=list[Array])
    marks: list[tuple[float, float, str]] = field(default_factory=list[tuple[float, float, str]])
    """(begin, end, what), seconds."""

    @property
    def length_s(self) -> float:
        """Time from the first row to the last."""
        return (sum(len(one) for one in self.rows) - 1) * STEP_S

    def begin_at(self, pose: ToolPose) -> None:
        """Stand at a pose."""
        self.rows.append(self._solved([pose], None))

    def go(self, pose: ToolPose) -> None:
        """A free move, all joints together on one quintic, as fast as the slowest joint allows."""
        first = self.rows[-1][-1]
        way = self._solved([pose], first)[0] - first
        longest_s = float(np.max(_PEAK * np.abs(way) / self.limits_rad_s))
        u = self._steps(longest_s)
        self.rows.append(first + quintic(u)[:, None] * way)

    def line(self, poses: list[ToolPose], speed_m_s: float, what: str = "") -> None:
        """Straight lines through poses from the present one on (the first), at one speed with soft ends; marked where named."""
        points = np.array([one.xyz_m for one in poses])
        ways = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        duration_s = _PEAK * ways[-1] / speed_m_s if what == "" else ways[-1] / speed_m_s + 0.5
        while True:
            u = self._steps(duration_s)
            s = (quintic(u) if what == "" else _soft_ends(u, min(0.3, 0.25 / duration_s))) * ways[-1]
            xyz = np.stack([np.interp(s, ways, points[:, i]) for i in range(3)], axis=1)
            angles = [np.interp(s, ways, [getattr(one, name) for one in poses]) for name in ("yaw", "tilt")]
            row = self._solve(xyz, angles[0], angles[1], self.rows[-1][-1])
            fastest = np.abs(np.diff(row, axis=0, prepend=self.rows[-1][-1:])).max(axis=0) / STEP_S / self.limits_rad_s
            if fastest.max() <= 1.0:
                break
            duration_s *= max(1.05, float(fastest.max()))
        self._marked(row, what)

    def wait(self, seconds: float, what: str = "") -> None:
        """Stand still; marked where named."""
        count = max(1, round(seconds / STEP_S))
        self._marked(np.repeat(self.rows[-1][-1:], count, axis=0), what)

    def _marked(self, rows: Array, what: str) -> None:
        begin = self.length_s
        self.rows.append(rows)
        if what:
            self.marks.append((begin, self.length_s, what))

    def _steps(self, seconds: float) -> Array:
        count = max(1, int(np.ceil(seconds / STEP_S)))
        return np.arange(1, count + 1) / count

    def _solved(self, poses: list[ToolPose], before: Array | None) -> Array:
        xyz = np.array([one.xyz_m for one in poses])
        return self._solve(xyz, np.array([p.yaw for p in poses]), np.array([p.tilt for p in poses]), before)

    def _solve(self, xyz: Array, yaw: Array, tilt: Array, before: Array | None) -> Array:
        joints = inverse(xyz, tool_rotation(yaw, tilt), self.tool_m)
        lost = np.isnan(joints).any(axis=1)
        if lost.any():
            far = xyz[int(np.argmax(lost))]
            where = ", ".join(f"{one:.2f}" for one in far)
            raise UserMistake(f"robot {self.robot} can't reach ({where}) m in its own frame: move the target nearer")
        return continuous(joints, before)


def _soft_ends(u: Array, ramp: float) -> Array:
    """The trapezoid in speed: from 0 to 1 with constant acceleration over the first and last `ramp` of the time."""
    top = 1.0 / (1.0 - ramp)
    rising = 0.5 * top * u * u / ramp
    falling = 1.0 - 0.5 * top * (1.0 - u) ** 2 / ramp
    return np.where(u < ramp, rising, np.where(u > 1.0 - ramp, falling, top * (u - 0.5 * ramp)))
