"""The pack's drawing: toleranced dimensions, geometric tolerances and datums, attached to the faces they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.collections import Sequence_TDF_Label
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.TCollection import TCollection_HAsciiString
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS
from OCP.XCAFDimTolObjects import (
    XCAFDimTolObjects_DatumObject,
    XCAFDimTolObjects_DimensionObject,
    XCAFDimTolObjects_DimensionType,
    XCAFDimTolObjects_GeomToleranceObject,
    XCAFDimTolObjects_GeomToleranceType,
    XCAFDimTolObjects_GeomToleranceTypeValue,
)
from OCP.XCAFDoc import XCAFDoc_Datum, XCAFDoc_Dimension, XCAFDoc_DocumentTool, XCAFDoc_GeomTolerance, XCAFDoc_ShapeTool

from scenes.battery_line.make import pack_parts as parts
from scenes.battery_line.make.step_writer import StepAssembly

DISTANCE = XCAFDimTolObjects_DimensionType.XCAFDimTolObjects_DimensionType_Location_LinearDistance
DIAMETER = XCAFDimTolObjects_DimensionType.XCAFDimTolObjects_DimensionType_Size_Diameter
TOLERANCE = "XCAFDimTolObjects_GeomToleranceType_"


@dataclass(frozen=True, slots=True)
class Face:
    """A plane face by its normal's axis (0, 1, 2) and place along it, or a cylinder by its radius and its axis' x and y."""

    axis: int = -1
    at: float = 0.0
    sign: int = 1
    radius: float = 0.0
    xy: tuple[float, float] = (0.0, 0.0)

    def fits(self, surface: BRepAdaptor_Surface, *, reverse: bool) -> bool:
        """Whether this is the face meant."""
        if self.axis < 0:
            if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Cylinder:
                return False
            cylinder = surface.Cylinder()
            spot = cylinder.Axis().Location()
            return (
                abs(cylinder.Radius() - self.radius) < 1e-3
                and abs(spot.X() - self.xy[0]) < 0.01
                and abs(spot.Y() - self.xy[1]) < 0.01
            )
        if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Plane:
            return False
        plane = surface.Plane()
        normal, spot = plane.Axis().Direction(), plane.Location()
        along = (normal.X(), normal.Y(), normal.Z())[self.axis] * (-1 if reverse else 1)
        return along * self.sign > 0.999 and abs((spot.X(), spot.Y(), spot.Z())[self.axis] - self.at) < 0.01


@dataclass(frozen=True, slots=True)
class Dimension:
    """A toleranced distance between two faces of one part, or a diameter; millimetres."""

    name: str
    part: str
    nominal: float
    lower: float
    upper: float
    first: Face
    second: Face | None = None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A geometric tolerance (kernel's name of its kind) of one face; millimetres."""

    name: str
    part: str
    kind: str
    value: float
    face: Face
    datums: tuple[str, ...] = ()
    diameter: bool = False


X, Y, Z = 0, 1, 2
HALF_X, HALF_Y = parts.HOLE_X / 2, parts.HOLE_Y / 2
FLANGE_TOP = parts.FLANGE_Z + parts.FLANGE_THICK
HOLE_1 = Face(radius=parts.HOLE / 2, xy=(-HALF_X, -HALF_Y))
HOLE_2 = Face(radius=parts.HOLE / 2, xy=(HALF_X, HALF_Y))

DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("tray length", "frame", 2100.0, -1.0, 1.0, Face(X, -1050.0, -1), Face(X, 1050.0, 1)),
    Dimension("tray width", "frame", 1400.0, -0.8, 0.8, Face(Y, -700.0, -1), Face(Y, 700.0, 1)),
    Dimension("tray flange height", "frame", FLANGE_TOP, -0.3, 0.3, Face(Z, 0.0, -1), Face(Z, FLANGE_TOP, 1)),
    Dimension("tray locating hole diameter", "frame", parts.HOLE, 0.0, 0.018, HOLE_1),
    Dimension("tray locating hole x", "frame", parts.HOLE_X, -0.15, 0.15, HOLE_1, HOLE_2),
    Dimension("module pitch", "frame", parts.PITCH_X, -0.2, 0.2, Face(radius=parts.DOWEL / 2, xy=(parts.FIRST_X, 0.0)),
              Face(radius=parts.DOWEL / 2, xy=(parts.FIRST_X + parts.PITCH_X, 0.0))),
    Dimension("cell length", "cell", 300.0, -0.3, 0.3, Face(X, -150.0, -1), Face(X, 150.0, 1)),
    Dimension("cell thickness", "cell", 46.0, -0.15, 0.15, Face(Y, -23.0, -1), Face(Y, 23.0, 1)),
    Dimension("cell height", "cell", 110.0, -0.2, 0.2, Face(Z, 0.0, -1), Face(Z, 110.0, 1)),
    Dimension("terminal height", "cell", 114.0, -0.25, 0.25, Face(Z, 0.0, -1), Face(Z, 114.0, 1)),
    Dimension("end plate thickness", "end_plate", 12.0, -0.1, 0.1, Face(Y, 0.0, -1), Face(Y, 12.0, 1)),
    Dimension("cold plate height", "plate", 9.0, -0.1, 0.1, Face(Z, 0.0, -1), Face(Z, 9.0, 1)),
    Dimension("lid gap", "cover", parts.LID_GAP, -0.3, 0.3, Face(Z, 0.0, -1), Face(Z, parts.LID_GAP, -1)),
    Dimension("lid sheet thickness", "cover", parts.LID_SHEET, -0.1, 0.1, Face(Z, parts.LID_GAP, -1),
              Face(Z, parts.LID_GAP + parts.LID_SHEET, 1)),
)  # fmt: skip

DATUMS: dict[str, tuple[str, Face]] = {"A": ("frame", Face(Z, FLANGE_TOP, 1)), "B": ("frame", HOLE_1), "C": ("frame", HOLE_2)}

TOLERANCES: tuple[Tolerance, ...] = (
    Tolerance("tray flange flatness", "frame", "Flatness", 0.5, Face(Z, FLANGE_TOP, 1)),
    Tolerance("locating hole position", "frame", "Position", 0.2, HOLE_2, ("A", "B"), diameter=True),
    Tolerance("locating hole squareness", "frame", "Perpendicularity", 0.1, HOLE_1, ("A",), diameter=True),
    Tolerance("cold plate flatness", "plate", "Flatness", 0.3, Face(Z, 0.0, -1)),
    Tolerance("tray side parallelism", "frame", "Parallelism", 0.8, Face(Z, 0.0, -1), ("A",)),
)


def add_pmi(step: StepAssembly, products: dict[str, Any]) -> None:
    """Attach everything above to the products' faces."""
    tool = XCAFDoc_DocumentTool.DimTolTool_s(step.document.Main())
    for dimension in DIMENSIONS:
        _dimension(step, tool, products[dimension.part], dimension)
    datums = {letter: _face(step, products[part], face) for letter, (part, face) in DATUMS.items()}
    for tolerance in TOLERANCES:
        _tolerance(step, tool, products[tolerance.part], tolerance, datums)


def _face(step: StepAssembly, product: Any, wanted: Face) -> Any:
    """The label of the largest face that fits."""
    explorer = TopExp_Explorer(XCAFDoc_ShapeTool.GetShape_s(product), TopAbs_ShapeEnum.TopAbs_FACE)
    found: list[Any] = []
    while explorer.More():
        face = TopoDS.Face(explorer.Current()) if hasattr(TopoDS, "Face") else TopoDS.Face_s(explorer.Current())
        reverse = face.Orientation().name.endswith("REVERSED")
        if wanted.fits(BRepAdaptor_Surface(face), reverse=reverse):
            found.append(face)
        explorer.Next()
    if not found:
        raise ValueError(f"no face of the part is {wanted}")
    return step.shapes.AddSubShape(product, found[0])


def _sequence(labels: list[Any]) -> Any:
    sequence = Sequence_TDF_Label()
    for label in labels:
        sequence.Append(label)
    return sequence


def _dimension(step: StepAssembly, tool: Any, product: Any, wanted: Dimension) -> None:
    label = tool.AddDimension()
    value = XCAFDimTolObjects_DimensionObject()
    value.SetType(DISTANCE if wanted.second else DIAMETER)
    value.SetValue(wanted.nominal)
    value.SetUpperTolValue(wanted.upper)
    value.SetLowerTolValue(-wanted.lower)
    value.SetSemanticName(TCollection_HAsciiString(wanted.name))
    XCAFDoc_Dimension.Set_s(label).SetObject(value)
    second = [] if wanted.second is None else [_face(step, product, wanted.second)]
    tool.SetDimension(_sequence([_face(step, product, wanted.first)]), _sequence(second), label)


def _tolerance(step: StepAssembly, tool: Any, product: Any, wanted: Tolerance, datums: dict[str, Any]) -> None:
    label = tool.AddGeomTolerance()
    value = XCAFDimTolObjects_GeomToleranceObject()
    value.SetType(getattr(XCAFDimTolObjects_GeomToleranceType, TOLERANCE + wanted.kind))
    kind = XCAFDimTolObjects_GeomToleranceTypeValue
    if wanted.diameter:
        value.SetTypeOfValue(kind.XCAFDimTolObjects_GeomToleranceTypeValue_Diameter)
    value.SetValue(wanted.value)
    value.SetSemanticName(TCollection_HAsciiString(wanted.name))
    XCAFDoc_GeomTolerance.Set_s(label).SetObject(value)
    tool.SetGeomTolerance(_face(step, product, wanted.face), label)
    for position, letter in enumerate(wanted.datums, start=1):
        datum = tool.AddDatum()
        entry = XCAFDimTolObjects_DatumObject()
        entry.SetName(TCollection_HAsciiString(letter))
        entry.SetPosition(position)
        XCAFDoc_Datum.Set_s(datum).SetObject(entry)
        tool.SetDatum(_sequence([datums[letter]]), datum)
        tool.SetDatumToGeomTol(datum, label)
