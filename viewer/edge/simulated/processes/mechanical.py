"""Forces, masses and dimensions: the stack's press, locating pin, gap filler, plate flatness, lid gap and scale.

The lid gap is a one-dimensional tolerance chain: it follows the pin's place, the plate's flatness and the filler below the plate.
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
PIN_MM_PER_WEAR = 0.004


def relaxed(t_s: Array, peak: float, share: float, t0_s: float) -> Array:
    """Force (n,) of a compressed stack: foam relaxes with the logarithm of time, F = F0 (1 - c ln(1 + t / t0))."""
    return peak * (1.0 - share * np.log1p(np.maximum(t_s, 0.0) / t0_s))


def settled(t_s: Array, final: float, *, rate_hz: float, damping: float) -> Array:
    """Reading (n,) of a scale after a load is put on at t = 0: the step response of a damped second-order system."""
    t, omega = np.maximum(t_s, 0.0), 2 * np.pi * rate_hz
    swing = omega * np.sqrt(1.0 - damping**2)
    fade = np.exp(-damping * omega * t)
    return final * (1.0 - fade * (np.cos(swing * t) + damping * omega / swing * np.sin(swing * t)))


def lid_gap_mm(pin_mm: float, flatness_mm: float, filler_g: float, *, nominal: tuple[float, float, float]) -> float:
    """The gap from its chain: `nominal` holds gap, flatness and filler mass; each contributor with its own sensitivity."""
    gap, flat, filler = nominal
    return gap + 0.9 * pin_mm + 0.6 * (flatness_mm - flat) + 0.002 * (filler_g - filler)


class StackPress(Device):
    """Compresses the stack at the end of the job."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.force = float(parameters["force"])
        self.playbacks = [self.surroundings.playback(f"{self.station}.stack_force")]

    def curves(self, job: Job) -> list[Curve]:
        chance = self.chance(job, "press")
        begin, held, end = (share * job.duration_s for share in (0.55, 0.65, 0.95))
        p_s = grid(job.duration_s, [(begin, end)], 20.0)
        peak = self.force * (1 + 0.01 * chance.normal())
        force = np.where(p_s < held, peak * (p_s - begin) / (held - begin), relaxed(p_s - held, peak, 0.02, 0.5))
        force = force + 0.01 * chance.normal(size=len(p_s))
        return [Curve(p_s, np.where((p_s > begin) & (p_s < end), force, 0.0)[:, None])]


class LocatingPin(Device):
    """Measures where the locating pin stands; it drifts with the wear of the welding tool that set the terminals."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.sigma = float(parameters.get("sigma", 0.015))
        self.playbacks = [self.surroundings.playback(f"{self.station}.locating_pin_x")]

    def place_mm(self, job: Job) -> float:
        """Deviation along x."""
        drift = PIN_MM_PER_WEAR * job.unit.facts.get("tool_wear", 0.0)
        return drift + self.sigma * float(self.chance(job, "pin").normal())

    def curves(self, job: Job) -> list[Curve]:
        before = float(self.playbacks[0].standing()[0])
        return [stepped(job.duration_s, [0.3 * job.duration_s], [self.place_mm(job)], before)]

    def finish(self, job: Job) -> None:
        job.unit.facts["pin"] = self.place_mm(job)


class GapFiller(Device):
    """Doses gap filler under the cold plate and measures the plate's flatness."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.mass, self.flat = float(parameters["mass"]), float(parameters["flatness"])
        filler = self.surroundings.playback(f"{self.station}.gap_filler_mass")
        self.playbacks = [filler, self.surroundings.playback(f"{self.station}.plate_flatness", rest=self.flat)]

    def outcome(self, job: Job) -> tuple[float, float]:
        """Mass, g, and flatness, mm."""
        a, b = self.chance(job, "filler").normal(size=2).tolist()
        return self.mass * (1 + 0.01 * a), self.flat * float(np.exp(0.15 * b))

    def curves(self, job: Job) -> list[Curve]:
        mass, flatness = self.outcome(job)
        begin, end = 0.08 * job.duration_s, 0.45 * job.duration_s
        p_s = grid(job.duration_s, [(begin, end)], 10.0)
        dosed = mass * np.clip((p_s - begin) / (end - begin), 0.0, 1.0)
        before = float(self.playbacks[1].standing()[0])
        return [Curve(p_s, dosed[:, None]), stepped(job.duration_s, [0.9 * job.duration_s], [flatness], before)]

    def finish(self, job: Job) -> None:
        job.unit.facts["filler"], job.unit.facts["flatness"] = self.outcome(job)


class LidGap(Device):
    """Measures the gap round the lid after it is placed."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.nominal = float(parameters["gap"]), float(parameters["flatness"]), float(parameters["mass"])
        self.lowest, self.highest = float(parameters["lowest"]), float(parameters["highest"])
        self.playbacks = [self.surroundings.playback(f"{self.station}.lid_gap", rest=self.nominal[0])]

    def gap_mm(self, job: Job) -> float:
        """The chain with what was measured on this very pack, and the scatter of lid and placing."""
        facts = job.unit.facts
        chain = lid_gap_mm(
            facts.get("pin", 0.0),
            facts.get("flatness", self.nominal[1]),
            facts.get("filler", self.nominal[2]),
            nominal=self.nominal,
        )
        return chain + 0.03 * float(self.chance(job, "gap").normal())

    def curves(self, job: Job) -> list[Curve]:
        before = float(self.playbacks[0].standing()[0])
        return [stepped(job.duration_s, [0.8 * job.duration_s], [self.gap_mm(job)], before)]

    def finish(self, job: Job) -> None:
        job.unit.facts["lid_gap"] = gap = self.gap_mm(job)
        if not self.lowest <= gap <= self.highest:
            job.unit.defects.add("lid gap")


class Scale(Device):
    """Weighs the finished pack."""

    def set_up(self, parameters: dict[str, Any]) -> None:
        self.bare, self.filler = float(parameters["bare_kg"]), float(parameters["mass"])
        self.playbacks = [self.surroundings.playback(f"{self.station}.pack_mass")]

    def mass_kg(self, job: Job) -> float:
        """Its parts with their scatter, and the filler that was dosed into it."""
        scatter = 0.15 * float(self.chance(job, "mass").normal())
        return self.bare + scatter + job.unit.facts.get("filler", self.filler) / 1000.0

    def curves(self, job: Job) -> list[Curve]:
        on, off = 0.15 * job.duration_s, 0.85 * job.duration_s
        p_s = grid(job.duration_s, [(on, on + 4.0)], 30.0)
        reading = settled(p_s - on, self.mass_kg(job), rate_hz=1.5, damping=0.5)
        return [Curve(p_s, np.where((p_s >= on) & (p_s < off), reading, 0.0)[:, None])]
