"""Electrical tests: cells one by one, isolation, and the finished pack's voltage, which is the sum of its cells'.

A megohmmeter's reading and a precharged bus both approach their end value as 1 - exp(-t / tau) (any text on RC circuits).
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


def charged(t_s: Array, final: float, tau_s: float) -> Array:
    """Approach (n,) to an end value from zero at t = 0; zero before."""
    return final * (1.0 - np.exp(-np.maximum(t_s, 0.0) / tau_s))


class CellTester(Device):
    """Measures voltage and resistance of each cell of the pack, one after another."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.cells = int(parameters["cells"])
        self.volt, self.volt_sigma = float(parameters["voltage"]), float(parameters.get("voltage_sigma", 0.004))
        self.mohm, self.mohm_sigma = float(parameters["resistance"]), float(parameters.get("resistance_sigma", 0.02))
        playback = self.surroundings.playback
        self.playbacks = [
            playback(f"{self.station}.cell_voltage", rest=self.volt),
            playback(f"{self.station}.cell_resistance", rest=self.mohm),
        ]

    def readings(self, job: Job) -> tuple[Array, Array]:
        """Voltages and resistances (cells,), V and mohm: normal within a batch, an older cell being lower in voltage."""
        chance = self.chance(job, "cells")
        age = chance.normal(size=self.cells)
        volts = self.volt + self.volt_sigma * (0.8 * chance.normal(size=self.cells) - 0.6 * age)
        return volts, self.mohm + self.mohm_sigma * (0.8 * chance.normal(size=self.cells) + 0.6 * age)

    def curves(self, job: Job) -> list[Curve]:
        times = np.linspace(0.05, 0.95, self.cells) * job.duration_s
        return [
            stepped(job.duration_s, times, values, float(playback.standing()[0]))
            for values, playback in zip(self.readings(job), self.playbacks, strict=True)
        ]

    def finish(self, job: Job) -> None:
        job.unit.facts["voltage"] = float(self.readings(job)[0].sum())


class Isolation(Device):
    """A megohmmeter between the high-voltage circuit and the tray."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.usual, self.lowest = float(parameters["usual"]), float(parameters["lowest"])
        self.begin = float(parameters.get("begin", 0.6))
        self.playbacks = [self.surroundings.playback(f"{self.station}.isolation", rest=self.usual)]

    def final(self, job: Job) -> float:
        """The isolation resistance, Mohm: lognormal, as measured values of good insulation are."""
        return self.usual * float(np.exp(0.12 * self.chance(job, "isolation").normal()))

    def curves(self, job: Job) -> list[Curve]:
        begin = self.begin * job.duration_s
        p_s = grid(job.duration_s, [(begin, job.duration_s)], 10.0)
        before = float(self.playbacks[0].standing()[0])
        measured = charged(p_s - begin, self.final(job), 0.05 * job.duration_s)
        return [Curve(p_s, np.where(p_s < begin, before, measured)[:, None])]

    def finish(self, job: Job) -> None:
        if self.final(job) < self.lowest:
            job.unit.defects.add(f"isolation at {self.station}")


class PackVoltage(Device):
    """The end-of-line tester closes the contactors and reads the pack's voltage."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.nominal = float(parameters["nominal"])
        self.playbacks = [self.surroundings.playback(f"{self.station}.pack_voltage")]

    def curves(self, job: Job) -> list[Curve]:
        on, off = 0.12 * job.duration_s, 0.9 * job.duration_s
        p_s = grid(job.duration_s, [(on, off)], 20.0)
        pack = job.unit.facts.get("voltage", self.nominal)
        volts = charged(p_s - on, pack, 0.025 * job.duration_s) + 0.02 * self.chance(job, "voltage").normal(size=len(p_s))
        return [Curve(p_s, np.where((p_s >= on) & (p_s < off), volts, 0.0)[:, None])]
