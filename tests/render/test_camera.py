"""The camera's mathematics."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.render.camera import STANDARD_VIEWS, Camera, Flight, camera_of, clipping_range
from viewer.twin.process import View

SIZE = (320, 240)
cameras = st.builds(
    Camera,
    target_m=st.tuples(*[st.floats(-50, 50)] * 3),
    heading_rad=st.floats(-3.1, 3.1),
    pitch_rad=st.floats(-1.5, 1.5),
    distance_m=st.floats(0.01, 500),
    parallel=st.booleans(),
)
pixels = st.tuples(st.floats(0, 320), st.floats(0, 240))


def test_that_a_view_onto_its_own_eye_still_gives_a_camera() -> None:
    camera = camera_of(View("stuck", (1, 2, 3), (1, 2, 3)))
    assert np.isfinite(camera.view_from_world()).all()


@given(cameras, pixels)
def test_that_the_ray_through_a_pixel_comes_back_to_that_pixel(camera: Camera, at: tuple[float, float]) -> None:
    origin, direction = camera.ray(at, SIZE)
    assert camera.to_pixels(origin + direction * camera.distance_m * 1.3, SIZE)[0, :2] == pytest.approx(at, abs=1e-4)


@given(cameras, pixels, pixels)
def test_that_panning_keeps_the_grabbed_point_under_the_cursor(
    camera: Camera, start: tuple[float, float], end: tuple[float, float]
) -> None:
    origin, direction = camera.ray(start, SIZE)
    grabbed = origin + direction * camera.distance_m
    moved = camera.panned(start, end, SIZE, camera.depth_of(grabbed))
    assert moved.to_pixels(grabbed, SIZE)[0, :2] == pytest.approx(end, abs=1e-4)


@given(cameras, pixels, st.floats(0.2, 5.0))
def test_that_zooming_keeps_the_point_under_the_cursor_there(camera: Camera, at: tuple[float, float], factor: float) -> None:
    origin, direction = camera.ray(at, SIZE)
    point = origin + direction * camera.distance_m
    assert camera.zoomed(factor, point).to_pixels(point, SIZE)[0, :2] == pytest.approx(at, abs=1e-4)


@given(cameras, pixels, st.floats(-2, 2), st.floats(-2, 2))
def test_that_orbiting_keeps_its_pivot_in_place_and_the_horizon_level(
    camera: Camera, at: tuple[float, float], right_rad: float, up_rad: float
) -> None:
    origin, direction = camera.ray(at, SIZE)
    pivot = origin + direction * camera.distance_m
    turned = camera.orbited(right_rad, up_rad, pivot)
    assert turned.to_pixels(pivot, SIZE)[0, :2] == pytest.approx(at, abs=1e-3)
    assert turned.right[2] == 0.0
    assert turned.up[2] >= 0.0


@given(cameras, st.tuples(*[st.floats(0.01, 100)] * 3), st.floats(0.3, 3.0))
def test_that_a_fitted_box_fills_the_picture_and_nothing_of_it_is_outside(
    camera: Camera, size: tuple[float, float, float], aspect: float
) -> None:
    bounds = np.array([[1.0, 2.0, 3.0], np.add((1.0, 2.0, 3.0), size)])
    picture = (round(600 * aspect), 600)
    fitted = camera.fitted(bounds, picture[0] / picture[1])
    corners = np.array([[bounds[i, 0], bounds[j, 1], bounds[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    seen = fitted.to_pixels(corners, picture)
    share = np.ptp(seen[:, :2], axis=0) / picture
    assert (seen[:, 2] > 0).all()
    assert (seen[:, :2] >= -0.01).all() and (seen[:, :2] <= np.array(picture) + 0.01).all()
    assert share.max() > 0.85


def test_that_the_standard_views_look_the_way_their_names_say() -> None:
    looks = {name: Camera().facing(name).forward for name in STANDARD_VIEWS}
    for name, expected in {
        "top": (0, 0, -1),
        "bottom": (0, 0, 1),
        "front": (0, 1, 0),
        "right": (-1, 0, 0),
        "left": (1, 0, 0),
    }.items():
        assert looks[name] == pytest.approx(expected, abs=1e-4)
    assert Camera().facing("top").up == pytest.approx((0, 1, 0), abs=1e-4)


@given(cameras)
def test_that_a_saved_view_leads_back_to_the_same_camera(camera: Camera) -> None:
    back = camera_of(camera.as_view("here"))
    assert back.view_from_world() == pytest.approx(camera.view_from_world(), abs=1e-5)


def test_that_a_saved_view_straight_down_keeps_its_up() -> None:
    camera = camera_of(View("plan", (0, 0, 10), (0, 0, 0), up=(1, 0, 0)))
    assert camera.up == pytest.approx((1, 0, 0), abs=1e-4)


def test_that_a_flight_begins_and_ends_where_it_should_and_turns_the_short_way() -> None:
    start, end = Camera(heading_rad=3.0, distance_m=100.0), Camera((5, 0, 0), heading_rad=-3.0, distance_m=0.01)
    flight = Flight(start, end, 10.0, 2.0)
    assert flight.at(9.0) == (start, False)
    assert flight.at(12.0) == (end, True)
    middle, ended = flight.at(11.0)
    assert not ended
    assert middle.distance_m == pytest.approx(1.0)
    assert abs(math.remainder(middle.heading_rad - math.pi, 2 * math.pi)) < 1e-9


def test_that_the_clipping_range_serves_a_hall_of_150_m_and_a_gap_of_a_tenth_of_a_millimetre() -> None:
    centre, half = np.array([[0.0, 0, 5], [0, 0, 1.0]]), np.array([[75.0, 40, 5], [0.2, 0.2, 0.2]])
    wide = clipping_range(Camera((0, 0, 1), distance_m=200.0), centre, half, size_px=SIZE)
    close = clipping_range(Camera((0, 0, 1.2), distance_m=0.004), centre, half, size_px=SIZE)
    assert wide[0] > 1.0 and wide[1] > 200.0
    assert close[0] <= 0.0004 and close[1] > 30.0
    nothing = clipping_range(Camera(), np.zeros((0, 3)), np.zeros((0, 3)), size_px=SIZE)
    assert 0.0 < nothing[0] < nothing[1]
