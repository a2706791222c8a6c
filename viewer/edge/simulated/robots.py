"""Robots: each runs its program while its station works, and stands at home otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.simulated.programs import write
from viewer.edge.simulated.tables import RobotTable
from viewer.edge.simulated.trajectory import STEP_S, Mark

Array = NDArray[np.float64]
SAMPLE_S = 1 / 30


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A robot's motion over one job, as a table over the fraction of the job done."""

    joints_deg: Array
    """(n, 6) at equal steps from 0 to 1; first and last row are home."""
    marks: tuple[Mark, ...]
    length_s: float
    """The least time the joints need for it."""

    def at(self, fraction: Array) -> Array:
        """Joint angles (k, 6), degrees, at fractions (k,) of the job."""
        place = np.clip(fraction, 0.0, 1.0) * (len(self.joints_deg) - 1)
        low = np.minimum(place.astype(np.intp), len(self.joints_deg) - 2)
        part = (place - low)[:, None]
        return self.joints_deg[low] * (1.0 - part) + self.joints_deg[low + 1] * part

    def during(self, duration_s: float) -> tuple[Array, Array]:
        """Working times (k,) and joint angles (k, 6) of a job of this length, 30 a second and both ends."""
        p_s = np.append(np.arange(0.0, duration_s, SAMPLE_S), duration_s)
        return p_s, self.at(p_s / duration_s)


def program_of(table: RobotTable, shortest_s: float) -> Program:
    """The robot's program. Raises UserMistake where a target is out of reach or the station's cycle is too short for it."""
    trajectory = write(table)
    if trajectory.length_s > shortest_s:
        raise UserMistake(
            f"robot {table.id} needs {trajectory.length_s:.1f} s for its program but its station's shortest cycle is "
            f"{shortest_s:.1f} s: give it a longer cycle, faster joints or fewer targets"
        )
    rows = np.degrees(np.concatenate(trajectory.rows))
    whole = (len(rows) - 1) * STEP_S
    return Program(rows, tuple(Mark(a / whole, b / whole, what) for a, b, what in trajectory.marks), trajectory.length_s)
