"""glTF of other authors' tools: how vertices may be stored, scenes chosen, nodes placed and materials written."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.geometry.glb import document, glb
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.inspect import Facts, inspect_file
from viewer.geometry.reading import read_model

BOX = np.array([[x, y, z] for x in (0, 1) for y in (0, 2) for z in (0, 3)], "<f4")
"""Corners of a box of 1 x 2 x 3 m (y up in the file, so 1 x 3 x 2 here)."""
SIDES = np.array([int(c) for c in "013032467475045051237276026064157173"]).reshape(12, 3)


class Binary:
    """A buffer that grows, with the views and accessors into it."""

    def __init__(self) -> None:
        self.data = b""
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, array: Any, kind: str, **more: Any) -> int:
        """An accessor of its own over the array."""
        array = np.ascontiguousarray(array)
        types = {"f4": 5126, "u1": 5121, "u2": 5123, "u4": 5125, "i1": 5120, "i2": 5122}
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": array.nbytes})
        self.data += array.tobytes() + b"\0" * (-array.nbytes % 4)
        return self.over(len(self.views) - 1, types[array.dtype.str[1:]], len(array), kind, **more)

    def over(self, view: int, component: int, count: int, kind: str, **more: Any) -> int:
        self.accessors.append({"bufferView": view, "componentType": component, "count": count, "type": kind, **more})
        return len(self.accessors) - 1

    def write(self, tmp_path: Path, primitives: list[dict[str, Any]], **changes: Any) -> Path:
        content = document(
            meshes=[{"name": "box", "primitives": primitives}], accessors=self.accessors, bufferViews=self.views,
            buffers=[{"byteLength": len(self.data)}], materials=[], **changes,
        )  # fmt: skip
        path = tmp_path / "x.glb"
        path.write_bytes(glb(content, self.data))
        return path


def inspected(path: Path) -> Facts:
    return inspect_file(path, job=SilentJob())


def assert_box(found: Facts) -> None:
    assert found["triangles"] == 12
    np.testing.assert_allclose(found["bounds_m"], [[0, -3, 0], [1, 0, 2]], atol=1e-6)


@pytest.mark.parametrize("dtype", ["<u1", "<u2", "<u4"])
def test_that_indices_of_every_width_give_the_same_box(tmp_path: Path, dtype: str) -> None:
    binary = Binary()
    primitive = {
        "attributes": {"POSITION": binary.add(BOX, "VEC3")},
        "indices": binary.add(SIDES.astype(dtype).ravel(), "SCALAR"),
    }
    assert_box(inspected(binary.write(tmp_path, [primitive])))


def test_that_vertices_without_indices_give_the_same_box(tmp_path: Path) -> None:
    binary = Binary()
    found = inspected(binary.write(tmp_path, [{"attributes": {"POSITION": binary.add(BOX[SIDES].reshape(-1, 3), "VEC3")}}]))
    assert_box(found)
    assert found["points"] == 36


def test_that_interleaved_vertices_are_read_with_their_stride(tmp_path: Path) -> None:
    binary = Binary()
    rows = np.concatenate([np.tile(np.float32([0, 0, 1]), (8, 1)), BOX, np.full((8, 2), 9, "<f4")], axis=1)  # normal, place, uv
    binary.add(SIDES.astype("<u2").ravel(), "SCALAR")
    binary.views.append({"buffer": 0, "byteOffset": len(binary.data), "byteLength": rows.nbytes, "byteStride": 32})
    binary.data += rows.tobytes()
    place = binary.over(1, 5126, 8, "VEC3", byteOffset=12)
    path = binary.write(tmp_path, [{"attributes": {"NORMAL": binary.over(1, 5126, 8, "VEC3"), "POSITION": place}, "indices": 0}])
    assert_box(inspected(path))
    normals = read_model(path).parts[0].mesh.normals
    assert normals is not None
    assert normals.tolist() == [[0, 0, 1]] * 8


def test_that_a_sparse_accessor_without_data_starts_from_zeros(tmp_path: Path) -> None:
    binary = Binary()
    indices = binary.add(SIDES.astype("<u2").ravel(), "SCALAR")
    used = np.flatnonzero(BOX.any(axis=1))
    binary.add(used.astype("<u1"), "SCALAR")
    binary.add(BOX[used], "VEC3")
    sparse = {"count": len(used), "indices": {"bufferView": 1, "componentType": 5121}, "values": {"bufferView": 2}}
    binary.accessors.append({"componentType": 5126, "count": 8, "type": "VEC3", "sparse": sparse})
    assert_box(inspected(binary.write(tmp_path, [{"attributes": {"POSITION": 3}, "indices": indices}])))


def test_that_quantised_positions_are_scaled_by_their_node(tmp_path: Path) -> None:
    binary = Binary()
    place = binary.add((BOX / 3 * 32767).astype("<i2").repeat(1, axis=0), "VEC3", normalized=True)
    binary.views[0]["byteLength"] = 48
    path = binary.write(
        tmp_path,
        [{"attributes": {"POSITION": place}, "indices": binary.add(SIDES.astype("<u1").ravel(), "SCALAR")}],
        nodes=[{"mesh": 0, "scale": [3, 3, 3]}], extensionsRequired=["KHR_mesh_quantization"],
    )  # fmt: skip
    np.testing.assert_allclose(inspected(path)["bounds_m"], [[0, -3, 0], [1, 0, 2]], atol=2e-4)


@pytest.mark.parametrize(("mode", "corners"), [(5, [0, 1, 2, 3]), (6, [0, 1, 3, 2]), (4, [0, 1, 2, 2, 1, 3])])
def test_that_strips_fans_and_lists_cover_the_same_area(tmp_path: Path, mode: int, corners: list[int]) -> None:
    binary = Binary()
    square = np.array([[0, 0, 0], [4, 0, 0], [0, 5, 0], [4, 5, 0]], "<f4")
    primitive = {
        "attributes": {"POSITION": binary.add(square, "VEC3")},
        "indices": binary.add(np.array(corners, "<u2"), "SCALAR"),
    }
    mesh = read_model(binary.write(tmp_path, [{**primitive, "mode": mode}])).parts[0].mesh
    a, b, c = (mesh.points_in_part[mesh.triangles[:, k]] for k in range(3))
    across = np.cross(b - a, c - a) / 2
    np.testing.assert_allclose(across.sum(axis=0), [0, 0, 20])  # all turn the same way


def test_that_of_several_scenes_the_default_is_shown_or_else_the_first(tmp_path: Path) -> None:
    scenes = [{"nodes": [0]}, {"nodes": [1, 2]}]
    nodes = [{"name": "a", "mesh": 0}, {"name": "b", "mesh": 0}, {"name": "c", "mesh": 0}]
    path = tmp_path / "x.glb"
    for default, wanted in ((1, ["b", "c"]), (0, ["a"]), (None, ["a"])):
        content = document(scenes=scenes, nodes=nodes, scene=default)
        if default is None:
            del content["scene"]
        path.write_bytes(glb(content))
        found = inspected(path)
        assert [name for name in found["names"] if name != "shape"] == wanted
        assert found["instances"] == len(wanted)
        assert any("2 scenes" in w for w in found["warnings"])


def test_that_matrices_with_scale_and_mirror_keep_their_bounds(tmp_path: Path) -> None:
    matrix = [-2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 10, 20, 30, 1]  # columns: x mirrored and doubled, y tripled, then moved
    path = tmp_path / "x.glb"
    path.write_bytes(glb(document(nodes=[{"mesh": 0, "matrix": matrix}])))  # the triangle spans x 0..1, y 0..2
    np.testing.assert_allclose(inspected(path)["bounds_m"], [[8, -30, 20], [10, -30, 26]])
    path.write_bytes(glb(document(nodes=[{"mesh": 0, "scale": [-1, 1, 1]}])))
    np.testing.assert_allclose(inspected(path)["bounds_m"], [[-1, 0, 0], [0, 0, 2]])


def test_that_names_of_any_script_and_names_that_repeat_come_through(tmp_path: Path) -> None:
    names = ["Förderband", "搬送ロボット", "Förderband", "", "a\nb"]
    content = document(nodes=[{"name": n, "mesh": 0} for n in names], scenes=[{"nodes": [0, 1, 2, 3, 4]}])
    path = tmp_path / "x.glb"
    path.write_bytes(glb(content))
    model = read_model(path)
    assert [node.id for node in model.nodes] == ["Förderband", "搬送ロボット", "Förderband~2", "shape", "a b"]
    assert inspected(path)["instances"] == 5


@pytest.mark.parametrize("key", ["extensionsUsed", "extensionsRequired"])
def test_that_gpu_instances_are_counted_and_placed_whether_used_or_required(tmp_path: Path, key: str) -> None:
    binary = Binary()
    primitive = {
        "attributes": {"POSITION": binary.add(BOX, "VEC3")},
        "indices": binary.add(SIDES.astype("<u1").ravel(), "SCALAR"),
    }
    half = 0.5**0.5
    spread = {
        "TRANSLATION": binary.add(np.float32([[0, 0, 0], [10, 0, 0], [20, 0, 0]]), "VEC3"),
        "ROTATION": binary.add(np.float32([[0, 0, 0, 1], [0, half, 0, half], [0, 0, 0, 1]]), "VEC4"),
        "SCALE": binary.add(np.float32([[1, 1, 1], [1, 1, 1], [2, 2, 2]]), "VEC3"),
    }
    node = {"name": "boxes", "mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": spread}}}
    found = inspected(binary.write(tmp_path, [primitive], nodes=[node], **{key: ["EXT_mesh_gpu_instancing"]}))
    assert (found["parts"], found["instances"], found["triangles"]) == (1, 3, 36)
    np.testing.assert_allclose(found["bounds_m"], [[0, -6, 0], [22, 1, 4]], atol=1e-5)  # the turned one reaches z -1 in the file


def test_that_materials_of_all_khronos_extensions_open_with_their_base_colour(tmp_path: Path) -> None:
    gloss = {"KHR_materials_pbrSpecularGlossiness": {"diffuseFactor": [0, 1, 0, 1]}}
    plain = {"pbrMetallicRoughness": {"baseColorFactor": [0, 0, 1, 1]}, "extensions": {"KHR_materials_unlit": {}}}
    content = document(
        extensionsRequired=["KHR_materials_unlit", "KHR_materials_pbrSpecularGlossiness", "KHR_materials_clearcoat"]
    )
    content["materials"] = [{"name": "paint", "extensions": gloss}, plain | {"name": "sign"}]
    content["meshes"][0]["primitives"].append({**content["meshes"][0]["primitives"][0], "material": 1})
    path = tmp_path / "x.glb"
    path.write_bytes(glb(content))
    found = inspected(path)
    assert found["colours"] == ["#0000ff", "#00ff00"]
    assert (found["parts"], found["instances"], found["triangles"]) == (2, 2, 2)  # surfaces of one material, as others count


def test_that_glass_by_transmission_is_see_through(tmp_path: Path) -> None:
    content = document()
    content["materials"] = [{"name": "glass", "extensions": {"KHR_materials_transmission": {"transmissionFactor": 1.0}}}]
    path = tmp_path / "x.glb"
    path.write_bytes(glb(content))
    assert read_model(path).parts[0].opacity == pytest.approx(0.25)


def test_that_draco_is_refused_unless_the_file_has_plain_vertices_too(tmp_path: Path) -> None:
    content = document(extensionsUsed=["KHR_draco_mesh_compression"])
    content["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {}}}
    path = tmp_path / "x.glb"
    path.write_bytes(glb(content))
    assert inspected(path)["triangles"] == 1
    del content["accessors"][0]["bufferView"]
    path.write_bytes(glb(content))
    with pytest.raises(UserMistake, match="Draco"):
        inspected(path)


def test_that_an_unknown_chunk_and_bytes_after_the_end_are_passed_over(tmp_path: Path) -> None:
    data = glb() + struct.pack("<II", 4, 0x21212121) + b"abcd"
    path = tmp_path / "x.glb"
    path.write_bytes(data[:8] + struct.pack("<I", len(data)) + data[12:] + b"tail")
    assert inspected(path)["triangles"] == 1


def test_that_whole_numbers_written_with_a_point_are_whole_numbers(tmp_path: Path) -> None:
    text = json.dumps(document()).replace('"count": 3', '"count": 3.0').replace('"byteLength": 36', '"byteLength": 36.0')
    padded = text.encode() + b" " * (-len(text) % 4)
    body = struct.pack("<II", len(padded), 0x4E4F534A) + padded + glb()[-52:]
    path = tmp_path / "x.glb"
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)
    assert inspected(path)["triangles"] == 1


def test_that_gltf_1_is_named_as_such(tmp_path: Path) -> None:
    """Version 1.0 keeps accessors, meshes and nodes as objects by name."""
    (tmp_path / "old.gltf").write_text('{"accessors": {"a": {}}, "asset": {"version": "1.0"}}')
    with pytest.raises(UserMistake, match=r"glTF 1\.0 .* export it as glTF 2\.0"):
        read_model(tmp_path / "old.gltf")
