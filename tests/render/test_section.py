"""Sections: what is cut away is gone from picture and picks, and what is filled has the area that geometry says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from immutables import Map
from scenes_for_tests import Builder, box, cylinder, sphere, three_boxes

from viewer.base.ids import ROOT, NodeId, PartId
from viewer.render.camera import Camera
from viewer.render.meshes import draw_mesh
from viewer.render.section import Cut
from viewer.render.slices import slice_size
from viewer.render.snapshot import OffscreenScene
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part
from viewer.twin.view_state import NO_SECTION, CutPlane, Section

UPWARDS, DOWNWARDS = (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)
unit = (
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: math.hypot(*v) > 0.1).map(lambda v: tuple(x / math.hypot(*v) for x in v))
)
plane = st.builds(CutPlane, unit, st.floats(-1.5, 1.5))
section = st.builds(Section, st.lists(plane, min_size=1, max_size=3).map(tuple), corner=st.booleans()) | st.just(
    Section((CutPlane(UPWARDS, 0.1),), ((-0.5, -0.4, -0.3), (0.9, 0.8, 0.7)))
)


def torus(ring_m: float, tube_m: float, sides: int = 120) -> Mesh:
    u, v = (a.ravel() for a in np.meshgrid(*[np.arange(sides) * 2 * math.pi / sides] * 2, indexing="ij"))
    points = np.stack(
        [(ring_m + tube_m * np.cos(v)) * np.cos(u), (ring_m + tube_m * np.cos(v)) * np.sin(u), tube_m * np.sin(v)], 1
    )
    i, j = (a.ravel() for a in np.meshgrid(np.arange(sides), np.arange(sides), indexing="ij"))
    k, m = (i + 1) % sides, (j + 1) % sides
    a, b, c, d = i * sides + j, k * sides + j, k * sides + m, i * sides + m
    return Mesh(points, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32))


def tube(outer_m: float, inner_m: float, height_m: float, sides: int = 96) -> Mesh:
    """A pipe along z with its foot at z = 0."""
    turn = np.arange(sides) * 2 * math.pi / sides
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rings = [np.c_[ring * r, np.full(sides, z)] for r in (outer_m, inner_m) for z in (0.0, height_m)]
    i = np.arange(sides)
    j = (i + 1) % sides
    of, ot, nf, nt = (k * sides for k in range(4))  # outer foot, outer top, inner foot, inner top
    quads = [(of + i, of + j, ot + j, ot + i), (nf + j, nf + i, nt + i, nt + j)]
    quads += [(ot + i, ot + j, nt + j, nt + i), (of + j, of + i, nf + i, nf + j)]
    faces = [np.stack(t, axis=1) for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return Mesh(np.concatenate(rings), np.concatenate(faces).astype(np.int32))


def _from_above(scene: OffscreenScene, height_seen_m: float) -> float:
    """Look straight down, in parallel; the area of a pixel in square metres."""
    camera = Camera(parallel=True).facing("top")
    scene.view.camera = Camera(
        (0, 0, 0), camera.heading_rad, camera.pitch_rad, height_seen_m / 2 / math.tan(math.radians(15)), parallel=True
    )
    return (height_seen_m / scene.view.size_px[1]) ** 2


def _area(scene: OffscreenScene, m2_per_px: float) -> float:
    """Area of what is not background."""
    shown = scene.draw().astype(int)
    scene.view.isolate([])
    empty = scene.draw().astype(int)
    scene.view.isolate(None)
    return float((np.abs(shown - empty).max(axis=2) > 6).sum()) * m2_per_px


@pytest.mark.parametrize(
    ("mesh", "keeps_below_m", "expected_m2"),
    [
        (sphere(1.0, 160), -0.4, math.pi * (1.0 - 0.4**2)),
        (torus(0.8, 0.3), -0.1, math.pi * ((0.8 + math.sqrt(0.08)) ** 2 - (0.8 - math.sqrt(0.08)) ** 2)),
        (tube(0.9, 0.5, 1.0), 0.5, math.pi * (0.81 - 0.25)),
        (box(1.0, 1.5, 1.0), 0.2, 1.5),
    ],
    ids=["sphere", "torus", "tube", "cube"],
)
def test_that_a_cut_is_filled_with_the_area_that_geometry_says(mesh: Mesh, keeps_below_m: float, expected_m2: float) -> None:
    build = Builder()
    build.part("solid", mesh)
    build.node("solid", "solid")
    from viewer.render.look import DARK

    with OffscreenScene((480, 480), theme=DARK) as scene:
        scene.view.set_twin(build.twin())
        m2_per_px = _from_above(scene, 2.6)
        scene.view.lines_budget_s = 0.0  # the outline's width would count as area
        scene.view.set_section(Section((CutPlane(DOWNWARDS, -keeps_below_m),)))
        assert _area(scene, m2_per_px) == pytest.approx(expected_m2, rel=0.015)
    size = slice_size(mesh.points_in_part, mesh.triangles, scene.view.cut, solid=True)
    assert size.area_m2 == pytest.approx(expected_m2, rel=0.003)


def test_that_a_tube_in_a_cube_keeps_both_cuts_and_the_hollow_open() -> None:
    build = Builder()
    build.part("block", tube(1.0, 0.6, 1.0), (70, 110, 200))
    build.part("liner", tube(0.6, 0.4, 1.0), (200, 60, 50))
    build.node("block", "block")
    build.node("liner", "liner")
    from viewer.render.look import DARK

    with OffscreenScene((900, 900), theme=DARK) as scene:
        scene.view.set_twin(build.twin())
        m2_per_px = _from_above(scene, 2.6)
        scene.view.lines_budget_s = 0.0
        scene.view.set_section(Section((CutPlane(DOWNWARDS, -0.5),)))
        picture = scene.draw().astype(int)
    red, blue = picture[:, :, 0] - picture[:, :, 2] > 25, picture[:, :, 2] - picture[:, :, 0] > 25
    assert red.sum() * m2_per_px == pytest.approx(math.pi * (0.36 - 0.16), rel=0.02)
    assert blue.sum() * m2_per_px == pytest.approx(math.pi * (1.0 - 0.36), rel=0.02)


def test_that_a_pin_that_fills_its_hole_is_cut_in_its_own_colour_alone() -> None:
    build = Builder()
    build.part("block", tube(1.0, 0.4, 1.0, sides=48), (40, 90, 220))  # its hole's chords lie 0.9 mm within the pin
    build.part("pin", cylinder(0.4, 1.0, sides=96), (220, 60, 40))
    build.node("block", "block")
    build.node("pin", "pin")
    from viewer.render.look import DARK

    with OffscreenScene((400, 400), theme=DARK) as scene:
        scene.view.set_twin(build.twin())
        scene.view.lines_budget_s = 0.0
        scene.view.set_section(Section((CutPlane((0.0, 1.0, 0.0), 0.0),)))
        camera = Camera().facing("front").fitted(np.array([[-1.0, -1.0, 0.0], [1.0, 1.0, 1.0]]), 1.0)
        scene.view.camera = camera
        middle = camera.to_pixels(np.array([[-0.3, 0.0, 0.1], [0.3, 0.0, 0.9]]), (400, 400))[:, :2]
        (left, bottom), (right, top) = middle
        inner = scene.draw().astype(int)[int(top) : int(bottom), int(left) : int(right)]
    assert inner.size > 1000
    assert (inner[..., 0] > inner[..., 2]).all()  # of the block's wall behind, blue, nothing is seen


def test_that_a_sheet_gets_no_fill_and_an_eye_inside_a_solid_sees_no_cut(scene: OffscreenScene) -> None:
    build = Builder()
    ball = sphere(1.0, 48)
    build.part("bowl", Mesh(ball.points_in_part, ball.triangles[ball.points_in_part[ball.triangles][:, :, 2].mean(axis=1) < 0.0]))
    build.node("bowl", "bowl")
    scene.view.set_twin(build.twin())
    _from_above(scene, 2.6)
    open_bowl = scene.draw()
    scene.view.set_section(Section((CutPlane(DOWNWARDS, -0.5),)))  # above the rim: cuts nothing of the bowl
    assert np.array_equal(open_bowl, scene.draw())
    build.part("bowl", ball)
    scene.view.set_twin(build.twin())
    scene.view.set_section(NO_SECTION)
    scene.view.camera = Camera((0.0, 0.5, 0.0), math.pi / 2, 0.0, 0.5)
    scene.view.set_section(Section((CutPlane((0.0, 1.0, 0.0), -0.9),)))  # both behind the eye
    inside = scene.draw()
    scene.view.set_section(Section((CutPlane((0.0, 1.0, 0.0), -0.5),)))
    assert np.array_equal(inside, scene.draw())
    scene.view.set_section(Section((CutPlane((0.0, 1.0, 0.0), 0.6),)))  # before it
    assert not np.array_equal(inside, scene.draw())


def test_that_taking_the_section_away_gives_back_every_pixel(scene: OffscreenScene) -> None:
    scene.view.set_twin(three_boxes())
    scene.view.camera = scene.view.fitted()
    scene.view.select([NodeId("a")])
    before = scene.draw()
    for one in (Section((CutPlane(UPWARDS, 0.5),)), Section(box_m=((-0.2, -0.2, 0.2), (3.0, 0.2, 0.9)))):
        scene.view.set_section(one)
        assert (scene.draw() != before).any()
    scene.view.set_section(NO_SECTION)
    assert np.array_equal(scene.draw(), before)


@settings(max_examples=80, deadline=None)
@given(section, unit, st.tuples(*[st.floats(-2, 2)] * 3))
def test_that_the_stretches_of_a_ray_are_where_its_points_are_kept(
    one: Section, direction: tuple[float, float, float], origin: tuple[float, float, float]
) -> None:
    cut, way, start = Cut(one), np.array(direction), np.array(origin)
    at = np.linspace(0.0, 6.0, 241) + 1e-4
    stretches = cut.stretches(start, way)
    told = np.array([any(a <= t <= b for a, b, _ in stretches) for t in at])
    near_border = np.abs(cut.heights(start + at[:, None] * way)).min(axis=1) < 1e-3
    assert np.array_equal(told | near_border, cut.keeps(start + at[:, None] * way) | near_border)
    for enter, _, through in stretches:
        if through >= 0:
            assert cut.heights(start + enter * way)[0, through] == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(section)
def test_that_the_area_of_a_cube_s_cut_is_that_of_many_points_in_its_planes(one: Section) -> None:
    cut, cube = Cut(one), box(2.0, 2.0, 2.0)
    alike = np.abs(cut.normals @ cut.normals.T - np.eye(len(cut.normals)))
    assume(one.box_m is not None or alike.max() < 0.99)  # planes in the same place have no area between them
    assume((np.abs(np.abs(cut.offsets_m) - 1.0) > 0.01).all())  # nor is one in a face of the cube inside it or outside
    grid = np.stack(np.meshgrid(*[(np.arange(160) + 0.5) / 160 * 4.0 - 2.0] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    expected = 0.0
    for row, (normal, offset) in enumerate(zip(cut.normals, cut.offsets_m, strict=True)):
        side = np.cross(normal, [1.0, 0.0, 0.0] if abs(normal[0]) < 0.7 else [0.0, 1.0, 0.0])
        side /= np.linalg.norm(side)
        points = normal * offset + grid[:, :1] * side + grid[:, 1:] * np.cross(normal, side)
        others = np.delete(cut.heights(points), row, axis=1) >= 0.0
        kept = ~others.any(axis=1) if cut.corner else others.all(axis=1)
        expected += float((kept & (np.abs(points) <= 1.0).all(axis=1)).sum()) * (4.0 / 160) ** 2
    found = slice_size(cube.points_in_part, cube.triangles, cut, solid=True).area_m2
    assert found == pytest.approx(expected, abs=0.03 * max(1, len(cut.normals)) + 0.02 * expected)


def test_that_cracks_without_width_leave_a_body_solid_and_holes_do_not() -> None:
    whole = box(1.0, 2.0, 0.5)
    one, other = whole.triangles[0][:2]
    middle = whole.points_in_part[[one, other]].mean(axis=0)
    points = np.vstack([whole.points_in_part, middle])
    a, b, c = whole.triangles[0]
    split = np.vstack([whole.triangles[1:], [[a, 8, c], [8, b, c]]]).astype(np.int32)  # the neighbour keeps the whole edge
    assert draw_mesh(whole).solid and draw_mesh(Mesh(points, split)).solid
    assert not draw_mesh(Mesh(points, split)).closed
    assert not draw_mesh(Mesh(whole.points_in_part, whole.triangles[1:])).solid
    pipe = tube(0.5, 0.4, 1.0)
    walls = pipe.triangles[: len(pipe.triangles) // 4]
    assert not draw_mesh(Mesh(pipe.points_in_part, walls)).solid  # open at both ends: its borders have equal areas
    assert not draw_mesh(Mesh(whole.points_in_part, whole.triangles[:, ::-1].copy())).solid
    sheet = np.vstack([whole.triangles[:2], whole.triangles[:2, ::-1]])
    assert not draw_mesh(Mesh(whole.points_in_part, sheet.astype(np.int32))).solid


def test_that_picks_pass_through_what_is_cut_away_and_meet_the_cut_s_plane(scene: OffscreenScene) -> None:
    scene.view.set_twin(three_boxes())
    scene.view.camera = Camera((2.0, 0.0, 0.5), math.pi / 2, 0.0, 20.0)
    middle = (160.0, 120.0)
    whole = scene.view.pick(*middle)
    assert whole is not None and whole.point_in_world[1] == pytest.approx(-0.5)
    scene.view.set_section(Section((CutPlane((0.0, 1.0, 0.0), 0.1),)))
    scene.draw()
    cut = scene.view.pick(*middle)
    assert cut is not None and cut.node == "b" and cut.triangle == -1
    assert cut.point_in_world[1] == pytest.approx(0.1) and cut.normal == pytest.approx([0.0, -1.0, 0.0])
    scene.view.set_section(Section((CutPlane((0.0, 1.0, 0.0), 0.6),)))
    assert scene.view.pick(*middle) is None


def test_that_a_part_that_moves_out_of_the_cut_is_shown_again(scene: OffscreenScene) -> None:
    scene.view.set_twin(three_boxes())
    scene.view.set_section(Section((CutPlane(UPWARDS, 1.7),)))
    scene.view.camera = scene.view.camera.facing("front")
    scene.draw()
    assert scene.view.statistics()["shown"] == 0
    pose = np.eye(4)
    pose[:3, 3] = (0.0, 0.0, 2.0)
    scene.view.set_preview_poses([NodeId("a")], pose[None])
    scene.draw()
    assert scene.view.statistics()["shown"] == 1


def test_that_a_standing_pipe_s_cut_has_the_outline_of_its_two_circles() -> None:
    pipe = tube(0.5, 0.3, 1.0, 400)
    size = slice_size(pipe.points_in_part, pipe.triangles, Cut(Section((CutPlane(UPWARDS, 0.4),))), solid=True)
    assert size.length_m == pytest.approx(2 * math.pi * 0.8, rel=1e-3)
    along = slice_size(*_arrays(cylinder(0.5, 2.0, 200)), Cut(Section((CutPlane((1.0, 0.0, 0.0), 0.0),))), solid=True)
    assert along.area_m2 == pytest.approx(2.0, rel=1e-3)


def _arrays(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    return mesh.points_in_part, mesh.triangles


def test_that_marked_faces_are_cut_with_their_part(scene: OffscreenScene) -> None:
    square = np.array([[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]])
    mesh = Mesh(square, np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32), face_of_triangle=np.zeros(2, dtype=np.int32))
    node = Node(NodeId("plate"), "plate", part=PartId("plate"))
    parts = Map({PartId("plate"): Part(PartId("plate"), "plate", mesh, (120, 120, 120))})
    view = scene.view
    view.set_twin(Twin(parts=parts, nodes=Map({node.id: node}), children=Map({ROOT: (node.id,)})))
    view.camera = view.fitted().facing("top")
    plain = scene.draw()[..., :3].astype(int)
    view.mark_faces(node.id, [0])
    marked = scene.draw()[..., :3].astype(int)
    view.set_section(Section((CutPlane((1.0, 0.0, 0.0), 0.0),)))
    cut = scene.draw()[..., :3].astype(int)
    changed = np.abs(marked - plain).sum(axis=2) > 60
    kept = (np.abs(cut - marked).sum(axis=2) < 30) & changed
    half = marked.shape[1] // 2
    assert changed[:, : half - 3].sum() > 500 and changed[:, half + 3 :].sum() > 500
    sides = kept[:, : half - 3].sum(), kept[:, half + 3 :].sum()
    assert min(sides) == 0 and max(sides) > 0.95 * changed[:, half + 3 :].sum()
