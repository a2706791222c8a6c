import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.twin.channels import Path
from viewer.twin.paths import CompiledPath

L_WAY = ((0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (10.0, 10.0, 0.0))
SQUARE = ((0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (10.0, 10.0, 0.0), (0.0, 10.0, 0.0))


def test_that_a_path_of_one_point_is_refused() -> None:
    with pytest.raises(ValueError, match="two different points"):
        CompiledPath(Path("p", ((1.0, 1.0, 0.0), (1.0, 1.0, 0.0))))


def test_that_rounding_a_right_angle_shortens_the_way_by_two_radii_less_a_quarter_circle() -> None:
    assert CompiledPath(Path("p", L_WAY)).length_m == pytest.approx(20.0)
    assert CompiledPath(Path("p", L_WAY, corner_radius_m=2.0)).length_m == pytest.approx(20.0 - 4.0 + math.pi)


def test_that_a_rounded_square_has_the_length_of_a_rounded_square() -> None:
    assert CompiledPath(Path("p", SQUARE, closed=True, corner_radius_m=1.5)).length_m == pytest.approx(40 - 12 + 3 * math.pi)


def test_that_a_corner_too_tight_for_its_radius_takes_half_of_its_legs() -> None:
    path = CompiledPath(Path("p", SQUARE, closed=True, corner_radius_m=100.0))
    assert path.length_m == pytest.approx(10.0 * math.pi)
    centre = path.points(0.1) - [5.0, 5.0, 0.0]
    np.testing.assert_allclose(np.linalg.norm(centre, axis=1), 5.0, atol=1e-9)


def test_that_the_middle_of_an_arc_lies_where_geometry_says() -> None:
    path = CompiledPath(Path("p", L_WAY, corner_radius_m=2.0))
    frame = path.frames(np.array([8.0 + math.pi / 2]))[0]
    half = math.sqrt(0.5)
    np.testing.assert_allclose(frame[:3, 3], [8.0 + 2.0 * half, 2.0 - 2.0 * half, 0.0], atol=1e-12)
    np.testing.assert_allclose(frame[:3, 0], [half, half, 0.0], atol=1e-12)
    np.testing.assert_allclose(frame[:3, 2], [0.0, 0.0, 1.0], atol=1e-12)


def test_that_an_open_path_stops_and_a_closed_one_goes_round() -> None:
    open_ends = CompiledPath(Path("p", L_WAY)).frames(np.array([-5.0, 25.0]))[:, :3, 3]
    np.testing.assert_allclose(open_ends, [[0.0, 0.0, 0.0], [10.0, 10.0, 0.0]])
    round_trip = CompiledPath(Path("p", SQUARE, closed=True)).frames(np.array([45.0, -5.0]))[:, :3, 3]
    np.testing.assert_allclose(round_trip, [[5.0, 0.0, 0.0], [0.0, 5.0, 0.0]], atol=1e-9)


def test_that_a_climb_leans_and_a_lift_has_a_frame_too() -> None:
    slope = CompiledPath(Path("p", ((0.0, 0.0, 0.0), (3.0, 0.0, 4.0)))).frames(np.array([1.0]))[0]
    np.testing.assert_allclose(slope[:3, :3], [[0.6, 0.0, -0.8], [0.0, 1.0, 0.0], [0.8, 0.0, 0.6]], atol=1e-12)
    lift = CompiledPath(Path("p", ((0.0, 0.0, 0.0), (0.0, 0.0, 4.0)))).frames(np.array([1.0]))[0]
    np.testing.assert_allclose(lift[:3, :3] @ lift[:3, :3].T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(lift[:3, 0], [0.0, 0.0, 1.0])


points = st.lists(st.tuples(*[st.integers(-20, 20).map(float)] * 3), min_size=2, max_size=7).filter(lambda p: len(set(p)) > 1)


@given(points, st.booleans(), st.floats(0.0, 5.0))
def test_that_the_way_is_continuous_measured_in_metres_and_its_frames_are_rotations(
    points, closed: bool, radius_m: float
) -> None:
    path = CompiledPath(Path("p", tuple(points), closed, radius_m))
    s_m = np.linspace(0.0, path.length_m * (1 - 1e-9), 200)
    frames = path.frames(s_m)
    steps = np.linalg.norm(np.diff(frames[:, :3, 3], axis=0), axis=1)
    assert steps.max() <= (s_m[1] - s_m[0]) * (1 + 1e-6) + 1e-9
    rotation = frames[:, :3, :3]
    np.testing.assert_allclose(rotation @ rotation.transpose(0, 2, 1), np.broadcast_to(np.eye(3), rotation.shape), atol=1e-7)
    np.testing.assert_allclose(np.linalg.det(rotation), 1.0, atol=1e-7)
