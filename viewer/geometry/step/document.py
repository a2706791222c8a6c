"""A STEP file in the CAD kernel's document: read, its unit found, labels and names taken out (OCP 8, only in a worker)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.base.job import Job
from viewer.base.units import LENGTH_M
from viewer.geometry.broken import broken
from viewer.geometry.naming import clean
from viewer.geometry.step.occ import (
    IFSelect_ReturnStatus,
    Sequence_TCollection_AsciiString,
    Sequence_TDF_Label,
    STEPCAFControl_Reader,
    TCollection_ExtendedString,
    TDataStd_Name,
    TDF_Label,
    TDocStd_Document,
    XCAFApp_Application,
    XCAFDoc_DocumentTool,
    XCAFDoc_ShapeTool,
    silence,
)

Label = Any
"""A TDF_Label: a place in the kernel's document."""

_MODES = ("Name", "Color", "Layer", "GDT", "Mat", "View")
_UNITS = {
    "millimetre": "mm", "millimeter": "mm", "metre": "m", "meter": "m", "centimetre": "cm", "centimeter": "cm", "inch": "inch",
    "foot": "ft", "micrometre": "um", "micrometer": "um", "decimetre": "dm", "decimeter": "dm", "kilometre": "km",
}  # fmt: skip
_NO_NAME = re.compile(r"(NAUO\d*|=>\[[\d:]+\]|\d+|NONE|\s*)", re.IGNORECASE)
"""What exporters and the kernel write where an instance has no name of its own."""


@dataclass(frozen=True, slots=True)
class StepDocument:
    """The kernel's document; lengths in it are millimetres whatever the file's unit was."""

    document: Any
    unit: str
    """The file's own length unit."""
    unit_known: bool
    reader: Any
    """What read it (a STEPCAFControl_Reader): it knows which instance each shape came from."""

    @property
    def main(self) -> Label:
        """The label everything hangs under."""
        return self.document.Main()


def open_step(path: Path, job: Job) -> StepDocument:
    """Read and transfer. Raises BrokenFile where the kernel finds no model in the file."""
    silence()
    reader = STEPCAFControl_Reader()
    for mode in _MODES:
        getattr(reader, f"Set{mode}Mode")(True)
    job.progress(0.05, "reading the STEP file")
    if reader.ReadFile(str(path)) != IFSelect_ReturnStatus.IFSelect_RetDone:
        broken("its STEP text can't be read; it is damaged or cut off: export it again")
    unit = _file_unit(reader)
    job.progress(0.25, "making solids")
    document = TDocStd_Document(TCollection_ExtendedString("XCAF"))
    XCAFApp_Application.GetApplication_s().NewDocument(TCollection_ExtendedString("MDTV-XCAF"), document)
    if not reader.Transfer(document):
        broken(
            "the CAD kernel finds no shapes in this STEP file; export it again with solids or surfaces (AP203, AP214 or AP242)"
        )
    return StepDocument(document, unit or "mm", unit is not None, reader)


def labels_of(fill: Callable[[Any], object]) -> list[Label]:
    """The labels that a kernel call puts into a sequence."""
    sequence = Sequence_TDF_Label()
    fill(sequence)
    return [sequence.Value(i) for i in range(1, sequence.Length() + 1)]


def all_shapes(document: StepDocument) -> list[Label]:
    """Every product: assemblies and parts."""
    return labels_of(XCAFDoc_DocumentTool.ShapeTool_s(document.main).GetShapes)


def free_shapes(document: StepDocument) -> list[Label]:
    """The products that stand in no assembly."""
    return labels_of(XCAFDoc_DocumentTool.ShapeTool_s(document.main).GetFreeShapes)


def components(label: Label) -> Iterator[tuple[Label, Label]]:
    """The instances in an assembly, each with the product it shows."""
    for component in labels_of(lambda found: XCAFDoc_ShapeTool.GetComponents_s(label, found)):
        product = TDF_Label()
        if XCAFDoc_ShapeTool.GetReferredShape_s(component, product):
            yield component, product


def is_assembly(label: Label) -> bool:
    """Whether the product has components."""
    return bool(XCAFDoc_ShapeTool.IsAssembly_s(label))


def name_of(label: Label) -> str:
    """The label's name, or nothing where it has none that says anything."""
    if not label.IsAttribute(TDataStd_Name.GetID_s()):
        return ""  # asked first: FindAttribute crashes where there is none
    attribute = TDataStd_Name()
    label.FindAttribute(TDataStd_Name.GetID_s(), attribute)
    text = clean(attribute.Get().ToExtString())
    return "" if _NO_NAME.fullmatch(text) else text


def _file_unit(reader: Any) -> str | None:
    lengths, angles, solid_angles = (Sequence_TCollection_AsciiString() for _ in range(3))
    reader.ChangeReader().FileUnits(lengths, angles, solid_angles)
    for i in range(1, lengths.Length() + 1):
        name = lengths.Value(i).ToCString().strip().lower()
        unit = _UNITS.get(name, name)
        if unit in LENGTH_M:
            return unit
    return None
