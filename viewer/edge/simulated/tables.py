"""The scene's [simulation] tables: what is simulated, in types, checked when read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, TypeVar

import msgspec

from viewer.base.errors import UserMistake

Triple = tuple[float, float, float]
T = TypeVar("T")


class Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Any table below [simulation]."""


class LineTable(Table, frozen=True):
    """The conveyor and what rides on it. Times and speeds are the real plant's; `time_scale` makes all of them faster."""

    path: str
    carriers: int
    pallet_m: float = 2.4
    speed_m_s: float = 0.35
    accel_m_s2: float = 0.3
    time_scale: float = 1.0
    warmup_s: float = 0.0
    """How long (plant time, after scaling) the line has run before the first sample."""
    planned_takt_s: float = 60.0
    """The takt the line was designed for, before scaling: the ideal cycle of the performance figure."""
    window_s: float = 3600.0
    """How far back the line's figures look, plant time."""

    def __post_init__(self) -> None:
        if self.carriers < 1 or min(self.pallet_m, self.speed_m_s, self.accel_m_s2, self.time_scale) <= 0.0:
            raise ValueError("the line needs a carrier, and pallet_m, speed_m_s, accel_m_s2 and time_scale over 0")


class StationTable(Table, frozen=True):
    """One stop on the conveyor."""

    id: str
    s_m: float
    number: int
    cycle_s: float
    spread: tuple[float, float] = (0.93, 1.15)
    """Shortest and longest cycle as multiples of `cycle_s` (the mode of the triangular distribution)."""
    setup_every: int = 0
    setup_s: float = 0.0
    mtbf_s: float = 0.0
    """Mean working time between stops of its own, before scaling; 0: never."""
    mttr_s: float = 0.0
    bottleneck: bool = False
    """The station whose stops count as the line's in the availability figure."""

    def __post_init__(self) -> None:
        if not 0.0 < self.spread[0] <= 1.0 <= self.spread[1] or self.cycle_s <= 0.0:
            raise ValueError(f"station {self.id} needs a cycle_s over 0 and a spread from at most 1 to at least 1")


class RobotTable(Table, frozen=True):
    """A six-axis robot at a station."""

    id: str
    station: str
    base_xyz_m: Triple
    base_yaw_deg: float
    tool_m: float
    program: str
    targets_m: tuple[Triple, ...] = ()
    """Tool positions of its work, in the station's frame."""
    pick_m: Triple = (0.0, 0.0, 0.0)
    lift_m: float = 0.18
    line_speed_m_s: float = 0.25
    dwell_s: float = 0.3
    joint_speed_deg_s: tuple[float, ...] = (150.0, 140.0, 150.0, 220.0, 220.0, 300.0)


class VehiclesTable(Table, frozen=True):
    """Driverless vehicles on one path."""

    path: str
    ids: tuple[str, ...]
    docks_m: tuple[float, ...]
    """Where they load, positions on the path."""
    drops_m: tuple[float, ...]
    length_m: float = 2.5
    speed_m_s: float = 1.4
    accel_m_s2: float = 0.6
    dwell_s: float = 8.0
    drain_percent_per_m: float = 0.012
    charge_percent_per_s: float = 0.35


class DeviceTable(msgspec.Struct, frozen=True):
    """A process device at a station; `parameters` are its model's own."""

    type: str
    station: str
    parameters: dict[str, Any] = {}


class SimulationTable(Table, frozen=True):
    """The whole of [simulation]."""

    line: LineTable
    station: tuple[StationTable, ...]
    robot: tuple[RobotTable, ...] = ()
    vehicles: VehiclesTable | None = None
    device: tuple[DeviceTable, ...] = ()

    def __post_init__(self) -> None:
        stops = sorted(one.s_m for one in self.station)
        near = [b for a, b in pairwise(stops) if b - a < self.line.pallet_m]
        if not stops or near:
            raise ValueError(f"stations must be at least one pallet ({self.line.pallet_m:g} m) apart, and there must be one")


def read_table(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """The table in its type. Raises UserMistake with one sentence that names `where` and the key."""
    try:
        return msgspec.convert(dict(table), kind)
    except msgspec.ValidationError as error:
        raise UserMistake(f"{where} of the scene does not fit the simulated plant: {error}") from error
