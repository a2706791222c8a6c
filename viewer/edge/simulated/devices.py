"""All devices of the plant, by station: the robots, and one object per [[simulation.device]] table."""

from __future__ import annotations

from collections.abc import Mapping

from viewer.base.errors import UserMistake
from viewer.edge.simulated.device import Device, Surroundings
from viewer.edge.simulated.faults import Faults
from viewer.edge.simulated.playback import Curve, Outbox
from viewer.edge.simulated.processes import KINDS
from viewer.edge.simulated.robots import Program, program_of
from viewer.edge.simulated.tables import RobotTable, SimulationTable
from viewer.edge.simulated.work import Job


class Robot(Device):
    """Six joints that follow a program while the station works, and stand at home otherwise."""

    def __init__(self, table: RobotTable, surroundings: Surroundings) -> None:
        self._table, self._program = table, surroundings.programs[table.id]
        super().__init__(table.station, surroundings, {})

    def set_up(self, parameters: dict[str, object]) -> None:
        joints = [f"{self._table.id}.j{k}" for k in range(1, 7)]
        self.playbacks = [self.surroundings.playback(*joints, rest=self._program.joints_deg[0].tolist())]

    def curves(self, job: Job) -> list[Curve]:
        return [Curve(*self._program.during(job.duration_s))]


class Devices:
    """Hands each job to the devices of its station."""

    def __init__(self, table: SimulationTable, index: Mapping[str, int], faults: Faults, *, seed: int) -> None:
        programs = {one.id: _program(table, one) for one in table.robot}
        around = Surroundings(index, faults, seed, programs, table.line.time_scale)
        self._devices: list[Device] = [Robot(one, around) for one in table.robot]
        known = {one.id for one in table.station}
        for one in table.device:
            if one.type not in KINDS:
                raise UserMistake(f"[[simulation.device]] has no type «{one.type}»: use one of {', '.join(sorted(KINDS))}")
            if one.station not in known:
                raise UserMistake(f"[[simulation.device]] stands at «{one.station}», which is no [[simulation.station]]")
            self._devices.append(KINDS[one.type](one.station, around, one.parameters))
        self._at = {one: [device for device in self._devices if device.station == one] for one in known}

    def remember(self, job: Job, t_s: float) -> None:
        """A job begins."""
        for device in self._at[job.station]:
            device.remember(job, t_s)

    def begin(self, job: Job, t_s: float) -> None:
        """Let the channels follow a job from now on; it may have begun earlier."""
        for device in self._at[job.station]:
            for playback in device.playbacks:
                playback.take(job, t_s)
            for playback, curve in zip(device.playbacks, device.curves(job), strict=True):
                playback.run(job, curve, t_s)

    revise = begin

    def awake(self) -> None:
        """The warm-up is over: channels stand where its last jobs left them."""
        for device in self._devices:
            if device.last_job is not None:
                for playback, curve in zip(device.playbacks, device.curves(device.last_job), strict=True):
                    playback.rest_at(curve.values[-1])

    def follow(self, job: Job, t_s: float) -> None:
        """A job was stopped or goes on."""
        for device in self._at[job.station]:
            for playback in device.playbacks:
                playback.follow(job, t_s)

    def end(self, job: Job, t_s: float) -> None:
        """A job is done."""
        for device in self._at[job.station]:
            device.finish(job)
            device.last_job = job
            for playback in device.playbacks:
                playback.end(t_s)

    def command(self, channel: str, value: float) -> bool:
        """Set a set-point; whether a device has it. Raises UserMistake for a value it can't hold."""
        return any(device.command(channel, value) for device in self._devices)

    def collect(self, after_ns: int, until_ns: int, out: Outbox) -> None:
        """Put the samples of (after, until]."""
        for device in self._devices:
            for playback in device.playbacks:
                playback.collect(after_ns, until_ns, out)
            device.continuous(after_ns, until_ns, out)


def _program(table: SimulationTable, robot: RobotTable) -> Program:
    for one in table.station:
        if one.id == robot.station:
            return program_of(robot, one.cycle_s * one.spread[0] / table.line.time_scale)
    raise UserMistake(f"robot {robot.id} stands at «{robot.station}», which is no [[simulation.station]]")
