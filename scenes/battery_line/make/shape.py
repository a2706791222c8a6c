"""A shape: coloured surfaces in one frame, put together piece by piece, and what a mesh of the GLB file is made from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.battery_line.make import solids
from scenes.battery_line.make.solids import Surface

Vec = Sequence[float]
DIRECTIONS = {"x": (1, 0, 0), "-x": (-1, 0, 0), "y": (0, 1, 0), "-y": (0, -1, 0), "z": (0, 0, 1), "-z": (0, 0, -1)}


def turn(degrees: float, axis: str = "z") -> NDArray[np.float64]:
    """Rotation (3, 3) by the right hand about x, y or z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


class Shape:
    """Coloured surfaces; every method adds one and returns the shape, so that calls chain."""

    def __init__(self, name: str, *, crease_deg: float = 40.0) -> None:
        self.name = name
        self.crease_deg = crease_deg
        self.surfaces: dict[str, list[Surface]] = {}

    def add(self, material: str, surface: Surface, at: Vec = (0, 0, 0), turned: NDArray[np.float64] | None = None) -> Shape:
        """A surface of a material, turned and then moved."""
        points, triangles = surface
        moved = (points if turned is None else points @ turned.T) + np.asarray(at, dtype=np.float64)
        self.surfaces.setdefault(material, []).append((moved, triangles))
        return self

    def put(self, other: Shape, at: Vec = (0, 0, 0), turned: NDArray[np.float64] | None = None) -> Shape:
        """All of another shape, turned and then moved."""
        for material, surfaces in other.surfaces.items():
            for surface in surfaces:
                self.add(material, surface, at, turned)
        return self

    def box(self, material: str, size: Vec, at: Vec = (0, 0, 0), *, bevel: float = 0.0, rz: float = 0.0) -> Shape:
        """A box whose bottom face is centred at `at`."""
        return self.add(material, solids.box(size, bevel_m=bevel), at, turn(rz) if rz else None)

    def bar(self, material: str, start: Vec, end: Vec, width: float, height: float | None = None, *, bevel: float = 0.0) -> Shape:
        """A straight bar from point to point; `height` lies towards z."""
        a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
        size = (height or width, width, float(np.linalg.norm(b - a)))
        return self.add(material, solids.box(size, bevel_m=bevel), a, solids.axes(b - a))

    def rod(self, material: str, radius: float, length: float, at: Vec = (0, 0, 0), axis: str = "z", *, sides: int = 14,
            bevel: float = 0.0) -> Shape:  # fmt: skip
        """A cylinder from `at` along an axis."""
        surface = solids.cylinder(radius, length, sides=sides, bevel_m=bevel)
        return self.add(material, surface, at, None if axis == "z" else solids.axes(DIRECTIONS[axis]))

    def lathe(self, material: str, profile: Sequence[tuple[float, float]], at: Vec = (0, 0, 0), axis: str = "z", *,
              sides: int = 20) -> Shape:  # fmt: skip
        """A body turned about an axis through `at` from (radius, distance) pairs."""
        return self.add(material, solids.turned(profile, sides), at, None if axis == "z" else solids.axes(DIRECTIONS[axis]))

    def slab(self, material: str, outline: ArrayLike, thickness: float, at: Vec = (0, 0, 0), axis: str = "z", *,
             bevel: float = 0.0) -> Shape:  # fmt: skip
        """An outline pulled along an axis. For axis y the outline is given in (x, z), for x in (y, z)."""
        surface = solids.prism(outline, thickness, bevel_m=bevel)
        if axis == "y":  # (u, v, w) to (u, w, v) is a reflection, so the surface is turned over
            points, triangles = surface
            surface = (points[:, [0, 2, 1]], triangles[:, ::-1])
        elif axis == "x":
            points, triangles = surface
            surface = (points[:, [2, 0, 1]], triangles)
        return self.add(material, surface, at)

    def pipe(self, material: str, way: ArrayLike, radius: float, *, sides: int = 8, curved: int = 0) -> Shape:
        """A pipe or cable along a polyline, made a smooth curve of `curved` pieces to each leg."""
        return self.add(material, solids.pipe(solids.smooth(way, curved) if curved else way, radius, sides=sides))

    def loft(self, material: str, rings: ArrayLike, at: Vec = (0, 0, 0)) -> Shape:
        """A skin over rings (k, n, 3)."""
        return self.add(material, solids.loft(rings), at)

    def seen(self) -> dict[str, Surface]:
        """One surface a material, without the pairs of faces that bodies put together turn to each other: nobody sees them."""
        joined = {material: solids.joined(surfaces) for material, surfaces in self.surfaces.items()}
        offsets = np.cumsum([0, *(len(points) for points, _ in joined.values())])
        points = np.concatenate([points for points, _ in joined.values()])
        _, place = np.unique(np.round(points, 5), axis=0, return_inverse=True)
        starts = dict(zip(joined, offsets, strict=False))
        corners = np.concatenate([np.sort(place.reshape(-1)[t + starts[m]], axis=1) for m, (_, t) in joined.items()])
        _, face, counts = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
        shown = np.split(counts[face.reshape(-1)] != 2, np.cumsum([len(t) for _, t in joined.values()])[:-1])
        return {m: (p, t[keep]) for (m, (p, t)), keep in zip(joined.items(), shown, strict=True) if keep.any()}

    def triangles(self) -> int:
        """How many triangles it has."""
        return sum(len(t) for surfaces in self.surfaces.values() for _, t in surfaces)
