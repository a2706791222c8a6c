"""Adhesive: a heated hose under control, and the bead whose width follows the adhesive's viscosity.

The hose is a first-order system, tau dT/dt = T_ambient + P R - T (Åström and Murray, Feedback Systems, sec. 3.1), stepped
exactly over each control period; a PI controller drives the heater. Viscosity falls with temperature after Andrade (1930), mu ~
exp(B / T); at constant pressure the flow goes with 1 / mu, and the width of a bead of constant shape with the root of flow over
speed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.simulated.chance import key_of, normal_at
from viewer.edge.simulated.device import Device
from viewer.edge.simulated.playback import NS, Outbox
from viewer.edge.simulated.work import Job

PERIOD_NS = NS // 5
ANDRADE_K = 4000.0


def cooled_degc(start_degc: float, rest_degc: float, t_s: float, tau_s: float) -> float:
    """Temperature after a time at constant heating, where it would rest at `rest_degc`: the closed form of the first order."""
    return rest_degc + (start_degc - rest_degc) * math.exp(-t_s / tau_s)


def bead_width_mm(temp_degc: float, *, nominal_mm: float, nominal_degc: float) -> float:
    """Width of the bead at a temperature, by Andrade's law."""
    inverse = 1 / (nominal_degc + 273.15) - 1 / (temp_degc + 273.15)
    return nominal_mm * math.sqrt(math.exp(ANDRADE_K * inverse))


class Adhesive(Device):
    """The heater runs all the time; the bead is measured while the robot lays it."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.robot = str(parameters["robot"])
        self.setpoint, self.ambient = float(parameters.get("setpoint", 45.0)), float(parameters.get("ambient", 22.0))
        self.tau_s, self.gain_k = float(parameters.get("tau_s", 60.0)), float(parameters.get("gain_k", 60.0))
        self.nominal_mm, self.nominal_degc = float(parameters.get("width", 8.0)), self.setpoint
        self.lowest_mm = float(parameters.get("lowest", 6.5))
        channels = self.surroundings.channels(f"{self.station}.adhesive_temp", f"{self.station}.bead_width")
        self.temp_channel, self.bead_channel = channels[:1], channels[1:]
        self.setpoint_id = f"{self.station}.adhesive.heater_setpoint"
        has_one = self.setpoint_id in self.surroundings.index
        self.setpoint_channel = self.surroundings.channels(self.setpoint_id) if has_one else None
        self.is_told = False
        self.temp = self.setpoint
        self.integral = (self.setpoint - self.ambient) / self.gain_k
        self.width = self.nominal_mm
        self.keys = [key_of(self.surroundings.seed, self.station, what) for what in ("temp", "bead")]
        self.jobs: list[Job] = []

    def command(self, channel: str, value: float) -> bool:
        if channel != self.setpoint_id or self.setpoint_channel is None:
            return False
        hottest = self.ambient + self.gain_k
        if not self.ambient <= value <= hottest:
            raise UserMistake(f"the heater of {self.station} holds {self.ambient:g} to {hottest:g} degC, not {value:g}")
        self.setpoint, self.is_told = value, False
        return True

    def remember(self, job: Job, t_s: float) -> None:
        self.jobs = [*self.jobs[-1:], job]

    def finish(self, job: Job) -> None:
        if job.memo.get("narrowest", self.nominal_mm) < self.lowest_mm:
            job.unit.defects.add("adhesive bead")

    def heater(self, t_s: float) -> float:
        """The share of its power the heater gives: PI control with the integral held at its bounds, less what a fault takes."""
        error = self.setpoint - self.temp
        self.integral = min(1.0, max(0.0, self.integral + error * 0.0008))
        power = min(1.0, max(0.0, self.integral + 0.08 * error))
        faults = self.surroundings.faults
        if faults.active("adhesive_heater_fails", t_s):
            power *= faults.parameter("adhesive_heater_fails", "power", t_s) / 100.0
        return power

    def stiffness(self, t_s: float) -> float:
        """How many times wider the bead of the usual batch is."""
        faults = self.surroundings.faults
        if not faults.active("adhesive_batch_stiff", t_s):
            return 1.0
        return 1.0 + faults.parameter("adhesive_batch_stiff", "stiffness", t_s) / 100.0

    def continuous(self, after_ns: int, until_ns: int, out: Outbox) -> None:
        steps = range(after_ns // PERIOD_NS + 1, until_ns // PERIOD_NS + 1)
        if not steps:
            return
        index = np.arange(steps.start, steps.stop)
        noise = 0.04 * normal_at(self.keys[0], index), 0.06 * normal_at(self.keys[1], index)
        temps, widths = np.empty(len(index)), np.empty(len(index))
        for i, step in enumerate(steps):
            t_s = step * PERIOD_NS / NS
            rest = self.ambient + self.gain_k * self.heater(t_s)
            self.temp = cooled_degc(self.temp, rest, PERIOD_NS / NS, self.tau_s)
            temps[i] = self.temp + noise[0][i]
            widths[i] = self.width = self._bead(t_s, float(noise[1][i]))
        out.put(self.temp_channel, index * PERIOD_NS, temps[:, None])
        out.put(self.bead_channel, index * PERIOD_NS, widths[:, None])
        self._tell_setpoint(index, out)

    def _tell_setpoint(self, index: NDArray[np.int64], out: Outbox) -> None:
        """Once a second, and at once where it was changed."""
        if self.setpoint_channel is None:
            return
        due = index % (NS // PERIOD_NS) == 0
        due[0] |= not self.is_told
        self.is_told = True
        if due.any():
            out.put(self.setpoint_channel, index[due] * PERIOD_NS, np.full((int(due.sum()), 1), self.setpoint))

    def _bead(self, t_s: float, noise: float) -> float:
        for job in self.jobs:
            progress = job.progress_at(t_s)
            if progress is None:
                continue
            for mark in self.surroundings.programs[self.robot].marks:
                if mark.what == "bead" and mark.begin * job.duration_s <= progress < mark.end * job.duration_s:
                    width = bead_width_mm(self.temp, nominal_mm=self.nominal_mm, nominal_degc=self.nominal_degc)
                    width = width / self.stiffness(t_s) + noise
                    job.memo["narrowest"] = min(width, job.memo.get("narrowest", width))
                    return width
        return self.width
