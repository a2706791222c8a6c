"""Whole folders around a STEP file, made for tests: references, archives, tessellation, layers, products."""

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

from OCP.BRep import BRep_Builder, BRep_Tool
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
from OCP.Interface import Interface_Static
from OCP.STEPCAFControl import STEPCAFControl_Writer
from OCP.STEPControl import STEPControl_StepModelType
from OCP.TCollection import TCollection_ExtendedString
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Face, TopoDS_Shell
from OCP.XCAFDoc import XCAFDoc_DocumentTool

from tests.geometry.step_files import Maker, box, nested, shift
from viewer.geometry.step.mesh import explore
from viewer.geometry.step.occ import FACE


def external(folder: Path) -> Path:
    """`nested` with its box in a file of its own, `ext_box.stp`."""
    maker = Maker()
    nested(maker)
    maker.shapes.UpdateAssemblies()
    writer = STEPCAFControl_Writer()
    Interface_Static.SetCVal_s("write.step.schema", "AP214IS")
    Interface_Static.SetCVal_s("write.step.unit", "MM")
    writer.SetNameMode(True)
    writer.Transfer(maker.document, STEPControl_StepModelType.STEPControl_AsIs, "ext_")
    writer.Write(str(folder / "main.stp"))
    return folder / "main.stp"


def external_missing(folder: Path) -> Path:
    path = external(folder)
    (folder / "ext_box.stp").unlink()
    return path


def external_partly(folder: Path) -> Path:
    """Two parts in files of their own, of which `ext_pin.stp` is gone."""
    maker = Maker()
    top = maker.assembly("top")
    maker.add(top, maker.part("box", box()), "box")
    maker.add(top, maker.part("pin", box(1, 1, 1)), "pin", shift(50))
    maker.shapes.UpdateAssemblies()
    writer = STEPCAFControl_Writer()
    writer.SetNameMode(True)
    writer.Transfer(maker.document, STEPControl_StepModelType.STEPControl_AsIs, "ext_")
    writer.Write(str(folder / "main.stp"))
    (folder / "ext_pin.stp").unlink()
    return folder / "main.stp"


def external_in_inches(folder: Path) -> Path:
    """The same box written in inches beside an assembly in millimetres."""
    path = external(folder)
    maker = Maker()
    maker.part("box", box())
    maker.write(folder / "ext_box.stp", "AP203", "INCH")
    return path


def external_outside(folder: Path) -> Path:
    path = external(folder)
    inner = folder / "inner"
    inner.mkdir()
    (inner / "main.stp").write_text(path.read_text().replace("ext_box.stp", "../ext_box.stp"))
    return inner / "main.stp"


def external_circle(folder: Path) -> Path:
    path = external(folder)
    path.write_text(path.read_text().replace("ext_box.stp", "main.stp"))
    return path


def zipped(folder: Path) -> Path:
    external(folder)
    with zipfile.ZipFile(folder / "x.stpz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "ext_box.stp", "ext_box.stp")
        archive.write(folder / "main.stp", "main.stp")
    (folder / "main.stp").unlink()
    (folder / "ext_box.stp").unlink()
    return folder / "x.stpz"


def gzipped(folder: Path) -> Path:
    """Under a name that says nothing."""
    maker = Maker()
    nested(maker)
    maker.write(folder / "x.stp")
    (folder / "model.bin").write_bytes(gzip.compress((folder / "x.stp").read_bytes()))
    return folder / "model.bin"


def bomb(folder: Path) -> Path:
    (folder / "x.stpz").write_bytes(gzip.compress(b"ISO-10303-21;\n" + b" " * 300_000_000, 9))
    return folder / "x.stpz"


def tessellated(folder: Path) -> Path:
    """A cylinder of radius 10 mm and height 60 mm as triangles alone (AP242)."""
    maker, builder, shell = Maker(), BRep_Builder(), TopoDS_Shell()
    cylinder = BRepPrimAPI_MakeCylinder(10.0, 60.0).Shape()
    BRepMesh_IncrementalMesh(cylinder, 0.05)
    builder.MakeShell(shell)
    for face in explore(cylinder, FACE):
        bare = TopoDS_Face()
        builder.MakeFace(bare, BRep_Tool.Triangulation_s(TopoDS.Face(face), TopLoc_Location()))
        builder.Add(shell, bare)
    maker.part("pin", shell)
    Interface_Static.SetIVal_s("write.step.tessellated", 2)
    maker.write(folder / "x.stp", "AP242DIS")
    Interface_Static.SetIVal_s("write.step.tessellated", 0)
    return folder / "x.stp"


def layered(folder: Path) -> Path:
    """Two boxes, one on the layer «walls», the other hidden."""
    maker = Maker()
    top, wall, ghost = maker.assembly("top"), maker.part("wall", box()), maker.part("ghost", box(1, 1, 1))
    maker.add(top, wall, "wall")
    maker.add(top, ghost, "ghost", shift(50))
    XCAFDoc_DocumentTool.LayerTool_s(maker.document.Main()).SetLayer(wall, TCollection_ExtendedString("walls"))
    maker.colour(ghost, 1.0, 0.0, 0.0)
    maker.colours.SetVisibility(ghost, False)
    maker.write(folder / "x.stp")
    return folder / "x.stp"


def numbered(folder: Path) -> Path:
    """A product with number, description, revision and a property of its own."""
    maker = Maker()
    maker.part("box", box())
    maker.write(folder / "x.stp")
    text = (folder / "x.stp").read_text()
    product = text.index("PRODUCT('box','box',''")
    text = text[:product] + text[product:].replace("'box','box',''", "'P-4711','box','A plain box'", 1)
    text = text.replace("PRODUCT_DEFINITION_FORMATION('',", "PRODUCT_DEFINITION_FORMATION('C',")
    definition = text.rpartition("= PRODUCT_DEFINITION(")[0].rpartition("#")[2].strip()
    own = (
        f"#90001=PROPERTY_DEFINITION('Finish','',#{definition});#90002=PROPERTY_DEFINITION_REPRESENTATION(#90001,#90003);"
        "#90003=REPRESENTATION('',(#90004),$);#90004=DESCRIPTIVE_REPRESENTATION_ITEM('','verzinkt \\X2\\00B5\\X0\\');"
    )
    (folder / "x.stp").write_text(text.replace("ENDSEC;\nEND-ISO", f"{own}\nENDSEC;\nEND-ISO"))
    return folder / "x.stp"


RECIPES: dict[str, Callable[[Path], Path]] = {
    recipe.__name__: recipe
    for recipe in (
        external, external_missing, external_partly, external_in_inches, external_outside, external_circle, zipped, gzipped,
        bomb, tessellated, layered, numbered,
    )
}  # fmt: skip
