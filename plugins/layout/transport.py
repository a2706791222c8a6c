"""Transport cost from flows: trips times way times cost per metre, rectilinear or along the aisle that a flow follows.

cost per hour = sum over flows of trips per hour * way * cost per metre (Francis, McGinnis & White,
Facility Layout and Location, 2nd ed. 1992: the layout objective with rectilinear distances).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.api import CompiledPath, Flow, PathId, StationId, Twin

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Way:
    """One flow's way and cost."""

    flow: Flow
    way_m: float
    cost_per_h: float


class Ways:
    """The paths of a twin, made ready once."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        used = {flow.path for flow in twin.flows.values() if flow.path is not None and flow.path in twin.paths}
        self._paths: dict[PathId, tuple[CompiledPath, Array, Array]] = {}
        for path_id in used:
            path = CompiledPath(twin.paths[path_id])
            at_m = np.linspace(0.0, path.length_m, max(2, int(path.length_m / 0.1)), endpoint=not path.closed)
            self._paths[path_id] = (path, at_m, path.frames(at_m)[:, :2, 3])

    def all(self, places: Mapping[StationId, Array]) -> list[Way]:
        """Every flow between known stations at these places ((2,) or (3,) world metres), sorted by id."""
        flows = sorted(self._twin.flows.values(), key=lambda one: one.id)
        return [
            self._way(one, places[one.source], places[one.target])
            for one in flows
            if one.source in places and one.target in places
        ]

    def _way(self, flow: Flow, source: Array, target: Array) -> Way:
        known = self._paths.get(flow.path) if flow.path is not None else None
        way_m = rectilinear_m(source, target) if known is None else _along_m(known, source, target)
        return Way(flow, way_m, flow.trips_per_h * way_m * flow.cost_per_m)


def rectilinear_m(source: Array, target: Array) -> float:
    """|dx| + |dy|, metres."""
    return float(np.abs(np.asarray(source)[:2] - np.asarray(target)[:2]).sum())


def _along_m(known: tuple[CompiledPath, Array, Array], source: Array, target: Array) -> float:
    """To the path, along it in its direction (round where it is closed; either way where it is open), and from it."""
    path, at_m, points = known
    legs, stops = 0.0, [0.0, 0.0]
    for end, place in enumerate((source, target)):
        distances = np.abs(points - np.asarray(place)[:2]).sum(axis=1)
        nearest = int(distances.argmin())
        legs += float(distances[nearest])
        stops[end] = float(at_m[nearest])
    along = stops[1] - stops[0]
    return legs + (along % path.length_m if path.closed else abs(along))
