"""What line and vehicles show as channels: states, counts, figures, positions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.edge.simulated import figures
from viewer.edge.simulated.convoy import Convoy
from viewer.edge.simulated.line import Line, StationRun
from viewer.edge.simulated.playback import NS, Outbox, ticks
from viewer.edge.simulated.profiles import Leg, sampled
from viewer.edge.simulated.vehicles import Fleet

FINE_NS = NS // 30
"""Positions of what moves come 30 times a second; of what stands, every half second."""
COARSE = 15
SLOW_NS = NS
_NO_TIMES, _NO_VALUES = np.empty(0, np.int64), np.empty(0)
Index = Mapping[str, int]
Track = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def _one(number: int) -> NDArray[np.uint32]:
    return np.array([number], np.uint32)


def _put(out: Outbox, channel: int, t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
    out.put(_one(channel), t_ns, values[:, None])


def moving_ticks(table: NDArray[np.float64], after_ns: int, until_ns: int) -> NDArray[np.int64]:
    """The fine ticks of (after, until] at which it moves or has just come to rest, and the coarse ones."""
    tick = np.arange(after_ns // FINE_NS + 1, until_ns // FINE_NS + 1, dtype=np.int64)
    moves = (table[:, 2] != 0) | (table[:, 3] != 0)
    starts = table[:, 0]
    now = np.maximum(np.searchsorted(starts, tick * FINE_NS / NS, side="right") - 1, 0)
    before = np.maximum(np.searchsorted(starts, (tick - 1) * FINE_NS / NS, side="right") - 1, 0)
    return tick[moves[now] | moves[before] | (tick % COARSE == 0)] * FINE_NS


def _at_rest(legs: list[Leg], since_s: float) -> bool:
    last = legs[-1]
    return last.t_s <= since_s and last.v_m_s == 0.0 and last.a_m_s2 == 0.0


def positions(convoy: Convoy, mover: int, after_ns: int, until_ns: int) -> Track:
    """Times, unwrapped positions and speeds of one mover in (after, until]."""
    legs = convoy.legs[mover]
    if _at_rest(legs, (after_ns - FINE_NS) / NS):
        t_ns = ticks(after_ns, until_ns, FINE_NS * COARSE)
        return t_ns, np.full(len(t_ns), legs[-1].s_m), np.zeros(len(t_ns))
    table = convoy.table(mover)
    t_ns = moving_ticks(table, after_ns, until_ns)
    s_m, v_m_s = sampled(table, t_ns / NS)
    return t_ns, s_m, v_m_s


def stepped(records: list[Any], column: int, after_ns: int, until_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """A step function, kept as (time, …) records: at each change and at each second of (after, until]."""
    if until_ns // SLOW_NS == after_ns // SLOW_NS and round(records[-1][0] * NS) <= after_ns:
        return _NO_TIMES, _NO_VALUES
    t_ns: list[int] = []
    values: list[float] = []
    times_ns = [round(one[0] * NS) for one in records]
    first = bisect_right(times_ns, after_ns)
    for record, changed_ns in zip(records[first:], times_ns[first:], strict=True):
        if changed_ns <= until_ns:
            t_ns.append(changed_ns)
            values.append(float(record[column]))
    for tick in ticks(after_ns, until_ns, SLOW_NS).tolist():
        at = bisect_right(times_ns, tick)
        if at and tick not in t_ns:
            t_ns.append(tick)
            values.append(float(records[at - 1][column]))
    order = np.argsort(np.array(t_ns, np.int64), kind="stable")
    return np.array(t_ns, np.int64)[order], np.array(values)[order]


class LineReadings:
    """The channels of stations, carriers and the line as a whole; those that the scene does not declare are left out."""

    def __init__(self, line: Line, index: Index) -> None:
        self._line, self._index = line, index
        count = len(line.carriers)
        self._carriers = [(index.get(f"carrier{i + 1:02d}.s"), index.get(f"carrier{i + 1:02d}.stage")) for i in range(count)]

    def collect(self, after_ns: int, until_ns: int, out: Outbox) -> None:
        """Put the samples of (after, until]."""
        for station in self._line.stations:
            self._station(station, after_ns, until_ns, out)
        for i, (place, stage) in enumerate(self._carriers):
            if place is not None:
                t_ns, s_m, _ = positions(self._line.convoy, i, after_ns, until_ns)
                _put(out, place, t_ns, s_m % self._line.convoy.loop_m)
            if stage is not None:
                _put(out, stage, *stepped(self._line.carriers[i].stages, 1, after_ns, until_ns))
        slow = ticks(after_ns, until_ns, SLOW_NS)
        if len(slow):
            self._figures(slow, out)

    def _station(self, station: StationRun, after_ns: int, until_ns: int, out: Outbox) -> None:
        name = station.table.id
        if (channel := self._index.get(f"{name}.state")) is not None:
            _put(out, channel, *stepped(station.history, 1, after_ns, until_ns))
        for what, column in (("cycle_s", 1), ("count", 2)):
            if (channel := self._index.get(f"{name}.{what}")) is not None and station.cycles:
                _put(out, channel, *stepped(station.cycles, column, after_ns, until_ns))

    def _figures(self, t_ns: NDArray[np.int64], out: Outbox) -> None:
        line = self._line
        kinds: dict[str, Callable[[float], float]] = {
            "line.oee": lambda t_s: 100.0 * figures.oee(line, t_s).oee,
            "line.takt_s": lambda t_s: figures.takt_s(line, t_s),
            "line.units": lambda t_s: float(figures.totals(line, t_s)[0]),
            "line.scrap": lambda t_s: float(figures.totals(line, t_s)[1]),
        }
        for name, kind in kinds.items():
            if (channel := self._index.get(name)) is not None:
                _put(out, channel, t_ns, np.array([kind(one / NS) for one in t_ns.tolist()]))


class FleetReadings:
    """The channels of the vehicles."""

    def __init__(self, fleet: Fleet, index: Index) -> None:
        self._fleet = fleet
        self._channels = [[index.get(f"{one}.{what}") for what in ("s", "speed", "battery")] for one in fleet.table.ids]

    def collect(self, after_ns: int, until_ns: int, out: Outbox) -> None:
        """Put the samples of (after, until]."""
        fleet = self._fleet
        slow = ticks(after_ns, until_ns, SLOW_NS)
        for i, (place, speed, battery) in enumerate(self._channels):
            t_ns, s_m, v_m_s = positions(fleet.convoy, i, after_ns, until_ns)
            if place is not None:
                _put(out, place, t_ns, s_m % fleet.loop_m)
            if speed is not None:
                coarse = t_ns % (FINE_NS * 3) == 0
                _put(out, speed, t_ns[coarse], v_m_s[coarse])
            if battery is not None and len(slow):
                _put(out, battery, slow, np.array([fleet.battery_percent(i, one / NS) for one in slow.tolist()]))
