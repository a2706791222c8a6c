"""GLB out and in again: counts, bounds, names, colours, what is hidden; and Draco-compressed meshes read."""

import json
import struct
from pathlib import Path
from typing import Any

import DracoPy
import numpy as np
import pytest
from immutables import Map

from tests.geometry.glb import document, glb
from viewer.base.errors import Cancelled, UserMistake
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import SilentJob
from viewer.geometry import checks
from viewer.geometry.gltf import write
from viewer.geometry.gltf.reader import GltfReader
from viewer.geometry.gltf.shown import ShownScene, with_overlay
from viewer.geometry.gltf.write import write_glb
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_here
from viewer.twin.clouds import PointCloud
from viewer.twin.edits_nodes import AddNodes, AddParts
from viewer.twin.kinematics import bounds_in_world
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan
from viewer.twin.parts import NO_MESH, Mesh, Node, Part

TETRA = np.array([[0.0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]])
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.int32)
RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (10, 20, 200)


def twin() -> Twin:
    """A cell with an arm that carries a tool, and two bolts of one part."""
    painted = Mesh(TETRA, FACES, rgb_of_triangle=np.array([RED, RED, GREEN, BLUE], np.uint8))
    parts = (Part(PartId("plain"), "Plain", Mesh(TETRA, FACES), BLUE, 0.5), Part(PartId("painted"), "Painted", painted, RED))
    at = Pose.from_xyz_rpy
    nodes = (
        Node(
            NodeId("cell"), "Cell", parent_from_node=at((1, 2, 3), (0.1, 0.2, 0.3)), kind="cell", properties=Map({"maker": "A"})
        ),
        Node(NodeId("arm"), "Arm", NodeId("cell"), at((0, 0, 1), (0, 0.5, 0)), PartId("painted")),
        Node(NodeId("tool"), "Tool", NodeId("arm"), at((0, 0, 2)), PartId("plain")),
        Node(NodeId("bolt1"), "Bolt 1", ROOT, at((5, 0, 0)), PartId("plain")),
        Node(NodeId("bolt2"), "Bolt 2", ROOT, at((6, 0, 0)), PartId("plain"), GREEN),
    )
    made, _ = AddParts(parts).apply(Twin())
    return AddNodes(nodes).apply(made)[0]


def written(scene: ShownScene, path: Path) -> GeometryModel:
    write_glb(scene, path, SilentJob())
    return read_here(GltfReader(), path, unit=None, job=SilentJob())


def tree(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length])


def test_that_nothing_shown_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="nothing is shown"):
        write_glb(ShownScene(Twin()), tmp_path / "a.glb", SilentJob())


def test_that_a_place_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="can't be written"):
        write_glb(ShownScene(twin()), tmp_path / "absent" / "a.glb", SilentJob())


def test_that_a_cancelled_export_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        write_glb(ShownScene(twin()), tmp_path / "a.glb", SilentJob(cancelled=lambda: True))
    assert not list(tmp_path.iterdir())


def test_that_what_is_read_back_is_what_was_written(tmp_path: Path) -> None:
    before, after = twin(), written(ShownScene(twin()), tmp_path / "a.glb")
    assert [(n.name, n.kind, dict(n.properties)) for n in after.nodes] == [
        (before.nodes[n].name, before.nodes[n].kind, dict(before.nodes[n].properties)) for n in before.descendants(ROOT)
    ]
    np.testing.assert_allclose(checks.bounds_in_world(after), bounds_exactly(before), atol=1e-5)
    by_name = {n.name: next(p for p in after.parts if p.id == n.part) for n in after.nodes if n.part}
    assert (by_name["Bolt 1"].colour, by_name["Bolt 1"].opacity) == (BLUE, 0.5)
    assert by_name["Bolt 2"].colour == GREEN
    rgb = by_name["Arm"].mesh.rgb_of_triangle
    assert rgb is not None
    assert sorted(map(tuple, rgb.tolist())) == sorted([RED, RED, GREEN, BLUE])


def test_that_another_reader_finds_the_same_names_places_and_colours(tmp_path: Path) -> None:
    """trimesh reads what was exported: a solid for each node, in its colour (linear, IEC 61966-2-1), where it stands (y up)."""
    import trimesh

    write_glb(ShownScene(twin()), tmp_path / "a.glb", SilentJob())
    scene: Any = trimesh.load_scene(str(tmp_path / "a.glb"))
    assert {"Cell", "Arm", "Tool", "Bolt 1", "Bolt 2"} <= set(scene.graph.nodes)
    shown = {name: scene.graph[name] for name in scene.graph.nodes_geometry if name in ("Bolt 1", "Bolt 2", "Tool")}
    colours = {name: tuple(scene.geometry[mesh].visual.material.main_color[:3].tolist()) for name, (_, mesh) in shown.items()}
    for name, srgb in (("Bolt 1", BLUE), ("Bolt 2", GREEN), ("Tool", BLUE)):
        share = np.array(srgb) / 255.0
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        np.testing.assert_allclose(colours[name], 255.0 * linear, atol=1.0, err_msg=name)
    np.testing.assert_allclose(shown["Bolt 2"][0][:3, 3], [6, 0, 0], atol=1e-6)
    assert sum(len(scene.geometry[scene.graph[n][1]].faces) for n in scene.graph.nodes_geometry) == 4 * len(FACES)
    low, high = bounds_exactly(twin())
    np.testing.assert_allclose(scene.bounds, [[low[0], low[2], -high[1]], [high[0], high[2], -low[1]]], atol=1e-5)


def bounds_exactly(made: Twin) -> Any:
    nodes = tuple(made.nodes[n] for n in made.descendants(ROOT))
    return checks.bounds_in_world(GeometryModel("scene", "m", tuple(made.parts.values()), nodes))


def test_that_a_shared_mesh_is_stored_once(tmp_path: Path) -> None:
    write_glb(ShownScene(twin()), tmp_path / "a.glb", SilentJob())
    json_ = tree(tmp_path / "a.glb")
    plain = [m["primitives"][0]["attributes"]["POSITION"] for m in json_["meshes"] if m["name"] == "Plain"]
    assert len(plain) == 2  # in two colours
    assert len(set(plain)) == 1


@pytest.mark.parametrize(
    ("scene", "seen"),
    [
        (ShownScene(twin(), hidden=frozenset({NodeId("arm")})), {"Bolt 1", "Bolt 2"}),
        (ShownScene(twin(), isolated=frozenset({NodeId("tool")})), {"Cell", "Arm", "Tool"}),
        (ShownScene(twin(), isolated=frozenset({NodeId("cell")}), hidden=frozenset({NodeId("tool")})), {"Cell", "Arm"}),
    ],
)
def test_that_only_what_is_shown_is_written(tmp_path: Path, scene: ShownScene, seen: set[str]) -> None:
    assert {n.name for n in written(scene, tmp_path / "a.glb").nodes} == seen


def test_that_colours_and_poses_of_the_moment_are_written(tmp_path: Path) -> None:
    arm, tool = NodeId("arm"), NodeId("tool")
    pose = Pose.from_xyz_rpy((7, 8, 9)).matrix()
    frame = OverlayFrame(
        0, np.stack([pose, pose @ Pose.from_xyz_rpy((0, 0, 5)).matrix()]), np.array([[1, 2, 3]], np.uint8), np.zeros(1, np.uint8),
        np.array([False]), np.zeros(0), np.zeros(0, np.uint8), np.zeros((0, 3)),
    )  # fmt: skip
    plan = OverlayPlan(posed=(arm, tool), coloured=(tool,), toggled=(NodeId("bolt1"),))
    model = written(with_overlay(ShownScene(twin()), plan, frame), tmp_path / "a.glb")
    number = {n.name: i for i, n in enumerate(model.nodes)}
    world = checks.world_from_nodes(model.nodes)
    np.testing.assert_allclose(world[number["Arm"]][:3, 3], [7, 8, 9], atol=1e-6)
    np.testing.assert_allclose(world[number["Tool"]][:3, 3], [7, 8, 14], atol=1e-6)
    part = next(p for p in model.parts if p.id == model.nodes[number["Tool"]].part)
    assert part.colour == (1, 2, 3)
    assert "Bolt 1" not in number


def test_that_a_cloud_is_written_as_points_and_thinned_where_it_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = np.random.default_rng(3).random((1000, 3)).astype(np.float32)
    cloud = PointCloud(points, np.array([0, 400, 1000]), np.zeros((2, 2, 3), np.float32), (100.0, 0, 0))
    made, _ = AddParts((Part(PartId("scan"), "Scan", NO_MESH, cloud=cloud),)).apply(Twin())
    made, _ = AddNodes((Node(NodeId("scan"), "Scan", part=PartId("scan")),)).apply(made)
    assert write_glb(ShownScene(made), tmp_path / "a.glb", SilentJob()).points == 1000
    monkeypatch.setattr(write, "MOST_POINTS", 100)
    thin = write_glb(ShownScene(made), tmp_path / "a.glb", SilentJob())
    assert thin.points == 100
    assert "10%" in thin.warnings[0]
    assert tree(tmp_path / "a.glb")["meshes"][0]["primitives"][0]["mode"] == 0


def test_that_a_cloud_comes_back_with_its_points_and_colours_where_it_was(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    points, rgb = random.random((500, 3)).astype(np.float32), random.integers(0, 256, (500, 3)).astype(np.uint8)
    cloud = PointCloud(points, np.array([0, 500]), np.array([[[0, 0, 0], [1, 1, 1]]], np.float32), (100.0, 20.0, 3.0), rgb)
    made, _ = AddParts((Part(PartId("scan"), "Scan", NO_MESH, cloud=cloud),)).apply(Twin())
    at = Pose.from_xyz_rpy((1, 2, 3), (0, 0, 0.5))
    made, _ = AddNodes((Node(NodeId("scan"), "Scan", parent_from_node=at, part=PartId("scan")),)).apply(made)
    back = written(ShownScene(made), tmp_path / "a.glb")
    found = next(part.cloud for part in back.parts if part.cloud is not None)
    assert back.warnings == ()
    assert checks.bounds_in_world(back) == pytest.approx(bounds_in_world(made, [NodeId("scan")]), abs=0.3)
    order, again = (np.lexsort(one.T) for one in (points, found.points))
    assert found.points[again] == pytest.approx(points[order], abs=1e-5)
    assert found.rgb is not None
    assert (found.rgb[again] == rgb[order]).all()


def test_that_points_without_colours_take_their_materials_and_indices_choose_among_them(tmp_path: Path) -> None:
    primitive = {"attributes": {"POSITION": 0}, "indices": 1, "material": 0, "mode": 0}
    accessors = [*document()["accessors"][:1], {"bufferView": 1, "componentType": 5123, "count": 2, "type": "SCALAR"}]
    content = document(meshes=[{"name": "shape", "primitives": [primitive]}], accessors=accessors)
    (tmp_path / "points.glb").write_bytes(glb(content))
    (part,) = read_here(GltfReader(), tmp_path / "points.glb", unit=None, job=SilentJob()).parts
    assert part.cloud is not None
    assert part.cloud.rgb is not None
    assert part.cloud.points[:, 0].tolist() == pytest.approx([0.0, 1.0]) or part.cloud.points[:, 0].tolist() == [1.0, 0.0]
    assert {tuple(colour) for colour in part.cloud.rgb.tolist()} == {(255, 0, 0)}


def compressed(**changes: Any) -> bytes:
    """The test triangle, in red, as Draco packs it."""
    data = DracoPy.encode(np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0]], np.float32), np.array([[0, 1, 2]], np.uint32))
    position = DracoPy.decode(data).attributes[0]["unique_id"]
    extension = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": position}}}
    primitive = {"attributes": {"POSITION": 0}, "indices": 1, "material": 0, "extensions": extension}
    accessors = [
        {"componentType": 5126, "count": 3, "type": "VEC3"},
        {"componentType": 5125, "count": 3, "type": "SCALAR"},
    ]
    content = document(
        meshes=[{"primitives": [primitive]}], accessors=accessors, bufferViews=[{"buffer": 0, "byteLength": len(data)}],
        buffers=[{"byteLength": len(data)}], extensionsUsed=list(extension), extensionsRequired=list(extension),
    )  # fmt: skip
    return glb(content | changes, data + b"\0" * (-len(data) % 4))


def test_that_draco_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    path.write_bytes(compressed())
    model = read_here(GltfReader(), path, unit=None, job=SilentJob())
    np.testing.assert_allclose(checks.bounds_in_world(model), [[0, 0, 0], [1, 0, 2]], atol=1e-3)
    assert model.parts[0].colour == RED


def test_that_damaged_draco_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    path.write_bytes(compressed().replace(b"DRACO", b"DRAGO"))
    with pytest.raises(UserMistake, match="can't be decompressed"):
        read_here(GltfReader(), path, unit=None, job=SilentJob())


def test_that_draco_that_promises_another_count_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    accessors = [{"componentType": 5126, "count": 9, "type": "VEC3"}, {"componentType": 5125, "count": 3, "type": "SCALAR"}]
    path.write_bytes(compressed(accessors=accessors))
    with pytest.raises(UserMistake, match="should be 9 x 3"):
        read_here(GltfReader(), path, unit=None, job=SilentJob())


def test_that_without_the_extra_the_sentence_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.glb"
    path.write_bytes(compressed())
    monkeypatch.setattr("viewer.geometry.gltf.draco.find_spec", lambda _name: None)
    with pytest.raises(UserMistake, match=r"genchi\[draco\]"):
        read_here(GltfReader(), path, unit=None, job=SilentJob())


def test_that_the_bounds_of_a_moved_twin_are_known_here_too() -> None:
    assert bounds_in_world(twin(), [NodeId("bolt1")])[0].tolist() == [5.0, 0.0, 0.0]
