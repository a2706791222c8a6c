"""Points in the same place: the same answer as sorting rows, whatever the order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

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
