"""channels.toml and line.toml: every channel of the line, what it moves, shows and colours, and how the plant is simulated.

Run `python -m scenes.battery_line.make.channels` from the checkout's root to write both files anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scenes.battery_line.make import line_tables
from scenes.battery_line.make.measured import DEVICES, MEASURED
from scenes.battery_line.make.plan import CARRIERS, ROBOTS, STOPS, VEHICLES
from scenes.battery_line.make.toml_writer import tables

STATES = [
    {"value": 0, "text": "idle", "colour": "#8a8f98"},
    {"value": 1, "text": "starved", "colour": "#5aa9e6"},
    {"value": 2, "text": "working", "colour": "#2fb170"},
    {"value": 3, "text": "blocked", "colour": "#e6a700"},
    {"value": 4, "text": "fault", "colour": "#e5484d"},
    {"value": 5, "text": "set-up", "colour": "#8e6fd8"},
]
POSED_S = 0.5
"""What moves sends 30 times a second; what stands, every half second: that is the longest time between two samples."""
JOINT_AXES = ([0, 0, 1], [0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0])
JOINT_RANGE_DEG = ((-180, 180), (-90, 130), (-180, 80), (-190, 190), (-125, 125), (-360, 360))
BUILT = (
    ("modules", 20),
    ("busbars", 40),
    ("tray", 60),
    ("coldplate", 70),
    ("bolts", 80),
    ("hv", 90),
    ("lid", 100),
    ("lidbolts", 110),
)

Row = dict[str, Any]


def _station_channels() -> list[Row]:
    rows: list[Row] = []
    for one in STOPS:
        rows.append({"id": f"{one.id}.state", "name": f"{one.name} state", "kind": "state", "node": one.id, "states": STATES})
        rows.append(
            {"id": f"{one.id}.cycle_s", "name": "Cycle time", "unit": "s", "node": one.id, "low": 0.0, "high": 60.0,
             "properties": {"source": "from the pallet's arrival to the end of work"}}
        )  # fmt: skip
        rows.append({"id": f"{one.id}.count", "name": "Units done", "kind": "counter", "node": one.id})
    return rows


def _robot_channels() -> list[Row]:
    return [
        {"id": f"{stop.id}.{robot}.j{k + 1}", "name": f"Joint {k + 1}", "unit": "deg", "kind": "position", "period_s": POSED_S,
         "node": f"{stop.id}.{robot}.link{k + 1}", "low": float(JOINT_RANGE_DEG[k][0]), "high": float(JOINT_RANGE_DEG[k][1])}
        for stop, robot in ROBOTS
        for k in range(6)
    ]  # fmt: skip


def _carrier_channels() -> list[Row]:
    rows: list[Row] = []
    for k in range(1, CARRIERS + 1):
        name = f"carrier{k:02d}"
        rows.append(
            {"id": f"{name}.s", "name": "Place on the conveyor", "unit": "m", "kind": "position", "period_s": POSED_S,
             "node": name, "low": 0.0, "high": 266.0}
        )  # fmt: skip
        rows.append(
            {"id": f"{name}.stage", "name": "Last completed station", "kind": "state", "node": name, "low": 0.0, "high": 140.0}
        )
    return rows


def _vehicle_channels() -> list[Row]:
    rows: list[Row] = []
    for k in range(1, VEHICLES + 1):
        name = f"agv{k}"
        rows.append(
            {"id": f"{name}.s", "name": "Place in the aisle", "unit": "m", "kind": "position", "period_s": POSED_S, "node": name,
             "low": 0.0, "high": 281.0}
        )  # fmt: skip
        rows.append(
            {"id": f"{name}.battery", "name": "Battery", "unit": "%", "node": name, "low": 0.0, "high": 100.0,
             "limits": {"lolo": 10.0, "lo": 20.0}}
        )  # fmt: skip
        rows.append(
            {"id": f"{name}.speed", "name": "Speed", "unit": "m/s", "period_s": POSED_S, "node": name, "low": 0.0, "high": 1.6}
        )
    return rows


def _line_channels() -> list[Row]:
    return [
        {"id": "line.oee", "name": "OEE", "unit": "%", "low": 0.0, "high": 100.0, "limits": {"lo": 60.0}},
        {"id": "line.takt_s", "name": "Takt", "unit": "s", "low": 30.0, "high": 120.0, "limits": {"hi": 100.0}},
        {"id": "line.units", "name": "Good packs", "kind": "counter"},
        {"id": "line.scrap", "name": "Scrapped packs", "kind": "counter"},
    ]


def _correction_channels() -> list[Row]:
    """What the gateway may correct by itself, and how that fares (its own channel, none of the plant's)."""
    setpoint = "st030.adhesive.heater_setpoint"
    states = [
        {"value": 0, "text": "not corrected", "colour": "#8a8f98"},
        {"value": 1, "text": "correcting", "colour": "#2fb170"},
        {"value": 2, "text": "stopped", "colour": "#e5484d"},
    ]
    return [
        {"id": setpoint, "name": "Adhesive heater set-point", "unit": "degC", "kind": "setpoint", "node": "st030.r1.tool",
         "low": 40.0, "high": 50.0},
        {"id": f"{setpoint}.correction", "name": "Correction of the adhesive", "kind": "state", "node": "st030.r1.tool",
         "states": states, "properties": {"by": "gateway"}},
    ]  # fmt: skip


def channels() -> list[Row]:
    """All of them."""
    measured = [one.channel() for one in MEASURED]
    moving = _robot_channels() + _carrier_channels() + _vehicle_channels()
    return _station_channels() + measured + moving + _line_channels() + _correction_channels()


def bindings() -> list[Row]:
    """All of them."""
    rows: list[Row] = []
    for stop, robot in ROBOTS:
        for k, axis in enumerate(JOINT_AXES):
            name = f"{stop.id}.{robot}"
            rows.append({"kind": "revolute", "channel": f"{name}.j{k + 1}", "node": f"{name}.link{k + 1}", "axis": axis})
    for k in range(1, CARRIERS + 1):
        name = f"carrier{k:02d}"
        rows.append({"kind": "path", "channel": f"{name}.s", "node": name, "path": "conveyor"})
        rows += [
            {"kind": "visible", "channel": f"{name}.stage", "node": f"{name}.pack.{group}", "at_least": float(number)}
            for group, number in BUILT
        ]
    rows += [{"kind": "path", "channel": f"agv{k}.s", "node": f"agv{k}", "path": "aisle"} for k in range(1, VEHICLES + 1)]
    rows += [{"kind": "colour", "channel": f"{one.id}.state", "node": f"{one.id}.lamp"} for one in STOPS]
    for one in MEASURED:
        rows += one.bindings()
    return rows


def channels_of() -> dict[str, list[str]]:
    """The channels of each station."""
    found: dict[str, list[str]] = {one.id: [] for one in STOPS}
    for row in channels():
        station = row["id"].split(".")[0]
        if station in found and row.get("properties", {}).get("by") != "gateway":
            found[station].append(row["id"])
    return found


def channels_text() -> str:
    """The whole of channels.toml."""
    head = (
        "# Channels of the battery line and what they move, show and colour. Written by make/channels.py: change that, then run\n"
        "# python -m scenes.battery_line.make.channels\n"
    )
    return "\n".join([head, tables("channel", channels()), tables("binding", bindings())])


def line_text() -> str:
    """The whole of line.toml."""
    return line_tables.text(channels_of(), DEVICES)


def main() -> None:
    folder = Path(__file__).resolve().parent.parent
    (folder / "channels.toml").write_text(channels_text(), encoding="utf-8")
    (folder / "line.toml").write_text(line_text(), encoding="utf-8")
    print(f"wrote {len(channels())} channels and {len(bindings())} bindings")


if __name__ == "__main__":
    main()
