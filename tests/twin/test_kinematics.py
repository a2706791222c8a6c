import math

import numpy as np
import pytest

from viewer.base.frames import Pose
from viewer.base.ids import ROOT
from viewer.twin.kinematics import bounds_in_world, instances, world_from_node, world_from_nodes
from viewer.twin.model import Twin
from viewer.twin.parts import Node


def test_that_an_unknown_node_is_an_error(plant: Twin) -> None:
    with pytest.raises(KeyError):
        world_from_nodes(plant, ["link2", "nobody"])


def test_that_poses_multiply_down_the_tree_in_the_order_asked(plant: Twin) -> None:
    world = world_from_nodes(plant, ["link2", "hall", "cell1", "link2"])
    np.testing.assert_allclose(world[:, :3, 3], [[12.0, 0.0, 1.5], [0.0, 0.0, 0.0], [0.5, 5.0, 1.0], [12.0, 0.0, 1.5]])
    np.testing.assert_array_equal(world[1], np.eye(4))
    assert world_from_nodes(plant, []).shape == (0, 4, 4)


def test_that_levels_agree_with_one_by_one_on_a_crooked_tree(make_twin) -> None:
    random = np.random.default_rng(7)
    nodes = [
        Node(
            f"n{i}", "n", f"n{random.integers(i)}" if i else ROOT, Pose.from_xyz_rpy(random.normal(size=3), random.normal(size=3))
        )
        for i in range(60)
    ]
    twin = make_twin(nodes)
    ids = [f"n{i}" for i in random.permutation(60)]
    np.testing.assert_allclose(world_from_nodes(twin, ids), [world_from_node(twin, i) for i in ids], atol=1e-9)


def test_that_bounds_hold_all_parts_below_even_turned_ones(make_twin) -> None:
    nodes = [Node("a", "a", ROOT, Pose.from_xyz_rpy((1.0, 0.0, 0.0), (0.0, 0.0, math.pi / 4))), Node("b", "b", "a", part="box")]
    root2 = math.sqrt(2.0)
    np.testing.assert_allclose(
        bounds_in_world(make_twin(nodes), ["a"]), [[1.0 - root2 / 2, 0.0, 0.0], [1.0 + root2 / 2, root2, 1.0]], atol=1e-12
    )


def test_that_nodes_without_parts_have_their_origin_as_bounds(make_twin) -> None:
    twin = make_twin([Node("a", "a", ROOT, Pose.from_xyz_rpy((1.0, 2.0, 3.0)))])
    np.testing.assert_array_equal(bounds_in_world(twin, ["a"]), [[1.0, 2.0, 3.0]] * 2)
    np.testing.assert_array_equal(bounds_in_world(twin, []), np.zeros((2, 3)))


def test_that_instances_come_once_even_where_asked_for_twice(plant: Twin) -> None:
    assert instances(plant, ["link1", "table", "link2"]) == ["link1", "link2", "table"]
    assert set(instances(plant)) == {"table", "link1", "link2", "cell1", "cell2"}
