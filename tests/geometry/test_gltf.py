"""glTF: hostile and broken files are refused in one sentence; names, tree, axes, colours and instances come through."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.geometry.glb import BINARY, document, glb
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.checks import bounds_in_world, world_from_nodes
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_model


def read(tmp_path: Path, data: bytes, name: str = "x.glb", unit: str | None = None) -> GeometryModel:
    path = tmp_path / name
    path.write_bytes(data)
    return read_model(path, unit=unit, job=SilentJob())


def nested(depth: int) -> list[dict[str, Any]]:
    return [{"children": [i + 1]} for i in range(depth)] + [{"mesh": 0}]


def accessors(index: int, **changes: Any) -> list[dict[str, Any]]:
    result = document()["accessors"]
    result[index] = result[index] | changes
    return result


HOSTILE = {
    "a cycle of nodes": ({"nodes": [{"children": [1]}, {"children": [0]}]}, "tree"),
    "a node that is its own child": ({"nodes": [{"children": [0]}]}, "tree"),
    "two parents": ({"nodes": [{"children": [1, 2]}, {"children": [2]}, {"mesh": 0}]}, "two parents"),
    "20,000 nested nodes": ({"nodes": nested(20_000)}, "64 deep"),
    "a cycle without scenes": ({"nodes": [{"children": [1]}, {"children": [0]}], "scenes": []}, "cycle"),
    "a node out of range": ({"scenes": [{"nodes": [7]}]}, "node 7 of 1"),
    "a mesh out of range": ({"nodes": [{"mesh": 9}]}, "mesh 9 of 1"),
    "a huge count": ({"accessors": accessors(0, count=4_000_000_000)}, "4000000000 elements"),
    "a huge count without data": ({"accessors": [{"componentType": 5126, "count": 10**12, "type": "VEC3"}] * 2}, "elements"),
    "more vertices than bytes": ({"accessors": accessors(0, count=4)}, "48 bytes"),
    "a view past its buffer": ({"bufferViews": [{"buffer": 0, "byteLength": 4000}] * 2}, "4000"),
    "a negative offset": ({"bufferViews": [{"buffer": 0, "byteOffset": -8, "byteLength": 36}] * 2}, "JSON"),
    "a buffer longer than its chunk": ({"buffers": [{"byteLength": 10**9}]}, "1000000000"),
    "an unknown extension": ({"extensionsRequired": ["EXT_meshopt_compression"]}, "EXT_meshopt_compression"),
    "glTF 1": ({"asset": {"version": "1.0"}}, "version 2"),
    "a short matrix": ({"nodes": [{"mesh": 0, "matrix": [1, 0, 0]}]}, "16"),
    "a position of 1e30": ({"nodes": [{"mesh": 0, "translation": [1e30, 0, 0]}]}, "finite"),
    "a position of 1e8": ({"nodes": [{"mesh": 0, "translation": [1e8, 0, 0]}]}, "from the origin"),
    "scales that multiply": ({"nodes": [{"scale": [1e5] * 3, "children": [1]}, {"scale": [1e5] * 3, "mesh": 0}]}, "origin"),
    "a file above its folder": ({"buffers": [{"byteLength": 44, "uri": "../../secret.bin"}]}, "outside"),
    "an absolute file": ({"buffers": [{"byteLength": 44, "uri": "/etc/passwd"}]}, "own folder"),
    "an escaped way up": ({"buffers": [{"byteLength": 44, "uri": "%2e%2e/%2e%2e/secret.bin"}]}, "outside"),
    "a web address": ({"buffers": [{"byteLength": 44, "uri": "http://example.com/a.bin"}]}, "own folder"),
    "a file that is not there": ({"buffers": [{"byteLength": 44, "uri": "gone.bin"}]}, "gone.bin"),
    "bad base64": ({"buffers": [{"byteLength": 44, "uri": "data:;base64,?!"}]}, "base64"),
    "no nodes": ({"nodes": [], "scenes": []}, "no nodes"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_that_a_hostile_glb_gets_one_sentence_with_the_path_last(tmp_path: Path, what: str) -> None:
    changes, expected = HOSTILE[what]
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.bin").write_bytes(BINARY)
    with pytest.raises(UserMistake) as caught:
        read(tmp_path / "in", glb(document(**changes)))
    text = str(caught.value)
    assert expected in text
    assert text.endswith("x.glb")
    assert "\n" not in text


def test_that_an_index_out_of_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="vertex 9 of 3"):
        read(tmp_path, glb(binary=BINARY[:36] + np.array([0, 1, 9, 0], "<u2").tobytes()))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_that_vertices_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(UserMistake, match="no finite numbers"):
        read(tmp_path, glb(binary=np.float32(value).tobytes() + BINARY[4:]))


def test_that_a_matrix_of_nan_is_refused(tmp_path: Path) -> None:
    text = glb(document(nodes=[{"mesh": 0, "matrix": [float("nan")] * 16}]))
    with pytest.raises(UserMistake, match="JSON"):
        read(tmp_path, text)


@pytest.mark.parametrize("length", [0, 1, 4, 11, 12, 19, 20, 24, 60, 200, -1, -4, -20, -44])
def test_that_a_truncated_glb_is_refused_at_every_length(tmp_path: Path, length: int) -> None:
    with pytest.raises(UserMistake):
        read(tmp_path, glb()[:length])


def test_that_y_up_becomes_z_up(tmp_path: Path) -> None:
    model = read(tmp_path, glb())
    assert bounds_in_world(model).tolist() == [[0, 0, 0], [1, 0, 2]]
    moved = read(tmp_path, glb(document(nodes=[{"mesh": 0, "translation": [1, 2, 3]}])))
    assert moved.nodes[0].parent_from_node.xyz_m == (1, -3, 2)


def test_that_a_z_up_author_who_turns_only_the_top_level_gets_his_own_frames_back(tmp_path: Path) -> None:
    half = 0.5**0.5
    nodes = [
        {"name": "st010", "rotation": [-half, 0, 0, half], "translation": [7, 1, -4], "children": [1]},
        {"name": "st010.r1", "mesh": 0},
    ]
    model = read(tmp_path, glb(document(nodes=nodes)))
    np.testing.assert_allclose(model.nodes[0].parent_from_node.rpy_rad(), 0, atol=1e-12)
    np.testing.assert_allclose(model.nodes[0].parent_from_node.xyz_m, [7, 4, 1])
    assert model.nodes[1].parent_from_node.matrix().tolist() == np.eye(4).tolist()


def test_that_translation_rotation_and_scale_combine_in_this_order(tmp_path: Path) -> None:
    half = 0.5**0.5
    node = {"name": "top", "children": [1]}
    child = {"mesh": 0, "translation": [10, 0, 0], "rotation": [0, 0, half, half], "scale": [2, 3, 4]}  # 90 degrees about z
    model = read(tmp_path, glb(document(nodes=[node, child])))
    rows = model.nodes[1].parent_from_node.matrix()
    np.testing.assert_allclose(rows @ [1, 0, 0, 1], [10, 2, 0, 1], atol=1e-12)
    np.testing.assert_allclose(rows @ [0, 1, 0, 1], [7, 0, 0, 1], atol=1e-12)


def test_that_names_unique_in_the_file_are_ids_as_they_stand_and_others_become_paths(tmp_path: Path) -> None:
    nodes = [
        {"name": "hall", "children": [1, 4]},
        {"name": "st020.r1", "children": [2, 3]},
        {"name": "st020.r1.link1", "mesh": 0},
        {"name": "bolt", "mesh": 0},
        {"name": "st030", "children": [5, 6]},
        {"name": "bolt", "mesh": 0},
        {"name": "bolt", "mesh": 0},
    ]
    model = read(tmp_path, glb(document(nodes=nodes)))
    ids = [node.id for node in model.nodes]
    assert ids == ["hall", "st020.r1", "st020.r1.link1", "st020.r1.bolt", "st030", "st030.bolt", "st030.bolt~2"]
    assert {node.part for node in model.nodes if node.part} == {"shape"}
    assert len(model.parts) == 1


def test_that_kind_and_properties_come_from_extras(tmp_path: Path) -> None:
    node = {"name": "r", "mesh": 0, "extras": {"kind": "robot", "properties": {"maker": "Acme", "payload_kg": 120}}}
    model = read(tmp_path, glb(document(nodes=[node])))
    assert model.nodes[0].kind == "robot"
    assert dict(model.nodes[0].properties) == {"maker": "Acme", "payload_kg": "120"}


def test_that_linear_base_colours_become_srgb_and_glass_its_own_part(tmp_path: Path) -> None:
    primitive = {"attributes": {"POSITION": 0}, "indices": 1}
    looks = [
        {"name": "grey", "pbrMetallicRoughness": {"baseColorFactor": [0.2158605, 0.2158605, 0.2158605, 1]}},
        {"name": "green", "pbrMetallicRoughness": {"baseColorFactor": [0, 1, 0, 1]}},
        {"name": "glass", "alphaMode": "BLEND", "pbrMetallicRoughness": {"baseColorFactor": [0, 0, 1, 0.25]}},
    ]
    mesh = {"name": "door", "primitives": [primitive | {"material": i} for i in range(3)]}
    model = read(tmp_path, glb(document(meshes=[mesh], materials=looks)))
    solid, glass = model.parts
    assert solid.colour == (128, 128, 128)
    assert solid.mesh.rgb_of_triangle is not None
    assert solid.mesh.rgb_of_triangle.tolist() == [[128, 128, 128], [0, 255, 0]]
    assert len(solid.mesh.points_in_part) == 3  # both primitives share their vertices
    assert (glass.colour, glass.opacity) == ((0, 0, 255), 0.25)
    assert [(n.id, n.part) for n in model.nodes] == [("thing", "door"), ("thing.glass", "door.glass")]


def test_that_gpu_instances_become_nodes_sharing_the_part(tmp_path: Path) -> None:
    shifts = np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0]], "<f4")
    node = {"name": "bolts", "mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 2}}}}
    content = document(nodes=[node], extensionsRequired=["EXT_mesh_gpu_instancing"])
    content["bufferViews"].append({"buffer": 0, "byteOffset": 44, "byteLength": 36})
    content["accessors"].append({"bufferView": 2, "componentType": 5126, "count": 3, "type": "VEC3"})
    content["buffers"] = [{"byteLength": 80}]
    model = read(tmp_path, glb(content, BINARY + shifts.tobytes()))
    assert [n.id for n in model.nodes] == ["bolts", "bolts.1", "bolts.2", "bolts.3"]
    world = world_from_nodes(model.nodes)
    assert world[1:, :3, 3].tolist() == [[0, 0, 0], [5, 0, 0], [0, 0, 5]]


@pytest.mark.parametrize(("mode", "triangles"), [(5, [[0, 1, 2], [1, 3, 2]]), (6, [[1, 2, 0], [2, 3, 0]])])
def test_that_strips_and_fans_keep_their_winding(tmp_path: Path, mode: int, triangles: list[list[int]]) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], "<f4")
    mesh = {"primitives": [{"attributes": {"POSITION": 0}, "mode": mode}]}
    accessor = {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"}
    content = document(
        meshes=[mesh], accessors=[accessor], bufferViews=[{"buffer": 0, "byteLength": 48}], buffers=[{"byteLength": 48}]
    )
    assert read(tmp_path, glb(content, points.tobytes())).parts[0].mesh.triangles.tolist() == triangles


def test_that_sparse_accessors_change_only_their_elements(tmp_path: Path) -> None:
    sparse = {"count": 1, "indices": {"bufferView": 1, "componentType": 5123, "byteOffset": 2}, "values": {"bufferView": 2}}
    content = document(accessors=accessors(0, sparse=sparse), buffers=[{"byteLength": 56}])
    content["bufferViews"].append({"buffer": 0, "byteOffset": 44, "byteLength": 12})
    model = read(tmp_path, glb(content, BINARY + np.array([9, 8, 7], "<f4").tobytes()))
    assert model.parts[0].mesh.points_in_part.tolist() == [[0, 0, 0], [9, 8, 7], [0, 2, 0]]


def test_that_json_gltf_reads_data_uris_and_neighbouring_files_alike(tmp_path: Path) -> None:
    inside = "data:application/octet-stream;base64," + base64.b64encode(BINARY).decode()
    (tmp_path / "my data.bin").write_bytes(BINARY)
    for uri in (inside, "my%20data.bin"):
        model = read(tmp_path, json.dumps(document(buffers=[{"byteLength": 44, "uri": uri}])).encode(), "x.gltf")
        assert (model.format, bounds_in_world(model).tolist()) == ("gltf", [[0, 0, 0], [1, 0, 2]])


def test_that_a_given_unit_scales_points_and_places(tmp_path: Path) -> None:
    model = read(tmp_path, glb(document(nodes=[{"mesh": 0, "translation": [100, 0, 0]}])), unit="mm")
    assert model.unit == "mm"
    np.testing.assert_allclose(bounds_in_world(model), [[0.1, 0, 0], [0.101, 0, 0.002]])


def test_that_a_node_scaled_to_nothing_is_not_shown_and_told(tmp_path: Path) -> None:
    nodes = [{"name": "a", "mesh": 0, "children": [1]}, {"name": "b", "mesh": 0, "scale": [0, 0, 0]}]
    model = read(tmp_path, glb(document(nodes=nodes)))
    assert [node.part for node in model.nodes] == ["shape", None]
    assert any("scaled to nothing" in w for w in model.warnings)
    model.nodes[1].parent_from_node.inverse()
