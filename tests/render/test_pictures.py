"""What is drawn is checked as pictures: each change touches its own pixels, and baselines hold."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scenes_for_tests import Builder, box, three_boxes, workshop

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.ids import ChannelId, NodeId
from viewer.render.camera import Camera
from viewer.render.look import THEMES
from viewer.render.snapshot import OffscreenScene, snapshot
from viewer.twin.channels import Condition, StateLabel
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.overlays import Label, Legend, OverlayFrame, OverlayPlan
from viewer.twin.parts import Node

BASELINES = Path(__file__).resolve().parent.parent / "images"
A, B, C = NodeId("a"), NodeId("b"), NodeId("c")
CHANNEL = ChannelId("t")


def _frame(plan: OverlayPlan, rgb: tuple[int, int, int] = (30, 160, 90), condition: Condition = Condition.NORMAL) -> OverlayFrame:
    n, labels = len(plan.coloured), len(plan.labels)
    return OverlayFrame(
        0,
        np.tile(np.eye(4), (len(plan.posed), 1, 1)),
        np.full((n, 3), rgb, dtype=np.uint8),
        np.full(n, condition, dtype=np.uint8),
        np.ones(len(plan.toggled), dtype=np.bool_),
        np.linspace(12.0, 48.0, labels),
        np.array([i % 4 for i in range(labels)], dtype=np.uint8),
        np.array([(2.0 * i, 0.0, 1.0) for i in range(labels)]).reshape(-1, 3),
    )


def _boxes_from_the_front(scene: OffscreenScene) -> None:
    scene.view.set_twin(three_boxes())
    scene.view.camera = scene.view.camera.facing("front")
    scene.view.camera = scene.view.fitted()


def _changed(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (before != after).any(axis=2)


def _columns(scene: OffscreenScene, node: NodeId, margin_px: float = 3.0) -> tuple[int, int]:
    """Pixel columns between which a node is seen."""
    low, high = scene.view.bounds([node])
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    x = scene.view.world_to_display(corners)[:, 0]
    return int(x.min() - margin_px), int(x.max() + margin_px)


def test_that_a_size_theme_or_view_that_can_t_be_is_one_sentence() -> None:
    wrong: tuple[dict[str, Any], ...] = ({"size": (0, 240)}, {"size": (99999, 240)}, {"theme": "pink"}, {"view": "nowhere"})
    for one in wrong:
        options: dict[str, Any] = {"size": (64, 48), **one}
        with pytest.raises(UserMistake):
            snapshot(three_boxes(), **options)


def test_that_an_empty_twin_is_a_picture_of_the_ground_alone(scene: OffscreenScene) -> None:
    scene.view.set_twin(Twin())
    assert scene.draw().shape == (240, 320, 3)


def test_that_recolouring_a_part_changes_its_pixels_and_no_others(scene: OffscreenScene) -> None:
    _boxes_from_the_front(scene)
    before = scene.draw()
    plan = OverlayPlan(coloured=(B,))
    scene.view.set_overlay(plan)
    scene.view.update_overlay(_frame(plan))
    changed = _changed(before, scene.draw())
    left, right = _columns(scene, B)
    assert changed[:, left:right].sum() > 500
    assert not changed[:, :left].any() and not changed[:, right:].any()
    scene.view.set_overlay(OverlayPlan())
    assert not _changed(before, scene.draw()).any()


def test_that_hiding_a_part_leaves_what_a_twin_without_it_shows(scene: OffscreenScene) -> None:
    _boxes_from_the_front(scene)
    shown = scene.draw()
    scene.view.set_hidden([B])
    left, right = _columns(scene, B)
    hidden = scene.draw()
    assert _changed(shown, hidden)[:, left:right].any()
    assert not _changed(shown, hidden)[:, :left].any()
    scene.view.set_hidden([])
    scene.view.isolate([A, C])
    assert not _changed(hidden, scene.draw()).any()
    scene.view.isolate(None)
    assert not _changed(shown, scene.draw()).any()


def test_that_moving_a_node_takes_its_children_along_and_undo_restores_every_pixel(scene: OffscreenScene) -> None:
    _boxes_from_the_front(scene)
    twin, before = scene.view.twin, scene.draw()
    camera = scene.view.camera
    node = twin.nodes[B]
    lifted = Node(node.id, node.name, node.parent, Pose.from_xyz_rpy((2.0, 0.0, 1.5)), node.part, node.colour)
    moved = twin.with_(nodes=twin.nodes.set(B, lifted))
    scene.view.apply(moved, Delta(moved=frozenset({B})))
    assert scene.view.bounds([NodeId("b.ball")])[0, 2] == pytest.approx(2.0, abs=1e-6)
    scene.view.camera = camera
    assert _changed(before, scene.draw()).sum() > 300
    scene.view.apply(twin, Delta(moved=frozenset({B})))
    assert not _changed(before, scene.draw()).any()


def test_that_a_part_mirrored_after_it_was_built_shows_its_outside(scene: OffscreenScene) -> None:
    _boxes_from_the_front(scene)
    before = scene.draw()
    plan = OverlayPlan(posed=(B,))
    scene.view.set_overlay(plan)
    frame = _frame(plan)
    frame.world_from_node[0] = np.diag([-1.0, 1.0, 1.0, 1.0])
    frame.world_from_node[0, :3, 3] = scene.view.world_from_node(B)[:3, 3]
    scene.view.update_overlay(frame)
    assert (np.abs(before.astype(int) - scene.draw()).max(axis=2) > 8).mean() < 0.002  # a box is its own mirror image


def test_that_what_comes_into_sight_or_grows_is_drawn_whatever_was_left_out_before(scene: OffscreenScene) -> None:
    _boxes_from_the_front(scene)
    start, pictures = scene.view.camera, {}
    far = start.zoomed(0.004)
    for camera in (start, far, start.orbited(3.0, 0.0), start.zoomed(9.0), start):
        scene.view.camera = camera
        pictures[camera] = scene.draw()
        with OffscreenScene(scene.view.size_px, theme=scene.view.theme) as other:
            other.view.set_twin(scene.view.twin)
            other.view.camera = camera
            assert not _changed(pictures[camera], other.draw()).any()
    assert _changed(pictures[start], pictures[far]).any()


def test_that_nodes_added_and_removed_by_a_delta_look_as_if_they_had_been_there_from_the_start(scene: OffscreenScene) -> None:
    full = three_boxes()
    less = full.with_(
        nodes=full.nodes.delete(B).delete(NodeId("b.ball")), children=full.children.set(NodeId(""), (A, C)).delete(B)
    )
    gone = frozenset({B, NodeId("b.ball")})
    _boxes_from_the_front(scene)
    whole = scene.draw()
    scene.view.apply(less, Delta(removed=gone))
    without = scene.draw()
    assert _changed(whole, without).any()
    scene.view.apply(full, Delta(added=gone))
    assert not _changed(whole, scene.draw()).any()


@pytest.mark.parametrize("condition", [Condition.STALE, Condition.BAD, Condition.MISSING])
def test_that_what_can_t_be_trusted_is_hatched_each_in_its_own_way(scene: OffscreenScene, condition: Condition) -> None:
    _boxes_from_the_front(scene)
    plan = OverlayPlan(coloured=(A,))
    scene.view.set_overlay(plan)
    pictures = {}
    for one in (Condition.NORMAL, Condition.STALE, Condition.BAD, Condition.MISSING):
        scene.view.update_overlay(_frame(plan, condition=one))
        pictures[one] = scene.draw()
    left, right = _columns(scene, A, -8.0)
    x, y = (left + right) // 2, int(scene.view.world_to_display(np.array([[0.0, 0.0, 0.5]]))[0, 1])
    patch = {one: picture[y - 10 : y + 10, x - 10 : x + 10].astype(float) for one, picture in pictures.items()}
    assert patch[Condition.NORMAL].std(axis=(0, 1)).max() < 4.0
    assert patch[condition].std(axis=(0, 1)).max() > 12.0
    others = [one for one in pictures if one is not condition]
    assert all(np.abs(patch[condition] - patch[one]).mean() > 4.0 for one in others)


def test_that_poses_that_are_not_numbers_leave_the_part_where_it_was(scene: OffscreenScene) -> None:
    _boxes_from_the_front(scene)
    before = scene.draw()
    plan = OverlayPlan(posed=(B,))
    scene.view.set_overlay(plan)
    frame = _frame(plan)
    frame.world_from_node[:] = np.nan
    scene.view.update_overlay(frame)
    assert not _changed(before, scene.draw()).any()


def test_that_a_frame_of_another_plan_is_refused(scene: OffscreenScene) -> None:
    _boxes_from_the_front(scene)
    scene.view.set_overlay(OverlayPlan(coloured=(A, B)))
    with pytest.raises(ValueError, match="its plan"):
        scene.view.update_overlay(_frame(OverlayPlan(coloured=(A,))))


def test_that_a_scene_a_hundred_kilometres_away_is_drawn_as_crisply_as_one_at_the_origin(scene: OffscreenScene) -> None:
    pictures = []
    for x_m in (0.0, 100_000.0):
        build = Builder()
        build.part("box", box(0.02, 0.02, 0.02))
        build.node("one", "box", (x_m, 0, 0))
        build.node("two", "box", (x_m + 0.03, 0, 0))
        scene.view.set_twin(build.twin())
        scene.view.camera = Camera((x_m + 0.015, 0.0, 0.0), distance_m=0.2)
        pictures.append(scene.draw().astype(int))
    different = np.abs(pictures[0] - pictures[1]).max(axis=2)[60:180, 80:240] > 24
    assert different.mean() < 0.01


def test_that_setting_a_twin_again_and_again_leaves_no_actor_behind(scene: OffscreenScene) -> None:
    scene.view.set_twin(workshop())
    scene.view.select([NodeId("arm")])
    scene.draw()
    first = scene.view.statistics()
    for _ in range(3):
        scene.view.set_twin(three_boxes())
        scene.draw()
        scene.view.set_twin(workshop())
        scene.view.select([NodeId("arm")])
    scene.draw()
    assert scene.view.statistics() == first
    scene.view.set_twin(Twin())
    scene.draw()
    assert scene.view.statistics()["actors"] == 2  # backdrop and grid


def test_that_the_roof_is_gone_while_the_camera_is_above_it_and_there_when_it_is_below(scene: OffscreenScene) -> None:
    scene.view.set_twin(workshop())
    scene.view.camera = scene.view.fitted()
    scene.draw()
    above = scene.view.statistics()["shown"]
    scene.view.camera = Camera((0, 0, 1.0), 1.0, 0.3, 3.0)
    scene.draw()
    assert scene.view.statistics()["shown"] == above + 1


def test_that_the_selection_is_outlined_and_taken_back_without_a_trace(scene: OffscreenScene) -> None:
    _boxes_from_the_front(scene)
    before = scene.draw()
    scene.view.select([B])
    accent = np.array(scene.view.theme.accent)
    chosen = scene.draw()
    assert (np.abs(chosen.astype(int) - accent).sum(axis=2) < 12).sum() > 60
    scene.view.select([])
    assert not _changed(before, scene.draw()).any()


def _compare(name: str, picture: NDArray[np.uint8]) -> None:
    """Against a picture kept in tests/images; GENCHI_NEW_BASELINES=1 writes it anew (then look at it)."""
    path = BASELINES / f"{name}.png"
    if os.environ.get("GENCHI_NEW_BASELINES") == "1":
        Image.fromarray(picture).save(path)
    kept = np.asarray(Image.open(path).convert("RGB"), dtype=int)
    assert kept.shape == picture.shape
    far = np.abs(kept - picture.astype(int)).max(axis=2) > 40
    assert far.mean() < 0.02, f"{far.mean():.1%} of the pixels differ from {path.name}"


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_that_a_workshop_looks_as_it_did(theme: str) -> None:
    _compare(f"workshop_{theme}", snapshot(workshop(), (320, 240), theme=theme, view="iso"))


def test_that_labels_and_legends_look_as_they_did() -> None:
    states = (StateLabel(0, "idle", (158, 163, 170)), StateLabel(2, "fault", (205, 35, 45)))
    plan = OverlayPlan(
        coloured=(A, B, C),
        labels=(Label(A, CHANNEL, "Torque", "N*m"), Label(B, CHANNEL, "Temperature", "degC"), Label(C, CHANNEL, "Gap", "mm")),
        legends=(Legend("Torque", "N*m", "viridis", 0.0, 60.0), Legend("State", "", states=states)),
    )
    picture = snapshot(three_boxes(), (480, 320), theme="dark", view="iso", plan=plan, frame=_frame(plan))
    bare = snapshot(
        three_boxes(), (480, 320), theme="dark", view="iso", plan=plan, frame=_frame(plan), labels=False, legend=False
    )
    assert _changed(picture, bare).mean() > 0.03
    _compare("labels", picture)
