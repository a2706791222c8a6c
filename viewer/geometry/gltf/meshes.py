"""glTF meshes as parts: the primitives of one mesh joined, split only where some are see-through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import PartId
from viewer.geometry.broken import broken
from viewer.geometry.clouds.of_points import Block, cloud_of
from viewer.geometry.gltf.accessors import MAX_ELEMENTS, Accessors
from viewer.geometry.gltf.document import Document, MeshTable, Primitive
from viewer.geometry.gltf.draco import unpack
from viewer.geometry.gltf.looks import Looks
from viewer.geometry.naming import UniqueIds, clean
from viewer.geometry.pictures import srgb_from_linear
from viewer.twin.parts import NO_MESH, Mesh, Part

_POINTS, _LINES, _TRIANGLES, _STRIP, _FAN = 0, (1, 2, 3), 4, 5, 6


@dataclass(frozen=True, slots=True)
class Surface:
    """One primitive, decoded."""

    vertices: tuple[int, int | None]
    """The accessors of its positions and normals: primitives that share both share the points."""
    points: NDArray[np.float64]
    normals: NDArray[np.float32] | None
    triangles: NDArray[np.int64]
    rgb: NDArray[np.uint8] | None
    opacity: float
    material: str


@dataclass(frozen=True, slots=True)
class MeshParts:
    """What one glTF mesh became."""

    parts: tuple[tuple[Part, str], ...]
    """Each part with its main material's name; mostly one."""
    primitives: int
    triangles: int


class Meshes:
    """The parts of one document, each mesh decoded once."""

    def __init__(self, document: Document, accessors: Accessors, looks: Looks, scale: float, warn: Callable[[str], None]) -> None:
        self._document = document
        self._accessors = accessors
        self._looks = looks
        self._scale = scale
        self._warn = warn
        self._ids = UniqueIds()
        self._known: dict[int, MeshParts] = {}
        self._left = MAX_ELEMENTS
        self.points = 0
        self.lines = 0
        """Primitives of lines, which are left out."""

    def parts(self) -> tuple[Part, ...]:
        """All parts so far."""
        return tuple(part for mesh in self._known.values() for part, _ in mesh.parts)

    def __getitem__(self, index: int) -> MeshParts:
        if index not in self._known:
            if index >= len(self._document.meshes):
                broken(f"a node shows mesh {index} of {len(self._document.meshes)}; export it again")
            self._known[index] = self._mesh(index, self._document.meshes[index])
        return self._known[index]

    def _mesh(self, index: int, table: MeshTable) -> MeshParts:
        name = clean(table.name) or f"mesh{index}"
        surfaces = [s for s in (self._surface(p, f"mesh {name!r}") for p in table.primitives) if s is not None]
        groups: dict[float, list[Surface]] = {}
        for surface in sorted(surfaces, key=lambda s: -s.opacity):
            groups.setdefault(surface.opacity, []).append(surface)
        parts = tuple((self._part(name, group, first=i == 0), group[0].material) for i, group in enumerate(groups.values()))
        cloud = self._cloud(name, table, first=not parts)
        parts += () if cloud is None else ((cloud, "points"),)
        return MeshParts(parts, len(surfaces) + (cloud is not None), sum(len(s.triangles) for s in surfaces))

    def _cloud(self, name: str, table: MeshTable, *, first: bool) -> Part | None:
        """The primitives of points of one mesh; None where it has none."""
        blocks = [self._block(p, f"mesh {name!r}") for p in table.primitives if p.mode == _POINTS]
        settled = cloud_of(blocks)
        if settled is None:
            return None
        if settled.dropped:
            self._warn(f"{settled.dropped} points of mesh {name!r} are no finite numbers, or too far out, and are left out")
        wanted = name if first else f"{name}.points"
        self.points += settled.kept
        return Part(PartId(self._ids.take(wanted)), wanted, NO_MESH, cloud=settled.cloud)

    def _block(self, primitive: Primitive, of: str) -> Block:
        """The points of one primitive with their colours: of its vertices, else of its material."""
        if "POSITION" not in primitive.attributes:
            broken(f"{of} has points without positions; export it again")
        position = primitive.attributes["POSITION"]
        points = self._accessors.floats(position, kinds=("VEC3",), use=f"positions of {of}") * self._scale
        corners = None if primitive.indices is None else self._corners(primitive, len(points), of)
        self._spend(len(points) + (0 if corners is None else len(corners)))
        linear, _ = self._looks.linear(primitive.material)
        colours = self._linear_of_vertices(primitive, len(points), of)
        if colours is not None:
            rgb = srgb_from_linear(colours * linear)
        elif primitive.material is not None:
            rgb = np.repeat(self._looks.srgb(primitive.material), len(points), axis=0)
        else:
            rgb = None
        if corners is None:
            return points, rgb
        return points[corners], None if rgb is None else rgb[corners]

    def _part(self, name: str, group: list[Surface], *, first: bool) -> Part:
        wanted = name if first else f"{name}.{clean(group[0].material) or 'see-through'}"
        mesh, colour = joined(group)
        self.points += len(mesh.points_in_part)
        return Part(PartId(self._ids.take(wanted)), wanted, mesh, colour, group[0].opacity)

    def _surface(self, primitive: Primitive, of: str) -> Surface | None:
        if primitive.mode == _POINTS:
            return None
        if primitive.mode in _LINES:
            self.lines += 1
            return None
        if primitive.mode > _FAN or primitive.mode < 0 or "POSITION" not in primitive.attributes:
            broken(f"{of} has a primitive of mode {primitive.mode} or without positions; export it again")
        position, normal = primitive.attributes["POSITION"], primitive.attributes.get("NORMAL")
        unpack(primitive, self._accessors, of)
        points = self._accessors.floats(position, kinds=("VEC3",), use=f"positions of {of}") * self._scale
        corners = self._corners(primitive, len(points), of)
        self._spend(len(points) + len(corners))
        triangles = _triangles(corners, primitive.mode)
        normals = self._normals(normal, len(points), of)
        linear, opacity = self._looks.linear(primitive.material)
        rgb = self._vertex_colours(primitive, linear, triangles, len(points), of)
        if rgb is None and primitive.material is not None:
            rgb = self._looks.srgb(primitive.material)
        return Surface((position, normal), points, normals, triangles, rgb, opacity, self._looks.name(primitive.material))

    def _corners(self, primitive: Primitive, count: int, of: str) -> NDArray[np.int64]:
        if primitive.indices is None:
            return np.arange(count, dtype=np.int64)
        corners = self._accessors.array(primitive.indices, kinds=("SCALAR",), use=f"indices of {of}")[:, 0]
        if corners.dtype.kind != "u":
            broken(f"the indices of {of} are not unsigned whole numbers; export it again")
        if len(corners) and int(corners.max()) >= count:
            broken(f"{of} names vertex {int(corners.max())} of {count}; the file is damaged: export it again")
        return corners.astype(np.int64)

    def _normals(self, index: int | None, count: int, of: str) -> NDArray[np.float32] | None:
        if index is None:
            return None
        normals = self._accessors.floats(index, kinds=("VEC3",), use=f"normals of {of}")
        if len(normals) != count or not np.isfinite(normals).all():
            self._warn(f"the normals of {of} are damaged and are made anew")
            return None
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        normals[length[:, 0] == 0] = (0.0, 0.0, 1.0)
        return (normals / np.where(length > 0, length, 1.0)).astype(np.float32)

    def _vertex_colours(
        self, primitive: Primitive, linear: NDArray[np.float64], triangles: NDArray[np.int64], count: int, of: str
    ) -> NDArray[np.uint8] | None:
        colours = self._linear_of_vertices(primitive, count, of)
        return None if colours is None else srgb_from_linear(colours[triangles].mean(axis=1) * linear)

    def _linear_of_vertices(self, primitive: Primitive, count: int, of: str) -> NDArray[np.float64] | None:
        """(count, 3) linear colours of the vertices; None where they have none."""
        index = primitive.attributes.get("COLOR_0")
        if index is None:
            return None
        colours = self._accessors.floats(index, kinds=("VEC3", "VEC4"), use=f"colours of {of}")[:, :3]
        if len(colours) != count:
            broken(f"{of} has {count} vertices and {len(colours)} colours; export it again")
        return colours

    def _spend(self, elements: int) -> None:
        self._left -= elements
        if self._left < 0:
            broken(f"it holds more than the {MAX_ELEMENTS} vertices and corners allowed; split the model")


def _triangles(corners: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    """(m, 3) from a list, strip or fan of corners (glTF 2.0, 3.7.2.1); corners left over at the end are dropped."""
    count = max(len(corners) - 2, 0)
    if mode == _TRIANGLES:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3)
    if mode == _STRIP:
        odd = np.arange(count) % 2
        i = np.arange(count)
        return np.stack([corners[i], corners[i + 1 + odd], corners[i + 2 - odd]], axis=1)
    return np.stack([corners[1 : count + 1], corners[2 : count + 2], np.broadcast_to(corners[:1], (count,))], axis=1)


def joined(group: list[Surface]) -> tuple[Mesh, tuple[int, int, int] | None]:
    """One mesh of several surfaces, and its main colour: that of most triangles."""
    starts: dict[tuple[int, int | None], int] = {}
    blocks: list[Surface] = []
    total = 0
    for surface in group:
        if surface.vertices not in starts:
            starts[surface.vertices] = total
            total += len(surface.points)
            blocks.append(surface)
    triangles = np.concatenate([s.triangles + starts[s.vertices] for s in group]).astype(np.int32)
    normals = [s.normals for s in blocks if s.normals is not None]
    all_normals = np.concatenate(normals) if len(normals) == len(blocks) else None
    rgb, colour = _colours(group)
    return Mesh(np.concatenate([s.points for s in blocks]), triangles, all_normals, None, rgb), colour


def _colours(group: list[Surface]) -> tuple[NDArray[np.uint8] | None, tuple[int, int, int] | None]:
    known = [s.rgb for s in group if s.rgb is not None and len(s.triangles)]
    if not known:
        return None, None
    white = np.full((1, 3), 255, np.uint8)
    each = [np.broadcast_to(white if s.rgb is None else s.rgb, (len(s.triangles), 3)) for s in group]
    largest = max(each, key=len)
    r, g, b = (int(v) for v in np.median(largest, axis=0)) if len(largest) else (255, 255, 255)
    rgb = np.concatenate(each)
    return (None if (rgb == rgb[:1]).all() else rgb), (r, g, b)
