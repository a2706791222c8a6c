"""A twin goes to worker processes: it comes back the same, read-only, and small."""

import pickle

import numpy as np
import pytest

from viewer.base.frames import Pose
from viewer.base.ids import ROOT
from viewer.twin.difference import same
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_that_a_twin_comes_back_equal_and_its_arrays_read_only(plant: Twin, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(plant, protocol))
    assert same(again.with_(parts=plant.parts), plant)
    mesh = again.parts["box"].mesh
    np.testing.assert_array_equal(mesh.points_in_part, plant.parts["box"].mesh.points_in_part)
    assert not mesh.points_in_part.flags.writeable
    assert not mesh.triangles.flags.writeable
    assert mesh.normals is None


def test_that_parts_shared_by_nodes_travel_once(make_twin) -> None:
    mesh = Mesh(np.zeros((50_000, 3)), np.zeros((0, 3), dtype=np.int32))
    one = make_twin([Node("n", "n", part="box")])
    big = one.with_(parts=one.parts.set("big", one.parts["box"].__class__("big", "big", mesh)))
    nodes = big.nodes.update({f"n{i}": Node(f"n{i}", "n", ROOT, Pose(), "big") for i in range(100)})
    assert len(pickle.dumps(big.with_(nodes=nodes))) < 1.1 * 50_000 * 24


def test_that_three_thousand_nodes_without_meshes_stay_under_a_megabyte(make_twin) -> None:
    twin = make_twin([Node(f"station.node{i}", f"Node {i}", ROOT, Pose.from_xyz_rpy((i, 0.1, 0.2))) for i in range(3000)])
    assert len(pickle.dumps(twin)) < 1_000_000
