"""The bundled scene is what its scripts make, stands where its plan says, and agrees with its own drawing."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.base.ids import ROOT as ROOT_NODE
from viewer.base.ids import NodeId
from viewer.base.job import SilentJob
from viewer.geometry.scene import load_twin
from viewer.twin.model import Twin

ROOT = Path(__file__).resolve().parents[2]
SCENE = ROOT / "scenes" / "battery_line"
STATIONS = [f"st{number:03d}" for number in range(10, 150, 10)]
ROBOTS = ["st020.r1", "st030.r1", "st040.r1", "st060.r1", "st070.r1", "st080.r1", "st080.r2", "st100.r1"]
JOINTS = [("link1", (0, 0, 0.35)), ("link2", (0.35, 0, 0.40)), ("link3", (0, 0, 1.15)), ("link4", (0.35, 0, 0.05)),
          ("link5", (0.85, 0, 0)), ("link6", (0.22, 0, 0)), ("tool", (0.06, 0, 0))]  # fmt: skip
GROUPS = ["modules", "busbars", "tray", "coldplate", "bolts", "hv", "lid", "lidbolts"]


def python(code: str) -> str:
    """What a fresh interpreter prints: the CAD kernel stays out of the tests' own process."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def twin() -> Twin:
    return load_twin(SCENE, job=SilentJob()).twin


def place(twin: Twin, node: str) -> tuple[list[float], list[float]]:
    """A node's rotation (nine numbers, row by row) and translation in its parent."""
    rows = twin.nodes[NodeId(node)].parent_from_node.rows
    return [rows[i] for i in (0, 1, 2, 4, 5, 6, 8, 9, 10)], [rows[3], rows[7], rows[11]]


def test_that_a_node_name_given_twice_is_refused() -> None:
    code = """
from scenes.battery_line.make import build, conveyor
build.vehicles.add_vehicles = conveyor.add_carriers
try:
    build.plant()
except ValueError as error:
    print(error)
"""
    assert "carrier01" in python(code)


def test_that_the_scripts_make_the_committed_plant_to_the_byte(tmp_path: Path) -> None:
    python(
        f"from pathlib import Path; from scenes.battery_line.make.build import build_plant; build_plant(Path({str(tmp_path)!r}))"
    )
    assert (tmp_path / "plant.glb").read_bytes() == (SCENE / "plant.glb").read_bytes()


def test_that_the_scripts_make_the_committed_pack_and_its_drawing(tmp_path: Path) -> None:
    code = f"""
import json
from pathlib import Path
from scenes.battery_line.make.pack import build_pack
from viewer.base.job import SilentJob
from viewer.geometry.step.reader import StepReader
build_pack(Path({str(tmp_path / "pack.step")!r}))
found = []
for path in (Path({str(tmp_path / "pack.step")!r}), Path({str(SCENE / "pack.step")!r})):
    model = StepReader().read(path, unit=None, job=SilentJob())
    facts = sorted((p.name, len(p.mesh.triangles), p.mesh.bounds_m().round(6).tolist(), p.colour) for p in model.parts)
    nodes = sorted((n.id, n.part or "", [round(v, 6) for v in n.parent_from_node.rows]) for n in model.nodes)
    found.append([facts, nodes, [model.pmi.dimensions, model.pmi.tolerances, model.pmi.datums]])
print("FOUND" + json.dumps(found))
"""
    made, committed = json.loads(python(code).rpartition("FOUND")[2])
    assert made == committed
    assert made[2][:2] == [14, 5]
    assert (SCENE / "pack.step").stat().st_size < 3e6


def test_that_the_product_table_says_what_the_drawing_says() -> None:
    code = """
import json
from scenes.battery_line.make.pack_pmi import DIMENSIONS
print("FOUND" + json.dumps({d.name: [d.nominal, d.lower, d.upper] for d in DIMENSIONS}))
"""
    drawing = json.loads(python(code).rpartition("FOUND")[2])
    rows: list[dict[str, Any]] = tomllib.loads((SCENE / "product.toml").read_text())["characteristic"]
    compared = [row for row in rows if row["properties"].get("drawing") in drawing]
    assert len(compared) >= 9
    for row in compared:
        assert [row["nominal"], row["lower"], row["upper"]] == drawing[row["properties"]["drawing"]], row["id"]


def test_that_every_station_stands_unturned_on_the_work_lane(twin: Twin) -> None:
    for k, station in enumerate(STATIONS, start=1):
        rotation, at = place(twin, station)
        assert rotation == pytest.approx([1, 0, 0, 0, 1, 0, 0, 0, 1], abs=1e-6)
        assert at == pytest.approx([7.5 + 9 * k, 30.0, 0.0], abs=1e-6)
        assert twin.nodes[NodeId(station)].kind == "station"
        for lens in ("red", "amber", "green"):
            assert NodeId(f"{station}.lamp.{lens}") in twin.nodes


def test_that_every_robot_has_its_joints_where_the_simulation_turns_them(twin: Twin) -> None:
    for robot in ROBOTS:
        side = -1.0 if robot.endswith("r2") else 1.0
        rotation, at = place(twin, robot)
        assert at == pytest.approx([0.0, 2.3 * side, 0.0], abs=1e-6)
        assert rotation == pytest.approx([0, side, 0, -side, 0, 0, 0, 0, 1], abs=1e-5)
        parent = robot
        for link, origin in JOINTS:
            node = twin.nodes[NodeId(f"{robot}.{link}")]
            assert node.parent == parent
            turned, moved = place(twin, node.id)
            assert turned == pytest.approx([1, 0, 0, 0, 1, 0, 0, 0, 1], abs=1e-6)
            assert moved == pytest.approx(origin, abs=1e-6)
            parent = node.id


def test_that_each_of_ten_carriers_bears_a_pack_of_eight_groups(twin: Twin) -> None:
    for k in range(1, 11):
        for group in GROUPS:
            assert NodeId(f"carrier{k:02d}.pack.{group}") in twin.nodes
        assert NodeId(f"carrier{k:02d}.pack.modules.module12.cell12") in twin.nodes
    below = Counter(twin.nodes[n].part for n in twin.descendants(NodeId("carrier01.pack.modules")))
    assert below[twin.nodes[NodeId("carrier01.pack.modules.module01.cell01")].part] == 144


def test_that_the_scene_is_rich_and_yet_light_enough_to_draw_in_software(twin: Twin) -> None:
    shown = [twin.parts[node.part] for node in twin.nodes.values() if node.part is not None]
    assert len(shown) > 2000
    assert sum(len(part.mesh.triangles) for part in shown) < 800_000
    assert (SCENE / "plant.glb").stat().st_size < 6e6
    with (SCENE / "plant.glb").open("rb") as file:
        assert struct.unpack("<4sI", file.read(8)) == (b"glTF", 2)


def test_that_nothing_stands_below_the_slab_or_outside_the_hall(twin: Twin) -> None:
    world: dict[str, np.ndarray] = {"": np.eye(4)}
    for one in twin.descendants(ROOT_NODE):
        node = twin.nodes[one]
        world[one] = world[node.parent] @ np.vstack([np.reshape(node.parent_from_node.rows, (3, 4)), [0, 0, 0, 1]])
        if node.part is None:
            continue
        low, high = twin.parts[node.part].mesh.bounds_m()
        corners = np.array([[x, y, z, 1.0] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        points = (corners @ world[one].T)[:, :3]
        assert (points > [-0.5, -0.5, -0.21]).all(), one
        assert (points < [153.5, 60.5, 12.5]).all(), one
