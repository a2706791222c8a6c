"""Normals, creases and edges of drawn meshes."""

import numpy as np
import pytest
from scenes_for_tests import box, cylinder, sphere

from viewer.render.meshes import draw_mesh
from viewer.twin.parts import Mesh


def test_that_an_empty_mesh_and_triangles_without_area_draw_nothing_and_stop_nothing() -> None:
    empty = draw_mesh(Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32)))
    assert len(empty.triangles) == 0
    flat = draw_mesh(
        Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2], [0, 1, 3]], dtype=np.int32))
    )
    assert len(flat.triangles) == 1
    assert np.isfinite(flat.normals).all()


def test_that_normals_of_a_file_that_are_no_unit_vectors_are_made_anew() -> None:
    cube = box()
    for wrong in (np.zeros((8, 3), np.float32), np.full((8, 3), np.nan, np.float32)):
        drawn = draw_mesh(Mesh(cube.points_in_part, cube.triangles, normals=wrong))
        assert np.allclose(np.linalg.norm(drawn.normals, axis=1), 1.0, atol=1e-6)


def test_that_a_box_keeps_its_six_faces_flat_and_its_twelve_edges() -> None:
    drawn = draw_mesh(box(1, 2, 3))
    assert len(drawn.points) == 24
    assert len(drawn.edges) == 12
    assert np.allclose(np.abs(drawn.normals).max(axis=1), 1.0)


def test_that_a_ball_is_smooth_everywhere_and_has_no_edge() -> None:
    drawn = draw_mesh(sphere(0.5, 48))
    outward = drawn.points / np.linalg.norm(drawn.points, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", outward, drawn.normals).min() > 0.995
    assert len(drawn.edges) == 0


def test_that_a_cylinder_is_smooth_around_and_creased_at_its_two_rims() -> None:
    drawn = draw_mesh(cylinder(1.0, 2.0, 32))
    assert len(drawn.edges) == 64
    side = np.abs(drawn.normals[:, 2]) < 0.5
    radial = drawn.points[side, :2] / np.linalg.norm(drawn.points[side, :2], axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", radial, drawn.normals[side, :2]).min() > 0.999


def test_that_loose_triangles_are_joined_before_they_are_smoothed() -> None:
    ball = sphere(0.5, 24)
    loose = Mesh(
        ball.points_in_part[ball.triangles].reshape(-1, 3), np.arange(ball.triangles.size, dtype=np.int32).reshape(-1, 3)
    )
    assert len(draw_mesh(loose).edges) == 0


def test_that_points_far_from_the_part_s_origin_keep_a_tenth_of_a_micrometre() -> None:
    far = box(0.01, 0.01, 0.01)
    moved = Mesh(far.points_in_part + np.array([5000.0, 3000.0, 0.0]), far.triangles)
    drawn = draw_mesh(moved)
    assert np.abs(drawn.points).max() == pytest.approx(0.005, abs=1e-9)
    assert drawn.centre_m == pytest.approx([5000.0, 3000.0, 0.0])


def test_that_triangles_of_two_colours_don_t_share_points() -> None:
    cube = box()
    rgb = np.zeros((12, 3), dtype=np.uint8)
    rgb[:6] = (255, 0, 0)
    packed = draw_mesh(Mesh(cube.points_in_part, cube.triangles, rgb_of_triangle=rgb)).packed_rgb
    assert packed is not None
    assert set(packed.tolist()) == {0.0, 255.0 * 65536.0}
