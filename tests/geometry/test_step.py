"""STEP of every schema and unit: tree, places, names, colours, bounds and volumes as closed forms tell them."""

import math

import numpy as np
import pytest

from tests.geometry.kernel import Kernel
from viewer.geometry.checks import world_from_nodes
from viewer.geometry.step.naming import Namer

BOX_MM3 = 6000.0


def test_that_a_file_of_curves_alone_is_refused_in_one_sentence(kernel: Kernel) -> None:
    mistake = kernel.made("only_wires").mistake
    assert "curves" in mistake
    assert "surfaces" in mistake
    assert mistake.endswith("x.step")
    assert "\n" not in mistake


@pytest.mark.parametrize(
    ("schema", "unit", "said"),
    [("AP203", "INCH", "inch"), ("AP214IS", "MM", "mm"), ("AP242DIS", "M", "m"), ("AP214IS", "CM", "cm"), ("AP203", "FT", "ft")],
)
def test_that_every_schema_and_unit_gives_the_same_plant_in_metres(kernel: Kernel, schema: str, unit: str, said: str) -> None:
    found = kernel.made("nested", schema, unit).facts
    assert (found["format"], found["units"]) == ("step", said)
    assert (found["parts"], found["instances"], found["assemblies"]) == (1, 8, 3)
    assert (found["triangles"], found["solids"], found["faces"]) == (8 * 12, 8, 8 * 6)
    assert found["volume_mm3"] == pytest.approx(8 * BOX_MM3, rel=1e-6)
    # one line spans x -20..110, y 0..110 (its second cell turned about z); the mirrored one x -110..20; they lie 1 m apart
    np.testing.assert_allclose(found["bounds_m"], [[-0.11, 0, 0], [0.11, 0.11, 1.03]], atol=1e-8)
    np.testing.assert_allclose(found["bounds_of_surfaces_m"], found["bounds_m"], atol=1e-8)


def test_that_nested_instances_have_paths_products_and_places(kernel: Kernel) -> None:
    read = kernel.made("nested")
    assert read.model is not None
    nodes = {node.id: node for node in read.model.nodes}
    assert list(nodes)[:4] == ["line 1", "line 1.cell A", "line 1.cell A.left", "line 1.cell A.right"]
    assert nodes["line 2.cell B"].properties["product"] == "cell"
    assert {"plant", "line", "cell", "box", "cell B"} <= set(read.facts["names"])
    assert {node.part for node in nodes.values() if node.part} == {"box"}
    world = dict(zip(nodes, world_from_nodes(read.model.nodes), strict=True))
    np.testing.assert_allclose(world["line 1.cell B.right"][:3, 3], [0, 0.1, 1], atol=1e-9)
    np.testing.assert_allclose(world["line 2.cell A.right"][:3, 3], [-0.1, 0, 0], atol=1e-9)
    assert np.linalg.det(world["line 2.cell A.right"][:3, :3]) == pytest.approx(-1)


def test_that_several_roots_stand_side_by_side(kernel: Kernel) -> None:
    read = kernel.made("roots")
    assert read.model is not None
    assert [node.id for node in read.model.nodes if not node.parent] == ["one", "group"]
    assert (read.facts["parts"], read.facts["instances"]) == (2, 3)
    np.testing.assert_allclose(read.facts["bounds_m"], [[0, 0, 0], [0.061, 0.02, 0.03]], atol=1e-9)


def test_that_colours_of_parts_faces_and_instances_stay_apart(kernel: Kernel) -> None:
    read = kernel.made("coloured")
    assert read.model is not None
    red, plain = read.model.parts
    assert (red.colour, plain.colour) == ((255, 0, 0), None)
    assert red.mesh.rgb_of_triangle is not None
    assert sorted(map(tuple, red.mesh.rgb_of_triangle.tolist())) == [(0, 255, 0)] * 2 + [(255, 0, 0)] * 10
    assert {node.id: node.colour for node in read.model.nodes} == {"as made": None, "painted": (0, 0, 255), "bare": None}
    assert read.facts["colours"] == ["#0000ff", "#00ff00", "#ff0000"]


@pytest.mark.parametrize("escaped", [False, True])
def test_that_names_beyond_ascii_come_through_in_both_spellings(kernel: Kernel, escaped: bool) -> None:
    found = kernel.made("international", "AP242DIS", escaped=escaped).facts
    assert {"組立ライン", "部品 №1", "Gehäuse ÄÖÜß"} <= set(found["names"])


def test_that_an_empty_assembly_stands_in_the_tree_without_shape(kernel: Kernel) -> None:
    read = kernel.made("with_empty_assembly")
    assert read.model is not None
    assert read.facts["triangles"] == 12
    assert [node.id for node in read.model.nodes if node.part] == ["full"]


def test_that_bounds_hold_curves_and_those_of_surfaces_do_not(kernel: Kernel) -> None:
    found = kernel.made("wires_beside").facts
    assert (found["parts"], found["instances"], found["triangles"]) == (2, 2, 12)
    np.testing.assert_allclose(found["bounds_m"], [[0, 0, 0], [0.5, 0.02, 0.03]], atol=1e-9)
    np.testing.assert_allclose(found["bounds_of_surfaces_m"], [[0, 0, 0], [0.01, 0.02, 0.03]], atol=1e-9)


def test_that_bounds_of_turned_round_parts_are_exact(kernel: Kernel) -> None:
    found = kernel.made("turned_cylinders").facts
    sin, cos = math.sin(math.radians(30)), math.cos(math.radians(30))
    right, top = 0.2 + 0.03 * sin + 0.01 * cos, 0.03 * cos + 0.01 * sin
    np.testing.assert_allclose(found["bounds_m"], [[-0.01, -0.01, -top], [right, 0.01, top]], atol=1e-8)
    assert found["volume_mm3"] == pytest.approx(2 * math.pi * 100 * 60, rel=1e-6)


def test_that_loose_faces_are_told_apart_from_what_fills_space(kernel: Kernel) -> None:
    found = kernel.made("loose_shell").facts
    assert (found["solids"], found["faces"]) == (1, 7)
    assert found["volume_of_solids_mm3"] == pytest.approx(BOX_MM3)
    assert "volume_mm3" in found


def test_that_only_what_the_kernel_named_is_named_anew() -> None:
    namer = Namer()
    assert [namer.name(given, "a") for given in ("SOLID", "Solid", "SOLID", "", "Lid SOLID")] == [
        "Solid 1", "Solid", "Solid 2", "Part 1", "Lid SOLID",
    ]  # fmt: skip
    assert namer.name("SOLID", "b") == "Solid 1"
