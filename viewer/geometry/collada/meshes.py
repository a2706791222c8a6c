"""COLLADA geometries as triangles: polygons, strips and fans of several inputs made into points, normals and colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.broken import broken
from viewer.geometry.collada.document import Document
from viewer.geometry.collada.sources import Input, Sources, inputs
from viewer.geometry.markup import int_array, named
from viewer.geometry.polygons import triangulate

KINDS = ("triangles", "polylist", "polygons", "tristrips", "trifans")
_FLAT = ("lines", "linestrips")

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Surface:
    """The triangles of one primitive, in the file's own numbers."""

    material: str
    """The symbol that an instance binds; empty where it has none."""
    points: NDArray[np.float64]
    triangles: NDArray[np.int32]
    normals: NDArray[np.float32] | None
    rgb: NDArray[np.uint8] | None
    """(m, 3) colours of the triangles, where the corners have colours."""


class Meshes:
    """The surfaces of each geometry, read once, and what was left out."""

    def __init__(self, document: Document, warn: Callable[[str], None]) -> None:
        self._document = document
        self._warn = warn
        self._known: dict[int, tuple[Surface, ...]] = {}
        self.points = 0
        self.flat = self.other = self.holes = 0
        """Primitives of lines and geometries of other kinds, which are not shown, and holes of polygons, which are filled."""

    def surfaces(self, geometry: Element) -> tuple[Surface, ...]:
        """Of a <geometry>. Raises BrokenFile."""
        key = id(geometry)
        if key not in self._known:
            self._known[key] = self._read(geometry)
        return self._known[key]

    def _read(self, geometry: Element) -> tuple[Surface, ...]:
        mesh = geometry.find("mesh")
        called = f"geometry {(geometry.get('name') or geometry.get('id') or '?')[:60]!r}"
        if mesh is None:
            self.other += 1
            return ()
        self.flat += sum(1 for one in mesh if one.tag in _FLAT)
        self.holes += len(mesh.findall("polygons/ph/h"))
        streams, sources = _of_vertices(mesh, called), Sources(self._document, mesh)
        found = [self._surface(one, streams, sources, called) for one in mesh if one.tag in KINDS]
        return tuple(one for one in found if one is not None)

    def _surface(self, primitive: Element, vertices: list[Input], sources: Sources, called: str) -> Surface | None:
        streams = inputs(primitive, called)
        stride = max((one.offset for one in streams), default=0) + 1
        place = next((one for one in streams if one.semantic == "VERTEX"), None)
        if place is None:
            broken(f"{called} has a primitive without vertices; export it again")
        corners, counts = _corners(primitive, stride, called)
        if not len(corners):
            return None
        spread = [*streams, *(Input(one.semantic, one.source, place.offset) for one in vertices)]
        points = self._stream(sources, spread, "POSITION", corners, called)
        assert points is not None
        turned = self._stream(sources, spread, "NORMAL", corners, called)
        painted = self._stream(sources, spread, "COLOR", corners, called)
        triangles = self._triangles(primitive.tag, points, counts)
        return _assembled(primitive.get("material") or "", triangles, points, turned, painted)

    def _stream(
        self, sources: Sources, spread: list[Input], semantic: str, corners: Indices, called: str
    ) -> tuple[NDArray[np.float64], Indices] | None:
        """The rows of the first input with this meaning, and the row that each corner names."""
        found = next((one for one in spread if one.semantic == semantic), None)
        if found is None:
            if semantic == "POSITION":
                broken(f"{called} has no positions; export it again")
            return None
        rows = sources.rows(found.source, 3, called)
        index = corners[:, found.offset]
        if int(index.min()) < 0 or int(index.max()) >= len(rows):
            broken(f"{called} names {semantic.lower()} {int(index.max())} of {len(rows)}; export it again")
        if semantic == "POSITION":
            self.points += len(rows)
        return rows, index

    def _triangles(self, tag: str, points: tuple[NDArray[np.float64], Indices], counts: Indices) -> Indices:
        """(m, 3) numbers of corners."""
        starts = np.cumsum(counts) - counts
        if tag == "triangles" or (tag in ("polylist", "polygons") and bool((counts == 3).all())):
            return np.arange(int(counts.sum())).reshape(-1, 3)
        if tag in ("polylist", "polygons"):
            return triangulate(points[0][points[1]], np.arange(int(counts.sum())), counts)[0]
        steps = np.maximum(counts - 2, 0)
        start = np.repeat(starts, steps)
        step = np.arange(int(steps.sum())) - np.repeat(np.cumsum(steps) - steps, steps)
        if tag == "trifans":
            return np.stack([start, start + step + 1, start + step + 2], axis=1)
        odd = step % 2
        return np.stack([start + step, start + step + 1 + odd, start + step + 2 - odd], axis=1)


def _of_vertices(mesh: Element, called: str) -> list[Input]:
    """The inputs of <vertices>: positions, and what goes with them."""
    vertices = mesh.find("vertices")
    return [] if vertices is None else inputs(vertices, called)


def _corners(primitive: Element, stride: int, called: str) -> tuple[Indices, Indices]:
    """(n, stride) indices of all corners, and (k,) how many corners each polygon, strip or fan has."""
    lists = [*named(primitive, "p"), *(hole.find("p") for hole in named(primitive, "ph"))]
    flat = [int_array(one.text, f"the indices of {called}") for one in lists if one is not None]
    if any(len(one) % stride for one in flat):
        broken(f"the indices of {called} are no multiple of its {stride} inputs; export it again")
    lengths = np.array([len(one) // stride for one in flat], dtype=np.int64)
    corners = np.concatenate(flat).reshape(-1, stride) if flat else np.zeros((0, stride), np.int64)
    if primitive.tag == "triangles":
        whole = len(corners) // 3 * 3
        return corners[:whole], np.full(whole // 3, 3, dtype=np.int64)
    if primitive.tag != "polylist":
        return corners, lengths
    counts = int_array(next((one.text for one in named(primitive, "vcount")), ""), f"the counts of {called}")
    if len(counts) and (int(counts.min()) < 0 or int(counts.sum()) != len(corners)):
        broken(f"the counts of {called} sum to {int(counts.sum())}, and it has {len(corners)} corners; export it again")
    if len(corners) and not len(counts):
        broken(f"{called} has a polylist without counts; export it again")
    return corners, counts


def _assembled(
    material: str,
    triangles: Indices,
    points: tuple[NDArray[np.float64], Indices],
    turned: tuple[NDArray[np.float64], Indices] | None,
    painted: tuple[NDArray[np.float64], Indices] | None,
) -> Surface:
    """One point for each pair of a position and a normal that some corner has."""
    place = points[1][triangles]
    rgb = None
    if painted is not None:
        means = np.nan_to_num(painted[0][painted[1][triangles]].mean(axis=1))
        rgb = np.rint(np.clip(means, 0.0, 1.0) * 255).astype(np.uint8)
    if turned is None:
        used, index = np.unique(place, return_inverse=True)
        return Surface(material, points[0][used], index.reshape(-1, 3).astype(np.int32), None, rgb)
    key = place * len(turned[0]) + turned[1][triangles]
    used, index = np.unique(key, return_inverse=True)
    normals = turned[0][used % len(turned[0])]
    with np.errstate(over="ignore", invalid="ignore"):
        length = np.linalg.norm(normals, axis=1)
    unit = normals / np.where(length > 0, length, 1.0)[:, None] if np.isfinite(length).all() and (length > 0).all() else None
    return Surface(
        material,
        points[0][used // len(turned[0])],
        index.reshape(-1, 3).astype(np.int32),
        None if unit is None else unit.astype(np.float32),
        rgb,
    )
