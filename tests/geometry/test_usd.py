"""USD: what is not opened, units and axes, shared instances, bodies, colours, and what is told."""

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.checks import bounds_in_world
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_here, reader_for
from viewer.geometry.usd.reader import UsdReader
from viewer.geometry.usd.sdk import sdk

SQUARE = """
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    uniform token subdivisionScheme = "none"
"""


WORDS = (
    "uniform|rel|def|class|variantSet|string|double3?|float|float3\\[\\]|color3f|color3f\\[\\]|token|point3f\\[\\]|int\\[\\]|int64\\[\\]"
    "|variants|prepend|references|payload|customData|kind|upAxis|subLayers|defaultPrim|instanceable|normal3f\\[\\]"
)


def stage(body: str, header: str = 'metersPerUnit = 1 upAxis = "Z"') -> str:
    """A stage as text; USD wants each statement on a line of its own."""
    text = f"(\n{header}\n)\n{body}"
    return "#usda 1.0\n" + re.sub(rf"(?<!uniform)\s+(?=({WORDS})\s)|(?=[}}])|(?<=[{{}}])", "\n", text)


def read(folder: Path, text: str, name: str = "a.usda") -> tuple[GeometryModel, list[str]]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return read_path(path)


def read_path(path: Path, unit: str | None = None) -> tuple[GeometryModel, list[str]]:
    job = SilentJob()
    return read_here(UsdReader(), path, unit=unit, job=job), job.warnings


@pytest.mark.parametrize(
    "asset", ["../../secret.usda", "{outside}", "http://host/x.usda", '`"$A"`', "../inside/../../secret.usda"]
)
@pytest.mark.parametrize("how", ["references", "payload"])
def test_that_nothing_outside_the_folder_is_opened(tmp_path: Path, asset: str, how: str) -> None:
    secret = tmp_path / "secret.usda"
    secret.write_text(stage(f'def Mesh "Secret" {{ {SQUARE} }}', 'defaultPrim = "Secret"'))
    wanted = asset.replace("{outside}", str(secret))
    body = f'def Xform "Top" ( {how} = @{wanted}@ ) {{ def Mesh "Own" {{ {SQUARE} }} }}'
    model, warnings = read(tmp_path / "in" / "side", stage(body))
    assert len(model.parts) == 1
    assert any("left out" in w for w in warnings)


def test_that_sublayers_outside_are_left_out_and_those_beside_are_read(tmp_path: Path) -> None:
    (tmp_path / "over.usda").write_text(stage(f'def Mesh "Far" {{ {SQUARE} }}'))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "near.usda").write_text(stage(f'def Mesh "Near" {{ {SQUARE} }}'))
    model, warnings = read(folder, stage("", 'metersPerUnit = 1 upAxis = "Z" subLayers = [@./near.usda@, @../over.usda@]'))
    assert [n.name for n in model.nodes] == ["Near"]
    assert any("over.usda" in w for w in warnings)


def test_that_a_layer_of_a_layer_can_not_lead_out_either(tmp_path: Path) -> None:
    (tmp_path / "secret.usda").write_text(stage(f'def Mesh "Secret" {{ {SQUARE} }}', 'defaultPrim = "Secret"'))
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    inner = f'def Xform "In" ( references = @../../secret.usda@ ) {{ def Mesh "Good" {{ {SQUARE} }} }}'
    (folder / "sub" / "b.usda").write_text(stage(inner, 'metersPerUnit = 1 defaultPrim = "In"'))
    model, _ = read(folder, stage('def Xform "Top" ( references = @sub/b.usda@ ) { }'))
    assert [n.name for n in model.nodes if n.part] == ["Good"]


def test_that_damaged_counts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="names vertex 9 of 4"):
        read(tmp_path, stage(f'def Mesh "M" {{ {SQUARE.replace("1, 2, 3]", "1, 2, 9]")} }}'))


def test_that_text_cut_off_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="no USD that can be read"):
        read(tmp_path, stage('def Mesh "M" {'))


def test_that_a_compressed_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.usdz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.usda", stage(f'def Mesh "M" {{ {SQUARE} }}'))
    with pytest.raises(UserMistake, match="compressed"):
        read_path(path)


def test_that_a_package_is_read_and_known_by_its_content(tmp_path: Path) -> None:
    (utils,) = sdk("UsdUtils")  # what makes packages as others do

    (tmp_path / "b.usda").write_text(stage(f'def Mesh "M" {{ {SQUARE} }}', 'metersPerUnit = 1 defaultPrim = "M"'))
    (tmp_path / "a.usda").write_text(stage('def "Top" ( references = @b.usda@ ) { }'))
    assert utils.CreateNewUsdzPackage(str(tmp_path / "a.usda"), str(tmp_path / "p.usdz"))
    assert isinstance(reader_for(tmp_path / "p.usdz"), UsdReader)
    assert len(read_path(tmp_path / "p.usdz")[0].parts) == 1


def test_that_centimetres_and_y_up_become_metres_and_z_up(tmp_path: Path) -> None:
    body = 'def Xform "X" { double3 xformOp:translate = (100, 200, 300) uniform token[] xformOpOrder = ["xformOp:translate"] '
    model, _ = read(tmp_path, stage(body + f'def Mesh "M" {{ {SQUARE} }} }}', 'metersPerUnit = 0.01 upAxis = "Y"'))
    assert model.unit == "cm"
    np.testing.assert_allclose(bounds_in_world(model), [[1.0, -3.0, 2.0], [1.01, -3.0, 2.01]], atol=1e-9)


def test_that_a_stage_without_unit_says_what_was_taken(tmp_path: Path) -> None:
    model, warnings = read(tmp_path, stage(f'def Mesh "M" {{ {SQUARE} }}', 'upAxis = "Z"'))
    assert any("taken as cm" in w for w in warnings)
    assert bounds_in_world(model)[1][0] == pytest.approx(0.01)


def test_that_instances_share_one_part(tmp_path: Path) -> None:
    body = f'class "Shape" {{ def Mesh "M" {{ {SQUARE} }} }}\n'
    for x in range(3):
        move = f"double3 xformOp:translate = ({x}, 0, 0) uniform token[] xformOpOrder = ["
        body += f'def Xform "I{x}" ( instanceable = true references = </Shape> ) {{ {move}"xformOp:translate"] }}\n'
    model, _ = read(tmp_path, stage(body))
    assert len(model.parts) == 1
    assert sum(n.part is not None for n in model.nodes) == 3
    np.testing.assert_allclose(bounds_in_world(model), [[0, 0, 0], [3, 1, 0]])


def test_that_a_point_instancer_places_its_prototype_by_ids_scale_and_mask(tmp_path: Path) -> None:
    body = f"""def PointInstancer "P" {{
        rel prototypes = </P/Proto>
        int[] protoIndices = [0, 0, 0]
        int64[] ids = [7, 8, 9]
        int64[] invisibleIds = [9]
        point3f[] positions = [(0, 0, 0), (10, 0, 0), (99, 0, 0)]
        float3[] scales = [(1, 1, 1), (2, 2, 2), (1, 1, 1)]
        def Mesh "Proto" {{ {SQUARE} }}
    }}"""
    model, _ = read(tmp_path, stage(body))
    assert len(model.parts) == 1
    assert sum(n.part is not None for n in model.nodes) == 2
    np.testing.assert_allclose(bounds_in_world(model), [[0, 0, 0], [12, 2, 0]])


def test_that_a_reference_within_the_layer_is_followed_without_a_word(tmp_path: Path) -> None:
    body = f'def Mesh "Proto" {{ {SQUARE} }} def "Copy" (references = </Proto>) {{}}'
    model, warnings = read(tmp_path, stage(body))
    assert sum(n.part is not None for n in model.nodes) == 2 and not warnings


def test_that_a_stage_of_files_elsewhere_says_which_are_missing(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"other files, such as '\.\./far\.usda'.*flatten the stage"):
        read(tmp_path, stage('def "Far" (references = @../far.usda@) {}'))


NEST = """def PointInstancer "{name}" {{
        rel prototypes = <{of}>
        int[] protoIndices = [0, 0]
        point3f[] positions = [(0, 0, 0), {step}]
        {inner}
    }}"""


def test_that_instancers_within_instancers_place_all_they_stand_for(tmp_path: Path) -> None:
    row = NEST.format(name="Row", of="/Rows/Row/One", step="(10, 0, 0)", inner=f'def Mesh "One" {{ {SQUARE} }}')
    model, warnings = read(tmp_path, stage(NEST.format(name="Rows", of="/Rows/Row", step="(0, 0, 5)", inner=row)))
    assert len(model.parts) == 1 and sum(n.part is not None for n in model.nodes) == 4 and not warnings
    np.testing.assert_allclose(bounds_in_world(model), [[0, 0, 0], [11, 1, 5]])


def test_that_an_instancer_of_itself_is_refused(tmp_path: Path) -> None:
    inner = NEST.format(name="In", of="/Out/In", step="(1, 0, 0)", inner="")
    with pytest.raises(UserMistake, match="places itself"):
        read(tmp_path, stage(NEST.format(name="Out", of="/Out/In", step="(1, 0, 0)", inner=inner)))


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ('def Cube "B" { double size = 3 }', (3, 3, 3)),
        ('def Sphere "B" { double radius = 2 }', (4, 4, 4)),
        ('def Cylinder "B" { double radius = 1 double height = 6 uniform token axis = "X" }', (6, 2, 2)),
        ('def Cone "B" { double radius = 1 double height = 5 uniform token axis = "Y" }', (2, 5, 2)),
        ('def Capsule "B" { double radius = 1 double height = 4 }', (2, 2, 6)),
        ('def Plane "B" { double width = 4 double length = 6 }', (4, 6, 0)),
    ],
)
def test_that_plain_bodies_have_their_size(tmp_path: Path, body: str, size: tuple[float, float, float]) -> None:
    model, _ = read(tmp_path, stage(body))
    np.testing.assert_allclose(np.ptp(bounds_in_world(model), axis=0), size, atol=1e-9)


def test_that_left_handed_faces_are_turned_and_holes_left_open(tmp_path: Path) -> None:
    two = """
    int[] faceVertexCounts = [4, 4]
    int[] faceVertexIndices = [0, 1, 2, 3, 0, 1, 2, 3]
    int[] holeIndices = [1]
    uniform token orientation = "leftHanded"
    point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    """
    model, warnings = read(tmp_path, stage(f'def Mesh "M" {{ {two} }}'))
    mesh = model.parts[0].mesh
    assert len(mesh.triangles) == 2
    a, b, c = mesh.points_in_part[mesh.triangles[0]]
    assert np.cross(b - a, c - a)[2] < 0
    assert any("cage" in w for w in warnings)


def test_that_colours_come_from_materials_of_faces_and_from_display_colour(tmp_path: Path) -> None:
    body = f"""
    def Material "Red" {{ token outputs:surface.connect = </Red/S.outputs:surface>
        def Shader "S" {{ uniform token info:id = "UsdPreviewSurface" color3f inputs:diffuseColor = (1, 0, 0)
            float inputs:opacity = 0.5 token outputs:surface }} }}
    def Mesh "A" ( prepend apiSchemas = ["MaterialBindingAPI"] ) {{ {SQUARE} rel material:binding = </Red> }}
    def Mesh "B" {{ {SQUARE} color3f[] primvars:displayColor = [(0, 1, 0)] }}
    def Mesh "C" {{ int[] faceVertexCounts = [3, 3] int[] faceVertexIndices = [0, 1, 2, 0, 2, 3]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
        color3f[] primvars:displayColor = [(1, 1, 1), (0, 0, 1)] ( interpolation = "uniform" ) }}
    """
    model, _ = read(tmp_path, stage(body))
    red, green, both = model.parts
    assert (red.colour, red.opacity) == ((255, 0, 0), 0.5)
    assert green.colour == (0, 255, 0)
    assert both.mesh.rgb_of_triangle is not None
    assert both.mesh.rgb_of_triangle.tolist() == [[255, 255, 255], [0, 0, 255]]


def test_that_guides_are_left_out_and_the_invisible_is_hidden(tmp_path: Path) -> None:
    body = f"""def Mesh "G" {{ {SQUARE} uniform token purpose = "guide" }}
    def Mesh "H" {{ {SQUARE} token visibility = "invisible" }}
    def Mesh "V" {{ {SQUARE} uniform token purpose = "render" }}"""
    model, warnings = read(tmp_path, stage(body))
    assert {n.name: n.visible for n in model.nodes if n.part} == {"H": False, "V": True}
    assert any("purpose guide" in w for w in warnings)


def test_that_variants_kind_and_custom_data_are_said(tmp_path: Path) -> None:
    body = f"""def Xform "Cell" ( kind = "assembly" customData = {{ string maker = "Acme" }}
        variants = {{ string size = "big" }} prepend variantSets = "size" ) {{
        variantSet "size" = {{ "big" {{ def Mesh "Big" {{ {SQUARE} }} }} "small" {{ def Cube "Small" {{ }} }} }} }}"""
    model, warnings = read(tmp_path, stage(body))
    cell = model.nodes[0]
    assert cell.kind == "assembly"
    assert dict(cell.properties) == {"maker": "Acme", "variant.size": "big"}
    assert [n.name for n in model.nodes if n.part] == ["Big"]
    assert any("variants" in w for w in warnings)


def test_that_references_that_double_are_refused_before_they_are_composed(tmp_path: Path) -> None:
    twice = "".join(
        f'def "P{i}" {{ def "a" ( references = </P{i + 1}> ) {{ }} def "b" ( references = </P{i + 1}> ) {{ }} }}\n'
        for i in range(24)
    )
    with pytest.raises(UserMistake, match="come to more than"):
        read(tmp_path, stage(f'{twice} def Mesh "P24" {{ {SQUARE} }}'))


def test_that_text_nested_without_end_does_not_reach_the_parser(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="nested more than"):
        read(tmp_path, "#usda 1.0\n" + 'def Xform "A"\n{\n' * 5000 + "}\n" * 5000)


def test_that_points_are_a_cloud_with_their_colours(tmp_path: Path) -> None:
    body = (
        'def Points "Dust" { point3f[] points = [(0, 0, 0), (1, 2, 3)] color3f[] primvars:displayColor = [(1, 0, 0), (0, 1, 0)] }'
    )
    model, told = read(tmp_path, stage(body), "points.usda")
    (part,) = model.parts
    assert told == []
    assert part.cloud is not None
    assert part.cloud.rgb is not None
    found = {tuple(p): tuple(c) for p, c in zip(part.cloud.points.tolist(), part.cloud.rgb.tolist(), strict=True)}
    assert found == {(0.0, 0.0, 0.0): (255, 0, 0), (1.0, 2.0, 3.0): (0, 255, 0)}
