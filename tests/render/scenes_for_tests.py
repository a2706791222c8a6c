"""Small shapes and twins that the drawing tests share."""

from __future__ import annotations

import math

import numpy as np
from immutables import Map

from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part, Rgb

_BOX = [
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
]


def box(x_m: float = 1.0, y_m: float = 1.0, z_m: float = 1.0) -> Mesh:
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    return Mesh(signs * [x_m / 2, y_m / 2, z_m / 2], np.array(_BOX, dtype=np.int32))


def cylinder(radius_m: float, height_m: float, sides: int = 32) -> Mesh:
    turn = np.arange(sides) * 2 * math.pi / sides
    ring = np.stack([np.cos(turn) * radius_m, np.sin(turn) * radius_m], axis=1)
    points = np.concatenate([np.c_[ring, np.zeros(sides)], np.c_[ring, np.full(sides, height_m)], [[0, 0, 0], [0, 0, height_m]]])
    i = np.arange(sides)
    j = (i + 1) % sides
    foot, head = np.full(sides, 2 * sides), np.full(sides, 2 * sides + 1)
    faces = [
        np.stack(t, axis=1) for t in ((i, j, j + sides), (i, j + sides, i + sides), (foot, j, i), (head, i + sides, j + sides))
    ]
    return Mesh(points, np.concatenate(faces).astype(np.int32))


def sphere(radius_m: float, sides: int = 24) -> Mesh:
    theta, phi = np.linspace(0, math.pi, sides // 2 + 1), np.arange(sides) * 2 * math.pi / sides
    t, p = (a.ravel() for a in np.meshgrid(theta, phi, indexing="ij"))
    points = radius_m * np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=1)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(sides // 2), np.arange(sides), indexing="ij"))
    a, b, c, d = i * sides + j, i * sides + (j + 1) % sides, (i + 1) * sides + j, (i + 1) * sides + (j + 1) % sides
    return Mesh(points, np.concatenate([np.stack([a, c, d], axis=1), np.stack([a, d, b], axis=1)]).astype(np.int32))


class Builder:
    """Collects parts and nodes into a twin."""

    def __init__(self) -> None:
        self.parts: dict[PartId, Part] = {}
        self.nodes: dict[NodeId, Node] = {}

    def part(self, name: str, mesh: Mesh, colour: Rgb = (180, 120, 60), opacity: float = 1.0) -> None:
        self.parts[PartId(name)] = Part(PartId(name), name, mesh, colour, opacity)

    def node(
        self,
        name: str,
        part: str | None = None,
        xyz_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
        rpy_rad: tuple[float, float, float] = (0.0, 0.0, 0.0),
        parent: str = "",
        kind: str = "",
        colour: Rgb | None = None,
    ) -> None:
        pose = Pose.from_xyz_rpy(xyz_m, rpy_rad)
        self.nodes[NodeId(name)] = Node(NodeId(name), name, NodeId(parent), pose, PartId(part) if part else None, colour, kind)

    def twin(self) -> Twin:
        children: dict[NodeId, list[NodeId]] = {ROOT: []}
        for node in self.nodes.values():
            children.setdefault(node.parent, []).append(node.id)
        return Twin(
            "test", parts=Map(self.parts), nodes=Map(self.nodes), children=Map({k: tuple(v) for k, v in children.items()})
        )


def three_boxes() -> Twin:
    """a, b, c in a row along x, 2 m apart, each 1 m; b is a ball's parent."""
    build = Builder()
    build.part("box", box())
    build.part("ball", sphere(0.3), (60, 140, 190))
    for i, name in enumerate("abc"):
        build.node(name, "box", (2.0 * i, 0.0, 0.5))
    build.node("b.ball", "ball", (0.0, 0.0, 0.8), parent="b")
    return build.twin()


def workshop() -> Twin:
    """A little hall with a bench, a robot's arm, a cabinet, a glass screen and a roof."""
    build = Builder()
    build.part("floor", box(12, 9, 0.1), (176, 178, 176))
    build.part("wall", box(12, 0.2, 4), (200, 204, 206))
    build.part("roof", box(12, 9, 0.2), (150, 155, 160))
    build.part("table", box(2.4, 1.4, 0.1), (190, 195, 200))
    build.part("leg", box(0.1, 0.1, 0.8), (80, 86, 94))
    build.part("arm", cylinder(0.16, 1.2), (232, 119, 34))
    build.part("joint", sphere(0.24), (60, 64, 70))
    build.part("cabinet", box(0.9, 0.6, 1.9), (210, 213, 216))
    build.part("screen", box(3.0, 0.03, 1.8), (120, 190, 200), 0.3)
    build.node("hall", kind="hall")
    build.node("floor", "floor", (0, 0, -0.05), parent="hall")
    build.node("wall", "wall", (0, 4.4, 2.0), parent="hall")
    build.node("roof", "roof", (0, 0, 4.1), kind="roof")
    build.node("table", "table", (-1.5, 0, 0.85))
    for i, (x, y) in enumerate(((-1.1, -0.6), (1.1, -0.6), (-1.1, 0.6), (1.1, 0.6))):
        build.node(f"leg{i}", "leg", (x, y, -0.45), parent="table")
    build.node("arm", "arm", (1.4, 0.6, 0.0))
    build.node("joint", "joint", (0, 0, 1.25), parent="arm")
    build.node("forearm", "arm", (0, 0, 0), (0, 1.9, 2.6), parent="joint")
    build.node("cabinet", "cabinet", (3.2, 2.2, 0.95))
    build.node("screen", "screen", (1.2, -1.6, 0.9))
    return build.twin()
