"""The scene's [simulation] tables: what is simulated, in types, checked when read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from viewer.base.errors import UserMistake

Triple = tuple[float, float, float]
T = TypeVar("T")


class Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Any table below [simulation]."""


class LineTable(Table):
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


class StationTable(Table):
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


class RobotTable(Table):
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


class VehiclesTable(Table):
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


class SimulationTable(Table):
    """The whole of [simulation]."""

    line: LineTable
    station: tuple[StationTable, ...]
    robot: tuple[RobotTable, ...] = ()
    vehicles: VehiclesTable | None = None
    device: tuple[DeviceTable, ...] = ()


def read_table(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """The table in its type. Raises UserMistake with one sentence that names `where` and the key."""
    try:
        return msgspec.convert(dict(table), kind)
    except msgspec.ValidationError as error:
        raise UserMistake(f"{where} of the scene does not fit the simulated plant: {error}") from error
