"""Write an assembly as STEP AP242 with names, colours, instances and tolerances; the same text for the same assembly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from OCP.APIHeaderSection import APIHeaderSection_MakeHeader
from OCP.BRep import BRep_Builder
from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt, gp_Trsf, gp_Vec
from OCP.Interface import Interface_Static
from OCP.Quantity import Quantity_Color, Quantity_TypeOfColor
from OCP.STEPCAFControl import STEPCAFControl_Writer
from OCP.STEPControl import STEPControl_StepModelType
from OCP.TCollection import TCollection_ExtendedString, TCollection_HAsciiString
from OCP.TDataStd import TDataStd_Name
from OCP.TDocStd import TDocStd_Document
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Compound
from OCP.XCAFApp import XCAFApp_Application
from OCP.XCAFDoc import XCAFDoc_ColorType, XCAFDoc_DocumentTool

WRITTEN = "2026-01-01T00:00:00"
"""Stands in the header instead of the time of writing, so that the same scripts write the same file."""


def place(x: float = 0.0, y: float = 0.0, z: float = 0.0, *, turn_deg: float = 0.0) -> TopLoc_Location:
    """Moved by millimetres, turned before that about z."""
    turned, moved = gp_Trsf(), gp_Trsf()
    if turn_deg:
        turned.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), turn_deg * 0.017453292519943295)
    moved.SetTranslation(gp_Vec(x, y, z))
    return TopLoc_Location(moved * turned)


class StepAssembly:
    """The kernel's document, filled product by product."""

    def __init__(self) -> None:
        self.document = TDocStd_Document(TCollection_ExtendedString("XCAF"))
        XCAFApp_Application.GetApplication_s().NewDocument(TCollection_ExtendedString("MDTV-XCAF"), self.document)
        self.shapes = XCAFDoc_DocumentTool.ShapeTool_s(self.document.Main())
        self.colours = XCAFDoc_DocumentTool.ColorTool_s(self.document.Main())

    def assembly(self, name: str) -> Any:
        """A new product without a shape of its own."""
        label = self.shapes.NewShape()
        _name(label, name)
        return label

    def part(self, name: str, shape: Any, rgb: str) -> Any:
        """A new product with a shape in one colour."""
        label = self.shapes.AddShape(_unplaced(shape), False)
        _name(label, name)
        self.colours.SetColor(label, _colour(rgb), XCAFDoc_ColorType.XCAFDoc_ColorGen)
        return label

    def paint(self, part: Any, faces: list[Any], rgb: str) -> None:
        """Some faces of a part in another colour."""
        for face in faces:
            self.colours.SetColor(self.shapes.AddSubShape(part, face), _colour(rgb), XCAFDoc_ColorType.XCAFDoc_ColorSurf)

    def add(self, parent: Any, name: str, product: Any, at: TopLoc_Location | None = None) -> Any:
        """A named instance of a product in an assembly."""
        label = self.shapes.AddComponent(parent, product, at or TopLoc_Location())
        _name(label, name)
        return label

    def save(self, path: Path) -> None:
        """Write the file, millimetres."""
        self.shapes.UpdateAssemblies()
        STEPCAFControl_Writer()  # the kernel's settings exist only once a writer has been made
        if not Interface_Static.SetCVal_s("write.step.schema", "AP242DIS") or not Interface_Static.SetCVal_s(
            "write.step.unit", "MM"
        ):
            raise RuntimeError("the CAD kernel does not know its own setting for AP242")
        writer = STEPCAFControl_Writer()
        for mode in ("Color", "Name", "DimTol"):
            getattr(writer, f"Set{mode}Mode")(True)
        if not writer.Transfer(self.document, STEPControl_StepModelType.STEPControl_AsIs):
            raise RuntimeError("the CAD kernel could not translate the pack to STEP")
        header = APIHeaderSection_MakeHeader(writer.ChangeWriter().Model())
        header.SetName(TCollection_HAsciiString("pack.step"))
        header.SetTimeStamp(TCollection_HAsciiString(WRITTEN))
        header.SetOriginatingSystem(TCollection_HAsciiString("scenes/battery_line/make"))
        writer.Write(str(path))
        text = path.read_text(encoding="latin-1")
        text = re.sub(r"(FILE_NAME\('[^']*',)'[^']*'", rf"\1'{WRITTEN}'", text)
        path.write_text(text, encoding="latin-1", newline="\n")


def _unplaced(shape: Any) -> Any:
    """The shape in a compound of its own: a placed solid would become an instance of a nameless product."""
    compound, builder = TopoDS_Compound(), BRep_Builder()
    builder.MakeCompound(compound)
    builder.Add(compound, shape)
    return compound


def _name(label: Any, name: str) -> None:
    TDataStd_Name.Set_s(label, TCollection_ExtendedString(name))


def _colour(rgb: str) -> Quantity_Color:
    r, g, b = (int(rgb[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return Quantity_Color(r, g, b, Quantity_TypeOfColor.Quantity_TOC_sRGB)
