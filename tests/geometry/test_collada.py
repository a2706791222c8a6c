"""COLLADA: what is drawn, where it stands and how it looks, against hand-made files; and what is refused in a sentence."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.checks import bounds_in_world
from viewer.geometry.collada.reader import ColladaReader
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_here, read_model

SQUARE = "0 0 0 2 0 0 2 1 0 0 1 0"
SOURCES = f"""<source id="p"><float_array id="pa" count="12">{SQUARE}</float_array><technique_common>
<accessor source="#pa" count="4" stride="3"><param name="X"/><param name="Y"/><param name="Z"/></accessor></technique_common>
</source><source id="n"><float_array id="na" count="3">0 0 1</float_array><technique_common>
<accessor source="#na" count="1" stride="3"><param name="X"/><param name="Y"/><param name="Z"/></accessor></technique_common>
</source><source id="c"><float_array id="ca" count="8">1 0 0 1 0 0 1 1</float_array><technique_common>
<accessor source="#ca" count="2" stride="4"><param name="R"/><param name="G"/><param name="B"/><param name="A"/></accessor>
</technique_common></source><vertices id="v"><input semantic="POSITION" source="#p"/></vertices>"""
VERTEX = '<input semantic="VERTEX" source="#v" offset="0"/>'
QUAD = f'<polylist count="1" material="m">{VERTEX}<vcount>4</vcount><p>0 1 2 3</p></polylist>'
NODE = '<node id="a" name="plate"><instance_geometry url="#g"/></node>'
MATERIAL = '<library_materials><material id="m" name="paint"><instance_effect url="#e"/></material></library_materials>'


def dae(
    *, mesh: str = QUAD, nodes: str = NODE, asset: str = "<up_axis>Z_UP</up_axis>", libraries: str = "", head: str = ""
) -> str:
    return f"""<?xml version="1.0"?>{head}<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset>{asset}</asset>{libraries}<library_geometries><geometry id="g" name="body"><mesh>{SOURCES}{mesh}</mesh></geometry>
</library_geometries><library_visual_scenes><visual_scene id="s">{nodes}</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#s"/></scene></COLLADA>"""


def read(tmp_path: Path, text: str | bytes, reader: ColladaReader | None = None, unit: str | None = None) -> GeometryModel:
    path = tmp_path / "some.dae"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    job = SilentJob()
    model = read_here(reader or ColladaReader(), path, unit=unit, job=job)
    return replace(model, warnings=(*job.warnings, *model.warnings))


def effect(inside: str) -> str:
    return f"""{MATERIAL}<library_effects><effect id="e"><profile_COMMON><technique sid="t"><phong>{inside}</phong></technique>
</profile_COMMON></effect></library_effects>"""


BOUND = """<node id="a"><instance_geometry url="#g"><bind_material><technique_common><instance_material symbol="m" target="#m"/>
</technique_common></bind_material></instance_geometry></node>"""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (dae(head='<!DOCTYPE x [<!ENTITY a "b">]>'), "DOCTYPE"),
        (dae()[:-40], "XML"),
        (dae(mesh=QUAD.replace("0 1 2 3", "0 1 2 9")), "position 9 of 4"),
        (dae(mesh=QUAD.replace("0 1 2 3", "0 1 2 -1")), "position"),
        (dae(mesh=QUAD.replace("0 1 2 3", "0 1 2 x")), "no whole number"),
        (dae(mesh=QUAD.replace("<vcount>4", "<vcount>5")), "sum to 5"),
        (dae(mesh=QUAD.replace("#v", "#nothing")).replace('id="v"', 'id="w"').replace('source="#p"', 'source="#q"'), "#q"),
        (dae(asset='<unit meter="nan"/>'), "unit"),
        (dae(nodes='<node id="a"><instance_node url="#a"/></node>'), "instance of itself"),
        (dae(nodes='<node id="a"><matrix>1 2 3</matrix></node>'), "expected 16"),
        (dae(nodes='<node id="a"><lookat>0 0 0 0 0 0 0 1 0</lookat></node>'), "lookat"),
        (dae(nodes=f"{'<node>' * 70}{NODE}{'</node>' * 70}"), "64 deep"),
        (dae(nodes="<node>" * 20_000 + "</node>" * 20_000), "deep"),
        (dae(mesh=QUAD.replace("0 1 2 3", "0 1 2 3").replace("</polylist>", "</polylist>")).replace(SQUARE, "nan " * 12), "NaN"),
    ],
)
def test_that_a_broken_file_is_refused_in_a_sentence(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(UserMistake, match=word) as told:
        read(tmp_path, text)
    assert str(told.value).startswith("cannot open this file: ")


def test_that_nodes_that_double_at_each_level_are_bounded(tmp_path: Path) -> None:
    chain = "".join(f'<node id="n{i}"><instance_node url="#n{i + 1}"/><instance_node url="#n{i + 1}"/></node>' for i in range(40))
    library = f'<library_nodes>{chain}<node id="n40"><instance_geometry url="#g"/></node></library_nodes>'
    with pytest.raises(UserMistake, match="more than 200000 nodes"):
        read(tmp_path, dae(nodes='<node id="x"><instance_node url="#n0"/></node>', libraries=library))


@pytest.mark.parametrize(
    ("mesh", "count"),
    [
        (f"<triangles>{VERTEX}<p>0 1 2 0 2 3</p></triangles>", 2),
        (QUAD, 2),
        (f"<polygons>{VERTEX}<p>0 1 2 3</p><p>0 1 2</p></polygons>", 3),
        (f"<polygons>{VERTEX}<ph><p>0 1 2 3</p><h>0 1 2</h></ph></polygons>", 2),
        (f"<tristrips>{VERTEX}<p>0 1 3 2</p></tristrips>", 2),
        (f"<trifans>{VERTEX}<p>0 1 2 3</p></trifans>", 2),
        (f'<triangles>{VERTEX}<input semantic="NORMAL" source="#n" offset="1"/><p>0 0 1 0 2 0</p></triangles>', 1),
        (f'<triangles><input semantic="TEXCOORD" source="#n" offset="3"/>{VERTEX}<p>0 9 9 0 1 9 9 0 2 9 9 0</p></triangles>', 1),
    ],
)
def test_that_every_kind_of_primitive_faces_up_with_its_triangles(tmp_path: Path, mesh: str, count: int) -> None:
    (part,) = read(tmp_path, dae(mesh=mesh)).parts
    a, b, c = (part.mesh.points_in_part[part.mesh.triangles[:, i]] for i in range(3))
    assert len(part.mesh.triangles) == count
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()


def test_that_units_and_axes_bring_the_model_into_metres_with_z_up(tmp_path: Path) -> None:
    inch = '<unit name="inch" meter="0.0254"/>'
    for up, corner in (("Z_UP", (2, 1, 0)), ("Y_UP", (2, 0, 1)), ("X_UP", (-1, 0, 2))):
        model = read(tmp_path, dae(asset=f"{inch}<up_axis>{up}</up_axis>"))
        box = bounds_in_world(model)
        assert np.allclose(box[0] + box[1], np.array(corner) * 0.0254), up
        assert model.unit == "inch"
    kept = bounds_in_world(read(tmp_path, dae(asset="<up_axis>Y_UP</up_axis>"), ColladaReader(keeps_axes=True)))
    assert np.allclose(kept[1], (2, 1, 0))
    assert np.allclose(bounds_in_world(read(tmp_path, dae(asset=inch), unit="mm"))[1][0], 0.002)


def test_that_transforms_are_taken_in_the_order_they_are_written(tmp_path: Path) -> None:
    turned = "<translate>10 0 0</translate><rotate>0 0 2 90</rotate><scale>2 1 1</scale>"
    looked = "<lookat>0 0 5 0 0 0 0 1 0</lookat>"
    leaned = "<skew>45 0 1 0 1 0 0</skew>"
    expected = {turned: ((9, 0, 0), (10, 4, 0)), looked: ((0, 0, 5), (2, 1, 5)), leaned: ((0, 0, 0), (3, 1, 0))}
    for written, box in expected.items():
        nodes = f'<node id="a">{written}<instance_geometry url="#g"/></node>'
        assert np.allclose(bounds_in_world(read(tmp_path, dae(nodes=nodes))), box, atol=1e-12), written


def test_that_a_library_node_stands_wherever_it_is_instanced(tmp_path: Path) -> None:
    library = f"<library_nodes>{NODE}</library_nodes>"
    nodes = "".join(f'<node><translate>0 0 {z}</translate><instance_node url="#a"/></node>' for z in (1, 2, 3))
    model = read(tmp_path, dae(nodes=nodes, libraries=library))
    assert len(model.parts) == 1
    assert sum(node.part is not None for node in model.nodes) == 3
    assert bounds_in_world(model)[:, 2].tolist() == [1, 3]


def test_that_materials_are_bound_by_symbol_and_blender_writes_linear_colours(tmp_path: Path) -> None:
    orange = effect("<diffuse><color>0.5 0.2 0 1</color></diffuse>")
    assert read(tmp_path, dae(nodes=BOUND, libraries=orange)).parts[0].colour == (128, 51, 0)
    asset = "<contributor><authoring_tool>Blender 2.79</authoring_tool></contributor><up_axis>Z_UP</up_axis>"
    linear = [round(255 * (1.055 * v ** (1 / 2.4) - 0.055)) for v in (0.5, 0.2)]
    assert read(tmp_path, dae(nodes=BOUND, libraries=orange, asset=asset)).parts[0].colour == (*linear, 0)


@pytest.mark.parametrize(
    ("inside", "opacity"),
    [
        ("<transparency><float>0.25</float></transparency>", 0.25),
        ('<transparent opaque="A_ONE"><color>1 1 1 0.5</color></transparent>', 0.5),
        ('<transparent opaque="RGB_ZERO"><color>0.3 0.3 0.3 1</color></transparent>', 0.7),
        ('<transparent opaque="A_ZERO"><color>1 1 1 0.4</color></transparent>', 0.6),
        ("<transparency><float>0</float></transparency>", 1.0),
    ],
)
def test_that_opacity_is_what_the_specification_says_and_never_nothing(tmp_path: Path, inside: str, opacity: float) -> None:
    (part,) = read(tmp_path, dae(nodes=BOUND, libraries=effect(inside))).parts
    assert math.isclose(part.opacity, opacity, abs_tol=1e-3)


def test_that_colours_of_corners_become_those_of_triangles(tmp_path: Path) -> None:
    painted = f'<triangles>{VERTEX}<input semantic="COLOR" source="#c" offset="1"/><p>0 0 1 0 2 0 0 1 2 1 3 1</p></triangles>'
    (part,) = read(tmp_path, dae(mesh=painted)).parts
    assert part.mesh.rgb_of_triangle is not None
    assert part.mesh.rgb_of_triangle.tolist() == [[255, 0, 0], [0, 0, 255]]


def test_that_a_texture_is_its_mean_colour_and_one_outside_is_told(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8), (10, 200, 30)).save(tmp_path / "skin.png")
    slot = effect('<diffuse><texture texture="img" texcoord="x"/></diffuse>')
    for file, colour, word in (("skin.png", (10, 200, 30), "mean colour"), ("../skin.png", None, "outside its own folder")):
        images = f'<library_images><image id="img"><init_from>{file}</init_from></image></library_images>{slot}'
        model = read(tmp_path, dae(nodes=BOUND, libraries=images))
        assert model.parts[0].colour == colour
        assert any(word in sentence for sentence in model.warnings)


def test_that_skins_animations_and_lines_are_told(tmp_path: Path) -> None:
    skin = """<library_animations><animation/></library_animations><library_controllers><controller id="k"><skin source="#g">
<bind_shape_matrix>1 0 0 5 0 1 0 0 0 0 1 0 0 0 0 1</bind_shape_matrix></skin></controller></library_controllers>"""
    mesh = f"{QUAD}<lines>{VERTEX}<p>0 1</p></lines>"
    model = read(tmp_path, dae(mesh=mesh, libraries=skin, nodes='<node id="a"><instance_controller url="#k"/></node>'))
    assert bounds_in_world(model)[0][0] == 5
    assert {"lines", "skin", "animation"} <= {w for w in ("lines", "skin", "animation") if any(w in s for s in model.warnings)}


def test_that_a_file_without_a_scene_shows_its_geometries_and_other_prefixes_are_read(tmp_path: Path) -> None:
    plain = dae().replace('<instance_visual_scene url="#s"/>', "").replace(NODE, "")
    assert len(read(tmp_path, plain).nodes) == 1
    prefixed = dae().replace('xmlns="', 'xmlns:dae="')
    for tag in ("COLLADA", "asset", "mesh", "node"):
        prefixed = prefixed.replace(f"<{tag}", f"<dae:{tag}").replace(f"</{tag}", f"</dae:{tag}")
    assert ColladaReader().claims(prefixed.encode()[:4096], "")


def test_that_every_shared_file_opens_with_the_triangles_it_declares(shared_data: Path) -> None:
    from xml.etree.ElementTree import parse

    space = "{http://www.collada.org/2005/11/COLLADASchema}"
    files = sorted(shared_data.rglob("*.dae"))
    assert len(files) == 36
    for file in files:
        declared = 0
        for one in parse(file).iter():
            if one.tag == f"{space}triangles":
                declared += int(one.get("count", "0"))
            elif one.tag == f"{space}polylist":
                declared += sum(int(n) - 2 for n in (one.findtext(f"{space}vcount") or "").split())
        model = read_here(ColladaReader(), file, unit=None, job=SilentJob())
        triangles = {part.id: len(part.mesh.triangles) for part in model.parts}
        assert sum(triangles[node.part] for node in model.nodes if node.part is not None) == declared, file.name


def test_that_the_door_opens_it_by_content(tmp_path: Path) -> None:
    path = tmp_path / "unnamed"
    path.write_text("<!-- made by hand -->\n" + dae().partition("?>")[2])
    assert read_model(path).format == "dae"
