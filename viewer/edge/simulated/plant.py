"""The simulated plant as a source of samples: line, robots, vehicles and process devices, and the faults they can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from viewer.base.errors import UserMistake
from viewer.edge.simulated.devices import Devices
from viewer.edge.simulated.faults import Faults
from viewer.edge.simulated.line import Line
from viewer.edge.simulated.playback import NS, Outbox
from viewer.edge.simulated.readings import FleetReadings, LineReadings
from viewer.edge.simulated.sensors import SensorFaults
from viewer.edge.simulated.tables import SimulationTable, read_table
from viewer.edge.simulated.vehicles import Fleet
from viewer.edge.simulated.work import Job
from viewer.edge.source import SampleBlock
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.channels import Channel, Path
from viewer.twin.paths import CompiledPath


class PlantDocument(Protocol):
    """What the plant needs of a scene; `viewer.twin.scene_document.SceneDocument` has it."""

    @property
    def channels(self) -> Sequence[Channel]: ...
    @property
    def paths(self) -> Sequence[Path]: ...
    @property
    def simulation(self) -> Mapping[str, Any]: ...


class SimulatedPlant:
    """A `viewer.edge.source.Source`. The same document, seed and start give the same samples, however it is stepped.

    `speed` makes the whole plant's clock run faster or slower than the one it is stepped by. Raises UserMistake where the
    scene's [simulation] does not fit.
    """

    def __init__(self, document: PlantDocument, *, seed: int = 1, speed: float = 1.0) -> None:
        if not 0.01 <= speed <= 1000:
            raise UserMistake(f"the simulated plant's speed must lie between 0.01 and 1000, not {speed:g}")
        self._speed, self._start_ns = speed, 0
        table = read_table(SimulationTable, document.simulation, "[simulation]")
        own = [one for one in document.channels if one.properties.get("by") != "gateway"]
        self._infos = tuple(ChannelInfo(c.id, c.unit, c.kind, c.period_s) for c in own)
        index = {one.id: number for number, one in enumerate(self._infos)}
        self.faults_now = Faults(table, [one.id for one in own])
        loop_m = _loop_m(document, table.line.path)
        if table.line.carriers * 2 * table.line.pallet_m > loop_m:
            raise UserMistake(f"{table.line.carriers} carriers fill more than half of the {loop_m:.0f} m conveyor: give it fewer")
        self.line = Line(table.line, table.station, loop_m=loop_m, seed=seed)
        self._fleet = (
            Fleet(table.vehicles, loop_m=_loop_m(document, table.vehicles.path), seed=seed)
            if table.vehicles is not None
            else None
        )
        self._devices = Devices(table, index, self.faults_now, seed=seed)
        self._sensors = SensorFaults(own, self.faults_now, seed=seed)
        self._readings: list[LineReadings | FleetReadings] = [LineReadings(self.line, index)]
        if self._fleet is not None:
            self._readings.append(FleetReadings(self._fleet, index))
        self.line.on_begin, self.line.on_end, self.line.on_stop = self._begin, self._devices.end, self._devices.follow
        self._live = False
        self._now_ns = round(table.line.warmup_s * NS)
        self._advance(self._now_ns / NS)
        self._began_ns = self._now_ns
        self._live = True
        self._devices.awake()
        for station in self.line.stations:
            if station.job is not None:
                self._devices.begin(station.job, self._now_ns / NS)

    def channels(self) -> tuple[ChannelInfo, ...]:
        """What it brings, in the scene's order."""
        return self._infos

    def start(self, t_ns: int) -> None:
        """Begin at this time."""
        self._start_ns = t_ns

    def step(self, until_ns: int) -> SampleBlock:
        """All samples after the last call's time, until this one."""
        until = self._began_ns + int((until_ns - self._start_ns) * self._speed)
        if until <= self._now_ns:
            return SampleBlock.empty()
        out = Outbox()
        self._advance(until / NS)
        for one in self._readings:
            one.collect(self._now_ns, until, out)
        self._devices.collect(self._now_ns, until, out)
        self.line.forget_before(self._now_ns / NS - 1.0)
        self._now_ns = until
        return self._sensors.through(self._block(out))

    def faults(self) -> tuple[FaultInfo, ...]:
        """The faults it can show."""
        return self.faults_now.infos()

    def inject(self, name: str, **parameters: float) -> None:
        """Let a fault begin now, that is at the time of the last step."""
        self.faults_now.inject(name, parameters, self._now_ns / NS)
        self._apply(name)

    def clear(self, name: str) -> None:
        """Let a fault end now."""
        self.faults_now.clear(name, self._now_ns / NS)
        self._apply(name)

    def command(self, channel: str, value: float) -> None:
        """Set a set-point, in its unit, from now on. Raises UserMistake where no device has it, or can't hold the value."""
        if not self._devices.command(channel, value):
            raise UserMistake(f"no device of the simulated plant takes the set-point {channel}")

    # -- inside

    def _advance(self, until_s: float) -> None:
        self.line.advance(until_s)
        if self._fleet is not None:
            self._fleet.advance(until_s)

    def _begin(self, job: Job, t_s: float) -> None:
        self._devices.remember(job, t_s)
        if self._live:
            self._devices.begin(job, t_s)

    def _apply(self, name: str) -> None:
        """Let what a fault touches know that it began, changed or ended."""
        now_s = self._now_ns / NS
        if name == "robot_stops":
            self._stop_robot(now_s)
        elif name == "conveyor_jam":
            self.line.halt_conveyor(now_s, halted=self.faults_now.active(name))
        elif name == "vehicle_blocked" and self._fleet is not None:
            chosen = int(self.faults_now.parameter(name, "vehicle")) - 1 if self.faults_now.active(name) else -1
            for vehicle in range(len(self._fleet.convoy)):
                self._fleet.block(vehicle, now_s, blocked=vehicle == chosen)
        for station in self.line.stations:
            if station.job is not None:
                self._devices.revise(station.job, now_s)

    def _stop_robot(self, now_s: float) -> None:
        chosen = self.faults_now.parameter("robot_stops", "station") if self.faults_now.active("robot_stops") else -1.0
        for number, station in enumerate(self.line.stations):
            if station.table.number == chosen:
                self.line.stop(number, "robot_stops", now_s)
            else:
                self.line.resume(number, "robot_stops", now_s)

    def _block(self, out: Outbox) -> SampleBlock:
        if not out.times:
            return SampleBlock.empty()
        plant_ns = np.concatenate(out.times) - self._began_ns
        t_ns = self._start_ns + (plant_ns if self._speed == 1.0 else np.ceil(plant_ns / self._speed).astype(np.int64))
        return SampleBlock.of(np.concatenate(out.channels), t_ns, np.concatenate(out.values))


def _loop_m(document: PlantDocument, path_id: str) -> float:
    for path in document.paths:
        if path.id == path_id:
            return CompiledPath(path).length_m
    raise UserMistake(f"[simulation] rides on the path «{path_id}», but the scene has no such [[path]]")
