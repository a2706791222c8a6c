"""The CAD kernel's names that are used here, in one place: OCP ships no type information, so each is typed Any, and once.

Importing this takes a second and may crash on hostile input later: only ever in a worker process.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def _kernel(package: str, name: str) -> Any:
    return getattr(import_module(f"OCP.{package}"), name)


Bnd_Box: Any = _kernel("Bnd", "Bnd_Box")
BRep_Builder: Any = _kernel("BRep", "BRep_Builder")
BRep_Tool: Any = _kernel("BRep", "BRep_Tool")
BRepBndLib: Any = _kernel("BRepBndLib", "BRepBndLib")
BRepBuilderAPI_MakeSolid: Any = _kernel("BRepBuilderAPI", "BRepBuilderAPI_MakeSolid")
BRepBuilderAPI_Sewing: Any = _kernel("BRepBuilderAPI", "BRepBuilderAPI_Sewing")
BRepLib: Any = _kernel("BRepLib", "BRepLib")
BRepGProp: Any = _kernel("BRepGProp", "BRepGProp")
BRepMesh_IncrementalMesh: Any = _kernel("BRepMesh", "BRepMesh_IncrementalMesh")
GProp_GProps: Any = _kernel("GProp", "GProp_GProps")
IFSelect_ReturnStatus: Any = _kernel("IFSelect", "IFSelect_ReturnStatus")
IGESCAFControl_Reader: Any = _kernel("IGESCAFControl", "IGESCAFControl_Reader")
Message: Any = _kernel("Message", "Message")
Quantity_ColorRGBA: Any = _kernel("Quantity", "Quantity_ColorRGBA")
Sequence_TCollection_AsciiString: Any = _kernel("collections", "Sequence_TCollection_AsciiString")
Sequence_TDF_Label: Any = _kernel("collections", "Sequence_TDF_Label")
ShapeMap: Any = _kernel("collections", "IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher")
STEPCAFControl_Reader: Any = _kernel("STEPCAFControl", "STEPCAFControl_Reader")
TCollection_ExtendedString: Any = _kernel("TCollection", "TCollection_ExtendedString")
TDataStd_Name: Any = _kernel("TDataStd", "TDataStd_Name")
TDF_Label: Any = _kernel("TDF", "TDF_Label")
TDocStd_Document: Any = _kernel("TDocStd", "TDocStd_Document")
TopAbs_Orientation: Any = _kernel("TopAbs", "TopAbs_Orientation")
TopAbs_ShapeEnum: Any = _kernel("TopAbs", "TopAbs_ShapeEnum")
TopExp: Any = _kernel("TopExp", "TopExp")
TopExp_Explorer: Any = _kernel("TopExp", "TopExp_Explorer")
TopLoc_Location: Any = _kernel("TopLoc", "TopLoc_Location")
TopoDS: Any = _kernel("TopoDS", "TopoDS")
TopoDS_Compound: Any = _kernel("TopoDS", "TopoDS_Compound")
XCAFApp_Application: Any = _kernel("XCAFApp", "XCAFApp_Application")
XCAFDoc_ColorTool: Any = _kernel("XCAFDoc", "XCAFDoc_ColorTool")
XCAFDoc_ColorType: Any = _kernel("XCAFDoc", "XCAFDoc_ColorType")
XCAFDoc_DocumentTool: Any = _kernel("XCAFDoc", "XCAFDoc_DocumentTool")
XCAFDoc_ShapeTool: Any = _kernel("XCAFDoc", "XCAFDoc_ShapeTool")

FACE: Any = TopAbs_ShapeEnum.TopAbs_FACE
SHELL: Any = TopAbs_ShapeEnum.TopAbs_SHELL
SOLID: Any = TopAbs_ShapeEnum.TopAbs_SOLID


def silence() -> None:
    """Keep the kernel from printing its own progress to standard output, which belongs to the program."""
    messenger = Message.DefaultMessenger_s()
    for printer in list(messenger.Printers()):
        messenger.RemovePrinter(printer)
