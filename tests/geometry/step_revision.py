"""A second revision of a real STEP assembly, made by the CAD kernel itself (runs in the kernel's process)."""

from pathlib import Path
from typing import Any

from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
from OCP.gp import gp_Pnt, gp_Trsf, gp_Vec
from OCP.STEPCAFControl import STEPCAFControl_Writer
from OCP.STEPControl import STEPControl_StepModelType
from OCP.TCollection import TCollection_ExtendedString
from OCP.TDataStd import TDataStd_Name
from OCP.TopLoc import TopLoc_Location
from OCP.XCAFDoc import XCAFDoc_DocumentTool, XCAFDoc_ShapeTool

from viewer.base.job import SilentJob
from viewer.geometry.step.document import components, free_shapes, name_of, open_step

SHIFT_MM = 7.5
POCKET_MM = (30.0, 30.0, 5.0)


def revise_as1(source: Path, target: Path) -> None:
    """The CAx-IF assembly as1 with a bracket group shifted along x, the rod group gone, a pocket in the plate and a new block."""
    document = open_step(source, SilentJob())
    shapes = XCAFDoc_DocumentTool.ShapeTool_s(document.main)
    (top,) = free_shapes(document)
    below = [(component, name_of(product), product) for component, product in components(top)]
    bracket, _, group = next(one for one in below if one[1].startswith("l-bracket"))
    _shift(shapes, top, bracket, group)
    shapes.RemoveComponent(next(component for component, name, _ in below if name.startswith("rod")))
    while unused := [label for label in free_shapes(document) if not label.IsEqual(top)]:
        for label in unused:
            shapes.RemoveShape(label)
    _cut(shapes, next(product for _, name, product in below if name == "plate"))
    block = shapes.AddShape(BRepPrimAPI_MakeBox(gp_Pnt(300.0, 300.0, 300.0), 20.0, 20.0, 20.0).Shape(), False)
    TDataStd_Name.Set_s(block, TCollection_ExtendedString("block"))
    shapes.AddComponent(top, block, TopLoc_Location())
    shapes.UpdateAssemblies()
    writer = STEPCAFControl_Writer()
    writer.SetNameMode(True)
    writer.Transfer(document.document, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(target))


def _shift(shapes: Any, top: Any, component: Any, product: Any) -> None:
    """Put an instance anew, under its name, as far away."""
    move = gp_Trsf()
    move.SetTranslation(gp_Vec(SHIFT_MM, 0.0, 0.0))
    name, place = name_of(component), XCAFDoc_ShapeTool.GetLocation_s(component)
    shapes.RemoveComponent(component)
    again = shapes.AddComponent(top, product, TopLoc_Location(move).Multiplied(place))
    TDataStd_Name.Set_s(again, TCollection_ExtendedString(name))


def _cut(shapes: Any, plate: Any) -> None:
    """A pocket in the plate's top."""
    shape = XCAFDoc_ShapeTool.GetShape_s(plate)
    pocket = BRepPrimAPI_MakeBox(gp_Pnt(85.0, 60.0, 15.0), *POCKET_MM).Shape()
    shapes.SetShape(plate, BRepAlgoAPI_Cut(shape, pocket).Shape())
