"""A small plant that the twin's tests share: a robot of two links on a table, a carrier on an aisle, a pack with two cells."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from immutables import Map

from viewer.base.frames import Pose
from viewer.twin.channels import Binding, Channel, Limits, Path, StateLabel
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part
from viewer.twin.process import Characteristic, Flow, Station, View

TwinMaker = Callable[..., Twin]


def unit_box(part: str = "box", size: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Part:
    corners = np.array([[x, y, z] for x in (0.0, size[0]) for y in (0.0, size[1]) for z in (0.0, size[2])])
    return Part(part, part, Mesh(corners, np.array([[0, 1, 2]], dtype=np.int32)))


def twin_of(
    nodes: Iterable[Node],
    *,
    channels: Iterable[Channel] = (),
    bindings: Iterable[Binding] = (),
    paths: Iterable[Path] = (),
    parts: Iterable[Part] = (),
    **other: object,
) -> Twin:
    nodes = list(nodes)
    children: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        children[node.parent] = (*children.get(node.parent, ()), node.id)
    return Twin(
        parts=Map({p.id: p for p in (*parts, unit_box())}),
        nodes=Map({n.id: n for n in nodes}),
        children=Map(children),
        channels=Map({c.id: c for c in channels}),
        bindings=tuple(bindings),
        paths=Map({p.id: p for p in paths}),
        **other,
    )


def small_plant() -> Twin:
    nodes = [
        Node("hall", "Hall"),
        Node("table", "Table", "hall", Pose.from_xyz_rpy((10.0, 0.0, 1.0)), "box"),
        Node("link1", "Link 1", "table", Pose.from_xyz_rpy((0.0, 0.0, 0.5)), "box"),
        Node("link2", "Link 2", "link1", Pose.from_xyz_rpy((2.0, 0.0, 0.0)), "box"),
        Node("carrier", "Carrier", "hall", Pose.from_xyz_rpy((0.0, 5.0, 0.0))),
        Node("pack", "Pack", "carrier", Pose.from_xyz_rpy((0.0, 0.0, 1.0))),
        Node("cell1", "Cell 1", "pack", Pose.from_xyz_rpy((0.5, 0.0, 0.0)), "box"),
        Node("cell2", "Cell 2", "pack", Pose.from_xyz_rpy((-0.5, 0.0, 0.0)), "box"),
    ]
    states = (StateLabel(0, "idle", (128, 128, 128)), StateLabel(1, "running", (0, 200, 0)))
    channels = [
        Channel("j1", "Joint 1", "deg"),
        Channel("j2", "Joint 2", "rad"),
        Channel("s", "Way", "mm"),
        Channel("stage", "Stage", kind="counter"),
        Channel("temperature", "Temperature", "degC", low=0.0, high=100.0, node="cell1", limits=Limits(lo=10.0, hi=80.0)),
        Channel("state", "State", kind="state", states=states, node="table"),
        Channel("spare", "Spare", "bar"),
    ]
    bindings = [
        Binding("revolute", "j1", "link1"),
        Binding("revolute", "j2", "link2", axis=(0.0, 1.0, 0.0)),
        Binding("path", "s", "carrier", path="aisle"),
        Binding("visible", "stage", "pack", at_least=1.0),
        Binding("visible", "stage", "cell2", at_least=2.0),
        Binding("colour", "temperature", "pack"),
        Binding("colour", "state", "table"),
        Binding("label", "temperature", "pack"),
    ]
    return twin_of(
        nodes,
        channels=channels,
        bindings=bindings,
        paths=[Path("aisle", ((0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (10.0, 10.0, 0.0)))],
        characteristics=Map({"gap": Characteristic("gap", "Gap", 0.8, -0.3, 0.3, node="cell1")}),
        stations=Map({s: Station(s, s, n) for s, n in (("st1", "table"), ("st2", "carrier"))}),
        flows=Map({"f": Flow("f", "st1", "st2", 12.0)}),
        views=(View("Top", (0.0, 0.0, 50.0), (0.0, 0.0, 0.0)),),
    )


@pytest.fixture(scope="session")
def plant() -> Twin:
    return small_plant()


@pytest.fixture(scope="session")
def make_twin() -> TwinMaker:
    return twin_of
