"""The layout study: one station at another place, against the layout as it stands."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from viewer.api import (
    ROOT,
    Job,
    NodeId,
    Parameter,
    Pose,
    StationId,
    StudyInfo,
    StudyResult,
    Twin,
    UserMistake,
    Value,
    bounds_in_world,
    world_from_node,
)

from .aisles import narrowest, room
from .base import Base
from .bodies import Trees
from .clash import clashes, moved, nearest
from .report import Findings, reported

Array = NDArray[np.float64]
NAMES = ("station", "x", "y", "angle", "clearance", "walkway", "aisle", "aisles", "hours_per_year")


class LayoutStudy:
    """Moves one station. Keeps collision trees and the base layout between runs, which changes the speed and never the answer."""

    info = StudyInfo(
        "layout", "Move a station", "Clashes, clearances, aisle widths and transport cost of a moved station.", "layout"
    )

    def __init__(self) -> None:
        self._trees = Trees()
        self._base: Base | None = None

    def parameters(self, twin: Twin) -> tuple[Parameter, ...]:
        first = min(twin.stations, default="")
        low, high = floor_of(twin)
        stays = "; empty: as it stands"
        return (
            Parameter("station", "Station", "station", first),
            Parameter("x", "x", "number", math.nan, "m", low[0], high[0], help=f"Of the station's origin in the world{stays}"),
            Parameter("y", "y", "number", math.nan, "m", low[1], high[1], help=f"Of the station's origin in the world{stays}"),
            Parameter(
                "angle", "Angle", "number", math.nan, "deg", -180.0, 180.0, help=f"About the vertical, from the world's x{stays}"
            ),
            Parameter("clearance", "Clearance wanted", "number", 0.5, "m", 0.0, 3.0, help="To neighbours, for maintenance"),
            Parameter(
                "aisle", "Aisle width wanted", "number", 3.0, "m", 0.5, 8.0, help="Walkway 1.0 m, tugger train 3.0 m; see README"
            ),
            Parameter(
                "aisles", "Aisles", "text", default_aisles(twin), help="Ids of the paths to keep free, separated by commas"
            ),
            Parameter("hours_per_year", "Hours per year", "integer", 5000, "h", 1, 8784),
        )

    def load(self, text: str) -> Mapping[str, Value]:
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UserMistake(f"the layout file is not valid TOML: {error}") from error
        known = [one.name for one in self.parameters(Twin())]
        for number, line in enumerate(text.splitlines(), start=1):
            key = line.partition("=")[0].strip()
            if key in table and key not in known:
                raise UserMistake(f"line {number}: unknown key {key!r}; known keys: {', '.join(known)}")
        return table

    def filled(self, twin: Twin, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """Numbers that are left open, as they stand: x, y and angle of the station."""
        station = twin.stations.get(StationId(str(values["station"])))
        if station is None or station.node not in twin.nodes:
            return {}
        world = world_from_node(twin, station.node)
        return {"x": float(world[0, 3]), "y": float(world[1, 3]), "angle": angle_deg(world)}

    def run(self, twin: Twin, parameters: Mapping[str, Value], *, seed: int, job: Job) -> StudyResult:
        base = self._base_of(twin, str(parameters["station"]), job)
        wanted = {name: _number(parameters, name) for name in ("x", "y", "angle", "clearance", "aisle", "hours_per_year")}
        world = placed(base.world, wanted["x"], wanted["y"], wanted["angle"])
        place = moved(base.bodies, base.rows, world @ np.linalg.inv(base.world))
        now = clashes(base.bodies, place, self._trees, job)
        job.progress(0.5, "measuring clearances")
        groups = base.groups.copy()
        touching = {b for _, b in now}
        groups[[row for row in range(len(groups)) if row in touching]] = -1
        near = nearest(base.bodies, place, groups, max(1.0, 2.0 * wanted["clearance"]), self._trees, job)
        job.progress(0.8, "measuring aisles")
        widths = [
            (aisle.id, narrowest(aisle, others, room(aisle, place.boxes[base.rows]))) for aisle, others in base.aisles(parameters)
        ]
        joined = base.joined(self._trees, job)
        findings = Findings(
            base=base,
            world=world,
            pose=pose_in_parent(twin, base.node, world),
            clashes=now,
            existing=base.touching(self._trees, job),
            clearances={base.group_names[group]: value for group, value in near.items()},
            joined=frozenset(base.group_names[group] for group in joined if group >= 0),
            widths=widths,
            ways=base.ways_at(world),
        )
        return reported(twin, findings, wanted)

    def _base_of(self, twin: Twin, station: str, job: Job) -> Base:
        if self._base is None or self._base.twin is not twin or self._base.station.id != station:
            job.progress(0.0, "preparing the layout")
            bodies = self._base.bodies if self._base is not None and self._base.twin is twin else None
            self._base = Base(twin, StationId(station), bodies)
        return self._base


def placed(world: Array, x_m: float, y_m: float, angle: float) -> Array:
    """The (4, 4) pose at another place and angle about the vertical; NaN leaves as it is. Height and tilt stay."""
    turn = 0.0 if math.isnan(angle) else math.radians(angle - angle_deg(world))
    rotation = np.array([[math.cos(turn), -math.sin(turn), 0.0], [math.sin(turn), math.cos(turn), 0.0], [0.0, 0.0, 1.0]])
    result = world.copy()
    result[:3, :3] = rotation @ world[:3, :3]
    result[0, 3] = world[0, 3] if math.isnan(x_m) else x_m
    result[1, 3] = world[1, 3] if math.isnan(y_m) else y_m
    return result


def angle_deg(world: Array) -> float:
    """Angle of a pose's x axis about the vertical."""
    return math.degrees(math.atan2(world[1, 0], world[0, 0]))


def pose_in_parent(twin: Twin, node: NodeId, world: Array) -> Pose:
    """The pose in its parent that puts a node there."""
    parent = twin.nodes[node].parent
    return Pose.from_matrix(np.linalg.inv(world_from_node(twin, parent)) @ world)


def floor_of(twin: Twin) -> tuple[tuple[float, float], tuple[float, float]]:
    """Low and high corner of all there is, rounded outwards to 10 m, and 10 m more."""
    around = bounds_in_world(twin, twin.children_of(ROOT))
    low, high = np.floor(around[0] / 10.0) * 10.0 - 10.0, np.ceil(around[1] / 10.0) * 10.0 + 10.0
    return (float(low[0]), float(low[1])), (float(max(high[0], low[0] + 1)), float(max(high[1], low[1] + 1)))


def default_aisles(twin: Twin) -> str:
    """Paths that look like aisles: named so, else those that flows follow."""
    named = sorted(path for path in twin.paths if "aisle" in path.lower())
    return ", ".join(named or sorted({flow.path for flow in twin.flows.values() if flow.path is not None}))


def _number(parameters: Mapping[str, Value], name: str) -> float:
    value = parameters[name]
    if not isinstance(value, (int, float)):
        raise UserMistake(f"parameter {name!r} must be a number, not {value!r}")
    return float(value)


STUDY = LayoutStudy()
