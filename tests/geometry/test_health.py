"""What is wrong with a mesh is counted: cubes with one fault each, whose counts one can tell by looking."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from viewer.base.ids import PartId
from viewer.geometry.health import health_of, health_sentence
from viewer.geometry.model import MeshHealth
from viewer.twin.parts import NO_MESH, Mesh, Part

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
FACES = np.array([int(corner) for corner in "013032467475045051237276026064157173"], np.int32).reshape(-1, 3)
SOUND = MeshHealth(closed_parts=1)


def part(faces: NDArray[np.int32] = FACES, points: NDArray[np.float64] = CORNERS, name: str = "p") -> Part:
    return Part(PartId(name), name, Mesh(points.copy(), faces.copy()))


FAULTS = {
    "nothing": (FACES, SOUND),
    "a triangle missing": (FACES[1:], MeshHealth(open_edges=3)),
    "one turned over": (np.concatenate([FACES[:1, ::-1], FACES[1:]]), MeshHealth(miswound_edges=3)),
    "all turned over": (FACES[:, ::-1], MeshHealth(closed_parts=1, inverted_parts=1)),
    "one twice": (np.concatenate([FACES, FACES[:1]]), MeshHealth(duplicate_triangles=1, non_manifold_edges=3)),
    "one of a line": (
        np.concatenate([FACES, [[0, 1, 1]]]).astype(np.int32),
        MeshHealth(triangles_without_area=1, closed_parts=1),
    ),
    "a fin": (np.concatenate([FACES, [[0, 1, 6]]]).astype(np.int32), MeshHealth(non_manifold_edges=2, open_edges=1)),
}


@pytest.mark.parametrize("what", FAULTS)
def test_that_each_fault_of_a_cube_is_counted(what: str) -> None:
    faces, expected = FAULTS[what]
    assert health_of([part(np.ascontiguousarray(faces))]) == expected


def test_that_points_in_one_place_are_one_and_points_of_no_triangle_are_loose() -> None:
    soup = CORNERS[FACES].reshape(-1, 3)
    assert health_of([part(np.arange(36, dtype=np.int32).reshape(-1, 3), soup)]) == SOUND
    assert health_of([part(points=np.concatenate([CORNERS, [[0.5, 0.5, 0.5]]]))]) == MeshHealth(closed_parts=1, loose_points=1)


def test_that_a_thousand_parts_are_told_apart_and_those_without_triangles_passed_over() -> None:
    parts = [part(FACES if i % 2 else FACES[1:], CORNERS * (i + 1) * 1e-3 + i, str(i)) for i in range(1000)]
    assert health_of([*parts, Part(PartId("none"), "none", NO_MESH)]) == MeshHealth(open_edges=1500, closed_parts=500)


@given(st.floats(1e-5, 1e4), st.tuples(*(st.floats(-1e5, 1e5),) * 3))
def test_that_neither_size_nor_place_matters(size: float, at: tuple[float, float, float]) -> None:
    # numbers far from the origin have fewer digits left: a cube must be larger than a million of their steps
    scale = max(size, 1e-8 * max(map(abs, at)))
    assert health_of([part(points=CORNERS * scale + np.array(at))]) == SOUND


def test_that_open_edges_alone_are_no_warning_and_the_rest_is_one_sentence() -> None:
    assert health_sentence(MeshHealth(open_edges=9, closed_parts=2)) is None
    told = health_sentence(MeshHealth(triangles_without_area=1200, inverted_parts=1))
    assert told == "its meshes are not all sound: 1\u202f200 triangles have no area, 1 closed parts are inside out"


def test_that_more_triangles_than_are_looked_at_are_left_unknown() -> None:
    assert health_of([part(), part(name="q")], most=20) is None
