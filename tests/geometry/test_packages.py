"""3MF and 3DXML: what is refused, units and places, components and instances, colours, what is only told."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.checks import bounds_in_world
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_here, reader_for
from viewer.geometry.threedxml.reader import ThreeDXmlReader
from viewer.geometry.threemf.reader import ThreeMfReader

NS = (
    'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" '
    'xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02" '
    'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"'
)
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
    'Target="/3D/start.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
SQUARE = (
    '<mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/><vertex x="1" y="1" z="0"/><vertex x="0" y="1" z="0"/>'
    '</vertices><triangles><triangle v1="0" v2="1" v3="2" {a}/><triangle v1="0" v2="2" v3="3" {b}/></triangles></mesh>'
)


def square(a: str = "", b: str = "") -> str:
    return SQUARE.format(a=a, b=b)


def packed(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def mf(folder: Path, resources: str, build: str, unit: str = "millimeter", **others: str) -> tuple[GeometryModel, list[str]]:
    model = f'<?xml version="1.0"?><model unit="{unit}" {NS}><metadata name="Title">Jig</metadata>'
    model += f"<resources>{resources}</resources><build>{build}</build></model>"
    further = {f"3D/{name}.model": text for name, text in others.items()}
    path = packed(folder / "a.3mf", {"_rels/.rels": RELS, "3D/other.model": "<broken", "3D/start.model": model, **further})
    job = SilentJob()
    assert isinstance(reader_for(path), ThreeMfReader)
    return read_here(ThreeMfReader(), path, unit=None, job=job), job.warnings


ITEM = '<item objectid="1"/>'


@pytest.mark.parametrize(
    ("inner", "build", "said"),
    [
        ('<components><component objectid="1"/></components>', ITEM, "component of itself"),
        (square(), ITEM.replace("1", "7"), "does not have"),
        (square().replace('v3="3"', 'v3="9"'), ITEM, "names vertex 9"),
        (square(), '<item objectid="1" transform="1 0 0"/>', "12 numbers"),
        (square().replace('x="1"', 'x="one"', 1), ITEM, "should be numbers"),
        ("", ITEM, "no triangles"),
    ],
)
def test_that_a_wrong_3mf_is_one_sentence(tmp_path: Path, inner: str, build: str, said: str) -> None:
    with pytest.raises(UserMistake, match=said):
        mf(tmp_path, f'<object id="1">{inner}</object>', build)


def test_that_a_doubling_3mf_ends(tmp_path: Path) -> None:
    chain = "".join(
        f'<object id="{n}"><components>{f"<component objectid={chr(34)}{n - 1}{chr(34)}/>" * 10}</components></object>'
        for n in range(2, 10)
    )
    with pytest.raises(UserMistake, match="come to more than"):
        mf(tmp_path, f'<object id="1">{square()}</object>{chain}', '<item objectid="9"/>')


def test_that_entities_are_not_expanded(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.3mf", {"3D/a.model": f'<!DOCTYPE m [<!ENTITY a "b">]><model {NS}>&a;</model>'})
    with pytest.raises(UserMistake, match="entities"):
        read_here(ThreeMfReader(), path, unit=None, job=SilentJob())


def test_that_units_and_transforms_place_the_items(tmp_path: Path) -> None:
    place = "0 1 0 -1 0 0 0 0 1 10 0 0"  # a quarter turn about z, then 10 along x
    model, _ = mf(
        tmp_path, f'<object id="1" name="Plate">{square()}</object>', f'<item objectid="1" transform="{place}"/>', "inch"
    )
    np.testing.assert_allclose(bounds_in_world(model), np.array([[9, 0, 0], [10, 1, 0]]) * 0.0254, atol=1e-12)
    assert model.unit == "inch"
    assert model.name == "Jig"
    assert model.nodes[0].name == "Plate"


def test_that_components_share_a_part_also_from_another_model_part(tmp_path: Path) -> None:
    move = 'transform="1 0 0 0 1 0 0 0 1 {} 0 0"'
    both = "".join(f'<component objectid="5" p:path="/3D/lib.model" {move.format(x)}/>' for x in (0, 4))
    lib = f'<model {NS}><resources><object id="5" name="Pin">{square()}</object></resources><build/></model>'
    model, _ = mf(
        tmp_path, f'<object id="1" name="Set"><components>{both}</components></object>', '<item objectid="1"/>', lib=lib
    )
    assert [n.name for n in model.nodes] == ["Set", "Pin", "Pin"]
    assert len(model.parts) == 1
    np.testing.assert_allclose(np.ptp(bounds_in_world(model), axis=0), [0.005, 0.001, 0])


def test_that_colours_come_from_materials_and_triangles(tmp_path: Path) -> None:
    groups = '<basematerials id="2"><base name="PLA" displaycolor="#FF0000"/></basematerials>'
    groups += '<m:colorgroup id="3"><m:color color="#0000FF80"/><m:color color="#00FF00"/></m:colorgroup>'
    painted = square('pid="3" p1="0"', 'pid="3" p1="1"')
    objects = f'<object id="1" pid="2" pindex="0">{square()}</object><object id="4" pid="2" pindex="0">{painted}</object>'
    model, _ = mf(tmp_path, groups + objects, '<item objectid="1"/><item objectid="4"/>')
    plain, both = model.parts
    assert plain.colour == (255, 0, 0)
    assert both.mesh.rgb_of_triangle is not None
    assert both.mesh.rgb_of_triangle.tolist() == [[0, 0, 255], [0, 255, 0]]


def test_that_lattices_are_told(tmp_path: Path) -> None:
    lattice = square().replace("</mesh>", "<b:beamlattice xmlns:b='x'/></mesh>")
    _, warnings = mf(tmp_path, f'<object id="1">{lattice}</object>', '<item objectid="1"/>')
    assert warnings == ["1 beam lattices are not shown"]


REP = """<XMLRepresentation xmlns="http://www.3ds.com/xsd/3DXML"><Root><Rep>
<SurfaceAttributes><Color red="1" green="0" blue="0" alpha="1"/></SurfaceAttributes>
<Faces><Face strips="0 1 2 3"/><Face fans="4 5 6 7">
<SurfaceAttributes><Color red="0" green="1" blue="0"/></SurfaceAttributes></Face>
<Face triangles="0 1 2 1 3 2"/></Faces><PolygonalLOD accuracy="9"><Faces><Face triangles="0 1 2"/></Faces></PolygonalLOD>
<VertexBuffer><Positions>0 0 0,100 0 0,0 100 0,100 100 0,0 0 50,100 0 50,100 100 50,0 100 50</Positions></VertexBuffer>
</Rep></Root></XMLRepresentation>"""
STRUCTURE = """<Model_3dxml xmlns="http://www.3ds.com/xsd/3DXML"><ProductStructure root="1">
<Reference3D id="1" name="Cell"/><Reference3D id="2" name="Bracket"><PLM_ExternalID>B-1</PLM_ExternalID></Reference3D>
<ReferenceRep id="3" name="r" format="TESSELLATED" associatedFile="urn:3DXML:b.3DRep"/>
<InstanceRep id="4" name="ir"><IsAggregatedBy>2</IsAggregatedBy>
<IsInstanceOf>urn:3DXML:Reference:loc:3</IsInstanceOf></InstanceRep>
<Instance3D id="5" name="Left"><IsAggregatedBy>1</IsAggregatedBy><IsInstanceOf>2</IsInstanceOf>
<RelativeMatrix>1 0 0 0 1 0 0 0 1 0 0 0</RelativeMatrix></Instance3D>
<Instance3D id="6" name="Right"><IsAggregatedBy>1</IsAggregatedBy><IsInstanceOf>2</IsInstanceOf>
<RelativeMatrix>0 1 0 -1 0 0 0 0 1 1000 0 0</RelativeMatrix></Instance3D>
</ProductStructure></Model_3dxml>"""
MANIFEST = "<Manifest><Root>cell.3dxml</Root></Manifest>"


def dxml(folder: Path, structure: str = STRUCTURE, rep: str | bytes = REP) -> tuple[GeometryModel, list[str]]:
    path = packed(folder / "a.3dxml", {"Manifest.xml": MANIFEST, "cell.3dxml": structure, "b.3DRep": rep})
    assert isinstance(reader_for(path), ThreeDXmlReader)
    job = SilentJob()
    return read_here(ThreeDXmlReader(), path, unit=None, job=job), job.warnings


def test_that_strips_fans_and_triangles_are_read_in_millimetres_with_their_colours(tmp_path: Path) -> None:
    model, _ = dxml(tmp_path)
    mesh = model.parts[0].mesh
    assert len(mesh.triangles) == 6
    assert mesh.rgb_of_triangle is not None
    assert mesh.rgb_of_triangle.tolist() == [[255, 0, 0]] * 2 + [[0, 255, 0]] * 2 + [[255, 0, 0]] * 2
    a, b, c = (mesh.points_in_part[mesh.triangles[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()  # strips turn every other triangle


def test_that_instances_share_the_part_and_stand_by_their_matrix(tmp_path: Path) -> None:
    model, _ = dxml(tmp_path)
    assert [n.name for n in model.nodes] == ["Cell", "Left", "Right"]
    assert len(model.parts) == 1
    assert model.nodes[1].properties["product"] == "Bracket"
    np.testing.assert_allclose(bounds_in_world(model), [[0, 0, 0], [1.0, 0.1, 0.05]], atol=1e-12)


def test_that_the_binary_flavour_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="binary form"):
        dxml(tmp_path, rep=b"V5_CFV2\0\0\1\2")


def test_that_a_product_within_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="part of itself"):
        dxml(tmp_path, STRUCTURE.replace("<IsInstanceOf>2</IsInstanceOf>", "<IsInstanceOf>1</IsInstanceOf>"))


def test_that_a_representation_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="not in the package"):
        dxml(tmp_path, STRUCTURE.replace("b.3DRep", "../c.3DRep"))
