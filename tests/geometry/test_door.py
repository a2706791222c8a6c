"""The door for files: what is no geometry gets one clear sentence, whatever its name; sound files open under any name."""

import errno
import os
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.geometry.glb import glb
from viewer.base.errors import Cancelled, UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.checks import bounds_in_world
from viewer.geometry.reading import read_model

CUBE_OBJ = b"""o a
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 0 0 1
usemtl red
f 1 2 3 4
o b
usemtl blue
f -1/1/1 -4/2 -3//3
"""
ASCII_STL = b"""solid tri
facet normal 0 0 1
 outer loop
  vertex 0 0 0
  vertex 3e0 0 0
  vertex 0 4 0
 endloop
endfacet
endsolid tri
"""
ASCII_PLY = b"""ply
format ascii 1.0
comment made by hand
element vertex 4
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
element face 1
property list uchar int vertex_indices
end_header
0 0 0 255 0 0
9 0 0 255 0 0
9 9 0 255 0 0
0 9 0 255 0 0
4 0 1 2 3
"""


def binary_stl(triangles: int = 2) -> bytes:
    facet = struct.pack("<12fH", 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0)
    return b"solid but binary".ljust(80, b"\0") + struct.pack("<I", triangles) + facet * triangles


def binary_ply(order: str, *, mixed: bool = False) -> bytes:
    name = {"<": "little", ">": "big"}[order]
    faces = [[0, 1, 2, 3], [0, 1, 2]] if mixed else [[0, 1, 2], [0, 2, 3]]
    head = f"ply\nformat binary_{name}_endian 1.0\nelement vertex 4\nproperty double x\nproperty double y\nproperty double z\n"
    head += f"element face {len(faces)}\nproperty list uchar int vertex_index\nend_header\n"
    points = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0]], f"{order}f8").tobytes()
    return head.encode() + points + b"".join(bytes([len(f)]) + np.array(f, f"{order}i4").tobytes() for f in faces)


SOUND = {
    "glb": glb(),
    "obj": CUBE_OBJ,
    "stl": binary_stl(),
    "ascii.stl": ASCII_STL,
    "ascii.ply": ASCII_PLY,
    "little.ply": binary_ply("<"),
    "big.ply": binary_ply(">"),
    "mixed.ply": binary_ply("<", mixed=True),
}


def write(folder: Path, data: bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", ["glb", "gltf", "stl", "obj", "ply", "step", "txt"])
@pytest.mark.parametrize("data", [b"", b"\0", b"hello there, this is no model\n", b"{}", b"\x89PNG\r\n\x1a\n" + b"x" * 100])
def test_that_what_is_no_geometry_gets_one_sentence_with_the_path_last(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = write(tmp_path, data, f"x.{suffix}")
    with pytest.raises(UserMistake) as caught:
        read_model(path, job=SilentJob())
    assert str(caught.value).endswith(str(path))
    assert "\n" not in str(caught.value)


def test_that_a_missing_file_a_folder_and_an_unknown_unit_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="no such file"):
        read_model(tmp_path / "gone.glb")
    with pytest.raises(UserMistake, match="folder"):
        read_model(tmp_path)
    with pytest.raises(UserMistake, match="unknown length unit 'furlong'"):
        read_model(write(tmp_path, glb(), "x.glb"), unit="furlong")


def test_that_a_file_one_may_not_read_and_a_pipe_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, glb(), "x.glb")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refused)
        with pytest.raises(UserMistake, match=r"Permission denied.*may read it"):
            read_model(path)
    with pytest.raises(UserMistake, match="device or a pipe"):
        read_model(Path(os.devnull))


@pytest.mark.parametrize("kind", SOUND)
def test_that_a_renamed_file_opens_by_its_content(tmp_path: Path, kind: str) -> None:
    wanted = read_model(write(tmp_path, SOUND[kind], f"x.{kind.rpartition('.')[2]}"), unit="mm")
    renamed = read_model(write(tmp_path, SOUND[kind], "x.dat"), unit="mm")
    assert renamed.format == wanted.format
    assert bounds_in_world(renamed).tolist() == bounds_in_world(wanted).tolist()


def test_that_a_cut_off_step_file_is_refused_before_the_kernel_sees_it(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="END-ISO-10303-21"):
        read_model(write(tmp_path, b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=", "x.step"))


def test_that_an_empty_step_file_holds_no_product(tmp_path: Path) -> None:
    text = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
    with pytest.raises(UserMistake, match="STEP"):
        read_model(write(tmp_path, text, "x.step"))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SOUND)), st.data())
def test_that_truncated_and_mutated_files_raise_nothing_but_a_users_mistake(kind: str, data: st.DataObject) -> None:
    content = bytearray(SOUND[kind])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), bytes(content), f"x.{kind.rpartition('.')[2]}")
        try:
            model = read_model(path, job=SilentJob())
        except UserMistake as mistake:
            assert str(path) in str(mistake)
        else:
            assert all(np.isfinite(part.mesh.points_in_part).all() for part in model.parts)
            assert all(part.mesh.triangles.max(initial=0) < max(1, len(part.mesh.points_in_part)) for part in model.parts)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["stl", "ply", "obj", "glb", "gltf"]))
def test_that_random_bytes_raise_nothing_but_a_users_mistake(content: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            model = read_model(write(Path(folder), content, f"x.{suffix}"), job=SilentJob())
        except UserMistake:
            return
        assert model.parts


def test_that_cancelling_stops_a_reader(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        read_model(write(tmp_path, glb(), "x.glb"), job=SilentJob(lambda: True))


def test_that_obj_objects_are_parts_with_their_materials_and_negative_indices_count_back(tmp_path: Path) -> None:
    (tmp_path / "m.mtl").write_text("newmtl red\nKd 1 0 0\nd 0.5\nnewmtl blue\nKd 0 0 1\n")
    model = read_model(write(tmp_path, b"mtllib m.mtl\n" + CUBE_OBJ, "x.obj"), unit="m")
    a, b = model.parts
    assert [(p.id, p.colour, p.opacity, len(p.mesh.triangles)) for p in (a, b)] == [
        ("a", (255, 0, 0), 0.5, 2),
        ("b", (0, 0, 255), 1.0, 1),
    ]
    assert b.mesh.points_in_part[b.mesh.triangles[0]].tolist() == [[0, 0, 1], [1, 0, 0], [1, 1, 0]]


def test_that_an_obj_may_not_name_materials_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "m.mtl").write_text("newmtl red\nKd 1 0 0\n")
    model = read_model(write(tmp_path / "in", b"mtllib ../m.mtl\n" + CUBE_OBJ, "x.obj"), unit="m")
    assert model.parts[0].colour is None
    assert any("outside" in warning for warning in model.warnings)


@pytest.mark.parametrize("kind", ["ascii.ply", "little.ply", "big.ply", "mixed.ply"])
def test_that_every_encoding_of_ply_gives_the_same_square(tmp_path: Path, kind: str) -> None:
    mesh = read_model(write(tmp_path, SOUND[kind], "x.ply"), unit="mm").parts[0].mesh
    corners = mesh.points_in_part[mesh.triangles]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    assert area[:2].sum() == pytest.approx(81e-6)
    assert mesh.bounds_m()[1].tolist() == pytest.approx([0.009, 0.009, 0])


def test_that_a_ply_of_points_alone_is_a_cloud_with_its_colours(tmp_path: Path) -> None:
    text = ASCII_PLY.partition(b"element face")[0] + b"end_header\n0 0 0 1 2 3\n1 2 3 1 2 3\n5 5 5 1 2 3\n0 1 0 1 2 3\n"
    model = read_model(write(tmp_path, text, "x.ply"), unit="m")
    cloud = model.parts[0].cloud
    assert model.points == 4 and cloud is not None and cloud.rgb is not None
    assert cloud.bounds_m().tolist() == [[0, 0, 0], [5, 5, 5]] and cloud.rgb.tolist() == [[1, 2, 3]] * 4


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "mm"), (0.1, "m"), (0.4, "m"), (1000.0, "mm")])
def test_that_a_unit_is_guessed_by_what_is_plausible_and_asked(tmp_path: Path, factor: float, unit: str) -> None:
    text = f"v 0 0 0\nv {4 * factor} 0 0\nv 0 {3 * factor} 0\nf 1 2 3\n".encode()
    model = read_model(write(tmp_path, text, "x.obj"))
    assert model.unit_question is not None
    assert (model.unit, model.unit_question.taken) == (unit, unit)
    assert model.unit_question.size == pytest.approx((4 * factor, 3 * factor, 0))


def test_that_sizes_no_part_has_are_doubted(tmp_path: Path) -> None:
    tiny = read_model(write(tmp_path, b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "x.obj"), unit="um")
    assert any("no part is that small" in w and "--unit mm" in w for w in tiny.warnings)
    huge = read_model(write(tmp_path, b"v 0 0 0\nv 900 0 0\nv 0 1 0\nf 1 2 3\n", "x.obj"), unit="m")
    assert any("no plant is that large" in w and "--unit mm" in w for w in huge.warnings)


def test_that_triangles_without_area_are_counted_and_kept(tmp_path: Path) -> None:
    model = read_model(write(tmp_path, b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\nf 1 1 2\n", "x.obj"), unit="m")
    assert len(model.parts[0].mesh.triangles) == 2
    assert any("1 triangles have no area" in warning for warning in model.warnings)
