"""STEP beyond one plain file: references to others, archives, triangles alone, layers, products."""

import math

import numpy as np
import pytest

from tests.geometry.kernel import Kernel


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("external_outside", "outside its own folder"),
        ("external_circle", "go in a circle (main.stp → main.stp)"),
        ("external_missing", "not beside it: 'ext_box.stp'"),
        ("bomb", "x.stpz"),
    ],
)
def test_that_bad_folders_are_refused_in_one_sentence(kernel: Kernel, recipe: str, said: str) -> None:
    mistake = kernel.written(recipe).mistake
    assert said in mistake
    assert "\n" not in mistake


@pytest.mark.parametrize("recipe", ["external", "external_in_inches", "zipped", "gzipped"])
def test_that_the_plant_is_the_same_however_it_is_stored(kernel: Kernel, recipe: str) -> None:
    found = kernel.written(recipe).facts
    assert (found["parts"], found["instances"], found["solids"]) == (1, 8, 8)
    assert found["volume_mm3"] == pytest.approx(48_000.0, rel=1e-6)
    np.testing.assert_allclose(found["bounds_m"], [[-0.11, 0, 0], [0.11, 0.11, 1.03]], atol=1e-7)
    assert found["about"]["schema"].startswith("AP214")


def test_that_a_missing_file_is_named_and_the_rest_is_shown(kernel: Kernel) -> None:
    found = kernel.written("external_partly").facts
    assert found["solids"] == 1
    assert [w for w in found["warnings"] if "'ext_pin.stp'" in w and "part is missing" in w]


def test_that_triangles_without_surfaces_are_shown(kernel: Kernel) -> None:
    read = kernel.written("tessellated")
    assert read.model is not None
    points = read.model.parts[0].mesh.points_in_part
    np.testing.assert_allclose(np.ptp(points, axis=0), [0.02, 0.02, 0.06], atol=1e-4)
    np.testing.assert_allclose(read.facts["size_m"], [0.02, 0.02, 0.06], atol=1e-4)
    a, b, c = (points[read.model.parts[0].mesh.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert area == pytest.approx(2 * math.pi * 0.01 * (0.01 + 0.06), rel=0.01)


def test_that_layers_are_told_and_what_is_hidden_stays_hidden(kernel: Kernel) -> None:
    model = kernel.written("layered").model
    assert model is not None
    assert {part.name: part.properties.get("layer", "") for part in model.parts} == {"wall": "walls", "ghost": ""}
    assert {node.name: node.visible for node in model.nodes} == {"wall": True, "ghost": False}


def test_that_number_revision_description_and_properties_of_a_product_are_told(kernel: Kernel) -> None:
    model = kernel.written("numbered").model
    assert model is not None
    wanted = {"part number": "P-4711", "description": "A plain box", "revision": "C", "Finish": "verzinkt µ"}
    assert dict(model.parts[0].properties) == wanted
