"""Every GLB, STEP, STL and OBJ file of the shared data against the numbers that its SOURCES.md gives."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.geometry.kernel import Kernel, Read
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry import reading
from viewer.geometry.inspect import format_inspection, inspect_file
from viewer.geometry.reading import read_model

STEP_FILES = (
    "nist_pmi/nist_ctc_01_asme1_ap242-e1.stp",
    "nist_pmi/nist_ctc_02_asme1_ap242-e2.stp",
    "nist_pmi/nist_ctc_03_asme1_ap242-e2.stp",
    "nist_pmi/nist_ftc_07_asme1_ap242-e2.stp",
    "nist_pmi/nist_stc_06_asme1_ap242-e3.stp",
    "assemblies/as1-oc-214.stp",
    "assemblies/dm1-id-214.stp",
    "assemblies/io1-cm-214.stp",
    "assemblies/sg1-c5-214.stp",
    "products/tinymovr_servokit_r2.stp",
    "products/TutorialBoard_pcb.stp",
    "products/so101/Base_SO101.step",
    "products/so101/Upper_arm_SO101.step",
    "products/so101/Wrist_Roll_Pitch_SO101.step",
    "step_vs_mesh/box_sides.STEP",
    "step_vs_mesh/featuretype.STEP",
)
_ROW = re.compile(
    r"(\d+) assemblies, (\d+) part labels, (\d+) leaf instances, (\d+) solids, (\d+) faces, volume ([\d.]+) mm3, "
    r"bbox \(([\d., ]+)\) mm, (\d+) tri at 0.1 mm; PMI (\d+) dimensions / (\d+) geometric tolerances / (\d+) datum labels"
)
MATERIALS = {"Greek Ascoloy", "Titanium 6-4", "Inconel 718"}
"""Products of dm1 that are no shapes but what its parts are made of."""


@pytest.fixture(scope="module", autouse=True)
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for the module, so that no CAD file is read twice."""
    patch = pytest.MonkeyPatch()
    patch.setenv("GENCHI_HOME", str(tmp_path_factory.mktemp("geometry-home")))
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def own_home() -> None:
    """Stands in for the fixture of all tests: here the module's home is wanted."""


def inspected(path: Path, unit: str | None = None) -> dict[str, Any]:
    return inspect_file(path, unit=unit, job=SilentJob())


@pytest.fixture
def cad(shared_data: Path, kernel: Kernel) -> Callable[[str], Read]:
    """Reads one of STEP_FILES; all are begun at once, so that both cores are used."""
    for name in sorted(STEP_FILES, key=lambda one: -(shared_data / "cad" / one).stat().st_size):
        kernel.begin(shared_data / "cad" / name)
    return lambda name: kernel.read(shared_data / "cad" / name)


@pytest.mark.parametrize("name", STEP_FILES)
def test_that_a_step_file_has_the_counts_of_its_source(shared_data: Path, cad: Callable[[str], Read], name: str) -> None:
    line = next(x for x in (shared_data / "SOURCES.md").read_text().splitlines() if x.startswith(f"| cad/{name} "))
    match = _ROW.search(line)
    assert match is not None
    *counts, volume, box, triangles, dimensions, tolerances, datums = match.groups()
    found = cad(name).facts
    assert [found[k] for k in ("assemblies", "part_labels", "leaf_instances", "solids", "faces")] == [int(c) for c in counts]
    assert (found["parts"], found["instances"]) == (int(counts[1]), int(counts[2]))
    assert found["pmi"] == {"dimensions": int(dimensions), "tolerances": int(tolerances), "datums": int(datums)}
    assert found["triangles"] == pytest.approx(int(triangles), rel=0.01)  # another release of the kernel made theirs
    assert found["volume_mm3"] == pytest.approx(float(volume), rel=5e-4)
    np.testing.assert_allclose(np.array(found["size_m"]) * 1000, [float(v) for v in box.split(",")], atol=0.006)
    bounds, surfaces = np.array(found["bounds_m"]), np.array(found["bounds_of_surfaces_m"])
    assert (surfaces[0] >= bounds[0] - 1e-6).all()
    assert (surfaces[1] <= bounds[1] + 1e-6).all()


READ_OF_FILE = {
    "nist_ctc_01_asme1_ap242-e1": ((8, 12), (6, 6), (3, 3)),  # four of its dimensions have no value but a drawn one
    "nist_ctc_02_asme1_ap242-e2": ((7, 7), (22, 22), (19, 19)),
    "nist_ctc_03_asme1_ap242-e2": ((9, 10), (13, 13), (6, 6)),
    "nist_ftc_07_asme1_ap242-e2": ((17, 17), (27, 27), (5, 5)),
    "nist_stc_06_asme1_ap242-e3": ((17, 17), (25, 25), (6, 6)),
}
"""Read and in the file, of dimensions, tolerances and datums; the latter counted with grep, see docs/decisions."""


@pytest.mark.parametrize("name", READ_OF_FILE)
def test_that_n_of_m_dimensions_tolerances_and_datums_are_read(cad: Callable[[str], Read], name: str) -> None:
    read = cad(f"nist_pmi/{name}.stp")
    told = read.facts["pmi_read"]
    kinds = ("dimensions", "tolerances", "datums")
    assert tuple((told[k]["read"], told[k]["in_file"]) for k in kinds) == READ_OF_FILE[name]
    (dimensions, of), *_ = READ_OF_FILE[name]
    assert f"{dimensions} of {of} dimensions" in format_inspection(read.facts)
    assert read.model is not None
    entries = [(part, entry) for part in read.model.parts for entry in part.pmi]
    assert len(entries) == sum(n for n, _ in READ_OF_FILE[name])
    for part, entry in entries:
        assert part.mesh.face_of_triangle is not None
        assert set(entry.faces) <= set(part.mesh.face_of_triangle.tolist())
        if entry.point_in_part is not None:
            low, high = part.mesh.bounds_m()
            assert (low - 1e-9 <= entry.point_in_part).all()
            assert (entry.point_in_part <= high + 1e-9).all()


def test_that_pmi_is_what_the_drawing_of_the_test_case_shows(cad: Callable[[str], Read]) -> None:
    model = cad("nist_pmi/nist_ctc_01_asme1_ap242-e1.stp").model
    assert model is not None
    entries = {entry.text: entry for part in model.parts for entry in part.pmi}
    assert {"60° ±0.5°", "⌀ 35 0 / \u22120.2", "⌀ 35 +0.2 / 0", "⌀ 34.8 \u2013 35.2", "⌀ 25 ±0.15"} <= set(entries)
    assert {"⌖ 0.75 | A | B | C", "⌓ 1.25 | A | B | C", "⌮ ⌓ 0.5 | A", "⟂ 1.5 | A", "⏥ 0.2"} <= set(entries)
    (solid,) = (part for part in model.parts if part.pmi)
    assert solid.mesh.face_of_triangle is not None
    for text, diameter_m in (("⌀ 25 ±0.15", 0.025), ("⌀ 35 +0.2 / 0", 0.035)):  # the faces it names are that large
        rows = np.isin(solid.mesh.face_of_triangle, entries[text].faces)
        points = solid.mesh.points_in_part[np.unique(solid.mesh.triangles[rows])]
        assert np.ptp(points[:, :2], axis=0) == pytest.approx([diameter_m] * 2, rel=0.01)  # its holes run along z
    flat = solid.mesh.points_in_part[
        np.unique(solid.mesh.triangles[np.isin(solid.mesh.face_of_triangle, entries["⏥ 0.2"].faces)])
    ]
    assert np.ptp(flat, axis=0).min() == pytest.approx(0.0, abs=1e-9)
    assert entries["A"].faces == entries["⏥ 0.2"].faces


def test_that_annotations_widen_the_bounds_and_loose_shells_the_volume_only_where_said(cad: Callable[[str], Read]) -> None:
    annotated = cad("nist_pmi/nist_stc_06_asme1_ap242-e3.stp").facts
    np.testing.assert_allclose(np.ptp(annotated["bounds_of_surfaces_m"], axis=0), [0.24765, 0.3048, 0.09779], atol=1e-6)
    shells = cad("nist_pmi/nist_ctc_02_asme1_ap242-e2.stp").facts
    assert shells["volume_of_solids_mm3"] == pytest.approx(47_106_788, rel=1e-6)


@pytest.mark.parametrize("name", STEP_FILES)
def test_that_every_product_named_in_a_step_file_is_among_the_names(
    shared_data: Path, cad: Callable[[str], Read], name: str
) -> None:
    text = (shared_data / "cad" / name).read_text(encoding="latin-1")
    products = dict(re.findall(r"(#\d+)\s*=\s*PRODUCT\s*\(\s*'[^']*'\s*,\s*'([^']*)'", text))
    shown = set(re.findall(r"PRODUCT_DEFINITION_FORMATION\w*\s*\([^#]*(#\d+)", text))
    wanted = {product for at, product in products.items() if at in shown and product} - MATERIALS
    assert wanted <= set(cad(name).facts["names"])


def test_that_the_second_opening_needs_no_worker(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = inspected(shared_data / "cad/step_vs_mesh/featuretype.STEP")

    def never(*_: object, **__: object) -> None:
        pytest.fail("a worker was started for what the cache holds")

    monkeypatch.setattr(reading, "read_in_worker", never)
    assert inspected(shared_data / "cad/step_vs_mesh/featuretype.STEP") == first


@pytest.mark.parametrize(("suffix", "said"), [("png", "picture")])
def test_that_what_is_not_opened_is_named_with_what_is(shared_data: Path, suffix: str, said: str) -> None:
    files = sorted(shared_data.rglob(f"*.{suffix}"))
    assert files
    for path in files:
        if not path.name.startswith(("ZeroPoints", "bad-crc", "empty")):
            with pytest.raises(UserMistake, match=f"it is .*{said}.*none of the formats that open") as caught:
                inspected(path)
            assert str(caught.value).endswith(str(path))


@pytest.mark.parametrize(
    ("name", "parts", "instances", "triangles", "extents"),
    [("2CylinderEngine", 34, 115, 121496, (743.384, 273.013, 268.0)), ("CesiumMilkTruck", 4, 5, 3624, (4.869, 2.583, 2.792))],
)
def test_that_a_glb_has_the_counts_of_its_source(
    shared_data: Path, name: str, parts: int, instances: int, triangles: int, extents: tuple[float, float, float]
) -> None:
    found = inspected(shared_data / "gltf" / f"{name}.glb")
    assert (found["format"], found["units"]) == ("glb", "m")
    assert (found["parts"], found["instances"], found["triangles"]) == (parts, instances, triangles)
    x, y, z = extents  # y up
    np.testing.assert_allclose(found["size_m"], (x, z, y), atol=1e-3)


def test_that_the_engine_of_743_m_is_warned_about_with_its_factor_and_mended_by_the_unit(shared_data: Path) -> None:
    path = shared_data / "gltf" / "2CylinderEngine.glb"
    assert any("743.4 m" in w and "--unit mm" in w and "factor 0.001" in w for w in inspected(path)["warnings"])
    mended = inspected(path, unit="mm")
    assert mended["size_m"][0] == pytest.approx(0.743384, abs=1e-5)
    assert not any("--unit" in w for w in mended["warnings"])


def test_that_an_stl_without_unit_is_asked_about_and_in_inches_is_the_step_file(shared_data: Path) -> None:
    folder = shared_data / "cad" / "step_vs_mesh"
    guessed = inspected(folder / "featuretype.STL")
    assert (guessed["triangles"], guessed["units"], guessed["units_assumed"]) == (3476, "mm", True)
    np.testing.assert_allclose(guessed["size_m"], [0.005, 0.0025, 0.001375])
    assert any("--unit inch" in w and "5 x 2.5 x 1.38 mm" in w for w in guessed["warnings"])
    mended = inspected(folder / "featuretype.STL", unit="inch")
    assert not mended["units_assumed"]
    np.testing.assert_allclose(mended["size_m"], inspected(folder / "featuretype.STEP")["size_m"], atol=1e-5)
    assert inspected(folder / "featuretype.STEP")["units"] == "inch"


def test_that_every_stl_of_robots_and_plant_opens_with_the_triangles_its_length_says(shared_data: Path) -> None:
    files = [p for folder in ("robots", "plant") for p in sorted((shared_data / folder).rglob("*.[sS][tT][lL]"))]
    assert len(files) > 70
    for path in files:
        data = path.read_bytes()
        binary = (
            (len(data) - 84) // 50 if len(data) >= 84 and len(data) == 84 + 50 * int.from_bytes(data[80:84], "little") else None
        )
        expected = data.lower().count(b"endfacet") if binary is None else binary
        model = read_model(path, job=SilentJob())
        assert sum(len(p.mesh.triangles) for p in model.parts) == expected, path


def test_that_an_assembly_shares_its_parts_and_names_its_instances_by_path(cad: Callable[[str], Read]) -> None:
    model = cad("assemblies/as1-oc-214.stp").model
    assert model is not None
    assert model.name == "as1"
    assert sorted(part.name for part in model.parts) == ["bolt", "l-bracket", "nut", "plate", "rod"]
    assert {p.name: p.colour for p in model.parts}["nut"] == (255, 0, 0)
    ids = [node.id for node in model.nodes]
    assert "l-bracket-assembly_2.nut-bolt-assembly_3.bolt_1" in ids
    assert len(set(ids)) == len(ids) == 27
    assert sum(node.part == "nut" for node in model.nodes) == 8


def test_that_triangles_know_their_cad_face(cad: Callable[[str], Read]) -> None:
    model = cad("step_vs_mesh/featuretype.STEP").model
    assert model is not None
    faces = model.parts[0].mesh.face_of_triangle
    assert faces is not None
    assert set(faces.tolist()) == set(range(96))


def test_that_text_for_people_names_the_main_counts(cad: Callable[[str], Read]) -> None:
    text = format_inspection(cad("assemblies/as1-oc-214.stp").facts)
    assert "5 in 18 instances" in text
    assert "200 mm x 150 mm x 84 mm" in text


@pytest.mark.parametrize("seed", [5, 6])
def test_that_a_mangled_step_file_crashes_at_most_its_own_process(shared_data: Path, tmp_path: Path, seed: int) -> None:
    content = bytearray((shared_data / "cad/assemblies/dm1-id-214.stp").read_bytes())
    chance = random.Random(seed)
    for _ in range(40):
        content[chance.randrange(2000, len(content) - 100)] = chance.choice(b"#(),0123456789ABC$")
    path = tmp_path / "mangled.stp"
    path.write_bytes(content)
    try:
        model = read_model(path, job=SilentJob())
    except UserMistake as mistake:
        assert str(mistake).endswith("mangled.stp")
    else:
        assert model.format == "step"


def test_that_what_a_file_leaves_unnamed_is_called_by_its_sort_and_number_and_keeps_its_id(shared_data: Path) -> None:
    model = read_model(shared_data / "cad/nist_pmi/nist_ctc_02_asme1_ap242-e2.stp", job=SilentJob())
    names = {node.id.rpartition(".")[2]: node.name for node in model.nodes if node.name[-1:].isdigit()}
    assert names["SOLID"] == "Solid 1" and {"Surface 1", "Surface 2", "Group 1"} <= set(names.values())
    assert not {"SOLID", "SHELL", "COMPOUND"} & {*names.values(), *(part.name for part in model.parts)}
