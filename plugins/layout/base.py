"""The layout as it stands, made ready for one station: its bodies, its neighbours by name, its aisles, its present ways."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from viewer.api import ROOT, Job, NodeId, PathId, StationId, Twin, UserMistake, Value, world_from_node

from .aisles import Aisle, aisle_of, room
from .bodies import Bodies, Trees
from .clash import Pairs, clashes, moved, nearest
from .transport import Way, Ways

Array = NDArray[np.float64]

JOINED_M = 0.15
"""What stands nearer than this as the layout stands belongs to the station's place: the conveyor that runs through it."""


class Base:
    """One twin and one station. What takes long is computed once. One thread."""

    def __init__(self, twin: Twin, station: StationId, bodies: Bodies | None) -> None:
        if station not in twin.stations:
            known = ", ".join(sorted(twin.stations)) or "none"
            raise UserMistake(f"the scene has no station {station!r}; there are: {known}")
        self.twin = twin
        self.station = twin.stations[station]
        self.node: NodeId = self.station.node
        if self.node not in twin.nodes:
            raise UserMistake(f"the station {station!r} has no node in the scene; its node should be {self.node!r}")
        self.world: Array = world_from_node(twin, self.node)
        self.bodies = bodies or Bodies(twin)
        self.rows = self.bodies.rows_below(self.node)
        self.groups, self.group_names = _groups(self.bodies, self.node)
        self._ways = Ways(twin)
        self._places = {
            one.id: world_from_node(twin, one.node)[:3, 3] for one in twin.stations.values() if one.node in twin.nodes
        }
        self._existing: Pairs | None = None
        self._joined: frozenset[int] | None = None
        self._aisles: dict[str, list[tuple[Aisle, Array]]] = {}

    def touching(self, trees: Trees, job: Job) -> Pairs:
        """Pairs that meet already as the layout stands."""
        if self._existing is None:
            self._existing = clashes(self.bodies, moved(self.bodies, self.rows, np.eye(4)), trees, job)
        return self._existing

    def joined(self, trees: Trees, job: Job) -> frozenset[int]:
        """Groups that the station stands against as the layout stands; they are no neighbours to keep clear of."""
        if self._joined is None:
            touching = {int(self.groups[b]) for _, b in self.touching(trees, job)}
            place = moved(self.bodies, self.rows, np.eye(4))
            self._joined = frozenset(touching | set(nearest(self.bodies, place, self.groups, JOINED_M, trees, job)))
        return self._joined

    def aisles(self, parameters: Mapping[str, Value]) -> list[tuple[Aisle, Array]]:
        """The aisles to keep free, each with the room that everything but the station leaves."""
        wanted = str(parameters["aisles"])
        if wanted not in self._aisles:
            still = np.ones(len(self.bodies.nodes), dtype=bool)
            still[self.rows] = False
            found = [aisle_of(self.twin.paths[path]) for path in self._paths(wanted)]
            self._aisles = {wanted: [(aisle, room(aisle, self.bodies.boxes[still])) for aisle in found]}
        return self._aisles[wanted]

    def ways_at(self, world: Array) -> tuple[list[Way], list[Way]]:
        """All flows' ways as they are, and with the station standing elsewhere."""
        return self._ways.all(self._places), self._ways.all(self._places | {self.station.id: world[:3, 3]})

    def _paths(self, wanted: str) -> list[PathId]:
        names = [PathId(one.strip()) for one in wanted.split(",") if one.strip()]
        for name in names:
            if name not in self.twin.paths:
                raise UserMistake(f"the scene has no path {name!r}; there are: {', '.join(sorted(self.twin.paths)) or 'none'}")
        return names


def _groups(bodies: Bodies, station: NodeId) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """What each body belongs to: the nearest station above it, else what hangs beside the station; -1 for the moved one's own.

    Beside the station is what has a parent in common with it; alike single parts there count as one («post» for post01, post02).
    """
    twin = bodies.twin
    stations = {one.node: one.id for one in twin.stations.values()}
    numbers: dict[str, int] = {}
    above = {station, ROOT, *twin.ancestors(station)}
    groups = np.full(len(bodies.nodes), -1, dtype=np.intp)
    for row, node in enumerate(bodies.nodes):
        way = [node, *twin.ancestors(node)]
        if station in way:
            continue
        name: str | None = next((stations[one] for one in way if one in stations), None)
        if name is None:
            beside = next(one for one in way if twin.nodes[one].parent in above)
            name = beside if twin.children_of(beside) else re.sub(r"[\W_]*\d+$", "", beside) or beside
        groups[row] = numbers.setdefault(name, len(numbers))
    return groups, tuple(numbers)
