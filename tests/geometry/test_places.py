"""Points in the same place: the same answer as sorting rows, whatever the order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from viewer.geometry import places as module
from viewer.geometry.places import distinct_places

SMALL = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.1, 1e-300, 1e300])


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(0, 40), st.just(3)), elements=SMALL))
def test_that_each_point_has_its_place_once_and_in_the_order_of_first_points(points: np.ndarray) -> None:
    places, index = distinct_places(points)
    assert np.array_equal(places[index], points)
    assert len(places) == len(np.unique(points + 0.0, axis=0)) if len(points) else len(places) == 0
    firsts = [int(np.flatnonzero(index == place)[0]) for place in range(len(places))]
    assert firsts == sorted(firsts)


def test_that_nought_and_minus_nought_are_one_place() -> None:
    places, index = distinct_places(np.array([[0.0, 1.0, -0.0], [-0.0, 1.0, 0.0]]))
    assert len(places) == 1 and index.tolist() == [0, 0]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_that_many_points_of_few_places_are_found_whatever_the_keys(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    wanted = rng.random((5_000, 3)).astype(kind)
    points = wanted[rng.integers(0, len(wanted), 300_000)]
    places, index = distinct_places(points)
    assert places.dtype == np.float64 and np.array_equal(places[index], points) and len(places) == len(wanted)
    monkeypatch.setattr(module, "_keys", lambda plain: np.zeros(len(plain), np.uint64))  # all places have one key
    same, again = distinct_places(points)
    assert np.array_equal(same, places) and np.array_equal(again, index)
