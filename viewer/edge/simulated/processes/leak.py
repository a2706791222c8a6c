"""Leak tests by pressure decay: fill, stabilise, measure, vent; the leak rate comes from the measured fall.

At constant volume and laminar leakage the gauge pressure falls as p0 exp(-t / tau), so the leak rate is Q = -V dp/dt = V p /
tau (DIN EN 1779, method D.1; EN 13184). While the filled gas gives off the heat of its compression, pressure falls by a further
part with a time constant of its own; the stabilising phase waits for that.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.edge.simulated.curves import grid, stepped
from viewer.edge.simulated.device import Device
from viewer.edge.simulated.playback import Curve
from viewer.edge.simulated.work import Job

Array = NDArray[np.float64]
MBAR_L_PER_PA_M3 = 10.0
FILL, STABLE, MEASURED, VENT = 0.2, 0.5, 0.88, 1.0
"""Ends of the phases, fractions of the job."""


def pressure_pa(t_s: Array, *, duration_s: float, full_pa: float, tau_s: float, cooling: float = 0.015) -> Array:
    """Gauge pressure (n,) at working times (n,)."""
    fill_s, stable_s, measured_s = FILL * duration_s, STABLE * duration_s, MEASURED * duration_s
    quick_s = fill_s / 6.0
    filled = full_pa * (1.0 - math.exp(-6.0))
    since = np.clip(t_s - fill_s, 0.0, measured_s - fill_s)
    held = filled * np.exp(-since / tau_s) * (1.0 - cooling * (1.0 - np.exp(-since / ((stable_s - fill_s) / 6.0))))
    rising = full_pa * (1.0 - np.exp(-np.minimum(t_s, fill_s) / quick_s))
    venting = np.exp(-np.maximum(t_s - measured_s, 0.0) / (0.02 * duration_s))
    return np.where(t_s < fill_s, rising, held) * venting


def leak_rate_mbar_l_s(t_s: Array, p_pa: Array, volume_m3: float) -> float:
    """Leak rate from pressures (n,) measured at times (n,): volume times the fall of the straight line fitted to them."""
    centred = t_s - t_s.mean()
    slope = float(centred @ p_pa / (centred @ centred))
    return -slope * volume_m3 * MBAR_L_PER_PA_M3


class LeakTest(Device):
    """A bell or an adapter with a pressure gauge; a damaged seal leaks beside the part."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.full_pa, self.volume_m3 = float(parameters["full_pa"]), float(parameters["volume_m3"])
        self.tau_s, self.highest = float(parameters["tau_s"]), float(parameters["highest"])
        self.gap_matters = bool(parameters.get("lid_gap", False))
        playback = self.surroundings.playback
        usual = self.full_pa / self.tau_s * self.volume_m3 * MBAR_L_PER_PA_M3
        self.playbacks = [playback(f"{self.station}.pressure"), playback(f"{self.station}.leak_rate", rest=usual)]

    def _test(self, job: Job) -> tuple[Array, Array, float]:
        """Times, measured pressures and leak rate of a job."""
        chance = self.chance(job, "leak")
        tau_s = self.tau_s * float(np.exp(0.15 * chance.normal()))
        if self.gap_matters:
            tau_s /= 1.0 + 12.0 * max(0.0, abs(job.unit.facts.get("lid_gap", 0.8) - 0.8) - 0.2)
        faults, t_s = self.surroundings.faults, job.moment_s(0.0)
        if faults.active("leak_seal_damaged", t_s):
            tau_s /= faults.parameter("leak_seal_damaged", "leak_factor", t_s)
        p_s = grid(job.duration_s, [(0.0, job.duration_s)], 20.0)
        pressure = pressure_pa(p_s, duration_s=job.duration_s, full_pa=self.full_pa, tau_s=tau_s)
        pressure = pressure + 0.1 * chance.normal(size=len(p_s))
        measuring = (p_s >= STABLE * job.duration_s) & (p_s <= MEASURED * job.duration_s)
        return p_s, pressure, leak_rate_mbar_l_s(p_s[measuring], pressure[measuring], self.volume_m3)

    def curves(self, job: Job) -> list[Curve]:
        p_s, pressure, rate = self._test(job)
        before = float(self.playbacks[1].standing()[0])
        return [Curve(p_s, pressure[:, None]), stepped(job.duration_s, [MEASURED * job.duration_s], [rate], before)]

    def finish(self, job: Job) -> None:
        rate = self._test(job)[2]
        job.unit.facts[f"{self.station}.leak_rate"] = rate
        if rate > self.highest:
            job.unit.defects.add(f"leak at {self.station}")
