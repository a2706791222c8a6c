"""What every process device is: some channels that follow its station's jobs, and facts it writes about the unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.simulated.chance import generator
from viewer.edge.simulated.faults import Faults
from viewer.edge.simulated.playback import Curve, Outbox, Playback
from viewer.edge.simulated.robots import Program
from viewer.edge.simulated.work import Job

REST_PERIOD_S = 0.5
"""How often a channel repeats what stands while nothing is worked on."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a device needs to know of the plant."""

    index: Mapping[str, int]
    faults: Faults
    seed: int
    programs: Mapping[str, Program]
    """By robot."""
    time_scale: float = 1.0

    def channels(self, *ids: str) -> NDArray[np.uint32]:
        """Their indices. Raises UserMistake where the scene lacks one."""
        for one in ids:
            if one not in self.index:
                raise UserMistake(f"[simulation] has a device that measures «{one}», but the scene has no such [[channel]]")
        return np.array([self.index[one] for one in ids], np.uint32)

    def playback(self, *ids: str, rest: float | list[float] = 0.0) -> Playback:
        """A playback of some channels that stand at `rest` before the first job."""
        return Playback(self.channels(*ids), np.array(rest if isinstance(rest, list) else [rest] * len(ids)), REST_PERIOD_S)


class Device:
    """A device at one station. Curves of a job are computed when it begins, and again when a fault begins or ends in it:
    then what lies before now comes out the same, for everything random is named by the job."""

    def __init__(self, station: str, surroundings: Surroundings, parameters: Mapping[str, Any]) -> None:
        self.station, self.surroundings = station, surroundings
        self.playbacks: list[Playback] = []
        self.last_job: Job | None = None
        self.set_up(dict(parameters))

    def set_up(self, parameters: dict[str, Any]) -> None:
        """Make the playbacks and take the parameters."""

    def curves(self, job: Job) -> list[Curve]:
        """One curve for each playback."""
        return []

    def remember(self, job: Job, t_s: float) -> None:
        """A job begins: note in its memo what is true only now."""

    def finish(self, job: Job) -> None:
        """A job ends: write what was measured into the unit's facts, and what makes it scrap into its defects."""

    def continuous(self, after_ns: int, until_ns: int, out: Outbox) -> None:
        """Put samples of what does not follow jobs."""

    def command(self, channel: str, value: float) -> bool:
        """Take a set-point, if that is one of this device's; whether it is. Raises UserMistake for a value it can't hold."""
        return False

    def chance(self, job: Job, what: str) -> np.random.Generator:
        """Random numbers that belong to this job and purpose."""
        return generator(self.surroundings.seed, type(self).__name__, self.station, job.number, what)
