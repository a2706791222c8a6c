"""The assembly tree of a STEP document as nodes and shared parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.naming import UniqueIds, path_id
from viewer.geometry.occ import FACE, SOLID, BRepGProp, GProp_GProps, XCAFDoc_ShapeTool
from viewer.geometry.step_colours import colour_of, face_colours
from viewer.geometry.step_document import Label, StepDocument, all_shapes, components, free_shapes, is_assembly, name_of
from viewer.geometry.step_mesh import explore, mesh_of, tessellate
from viewer.twin.parts import Node, Part

MAX_DEPTH = 64
MAX_INSTANCES = 1_000_000


@dataclass(slots=True)
class Product:
    """A product without components, made once however often it is shown."""

    part: Part | None
    solids: int
    faces: int
    volume_mm3: float


@dataclass(slots=True)
class StepTree:
    """Collects nodes, parts and counts."""

    scale: float
    """Metres in one of the kernel's millimetres, after a unit that somebody gave."""
    deflection_mm: float | None
    job: Job
    nodes: list[Node] = field(default_factory=list[Node])
    products: dict[str, Product] = field(default_factory=dict[str, Product])
    facts: dict[str, float] = field(default_factory=dict[str, float])
    _node_ids: UniqueIds = field(default_factory=UniqueIds)
    _part_ids: UniqueIds = field(default_factory=UniqueIds)
    _labels: int = 1

    def build(self, document: StepDocument) -> None:
        """Walk the whole document. The one root assembly has no node of its own, so that ids begin below it."""
        shapes = all_shapes(document)
        self.facts |= {
            "assemblies": sum(map(is_assembly, shapes)),
            "leaf_instances": 0,
            "solids": 0,
            "faces": 0,
            "volume_mm3": 0.0,
        }
        self.facts["part_labels"] = len(shapes) - self.facts["assemblies"]
        self._labels = max(1, int(self.facts["part_labels"]))
        roots = free_shapes(document)
        if len(roots) == 1 and is_assembly(roots[0]):
            self._below(roots[0], ROOT, 1)
        else:
            for root in roots:
                self._show(root, root, ROOT, 1)
        if not self.facts["solids"]:
            del self.facts["volume_mm3"]  # open surfaces enclose nothing

    def parts(self) -> tuple[Part, ...]:
        """Every part once."""
        return tuple(product.part for product in self.products.values() if product.part is not None)

    def _below(self, assembly: Label, parent: NodeId, depth: int) -> None:
        if depth > MAX_DEPTH:
            broken(f"its assemblies are nested more than {MAX_DEPTH} deep; flatten the tree and export it again")
        for instance, product in components(assembly):
            self._show(instance, product, parent, depth)

    def _show(self, instance: Label, product: Label, parent: NodeId, depth: int) -> None:
        if len(self.nodes) >= MAX_INSTANCES:
            broken(f"it holds more than the {MAX_INSTANCES} instances allowed; split the model")
        name = name_of(instance) or name_of(product) or "part"
        own = path_id(parent, name, self._node_ids)
        pose = IDENTITY if instance is product else self._pose(instance)
        if is_assembly(product):
            self.nodes.append(Node(own, name, parent, pose))
            self._below(product, own, depth + 1)
            return
        made = self._product(product)
        self._count(made)
        colour = None if instance is product else colour_of(instance)
        self.nodes.append(
            Node(own, name, parent, pose, None if made.part is None else made.part.id, None if colour is None else colour[0])
        )

    def _pose(self, instance: Label) -> Pose:
        t: Any = XCAFDoc_ShapeTool.GetLocation_s(instance).Transformation()
        rows = [[t.Value(i, j) * (self.scale if j == 4 else 1.0) for j in range(1, 5)] for i in range(1, 4)]
        return Pose(tuple(v for row in rows for v in row))

    def _count(self, product: Product) -> None:
        self.facts["leaf_instances"] += 1
        self.facts["solids"] += product.solids
        self.facts["faces"] += product.faces
        self.facts["volume_mm3"] += product.volume_mm3

    def _product(self, label: Label) -> Product:
        key = _entry(label)
        if key not in self.products:
            self.job.progress(0.55 + 0.4 * len(self.products) / self._labels, f"tessellating {name_of(label) or 'part'}")
            self.products[key] = self._made(label)
        return self.products[key]

    def _made(self, label: Label) -> Product:
        shape = XCAFDoc_ShapeTool.GetShape_s(label)
        solids = len(explore(shape, SOLID))
        faces = len(explore(shape, FACE))
        if not faces:
            return Product(None, solids, 0, 0.0)
        tessellate(shape, self.deflection_mm)
        colour = colour_of(label)
        of_face = face_colours(label, shape)
        plain = colour[0] if colour else _most(of_face)
        name = name_of(label) or "part"
        mesh = mesh_of(shape, of_face, plain, self.scale)
        part = Part(PartId(self._part_ids.take(name)), name, mesh, plain, colour[1] if colour else 1.0)
        return Product(part, solids, faces, sum(map(_volume_mm3, explore(shape, SOLID))))


def _most(colours: list[tuple[int, int, int] | None]) -> tuple[int, int, int] | None:
    known = [c for c in colours if c is not None]
    return max(known, key=known.count) if known and len(set(known)) < 50 else (known[0] if known else None)


def _volume_mm3(shape: Any) -> float:
    properties = GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, properties)
    return float(properties.Mass())


def _entry(label: Label) -> str:
    """The label's path in the document, which tells labels apart."""
    numbers: list[str] = []
    while not label.IsNull() and not label.IsRoot():
        numbers.append(str(label.Tag()))
        label = label.Father()
    return ":".join(reversed(numbers))
