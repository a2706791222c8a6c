"""Levels of detail stray no further than they say, keep vertices, borders, creases and colours, and are kept on disk."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes_for_tests import box, sphere

from viewer.render.level_cache import LevelCache
from viewer.render.level_worker import levels_of
from viewer.render.levels import FEWEST_TRIANGLES, Levels, decimated
from viewer.render.meshes import DrawMesh, draw_mesh
from viewer.twin.parts import Mesh


def _sheet(cells: int, height: float = 0.0) -> Mesh:
    """An open square of one metre, flat or with a bump."""
    x, y = (a.ravel() for a in np.meshgrid(*[np.linspace(0.0, 1.0, cells + 1)] * 2, indexing="ij"))
    points = np.stack([x, y, height * np.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) * 20.0)], axis=1)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij"))
    a, b, c, d = (p * (cells + 1) + q for p, q in ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)))
    return Mesh(points, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32))


def _fine_box(cells: int) -> Mesh:
    """A cube of one metre whose sides are divided, its corners shared."""
    flat = _sheet(cells)
    points, triangles = [], []
    for axis in range(3):
        for side in (0.0, 1.0):
            turned = np.insert(flat.points_in_part[:, :2], axis, side, axis=1)
            outward = flat.triangles if (side == 1.0) == (axis != 1) else flat.triangles[:, ::-1]
            triangles.append(outward + sum(map(len, points)))
            points.append(turned)
    return Mesh(np.concatenate(points), np.concatenate(triangles).astype(np.int32))


def _distance_to_nearest(sample: np.ndarray, corners: np.ndarray) -> float:
    """By projecting a point on every triangle and its sides, one after another."""
    best = np.inf
    for a, b, c in corners:
        normal = np.cross(b - a, c - a)
        length = np.linalg.norm(normal)
        if length > 1e-14:
            foot = sample - normal * ((sample - a) @ normal) / length**2
            sides = [np.cross(q - p, foot - p) @ normal for p, q in ((a, b), (b, c), (c, a))]
            if min(sides) >= 0.0:
                best = min(best, float(np.linalg.norm(sample - foot)))
        for p, q in ((a, b), (b, c), (c, a)):
            along = np.clip((sample - p) @ (q - p) / max(float((q - p) @ (q - p)), 1e-300), 0.0, 1.0)
            best = min(best, float(np.linalg.norm(sample - p - along * (q - p))))
    return best


def test_that_nothing_and_small_meshes_have_no_levels() -> None:
    assert decimated(draw_mesh(Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32)))) is not None
    assert decimated(draw_mesh(box())).triangles == ()


@settings(max_examples=3, deadline=None)
@given(st.integers(16, 30), st.floats(0.1, 0.6))
def test_that_no_vertex_lies_further_from_a_level_than_it_says(sides: int, height: float) -> None:
    for mesh in (sphere(0.5, sides), _sheet(sides, height)):
        drawn = draw_mesh(mesh)
        levels = decimated(drawn)
        assert len(levels.triangles) >= 3
        counts = [len(drawn.triangles), *map(len, levels.triangles)]
        assert all(b <= 0.8 * a for a, b in pairwise(counts))
        assert list(levels.error_m) == sorted(levels.error_m)
        for triangles, error_m in zip(levels.triangles[1:4:2], levels.error_m[1:4:2], strict=False):
            corners = drawn.points[triangles].astype(np.float64)
            far = max(_distance_to_nearest(point, corners) for point in drawn.points[::13].astype(np.float64))
            assert far <= error_m + 1e-6


def test_that_a_flat_sheet_keeps_its_border_and_a_fine_box_its_edges() -> None:
    sheet = draw_mesh(_sheet(24))
    levels = decimated(sheet)
    for triangles, error_m in zip(levels.triangles, levels.error_m, strict=True):
        a, b, c = (sheet.points[triangles[:, i]].astype(np.float64) for i in range(3))
        assert error_m < 1e-6 and np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2 == pytest.approx(1.0, abs=1e-6)
    cube = draw_mesh(_fine_box(12))
    levels = decimated(cube)
    coarsest = cube.points[levels.triangles[-1]].astype(np.float64)
    assert len(coarsest) <= 40 and levels.error_m[-1] < 1e-6
    assert np.einsum("ij,ij->i", coarsest[:, 0], np.cross(coarsest[:, 1], coarsest[:, 2])).sum() / 6 == pytest.approx(1.0)
    face = np.cross(coarsest[:, 1] - coarsest[:, 0], coarsest[:, 2] - coarsest[:, 0])
    normals = cube.normals[levels.triangles[-1]].mean(axis=1)
    assert (np.einsum("ij,ij->i", face, normals) > 0.99 * np.linalg.norm(face, axis=1)).all()  # none took another side's normal


def test_that_each_side_keeps_its_own_colour() -> None:
    mesh = _fine_box(10)
    side = np.repeat(np.arange(6), len(mesh.triangles) // 6)
    rgb = np.stack([40 * side + 10, 250 - 40 * side, 7 * side], axis=1).astype(np.uint8)
    drawn = draw_mesh(Mesh(mesh.points_in_part, mesh.triangles, rgb_of_triangle=rgb))
    levels = decimated(drawn)
    assert drawn.packed_rgb is not None and levels.triangles
    for triangles in levels.triangles:
        colours = drawn.packed_rgb[triangles]
        assert (colours == colours[:, :1]).all() and len(np.unique(colours)) == 6


def _same(a: Levels, b: Levels) -> bool:
    return a.error_m == b.error_m and all(np.array_equal(x, y) for x, y in zip(a.triangles, b.triangles, strict=True))


def test_that_kept_levels_are_those_that_were_made_and_damaged_ones_are_made_again(tmp_path: Path) -> None:
    cache, drawn = LevelCache(tmp_path), draw_mesh(sphere(1.0, 20))
    assert len(drawn.triangles) > FEWEST_TRIANGLES
    made = levels_of(drawn, cache)
    place = cache.place(drawn)
    assert _same(made, levels_of(drawn, cache)) and place.exists()
    whole = place.read_bytes()
    for broken in (b"", b"no archive", whole[: len(whole) // 2]):
        place.write_bytes(broken)
        assert cache.load(place, drawn) is None and not place.exists()
    other = DrawMesh(
        drawn.points[:5], drawn.normals[:5], drawn.triangles[:0], drawn.edges[:0], None, drawn.centre_m, drawn.half_m, False
    )
    place.write_bytes(whole)
    assert cache.load(place, other) is None  # names vertices that this mesh lacks
    assert _same(made, levels_of(drawn, cache))


def test_that_the_cache_keeps_within_its_limit(tmp_path: Path) -> None:
    cache = LevelCache(tmp_path, limit_bytes=1)
    levels_of(draw_mesh(sphere(1.0, 20)), cache)
    cache.trim()
    assert not list(tmp_path.iterdir())
