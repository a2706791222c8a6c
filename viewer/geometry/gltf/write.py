"""Writes what is shown as one GLB (glTF 2.0): names, hierarchy, kinds and properties, shared meshes once, colours, normals.

What `viewer.geometry.gltf.reader` reads back is the same tree: the world is turned from z up to y up in the top-level nodes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.gltf.shown import ShownNode, ShownScene, shown_nodes
from viewer.geometry.gltf.write_buffers import GltfBuffers
from viewer.geometry.pictures import linear_from_srgb
from viewer.twin.clouds import PointCloud
from viewer.twin.parts import Mesh, Part, Rgb

MOST_COLOURS = 48
"""A part of more colours than this carries them on its vertices, others a primitive for each."""
MOST_POINTS = 20_000_000
"""Of all clouds together; more are thinned evenly."""
_GREY: Rgb = (178, 178, 178)
_CLEAR = 0.3
_Z_UP_TO_Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0], [0, -1.0, 0, 0], [0, 0, 0, 1.0]])
_HEADER, _CHUNK = struct.Struct("<4sII"), struct.Struct("<II")
_JSON, _BIN = 0x4E4F534A, 0x004E4942


@dataclass(frozen=True, slots=True)
class Written:
    """What came to be in the file."""

    nodes: int
    meshes: int
    instances: int
    triangles: int
    """Of all instances."""
    points: int
    bytes: int
    warnings: tuple[str, ...] = ()


def write_glb(scene: ShownScene, path: Path, job: Job, generator: str = "Genchi") -> Written:
    """Write the file; it appears whole or not at all. Any thread.

    Raises UserMistake where nothing is shown, the file can't be written or would be over 4 GB; Cancelled.
    """
    nodes = shown_nodes(scene)
    if not any(one.shows for one in nodes):
        raise UserMistake("nothing is shown, so there is nothing to export; show something first")
    writing = _Writing(scene, nodes, job)
    document = writing.document(generator)
    job.progress(0.8, "writing the file")
    try:
        size = _write(document, writing.buffers, path, job)
    except OSError as error:
        raise UserMistake(f"the file can't be written ({error.strerror or error}); choose another place: {path}") from error
    return writing.facts(size)


def _write(document: dict[str, Any], buffers: GltfBuffers, path: Path, job: Job) -> int:
    text = msgspec.json.encode(document)
    text += b" " * (-len(text) % 4)
    total = _HEADER.size + 2 * _CHUNK.size + len(text) + buffers.length
    if total >= 2**32:
        raise UserMistake("the scene is over the 4 GB that a GLB can hold; hide or isolate parts, and export those")
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as file:
            file.write(_HEADER.pack(b"glTF", 2, total))
            file.write(_CHUNK.pack(len(text), _JSON))
            file.write(text)
            file.write(_CHUNK.pack(buffers.length, _BIN))
            buffers.write(file)
        job.progress(1.0, "writing the file")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return total


class _Writing:
    """The document under construction."""

    def __init__(self, scene: ShownScene, nodes: list[ShownNode], job: Job) -> None:
        self.buffers = GltfBuffers()
        self._parts, self._nodes, self._job = scene.twin.parts, nodes, job
        self._meshes: list[dict[str, Any]] = []
        self._materials: list[dict[str, Any]] = []
        self._material_of: dict[tuple[Rgb | None, float], int] = {}
        self._mesh_of: dict[tuple[PartId, Rgb | None, bool], int] = {}
        self._vertices: dict[PartId, tuple[dict[str, int], dict[Any, int]]] = {}
        self._clouds: dict[PartId, int] = {}
        self._share = self._share_of_points()
        self._triangles = self._points = self._instances = 0

    def document(self, generator: str) -> dict[str, Any]:
        """The JSON; the arrays are in `buffers`."""
        number = {one.node.id: i for i, one in enumerate(self._nodes)}
        tables = self._node_tables(number)
        roots = [i for i, one in enumerate(self._nodes) if one.node.parent == ROOT]
        document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": generator},
            "scene": 0,
            "scenes": [{"nodes": roots}],
            "nodes": tables,
            "meshes": self._meshes,
            "accessors": self.buffers.accessors,
            "bufferViews": self.buffers.views,
            "buffers": [{"byteLength": self.buffers.length}],
        }
        if self._materials:
            document["materials"] = self._materials
        return document

    def facts(self, size: int) -> Written:
        """What was written."""
        told = ()
        if self._share < 1.0:
            told = (f"the point clouds are large: {self._share:.0%} of their points were exported, evenly thinned",)
        return Written(len(self._nodes), len(self._meshes), self._instances, self._triangles, self._points, size, told)

    def _node_tables(self, number: Mapping[NodeId, int]) -> list[dict[str, Any]]:
        tables: list[dict[str, Any]] = []
        children: dict[int, list[int]] = {}
        below: list[dict[str, Any]] = []
        for index, one in enumerate(self._nodes):
            if index % 200 == 0:
                self._job.progress(0.8 * index / len(self._nodes), "gathering parts")
            node = one.node
            if node.parent != ROOT:
                children.setdefault(number[node.parent], []).append(index)
            table = _table(one)
            if one.shows and node.part is not None:
                cloud = self._parts[node.part].cloud
                if cloud is None:
                    self._show(table, one, self._parts[node.part])
                elif len(cloud.points):
                    children.setdefault(index, []).append(len(self._nodes) + len(below))
                    below.append(self._cloud_table(node.part, cloud))
            tables.append(table)
        for index, own in children.items():
            tables[index]["children"] = own
        return tables + below

    def _show(self, table: dict[str, Any], one: ShownNode, part: Part) -> None:
        if not len(part.mesh.triangles):
            return
        key = (part.id, one.colour, one.seen_through)
        if key not in self._mesh_of:
            self._meshes.append({"name": part.name or part.id, "primitives": self._primitives(part, one)})
            self._mesh_of[key] = len(self._meshes) - 1
        table["mesh"] = self._mesh_of[key]
        self._instances += 1
        self._triangles += len(part.mesh.triangles)

    def _primitives(self, part: Part, one: ShownNode) -> list[dict[str, Any]]:
        """Of a part in one colour, or in its own; meshes of one part share their vertices."""
        mesh = part.mesh
        opacity = min(part.opacity, _CLEAR) if one.seen_through else part.opacity
        if one.colour is not None or mesh.rgb_of_triangle is None:
            return [self._primitive(part, None, one.colour or part.colour or _GREY, opacity)]
        colours, of = np.unique(mesh.rgb_of_triangle, axis=0, return_inverse=True)
        if len(colours) > MOST_COLOURS:
            return [self._painted(mesh, opacity)]
        rows = [(np.flatnonzero(of.reshape(-1) == k), (int(c[0]), int(c[1]), int(c[2]))) for k, c in enumerate(colours)]
        return [self._primitive(part, which, colour, opacity) for which, colour in rows]

    def _primitive(self, part: Part, which: NDArray[np.intp] | None, colour: Rgb, opacity: float) -> dict[str, Any]:
        if part.id not in self._vertices:
            self._vertices[part.id] = (self._attributes(part.mesh), {})
        attributes, indices = self._vertices[part.id]
        key = None if which is None else colour
        if key not in indices:
            triangles = part.mesh.triangles if which is None else part.mesh.triangles[which]
            indices[key] = self.buffers.indices(triangles)
        return {"attributes": attributes, "indices": indices[key], "material": self._material(colour, opacity)}

    def _attributes(self, mesh: Mesh) -> dict[str, int]:
        found = {"POSITION": self.buffers.vertices(mesh.points_in_part.astype(np.float32), bounds=True)}
        if mesh.normals is not None:
            found["NORMAL"] = self.buffers.vertices(_unit(mesh.normals))
        return found

    def _painted(self, mesh: Mesh, opacity: float) -> dict[str, Any]:
        """Triangles that share no vertex, so that each has its own colour on its corners."""
        assert mesh.rgb_of_triangle is not None
        corners = mesh.triangles.reshape(-1)
        attributes = {"POSITION": self.buffers.vertices(mesh.points_in_part[corners].astype(np.float32), bounds=True)}
        if mesh.normals is not None:
            attributes["NORMAL"] = self.buffers.vertices(_unit(mesh.normals[corners]))
        attributes["COLOR_0"] = self.buffers.vertices(_linear(np.repeat(mesh.rgb_of_triangle, 3, axis=0)), normalized=True)
        return {"attributes": attributes, "material": self._material(None, opacity)}

    def _cloud_table(self, part: PartId, cloud: PointCloud) -> dict[str, Any]:
        """A node below the cloud's own, at the cloud's origin."""
        if part not in self._clouds:
            rows = self._thinned(cloud)
            attributes = {"POSITION": self.buffers.vertices(cloud.points[rows].astype(np.float32), bounds=True)}
            if cloud.rgb is not None:
                attributes["COLOR_0"] = self.buffers.vertices(_linear(cloud.rgb[rows]), normalized=True)
            self._points += self.buffers.accessors[attributes["POSITION"]]["count"]
            self._meshes.append({"name": part, "primitives": [{"attributes": attributes, "mode": 0}]})
            self._clouds[part] = len(self._meshes) - 1
        self._instances += 1
        return {"name": "points", "mesh": self._clouds[part], "translation": list(cloud.origin_m)}

    def _thinned(self, cloud: PointCloud) -> Any:
        """The rows to take: every chunk's beginning is an even sample of it."""
        if self._share >= 1.0:
            return slice(None)
        starts = cloud.chunk_starts
        counts = np.ceil(np.diff(starts) * self._share).astype(np.int64)
        pieces = [np.arange(s, s + n) for s, n in zip(starts[:-1].tolist(), counts.tolist(), strict=True)]
        return np.concatenate(pieces)

    def _share_of_points(self) -> float:
        shown = {one.node.part for one in self._nodes if one.shows and one.node.part is not None}
        total = sum(len(cloud.points) for part in shown if (cloud := self._parts[part].cloud) is not None)
        return min(1.0, MOST_POINTS / total) if total else 1.0

    def _material(self, colour: Rgb | None, opacity: float) -> int:
        """A matt material of one colour; None: white, for what has its colours on its vertices."""
        key = (colour, round(opacity, 3))
        if key not in self._material_of:
            linear = linear_from_srgb(np.array(colour or (255, 255, 255)) / 255.0)
            factor = [*(round(float(v), 6) for v in linear), key[1]]
            surface = {"baseColorFactor": factor, "metallicFactor": 0.0, "roughnessFactor": 0.8}
            name = "colours of vertices" if colour is None else "#{:02x}{:02x}{:02x}".format(*colour)
            table = {"name": name, "doubleSided": True, "pbrMetallicRoughness": surface}
            if opacity < 1.0:
                table["alphaMode"] = "BLEND"
            self._materials.append(table)
            self._material_of[key] = len(self._materials) - 1
        return self._material_of[key]


def _table(one: ShownNode) -> dict[str, Any]:
    """A node without mesh and children."""
    node = one.node
    matrix = _Z_UP_TO_Y_UP @ one.parent_from_node if node.parent == ROOT else one.parent_from_node
    table: dict[str, Any] = {"name": node.name or node.id}
    if not (matrix == np.eye(4)).all():
        table["matrix"] = (matrix.T.reshape(-1) + 0.0).tolist()
    extras: dict[str, Any] = {}
    if node.kind:
        extras["kind"] = node.kind
    if node.properties:
        extras["properties"] = dict(sorted(node.properties.items()))
    if extras:
        table["extras"] = extras
    return table


def _linear(rgb: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """(n, 4) linear colours of 16 bits, opaque: eight would lose the dark ones."""
    table = np.rint(linear_from_srgb(np.arange(256) / 255.0) * 65535).astype(np.uint16)
    return np.concatenate([table[rgb], np.full((len(rgb), 1), 65535, np.uint16)], axis=1)


def _unit(normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of length 1 within what glTF asks; zeros become «up»."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    up = np.array([[0.0, 0.0, 1.0]], np.float32)
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), up).astype(np.float32)
