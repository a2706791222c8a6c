"""line.toml: paths, stations, flows and what is simulated."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from scenes.battery_line.make.plan import (
    AISLE_M,
    CARRIERS,
    CONVEYOR_M,
    HALL_START_M,
    STOPS,
    TIME_SCALE,
    VEHICLES,
    grid,
)
from scenes.battery_line.make.toml_writer import table, tables


def paths() -> list[dict[str, Any]]:
    return [
        {"id": "conveyor", "points_m": CONVEYOR_M, "closed": True, "corner_radius_m": 1.5},
        {"id": "aisle", "points_m": AISLE_M, "closed": True, "corner_radius_m": 2.0},
    ]


def stations(channels_of: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "name": one.name,
            "node": one.id,
            "process": one.process,
            "cycle_s": float(one.cycle_s),
            "footprint_m": list(one.footprint_m),
            "channels": channels_of[one.id],
        }
        for one in STOPS
    ]


def flows() -> list[dict[str, Any]]:
    """The product from station to station on its conveyor, and material from the supermarket's end of the aisle."""
    found = [
        {"id": f"line.{a.id}.{b.id}", "source": a.id, "target": b.id, "trips_per_h": 50.0, "cost_per_m": 0.012, "load": "pack"}
        for a, b in pairwise(STOPS)
    ]
    supplies = [
        ("cells", "st010", "st020", 12.0, "cell trays"),
        ("busbars", "st140", "st040", 4.0, "busbars"),
        ("trays", "st140", "st060", 25.0, "pack trays"),
        ("cold_plates", "st140", "st070", 17.0, "cold plates"),
        ("bolts", "st010", "st080", 2.0, "bolts"),
        ("harness", "st010", "st090", 8.0, "harness and BMS kits"),
        ("lids", "st140", "st100", 25.0, "lids"),
        ("packs", "st140", "st010", 50.0, "empty racks"),
    ]
    return found + [
        {
            "id": f"supply.{name}",
            "source": source,
            "target": target,
            "trips_per_h": trips,
            "cost_per_m": 0.035,
            "path": "aisle",
            "load": load,
        }
        for name, source, target, trips, load in supplies
    ]


def _line() -> dict[str, Any]:
    return {
        "path": "conveyor",
        "carriers": CARRIERS,
        "pallet_m": 2.4,
        "speed_m_s": 0.35,
        "accel_m_s2": 0.3,
        "time_scale": TIME_SCALE,
        "warmup_s": 1708.0,
        "planned_takt_s": 170.0,
        "window_s": 3600.0,
    }


def _stops() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for one in STOPS:
        row: dict[str, Any] = {
            "id": one.id,
            "s_m": round(one.x_m - HALL_START_M, 6),
            "number": one.number,
            "cycle_s": float(one.cycle_s),
        }
        if one.setup_every:
            row |= {"setup_every": one.setup_every, "setup_s": float(one.setup_s)}
        if one.mtbf_s:
            row |= {"mtbf_s": float(one.mtbf_s), "mttr_s": float(one.mttr_s)}
        if one.number == 80:
            row["bottleneck"] = True
        rows.append(row)
    return rows


_NORTH = {"base_xyz_m": [0.0, 2.3, 0.0], "base_yaw_deg": -90.0}
_SOUTH = {"base_xyz_m": [0.0, -2.3, 0.0], "base_yaw_deg": 90.0}


def _robots() -> list[dict[str, Any]]:
    around = [[-0.8, 0.1, 1.0], [0.8, 0.1, 1.0], [0.8, 0.6, 1.0], [-0.8, 0.6, 1.0], [-0.8, 0.1, 1.0]]
    return [
        {"id": "st020.r1", "station": "st020", **_NORTH, "tool_m": 0.32, "program": "pick_and_place", "pick_m": [1.75, 1.75, 1.1],
         "targets_m": [[-0.6, 0.25, 1.0], [-0.2, 0.25, 1.0], [0.2, 0.25, 1.0], [0.6, 0.25, 1.0]], "line_speed_m_s": 0.8},
        {"id": "st030.r1", "station": "st030", **_NORTH, "tool_m": 0.36, "program": "bead", "targets_m": around,
         "line_speed_m_s": 0.22},
        {"id": "st040.r1", "station": "st040", **_NORTH, "tool_m": 0.55, "program": "spots", "dwell_s": 0.3,
         "line_speed_m_s": 0.5, "targets_m": grid([-0.7, -0.42, -0.14, 0.14, 0.42, 0.7], [0.5, 0.2], 1.0)},
        {"id": "st060.r1", "station": "st060", **_NORTH, "tool_m": 0.30, "program": "pick_and_place", "pick_m": [1.9, 2.3, 1.0],
         "targets_m": [[-0.5, 0.2, 1.0], [0.0, 0.2, 1.0], [0.5, 0.2, 1.0]], "line_speed_m_s": 0.7},
        {"id": "st070.r1", "station": "st070", **_NORTH, "tool_m": 0.31, "program": "pick_and_place", "pick_m": [2.0, 2.5, 1.0],
         "targets_m": [[0.0, 0.05, 1.05], [0.0, 0.05, 1.05]], "line_speed_m_s": 0.5, "dwell_s": 1.2},
        {"id": "st080.r1", "station": "st080", **_NORTH, "tool_m": 0.43, "program": "bolts", "lift_m": 0.12, "dwell_s": 0.9,
         "targets_m": grid([-0.9, -0.54, -0.18, 0.18, 0.54, 0.9], [0.55, 0.2], 0.98), "line_speed_m_s": 0.6},
        {"id": "st080.r2", "station": "st080", **_SOUTH, "tool_m": 0.43, "program": "bolts", "lift_m": 0.12, "dwell_s": 0.9,
         "targets_m": grid([0.9, 0.54, 0.18, -0.18, -0.54, -0.9], [-0.55, -0.2], 0.98), "line_speed_m_s": 0.6},
        {"id": "st100.r1", "station": "st100", **_NORTH, "tool_m": 0.31, "program": "pick_and_place", "pick_m": [2.0, 2.5, 1.0],
         "targets_m": [[0.0, 0.05, 1.05]], "line_speed_m_s": 0.3, "dwell_s": 2.5},
    ]  # fmt: skip


def _vehicles() -> dict[str, Any]:
    """Docks on the south leg (s grows with x from 15), drop points on the north leg (from x 140 back to 10)."""
    return {
        "path": "aisle",
        "ids": [f"agv{k}" for k in range(1, VEHICLES + 1)],
        "docks_m": [15.0, 45.0, 75.0, 105.0],
        "drops_m": [145.6, 163.6, 181.6, 199.6, 217.6, 244.6],
    }


def text(channels_of: dict[str, list[str]], devices: list[dict[str, Any]]) -> str:
    """The whole file."""
    parts = [
        "# Paths, stations, flows and the simulated plant. Written by make/channels.py: change that, then run\n"
        "# python -m scenes.battery_line.make.channels\n",
        tables("path", paths()),
        tables("station", stations(channels_of)),
        tables("flow", flows()),
        table("simulation.line", _line()),
        tables("simulation.station", _stops()),
        tables("simulation.robot", _robots()),
        table("simulation.vehicles", _vehicles()),
        tables("simulation.device", devices),
    ]
    return "\n".join(one for one in parts if one)
