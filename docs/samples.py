"""Writes the files that the documentation's pictures show: a fixture with PMI in two revisions, a robot, a scan of the scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 7
SCANNED_POINTS = 2_000_000
SCANNED_M = ((54.0, 22.0, -0.1), (80.0, 40.0, 3.8))
"""What the scanner sees of the scene: lowest and highest corner, metres; the roof is left out."""
Triple = tuple[float, float, float]
GREY, BLUE, STEEL, AMBER = (0.30, 0.32, 0.35), (0.10, 0.25, 0.50), (0.45, 0.46, 0.48), (0.75, 0.38, 0.05)


# -- a fixture as STEP, by the CAD kernel; lengths in millimetres


def _box(size: Triple, at: Triple = (0.0, 0.0, 0.0)) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt

    return BRepPrimAPI_MakeBox(gp_Pnt(*at), *size).Shape()


def _pin(radius: float, length: float, at: Triple, along: Triple = (0.0, 0.0, 1.0)) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(*at), gp_Dir(*along)), radius, length).Shape()


def _without(body: Any, holes: Sequence[Any]) -> Any:
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

    for hole in holes:
        body = BRepAlgoAPI_Cut(body, hole).Shape()
    return body


def _plate() -> Any:
    corners = [(x, y, -1.0) for x in (15.0, 185.0) for y in (15.0, 105.0)]
    plate = _box((200.0, 120.0, 18.0))
    plate = _without(plate, [_pin(5.5, 30.0, at) for at in corners] + [_pin(9.0, 8.0, (x, y, 8.0)) for x, y, _ in corners])
    return _without(plate, [_pin(26.0, 30.0, (100.0, 60.0, -1.0)), _pin(5.0, 30.0, (100.0, 105.0, -1.0))])


def _post(height: float) -> Any:
    post = _without(_box((24.0, 70.0, height)), [_pin(12.0, 40.0, (-5.0, 35.0, height - 25.0), (1.0, 0.0, 0.0))])
    return _without(post, [_box((12.0, 80.0, 12.0), (12.0, -5.0, height - 60.0))])


class _Step:
    """A STEP document that is filled and written once."""

    def __init__(self) -> None:
        from OCP.TCollection import TCollection_ExtendedString
        from OCP.TDocStd import TDocStd_Document
        from OCP.XCAFApp import XCAFApp_Application
        from OCP.XCAFDoc import XCAFDoc_DocumentTool

        from viewer.geometry.step.occ import silence

        silence()
        self.document = TDocStd_Document(TCollection_ExtendedString("XCAF"))
        XCAFApp_Application.GetApplication_s().NewDocument(TCollection_ExtendedString("MDTV-XCAF"), self.document)
        self.shapes = XCAFDoc_DocumentTool.ShapeTool_s(self.document.Main())
        self.colours = XCAFDoc_DocumentTool.ColorTool_s(self.document.Main())
        self.pmi = XCAFDoc_DocumentTool.DimTolTool_s(self.document.Main())
        self.top = self.named(self.shapes.NewShape(), "fixture")

    def named(self, label: Any, name: str) -> Any:
        from OCP.TCollection import TCollection_ExtendedString
        from OCP.TDataStd import TDataStd_Name

        TDataStd_Name.Set_s(label, TCollection_ExtendedString(name, True))
        return label

    def part(self, name: str, shape: Any, rgb: Triple) -> Any:
        from OCP.Quantity import Quantity_Color, Quantity_TOC_RGB
        from OCP.XCAFDoc import XCAFDoc_ColorType

        label = self.named(self.shapes.AddShape(shape, False), name)
        self.colours.SetColor(label, Quantity_Color(*rgb, Quantity_TOC_RGB), XCAFDoc_ColorType.XCAFDoc_ColorSurf)
        return label

    def place(self, part: Any, name: str, at: Triple) -> None:
        from OCP.gp import gp_Trsf, gp_Vec
        from OCP.TopLoc import TopLoc_Location

        moved = gp_Trsf()
        moved.SetTranslation(gp_Vec(*at))
        self.named(self.shapes.AddComponent(self.top, part, TopLoc_Location(moved)), name)

    def diameter(self, face: Any, value: float, upper: float, lower: float) -> None:
        """A dimension with its upper deviation, and how far it may be below."""
        from OCP.XCAFDimTolObjects import XCAFDimTolObjects_DimensionObject, XCAFDimTolObjects_DimensionType
        from OCP.XCAFDoc import XCAFDoc_Dimension

        label = self.pmi.AddDimension()
        self.pmi.SetDimension(face, label)
        one = XCAFDimTolObjects_DimensionObject()
        one.SetType(XCAFDimTolObjects_DimensionType.XCAFDimTolObjects_DimensionType_Size_Diameter)
        one.SetValue(value)
        one.SetUpperTolValue(upper)
        one.SetLowerTolValue(lower)
        XCAFDoc_Dimension.Set_s(label).SetObject(one)

    def tolerance(self, face: Any, kind: str, value: float) -> None:
        from OCP.XCAFDimTolObjects import XCAFDimTolObjects_GeomToleranceObject, XCAFDimTolObjects_GeomToleranceType
        from OCP.XCAFDoc import XCAFDoc_GeomTolerance

        label = self.pmi.AddGeomTolerance()
        self.pmi.SetGeomTolerance(face, label)
        one = XCAFDimTolObjects_GeomToleranceObject()
        one.SetType(getattr(XCAFDimTolObjects_GeomToleranceType, f"XCAFDimTolObjects_GeomToleranceType_{kind}"))
        one.SetValue(value)
        XCAFDoc_GeomTolerance.Set_s(label).SetObject(one)

    def write(self, path: Path) -> Path:
        from OCP.Interface import Interface_Static
        from OCP.STEPCAFControl import STEPCAFControl_Writer

        self.shapes.UpdateAssemblies()
        writer = STEPCAFControl_Writer()
        Interface_Static.SetCVal_s("write.step.schema", "AP242DIS")
        Interface_Static.SetCVal_s("write.step.unit", "MM")
        for switch in (writer.SetColorMode, writer.SetNameMode, writer.SetDimTolMode):
            switch(True)
        writer.Transfer(self.document)
        writer.Write(str(path))
        return path


def _faces(shape: Any, wanted: Callable[[Any], bool]) -> list[Any]:
    from OCP.BRepAdaptor import BRepAdaptor_Surface
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    found, walk = [], TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_FACE)
    while walk.More():
        face = TopoDS.Face(walk.Current())
        if wanted(BRepAdaptor_Surface(face)):
            found.append(face)
        walk.Next()
    return found


def _is_bore(radius: float) -> Callable[[Any], bool]:
    from OCP.GeomAbs import GeomAbs_SurfaceType

    return lambda s: s.GetType() == GeomAbs_SurfaceType.GeomAbs_Cylinder and abs(s.Cylinder().Radius() - radius) < 1e-6


def _is_level(height: float) -> Callable[[Any], bool]:
    from OCP.GeomAbs import GeomAbs_SurfaceType

    def level(surface: Any) -> bool:
        if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Plane:
            return False
        plane = surface.Plane()
        return abs(plane.Axis().Direction().Z()) > 0.999 and abs(plane.Location().Z() - height) < 1e-6

    return level


def fixture(folder: Path, name: str = "fixture.stp", *, revision_b: bool = False) -> Path:
    """An assembly fixture; revision B has its right post moved and higher, one locator more and the clamp left out."""
    step, plate, height = _Step(), _plate(), 80.0
    base = step.part("base plate", plate, GREY)
    post = step.part("post", _post(height), BLUE)
    right = step.part("tall post", _post(96.0), BLUE) if revision_b else post
    locator = step.part("locator", _pin(5.0, 34.0, (0.0, 0.0, 0.0)), STEEL)
    step.place(base, "base plate", (0.0, 0.0, 0.0))
    step.place(post, "left post", (18.0, 25.0, 18.0))
    step.place(right, "right post", (150.0 if revision_b else 158.0, 25.0, 18.0))
    step.place(locator, "locator 1", (100.0, 105.0, 0.0))
    if revision_b:
        step.place(locator, "locator 2", (100.0, 15.0, 0.0))
    else:
        step.place(step.part("shaft", _pin(11.8, 190.0, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)), AMBER), "shaft", (5.0, 60.0, 73.0))
    for radius, upper, lower in ((26.0, 0.03, 0.0), (5.0, 0.015, 0.0), (5.5, 0.2, 0.1)):
        for face in _faces(plate, _is_bore(radius))[:1]:
            label = step.shapes.AddSubShape(base, face)
            step.diameter(label, 2.0 * radius, upper, lower)
            if radius > 20.0:
                step.tolerance(label, "Cylindricity", 0.02)
    for face in _faces(plate, _is_level(18.0))[:1]:
        step.tolerance(step.shapes.AddSubShape(base, face), "Flatness", 0.05)
    return step.write(folder / name)


# -- a robot as URDF

_LINK = """<link name="{name}"><visual><origin xyz="{at}" rpy="{turn}"/><geometry>{shape}</geometry>
<material name="m_{name}"><color rgba="{rgb} 1"/></material></visual>{more}</link>"""
_JOINT = """<joint name="{name}" type="revolute"><parent link="{parent}"/><child link="{child}"/><origin xyz="{at}"/>
<axis xyz="{axis}"/><limit lower="{low}" upper="{high}" velocity="2" effort="900"/></joint>"""


def _solid(shape: str, at: str, rgb: str, turn: str = "0 0 0") -> str:
    return (
        f'<visual><origin xyz="{at}" rpy="{turn}"/><geometry>{shape}</geometry>'
        f'<material name="{rgb}"><color rgba="{rgb} 1"/></material></visual>'
    )


def robot(folder: Path) -> Path:
    """A six-axis arm of plain solids with limits on every joint."""
    orange, dark, across = "0.86 0.38 0.10", "0.13 0.14 0.16", "1.5707963 0 0"

    def tube(radius: float, length: float) -> str:
        return f'<cylinder radius="{radius}" length="{length}"/>'

    links = {
        "base": [_solid('<box size="0.7 0.7 0.12"/>', "0 0 0.06", dark), _solid(tube(0.27, 0.3), "0 0 0.27", dark)],
        "carousel": [_solid(tube(0.26, 0.22), "0 0 0.11", orange), _solid(tube(0.19, 0.44), "0.25 0 0.3", orange, across)],
        "upper_arm": [
            _solid('<box size="0.22 0.18 1.15"/>', "0 0 0.575", orange),
            _solid(tube(0.17, 0.34), "0 0 0", dark, across),
        ],
        "forearm": [
            _solid(tube(0.16, 0.36), "0 0 0", orange, across),
            _solid('<box size="0.5 0.26 0.24"/>', "0.05 0 0.12", orange),
            _solid(tube(0.11, 0.75), "0.55 0 0.12", orange, "0 1.5707963 0"),
        ],
        "wrist_roll": [_solid(tube(0.095, 0.3), "0.15 0 0", dark, "0 1.5707963 0")],
        "wrist": [_solid(tube(0.085, 0.2), "0 0 0", orange, across), _solid('<box size="0.18 0.1 0.12"/>', "0.08 0 0", orange)],
        "flange": [_solid(tube(0.07, 0.04), "0.02 0 0", dark, "0 1.5707963 0")],
    }
    joints = (
        ("a1", "base", "carousel", "0 0 0.42", "0 0 1", -3.2, 3.2),
        ("a2", "carousel", "upper_arm", "0.25 0 0.3", "0 1 0", -2.4, 1.2),
        ("a3", "upper_arm", "forearm", "0 0 1.15", "0 1 0", -2.1, 2.6),
        ("a4", "forearm", "wrist_roll", "0.92 0 0.12", "1 0 0", -6.1, 6.1),
        ("a5", "wrist_roll", "wrist", "0.36 0 0", "0 1 0", -2.2, 2.2),
        ("a6", "wrist", "flange", "0.17 0 0", "1 0 0", -6.1, 6.1),
    )
    text = ['<robot name="six_axis_arm">']
    text += [f'<link name="{name}">{"".join(solids)}</link>' for name, solids in links.items()]
    for name, parent, child, at, axis, low, high in joints:
        text.append(_JOINT.format(name=name, parent=parent, child=child, at=at, axis=axis, low=low, high=high))
    path = folder / "six_axis_arm.urdf"
    path.write_text("\n".join([*text, "</robot>"]), encoding="utf-8")
    return path


# -- a scan of the bundled scene as PLY


def scan(folder: Path, scene: Path) -> Path:
    """Points on the surfaces of a scene, with the noise of a scanner and the colours of its parts."""
    from viewer.base.job import SilentJob
    from viewer.geometry.scene import load_twin

    rng = np.random.default_rng(SEED)
    points, rgb = _sampled(load_twin(scene, job=SilentJob(), unit=None).twin, rng)
    rows = np.zeros(len(points), dtype=[("p", "<f4", 3), ("c", "u1", 3)])
    rows["p"] = points + rng.normal(scale=0.004, size=points.shape)
    rows["c"] = np.clip(rgb + rng.normal(scale=6.0, size=rgb.shape), 0, 255)
    header = "".join(f"property float {axis}\n" for axis in "xyz") + "".join(
        f"property uchar {colour}\n" for colour in ("red", "green", "blue")
    )
    path = folder / "hall_scan.ply"
    text = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(rows)}\n{header}end_header\n"
    path.write_bytes(text.encode() + rows.tobytes())
    return path


def _sampled(twin: Any, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from viewer.twin.kinematics import instances, world_from_nodes

    nodes = [node for node in instances(twin) if twin.parts[twin.nodes[node].part].cloud is None]
    (x0, y0, _), (x1, y1, _) = SCANNED_M
    ground = np.array([(x0, y0, 0.0), (x1, y0, 0.0), (x1, y1, 0.0), (x0, y1, 0.0)])[[[0, 1, 2], [0, 2, 3]]]
    corners, colours = [ground], [np.full((2, 3), 176.0)]  # of the hall's floor, which is of two large triangles, this stretch
    for node, world in zip(nodes, world_from_nodes(twin, nodes), strict=True):
        part = twin.parts[twin.nodes[node].part]
        if twin.nodes[node].kind == "fence":
            continue  # of wire: a scanner sees through it
        at = part.mesh.points_in_part @ world[:3, :3].T + world[:3, 3]
        if (at.max(axis=0) < SCANNED_M[0]).any() or (at.min(axis=0) > SCANNED_M[1]).any():
            continue
        corners.append(at[part.mesh.triangles])
        rgb = twin.nodes[node].colour or part.colour or (170, 172, 175)
        colours.append(np.tile(np.array(rgb, dtype=np.float64), (len(part.mesh.triangles), 1)))
    triangles, rgb_of_triangle = np.concatenate(corners), np.concatenate(colours)
    edges = triangles[:, 1:] - triangles[:, :1]
    area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    middle = triangles.mean(axis=1)
    weight = area * ((middle >= SCANNED_M[0]) & (middle <= SCANNED_M[1])).all(axis=1)
    rows = rng.choice(len(triangles), size=SCANNED_POINTS, p=weight / weight.sum())
    u, v = rng.random((2, SCANNED_POINTS))
    u, v = np.where(u + v > 1.0, 1.0 - u, u), np.where(u + v > 1.0, 1.0 - v, v)
    points = triangles[rows, 0] + u[:, None] * edges[rows, 0] + v[:, None] * edges[rows, 1]
    seen = ((points >= SCANNED_M[0]) & (points <= SCANNED_M[1])).all(axis=1)
    return points[seen], rgb_of_triangle[rows[seen]]
