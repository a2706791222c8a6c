"""However parts are drawn (merged, as glyphs, in levels, by and by) each keeps its identity, and the picture is the same."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scenes_for_tests import Builder, box, cylinder, sphere, three_boxes, workshop

from viewer.base.ids import NodeId
from viewer.render.camera import Camera
from viewer.render.groups import groups_of
from viewer.render.look import DARK
from viewer.render.rules import DrawRules
from viewer.render.snapshot import OffscreenScene
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan

SIZE = (320, 240)
ARM, CABINET = NodeId("arm"), NodeId("cabinet")


def _many(count: int, sides: int = 20) -> Twin:
    """That many balls, cylinders and boxes, each turned its own way."""
    build, rng = Builder(), np.random.default_rng(3)
    build.part("ball", sphere(0.4, sides), (200, 120, 60))
    build.part("pin", cylinder(0.3, 0.8, 4 * sides), (60, 140, 190))
    build.part("box", box(0.7, 0.5, 0.3), (120, 180, 90))
    wide = int(count**0.5)
    for i in range(count):
        turn = tuple(rng.uniform(-3.0, 3.0, 3).tolist())
        build.node(f"n{i}", ("ball", "pin", "box")[i % 3], (i % wide, i // wide, float(rng.uniform(0, 2))), turn)
    return build.twin()


def _differ(one: NDArray[np.uint8], other: NDArray[np.uint8], by: int = 0) -> float:
    return float((np.abs(one.astype(int) - other.astype(int)).max(axis=2) > by).mean())


def _overlay(scene: OffscreenScene) -> None:
    plan = OverlayPlan(posed=(ARM,), coloured=(CABINET,))
    pose = scene.view.world_from_node(ARM)[None].copy()
    pose[0, :3, 3] += (0.4, -0.5, 0.3)
    none = np.zeros(0)
    rgb, condition = np.array([[20, 200, 120]], np.uint8), np.array([1], np.uint8)
    scene.view.set_overlay(plan)
    frame = OverlayFrame(0, pose, rgb, condition, none.astype(bool), none, none.astype(np.uint8), np.zeros((0, 3)))
    scene.view.update_overlay(frame)


CHANGES = {
    "as it is": lambda scene: None,
    "hidden": lambda scene: scene.view.set_hidden([CABINET]),
    "isolated": lambda scene: scene.view.isolate([ARM]),
    "x-ray": lambda scene: scene.view.set_xray([CABINET, ARM]),
    "alerted": lambda scene: scene.view.alert([ARM]),
    "selected": lambda scene: scene.view.select([CABINET]),
    "hovered": lambda scene: scene.view.hover(CABINET),
    "moved and recoloured": _overlay,
}


def _opened(draw: str, twin: Twin) -> OffscreenScene:
    scene = OffscreenScene(SIZE, theme=DARK, rules=DrawRules(draw=draw))
    scene.view.set_twin(twin)
    scene.view.camera = scene.view.fitted()
    return scene


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_that_copies_of_a_shape_look_and_are_picked_as_merged_ones(change: str) -> None:
    with _opened("merged", workshop()) as merged, _opened("glyph", workshop()) as copies:
        plain = merged.draw()
        for scene in (merged, copies):
            CHANGES[change](scene)
        assert copies.view.statistics()["glyph_shapes"] > 5 > merged.view.statistics()["glyph_shapes"] == 0
        few = 0.001 if change == "x-ray" else 0.0  # what is see-through is blended in the order in which it is drawn
        assert _differ(merged.draw(), copies.draw()) <= few
        assert change == "as it is" or _differ(plain, copies.draw()) > 0.001
        for x, y in np.random.default_rng(5).uniform((0, 0), SIZE, (40, 2)):
            one, other = merged.view.pick(x, y), copies.view.pick(x, y)
            assert (one and (one.node, one.triangle)) == (other and (other.node, other.triangle))


def test_that_memory_chooses_who_is_merged_and_own_colours_always_are() -> None:
    balls, boxes = sphere(1.0, 40), box()
    meshes = [balls] * 50 + [boxes] * 50
    places, clear = np.random.default_rng(0).uniform(0, 9, (100, 3)), np.zeros(100, dtype=np.bool_)

    def copied(bytes_: int) -> set[int]:
        groups = groups_of(np.arange(100), meshes, places, clear, DrawRules(merged_bytes=bytes_))
        assert sorted(slot for group in groups for slot in group.slots.tolist()) == list(range(100))
        return {slot for group in groups if not group.merged for slot in group.slots.tolist()}

    assert copied(1 << 30) == set()
    assert copied(500_000) == set(range(50))  # the balls are what costs
    assert copied(0) == set(range(100))


def test_that_levels_change_less_than_a_hundredth_of_the_pixels_at_rest_and_draw_far_less_in_motion() -> None:
    with OffscreenScene((640, 400), theme=DARK, rules=DrawRules(levels=True)) as scene:
        scene.view.set_twin(_many(900, 48))
        for camera in (scene.view.fitted(), scene.view.fitted().zoomed(4.0)):
            scene.view.camera = camera
            full = scene.draw()
            every = scene.view.statistics()["drawn_triangles"]
            scene.view.complete(levels=True)
            assert _differ(full, scene.draw(), by=6) < 0.01
            scene.view.prepare(moving=True)
            assert scene.view.statistics()["drawn_triangles"] < 0.4 * every
            scene.view.prepare(scale=0.5)
            assert scene.view.statistics()["drawn_triangles"] < 0.2 * every


def test_that_parts_come_by_and_by_and_the_picture_ends_as_if_all_had_been_there() -> None:
    twin = _many(400)
    with _opened("merged", twin) as whole:
        expected = whole.draw()
    woken: list[float] = []
    rules = DrawRules(progressive=True, wake=lambda: woken.append(time.monotonic()))
    with OffscreenScene(SIZE, theme=DARK, rules=rules) as scene:
        view = scene.view
        view.set_twin(twin)
        view.camera = view.fitted()
        assert view.statistics()["chunks"] == 0
        assert any(view.pick(float(x), 120.0) for x in range(60, 260, 4))  # picked before it is drawn
        view.select([NodeId("n3")])
        view.select([])
        until = time.monotonic() + 20.0
        while (view.filling or view.unfinished) and time.monotonic() < until:
            view.prepare()
            scene.window.Render()
        assert woken and _differ(expected, scene.draw()) == 0.0
        view.set_twin(three_boxes())  # another scene while nothing of the first is waited for
        view.set_twin(twin)
        assert _differ(expected, scene.draw()) == 0.0


@pytest.mark.parametrize("draw", ["merged", "glyph"])
def test_that_a_window_whose_context_was_lost_draws_the_same_again(draw: str) -> None:
    with _opened(draw, workshop()) as scene:
        scene.view.select([ARM])
        before = scene.draw()
        scene.window.Finalize()
        assert _differ(before, scene.draw()) == 0.0


def test_that_opengl_3_2_is_enough() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from scenes_for_tests import workshop\n"
        "from viewer.render.look import DARK\n"
        "from viewer.render.snapshot import OffscreenScene; from viewer.render.rules import DrawRules\n"
        "for draw in ('merged', 'glyph'):\n"
        "    with OffscreenScene((160, 120), theme=DARK, rules=DrawRules(draw=draw)) as scene:\n"
        "        scene.view.set_twin(workshop()); scene.view.camera = scene.view.fitted(); picture = scene.draw()\n"
        "        report = scene.window.ReportCapabilities()\n"
        "        print([line for line in report.splitlines() if 'version string' in line][0], int(picture.std()))\n"
    )
    old = {"MESA_GL_VERSION_OVERRIDE": "3.2", "MESA_GLSL_VERSION_OVERRIDE": "150"}
    here = str(Path(__file__).parent)
    answer = subprocess.run(
        [sys.executable, "-c", code, here], env={**os.environ, **old}, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0 and "ERR" not in answer.stderr, answer.stderr
    lines = answer.stdout.strip().splitlines()
    assert len(lines) == 2 and all(int(line.split()[-1]) > 10 for line in lines)
    assert "Mesa" not in answer.stdout or all(" 3.2" in line for line in lines)


def _first_of_all(corners: NDArray[np.float64], origin: NDArray[np.float64], direction: NDArray[np.float64]) -> int:
    """Row of the nearest triangle (n, 3, 3) that a ray meets, from the volumes of its tetrahedra with each side; -1: none."""
    a, b, c = (corners[:, i] - origin for i in range(3))
    u, v, w = (np.cross(p, q) @ direction for p, q in ((b, c), (c, a), (a, b)))
    inside = ((u >= 0) & (v >= 0) & (w >= 0)) | ((u <= 0) & (v <= 0) & (w <= 0))
    total = u + v + w
    good = np.flatnonzero(inside & (total != 0.0))
    at = (u[good, None] * a[good] + v[good, None] * b[good] + w[good, None] * c[good]) @ direction / total[good]
    ahead = at > 0.0
    return int(good[ahead][np.argmin(at[ahead])]) if ahead.any() else -1


def test_that_200_of_200_random_rays_meet_the_part_that_a_test_of_all_triangles_meets(scene: OffscreenScene) -> None:
    twin = _many(1500, 8)
    view = scene.view
    view.set_twin(twin)
    owners, placed = [], []
    for node in twin.nodes.values():
        assert node.part is not None
        mesh, pose = twin.parts[node.part].mesh, node.parent_from_node.matrix()
        placed.append((mesh.points_in_part @ pose[:3, :3].T + pose[:3, 3])[mesh.triangles])
        owners.extend([node.id] * len(mesh.triangles))
    corners, rng, met = np.concatenate(placed), np.random.default_rng(11), 0
    for _ in range(200):
        target = rng.uniform((0, 0, 0), (38, 38, 2))
        view.camera = Camera(tuple(target.tolist()), rng.uniform(-3, 3), rng.uniform(-1.4, 1.4), rng.uniform(1.0, 30.0))
        at_px = rng.uniform((0, 0), SIZE)
        origin, direction = view.camera.ray((float(at_px[0]), float(at_px[1])), SIZE)
        row = _first_of_all(corners, origin, direction)
        hit = view.pick(*at_px)
        assert (None if hit is None else hit.node) == (None if row < 0 else owners[row])
        met += row >= 0
    assert met > 80
