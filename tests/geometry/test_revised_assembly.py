"""Two revisions of real files: what a designer did to a STEP assembly is what is told; and plants of 20,000 parts."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from immutables import Map

from tests.geometry.kernel import Kernel
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.geometry.model import GeometryModel
from viewer.geometry.primitives import box, cylinder
from viewer.measure.revisions import compare
from viewer.twin.edits_nodes import AddNodes, AddParts
from viewer.twin.model import Twin
from viewer.twin.parts import Node, Part

MANY = 20_000


def twin_of(model: GeometryModel | None) -> Twin:
    assert model is not None
    twin, _ = AddParts(model.parts).apply(Twin())
    return AddNodes(model.nodes).apply(twin)[0]


def test_that_what_was_done_to_a_real_assembly_is_what_comparing_tells(kernel: Kernel, shared_data: Path) -> None:
    """as1-oc-214 (18 instances, SOURCES.md): a bracket group of 7 shifted by 7.5 mm, the rod group of 3 gone, a pocket of
    30 x 30 x 5 mm cut into the plate, a block added, the other bracket group of 7 left alone."""
    path = shared_data / "cad" / "assemblies" / "as1-oc-214.stp"
    found = compare(twin_of(kernel.read(path).model), twin_of(kernel.revised(path).model))
    assert Counter(one.state for one in found) == {"moved": 7, "same": 7, "removed": 3, "changed": 1, "added": 1}
    moved = [one for one in found if one.state == "moved"]
    assert [one.moved_m for one in moved] == pytest.approx([0.0075] * 7, abs=1e-9)
    assert all("l-bracket-assembly_1" in one.path and one.turned_rad < 1e-9 for one in moved)
    assert sorted(one.name for one in found if one.state == "removed") == ["nut_1", "nut_2", "rod_1"]
    (plate,) = (one for one in found if one.state == "changed")
    assert plate.name == "plate_1"
    assert plate.volume_change_m3 == pytest.approx(-4500e-9, rel=1e-6)
    assert plate.deviation_m == pytest.approx(0.005, rel=1e-6)
    assert [one.name for one in found if one.state == "added"] == ["block"]


def plant(*, revised: bool) -> Twin:
    """Rows of bolts and blocks; in the revision every 2,000th is moved, the next gone, the one after of another shape."""
    shapes = {"bolt": cylinder(0.01, 0.06), "block": box((0.1, 0.1, 0.1)), "slab": box((0.1, 0.1, 0.12))}
    nodes: list[Node] = [Node(NodeId("plant"), "plant")]
    for number in range(MANY):
        what = number % 2000 if revised else -1
        if what == 1:
            continue
        name = "slab" if what == 2 else "bolt" if number % 3 else "block"
        at = Pose.from_xyz_rpy((0.2 * (number % 200), 0.2 * (number // 200), 0.013 if what == 0 else 0.0))
        nodes.append(Node(NodeId(f"n{number}"), f"n{number}", NodeId("plant"), at, PartId(name)))
    return Twin(
        parts=Map({PartId(n): Part(PartId(n), n, mesh) for n, mesh in shapes.items()}),
        nodes=Map({node.id: node for node in nodes}),
        children=Map({ROOT: (NodeId("plant"),), NodeId("plant"): tuple(node.id for node in nodes[1:])}),
    )


def test_that_ten_of_each_change_are_found_among_20_000_parts() -> None:
    found = compare(plant(revised=False), plant(revised=True))
    every = range(0, MANY, 2000)
    wanted = {"moved": {f"n{k}" for k in every}, "removed": {f"n{k + 1}" for k in every}, "changed": {f"n{k + 2}" for k in every}}
    assert {state: {one.name for one in found if one.state == state} for state in wanted} == wanted
    assert len(found) == MANY and not [one for one in found if one.state == "added"]
    np.testing.assert_allclose([one.moved_m for one in found if one.state == "moved"], 0.013, atol=1e-9)
