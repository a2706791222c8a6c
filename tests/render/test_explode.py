"""Exploding: parts go apart from the middle, assemblies first, and come back to the pixel; where things stand is not changed."""

from __future__ import annotations

import numpy as np
import pytest
from scenes_for_tests import Builder, box

from viewer.base.ids import NodeId
from viewer.render.explode import REACH, ExplodePlan
from viewer.render.slots import SlotTable
from viewer.render.snapshot import OffscreenScene
from viewer.twin.model import Twin
from viewer.twin.view_state import Explode


def assembly() -> Twin:
    """A root with two groups at x = -1 and 1, of two boxes each at y = -0.5 and 0.5."""
    build = Builder()
    build.part("box", box(0.2, 0.2, 0.2))
    build.node("root")
    for name, x in (("left", -1.0), ("right", 1.0)):
        build.node(name, parent="root")
        for end, y in (("a", -0.5), ("b", 0.5)):
            build.node(f"{name}.{end}", "box", (x, y, 0.0), parent=name)
    return build.twin()


def _middles(scene: OffscreenScene) -> dict[str, np.ndarray]:
    return {node: scene.view.bounds([NodeId(node)]).mean(axis=0) for node in ("left.a", "left.b", "right.a", "right.b")}


def test_that_assemblies_go_apart_and_their_contents_stay_together(scene: OffscreenScene) -> None:
    scene.view.set_twin(assembly())
    before = _middles(scene)
    scene.view.set_explode(Explode(1.0, 1))
    after = _middles(scene)
    assert after["left.a"] - before["left.a"] == pytest.approx([-REACH, 0.0, 0.0], abs=1e-6)
    assert after["right.b"] - before["right.b"] == pytest.approx([REACH, 0.0, 0.0], abs=1e-6)
    scene.view.set_explode(Explode(1.0, 2))
    both = _middles(scene)
    assert both["left.b"] - before["left.b"] == pytest.approx([-REACH, 0.5 * REACH, 0.0], abs=1e-6)
    scene.view.set_explode(Explode(1.0, 1), [NodeId("left")])
    chosen = _middles(scene)
    assert chosen["right.a"] == pytest.approx(before["right.a"]) and chosen["left.a"][1] < before["left.a"][1] - 0.4


def test_that_coming_together_gives_back_every_pixel_and_picks_follow(scene: OffscreenScene) -> None:
    scene.view.set_twin(assembly())
    scene.view.camera = scene.view.camera.facing("top")
    scene.view.camera = scene.view.fitted()
    before = scene.draw()
    scene.view.set_explode(Explode(0.3, 1))
    assert (scene.draw() != before).any()
    x, y, _ = scene.view.world_to_display(_middles(scene)["left.a"][None])[0]
    hit = scene.view.pick(x, y)
    assert hit is not None and hit.node == "left.a"
    scene.view.set_explode(Explode())
    assert np.array_equal(scene.draw(), before)


def test_that_a_part_moved_while_apart_keeps_its_offset_and_stands_where_it_was_put(scene: OffscreenScene) -> None:
    scene.view.set_twin(assembly())
    scene.view.set_explode(Explode(1.0, 1))
    before, pose = _middles(scene)["left.a"], scene.view.world_from_node(NodeId("left.a"))
    assert pose[:3, 3] == pytest.approx([-1.0, -0.5, 0.0], abs=1e-6)
    pose[2, 3] += 2.0
    scene.view.set_preview_poses([NodeId("left.a")], pose[None])
    assert _middles(scene)["left.a"] - before == pytest.approx([0.0, 0.0, 2.0], abs=1e-6)
    scene.view.set_explode(Explode())
    assert _middles(scene)["left.a"] == pytest.approx([-1.0, -0.5, 2.0], abs=1e-6)


def test_that_an_empty_scene_and_a_single_part_explode_into_nothing() -> None:
    plan = ExplodePlan(Twin(), SlotTable(0, np.zeros(3)))
    assert plan.shifts_m(Explode(1.0, 3)).shape == (0, 3)
