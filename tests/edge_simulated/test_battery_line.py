"""The battery line's own tables: written by their script, in agreement with the geometry and with the page about them."""

from __future__ import annotations

import json
import re
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from viewer.edge.simulated.plant import SimulatedPlant
from viewer.edge.simulated.processes import KINDS
from viewer.edge.simulated.programs import PROGRAMS
from viewer.edge.simulated.tables import LineTable, RobotTable, SimulationTable, StationTable, VehiclesTable, read_table
from viewer.twin.paths import CompiledPath

ROOT = Path(__file__).resolve().parents[2]
SCENE = ROOT / "scenes" / "battery_line"
PAGE = ROOT / "docs" / "user" / "simulated-plant.md"


@pytest.mark.parametrize("file", ["channels.toml", "line.toml"])
def test_that_the_committed_tables_are_what_their_script_writes(file: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    from scenes.battery_line.make import channels

    made = channels.channels_text() if file == "channels.toml" else channels.line_text()
    assert (SCENE / file).read_bytes() == made.encode()


def test_that_stations_stop_pallets_where_they_stand(line_document):
    table = read_table(SimulationTable, line_document.simulation, "[simulation]")
    paths = {one.id: CompiledPath(one) for one in line_document.paths}
    frames = paths["conveyor"].frames(np.array([one.s_m for one in table.station]))
    numbers = np.array([one.number for one in table.station])
    assert len(numbers) == 14
    np.testing.assert_allclose(
        frames[:, :3, 3], np.stack([7.5 + 0.9 * numbers, np.full(14, 30.0), np.full(14, 0.75)], axis=1), atol=1e-9
    )
    assert table.vehicles is not None
    docks = paths["aisle"].frames(np.array(table.vehicles.docks_m))[:, 1, 3]
    drops = paths["aisle"].frames(np.array(table.vehicles.drops_m))[:, 1, 3]
    np.testing.assert_allclose(docks, 12.0)
    np.testing.assert_allclose(drops, 24.0)


def test_that_every_bound_node_of_the_plant_is_in_its_geometry(line_document):
    raw = (SCENE / "plant.glb").read_bytes()
    size = struct.unpack("<I", raw[12:16])[0]
    nodes = {one.get("name") for one in json.loads(raw[20 : 20 + size])["nodes"]}
    wanted = {str(one.node) for one in line_document.bindings if ".pack." not in one.node}
    wanted |= {str(one.node) for one in line_document.stations}
    wanted |= {str(one.node) for one in line_document.channels if one.node}
    assert sorted(wanted - nodes) == []


def test_that_at_most_one_label_stands_at_a_station(line_document):
    labels = [one.node.split(".")[0] for one in line_document.bindings if one.kind == "label"]
    assert len(labels) == len(set(labels))
    assert 10 <= len(labels) <= 14


def test_that_the_page_names_every_fault_with_its_parameters(line_document):
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE.read_text(encoding="utf-8"), re.M))
    faults = {one.name: one for one in SimulatedPlant(line_document, seed=1).faults()}
    assert set(rows) == set(faults)
    for name, parameters in rows.items():
        assert re.findall(r"`(\w+)`", parameters) == [one.name for one in faults[name].parameters]
        for number, parameter in zip(re.findall(r"\(([\d.]+)\)", parameters), faults[name].parameters[-1:], strict=False):
            assert float(number) == parameter.default


def test_that_the_page_names_every_table_key_program_and_device_type():
    text = PAGE.read_text(encoding="utf-8")
    for kind, head in ((LineTable, "line"), (StationTable, "station"), (RobotTable, "robot"), (VehiclesTable, "vehicles")):
        row = next(one for one in text.splitlines() if one.startswith("|") and f"[simulation.{head}]" in one)
        assert set(re.findall(r"`(\w+)`", row)) == set(kind.__struct_fields__)
    names = set(re.findall(r"`(\w+)`", text[text.index("Robot programs are") :]))
    assert names == set(KINDS) | set(PROGRAMS)
