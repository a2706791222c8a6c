"""Fields: a scalar on each vertex of a part, seen as the colours of its map."""

import numpy as np
import pytest
from scenes_for_tests import three_boxes

from viewer.base.ids import NodeId
from viewer.render.camera import Camera
from viewer.render.snapshot import OffscreenScene
from viewer.twin.overlays import VertexField

SIZE = (320, 240)
Shown = tuple[OffscreenScene, NodeId, int]


def _field(node: NodeId) -> VertexField:
    return VertexField(node, "Deviation", "mm", -1.0, 1.0)


@pytest.fixture
def shown(scene: OffscreenScene) -> Shown:
    """Three boxes, one of them in the middle of the picture; its node and how many vertices it has."""
    twin = three_boxes()
    scene.view.set_twin(twin)
    node = next(one for one in twin.nodes.values() if one.part is not None)
    scene.view.camera = scene.view.fitted([node.id])
    assert node.part is not None
    return scene, node.id, len(twin.parts[node.part].mesh.points_in_part)


def _middle(scene: OffscreenScene) -> np.ndarray:
    return scene.draw()[SIZE[1] // 2, SIZE[0] // 2, :3].astype(int)


def test_that_values_are_seen_in_the_colours_of_their_map(shown: Shown) -> None:
    scene, node, count = shown
    plain = _middle(scene)
    scene.view.set_fields([_field(node)])
    seen: list[np.ndarray] = []
    for value in (-1.0, 1.0, np.nan):
        scene.view.update_field(node, np.full(count, value))
        seen.append(_middle(scene))
    low, high, none = seen
    assert low[2] > low[1] and low[0] > low[1]  # viridis begins violet
    assert high[0] > 1.5 * high[2] and high[1] > 1.5 * high[2]  # and ends yellow
    assert np.ptp(none) < 12  # a grey
    scene.view.set_fields([])
    assert np.abs(_middle(scene) - plain).max() <= 1


def test_that_the_surface_of_a_field_is_picked_hidden_and_cut_like_its_part(shown: Shown) -> None:
    scene, node, count = shown
    view = scene.view
    scene.draw()
    before = view.pick(SIZE[0] / 2, SIZE[1] / 2)
    view.set_fields([_field(node)])
    view.update_field(node, np.zeros(count))
    scene.draw()
    hit = view.pick(SIZE[0] / 2, SIZE[1] / 2)
    assert before is not None and hit is not None
    assert hit.node == before.node == node and hit.triangle == before.triangle
    assert np.allclose(hit.point_in_world, before.point_in_world) and np.allclose(hit.normal, before.normal)
    with_field = _middle(scene)
    view.set_hidden([node])
    assert np.abs(_middle(scene) - with_field).max() > 8
    hit = view.pick(SIZE[0] / 2, SIZE[1] / 2)
    assert hit is None or hit.node != node


def test_that_a_wrong_number_of_values_and_a_node_without_a_field_are_refused(shown: Shown) -> None:
    scene, node, count = shown
    scene.view.set_fields([_field(node), _field(NodeId("nobody"))])
    with pytest.raises(ValueError, match=f"needs {count} values"):
        scene.view.update_field(node, np.zeros(count + 1))
    with pytest.raises(KeyError):
        scene.view.update_field(NodeId("nobody"), np.zeros(3))


def test_that_a_field_follows_its_node_and_goes_with_the_scene(shown: Shown) -> None:
    scene, node, count = shown
    view = scene.view
    view.set_fields([_field(node)])
    view.update_field(node, np.ones(count))
    yellow = _middle(scene)
    away = view.world_from_node(node)
    away[:3, 3] += (0.0, 0.0, 500.0)
    view.set_preview_poses([node], away[None])
    assert np.abs(_middle(scene) - yellow).max() > 8
    view.set_twin(three_boxes())
    x, y, z = view.bounds([node]).mean(axis=0).tolist()
    view.camera = Camera((x, y, z), 0.6, -0.5, 8.0)
    with pytest.raises(KeyError):
        view.update_field(node, np.ones(count))
