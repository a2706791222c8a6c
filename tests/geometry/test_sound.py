"""What no model may bring into the scene, one fault each; the same model without it comes through."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from viewer.base.frames import Pose
from viewer.base.ids import NodeId, PartId
from viewer.geometry.broken import BrokenFile
from viewer.geometry.checks import admitted, bounded, verified
from viewer.geometry.model import GeometryModel
from viewer.geometry.sound import MAX_DEPTH
from viewer.twin.clouds import PointCloud
from viewer.twin.joints import Joint
from viewer.twin.parts import NO_MESH, Mesh, Node, Part
from viewer.twin.pmi import PmiEntry

POINTS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
PART = Part(PartId("p"), "p", Mesh(POINTS, np.array([[0, 1, 2]], np.int32)))
NODES = (Node(NodeId("a"), "a"), Node(NodeId("b"), "b", NodeId("a"), part=PartId("p")))
MODEL = GeometryModel("x", "m", (PART,), NODES, joints=(Joint(NodeId("b"), "j", "revolute"),))


def mesh(points: ArrayLike = POINTS, triangles: ArrayLike = ((0, 1, 2),), **more: NDArray[Any]) -> GeometryModel:
    made = Mesh(np.array(points, np.float64), np.array(triangles, np.int32), **more)
    return replace(MODEL, parts=(replace(PART, mesh=made),))


def cloud(points: ArrayLike = POINTS, starts: ArrayLike = (0, 3), rgb: NDArray[np.uint8] | None = None) -> GeometryModel:
    corners = np.array([[[0, 0, 0], [1, 1, 0]]], np.float32)
    made = PointCloud(np.array(points, np.float32), np.array(starts, np.int64), corners, rgb=rgb)
    return replace(MODEL, parts=(replace(PART, mesh=NO_MESH, cloud=made),))


def with_nodes(*nodes: Node) -> GeometryModel:
    return replace(MODEL, nodes=nodes, joints=())


def with_joint(**changes: Any) -> GeometryModel:
    return replace(MODEL, joints=(replace(MODEL.joints[0], **changes),))


CHAIN = tuple(Node(NodeId(str(i)), "n", NodeId(str(i - 1) if i else "")) for i in range(MAX_DEPTH + 1))
FAULTS = {
    "NaN": (mesh([[math.nan, 0, 0]] * 3), "no finite numbers"),
    "infinity": (mesh([[math.inf, 0, 0]] * 3), "no finite numbers"),
    "far out": (mesh([[1e7, 0, 0]] * 3), "reaches over"),
    "a corner that is not there": (mesh(triangles=[[0, 1, 3]]), "names vertex 3 of 3"),
    "a negative corner": (mesh(triangles=[[0, 1, -1]]), "names vertex"),
    "flat points": (mesh(np.zeros((3, 2))), "numbers"),
    "faces that don't fit": (mesh(face_of_triangle=np.zeros(2, np.int32)), "don't match"),
    "NaN normals": (mesh(normals=np.full((3, 3), np.nan, np.float32)), "normals"),
    "NaN in a scan": (cloud([[math.nan, 0, 0]] * 3), "no finite numbers"),
    "chunks that end early": (cloud(starts=(0, 2)), "chunks"),
    "chunks that go back": (cloud(starts=(3, 0)), "chunks"),
    "colours of fewer points": (cloud(rgb=np.zeros((2, 3), np.uint8)), "chunks, colours"),
    "one id twice": (with_nodes(NODES[0], NODES[0]), "one id"),
    "a parent that comes later": (with_nodes(NODES[1], NODES[0]), "none of the nodes before"),
    "a ring": (with_nodes(Node(NodeId("a"), "a", NodeId("a"))), "none of the nodes before"),
    "too deep": (with_nodes(*CHAIN), "nested more than"),
    "a part that is not there": (with_nodes(Node(NodeId("a"), "a", part=PartId("q"))), "not there"),
    "a place of NaN": (with_nodes(replace(NODES[0], parent_from_node=Pose((math.nan,) * 12))), "no finite number"),
    "a joint of nothing": (with_joint(node=NodeId("c")), "moves a node that is not there"),
    "an axis of no length": (with_joint(axis=(0.0, 0.0, 0.0)), "axis"),
    "a limit of NaN": (with_joint(low=math.nan), "axis or limits"),
    "an opacity of 2": (replace(MODEL, parts=(replace(PART, opacity=2.0),)), "opacity"),
    "a colour of 300": (replace(MODEL, parts=(replace(PART, colour=(300, 0, 0)),)), "colour"),
    "two parts of one id": (replace(MODEL, parts=(PART, PART)), "one id"),
    "a property without end": (replace(MODEL, parts=(replace(PART, properties={"k": "v" * 200_000}),)), "property"),
    "a tolerance on face -1": (
        replace(MODEL, parts=(replace(PART, pmi=(PmiEntry("1", "datum", "datum", "A", faces=(-1,)),)),)),
        "face",
    ),
    "a tolerance of infinity": (
        replace(MODEL, parts=(replace(PART, pmi=(PmiEntry("1", "tolerance", "flatness", "", value=math.inf),)),)),
        "no finite number",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_that_a_fault_is_refused_where_it_is_read_and_where_it_is_handed_over(what: str) -> None:
    model, said = FAULTS[what]
    for door in (admitted, verified):
        with pytest.raises(BrokenFile, match=said):
            door(model)


def test_that_the_model_without_a_fault_comes_through_and_names_are_made_readable() -> None:
    assert verified(admitted(MODEL)).parts == MODEL.parts
    odd = replace(MODEL, nodes=(replace(NODES[0], name="a\n\x00b" * 100), NODES[1]))
    name = admitted(odd).nodes[0].name
    assert name.isprintable()
    assert len(name) <= 120


def test_that_warnings_are_told_once_on_one_line_and_not_without_end() -> None:
    told = bounded(["one\ntwo", "one two", *(f"{i}" for i in range(500))])
    assert told[0] == "one two"
    assert told[-1] == "and 301 more warnings"
    assert len(told) == 201
