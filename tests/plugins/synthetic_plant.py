"""A synthetic plant for the layout tests: boxes on a grid, in stations, on a floor."""

import numpy as np
from immutables import Map

from viewer.base.frames import Pose
from viewer.base.ids import ROOT, FlowId, NodeId, PartId, PathId, StationId
from viewer.twin.channels import Path
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part
from viewer.twin.process import Flow, Station

CUBE = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
FACES = np.array(
    [
        [0, 1, 3],
        [0, 3, 2],
        [4, 6, 7],
        [4, 7, 5],
        [0, 4, 5],
        [0, 5, 1],
        [2, 3, 7],
        [2, 7, 6],
        [0, 2, 6],
        [0, 6, 4],
        [1, 5, 7],
        [1, 7, 3],
    ],
    dtype=np.int32,
)


def plant(*places: tuple[float, float], parts_each: int = 1, spread_m: float = 0.0, extra: int = 0) -> Twin:
    """Stations s0, s1 … of unit cubes with their corner at the places, on a floor, with a flow from each to the next."""
    parts = {PartId("cube"): Part(PartId("cube"), "cube", Mesh(CUBE, FACES))}
    nodes = {NodeId("floor"): Node(NodeId("floor"), "floor", part=PartId("cube"), kind="floor")}
    children: dict[NodeId, tuple[NodeId, ...]] = {}
    stations: dict[StationId, Station] = {}
    for i, (x, y) in enumerate(places):
        station = NodeId(f"s{i}")
        nodes[station] = Node(station, station, parent_from_node=Pose.from_xyz_rpy((x, y, 0.0)), kind="station")
        stations[StationId(station)] = Station(StationId(station), station, station)
        names = [NodeId(f"s{i}.p{j}") for j in range(parts_each)]
        for j, name in enumerate(names):
            at = (spread_m * (j % 5), spread_m * (j // 5), 0.0)
            nodes[name] = Node(name, name, station, Pose.from_xyz_rpy(at), PartId("cube"))
        children[station] = tuple(names)
    for k in range(extra):
        name = NodeId(f"rack{k}")
        nodes[name] = Node(
            name, name, parent_from_node=Pose.from_xyz_rpy((3.0 * (k % 50), 60.0 + 3.0 * (k // 50), 0.0)), part=PartId("cube")
        )
    children[ROOT] = tuple(node.id for node in nodes.values() if node.parent == ROOT)
    flows = {
        FlowId(f"f{i}"): Flow(FlowId(f"f{i}"), StationId(f"s{i}"), StationId(f"s{i + 1}"), 10.0, 0.5)
        for i in range(len(places) - 1)
    }
    aisle = Path(PathId("aisle"), ((-10.0, 5.0, 0.0), (30.0, 5.0, 0.0)))
    return Twin(
        parts=Map(parts),
        nodes=Map(nodes),
        children=Map(children),
        stations=Map(stations),
        flows=Map(flows),
        paths=Map({aisle.id: aisle}),
    )
