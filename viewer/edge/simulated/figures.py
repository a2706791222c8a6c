"""The line's figures, computed from what happened: takt, cycle, and overall equipment effectiveness.

OEE after ISO 22400-2:2014 (8.1 to 8.7): availability x effectiveness x quality ratio, over a window. Availability is the share
of the window in which the bottleneck was neither in fault nor in set-up; effectiveness is planned takt x units over that time;
the quality ratio is good units over all.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from viewer.edge.simulated.line import FAULT, SETUP, Line, StationRun


@dataclass(frozen=True, slots=True)
class Oee:
    """Shares from 0 to 1."""

    availability: float
    effectiveness: float
    quality: float

    @property
    def oee(self) -> float:
        """Their product."""
        return self.availability * self.effectiveness * self.quality


def time_in(station: StationRun, states: frozenset[int], begin_s: float, end_s: float) -> float:
    """Seconds the station was in any of these states between two times."""
    total = 0.0
    ends = [one[0] for one in station.history[1:]] + [end_s]
    for (since, state), until in zip(station.history, ends, strict=True):
        if state in states:
            total += max(0.0, min(until, end_s) - max(since, begin_s))
    return total


def oee(line: Line, t_s: float) -> Oee:
    """The figures over the window before `t_s`; ones where nothing has happened yet."""
    window_s = min(line.table.window_s, t_s)
    begin_s = t_s - window_s
    slowest = max((one for one in line.stations), key=lambda one: (one.table.bottleneck, one.table.cycle_s))
    down_s = time_in(slowest, frozenset({FAULT, SETUP}), begin_s, t_s)
    up_s = window_s - down_s
    good, bad = _left_between(line, begin_s, t_s)
    if window_s <= 0 or up_s <= 0 or good + bad == 0:
        return Oee(up_s / window_s if window_s > 0 else 1.0, 0.0 if up_s <= 0 else 1.0, 1.0)
    planned_s = line.table.planned_takt_s / line.table.time_scale
    return Oee(up_s / window_s, min(1.0, planned_s * (good + bad) / up_s), good / (good + bad))


def totals(line: Line, t_s: float) -> tuple[int, int]:
    """Good and scrapped units that had left the line by then."""
    found = bisect_right(line.finished, t_s, key=lambda one: one[0])
    return line.finished[found - 1][2:] if found else (0, 0)


def takt_s(line: Line, t_s: float, over: int = 8) -> float:
    """Mean time between the last units that left; the planned takt before there are two."""
    found = bisect_right(line.finished, t_s, key=lambda one: one[0])
    first = max(0, found - 1 - over)
    if found - first < 2:
        return line.table.planned_takt_s / line.table.time_scale
    return (line.finished[found - 1][0] - line.finished[first][0]) / (found - 1 - first)


def _left_between(line: Line, begin_s: float, end_s: float) -> tuple[int, int]:
    now, before = totals(line, end_s), totals(line, begin_s)
    return now[0] - before[0], now[1] - before[1]
