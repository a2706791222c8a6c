"""Reads 3DXML (Dassault Systèmes' 3D XML, tessellated): the product structure, shared representations, colours; millimetres."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from xml.etree.ElementTree import Element

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.archive import Archive
from viewer.geometry.broken import broken
from viewer.geometry.expansion import check_expansion
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import UniqueIds, path_id
from viewer.geometry.threedxml.reps import METRES, surfaces
from viewer.geometry.threedxml.structure import Key, Structure, read_structure, refuse_binary
from viewer.geometry.xml import tree_of_xml
from viewer.geometry.zip_heads import names_in_head
from viewer.twin.parts import NOTHING, Node, Part

MAX_DEPTH = 64
MAX_NODES = 1_000_000


@dataclass(frozen=True, slots=True)
class ThreeDXmlReader:
    """3DXML packages whose representations are XML."""

    format: ClassVar[str] = "3dxml"
    title: ClassVar[str] = "3DXML"
    suffixes: ClassVar[tuple[str, ...]] = (".3dxml",)
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """A package with such parts; or, where they don't begin in the first bytes, by the suffix."""
        names = names_in_head(head)
        return any(name.lower().endswith((".3dxml", ".3drep")) for name in names) or (bool(names) and suffix == ".3dxml")

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. `unit` takes the file's numbers in another unit than millimetres."""
        job.progress(0.1, "reading the product structure")
        with Archive(path) as archive:
            structure = read_structure(archive)
            tree = _Tree(archive, structure, METRES if unit is None else metres_in(unit), job)
            tree.build()
        for sentence in tree.told():
            job.warn(sentence)
        points = sum(len(part.mesh.points_in_part) for part in tree.parts)
        facts = Map({"references": float(len(structure.references)), "representations": float(len(structure.reps))})
        return GeometryModel("3dxml", unit or "mm", tuple(tree.parts), tuple(tree.nodes), points=points, facts=facts)


class _Tree:
    """The nodes and parts of one package."""

    def __init__(self, archive: Archive, structure: Structure, metres: float, job: Job) -> None:
        self.nodes: list[Node] = []
        self.parts: list[Part] = []
        self._archive, self._structure, self._metres, self._job = archive, structure, metres, job
        self._ids, self._part_ids = UniqueIds(), UniqueIds()
        self._parts_of: dict[Key, tuple[PartId, ...]] = {}
        self._empty: Counter[str] = Counter()

    def build(self) -> None:
        """From the root reference down. Raises BrokenFile."""
        if self._structure.root not in self._structure.references:
            broken("its product structure has no root product; export it again")
        references = self._structure.references
        check_expansion(
            [self._structure.root], lambda key: [i.of for i in references[key].instances] if key in references else [], MAX_NODES
        )
        self._place(self._structure.root, "", np.eye(4), ROOT, ())
        if not self.parts:
            broken("it holds no tessellated shapes, so there is nothing to show; export it again with tessellation")

    def told(self) -> list[str]:
        """What is in it and not shown."""
        return [f"{count} representations of {what} are not shown" for what, count in sorted(self._empty.items())]

    def _place(self, key: Key, name: str, matrix: NDArray[np.float64], parent: NodeId, above: tuple[Key, ...]) -> None:
        reference = self._structure.references.get(key)
        if reference is None:
            broken(f"it shows a product {key[1][:40]!r} that it does not have; export it again")
        if key in above:
            broken(f"its product {reference.name or key[1]!r} is a part of itself; export it again")
        if len(above) > MAX_DEPTH:
            broken(f"its products are nested more than {MAX_DEPTH} deep; flatten them and export it again")
        called = name or reference.name or f"product {key[1]}"
        own = path_id(parent, called, self._ids)
        parts = [part for rep in reference.reps for part in self._parts(rep, reference.name or called)]
        words = {**reference.properties, "product": reference.name} if reference.name else reference.properties
        properties = Map(words) if words else NOTHING
        first = parts[0] if len(parts) == 1 else None
        self.nodes.append(Node(own, called, parent, self._pose(matrix), first, properties=properties))
        for number, part in enumerate(parts if len(parts) > 1 else (), 1):
            self.nodes.append(Node(path_id(own, f"shape {number}", self._ids), f"shape {number}", own, IDENTITY, part))
        for one in reference.instances:
            self._place(one.of, one.name, one.matrix, own, (*above, key))

    def _pose(self, matrix: NDArray[np.float64]) -> Pose:
        scaled = matrix.copy()
        scaled[:3, 3] *= self._metres
        return Pose.from_matrix(scaled)

    def _parts(self, rep: Key, name: str) -> tuple[PartId, ...]:
        """The parts of a representation, read when it is first shown."""
        if rep not in self._parts_of:
            self._job.progress(min(0.2 + 0.01 * len(self.parts), 0.9), "reading shapes")
            found: list[PartId] = []
            for surface in surfaces(self._document(rep), self._metres):
                part = PartId(self._part_ids.take(name))
                self.parts.append(Part(part, name, surface.mesh, surface.colour, surface.opacity))
                found.append(part)
            if not found:
                self._empty["no triangles"] += 1
            self._parts_of[rep] = tuple(found)
        return self._parts_of[rep]

    def _document(self, rep: Key) -> Element:
        file = self._structure.reps.get(rep)
        if not file:
            broken(f"it shows a representation {rep[1][:40]!r} that it does not have; export it again")
        found = self._archive.find(file)
        if found is None:
            broken(f"it needs {file[:120]!r}, which is not in the package; export it again with all it links to")
        if found in self._structure.documents:
            return self._structure.documents[found]
        data = self._archive.read(found)
        if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            refuse_binary(found)
        return tree_of_xml(data)
