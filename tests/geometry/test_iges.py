"""IGES: the fixed form is looked at first; bodies, colours and units come out as closed forms tell."""

from pathlib import Path

import numpy as np
import pytest

from tests.geometry.kernel import Kernel
from viewer.base.job import SilentJob
from viewer.geometry.broken import BrokenFile
from viewer.geometry.iges.reader import IgesReader
from viewer.geometry.iges.text import checked

GLOBALS = (
    "1H,,1H;,4Hpart,8Hpart.igs,3HCAD,3H1.0,32,38,6,308,15,4Hpart,1.,2,2HMM,1,0.1,15H20240101.120000,1E-5,100.,3HJoe,4HACME,11,0;"
)


def lines(globals_: str = GLOBALS, *, directory: int = 2, told: str = "", end: bool = True) -> list[str]:
    cut = [globals_[i : i + 72] for i in range(0, len(globals_), 72)]
    body = [f"{'a file':<72}S{1:7}"]
    body += [f"{text:<72}G{i:7}" for i, text in enumerate(cut, 1)]
    body += [f"{'     116       1':<72}D{i:7}" for i in range(1, directory + 1)]
    body += [f"{'116,0.,0.,0.,0;':<64}{1:8}P{1:7}"]
    told = told or f"S{1:7}G{len(cut):7}D{directory:7}P{1:7}"
    return body + ([f"{told:<72}T{1:7}"] if end else [])


def write(tmp_path: Path, text: list[str]) -> Path:
    path = tmp_path / "x.igs"
    path.write_text("\r\n".join(text) + "\r\n", encoding="ascii")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lines(end=False), "cut off"),
        (lines(told="S      1G      1D      2P      9"), "section G has 2 lines and should have 1"),
        (lines(told="nothing"), "does not tell how many"),
        (lines(directory=3), "directory is empty or cut"),
        ([lines()[0], lines()[3], *lines()[1:]], "wrong order"),
        ([*lines()[:2], "a short line", *lines()[2:]], "line 3 has 12 columns"),
        ([f"{'':<72}C{1:7}", *lines()], "compressed"),
        ([*lines()[:1], f"{'':<72}X{1:7}", *lines()[1:]], "belongs to no section"),
    ],
)
def test_that_a_file_that_is_not_whole_is_refused_before_the_kernel_sees_it(tmp_path: Path, text: list[str], said: str) -> None:
    with pytest.raises(BrokenFile, match=said):
        checked(write(tmp_path, text))


@pytest.mark.parametrize(
    ("globals_", "unit", "known"),
    [
        (GLOBALS, "mm", True),
        (GLOBALS.replace("1.,2,2HMM", "1.,1,4HINCH"), "inch", True),
        (GLOBALS.replace("1.,2,2HMM", "1.,3,2HCM"), "cm", True),
        (GLOBALS.replace("1.,2,2HMM", "1.,3,6HPARSEC"), "inch", False),
        (GLOBALS.replace("1H,,1H;,", "1H/,1H;/").replace(",", "/").replace("1H//", "1H/,1H;/", 1), "inch", False),
        ("99999999H,,,", "inch", False),
        (",,;", "inch", False),
    ],
)
def test_that_the_unit_is_the_global_sections_own(tmp_path: Path, globals_: str, unit: str, known: bool) -> None:
    found = checked(write(tmp_path, lines(globals_)))
    assert (found.unit, found.unit_known) == (unit, known)


def test_that_the_global_section_tells_who_wrote_the_file(tmp_path: Path) -> None:
    found = checked(write(tmp_path, lines()))
    assert (found.product, found.resolution) == ("part", 1e-5)
    assert (found.about["author"], found.about["organisation"], found.about["written by"]) == ("Joe", "ACME", "CAD")


def test_that_only_fixed_form_iges_is_claimed(tmp_path: Path) -> None:
    reader = IgesReader()
    assert reader.claims(write(tmp_path, lines()).read_bytes()[:4096], ".txt")
    assert not reader.claims(b"ISO-10303-21;" + b" " * 60 + b"S      1\n", ".igs")


@pytest.mark.parametrize(("unit", "said"), [("MM", "mm"), ("INCH", "inch"), ("M", "m")])
def test_that_solids_have_the_size_of_their_unit(kernel: Kernel, unit: str, said: str) -> None:
    read = kernel.made_iges("nested", unit)
    assert read.mistake == ""
    assert (read.facts["format"], read.facts["units"]) == ("iges", said)
    assert (read.facts["solids"], read.facts["faces"], read.facts["triangles"]) == (8, 48, 96)
    assert read.facts["volume_of_solids_mm3"] == pytest.approx(48_000.0, rel=1e-6)
    np.testing.assert_allclose(read.facts["bounds_m"], [[-0.11, 0, 0], [0.11, 0.11, 1.03]], atol=1e-7)


def test_that_trimmed_surfaces_are_sewn_into_solids_that_keep_their_colours(kernel: Kernel) -> None:
    read = kernel.made_iges("coloured", solids=False)
    assert read.model is not None
    assert (read.facts["solids"], read.facts["faces"]) == (3, 18)
    assert read.facts["volume_of_solids_mm3"] == pytest.approx(6000.0 * 2 + 1.0, rel=1e-6)
    assert any("3 bodies were sewn" in warning for warning in read.facts["warnings"])
    assert {"#ff0000", "#00ff00", "#0000ff"} <= set(read.facts["colours"])
    for part in read.model.parts:  # closed and looking outwards: the divergence theorem gives a positive volume
        a, b, c = (part.mesh.points_in_part[part.mesh.triangles[:, k]] for k in range(3))
        assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() > 0.0


def test_that_an_open_shell_stays_open(kernel: Kernel) -> None:
    read = kernel.made_iges("loose_shell", solids=False)
    assert read.model is not None
    assert read.facts["solids"] == 1
    assert sum(len(part.mesh.triangles) for part in read.model.parts) == 12 + 2


def test_that_curves_alone_are_refused_in_one_sentence(kernel: Kernel) -> None:
    assert "surfaces" in kernel.made_iges("only_wires").mistake


def test_that_a_point_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile):
        IgesReader().read(write(tmp_path, lines()), unit=None, job=SilentJob())
