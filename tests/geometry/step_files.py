"""STEP files made for tests by the CAD kernel: every case has sizes, places and colours that a closed form tells."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from OCP.BRep import BRep_Builder
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf, gp_Vec
from OCP.IGESCAFControl import IGESCAFControl_Writer
from OCP.IGESControl import IGESControl_Controller
from OCP.Interface import Interface_Static
from OCP.Quantity import Quantity_Color, Quantity_TOC_RGB
from OCP.STEPCAFControl import STEPCAFControl_Writer
from OCP.TCollection import TCollection_ExtendedString
from OCP.TDataStd import TDataStd_Name
from OCP.TDocStd import TDocStd_Document
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Compound
from OCP.XCAFApp import XCAFApp_Application
from OCP.XCAFDoc import XCAFDoc_ColorType, XCAFDoc_DocumentTool

from viewer.geometry.step.mesh import explore
from viewer.geometry.step.occ import FACE, silence


class Maker:
    """A document that is filled with products and written once. Lengths in millimetres."""

    def __init__(self) -> None:
        silence()
        self.document = TDocStd_Document(TCollection_ExtendedString("XCAF"))
        XCAFApp_Application.GetApplication_s().NewDocument(TCollection_ExtendedString("MDTV-XCAF"), self.document)
        self.shapes = XCAFDoc_DocumentTool.ShapeTool_s(self.document.Main())
        self.colours = XCAFDoc_DocumentTool.ColorTool_s(self.document.Main())

    def part(self, name: str, shape: Any) -> Any:
        return _named(self.shapes.AddShape(shape, False), name)

    def assembly(self, name: str) -> Any:
        return _named(self.shapes.NewShape(), name)

    def add(self, assembly: Any, product: Any, name: str, trsf: gp_Trsf | None = None) -> Any:
        return _named(self.shapes.AddComponent(assembly, product, TopLoc_Location(trsf) if trsf else TopLoc_Location()), name)

    def colour(self, what: Any, *rgb: float) -> None:
        """Of a label or a sub-shape; linear 0 to 1."""
        self.colours.SetColor(what, Quantity_Color(*rgb, Quantity_TOC_RGB), XCAFDoc_ColorType.XCAFDoc_ColorSurf)

    def write(self, path: Path, schema: str = "AP214IS", unit: str = "MM") -> None:
        self.shapes.UpdateAssemblies()
        writer = STEPCAFControl_Writer()
        Interface_Static.SetCVal_s("write.step.schema", schema)
        Interface_Static.SetCVal_s("write.step.unit", unit)
        writer.SetColorMode(True)
        writer.SetNameMode(True)
        writer.Transfer(self.document)
        writer.Write(str(path))

    def write_iges(self, path: Path, unit: str, *, solids: bool) -> None:
        self.shapes.UpdateAssemblies()
        IGESControl_Controller.Init_s()
        Interface_Static.SetCVal_s("write.iges.unit", unit)
        Interface_Static.SetIVal_s("write.iges.brep.mode", int(solids))
        writer = IGESCAFControl_Writer()
        writer.SetColorMode(True)
        writer.Transfer(self.document)
        writer.Write(str(path))


def _named(label: Any, name: str) -> Any:
    TDataStd_Name.Set_s(label, TCollection_ExtendedString(name, True))
    return label


def shift(x: float, y: float = 0.0, z: float = 0.0) -> gp_Trsf:
    result = gp_Trsf()
    result.SetTranslation(gp_Vec(x, y, z))
    return result


def turn(axis: tuple[float, float, float], angle_deg: float) -> gp_Trsf:
    result = gp_Trsf()
    result.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(*axis)), math.radians(angle_deg))
    return result


def mirror_x() -> gp_Trsf:
    result = gp_Trsf()
    result.SetMirror(gp_Ax2(gp_Pnt(0, 0, 0), gp_Dir(1, 0, 0)))
    return result


def box(x: float = 10.0, y: float = 20.0, z: float = 30.0) -> Any:
    return BRepPrimAPI_MakeBox(x, y, z).Shape()


def line(*to: float) -> Any:
    return BRepBuilderAPI_MakeEdge(gp_Pnt(0, 0, 0), gp_Pnt(*to)).Edge()


def compound(*shapes: Any) -> Any:
    result, builder = TopoDS_Compound(), BRep_Builder()
    builder.MakeCompound(result)
    for shape in shapes:
        builder.Add(result, shape)
    return result


def nested(maker: Maker) -> None:
    """plant > line > cell > box: two cells in a line, the second turned by 90 degrees, and two lines, the second mirrored."""
    part = maker.part("box", box())
    cell, line_, plant = maker.assembly("cell"), maker.assembly("line"), maker.assembly("plant")
    maker.add(cell, part, "left")
    maker.add(cell, part, "right", shift(100))
    maker.add(line_, cell, "cell A")
    maker.add(line_, cell, "cell B", turn((0, 0, 1), 90))
    maker.add(plant, line_, "line 1", shift(0, 0, 1000))
    maker.add(plant, line_, "line 2", mirror_x())


def roots(maker: Maker) -> None:
    """Two parts that hang nowhere, and an assembly beside them."""
    maker.part("one", box())
    two = maker.part("two", box(1, 1, 1))
    group = maker.assembly("group")
    maker.add(group, two, "first", shift(50))
    maker.add(group, two, "second", shift(60))


def coloured(maker: Maker) -> None:
    """A red part with one green face, shown as it is and as a blue instance; a part without any colour."""
    shape = box()
    part, plain, top = maker.part("red", shape), maker.part("plain", box(1, 1, 1)), maker.assembly("top")
    maker.colour(part, 1.0, 0.0, 0.0)
    maker.colour(maker.shapes.AddSubShape(part, explore(shape, FACE)[0]), 0.0, 1.0, 0.0)
    maker.add(top, part, "as made")
    maker.colour(maker.add(top, part, "painted", shift(50)), 0.0, 0.0, 1.0)
    maker.add(top, plain, "bare", shift(0, 50))


def international(maker: Maker) -> None:
    part, top = maker.part("Gehäuse ÄÖÜß", box()), maker.assembly("組立ライン")
    maker.add(top, part, "部品 №1")


def with_empty_assembly(maker: Maker) -> None:
    top = maker.assembly("top")
    maker.add(top, maker.part("box", box()), "full")
    maker.add(top, maker.assembly("hollow"), "nothing")


def only_wires(maker: Maker) -> None:
    maker.part("sketch", compound(line(10, 0, 0), line(0, 20, 0)))


def wires_beside(maker: Maker) -> None:
    """A box, and a leader line that reaches 500 mm out."""
    top = maker.assembly("top")
    maker.add(top, maker.part("box", box()), "box")
    maker.add(top, maker.part("leader", compound(line(500, 0, 0))), "leader")


def turned_cylinders(maker: Maker) -> None:
    """Radius 10 mm, height 60 mm along z from the middle: upright at x = 0, tilted by 30 degrees about y at x = 200."""
    cylinder = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(0, 0, -30), gp_Dir(0, 0, 1)), 10.0, 60.0).Shape()
    part, top = maker.part("pin", cylinder), maker.assembly("top")
    maker.add(top, part, "upright")
    maker.add(top, part, "tilted", shift(200).Multiplied(turn((0, 1, 0), 30)))


def loose_shell(maker: Maker) -> None:
    """A box, and another box's first face alone."""
    top = maker.assembly("top")
    maker.add(top, maker.part("box", box()), "box")
    maker.add(top, maker.part("skin", compound(explore(box(), FACE)[0])), "skin", shift(100))


CASES: dict[str, Callable[[Maker], None]] = {
    case.__name__: case
    for case in (
        nested, roots, coloured, international, with_empty_assembly, only_wires, wires_beside, turned_cylinders, loose_shell
    )
}  # fmt: skip


def write_case(case: str, path: Path, schema: str, unit: str, *, escaped: bool) -> None:
    """Write one of CASES; `escaped`: letters beyond ASCII as ISO 10303-21 writes them (\\X2\\, UTF-16 in hexadecimal)."""
    maker = Maker()
    CASES[case](maker)
    maker.write(path, schema, unit)
    if escaped:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"[^\x00-\x7f]+", lambda m: f"\\X2\\{m[0].encode('utf-16-be').hex().upper()}\\X0\\", text))


def write_iges_case(case: str, path: Path, unit: str, *, solids: bool) -> None:
    """Write one of CASES as IGES: MM, INCH, M …; `solids` False: as trimmed surfaces that touch."""
    maker = Maker()
    CASES[case](maker)
    maker.write_iges(path, unit, solids=solids)
