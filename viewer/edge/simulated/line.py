"""The line: pallets on the conveyor, stations that work on what they carry, event by event.

A discrete-event simulation (Law, Simulation Modeling and Analysis, 5th ed., sec. 1.3): the clock jumps from one event to the
next, so the outcome does not depend on how often anybody looks. Stations hold one pallet each; pallets queue between
them and never pass, so a full buffer blocks the station before it and an empty one starves the station after it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from viewer.edge.simulated.chance import generator, triangular
from viewer.edge.simulated.convoy import Convoy
from viewer.edge.simulated.tables import LineTable, StationTable
from viewer.edge.simulated.work import Job, Unit

IDLE, STARVED, WORKING, BLOCKED, FAULT, SETUP = range(6)
Phase = Literal["empty", "setup", "waiting", "work", "done"]
Listener = Callable[[Job, float], None]
Record = TypeVar("Record", bound=tuple[float, ...])
"""What was noted, its time first."""


@dataclass(slots=True, eq=False)
class StationRun:
    """What a station is doing, and what it did."""

    table: StationTable
    phase: Phase = "empty"
    carrier: int = -1
    job: Job | None = None
    stopped_by: set[str] = field(default_factory=set[str])
    """Why it stands in fault: its own breakdown, injected faults."""
    begun: int = 0
    done: int = 0
    arrived_s: float = 0.0
    version: int = 0
    """Grows whenever what was planned for the job at hand is no longer so."""
    history: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, STARVED)])
    """(time, state) at each change."""
    cycles: list[tuple[float, float, int]] = field(default_factory=list[tuple[float, float, int]])
    """(time of completion, seconds from the pallet's arrival, units done so far) of each job."""

    @property
    def state(self) -> int:
        """The state now."""
        return self.history[-1][1]


@dataclass(slots=True, eq=False)
class CarrierRun:
    """A pallet's load and where it goes next."""

    unit: Unit | None = None
    next_station: int = 0
    held: bool = False
    stages: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    """(time, number of the last completed station; 0 where the pallet is empty)."""


def _ignore(job: Job, t_s: float) -> None:
    """Nobody listens."""


class Line:
    """The conveyor with its stations. Time is seconds since the plant's epoch; `advance` goes forward only."""

    def __init__(self, table: LineTable, stations: Sequence[StationTable], *, loop_m: float, seed: int) -> None:
        self.table, self.seed = table, seed
        self.stations = [StationRun(one) for one in sorted(stations, key=lambda one: one.s_m)]
        self.carriers = [CarrierRun() for _ in range(table.carriers)]
        scale = table.time_scale
        self.convoy = Convoy(
            [loop_m * (1.0 - (i + 0.5) / table.carriers) for i in range(table.carriers)],
            loop_m=loop_m,
            spacing_m=table.pallet_m,
            speed_m_s=table.speed_m_s * scale,
            accel_m_s2=table.accel_m_s2 * scale,
        )
        self.on_begin: Listener = _ignore
        self.on_end: Listener = _ignore
        self.on_stop: Listener = _ignore
        """A job was stopped or goes on: see its `running`."""
        self.finished: list[tuple[float, bool, int, int]] = []
        """(time, whether good, good ones so far, scrapped so far) of each unit that left the line."""
        self._serials = 0
        self._events: list[tuple[float, int, str, int, int]] = []
        self._count = 0
        for i in range(table.carriers):
            self._place(i)
        self._settle(0.0)

    def station(self, station_id: str) -> StationRun:
        """The station of this id. Raises KeyError."""
        for one in self.stations:
            if one.table.id == station_id:
                return one
        raise KeyError(station_id)

    def _place(self, carrier: int) -> None:
        """Begin with pallets all round the loop, those between stations with a pack that has come so far."""
        here_m, run = self.convoy.goals_m[carrier], self.carriers[carrier]
        passed = sum(one.table.s_m < here_m for one in self.stations)
        run.next_station = passed % len(self.stations)
        if run.next_station:
            self._serials += 1
            run.unit = Unit(self._serials)
            run.stages = [(0.0, float(self.stations[run.next_station - 1].table.number))]
        self.convoy.stops_m[carrier] = self._stop_of(carrier)

    # -- the clock

    def advance(self, until_s: float) -> None:
        """Let everything happen that happens until then."""
        happens = {
            "arrive": self._arrive,
            "ready": self._ready,
            "done": self._done,
            "break": self._break_down,
            "mend": self._mend,
        }
        while self._events and self._events[0][0] <= until_s:
            t_s, _, what, who, version = heapq.heappop(self._events)
            happens[what](who, version, t_s)

    def next_event_s(self) -> float:
        """When something happens next; infinity where nothing will."""
        return self._events[0][0] if self._events else math.inf

    def _later(self, t_s: float, what: str, who: int, version: int) -> None:
        self._count += 1
        heapq.heappush(self._events, (t_s, self._count, what, who, version))

    # -- pallets

    def _stop_of(self, carrier: int) -> float:
        """The stop of its next station ahead of where it heads now, unwrapped."""
        wanted_m = self.stations[self.carriers[carrier].next_station].table.s_m
        laps = math.ceil((self.convoy.stops_m[carrier] - wanted_m) / self.convoy.loop_m - 1e-9)
        return wanted_m + laps * self.convoy.loop_m

    def _settle(self, t_s: float) -> None:
        """After an event: let go who may go, plan the motion anew, note the arrivals and the states."""
        going = True
        while going:
            for carrier in self.convoy.settle(t_s):
                self._later(self.convoy.rest_s(carrier), "arrive", carrier, self.convoy.plans[carrier])
            going = any(self._released(one) for one in self.stations if one.phase == "done")
        heading = {one.next_station for one in self.carriers if not one.held and one.unit is not None}
        for number, station in enumerate(self.stations):
            self._show(station, self._state(station, comes=number in heading), t_s)

    def _released(self, station: StationRun) -> bool:
        """Send the pallet on where there is room for the whole of it behind the station."""
        carrier = station.carrier
        room_m = self.convoy.room_m(carrier) - self.convoy.goals_m[carrier]
        if station.stopped_by or self.convoy.halted[carrier] or room_m < self.convoy.spacing_m:
            return False
        station.phase, station.carrier = "empty", -1
        self.carriers[carrier].held = False
        self.convoy.stops_m[carrier] = self._stop_of(carrier)
        return True

    def _arrive(self, carrier: int, version: int, t_s: float) -> None:
        run = self.carriers[carrier]
        if version != self.convoy.plans[carrier] or run.held or self.convoy.halted[carrier]:
            return
        if abs(self.convoy.goals_m[carrier] - self.convoy.stops_m[carrier]) < 1e-6:
            self._take(run, carrier, t_s)
        self._settle(t_s)

    def _take(self, run: CarrierRun, carrier: int, t_s: float) -> None:
        """A pallet stands in its station."""
        run.held = True
        station = self.stations[run.next_station]
        station.carrier, station.arrived_s = carrier, t_s
        if run.unit is None:
            self._serials += 1
            run.unit = Unit(self._serials)
        station.version += 1
        if station.table.setup_every and station.begun and station.begun % station.table.setup_every == 0:
            station.phase = "setup"
            self._later(t_s + station.table.setup_s / self.table.time_scale, "ready", run.next_station, station.version)
        else:
            self._ready(run.next_station, station.version, t_s)

    # -- work

    def _ready(self, number: int, version: int, t_s: float) -> None:
        station = self.stations[number]
        if version != station.version:
            return
        station.phase = "waiting"
        if not station.stopped_by:
            self._begin(number, t_s)
        self._settle(t_s)

    def _begin(self, number: int, t_s: float) -> None:
        station = self.stations[number]
        unit = self.carriers[station.carrier].unit
        if unit is None:
            return
        chance = generator(self.seed, "cycle", station.table.id, station.begun)
        scale, table = self.table.time_scale, station.table
        shortest, longest = table.spread
        duration_s = triangular(float(chance.random()), shortest, 1.0, longest) * table.cycle_s / scale
        station.job = job = Job(table.id, station.begun, unit, duration_s)
        station.phase = "work"
        station.begun += 1
        station.version += 1
        job.mark(t_s, running=True)
        self._later(job.end_s(), "done", number, station.version)
        if table.mtbf_s > 0 and chance.random() < duration_s * scale / table.mtbf_s:
            self._later(t_s + float(chance.random()) * duration_s, "break", number, job.number)
        self.on_begin(job, t_s)

    def _done(self, number: int, version: int, t_s: float) -> None:
        station = self.stations[number]
        job = station.job
        if version != station.version or job is None:
            return
        station.phase, station.job = "done", None
        station.done += 1
        station.cycles.append((t_s, t_s - station.arrived_s, station.done))
        job.mark(t_s, running=False)
        self.on_end(job, t_s)
        run = self.carriers[station.carrier]
        last = number == len(self.stations) - 1
        run.next_station = (number + 1) % len(self.stations)
        run.stages.append((t_s, 0.0 if last else float(station.table.number)))
        if last:
            self._leave(job.unit, t_s)
            run.unit = None
        self._settle(t_s)

    def _leave(self, unit: Unit, t_s: float) -> None:
        good, scrap = self.finished[-1][2:] if self.finished else (0, 0)
        is_good = not unit.defects
        self.finished.append((t_s, is_good, good + is_good, scrap + (not is_good)))

    # -- stops

    def stop(self, number: int, why: str, t_s: float) -> None:
        """Put a station in fault; what it works on stands still until every reason is gone."""
        station = self.stations[number]
        station.stopped_by.add(why)
        if station.job is not None and station.job.running:
            station.version += 1
            station.job.mark(t_s, running=False)
            self.on_stop(station.job, t_s)
        self._settle(t_s)

    def resume(self, number: int, why: str, t_s: float) -> None:
        """Take one reason away; without any left, work goes on where it stood."""
        station = self.stations[number]
        if why not in station.stopped_by:
            return
        station.stopped_by.discard(why)
        if not station.stopped_by and station.phase == "waiting":
            self._begin(number, t_s)
        elif not station.stopped_by and station.job is not None:
            station.job.mark(t_s, running=True)
            self._later(station.job.end_s(), "done", number, station.version)
            self.on_stop(station.job, t_s)
        self._settle(t_s)

    def halt_conveyor(self, t_s: float, *, halted: bool) -> None:
        """Stop or free all pallets between stations; those at a stop are worked on."""
        self.convoy.halted = [halted] * len(self.carriers)
        self._settle(t_s)

    def _break_down(self, number: int, job_number: int, t_s: float) -> None:
        station = self.stations[number]
        if station.job is None or station.job.number != job_number or "breakdown" in station.stopped_by:
            return
        chance = generator(self.seed, "mend", station.table.id, job_number)
        self._later(t_s + float(chance.exponential(station.table.mttr_s)) / self.table.time_scale, "mend", number, job_number)
        self.stop(number, "breakdown", t_s)

    def _mend(self, number: int, version: int, t_s: float) -> None:
        self.resume(number, "breakdown", t_s)

    # -- states

    def _state(self, station: StationRun, *, comes: bool) -> int:
        if station.stopped_by:
            return FAULT
        if station.phase == "empty":
            return IDLE if comes else STARVED
        return {"setup": SETUP, "waiting": IDLE, "work": WORKING, "done": BLOCKED}[station.phase]

    def _show(self, station: StationRun, state: int, t_s: float) -> None:
        if state != station.state:
            station.history.append((t_s, state))

    def forget_before(self, t_s: float) -> None:
        """Drop what nobody will ask for any more."""
        self.convoy.forget_before(t_s)
        oldest = t_s - self.table.window_s
        for station in self.stations:
            _cut(station.history, oldest)
            _cut(station.cycles, oldest)
        for carrier in self.carriers:
            _cut(carrier.stages, t_s)
        _cut(self.finished, oldest)


def _cut(records: list[Record], t_s: float) -> None:
    """Drop the records before a time but for the last of them, which says what was so then."""
    first = 0
    while first + 1 < len(records) and records[first + 1][0] <= t_s:
        first += 1
    del records[:first]
