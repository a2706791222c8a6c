"""Bolt tightening: the torque-angle curve of each bolt, and the final torque at which the spindle stops.

The joint's model (VDI/VDE 2862 and ISO 5393 call the phases run-down, alignment, elastic clamping): a free run-down at
prevailing torque, then torque rising parabolically while the parts seat, then linearly with the joint's stiffness until the
spindle stops at its target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.edge.simulated.curves import Window, evenly, grid, stepped
from viewer.edge.simulated.device import Device
from viewer.edge.simulated.playback import Curve
from viewer.edge.simulated.work import Job

Array = NDArray[np.float64]
RATE_HZ = 200.0


@dataclass(frozen=True, slots=True)
class Joint:
    """One bolt's torque over angle. Torques N·m, angles degrees, stiffness N·m per degree."""

    prevailing: float
    snug_deg: float
    seating_deg: float
    stiffness: float

    def torque(self, angle_deg: Array) -> Array:
        """Torque (n,) at angles (n,): continuous, with a continuous slope."""
        past = np.maximum(angle_deg - self.snug_deg, 0.0)
        parabola = self.stiffness * past * past / (2 * self.seating_deg)
        line = self.stiffness * (past - self.seating_deg / 2)
        return self.prevailing + np.where(past < self.seating_deg, parabola, line)

    def angle_at(self, torque: float) -> float:
        """The angle at which a torque in the linear part is reached: the inverse of `torque`."""
        return self.snug_deg + self.seating_deg / 2 + (torque - self.prevailing) / self.stiffness


class Tightening(Device):
    """A spindle that tightens the bolts of its program, or evenly spaced ones where it hangs in a gantry."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.name = str(parameters["name"])
        self.robot = str(parameters.get("robot", ""))
        self.bolts = int(parameters.get("bolts", 24))
        self.target = float(parameters["target"])
        self.highest = float(parameters["highest"])
        self.crosses = bool(parameters.get("crosses", False))
        with_angle = [f"{self.name}.angle"] if parameters.get("angle", True) else []
        playback = self.surroundings.playback
        self.playbacks = [playback(f"{self.name}.torque", *with_angle), playback(f"{self.name}.final_torque", rest=self.target)]
        self.columns = 1 + len(with_angle)

    def windows(self, job: Job) -> list[Window]:
        """When each bolt is turned."""
        if not self.robot:
            return evenly(job.duration_s, self.bolts, 0.06, 0.94)
        marks = self.surroundings.programs[self.robot].marks
        return [(one.begin * job.duration_s, one.end * job.duration_s) for one in marks if one.what == "bolt"]

    def joints(self, job: Job) -> tuple[list[Joint], Array]:
        """Each bolt's joint and final torque: scatter of thread, seat and spindle, and what a crossed thread does to them."""
        windows, chance = self.windows(job), self.chance(job, self.name)
        count = len(windows)
        scatter, luck = chance.normal(size=(count, 5)), chance.uniform(0.0, 100.0, size=count)
        faults = self.surroundings.faults
        joints: list[Joint] = []
        finals = self.target * (1.0 + 0.004 + 0.004 * np.abs(scatter[:, 4]))
        for i, (begin, _) in enumerate(windows):
            t_s = job.moment_s(begin)
            crossed = self.crosses and faults.active("tightening_cross_thread", t_s)
            crossed = crossed and luck[i] <= faults.parameter("tightening_cross_thread", "share", t_s)
            free, turns = self.target * 0.02, 1080.0
            if crossed:
                free, turns = self.target * 0.12, 360.0
                finals[i] = self.target * (1.18 + 0.03 * abs(scatter[i, 4]))
            stiffness = self.target / 80.0 * (1 + 0.06 * scatter[i, 2]) * (0.35 if crossed else 1.0)
            joints.append(
                Joint(free * (1 + 0.15 * scatter[i, 0]), turns + 8 * scatter[i, 1], 20.0 * (1 + 0.1 * scatter[i, 3]), stiffness)
            )
        return joints, finals

    def curves(self, job: Job) -> list[Curve]:
        windows = self.windows(job)
        joints, finals = self.joints(job)
        p_s = grid(job.duration_s, windows, RATE_HZ)
        values = np.zeros((len(p_s), 2))
        for (begin, end), joint, final in zip(windows, joints, finals.tolist(), strict=True):
            during = (p_s >= begin) & (p_s <= end)
            angle, stop = joint.angle_at(final), begin + 0.92 * (end - begin)
            ways = np.interp(p_s[during], [begin, begin + 0.55 * (end - begin), stop], [0.0, joint.snug_deg, angle])
            turning = p_s[during] <= stop
            values[during, 0] = np.where(turning, joint.torque(ways), 0.0)
            values[during, 1] = ways
            values[p_s > end, 1] = angle
        return [
            Curve(p_s, values[:, : self.columns]),
            stepped(job.duration_s, [one[1] for one in windows], finals, float(self.playbacks[1].standing()[0])),
        ]

    def finish(self, job: Job) -> None:
        if bool((self.joints(job)[1] > self.highest).any()):
            job.unit.defects.add(f"final torque at {self.name}")
