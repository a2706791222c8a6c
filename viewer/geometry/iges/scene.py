"""An IGES file in the kernel's document, as nodes and parts: a node for each root, below it one for each of its bodies."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.iges.bodies import Body, bodies_of
from viewer.geometry.iges.text import IgesGlobals
from viewer.geometry.model import Bounds, bounds_of
from viewer.geometry.naming import UniqueIds, path_id
from viewer.geometry.step.box import Placed, exact_box_mm
from viewer.geometry.step.colours import colour_of, face_colours
from viewer.geometry.step.document import StepDocument, free_shapes, name_of
from viewer.geometry.step.measure import counts_of
from viewer.geometry.step.mesh import explore, mesh_of, tessellate
from viewer.geometry.step.occ import (
    FACE,
    SOLID,
    BRep_Builder,
    IFSelect_ReturnStatus,
    IGESCAFControl_Reader,
    ShapeMap,
    TCollection_ExtendedString,
    TDocStd_Document,
    TopLoc_Location,
    TopoDS_Compound,
    XCAFApp_Application,
    XCAFDoc_ShapeTool,
    silence,
)
from viewer.twin.parts import Node, Part, Rgb

_KINDS = {"solid": "solid", "shell": "open shell", "surfaces": "surfaces"}


def open_iges(path: Path, job: Job) -> StepDocument:
    """Read and transfer. Raises BrokenFile where the kernel finds no shape in the file."""
    silence()
    reader = IGESCAFControl_Reader()
    for mode in ("Name", "Color", "Layer"):
        getattr(reader, f"Set{mode}Mode")(True)
    job.progress(0.05, "reading the IGES file")
    if reader.ReadFile(str(path)) != IFSelect_ReturnStatus.IFSelect_RetDone:
        broken("its IGES entities can't be read; it is damaged: export it again, or as STEP")
    job.progress(0.25, "making surfaces")
    document = TDocStd_Document(TCollection_ExtendedString("XCAF"))
    XCAFApp_Application.GetApplication_s().NewDocument(TCollection_ExtendedString("MDTV-XCAF"), document)
    if not reader.Transfer(document):
        broken("the CAD kernel finds no shapes in this IGES file; export it again with surfaces or solids, or as STEP")
    return StepDocument(document, "mm", unit_known=True, reader=reader)


@dataclass(slots=True)
class IgesScene:
    """Collects nodes and parts."""

    scale: float
    """Metres in one of the kernel's millimetres, after a unit that somebody gave."""
    deflection_mm: float | None
    job: Job
    nodes: list[Node] = field(default_factory=list[Node])
    parts: dict[PartId, Part] = field(default_factory=dict[PartId, Part])
    facts: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("solids", "faces", "volume_of_solids_mm3"), 0.0))
    sewn: int = 0
    _placed: list[Placed] = field(default_factory=list[Placed])
    _node_ids: UniqueIds = field(default_factory=UniqueIds)
    _part_ids: UniqueIds = field(default_factory=UniqueIds)
    _shapes: Any = field(default_factory=ShapeMap)
    _part_of: dict[int, PartId] = field(default_factory=dict[int, PartId])

    def build(self, document: StepDocument, known: IgesGlobals) -> None:
        """Walk the document. Roots without solids are one: surfaces that belong to one body are separate roots in most files."""
        roots = free_shapes(document)
        with_solids = [root for root in roots if explore(XCAFDoc_ShapeTool.GetShape_s(root), SOLID)]
        loose = [root for root in roots if root not in with_solids and explore(XCAFDoc_ShapeTool.GetShape_s(root), FACE)]
        resolution_mm = known.resolution * known.unit_m * 1000.0
        for root in with_solids:
            shape = XCAFDoc_ShapeTool.GetShape_s(root)
            self._root(name_of(root), bodies_of(shape, _rgb_of(root, shape), resolution_mm, self.job))
        if loose:
            shape, colours = _pooled(loose)
            name = next(filter(None, map(name_of, loose)), "") if len(loose) == 1 else known.product
            self._root(name, bodies_of(shape, colours, resolution_mm, self.job))

    def bounds_m(self) -> Bounds | None:
        """The exact box of all bodies; None where there is nothing."""
        box = exact_box_mm(self._placed, self.job)
        return None if box is None else bounds_of(box * self.scale)

    def _root(self, name: str, bodies: list[Body]) -> None:
        parent = ROOT
        if len(bodies) > 1:
            parent = self._node_ids.take(name or "model")
            self.nodes.append(Node(parent, name or "model"))
        for number, body in enumerate(bodies, 1):
            self.sewn += body.is_sewn
            own = f"{_KINDS[body.kind]} {number}" if len(bodies) > 1 or not name else name
            self._show(own, parent, body)
            self.job.progress(0.5 + 0.45 * number / len(bodies), f"tessellating {own}")

    def _show(self, name: str, parent: NodeId, body: Body) -> None:
        place = body.shape.Location()
        bare = body.shape.Located(TopLoc_Location())
        key = self._shapes.Add(bare)
        for what, number in counts_of(bare).items():
            self.facts[what] += number
        self._placed.append(Placed(bare, place))
        if key not in self._part_of:
            self._part_of[key] = self._made(name, bare, body.colours)
        own = path_id(parent, name, self._node_ids)
        self.nodes.append(Node(own, name, parent, self._pose(place), self._part_of[key]))

    def _made(self, name: str, shape: Any, colours: list[Rgb | None]) -> PartId:
        tessellate(shape, self.deflection_mm)
        known = [rgb for rgb in colours if rgb is not None]
        plain = max(set(known), key=known.count) if known else None
        part = PartId(self._part_ids.take(name))
        self.parts[part] = Part(part, name, mesh_of(shape, colours, plain, self.scale), plain)
        return part

    def _pose(self, place: Any) -> Pose:
        if place.IsIdentity():
            return IDENTITY
        t = place.Transformation()
        rows = [[t.Value(i, j) * (self.scale if j == 4 else 1.0) for j in range(1, 5)] for i in range(1, 4)]
        return Pose(tuple(v for row in rows for v in row))


def _rgb_of(root: Any, shape: Any) -> list[Rgb | None]:
    """Colours of the faces, the root's own where they have none."""
    whole = colour_of(root)
    return [rgb or (whole[0] if whole else None) for rgb in face_colours(root, shape)]


def _pooled(roots: list[Any]) -> tuple[Any, list[Rgb | None]]:
    """All faces of several roots in one compound, with their colours in the order they are explored."""
    whole, builder = TopoDS_Compound(), BRep_Builder()
    builder.MakeCompound(whole)
    colours: list[Rgb | None] = []
    for root in roots:
        shape = XCAFDoc_ShapeTool.GetShape_s(root)
        builder.Add(whole, shape)
        colours += _rgb_of(root, shape)
    return whole, colours
