"""Collects a mechanism's nodes, parts, joints and what was missing, and makes the model of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.mechanism.mesh_files import MeshFiles, Shape
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import UniqueIds, clean
from viewer.twin.joints import Joint
from viewer.twin.parts import NOTHING, Mesh, Node, Part, Rgb

MAX_NODES = 200_000


@dataclass(frozen=True, slots=True)
class Paint:
    """The colour of a visual; None leaves the mesh's own."""

    rgb: Rgb | None = None
    opacity: float = 1.0
    covers: bool = False
    """Whether it covers the colours that a mesh file brings; else it is for meshes without any."""


class Assembly:
    """Takes nodes parents first. One thread."""

    def __init__(self, job: Job, home: Callable[[Path], Path]) -> None:
        self.files = MeshFiles(job, home)
        self.joints: list[Joint] = []
        self._job = job
        self._nodes: list[Node] = []
        self._parts: dict[object, Part] = {}
        self._node_ids, self._part_ids = UniqueIds(), UniqueIds()
        self._missing: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self.counts: dict[str, float] = {}

    def count(self, what: str, by: float = 1.0) -> None:
        """Add to a fact."""
        self.counts[what] = self.counts.get(what, 0.0) + by

    def tell(self, sentence: str) -> None:
        """A warning; alike ones are told once, with their number."""
        self._told[sentence] = self._told.get(sentence, 0) + 1

    def miss(self, sentence: str) -> None:
        """Something that the file names and that is not shown."""
        self._missing[sentence] = self._missing.get(sentence, 0) + 1

    def add(
        self,
        name: str,
        parent: NodeId,
        pose: Pose,
        *,
        kind: str = "",
        path: bool = False,
        properties: Mapping[str, str] = NOTHING,
    ) -> NodeId:
        """A node without a shape; with `path` its id begins with its parent's."""
        name = clean(name) or "unnamed"
        return self.add_as(f"{parent}.{name}" if path and parent else name, name, parent, pose, kind=kind, properties=properties)

    def add_as(
        self, wanted: str, name: str, parent: NodeId, pose: Pose, *, kind: str = "", properties: Mapping[str, str] = NOTHING
    ) -> NodeId:
        """A node without a shape whose id is not made of its parent's."""
        told = Map(properties) if properties else NOTHING
        return self._put(Node(self._node_ids.take(wanted), clean(name), parent, pose, kind=kind, properties=told))

    def add_body(self, name: str, parent: NodeId, pose: Pose, mesh: Mesh, paint: Paint) -> None:
        """A plain body as a node below its link."""
        key = (mesh.points_in_part.tobytes(), mesh.triangles.tobytes(), paint)
        part = self._parts.get(key)
        if part is None:
            part = Part(PartId(self._part_ids.take(clean(name) or "body")), name, mesh, paint.rgb, paint.opacity)
            self._parts[key] = part
            self.files.points += len(mesh.points_in_part)
        self._put(Node(self._node_ids.take(f"{parent}.{clean(name) or 'body'}"), name, parent, pose, part.id))

    def add_file(
        self,
        name: str,
        parent: NodeId,
        pose: Pose,
        file: Path,
        scale: NDArray[np.float64],
        paint: Paint,
        *,
        only: str = "",
        centred: bool = False,
    ) -> None:
        """Every shape of a mesh file, or those named `only`, as nodes below their link. Raises BrokenFile."""
        shapes = self.files.shapes(file)
        if only:
            shapes = tuple(shape for shape in shapes if only in (shape.name, shape.part.name, shape.part.id))
            if not shapes:
                broken(f"the mesh {file.name!r} has no body named {only[:80]!r}")
        link_from_file = pose.matrix() @ np.diag([*scale, 1.0])
        if centred and shapes:
            link_from_file = link_from_file @ _to_centre(shapes)
        for shape in shapes:
            part = self._painted(file, shape.part, paint)
            called = clean(name if len(shapes) == 1 else shape.name) or clean(name) or file.stem
            placed = Pose.from_matrix(link_from_file @ shape.file_from_shape)
            self._put(Node(self._node_ids.take(f"{parent}.{called}"), called, parent, placed, part.id))

    def model(self, format_name: str, name: str) -> GeometryModel:
        """All of it. Raises BrokenFile where nothing is left to show."""
        if not self._parts and self._missing:
            broken(f"none of its shapes can be shown: {next(iter(self._missing))}")
        for sentence, count in self.files.told.items():
            self._job.warn(sentence if count == 1 else f"{sentence} ({count} meshes)")
        for sentence, count in (*self._told.items(), *self._missing.items()):
            self._job.warn(sentence if count == 1 else f"{sentence} ({count} times)")
        parts = tuple(self._parts.values())
        return GeometryModel(
            format_name, "m", parts, tuple(self._nodes), points=self.files.points, facts=Map(self.counts), name=name,
            joints=tuple(self.joints),
        )  # fmt: skip

    def _put(self, node: Node) -> NodeId:
        if len(self._nodes) >= MAX_NODES:
            broken(f"it has more than {MAX_NODES} nodes, models counted as often as they stand; split it")
        self._nodes.append(node)
        return node.id

    def _painted(self, file: Path, part: Part, paint: Paint) -> Part:
        """The file's part in the visual's colours, shared by all that look alike."""
        plain = part.colour is None and part.mesh.rgb_of_triangle is None
        use = paint if paint.rgb is not None and (plain or paint.covers) else Paint()
        key = (file, part.id, use)
        if key not in self._parts:
            own = PartId(self._part_ids.take(f"{file.stem}.{part.id}" if part.id != file.stem else file.stem))
            mesh = part.mesh
            if use.rgb is None:
                self._parts[key] = replace(part, id=own)
            else:
                mesh = Mesh(mesh.points_in_part, mesh.triangles, mesh.normals, mesh.face_of_triangle)
                self._parts[key] = replace(part, id=own, mesh=mesh, colour=use.rgb, opacity=use.opacity)
        return self._parts[key]


def _to_centre(shapes: tuple[Shape, ...]) -> NDArray[np.float64]:
    """(4, 4) shift that puts the middle of the shapes' box at the origin."""
    placed = [s.part.mesh.points_in_part @ s.file_from_shape[:3, :3].T + s.file_from_shape[:3, 3] for s in shapes]
    low, high = np.min([p.min(axis=0) for p in placed], axis=0), np.max([p.max(axis=0) for p in placed], axis=0)
    result = np.eye(4)
    result[:3, 3] = -(low + high) / 2.0
    return result


def scaled(values: tuple[float, ...]) -> NDArray[np.float64]:
    """(3,) scale of a mesh. Raises BrokenFile where it flattens."""
    scale = np.array(values)
    if not (np.abs(scale) > 1e-12).all() or not (np.abs(scale) < 1e9).all():
        broken(f"a mesh is scaled by {' '.join(f'{v:g}' for v in values)}, which flattens it; mend the scale")
    return scale


def top(assembly: Assembly, name: str, kind: str) -> NodeId:
    """The node of a whole robot or world."""
    return assembly.add(name, ROOT, IDENTITY, kind=kind)
