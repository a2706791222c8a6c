"""Polygons into triangles: whatever their outline, the triangles cover exactly their area and keep their winding."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.geometry import polygons
from viewer.geometry.polygons import triangulate

L_SHAPE = [[0, 0], [4, 0], [4, 1], [1, 1], [1, 3], [0, 3]]
COMB = [[0, 0], [7, 0], [7, 5], [6, 5], [6, 1], [4, 1], [4, 5], [3, 5], [3, 1], [1, 1], [1, 5], [0, 5]]
RING_CUT_OPEN = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0], [1, 1], [1, 3], [3, 3], [3, 1], [1, 1]]


def areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(m, 3) area vectors."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.cross(b - a, c - a) / 2


def cut(outline: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    points = np.column_stack([np.array(outline, float), np.zeros(len(outline))])
    triangles, owner = triangulate(points, np.arange(len(points)), np.array([len(points)]))
    assert triangles.shape == (len(points) - 2, 3)
    assert not owner.any()
    return points, triangles


@pytest.mark.parametrize(("outline", "area"), [(L_SHAPE, 6), (COMB, 7 + 3 * 4), (RING_CUT_OPEN, 16 - 4)])
@pytest.mark.parametrize("backwards", [False, True])
def test_that_concave_outlines_are_covered_once(outline: list[list[float]], area: float, backwards: bool) -> None:
    each = areas(*cut(outline[::-1] if backwards else outline))
    sign = -1 if backwards else 1
    assert (sign * each[:, 2] >= 0).all()  # none lies upside down: none stands outside and is taken off again
    assert each[:, 2].sum() == pytest.approx(sign * area)


def test_that_convex_polygons_stay_fans() -> None:
    turn = np.arange(7) * 2 * math.pi / 7
    _, triangles = cut(np.column_stack([np.cos(turn), np.sin(turn)]).tolist())
    assert triangles.tolist() == [[0, k, k + 1] for k in range(1, 6)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.2, 5.0), min_size=4, max_size=25), st.floats(-3, 3), st.floats(-3, 3))
def test_that_any_star_shaped_polygon_at_any_slant_keeps_its_area(radii: list[float], a: float, b: float) -> None:
    turn = np.arange(len(radii)) * 2 * math.pi / len(radii)
    x, y = np.array(radii) * np.cos(turn), np.array(radii) * np.sin(turn)
    points = np.column_stack([x, y, a * x + b * y])
    triangles, _ = triangulate(points, np.arange(len(radii)), np.array([len(radii)]))
    across = areas(points, triangles)
    exact = 0.5 * (x * np.roll(y, -1) - y * np.roll(x, -1)).sum()
    assert (across[:, 2] >= -1e-9).all()
    assert across[:, 2].sum() == pytest.approx(exact)


def test_that_polygons_of_several_sizes_keep_their_order_and_their_owners() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    triangles, owner = triangulate(points, np.array([0, 1, 2, 3, 0, 1, 2, 0, 1, 0, 2, 3]), np.array([4, 3, 2, 3]))
    assert owner.tolist() == [0, 0, 1, 3]
    assert triangles.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2], [0, 2, 3]]


@pytest.mark.parametrize("outline", [[[0, 0], [1, 1], [1, 0], [0, 1]], [[0, 0]] * 5, [[0, 0], [1, 0], [2, 0], [3, 0], [1, 0]]])
def test_that_crossed_and_flat_polygons_still_give_their_number_of_triangles(outline: list[list[float]]) -> None:
    cut(outline)


def test_that_a_file_made_to_take_for_ever_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polygons, "MAX_TRIES", 50)
    spiral = [[k % 2 + 0.001 * k, float(k)] for k in range(400)] + [[5, 400.0], [-9, 0.0]]
    cut(spiral)
