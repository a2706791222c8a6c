"""Two revisions: what is found between a plant and itself, turned, renamed, re-meshed and changed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from tests.measure.shapes_for_tests import cylinder
from viewer.base.errors import Cancelled
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import SilentJob
from viewer.measure.revisions import Difference, Tolerance, compare
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part


def box(x: float, y: float, z: float, *, cuts: int = 1) -> Mesh:
    """A box with its corner at the origin, each face in 2 cuts² triangles."""
    faces, count = [], 0
    grid = np.linspace(0.0, 1.0, cuts + 1)
    u, v = np.meshgrid(grid, grid, indexing="ij")
    triangles = []
    for axis in range(3):
        for side in (0.0, 1.0):
            points = np.zeros((u.size, 3))
            points[:, axis] = side
            points[:, (axis + 1) % 3], points[:, (axis + 2) % 3] = u.ravel(), v.ravel()
            faces.append(points * (x, y, z))
            for i in range(cuts):
                for j in range(cuts):
                    a, b = count + i * (cuts + 1) + j, count + (i + 1) * (cuts + 1) + j
                    quad = [(a, b, b + 1), (a, b + 1, a + 1)]
                    triangles += quad if side else [t[::-1] for t in quad]
            count += u.size
    return Mesh(np.concatenate(faces), np.array(triangles, dtype=np.int32))


def twin(parts: dict[str, Mesh], nodes: list[tuple[str, str, str, Pose]], top: str = "asm") -> Twin:
    """Nodes (id, name, part, pose) below one top node."""
    made = [Node(NodeId(top), top), *(Node(NodeId(i), n, NodeId(top), pose, PartId(p)) for i, n, p, pose in nodes)]
    return Twin(
        parts=Map({PartId(p): Part(PartId(p), p, mesh) for p, mesh in parts.items()}),
        nodes=Map({n.id: n for n in made}),
        children=Map({ROOT: (NodeId(top),), NodeId(top): tuple(n.id for n in made[1:])}),
    )


def at(x: float = 0.0, y: float = 0.0, z: float = 0.0, yaw_deg: float = 0.0) -> Pose:
    return Pose.from_xyz_rpy((x, y, z), (0.0, 0.0, math.radians(yaw_deg)))


PARTS = {"plate": box(0.4, 0.3, 0.02), "lug": box(0.1, 0.05, 0.2), "bolt": cylinder(0.005, 0.06, 48)}
NODES = [
    ("plate", "plate", "plate", at()),
    ("lug1", "lug", "lug", at(0.0, 0.1, 0.02)),
    ("lug2", "lug", "lug", at(0.3, 0.1, 0.02)),
    *((f"bolt{i}", "bolt", "bolt", at(0.05 + 0.1 * i, 0.05, 0.02)) for i in range(4)),
]


def states(found: tuple[Difference, ...]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for one in found:
        result.setdefault(one.state, []).append(one.new or one.old or "")
    return {state: sorted(ids) for state, ids in result.items()}


def test_that_a_comparison_that_is_no_longer_wanted_ends() -> None:
    with pytest.raises(Cancelled):
        compare(twin(PARTS, NODES), twin(PARTS, NODES), job=SilentJob(lambda: True))


def test_that_nothing_compares_with_nothing() -> None:
    assert compare(Twin(), Twin()) == ()
    assert states(compare(Twin(), twin(PARTS, NODES[:1]))) == {"added": ["plate"]}


def test_that_a_revision_is_the_same_as_itself_in_another_order_and_other_files() -> None:
    again = {name: Mesh(m.points_in_part.copy(), m.triangles[::-1].copy()) for name, m in PARTS.items()}
    found = compare(twin(PARTS, NODES), twin(again, NODES[::-1], top="other"))
    assert states(found) == {"same": sorted(n[0] for n in NODES)}


def test_that_swapped_numbers_of_equal_parts_are_no_difference() -> None:
    swapped = [(("bolt3" if n[0] == "bolt0" else "bolt0" if n[0] == "bolt3" else n[0]), *n[1:]) for n in NODES]
    assert set(states(compare(twin(PARTS, NODES), twin(PARTS, swapped)))) == {"same"}


def test_that_added_removed_moved_and_changed_parts_are_told_with_their_amounts() -> None:
    parts = {**PARTS, "plate": box(0.4, 0.3, 0.025), "cover": box(0.2, 0.2, 0.01)}
    nodes = [
        ("plate", "plate", "plate", at()),
        ("lug1", "lug", "lug", at(0.0, 0.103, 0.02)),
        ("lug2", "lug", "lug", at(0.3, 0.1, 0.02, yaw_deg=30.0)),
        *NODES[3:6],
        ("cover", "cover", "cover", at(1.0, 1.0, 1.0)),
    ]
    found = compare(twin(PARTS, NODES), twin(parts, nodes))
    assert states(found) == {
        "added": ["cover"],
        "removed": ["bolt3"],
        "changed": ["plate"],
        "moved": ["lug1", "lug2"],
        "same": ["bolt0", "bolt1", "bolt2"],
    }
    by_id = {one.new or one.old: one for one in found}
    assert by_id["lug1"].moved_m == pytest.approx(0.003, rel=1e-9) and by_id["lug1"].turned_rad == pytest.approx(0.0, abs=1e-9)
    assert math.degrees(by_id["lug2"].turned_rad) == pytest.approx(30.0)
    assert by_id["plate"].volume_change_m3 == pytest.approx(0.4 * 0.3 * 0.005)
    assert by_id["plate"].deviation_m == pytest.approx(0.0025, rel=0.05)


def test_that_other_triangles_and_names_of_the_same_shape_are_no_change() -> None:
    parts = {"plate": box(0.4, 0.3, 0.02, cuts=5), "lug": box(0.1, 0.05, 0.2, cuts=3), "bolt": cylinder(0.005, 0.06, 32)}
    same_names = compare(twin(PARTS, NODES), twin(parts, NODES))
    assert set(states(same_names)) == {"same"}
    renamed = compare(twin(PARTS, NODES), twin(parts, [(f"n{i}", f"item {i}", *n[2:]) for i, n in enumerate(NODES)]))
    assert set(states(renamed)) == {"same"}
    assert {one.was_named for one in renamed} == {"plate", "lug", "bolt"}


def test_that_a_pose_baked_into_the_points_is_no_change() -> None:
    """The same bodies exported by another program: every node at the origin, its points where the part stands."""
    baked, nodes = {}, []
    for row, (node, name, part, pose) in enumerate(NODES):
        matrix, mesh = pose.matrix(), PARTS[part]
        baked[f"p{row}"] = Mesh(mesh.points_in_part @ matrix[:3, :3].T + matrix[:3, 3], mesh.triangles)
        nodes.append((node, name, f"p{row}", Pose()))
    assert set(states(compare(twin(PARTS, NODES), twin(baked, nodes)))) == {"same"}


def test_that_a_round_part_turned_about_its_axis_is_where_it_was() -> None:
    turned = [(i, n, p, pose @ at(yaw_deg=11.0) if p == "bolt" else pose) for i, n, p, pose in NODES]
    assert set(states(compare(twin(PARTS, NODES), twin(PARTS, turned)))) == {"same"}


def test_that_a_file_in_another_scale_compares_by_its_true_size() -> None:
    """A part kept in inches under a node that scales to metres, against the same in metres."""
    inch = {name: Mesh(mesh.points_in_part / 0.0254, mesh.triangles) for name, mesh in PARTS.items()}
    scale = Pose.from_matrix(np.diag([0.0254, 0.0254, 0.0254, 1.0]))
    scaled = [(i, n, p, pose @ scale) for i, n, p, pose in NODES]
    found = compare(twin(PARTS, NODES), twin(inch, scaled))
    assert set(states(found)) == {"same"}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["drop", "shift", "turn", "swap"])), max_size=4))
def test_that_comparing_back_mirrors_comparing_forth(changes: list[tuple[int, str]]) -> None:
    nodes = dict(enumerate(NODES))
    for row, what in changes:
        if row not in nodes:
            continue
        node, name, part, pose = nodes[row]
        if what == "drop":
            del nodes[row]
        elif what == "shift":
            nodes[row] = (node, name, part, pose @ at(0.0, 0.0, 0.5 + 0.1 * row))
        elif what == "turn":
            nodes[row] = (node, name, "lug", pose @ at(yaw_deg=35.0))
        else:
            nodes[row] = (node, name, "lug" if part != "lug" else "plate", pose)
    one, other = twin(PARTS, NODES), twin(PARTS, list(nodes.values()))
    forth, back = compare(one, other), compare(other, one)
    expected = sorted((d.state, d.old or "", d.new or "", round(d.moved_m, 9)) for d in forth)
    mirrored = (d.mirrored() for d in back)
    assert sorted((d.state, d.old or "", d.new or "", round(d.moved_m, 9)) for d in mirrored) == expected
    assert all(d.state == "same" for d in compare(other, other))


def test_that_a_wider_tolerance_takes_a_small_move_for_none() -> None:
    shifted = [(i, n, p, at(0.0004) @ pose) for i, n, p, pose in NODES]
    assert set(states(compare(twin(PARTS, NODES), twin(PARTS, shifted)))) == {"moved"}
    assert set(states(compare(twin(PARTS, NODES), twin(PARTS, shifted), Tolerance(length_m=0.001)))) == {"same"}
