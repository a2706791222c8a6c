"""Reads 3MF: objects with components, build items, colours of materials and triangles, several model parts; its own unit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.archive import Archive
from viewer.geometry.broken import broken
from viewer.geometry.expansion import check_expansion
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import UniqueIds, path_id
from viewer.geometry.threemf.content import UNITS, Content, Matrix, MeshData, ObjectData, read_content
from viewer.geometry.xml import tree_of_xml
from viewer.geometry.zip_heads import names_in_head
from viewer.twin.parts import NOTHING, Mesh, Node, Part, Rgb

MAX_DEPTH = 64
MAX_NODES = 1_000_000
_START = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
Key = tuple[str, str]
"""A model part and an object in it."""


@dataclass(frozen=True, slots=True)
class ThreeMfReader:
    """3MF (3MF core 1.3, materials and production extensions)."""

    format: ClassVar[str] = "3mf"
    title: ClassVar[str] = "3MF"
    suffixes: ClassVar[tuple[str, ...]] = (".3mf",)
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """A package with a 3D model part; or, where that does not begin in the first bytes, by the suffix."""
        names = names_in_head(head)
        return any(name.lower().endswith(".model") for name in names) or (bool(names) and suffix == ".3mf")

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. `unit` takes the file's numbers in another unit than it says."""
        with Archive(path) as archive:
            package = _Package(archive, job)
            root = package.content(_root(archive))
            taken = unit or UNITS.get(root.unit)
            if taken is None:
                broken(f"its unit is {root.unit[:40]!r}, expected one of {', '.join(UNITS)}; export it again")
            tree = _Tree(package, metres_in(taken), job)
            tree.build(root)
        for sentence in _told(package.passed_over()):
            job.warn(sentence)
        points = sum(len(part.mesh.points_in_part) for part in tree.parts)
        facts = Map({"objects": float(package.objects()), "build_items": float(len(root.items))})
        name = root.metadata.get("Title", "")
        return GeometryModel(
            "3mf", taken, tuple(tree.parts), tuple(tree.nodes), points=points, facts=facts, name=name, about=Map(root.metadata)
        )


def _root(archive: Archive) -> str:
    """The model part that the package begins with (OPC relationship of the type 3dmodel)."""
    relations = archive.find("_rels/.rels")
    if relations is not None:
        for one in tree_of_xml(archive.read(relations, 1 << 24)):
            target = archive.find(one.get("Target", "")) if one.get("Type") == _START else None
            if target is not None:
                return target
    models = [name for name in archive.names if name.lower().endswith(".model")]
    if not models:
        broken("the package has no 3D model part, so it is no 3MF; export it again")
    return models[0]


class _Package:
    """The model parts of a package, each parsed once."""

    def __init__(self, archive: Archive, job: Job) -> None:
        self._archive, self._job = archive, job
        self._known: dict[str, Content] = {}

    def content(self, name: str) -> Content:
        """A part by its name in the package. Raises BrokenFile."""
        found = self._archive.find(name)
        if found is None:
            broken(f"it points at the part {name[:120]!r}, which is not in the package; export it again")
        if found not in self._known:
            self._job.progress(0.2, "reading objects")
            with self._archive.open(found) as stream:
                self._known[found] = read_content(stream, self._job)
        return self._known[found]

    def objects(self) -> int:
        return sum(len(one.objects) for one in self._known.values())

    def passed_over(self) -> Counter[str]:
        return sum((one.passed_over for one in self._known.values()), Counter[str]())


class _Tree:
    """The nodes and parts that the build items become."""

    def __init__(self, package: _Package, metres: float, job: Job) -> None:
        self.nodes: list[Node] = []
        self.parts: list[Part] = []
        self._package, self._metres, self._job = package, metres, job
        self._ids, self._part_ids = UniqueIds(), UniqueIds()
        self._part_of: dict[Key, PartId | None] = {}
        self._names: dict[int, Content] = {}

    def build(self, root: Content) -> None:
        """All items; without any, every object that no other shows. Raises BrokenFile."""
        check_expansion([self._found(root, i.path, i.object) for i in root.items], self._below, MAX_NODES)
        for item in root.items:
            self._place(item.path, root, item.object, item.matrix, ROOT, item.name, ())
        if not root.items:
            shown = {one.object for data in root.objects.values() for one in data.components}
            for own in root.objects:
                if own not in shown:
                    self._place("", root, own, np.eye(4), ROOT, "", ())
            self._job.warn("it has no build items: all of its objects are shown where they were drawn")
        if not self.parts:
            broken("it holds no triangles, so there is nothing to show; export it again with meshes")

    def _place(
        self, path: str, here: Content, own: str, matrix: Matrix, parent: NodeId, name: str, above: tuple[Key, ...]
    ) -> None:
        content = self._package.content(path) if path else here
        data = content.objects.get(own)
        key = (str(id(content)), own)
        if data is None:
            broken(f"it shows an object {own[:40]!r} that it does not have; export it again")
        if key in above:
            broken(f"its object {own[:40]!r} is a component of itself; export it again")
        if len(above) > MAX_DEPTH:
            broken(f"its components are nested more than {MAX_DEPTH} deep; flatten them and export it again")
        called = name or data.name or f"object {own}"
        node = path_id(parent, called, self._ids)
        kind = "" if data.type == "model" else data.type
        part = self._part(key, content, data, called)
        self.nodes.append(Node(node, called, parent, self._pose(matrix), part, None, kind, properties=NOTHING))
        for one in data.components:
            self._place(one.path, content, one.object, one.matrix, node, "", (*above, key))

    def _found(self, here: Content, path: str, own: str) -> Key:
        """The key of an object that something in one content names."""
        content = self._package.content(path) if path else here
        self._names[id(content)] = content
        return str(id(content)), own

    def _below(self, key: Key) -> list[Key]:
        """The keys of an object's components."""
        content = self._names[int(key[0])]
        data = content.objects.get(key[1])
        return [] if data is None else [self._found(content, one.path, one.object) for one in data.components]

    def _pose(self, matrix: Matrix) -> Pose:
        scaled = matrix.copy()
        scaled[:3, 3] *= self._metres
        return Pose.from_matrix(scaled)

    def _part(self, key: Key, content: Content, data: ObjectData, name: str) -> PartId | None:
        if key not in self._part_of:
            self._part_of[key] = None
            if data.mesh is not None and len(data.mesh.corners):
                mesh, colour, opacity = _mesh(data, data.mesh, content, self._metres)
                part = PartId(self._part_ids.take(name))
                self.parts.append(Part(part, name, mesh, colour, opacity))
                self._part_of[key] = part
        return self._part_of[key]


def _mesh(data: ObjectData, mesh: MeshData, content: Content, metres: float) -> tuple[Mesh, Rgb | None, float]:
    points = np.frombuffer(mesh.points, np.float64).reshape(-1, 3)
    triangles = np.frombuffer(mesh.corners, np.int64).reshape(-1, 3)
    if int(triangles.min()) < 0 or int(triangles.max()) >= len(points):
        broken(f"object {data.name or data.id!r} names vertex {int(triangles.max())} of {len(points)}; export it again")
    rgba = _colours(data, mesh, content)
    made = Mesh(points * metres, triangles.astype(np.int32))
    if rgba is None:
        return made, None, 1.0
    middle, opacity = np.median(rgba, axis=0), float(rgba[:, 3].mean()) / 255.0
    rgb = np.ascontiguousarray(rgba[:, :3])
    several = not (rgb == rgb[:1]).all()
    colour = (int(middle[0]), int(middle[1]), int(middle[2]))
    return (Mesh(made.points_in_part, made.triangles, None, None, rgb) if several else made), colour, max(opacity, 0.1)


def _colours(data: ObjectData, mesh: MeshData, content: Content) -> NDArray[np.uint8] | None:
    """(m, 4) of the triangles; None where nothing in it has a colour that is known."""
    own = content.colours.get(data.pid)
    default = own[data.pindex] if own and 0 <= data.pindex < len(own) else None
    if default is None and not any(mesh.properties):
        return None
    known: dict[tuple[str, int, int, int] | None, tuple[float, ...]] = {None: default or (178, 178, 178, 255)}
    for one in set(mesh.properties) - {None}:
        assert one is not None
        group = content.colours.get(one[0])
        picked = [group[i] for i in one[1:] if 0 <= i < len(group)] if group else []
        known[one] = tuple(np.mean(picked, axis=0)) if picked else known[None]
    return np.rint(np.array([known[one] for one in mesh.properties])).astype(np.uint8)


def _told(passed_over: Counter[str]) -> list[str]:
    return [f"{count} {what} are not shown" for what, count in sorted(passed_over.items())]
