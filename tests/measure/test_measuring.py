"""Measures of shapes that closed forms know: fits, edges and faces, distances, angles, bodies, clearances."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.base.ids import NodeId
from viewer.measure import readings
from viewer.measure.between import angle_rad, chains_nearest, lines_nearest, triangles_nearest
from viewer.measure.bodies import body_of
from viewer.measure.clearance import Surface, clearance
from viewer.measure.fits import Line, fit_circle, fit_cylinder, fit_line, fit_plane, fit_sphere
from viewer.measure.picks import Pick, PickKind, placed
from viewer.measure.readings import Quantity, Reading
from viewer.measure.shapes import edge_shape, face_shape
from viewer.measure.topology import Topology
from viewer.measure.written import doubt_text, quantity_text, reading_text
from viewer.twin.parts import Mesh

_SPEC = importlib.util.spec_from_file_location("shapes_for_tests", Path(__file__).with_name("shapes_for_tests.py"))
assert _SPEC is not None and _SPEC.loader is not None
shapes: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(shapes)

WORLD = np.eye(4)


def point(*xyz: float, kind: PickKind = "vertex") -> Pick:
    return Pick(NodeId("p"), kind, np.array(xyz), WORLD)


def edge(mesh: Mesh, start: tuple[float, ...], end: tuple[float, ...]) -> Pick:
    """The straight edge of a mesh between two corners."""
    topology = Topology(mesh)
    for number in np.unique(topology.edge_of_segment).tolist():
        chain = topology.chain(number)
        ends = {tuple(chain[0].round(9)), tuple(chain[-1].round(9))}
        if ends == {start, end}:
            return placed(Pick(NodeId("e"), "edge", chain.mean(axis=0), WORLD), edge_shape(chain), None)
    raise AssertionError("there is no such edge")


def face(mesh: Mesh, outward: tuple[float, float, float] | None) -> Pick:
    """The flat face of a mesh that looks that way; None: its round one."""
    topology = Topology(mesh)
    for number in np.unique(topology.face_of_triangle).tolist():
        found = face_shape(topology, number)
        flat = found.plane is not None and outward is not None and np.allclose(found.plane.normal, outward)
        if flat or (outward is None and found.plane is None):
            at = found.plane.point if found.plane is not None else found.corners[0, 0]
            return placed(Pick(NodeId("f"), "face", at, WORLD, doubt_m=found.deflection_m), None, found)
    raise AssertionError("there is no such face")


# -- what can't be measured


@pytest.mark.parametrize(
    "fit",
    [
        lambda: fit_line(np.zeros((3, 3))),
        lambda: fit_plane(np.outer(np.arange(4.0), [1, 2, 3])),
        lambda: fit_circle(np.eye(3)[:2]),
    ],
)
def test_that_points_that_make_no_such_shape_are_refused(fit: Any) -> None:
    with pytest.raises(ValueError):
        fit()


def test_that_flat_points_are_no_sphere_and_parallel_faces_no_cylinder() -> None:
    grid = np.array([(x, y, 0.0) for x in range(4) for y in range(4)], dtype=np.float64)
    with pytest.raises(ValueError):
        fit_sphere(grid)
    with pytest.raises(ValueError):
        fit_cylinder(grid, np.tile([0.0, 0.0, 1.0], (9, 1)), np.ones(9))


def test_that_a_mesh_without_triangles_or_with_flat_ones_has_no_shape_but_does_no_harm() -> None:
    Topology(Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32)))
    flat = Topology(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2], [0, 0, 1]], dtype=np.int32)))
    assert body_of(flat).area_m2 == 0.0 and not body_of(flat).is_closed
    with pytest.raises(ValueError):
        clearance((np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)), (np.eye(3), np.array([[0, 1, 2]])))


def test_that_an_angle_of_points_and_a_size_of_a_point_are_refused() -> None:
    with pytest.raises(ValueError):
        readings.angle((point(0, 0, 0), point(1, 0, 0)))
    with pytest.raises(ValueError):
        readings.angle((point(0, 0, 0), point(0, 0, 0), point(1, 0, 0)))
    with pytest.raises(ValueError):
        readings.size(point(0, 0, 0))


# -- fits


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-4, 50.0), st.floats(0.2, 6.2), st.integers(0, 10_000))
def test_that_circle_sphere_and_cylinder_are_found_wherever_they_are(radius: float, span: float, seed: int) -> None:
    matrix = shapes.rigid(seed)
    turn = np.linspace(0.0, span, 40)
    arc = np.stack([radius * np.cos(turn), radius * np.sin(turn), np.zeros(40)], axis=1)
    circle = fit_circle(arc @ matrix[:3, :3].T + matrix[:3, 3])
    assert circle.radius_m == pytest.approx(radius, rel=1e-4)
    assert np.allclose(circle.centre, matrix[:3, 3], atol=2e-4 * radius + 1e-9)
    tube = shapes.placed(shapes.cylinder(radius, 3.0 * radius, 24), matrix)
    found = face(tube, None).face
    assert found is not None and found.cylinder is not None
    assert found.cylinder.radius_m == pytest.approx(radius, rel=1e-6)
    assert found.cylinder.length_m == pytest.approx(3.0 * radius, rel=1e-6)
    assert abs(found.cylinder.axis @ matrix[:3, 2]) == pytest.approx(1.0, abs=1e-9)


def test_that_a_fit_tells_what_is_left_over() -> None:
    turn = np.arange(60) * 2.0 * np.pi / 60
    wavy = 0.01 + 1e-5 * np.cos(30 * turn)
    found = fit_circle(np.stack([wavy * np.cos(turn), wavy * np.sin(turn), 0 * turn], axis=1))
    assert found.residual_m == pytest.approx(1e-5, rel=0.01)


def test_that_a_cone_is_neither_a_sphere_nor_a_cylinder() -> None:
    """Its two rings lie on a sphere all the same."""
    topology = Topology(shapes.cone(0.02, 0.01, 0.03, 32))
    found = face_shape(topology, int(topology.face_of_triangle[0]))
    assert found.plane is None and found.cylinder is None and found.sphere is None


# -- edges, faces, bodies


@pytest.mark.parametrize("loose", [False, True])
def test_that_a_box_has_twelve_edges_six_faces_eight_corners(loose: bool) -> None:
    mesh = shapes.loose(shapes.box(3.0, 4.0, 5.0)) if loose else shapes.box(3.0, 4.0, 5.0)
    topology = Topology(mesh)
    assert (len(np.unique(topology.edge_of_segment)), len(np.unique(topology.face_of_triangle))) == (12, 6)
    assert topology.is_corner.sum() == 8 and len(topology.points) == 8
    body = body_of(topology)
    assert body.is_closed and not body.is_inside_out
    assert body.volume_m3 == pytest.approx(60.0) and body.area_m2 == pytest.approx(2 * (12 + 15 + 20))
    assert np.allclose(body.centre, [1.5, 2.0, 2.5]) and body.deflection_m == 0.0


def test_that_an_open_box_has_no_volume_and_an_inverted_one_is_told() -> None:
    mesh = shapes.box(1.0, 1.0, 1.0)
    assert body_of(Topology(Mesh(mesh.points_in_part, mesh.triangles[:-1]))).volume_m3 is None
    assert body_of(Topology(Mesh(mesh.points_in_part, mesh.triangles[:, ::-1].copy()))).is_inside_out


def test_that_triangles_without_width_along_a_seam_leave_a_body_closed() -> None:
    mesh = shapes.box(1.0, 1.0, 1.0)
    points = np.concatenate([mesh.points_in_part, mesh.points_in_part[:1]])
    body = body_of(Topology(Mesh(points, np.concatenate([mesh.triangles, [[0, 8, 1]]]).astype(np.int32))))
    assert body.is_closed and body.volume_m3 == pytest.approx(1.0)


def test_that_cad_faces_part_what_is_smooth_and_join_what_is_sharp() -> None:
    mesh = shapes.box(1.0, 1.0, 1.0)
    faces = np.array([0, 0, 1, 1, 2, 2, 2, 2, 4, 4, 5, 5], dtype=np.int32)
    topology = Topology(Mesh(mesh.points_in_part, mesh.triangles, face_of_triangle=faces))
    assert len(np.unique(topology.face_of_triangle)) == 5 and list(topology.triangles_of_face(2)) == [4, 5, 6, 7]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 20.0))
def test_that_body_measures_stay_when_it_is_moved(seed: int, size: float) -> None:
    mesh = shapes.box(size, 2 * size, 0.3 * size)
    matrix = shapes.rigid(seed)
    here, there = body_of(Topology(mesh)), body_of(Topology(shapes.placed(mesh, matrix)))
    assert there.volume_m3 == pytest.approx(here.volume_m3, rel=1e-9) and there.area_m2 == pytest.approx(here.area_m2, rel=1e-9)
    assert np.allclose(there.centre, matrix[:3, :3] @ here.centre + matrix[:3, 3], atol=1e-9 * size)


def test_that_the_deflection_of_a_tessellated_cylinder_is_its_sagitta() -> None:
    body = body_of(Topology(shapes.cylinder(0.01, 0.05, 36)))
    assert body.deflection_m == pytest.approx(0.01 * (1.0 - math.cos(math.pi / 36)), rel=1e-3)


# -- readings


def test_that_three_and_four_make_five() -> None:
    found = readings.distance(point(1, 1, 1), point(4, 5, 1))
    assert found.main.value == pytest.approx(5.0)
    assert [q.value for q in found.details] == pytest.approx([3.0, 4.0, 0.0])


def test_that_skew_edges_have_the_distance_and_the_angle_of_their_lines() -> None:
    mesh = shapes.box(1.0, 1.0, 1.0)
    one, other = edge(mesh, (0, 0, 0), (1, 0, 0)), edge(mesh, (0, 0, 1), (0, 1, 1))
    found = readings.distance(one, other)
    assert found.main.value == pytest.approx(1.0)
    assert found.details[0].sort == "angle" and found.details[0].value == pytest.approx(math.pi / 2)
    assert readings.angle((one, other)).main.value == pytest.approx(math.pi / 2)
    start, end = lines_nearest(Line(np.zeros(3), np.eye(3)[0]), Line(np.array([5.0, 3.0, 2.0]), np.eye(3)[1]))
    assert np.allclose([start, end], [[5, 0, 0], [5, 0, 2]])


def test_that_parallel_faces_and_edges_have_a_gap_and_a_point_its_perpendicular() -> None:
    mesh = shapes.box(3.0, 4.0, 5.0)
    assert readings.distance(face(mesh, (0, 0, 1)), face(mesh, (0, 0, -1))).main.value == pytest.approx(5.0)
    assert readings.distance(edge(mesh, (0, 0, 0), (3, 0, 0)), edge(mesh, (0, 4, 5), (3, 4, 5))).main.value == pytest.approx(
        math.sqrt(41)
    )
    found = readings.distance(point(100.0, 50.0, 7.0), face(mesh, (0, 0, 1)))
    assert found.title == "Perpendicular distance" and found.main.value == pytest.approx(2.0)


def test_that_round_things_are_measured_from_their_axes() -> None:
    one = face(shapes.cylinder(0.01, 0.05, 32), None)
    other = face(shapes.placed(shapes.cylinder(0.02, 0.05, 48), _shift(0.3, 0.4, 0.02)), None)
    found = readings.distance(one, other)
    assert found.title == "Distance of axes" and found.main.value == pytest.approx(0.5)
    assert found.details[0].value == pytest.approx(0.47, abs=2e-4)
    size = readings.size(one)
    assert size.prefix == "⌀ " and size.main.value == pytest.approx(0.02) and size.doubt_m == 0.0
    assert "residual" in size.note


def test_that_a_circular_edge_tells_diameter_length_and_centre() -> None:
    topology = Topology(shapes.cylinder(0.01, 0.05, 32))
    chains = [topology.chain(n) for n in np.unique(topology.edge_of_segment).tolist()]
    assert len(chains) == 2 and all((c[0] == c[-1]).all() for c in chains)
    pick = placed(replace(point(0.01, 0, 0), kind="edge"), edge_shape(chains[0]), None)
    found = readings.size(pick)
    named = {q.name: q.value for q in found.details}
    assert found.main.value == pytest.approx(0.02) and named["Length"] == pytest.approx(2 * math.pi * 0.01)
    assert [named[f"Centre {a}"] for a in "XYZ"] == pytest.approx([0, 0, chains[0][0, 2]], abs=1e-12)


def test_that_angles_between_faces_are_those_of_the_body() -> None:
    mesh = shapes.box(1.0, 1.0, 1.0)
    assert readings.angle((face(mesh, (0, 0, 1)), face(mesh, (1, 0, 0)))).main.value == pytest.approx(math.pi / 2)
    assert readings.angle((face(mesh, (0, 0, 1)), edge(mesh, (0, 0, 0), (1, 0, 0)))).main.value == pytest.approx(0.0, abs=1e-9)
    three = readings.angle((point(1, 0, 0), point(0, 0, 0), point(1, math.sqrt(3), 0)))
    assert math.degrees(three.main.value) == pytest.approx(60.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_that_a_distance_is_the_same_both_ways_and_after_a_move(seed: int, other_seed: int) -> None:
    one = face(shapes.placed(shapes.cylinder(0.1, 0.3, 16), shapes.rigid(seed)), None)
    other = face(shapes.placed(shapes.box(0.5, 0.2, 0.3), shapes.rigid(other_seed)), tuple(shapes.rigid(other_seed)[:3, 2]))
    there, back = readings.distance(one, other), readings.distance(other, one)
    assert there.main.value == pytest.approx(back.main.value, rel=1e-9, abs=1e-12) and there.title == back.title
    matrix = shapes.rigid(seed + 1)
    moved = readings.distance(one.moved(matrix), other.moved(matrix))
    assert moved.main.value == pytest.approx(there.main.value, rel=1e-7, abs=1e-9)


# -- nearest points


def test_that_a_box_and_a_sphere_are_as_far_apart_as_their_centres_say() -> None:
    cube, ball = shapes.box(2.0, 2.0, 2.0), shapes.placed(shapes.sphere(0.5, 40), _shift(1.0, 1.0, 5.0))
    found = clearance(
        (cube.points_in_part, cube.triangles.astype(np.int64)), (ball.points_in_part, ball.triangles.astype(np.int64))
    )
    assert found.distance_m == pytest.approx(2.5, abs=1e-9)
    assert np.allclose(found.start, [1, 1, 2]) and np.allclose(found.end, [1, 1, 4.5])
    crossing = clearance(
        (cube.points_in_part, cube.triangles.astype(np.int64)), (cube.points_in_part + 0.5, cube.triangles.astype(np.int64))
    )
    assert crossing.touches and crossing.distance_m == 0.0


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_that_clearance_agrees_with_every_pair_of_triangles(seed: int) -> None:
    """Against the nearest of corners to faces and edges to edges, which is where two triangles that don't cross are nearest."""
    one = shapes.placed(shapes.box(1.0, 0.4, 0.2), shapes.rigid(seed))
    other = shapes.placed(shapes.box(0.3, 0.6, 0.5), _shift(6.0, 0.0, 0.0) @ shapes.rigid(seed + 1))
    found = clearance(
        (one.points_in_part, one.triangles.astype(np.int64)), (other.points_in_part, other.triangles.astype(np.int64))
    )
    least = min(
        Surface(other.points_in_part[other.triangles]).distance_m(one.points_in_part).min(),
        Surface(one.points_in_part[one.triangles]).distance_m(other.points_in_part).min(),
    )
    for a in one.points_in_part[one.triangles]:
        for b in other.points_in_part[other.triangles]:
            p, q = chains_nearest(a[[0, 1, 2, 0]], b[[0, 1, 2, 0]])
            least = min(least, float(np.linalg.norm(p - q)))
    assert found.distance_m == pytest.approx(least, rel=1e-9)
    assert np.linalg.norm(found.end - found.start) == pytest.approx(found.distance_m, rel=1e-9)


def test_that_blocks_find_what_trying_every_triangle_finds() -> None:
    mesh, chance = shapes.sphere(1.0, 12), np.random.default_rng(5)
    asked = chance.normal(size=(200, 3)) * 1.5
    corners = mesh.points_in_part[mesh.triangles]
    every = [
        np.linalg.norm(triangles_nearest(asked, *(np.tile(t[k], (200, 1)) for k in range(3))) - asked, axis=1) for t in corners
    ]
    assert np.allclose(Surface(corners).distance_m(asked), np.min(every, axis=0), atol=1e-12)


def test_that_small_angles_keep_their_digits() -> None:
    assert angle_rad(np.array([1.0, 0, 0]), np.array([1.0, 1e-9, 0])) == pytest.approx(1e-9, rel=1e-6)


# -- in words


@pytest.mark.parametrize(
    ("quantity", "unit", "text"),
    [
        (Quantity("", 0.0123456), "auto", "12.346 mm"),
        (Quantity("", 12.3456789), "auto", "12.34568 m"),
        (Quantity("", 0.0254), "inch", "1.0000 in"),
        (Quantity("", -0.001), "mm", "\u22121.000 mm"),
        (Quantity("", math.radians(45.0), "angle"), "auto", "45.00°"),
        (Quantity("", 2.5e-5, "area"), "auto", "25.000 mm²"),
        (Quantity("", 3.0, "volume"), "auto", "3.0000 m³"),
        (Quantity("", math.nan), "auto", "– "),
    ],
)
def test_that_numbers_are_written_with_unit_and_sensible_digits(quantity: Quantity, unit: Any, text: str) -> None:
    assert quantity_text(quantity, unit) == text.strip()


def test_that_what_depends_on_triangles_says_how_far_they_may_be_off() -> None:
    free = face(shapes.sphere(0.05, 10), None)
    assert free.face is not None and free.face.sphere is not None
    ball = readings.size(free)
    assert reading_text(ball).startswith("⌀ 100.000 mm") and doubt_text(ball) == ""
    doubtful = Reading("Area", Quantity("Area", 1.0, "area"), doubt_m=2e-5)
    assert doubt_text(doubtful) == "±0.02 mm of the triangles"


def _shift(x: float, y: float, z: float) -> Any:
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix
