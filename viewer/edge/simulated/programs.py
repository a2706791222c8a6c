"""Motion programs: what each kind of process makes its robot do, as waypoints of the tool.

Targets are given in the station's frame and turned into the robot's here. Every program starts and ends at home.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from viewer.base.errors import UserMistake
from viewer.edge.simulated.tables import RobotTable, Triple
from viewer.edge.simulated.trajectory import ToolPose, Trajectory

_UPRIGHT_M, _LEAN = 2.3, 1.2
"""Farther out than this the tool leans outwards, by so many radians a metre, as a programmer would let it."""
HOME = ToolPose((1.35, 0.0, 1.65))


def in_base(table: RobotTable, xyz_m: Triple) -> ToolPose:
    """A tool pose in the robot's base for a target in the station's frame, the tool's turn square to the station."""
    yaw = math.radians(table.base_yaw_deg)
    dx, dy, dz = (a - b for a, b in zip(xyz_m, table.base_xyz_m, strict=True))
    x, y = math.cos(yaw) * dx + math.sin(yaw) * dy, -math.sin(yaw) * dx + math.cos(yaw) * dy
    return ToolPose((x, y, dz), 0.0, _LEAN * max(0.0, math.hypot(x, y) - _UPRIGHT_M))


def _above(pose: ToolPose, lift_m: float) -> ToolPose:
    x, y, z = pose.xyz_m
    return ToolPose((x, y, z + lift_m), pose.yaw, pose.tilt)


def _touch(motion: Trajectory, table: RobotTable, pose: ToolPose, what: str, dwell_s: float) -> None:
    """Over it, down, work, up."""
    over = _above(pose, table.lift_m)
    motion.go(over)
    motion.line([over, pose], table.line_speed_m_s)
    motion.wait(dwell_s, what)
    motion.line([pose, over], table.line_speed_m_s)


def _pick_and_place(motion: Trajectory, table: RobotTable) -> None:
    pick = in_base(table, table.pick_m)
    for target in table.targets_m:
        _touch(motion, table, pick, "pick", table.dwell_s)
        _touch(motion, table, in_base(table, target), "place", table.dwell_s)


def _spots(motion: Trajectory, table: RobotTable) -> None:
    """Row after row of spots; the tool stays low between neighbours."""
    poses = [in_base(table, one) for one in table.targets_m]
    motion.go(_above(poses[0], table.lift_m))
    for pose in poses:
        motion.go(_above(pose, 0.04))
        motion.line([_above(pose, 0.04), pose], table.line_speed_m_s)
        motion.wait(table.dwell_s, "spot")
        motion.line([pose, _above(pose, 0.04)], table.line_speed_m_s)
    motion.go(_above(poses[-1], table.lift_m))


def _bolts(motion: Trajectory, table: RobotTable) -> None:
    for target in table.targets_m:
        _touch(motion, table, in_base(table, target), "bolt", table.dwell_s)


def _bead(motion: Trajectory, table: RobotTable) -> None:
    """Along the targets as one line, process on."""
    poses = [in_base(table, one) for one in table.targets_m]
    motion.go(_above(poses[0], table.lift_m))
    motion.line([_above(poses[0], table.lift_m), poses[0]], 2 * table.line_speed_m_s)
    motion.line(poses, table.line_speed_m_s, "bead")
    motion.line([poses[-1], _above(poses[-1], table.lift_m)], 2 * table.line_speed_m_s)


PROGRAMS: dict[str, Callable[[Trajectory, RobotTable], None]] = {
    "pick_and_place": _pick_and_place,
    "spots": _spots,
    "bolts": _bolts,
    "bead": _bead,
}


def write(table: RobotTable) -> Trajectory:
    """The motion from home through the program and home again. Raises UserMistake for an unknown program or a far target."""
    if table.program not in PROGRAMS:
        raise UserMistake(f"robot {table.id} has no program «{table.program}»: use one of {', '.join(sorted(PROGRAMS))}")
    motion = Trajectory(table.id, table.tool_m, np.radians(table.joint_speed_deg_s))
    motion.begin_at(HOME)
    PROGRAMS[table.program](motion, table)
    motion.go(HOME)
    return motion
