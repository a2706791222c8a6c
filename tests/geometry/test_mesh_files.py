"""STL, OBJ and PLY as the world writes them: odd counts, groups, colours, byte orders; sizes from closed forms."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.inspect import Facts, inspect_file
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_model

FACET = struct.pack("<12fH", 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0)
SQUARE = "v 0 0 0\nv 2 0 0\nv 2 2 0\nv 0 2 0\n"


def write(tmp_path: Path, data: bytes | str, name: str) -> Path:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def inspected(tmp_path: Path, data: bytes | str, name: str) -> Facts:
    return inspect_file(write(tmp_path, data, name), unit="m", job=SilentJob())


def read(tmp_path: Path, data: bytes | str, name: str) -> GeometryModel:
    return read_model(write(tmp_path, data, name), unit="m", job=SilentJob())


def area(model: GeometryModel) -> float:
    """Of all parts."""
    total = 0.0
    for part in model.parts:
        a, b, c = (part.mesh.points_in_part[part.mesh.triangles[:, k]] for k in range(3))
        total += float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2
    return total


# STL


def binary_stl(count: int, facets: int, head: bytes = b"solid and yet binary", tail: bytes = b"") -> bytes:
    return head.ljust(80, b" ") + struct.pack("<I", count) + FACET * facets + tail


@pytest.mark.parametrize("text", ["solid hollow\nendsolid hollow\n", binary_stl(0, 0)])
def test_that_an_stl_without_triangles_is_refused(tmp_path: Path, text: bytes | str) -> None:
    with pytest.raises(UserMistake, match="no triangles"):
        read(tmp_path, text, "x.stl")


def test_that_an_stl_that_says_more_than_it_has_is_cut_off(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"says 7 triangles.*434 bytes.*cut off"):
        read(tmp_path, binary_stl(7, 3), "x.stl")


def test_that_an_stl_that_says_fewer_or_none_is_read_and_told(tmp_path: Path) -> None:
    fewer = inspected(tmp_path, binary_stl(2, 3, tail=b"xy"), "x.stl")
    assert fewer["triangles"] == 2
    assert any("52 bytes after its 2 triangles" in w for w in fewer["warnings"])
    none = inspected(tmp_path, binary_stl(0, 3), "x.stl")
    assert none["triangles"] == 3
    assert any("says 0 triangles" in w for w in none["warnings"])


def test_that_a_binary_stl_that_begins_with_solid_is_binary(tmp_path: Path) -> None:
    found = inspected(tmp_path, binary_stl(1, 1), "x.stl")
    assert (found["triangles"], found["points"], found["warnings"]) == (1, 3, [])
    assert found["bounds_m"] == [[0, 0, 0], [3, 4, 0]]


def test_that_each_solid_of_an_ascii_stl_is_a_part_of_its_name(tmp_path: Path) -> None:
    facet = "facet normal 0 0 1\r\nouter loop\r\nvertex {0} 0 0\r\nVERTEX {1} 0 0\r\nvertex {0} 1e0 0\r\nendloop\r\nendfacet\r\n"
    text = "solid Gehäuse links\r\n" + facet.format(0, 1) + facet.format(1, 2) + "endsolid Gehäuse links\r\n"
    text += "SOLID Deckel\r\n" + facet.format(5, 7) + "endsolid\r\n"
    found = inspected(tmp_path, text, "x.stl")
    assert (found["parts"], found["instances"], found["triangles"]) == (2, 2, 3)
    assert found["names"] == ["Gehäuse links", "Deckel"]
    assert found["bounds_m"] == [[0, 0, 0], [7, 1, 0]]


def test_that_names_in_windows_letters_are_read(tmp_path: Path) -> None:
    text = (
        "solid Gehäuse\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid\n"
    )
    assert read(tmp_path, text.encode("cp1252"), "x.stl").parts[0].name == "Gehäuse"


# OBJ


@pytest.mark.parametrize(
    "text",
    [
        "v 0 0 0\nf 1 2 3\n",
        "v 0 0 0\nv 1 0 0\nf 1 2\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf -1 -2 -4\n",
        "v 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf a b c\n",
    ],
)
def test_that_a_broken_obj_gets_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserMistake) as caught:
        read(tmp_path, text, "x.obj")
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("x.obj")


def test_that_negative_indices_count_from_the_vertices_so_far(tmp_path: Path) -> None:
    text = SQUARE + "f -4 -3 -2 -1\n" + "v 0 0 5\nv 2 0 5\nv 0 2 5\nf -3 -2 -1\n"
    model = read(tmp_path, text, "x.obj")
    assert len(model.parts[0].mesh.triangles) == 3
    assert area(model) == pytest.approx(4 + 2)


def test_that_a_concave_face_is_not_filled_in(tmp_path: Path) -> None:
    outline = "v 0 0 0\nv 4 0 0\nv 4 0 1\nv 1 0 1\nv 1 0 3\nv 0 0 3\nf 2 3 4 5 6 1\n"  # an L of 6 m2, standing upright
    model = read(tmp_path, outline, "x.obj")
    assert len(model.parts[0].mesh.triangles) == 4
    assert area(model) == pytest.approx(6)


def test_that_lines_of_windows_and_lines_continued_are_read_alike(tmp_path: Path) -> None:
    plain = SQUARE + "f 1 2 3 4\n"
    for text in (plain.replace("\n", "\r\n"), plain.replace("f 1 2", "f 1 \\\n2"), plain.replace("v 2 2", "v\t2 \\\r\n 2")):
        assert area(read(tmp_path, text, "x.obj")) == pytest.approx(4)


def test_that_groups_and_objects_are_parts_and_come_back_to_the_same_one(tmp_path: Path) -> None:
    text = SQUARE + "o frame\nf 1 2 3\ng panel\nf 1 3 4\no frame\nf 1 2 4\nl 1 2\n"
    found = inspected(tmp_path, text, "x.obj")
    assert (found["parts"], found["instances"], found["triangles"]) == (2, 2, 3)
    assert found["names"] == ["frame", "panel"]
    assert any("1 lines or points" in w for w in found["warnings"])


def test_that_a_missing_material_file_costs_only_the_colours(tmp_path: Path) -> None:
    found = inspected(tmp_path, "mtllib gone.mtl\nusemtl red\n" + SQUARE + "f 1 2 3 4\n", "x.obj")
    assert (found["triangles"], found["colours"]) == (2, [])
    assert any("gone.mtl" in w for w in found["warnings"])


def test_that_material_files_may_be_several_or_have_blanks_in_their_name(tmp_path: Path) -> None:
    (tmp_path / "a.mtl").write_text("newmtl red\r\nKd 1 0 0\r\nTr 0.75\r\n")
    (tmp_path / "b.mtl").write_text("newmtl blue\nKd 0 0 1\n")
    (tmp_path / "my colours.mtl").write_text("newmtl red\nKd 0 1 0\n")
    faces = SQUARE + "usemtl red\nf 1 2 3\nusemtl blue\nf 1 3 4\n"
    model = read(tmp_path, "mtllib a.mtl b.mtl\n" + faces, "x.obj")
    assert inspected(tmp_path, "mtllib a.mtl b.mtl\n" + faces, "x.obj")["colours"] == ["#0000ff", "#ff0000"]
    assert model.parts[0].mesh.rgb_of_triangle is not None
    assert model.parts[0].mesh.rgb_of_triangle.tolist() == [[255, 0, 0], [0, 0, 255]]
    assert "#00ff00" in inspected(tmp_path, "mtllib my colours.mtl\n" + faces, "x.obj")["colours"]


@pytest.mark.parametrize("top", [1, 255])
def test_that_colours_of_vertices_are_shown(tmp_path: Path, top: int) -> None:
    text = f"v 0 0 0 {top} 0 0\nv 1 0 0 {top} 0 0\nv 0 1 0 {top} 0 0\nv 1 1 0 0 0 {top}\nf 1 2 3\nf 4 4 4\n"
    assert inspected(tmp_path, text, "x.obj")["colours"] == ["#0000ff", "#ff0000"]


# PLY


def ply(order: str, faces: list[list[int]], *, element: str = "face", kind: str = "uchar int", more: str = "") -> bytes:
    """A square of 2 m with a colour, a normal and a quality at each vertex, in the given encoding."""
    rows: list[tuple[Any, ...]] = [(x, y, 0.0, 0.0, 0.0, 1.0, 250, 100, 50, 0.5) for x, y in ((0, 0), (2, 0), (2, 2), (0, 2))]
    name = {"": "ascii", "<": "binary_little_endian", ">": "binary_big_endian"}[order]
    head = f"ply\nformat {name} 1.0\ncomment made by a test\nobj_info none\nelement vertex 4\n"
    head += "".join(f"property {t} {n}\n" for t, n in zip(("double",) * 3 + ("float",) * 3 + ("uchar",) * 3 + ("float",), (
        "x", "y", "z", "nx", "ny", "nz", "red", "green", "blue", "quality"), strict=True))  # fmt: skip
    head += f"element {element} {len(faces)}\n{more}property list {kind} vertex_indices\nend_header\n"
    if not order:
        lines = [" ".join(map(str, row)) for row in rows] + [" ".join(map(str, [len(f), *f])) for f in faces]
        return (head + "\n".join(lines) + "\n").encode()
    data = b"".join(struct.pack(f"{order}3d3f3Bf", *row) for row in rows)
    letter = {"uchar int": "Bi", "ushort uint": "HI", "int short": "ih"}[kind]
    return head.encode() + data + b"".join(struct.pack(f"{order}{letter[0]}{len(f)}{letter[1]}", len(f), *f) for f in faces)


@pytest.mark.parametrize("order", ["", "<", ">"])
@pytest.mark.parametrize("kind", ["uchar int", "ushort uint", "int short"])
@pytest.mark.parametrize("faces", [[[0, 1, 2, 3]], [[0, 1, 2], [0, 2, 3]], [[0, 1, 2, 3], [3, 2, 1], [2, 0]]])
def test_that_quads_and_triangles_of_every_encoding_cover_their_area(
    tmp_path: Path, order: str, kind: str, faces: list[list[int]]
) -> None:
    model = read(tmp_path, ply(order, faces, kind=kind), "x.ply")
    assert area(model) == pytest.approx(4 + 2 * (len(faces) == 3))
    assert model.parts[0].colour == (250, 100, 50)
    assert model.points == 4


@pytest.mark.parametrize("order", ["", "<", ">"])
def test_that_triangle_strips_are_read_with_their_breaks(tmp_path: Path, order: str) -> None:
    model = read(tmp_path, ply(order, [[0, 1, 3, 2, -1, 0, 1, 2]], element="tristrips"), "x.ply")
    mesh = model.parts[0].mesh
    assert mesh.triangles.tolist() == [[0, 1, 3], [1, 2, 3], [0, 1, 2]]


@pytest.mark.parametrize("faces", [[[0, 1, 4]], [[0, 1, -1]]])
def test_that_a_face_of_missing_vertices_is_refused(tmp_path: Path, faces: list[list[int]]) -> None:
    with pytest.raises(UserMistake, match=r"names vertex .* of 4"):
        read(tmp_path, ply("<", faces), "x.ply")


@pytest.mark.parametrize("order", ["", "<", ">"])
def test_that_a_ply_cut_off_in_its_faces_is_refused(tmp_path: Path, order: str) -> None:
    whole = ply(order, [[0, 1, 2], [0, 2, 3]])
    with pytest.raises(UserMistake, match=r"PLY"):
        read(tmp_path, whole[:-9], "x.ply")
