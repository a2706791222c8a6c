"""Puts what a moved station does into a study result: summary, cards, tables, a field over the scene, and the proposed edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.api import (
    Figure,
    Headline,
    MoveNode,
    NodeField,
    NodeId,
    Pose,
    Series,
    StationId,
    StudyResult,
    Table,
    Twin,
    format_value,
    grouped,
)

from .aisles import Width
from .base import Base
from .clash import Pairs
from .transport import Way

EXISTING, NEW = 1.0, 2.0
MOST_ROWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Everything that was found."""

    base: Base
    world: NDArray[np.float64]
    pose: Pose
    clashes: Pairs
    existing: Pairs
    clearances: Mapping[str, tuple[float, bool]]
    joined: frozenset[str]
    """Neighbours that the station stands against as the layout stands."""
    widths: list[tuple[str, Width | None]]
    ways: tuple[list[Way], list[Way]]

    @property
    def new(self) -> list[tuple[int, int]]:
        """Pairs that meet only after the move."""
        return sorted(self.clashes - self.existing)

    @property
    def hit(self) -> dict[str, int]:
        """What the station newly runs into, with how many pairs of parts, most first."""
        base = self.base
        names = Counter(base.group_names[base.groups[b]] for _, b in self.new)
        return dict(sorted(names.items(), key=lambda one: (-one[1], one[0])))

    @property
    def nearest(self) -> tuple[str, float] | None:
        """The nearest neighbour that the station does not stand against anyway."""
        free = [(distance, name) for name, (distance, _) in self.clearances.items() if name not in self.joined]
        return (min(free)[1], min(free)[0]) if free else None


def reported(twin: Twin, found: Findings, wanted: Mapping[str, float]) -> StudyResult:
    """The whole result."""
    stays = np.allclose(found.world, found.base.world, atol=1e-9)
    return StudyResult(
        summary=_summary(twin, found, wanted),
        headlines=_headlines(twin, found, wanted),
        tables=(_clash_table(twin, found), _clearance_table(found), _aisle_table(found, wanted), _flow_table(twin, found)),
        figures=(_cost_figure(twin, found),),
        fields=(_field(found),),
        proposed=() if stays else (MoveNode(found.base.node, found.pose),),
    )


def _summary(twin: Twin, found: Findings, wanted: Mapping[str, float]) -> dict[str, Any]:
    nodes = found.base.bodies.nodes
    before, after = _cost(found)
    return {
        "station": found.base.station.id,
        "pose": _pose(found.world),
        "base_pose": _pose(found.base.world),
        "clashes": {
            "new": [[nodes[a], nodes[b]] for a, b in found.new],
            "with": found.hit,
            "existing": len(found.clashes & found.existing),
            "resolved": len(found.existing - found.clashes),
        },
        "clearance": [
            {"neighbour": name, "distance_m": distance, "exact": exact}
            for name, (distance, exact) in sorted(found.clearances.items())
        ],
        "aisles": [
            {
                "path": name,
                "width_m": None if width is None else width.width_m,
                "at_m": None if width is None else list(width.at_m),
                "wide_enough": width is None or width.width_m >= wanted["aisle"],
            }
            for name, width in found.widths
        ],
        "transport": {
            "currency": twin.currency,
            "base_per_h": before,
            "scenario_per_h": after,
            "delta_per_h": after - before,
            "base_per_year": before * wanted["hours_per_year"],
            "scenario_per_year": after * wanted["hours_per_year"],
            "delta_per_year": (after - before) * wanted["hours_per_year"],
        },
    }


def _pose(world: NDArray[np.float64]) -> dict[str, float]:
    angle = float(np.degrees(np.arctan2(world[1, 0], world[0, 0])))
    return {"x_m": float(world[0, 3]), "y_m": float(world[1, 3]), "angle_deg": angle}


def _cost(found: Findings) -> tuple[float, float]:
    before, after = found.ways
    return sum(one.cost_per_h for one in before), sum(one.cost_per_h for one in after)


def _headlines(twin: Twin, found: Findings, wanted: Mapping[str, float]) -> tuple[Headline, ...]:
    before, after = _cost(found)
    hours = wanted["hours_per_year"]
    delta = round((after - before) * hours, 6)
    worst = next(iter(found.hit), "")
    cards = [
        Headline(
            "New clashes",
            float(len(found.new)),
            "",
            "bad" if found.new else "good",
            f"with {_titled(twin, worst)}" if worst else "of parts",
        )
    ]
    if found.nearest is not None:
        name, least = found.nearest
        rule = f"rule {format_value(wanted['clearance'], 'm')}, to {_titled(twin, name)}"
        cards.append(Headline("Least clearance", round(least, 3), "m", "good" if least >= wanted["clearance"] else "bad", rule))
    widths = [width.width_m for _, width in found.widths if width is not None]
    if widths:
        verdict = "good" if min(widths) >= wanted["aisle"] else "bad"
        cards.append(
            Headline("Narrowest aisle", round(min(widths), 3), "m", verdict, f"rule {format_value(wanted['aisle'], 'm')}")
        )
    verdict = "neutral" if abs(delta) < 0.5 else "bad" if delta > 0.0 else "good"
    unit = f"{twin.currency}/year"
    was = f"{grouped(before * hours)} → {grouped(after * hours)} a year"
    return (*cards, Headline("Transport cost change", delta, unit, verdict, was))


def _titled(twin: Twin, group: str) -> str:
    """A station's id and name, or the group's own name."""
    station = twin.stations.get(StationId(group))
    if station is None or not station.name or station.name == group:
        return group
    return f"{group} {station.name}"


def _clash_table(twin: Twin, found: Findings) -> Table:
    nodes = found.base.bodies.nodes
    old = sorted(found.clashes & found.existing)
    pairs = [(pair, "new") for pair in found.new] + [(pair, "existing") for pair in old]
    rows = tuple((_name(twin, nodes[a]), _name(twin, nodes[b]), state) for (a, b), state in pairs[:MOST_ROWS])
    return Table("Clashes", ("Of the station", "With", "State"), rows)


def _name(twin: Twin, node: NodeId) -> str:
    name = twin.nodes[node].name
    return f"{name} ({node})" if name and name != node else node


def _clearance_table(found: Findings) -> Table:
    order = sorted(found.clearances.items(), key=lambda one: (one[1][0], one[0]))
    rows = tuple(
        (name, round(distance, 4), "measured" if exact else "at least", "stands against it" if name in found.joined else "")
        for name, (distance, exact) in order
    )
    return Table("Clearance to neighbours", ("Neighbour", "Distance [m]", "How", "As it stands"), rows)


def _aisle_table(found: Findings, wanted: Mapping[str, float]) -> Table:
    rows: list[tuple[float | str, ...]] = []
    for name, width in found.widths:
        if width is None:
            rows.append((name, "not touched by the station", "–", "–"))
        else:
            x, y = width.at_m
            rows.append((name, width.width_m, f"{x:.1f}, {y:.1f}", "yes" if width.width_m >= wanted["aisle"] else "no"))
    return Table("Aisles", ("Path", "Free width [m]", "Narrowest at x, y [m]", "Wide enough"), tuple(rows))


def _flow_table(twin: Twin, found: Findings) -> Table:
    rows = tuple(
        (
            old.flow.id,
            f"{old.flow.source} → {old.flow.target}",
            old.flow.trips_per_h,
            old.way_m,
            new.way_m,
            new.cost_per_h - old.cost_per_h,
        )
        for old, new in zip(*found.ways, strict=True)
    )
    columns = ("Flow", "From → to", "Trips [1/h]", "Way now [m]", "Way then [m]", f"Change [{twin.currency}/h]")
    return Table("Flows", columns, rows)


def _cost_figure(twin: Twin, found: Findings) -> Figure:
    touched = [
        (old, new) for old, new in zip(*found.ways, strict=True) if found.base.station.id in (old.flow.source, old.flow.target)
    ]
    x = np.arange(len(touched), dtype=np.float64)
    bars = (
        Series("As it stands", x, np.array([old.cost_per_h for old, _ in touched]), "bars"),
        Series("Moved", x, np.array([new.cost_per_h for _, new in touched]), "bars"),
    )
    return Figure("Transport of this station", "", f"{twin.currency}/h", bars, x_names=tuple(old.flow.id for old, _ in touched))


def _field(found: Findings) -> NodeField:
    nodes = found.base.bodies.nodes
    level: dict[NodeId, float] = {}
    for pair in sorted(found.clashes):
        for row in pair:
            level[nodes[row]] = max(level.get(nodes[row], 0.0), EXISTING if pair in found.existing else NEW)
    names = tuple(sorted(level))
    return NodeField("Clashes: 1 as before, 2 new", "", names, np.array([level[one] for one in names]), "heat")
