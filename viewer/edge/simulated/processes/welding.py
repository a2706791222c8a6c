"""Laser welding of busbars: the pulse of the laser's current, the depth of each weld, and the wear of the tool.

In deep-penetration welding at constant speed depth goes with power (Swift-Hook and Gick, Welding Journal 52, 1973, 492-s),
power with the current of the diodes; a worn, soiled tool lets less of it through. Wear grows by a step per spot and is gone
after a tool change.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.edge.simulated.curves import grid, stepped
from viewer.edge.simulated.device import Device
from viewer.edge.simulated.playback import Curve
from viewer.edge.simulated.work import Job

Array = NDArray[np.float64]
RATE_HZ = 500.0
RIPPLE_HZ, RIPPLE = 90.0, 0.015


def pulse(share: Array) -> Array:
    """Envelope (n,) over the share (n,) of the pulse: up in a tenth, flat, down in a tenth."""
    return np.clip(np.minimum(share, 1.0 - share) / 0.1, 0.0, 1.0)


def depth_mm(current_a: Array, wear_percent: Array, *, nominal_mm: float, nominal_a: float) -> Array:
    """Weld depth (n,): in proportion to the current, a quarter less where the tool is worn out."""
    return nominal_mm * current_a / nominal_a * (1.0 - 0.25 * wear_percent / 100.0)


class LaserWeld(Device):
    """A laser head in a robot's hand."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.robot = str(parameters["robot"])
        self.nominal_a, self.nominal_mm = float(parameters["current"]), float(parameters["depth"])
        self.lowest_mm = float(parameters["lowest"])
        self.wear_per_spot, self.change_every = float(parameters["wear_per_spot"]), int(parameters["change_every"])
        self.wear = 0.0
        playback = self.surroundings.playback
        self.playbacks = [
            playback(f"{self.station}.weld_current"),
            playback(f"{self.station}.weld_depth", rest=self.nominal_mm),
            playback(f"{self.station}.tool_wear"),
        ]

    def remember(self, job: Job, t_s: float) -> None:
        job.memo["wear"] = 0.0 if self.change_every and job.number % self.change_every == 0 else self.wear

    def _spots(self, job: Job) -> tuple[Array, Array, Array, Array]:
        """Windows (n, 2), plateau currents, depths, and wear after each spot."""
        marks = [one for one in self.surroundings.programs[self.robot].marks if one.what == "spot"]
        windows = np.array([[one.begin, one.end] for one in marks]) * job.duration_s
        faults, chance = self.surroundings.faults, self.chance(job, "weld")
        times = [job.moment_s(one) for one in windows[:, 0].tolist()]
        share = [faults.effect("weld_current_low", "current", t, otherwise=100.0) / 100.0 for t in times]
        factor = [faults.effect("tool_wear_fast", "factor", t, otherwise=1.0) for t in times]
        noise = chance.normal(size=(len(marks), 2))
        current = self.nominal_a * np.array(share) * (1.0 + 0.003 * noise[:, 0])
        wear = np.minimum(100.0, job.memo.get("wear", 0.0) + self.wear_per_spot * np.cumsum(factor))
        depth = depth_mm(current, wear, nominal_mm=self.nominal_mm, nominal_a=self.nominal_a) + 0.015 * noise[:, 1]
        return windows, current, depth, wear

    def curves(self, job: Job) -> list[Curve]:
        windows, current, depth, wear = self._spots(job)
        p_s = grid(job.duration_s, [(a, b) for a, b in windows.tolist()], RATE_HZ)
        values = np.zeros((len(p_s), 1))
        for (begin, end), level in zip(windows.tolist(), current.tolist(), strict=True):
            during = (p_s >= begin) & (p_s <= end)
            t_s = p_s[during] - begin
            values[during, 0] = level * pulse(t_s / (end - begin)) * (1.0 + RIPPLE * np.sin(2 * np.pi * RIPPLE_HZ * t_s))
        before = float(self.playbacks[1].standing()[0])
        return [
            Curve(p_s, values),
            stepped(job.duration_s, windows[:, 1], depth, before),
            stepped(job.duration_s, windows[:, 1], wear, job.memo.get("wear", 0.0)),
        ]

    def finish(self, job: Job) -> None:
        _, _, depth, wear = self._spots(job)
        self.wear = float(wear[-1])
        job.unit.facts["tool_wear"] = self.wear
        if depth.min() < self.lowest_mm:
            job.unit.defects.add("weld depth")
