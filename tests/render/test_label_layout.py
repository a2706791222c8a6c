"""Labels never overlap, stay put, and fade."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from viewer.render.label_layout import layout_labels, leader_end

SIZE = (640.0, 480.0)


def _overlaps(corner: np.ndarray, sizes: np.ndarray) -> bool:
    for i in range(len(corner)):
        for j in range(i):
            if (corner[i] < corner[j] + sizes[j]).all() and (corner[j] < corner[i] + sizes[i]).all():
                return True
    return False


def test_that_points_behind_the_eye_outside_or_not_a_number_get_no_label() -> None:
    points = np.array([[100, 100, -5], [-10, 50, 3], [np.nan, 1, 1], [300, 200, np.inf]])
    placed = layout_labels(points, np.full((4, 2), 20.0), SIZE, near_m=5.0)
    assert (placed.choice == -1).all()
    assert np.isnan(placed.corner_px).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_that_no_label_overlaps_another_or_leaves_the_picture(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = np.c_[rng.uniform(0, 640, count), rng.uniform(0, 480, count), rng.uniform(1, 9, count)]
    sizes = np.c_[rng.uniform(40, 160, count), np.full(count, 24.0)]
    obstacle = np.array([[0.0, 380.0, 200.0, 100.0]])
    placed = layout_labels(points, sizes, SIZE, near_m=9.0, obstacles_px=obstacle)
    shown = placed.choice >= 0
    corner, size = placed.corner_px[shown], sizes[shown]
    assert not _overlaps(np.vstack([corner, obstacle[:, :2]]), np.vstack([size, obstacle[:, 2:]]))
    assert (corner >= 0).all() and (corner + size <= SIZE).all()
    assert shown.any() or count > 0


def test_that_labels_stay_where_they_were_while_the_camera_creeps() -> None:
    rng = np.random.default_rng(3)
    points = np.c_[rng.uniform(100, 500, 20), rng.uniform(100, 400, 20), rng.uniform(4, 9, 20)]
    sizes = np.full((20, 2), (90.0, 24.0))
    first = layout_labels(points, sizes, SIZE, near_m=9.0)
    again = layout_labels(points + np.array([0.4, -0.3, 0.0]), sizes, SIZE, near_m=9.0, before=first.choice)
    shown = first.choice >= 0
    assert (again.choice[shown] == first.choice[shown]).mean() > 0.9


def test_that_a_far_label_is_fainter_than_a_near_one_and_the_nearest_wins_the_place() -> None:
    points = np.array([[300, 200, 30.0], [300, 200, 10.0]])
    placed = layout_labels(points, np.full((2, 2), 24.0), SIZE, near_m=10.0)
    assert 0.0 < placed.opacity[0] < placed.opacity[1] == 1.0
    assert placed.choice[1] == 0 != placed.choice[0]


def test_that_the_leader_ends_on_the_label_s_edge() -> None:
    assert leader_end(np.array([0.0, 50.0]), np.array([10.0, 10.0]), np.array([40.0, 20.0])).tolist() == [10.0, 30.0]
