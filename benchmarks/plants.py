"""The made-up plants that are drawn in the benchmarks: thousands of parts of a few hundred shapes, as in performance studies."""

from __future__ import annotations

import numpy as np
from immutables import Map

from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part

SHAPES = 300
BOXES, COARSE, FINE = 0, 6, 22
"""Sides of the shapes (0: boxes). Few show the traversal, which binds on a graphics card; many the triangles."""


def ball(rng: np.random.Generator, sides: int) -> Mesh:
    """A lumpy ball of about sides² triangles; each differs."""
    theta, phi = np.linspace(0, np.pi, sides // 2 + 1), np.arange(sides) * 2 * np.pi / sides
    t, p = (a.ravel() for a in np.meshgrid(theta, phi, indexing="ij"))
    points = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=1) * rng.uniform(0.25, 0.45, 3)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(sides // 2), np.arange(sides), indexing="ij"))
    a, b, c, d = i * sides + j, i * sides + (j + 1) % sides, (i + 1) * sides + j, (i + 1) * sides + (j + 1) % sides
    return Mesh(points, np.concatenate([np.stack([a, c, d], axis=1), np.stack([a, d, b], axis=1)]).astype(np.int32))


def box(rng: np.random.Generator) -> Mesh:
    """Twelve triangles; each box is of another size."""
    points = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * rng.uniform(0.25, 0.45, 3)
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return Mesh(points, np.array([t for a, b, c, d in faces for t in ((a, b, c), (a, c, d))], dtype=np.int32))


def plant(parts: int, sides: int, shapes: int = SHAPES) -> Twin:
    """That many instances of a few shapes, a metre apart on a floor."""
    rng = np.random.default_rng(1)
    library = {
        PartId(f"p{i}"): Part(
            PartId(f"p{i}"), f"p{i}", ball(rng, sides) if sides else box(rng), tuple(rng.integers(90, 200, 3).tolist())
        )
        for i in range(min(shapes, parts))
    }
    names = list(library)
    wide = int(np.sqrt(parts * 1.6))
    nodes = {
        NodeId(f"n{i}"): Node(NodeId(f"n{i}"), "", ROOT, Pose.from_xyz_rpy((i % wide, i // wide, 0.5)), names[i % len(names)])
        for i in range(parts)
    }
    return Twin("plant", parts=Map(library), nodes=Map(nodes), children=Map({ROOT: tuple(nodes)}))
