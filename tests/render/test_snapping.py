"""Snapping: what of a box and a hole lies under the cursor, seen by a camera whose pixels are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from viewer.render.camera import Camera
from viewer.render.snapping import PartShapes
from viewer.twin.parts import Mesh

SIZE = (800, 600)
CAMERA = Camera(target_m=(0.0, 0.0, 0.0), heading_rad=math.pi / 2, pitch_rad=-math.radians(89.99), distance_m=10.0)
"""From above; x to the right, y up."""


def plate() -> PartShapes:
    """A square of 2 m in the plane z = 0."""
    points = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=np.float64)
    return PartShapes(Mesh(points, np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)))


def pixel(x: float, y: float, z: float = 0.0) -> tuple[float, float]:
    at = CAMERA.to_pixels(np.array([[x, y, z]]), SIZE)[0]
    return float(at[0]), float(at[1])


def test_that_the_middle_of_a_face_is_near_nothing() -> None:
    assert plate().find(0, np.eye(4), CAMERA, SIZE, pixel(0.0, 0.0)) is None


@pytest.mark.parametrize(
    ("at", "kind", "point"),
    [((0.98, 0.99), "vertex", (1, 1, 0)), ((0.02, -1.01), "midpoint", (0, -1, 0)), ((1.02, 0.5), "edge", (1, 0.5, 0))],
)
def test_that_corners_come_before_middles_before_edges(at: tuple[float, float], kind: str, point: tuple[float, ...]) -> None:
    found = plate().find(0, np.eye(4), CAMERA, SIZE, pixel(*at))
    assert found is not None and found.kind == kind
    assert np.allclose(found.point_in_part, point, atol=0.01)


def test_that_a_moved_part_is_found_where_it_is() -> None:
    world = np.eye(4)
    world[:3, 3] = (1.0, 0.5, 0.3)
    found = plate().find(0, world, CAMERA, SIZE, pixel(2.0, 1.5, 0.3))
    assert found is not None and found.kind == "vertex" and np.allclose(found.point_in_part, (1, 1, 0))


def test_that_perspective_along_an_edge_is_undone() -> None:
    """A long edge that runs away from the eye: its pixel half way up the picture is not half way along."""
    points = np.array([[0, 0, 0], [0, 100, 0], [5, 0, 0]], dtype=np.float64)
    shapes = PartShapes(Mesh(points, np.array([[0, 1, 2]], dtype=np.int32)))
    low = Camera(target_m=(0.0, 0.0, 0.0), heading_rad=math.pi / 2, pitch_rad=-0.2, distance_m=10.0)
    at = low.to_pixels(np.array([[0.0, 20.0, 0.0]]), SIZE)[0]
    found = shapes.find(0, np.eye(4), low, SIZE, (float(at[0]), float(at[1])))
    assert found is not None and found.kind == "edge" and np.allclose(found.point_in_part, (0, 20, 0), atol=1e-6)


def test_that_what_is_behind_the_eye_is_not_found() -> None:
    world = np.eye(4)
    world[:3, 3] = (0.0, 0.0, 50.0)
    assert plate().find(0, world, CAMERA, SIZE, (400.0, 300.0)) is None
