"""Point clouds are drawn, hidden, moved, cut and picked as parts are, and within their budget."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import SilentJob
from viewer.geometry.clouds.sink import CloudSink
from viewer.render.camera import Camera
from viewer.render.cloud_table import ChunkTable, DrawnCloud, worth
from viewer.render.slots import SlotTable
from viewer.render.snapshot import OffscreenScene
from viewer.twin.cloud_look import CloudLook
from viewer.twin.clouds import PointCloud
from viewer.twin.edits_nodes import MoveNode
from viewer.twin.model import Twin
from viewer.twin.parts import NO_MESH, Node, Part
from viewer.twin.view_state import CutPlane, Section

RED, GREEN = (255, 0, 0), (0, 255, 0)


def cloud_of(at: NDArray[np.float64], rgb: tuple[int, int, int] = RED) -> PointCloud:
    sink = CloudSink(SilentJob())
    sink.add(at, rgb=np.tile(np.array(rgb, np.uint16), (len(at), 1)))
    settled = sink.settle(rgb_top=255.0)
    assert settled is not None
    return settled.cloud


def wall(count: int = 40_000, *, seed: int = 1, at_y: float = 0.0) -> NDArray[np.float64]:
    """Points of a square 2 m wide and high, upright across y."""
    flat = np.random.default_rng(seed).uniform(-1.0, 1.0, (count, 2))
    return np.stack([flat[:, 0], np.full(count, at_y), flat[:, 1]], axis=1)


def twin_of(*clouds: PointCloud, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Twin:
    names = [NodeId("abc"[k]) for k in range(len(clouds))]
    parts = {PartId(n): Part(PartId(n), n, NO_MESH, cloud=cloud) for n, cloud in zip(names, clouds, strict=True)}
    pose = Pose.from_xyz_rpy(origin)
    nodes = {n: Node(n, n, parent_from_node=pose, part=PartId(n)) for n in names}
    return Twin(parts=Map(parts), nodes=Map(nodes), children=Map({ROOT: tuple(names)}))


def front(scene: OffscreenScene, target: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> None:
    scene.view.camera = Camera(target, distance_m=8.0).facing("front")


def reds(picture: NDArray[np.uint8]) -> int:
    colours = picture.astype(int)
    return int(np.count_nonzero((colours[:, :, 0] > 90) & (colours[:, :, 1] < 60) & (colours[:, :, 2] < 60)))


def square_px(scene: OffscreenScene) -> float:
    """Pixels of the wall seen from the front."""
    return (2.0 * scene.view.camera.pixels_per_m(scene.view.size_px[1]) / 8.0) ** 2


def test_that_a_scene_without_points_has_no_layer_and_an_empty_cloud_draws_nothing(scene: OffscreenScene) -> None:
    scene.view.set_twin(Twin())
    assert scene.view.clouds is None
    none = PointCloud(np.zeros((0, 3), np.float32), np.zeros(1, np.int64), np.zeros((0, 2, 3), np.float32))
    scene.view.set_twin(twin_of(none))
    front(scene)
    assert reds(scene.draw()) == 0 and scene.view.pick(160, 120) is None


@pytest.mark.parametrize("origin", [(0.0, 0.0, 0.0), (500_000.0, 5_400_000.0, 120.0)])
def test_that_a_wall_of_points_closes_its_square_also_in_a_country_s_coordinates(
    scene: OffscreenScene, origin: tuple[float, float, float]
) -> None:
    scene.view.set_twin(twin_of(cloud_of(wall() + np.array(origin))))
    front(scene, origin)
    scene.view.set_cloud_look(CloudLook(shaded=False))
    assert reds(scene.draw()) == pytest.approx(square_px(scene), rel=0.05)
    assert scene.view.clouds is not None and scene.view.clouds.drawn <= scene.view.clouds.points == 40_000


def test_that_points_are_hidden_isolated_moved_and_cut_as_parts_are(scene: OffscreenScene) -> None:
    view = scene.view
    twin = twin_of(cloud_of(wall()), cloud_of(wall(at_y=1.0), GREEN))
    view.set_twin(twin)
    front(scene)
    view.set_cloud_look(CloudLook(shaded=False))
    whole = reds(scene.draw())
    view.set_hidden([NodeId("a")])
    assert reds(scene.draw()) == 0
    view.set_hidden([])
    view.isolate([NodeId("b")])
    assert reds(scene.draw()) == 0
    view.isolate(None)
    view.set_section(Section((CutPlane((1.0, 0.0, 0.0), 0.0),)))
    assert reds(scene.draw()) == pytest.approx(whole / 2, rel=0.05)
    view.set_section(Section())
    moved = MoveNode(NodeId("a"), Pose.from_xyz_rpy((0.0, 0.0, 50.0)))
    after, delta = moved.apply(twin)
    view.apply(after, delta)
    assert reds(scene.draw()) == 0
    assert reds(scene.draw()) < whole


def test_that_shading_darkens_what_stands_behind_an_edge_and_nothing_else(scene: OffscreenScene) -> None:
    near, far = wall(30_000) * [0.5, 1.0, 0.5], wall(30_000, seed=2, at_y=4.0) * [1.4, 1.0, 1.4]
    scene.view.set_twin(twin_of(cloud_of(np.concatenate([near, far]))))
    front(scene)
    scene.view.set_cloud_look(CloudLook(shaded=False))
    plain = scene.draw()[:, :, 0].astype(int)
    scene.view.set_cloud_look(CloudLook(shaded=True))
    shaded = scene.draw()[:, :, 0].astype(int)
    middle = (slice(110, 130), slice(150, 170))
    assert np.array_equal(plain[middle], shaded[middle])
    assert np.count_nonzero(shaded < plain - 40) > 50


def test_that_the_first_frame_shows_a_sample_and_frames_at_rest_add_to_it(scene: OffscreenScene) -> None:
    scene.view.set_twin(twin_of(cloud_of(wall(600_000))))
    front(scene)
    scene.view.camera = Camera(distance_m=2.2).facing("front")
    scene.view.set_size((1600, 1200))
    scene.view.set_cloud_look(CloudLook(budget=5_000_000))
    clouds = scene.view.clouds
    assert clouds is not None
    drawn: list[int] = []
    for _ in range(8):
        scene.view.prepare()
        drawn.append(clouds.drawn)
    assert drawn == sorted(drawn) and drawn[0] < drawn[-1] and not clouds.unfinished
    scene.view.camera = Camera(distance_m=2.3).facing("front")
    scene.view.prepare()
    assert clouds.unfinished


@settings(max_examples=25, deadline=None)
@given(st.integers(100, 30_000), st.floats(-3.0, 3.0), st.floats(1.0, 40.0))
def test_that_a_picture_s_worth_stays_within_its_budget_and_in_sight(budget: int, turn: float, away: float) -> None:
    at = np.random.default_rng(5).normal(size=(30_000, 3)) * [8.0, 8.0, 1.0]
    cloud = cloud_of(at)
    table, chunks = _placed(cloud)
    camera = Camera((0.0, 0.0, 0.0), turn, -0.3, away)
    wanted = worth(chunks, table, camera, (320, 240), budget)
    assert wanted.points.sum() <= budget + len(chunks) and (wanted.points <= chunks.count).all()
    pixels = camera.to_pixels(chunks.centre + table.centre_in_part[0], (320, 240))
    behind = pixels[:, 2] < -np.linalg.norm(chunks.half, axis=1)
    assert not wanted.points[behind].any()


def _placed(cloud: PointCloud) -> tuple[SlotTable, ChunkTable]:
    table = SlotTable(1, np.zeros(3))
    box = cloud.bounds_m()
    slots = table.add([NodeId("a")], box[None], np.zeros(1, np.bool_))
    table.place(slots, np.eye(4)[None])
    return table, ChunkTable([DrawnCloud(int(slots[0]), cloud, np.array(cloud.origin_m) - table.centre_in_part[slots[0]])])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_that_a_pick_is_the_point_that_a_test_of_all_points_finds(seed: int) -> None:
    from viewer.render.cloud_picking import REACH_PX, CloudPicker

    rng = np.random.default_rng(seed)
    at = rng.normal(size=(9_000, 3)).astype(np.float32).astype(np.float64)
    table, chunks = _placed(cloud_of(at))
    eye, target = rng.normal(size=3) * 6.0, rng.normal(size=3) * 0.5
    direction = (target - eye) / np.linalg.norm(target - eye)
    hit = CloudPicker(chunks).first(table, eye, direction, 400.0)
    depth = (at - eye) @ direction
    beside = np.linalg.norm(at - eye - depth[:, None] * direction, axis=1) * 400.0 / np.maximum(depth, 1e-9)
    near = (depth > 0.0) & (beside <= REACH_PX)
    if hit is None:
        assert not near.any()
        return
    assert np.linalg.norm(at[near] - hit.point_in_world, axis=1).min() < 1e-5
    slack = REACH_PX * float(chunks.spacing_m.max())
    assert hit.distance_m <= depth[near].min() + slack


def test_that_a_pick_tells_the_scan_s_node_and_passes_through_what_is_hidden_or_cut(scene: OffscreenScene) -> None:
    view = scene.view
    view.set_twin(twin_of(cloud_of(wall()), cloud_of(wall(at_y=1.0), GREEN)))
    front(scene)
    scene.draw()
    hit = view.pick(160, 120)
    assert hit is not None and hit.node == "a" and abs(hit.point_in_world[1]) < 1e-6
    view.set_section(Section((CutPlane((0.0, 1.0, 0.0), 0.5),)))
    scene.draw()
    behind = view.pick(160, 120)
    assert behind is not None and behind.node == "b" and behind.point_in_world[1] == pytest.approx(1.0)
    view.set_section(Section())
    view.set_hidden([NodeId("a")])
    behind = view.pick(160, 120)
    assert behind is not None and behind.node == "b"


def test_that_fitting_shows_the_whole_scan(scene: OffscreenScene) -> None:
    scene.view.set_twin(twin_of(cloud_of(wall() + np.array([200_000.0, 300_000.0, 0.0]))))
    camera = scene.view.fitted()
    assert np.allclose(camera.target_m, (200_000, 300_000, 0), atol=0.5) and camera.distance_m < 12.0
