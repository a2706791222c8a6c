"""Many alike lines of an OBJ read at once say what they say one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.model import GeometryModel
from viewer.geometry.obj import reader
from viewer.geometry.obj.reader import ObjReader
from viewer.geometry.reading import read_here


def read(path: Path, text: str, monkeypatch: pytest.MonkeyPatch, few: int) -> GeometryModel | str:
    """The model, or the sentence; `few`: lines that are read one by one."""
    path.write_bytes(text.encode())
    with monkeypatch.context() as patched:
        patched.setattr(reader, "_FEW", few)
        try:
            return read_here(ObjReader(), path, unit="m", job=SilentJob())
        except UserMistake as mistake:
            return str(mistake).split(" (")[0]


def same(one: GeometryModel | str, other: GeometryModel | str) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    pairs = zip(one.parts, other.parts, strict=True)
    return one.warnings == other.warnings and all(
        a.name == b.name
        and a.colour == b.colour
        and np.array_equal(a.mesh.points_in_part, b.mesh.points_in_part)
        and np.array_equal(a.mesh.triangles, b.mesh.triangles)
        and (a.mesh.rgb_of_triangle is None) == (b.mesh.rgb_of_triangle is None)
        and (a.mesh.rgb_of_triangle is None or np.array_equal(a.mesh.rgb_of_triangle, np.asarray(b.mesh.rgb_of_triangle)))
        for a, b in pairs
    )


SQUARES = "".join(f"v {i} 0 0\nv {i} 1 0\nv {i} 0 {1 + i % 3}\n" for i in range(12))
FACES = "".join(f"f {3 * i + 1} {3 * i + 2} {3 * i + 3}\n" for i in range(12))


@pytest.mark.parametrize(
    "odd",
    [
        "f 1 2\n", "f 1 2 x\n", "f 0 1 2\n", "f 1 2 99\n", "f 1 2 -99\n", "f 1 2 /3\n", "f 1 2 3.5\n", "f 1 2 --3\n",
        "f 1 2 3-4\n", "f 1 2 99999999999999999999\n", "f 1 2 3 f\n", "v 1 2\n", "v 1 2 x\n", "v 1,5 2 3\n", "v 0x1 2 3\n",
        "v 1-2 3\n", "v 1v 2 3\n", "v nan 1 2\n", "v 1e999 1 2\n",
    ],
)  # fmt: skip
def test_that_one_odd_line_among_many_gets_the_same_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    half = SQUARES.index("\n", len(SQUARES) // 2) + 1
    text = SQUARES + FACES + odd + FACES + SQUARES if odd.startswith("f") else SQUARES[:half] + odd + SQUARES[half:] + FACES
    found = read(tmp_path / "x.obj", text, monkeypatch, few=2)
    assert isinstance(found, str)
    assert found == read(tmp_path / "x.obj", text, monkeypatch, few=10**9)


@pytest.mark.parametrize(
    "text",
    [
        SQUARES + FACES,
        SQUARES.replace("\n", "\r\n") + FACES,
        SQUARES.replace("\n", "\r") + FACES,
        SQUARES + FACES.rstrip("\n"),
        SQUARES + "vn 0 0 1\nvt 0 0\n# words\n\n" * 9 + FACES.replace(" 1 ", " 1/2/3 ").replace(" 2 ", " 2//7\t"),
        SQUARES + FACES.replace("3\n", "3 \\\n 1\n"),
        SQUARES + "o one\n" + FACES + "o two\nusemtl a\n" + "f -1 -2 -3\n" * 20 + "o one\n" + FACES,
        SQUARES.replace("\n", " 1 0 0.5\n") + FACES,
        SQUARES.replace("\n", " 255 0 7\n") + "v 1 2 3\n" + FACES,
        SQUARES.replace("\n", " 1.0\n") + FACES.replace("3\n", "3 1\n"),
        "  " + SQUARES.replace("\n", "\n  ") + "\n\t" + FACES.replace("f ", "f\t"),
    ],
)
def test_that_every_way_to_write_it_reads_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    at_once = read(tmp_path / "x.obj", text, monkeypatch, few=2)
    assert not isinstance(at_once, str), at_once
    assert same(at_once, read(tmp_path / "x.obj", text, monkeypatch, few=10**9))


LINES = st.sampled_from(
    ["v 0 0 1\n", "v 1 0 1e-3\n", "v -1.5 .5 0\n", "v 1 2 3 1 0 0\n", "v 1 x 2\n", "f 1 2 3\n", "f 1/1 2/2 3/3\n", "f -1 -2 -3\n",
     "f 1 2 3 1\n", "f 1 2 77\n", "f 1 2\n", "vn 0 0 1\n", "\n", "# f 1 2 3\n", "o a\n", "g b\n", "usemtl m\n", "l 1 2\n",
     "f 1 2 3\\\n"]
)  # fmt: skip


@given(lines=st.lists(st.tuples(LINES, st.integers(1, 4)), max_size=14))
@settings(max_examples=150, deadline=None)
def test_that_any_mixture_of_lines_reads_as_line_by_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, int]]
) -> None:
    text = "v 0 0 0\nv 1 0 0\nv 0 1 0\n" + "".join(line * times for line, times in lines)
    path = tmp_path_factory.mktemp("mixed") / "x.obj"
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert same(read(path, text, monkeypatch, few=1), read(path, text, monkeypatch, few=10**9))


def test_that_blocks_end_with_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.geometry.obj.runs._BLOCK", 50)
    found = read(tmp_path / "x.obj", SQUARES + FACES, monkeypatch, few=2)
    assert not isinstance(found, str)
    assert len(found.parts[0].mesh.triangles) == 12
