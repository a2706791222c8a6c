"""A job: one unit worked on at one station, with the pauses it suffers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Unit:
    """One product on its way down the line, with what was measured on it."""

    serial: int
    facts: dict[str, float] = field(default_factory=dict[str, float])
    defects: set[str] = field(default_factory=set[str])
    """Why it is scrap; empty for a good one."""


@dataclass(slots=True, eq=False)
class Job:
    """Work on one unit at one station. Progress is working time, so it stands still while the station is stopped."""

    station: str
    number: int
    """Counts the station's jobs from 0; names the job to everything that draws random numbers for it."""
    unit: Unit
    duration_s: float
    pieces: list[tuple[float, float, bool]] = field(default_factory=list[tuple[float, float, bool]])
    """(time, progress then, whether it goes on from there), ascending."""
    memo: dict[str, float] = field(default_factory=dict[str, float])
    """What a device wants to remember from the job's begin, such as the wear of its tool."""

    def mark(self, t_s: float, *, running: bool) -> None:
        """From this time on it runs or stands still."""
        self.pieces.append((t_s, self.progress_s(t_s), running))

    def progress_s(self, t_s: float) -> float:
        """Working time done until a time not before the last mark."""
        if not self.pieces:
            return 0.0
        since, done, running = self.pieces[-1]
        return min(self.duration_s, done + (t_s - since)) if running else done

    def progress_at(self, t_s: float) -> float | None:
        """Working time done at any time in the job while it ran; None before, after and in its pauses."""
        for (since, done, running), until in zip(self.pieces, [*(one[0] for one in self.pieces[1:]), math.inf], strict=True):
            if running and since <= t_s < until:
                return min(self.duration_s, done + t_s - since)
        return None

    @property
    def running(self) -> bool:
        """Whether it is being worked on."""
        return bool(self.pieces) and self.pieces[-1][2]

    def end_s(self) -> float:
        """When it is done if nothing more stops it; meaningful while it runs."""
        since, done, _ = self.pieces[-1]
        return since + (self.duration_s - done)

    def moment_s(self, progress_s: float) -> float:
        """When it reached, or with no further stop will reach, a progress."""
        found = self.pieces[0][0] if self.pieces else 0.0
        for since, done, running in self.pieces:
            if done <= progress_s and running:
                found = since + (progress_s - done)
        return found
