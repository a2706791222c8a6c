"""The assembly tree of a STEP document as nodes and shared parts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from immutables import Map

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.model import Bounds, bounds_of
from viewer.geometry.naming import UniqueIds, path_id
from viewer.geometry.step.box import Placed, exact_box_mm
from viewer.geometry.step.colours import colour_of, face_colours
from viewer.geometry.step.document import Label, StepDocument, all_shapes, components, free_shapes, is_assembly, name_of
from viewer.geometry.step.layers import is_visible, layers_of
from viewer.geometry.step.measure import counts_of, has_loose_faces, whole_volume_mm3
from viewer.geometry.step.mesh import mesh_of, tessellate
from viewer.geometry.step.naming import Namer, is_unnamed
from viewer.geometry.step.occ import TopLoc_Location, XCAFDoc_ShapeTool
from viewer.geometry.step.products import ProductFacts
from viewer.twin.parts import NOTHING, Node, Part

MAX_DEPTH = 64
MAX_INSTANCES = 1_000_000


@dataclass(slots=True)
class Product:
    """A product without components, made once however often it is shown."""

    part: Part | None
    shape: Any
    counts: dict[str, float]
    """What each of its instances adds to the file's facts."""


@dataclass(slots=True)
class StepTree:
    """Collects nodes, parts and counts."""

    scale: float
    """Metres in one of the kernel's millimetres, after a unit that somebody gave."""
    deflection_mm: float | None
    job: Job
    told: ProductFacts = field(default_factory=ProductFacts)
    """What the file says of its products, by name."""
    nodes: list[Node] = field(default_factory=list[Node])
    products: dict[str, Product] = field(default_factory=dict[str, Product])
    facts: dict[str, float] = field(default_factory=dict[str, float])
    name: str = ""
    """The one root assembly's, which has no node."""
    of_whole: dict[str, str] = field(default_factory=dict[str, str])
    """What the file says of that product."""
    _placed: list[Placed] = field(default_factory=list[Placed])
    _node_ids: UniqueIds = field(default_factory=UniqueIds)
    _part_ids: UniqueIds = field(default_factory=UniqueIds)
    _namer: Namer = field(default_factory=Namer)
    _labels: int = 1
    _document: StepDocument | None = None

    def build(self, document: StepDocument) -> None:
        """Walk the whole document. The one root assembly has no node of its own, so that ids begin below it."""
        self._document = document
        shapes = all_shapes(document)
        self.facts |= {
            "assemblies": sum(map(is_assembly, shapes)),
            **dict.fromkeys(("leaf_instances", "solids", "faces", "volume_of_solids_mm3"), 0),
        }
        self.facts["part_labels"] = len(shapes) - self.facts["assemblies"]
        self._labels = max(1, int(self.facts["part_labels"]))
        roots = free_shapes(document)
        if len(roots) == 1 and is_assembly(roots[0]):
            self.name = name_of(roots[0])
            self.of_whole = self._properties(roots[0])
            self._below(roots[0], ROOT, TopLoc_Location(), 1)
        else:
            for root in roots:
                self._show(root, root, ROOT, TopLoc_Location(), 1)
        self._volumes()

    def parts(self) -> tuple[Part, ...]:
        """Every part once."""
        return tuple(product.part for product in self.products.values() if product.part is not None)

    def shown(self) -> dict[PartId, tuple[Part, Any]]:
        """Every part with the kernel's shape it was made of."""
        return {product.part.id: (product.part, product.shape) for product in self.products.values() if product.part is not None}

    def bounds_m(self) -> Bounds | None:
        """The exact box of all instances, also of their curves; None where there is nothing."""
        box = exact_box_mm(self._placed, self.job)
        return None if box is None else bounds_of(box * self.scale)

    def _volumes(self) -> None:
        if not self.facts["solids"]:
            del self.facts["volume_of_solids_mm3"]  # open surfaces enclose nothing
            return
        loose = any(has_loose_faces(product.shape) for product in self.products.values())
        self.facts["volume_mm3"] = whole_volume_mm3(self._placed) if loose else self.facts["volume_of_solids_mm3"]

    def _below(self, assembly: Label, parent: NodeId, place: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            broken(f"its assemblies are nested more than {MAX_DEPTH} deep; flatten the tree and export it again")
        for instance, product in components(assembly):
            self._show(instance, product, parent, place, depth)

    def _show(self, instance: Label, product: Label, parent: NodeId, place: Any, depth: int) -> None:
        if len(self.nodes) >= MAX_INSTANCES:
            broken(f"it holds more than the {MAX_INSTANCES} instances allowed; split the model")
        given = name_of(instance) or name_of(product)
        own = path_id(parent, given or "part", self._node_ids)
        name = self._namer.name(given or ("ASSEMBLY" if is_assembly(product) else ""), parent)
        here = TopLoc_Location() if instance is product else XCAFDoc_ShapeTool.GetLocation_s(instance)
        place = place.Multiplied(here)
        of = name_of(product)
        about = {"product": of} if of != given and not is_unnamed(of) else {}
        if is_assembly(product):
            about |= self._properties(product)
        properties = Map(about) if about else NOTHING
        visible = all(is_visible(self._of, one) for one in (instance, product))
        node = Node(own, name, parent, self._pose(here), visible=visible, properties=properties)
        if is_assembly(product):
            self.nodes.append(node)
            self._below(product, own, place, depth + 1)
            return
        made = self._product(product, name)
        self._count(made)
        self._placed.append(Placed(made.shape, place))
        colour = None if instance is product else colour_of(instance)
        part = None if made.part is None else made.part.id
        self.nodes.append(replace(node, part=part, colour=None if colour is None else colour[0]))

    def _pose(self, place: Any) -> Pose:
        if place.IsIdentity():
            return IDENTITY
        t = place.Transformation()
        rows = [[t.Value(i, j) * (self.scale if j == 4 else 1.0) for j in range(1, 5)] for i in range(1, 4)]
        return Pose(tuple(v for row in rows for v in row))

    @property
    def _of(self) -> StepDocument:
        if self._document is None:
            raise ValueError("build was not called")
        return self._document

    def _properties(self, product: Label) -> dict[str, str]:
        """Part number, revision, description, own properties and layers of a product."""
        layers = layers_of(self._of, product)
        told = self.told.get(name_of(product), {})
        return {**told, "layer": ", ".join(layers)} if layers else dict(told)

    def _count(self, product: Product) -> None:
        self.facts["leaf_instances"] += 1
        for what, number in product.counts.items():
            self.facts[what] += number

    def _product(self, label: Label, shown_as: str) -> Product:
        key = _entry(label)
        if key not in self.products:
            self.job.progress(0.55 + 0.4 * len(self.products) / self._labels, f"tessellating {name_of(label) or 'part'}")
            self.products[key] = self._made(label, shown_as)
        return self.products[key]

    def _made(self, label: Label, shown_as: str) -> Product:
        shape = XCAFDoc_ShapeTool.GetShape_s(label)
        counts = counts_of(shape)
        if not counts["faces"]:
            return Product(None, shape, counts)
        tessellate(shape, self.deflection_mm)
        colour = colour_of(label)
        of_face = face_colours(label, shape)
        plain = colour[0] if colour else _most(of_face)
        given = name_of(label)
        mesh = mesh_of(shape, of_face, plain, self.scale)
        opacity, properties = colour[1] if colour else 1.0, self._properties(label)
        own, name = PartId(self._part_ids.take(given or "part")), shown_as if is_unnamed(given) else given
        part = Part(own, name, mesh, plain, opacity, Map(properties) if properties else NOTHING)
        return Product(part, shape, counts)


def _most(colours: list[tuple[int, int, int] | None]) -> tuple[int, int, int] | None:
    known = [c for c in colours if c is not None]
    return max(known, key=known.count) if known and len(set(known)) < 50 else (known[0] if known else None)


def _entry(label: Label) -> str:
    """The label's path in the document, which tells labels apart."""
    numbers: list[str] = []
    while not label.IsNull() and not label.IsRoot():
        numbers.append(str(label.Tag()))
        label = label.Father()
    return ":".join(reversed(numbers))
