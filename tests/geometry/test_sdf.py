"""SDF: worlds, models and includes where they stand, joints and their axes by version, and what is refused or told by name."""

import math
from pathlib import Path

import numpy as np
import pytest

from tests.geometry.robot_files import read_text, stl
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.checks import bounds_in_world, world_from_nodes
from viewer.geometry.inspect import inspect_file
from viewer.geometry.model import GeometryModel
from viewer.geometry.scene import load_twin
from viewer.geometry.sdf.reader import SdfReader
from viewer.twin.edits_joints import SetJoint
from viewer.twin.kinematics import world_from_node

BOX = "<geometry><box><size>1 1 1</size></box></geometry>"


def link(name: str, pose: str = "", shape: str = BOX, more: str = "") -> str:
    return f'<link name="{name}">{pose and f"<pose>{pose}</pose>"}<visual name="v">{shape}{more}</visual></link>'


def joint(name: str, kind: str, parent: str, child: str, inside: str = "") -> str:
    return f'<joint name="{name}" type="{kind}"><parent>{parent}</parent><child>{child}</child>{inside}</joint>'


def sdf(inside: str, version: str = "1.9") -> str:
    return f'<?xml version="1.0"?><sdf version="{version}">{inside}</sdf>'


def arm(inside: str, version: str = "1.9", name: str = "arm") -> str:
    return sdf(f'<model name="{name}">{inside}</model>', version)


TWO = link("a", "0 0 1 0 0 0") + link("b", "2 0 1 0 0 1.5707963267948966")


def read(tmp_path: Path, text: str) -> GeometryModel:
    return read_text(SdfReader(), tmp_path / "some.sdf", text)


def places(model: GeometryModel) -> dict[str, np.ndarray]:
    return {node.id: matrix for node, matrix in zip(model.nodes, world_from_nodes(model.nodes), strict=True)}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (arm(TWO)[:-10], "XML"),
        (sdf(""), "no model"),
        (arm(link("a") + link("a")), "two links named 'a'"),
        (sdf('<model name="m"/><model name="m"/>'), "two models named 'm'"),
        (arm("<link/>"), "link without a name"),
        (arm(TWO + joint("j", "fixed", "a", "b") * 2), "two joints named 'j'"),
        (arm(TWO + joint("j", "revolute", "a", "b", "<axis><xyz>0 0 0</xyz></axis>")), "no direction"),
        (arm(link("a", "0 0 x")), "pose of link 'a'"),
        (arm('<frame name="f"><pose relative_to="g"/></frame><frame name="g"><pose relative_to="f"/></frame>'
             '<link name="a"><pose relative_to="f"/></link>'), "relative to itself"),
        (arm('<link name="a"><pose relative_to="gone"/></link>'), "'gone'"),
        (sdf('<model name="m">' * 70 + "</model>" * 70), "64 deep"),
        (sdf('<model name="m">' * 20_000 + "</model>" * 20_000), "deep"),
        (arm(TWO + joint("j", "revolute", "a", "world")), "world as its child"),
    ],
)  # fmt: skip
def test_that_a_broken_world_is_refused_in_a_sentence(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(UserMistake, match=word) as told:
        read(tmp_path, text)
    assert str(told.value).startswith("cannot open this file: ")


def test_that_models_links_and_frames_stand_where_their_poses_say(tmp_path: Path) -> None:
    inner = f'<model name="inner"><pose relative_to="f">0 0 5 0 0 0</pose>{link("x")}</model>'
    frames = (
        '<frame name="f" attached_to="b"><pose>1 0 0 0 0 0</pose></frame><link name="c"><pose relative_to="inner::x"/></link>'
    )
    world = sdf(f'<world name="w"><model name="m"><pose>10 0 0 0 0 0</pose>{TWO}{inner}{frames}</model></world>')
    at = places(read(tmp_path, world))
    assert np.allclose(at["m.a"][:3, 3], (10, 0, 1))
    assert np.allclose(at["m.inner.x"][:3, 3], (12, 1, 6)), "a frame turned with link b"
    assert np.allclose(at["m.c"], at["m.inner.x"])


def test_that_poses_in_degrees_quaternions_and_with_numbers_left_out_are_read(tmp_path: Path) -> None:
    text = arm(
        '<link name="d"><pose degrees="true">0 0 0 0 0 90</pose></link>'
        '<link name="q"><pose rotation_format="quat_xyzw">0 0 0 0 0 0.70710678 0.70710678</pose></link>'
        '<link name="s"><pose>-0.6 0 0 0 0</pose></link>' + link("e")
    )
    at = places(read(tmp_path, text))
    assert np.allclose(at["arm.d"], at["arm.q"], atol=1e-8)
    assert at["arm.s"][0, 3] == -0.6


AXIS = "<axis><xyz{}>1 0 0</xyz>{}<limit><lower>-1</lower><upper>1e16</upper></limit></axis>"


@pytest.mark.parametrize(
    ("version", "axis", "expected"),
    [
        ("1.9", AXIS.format("", ""), (0, 1, 0)),
        ("1.6", AXIS.format("", "<use_parent_model_frame>1</use_parent_model_frame>"), (1, 0, 0)),
        ("1.6", AXIS.format("", ""), (0, 1, 0)),
        ("1.4", AXIS.format("", ""), (1, 0, 0)),
        ("1.10", AXIS.format(' expressed_in="__model__"', ""), (1, 0, 0)),
        ("1.10", AXIS.format(' expressed_in="a"', ""), (1, 0, 0)),
    ],
)
def test_that_an_axis_points_as_its_version_says(tmp_path: Path, version: str, axis: str, expected: tuple[float, ...]) -> None:
    model = read(tmp_path, arm(TWO + joint("j", "prismatic", "a", "b", axis), version))
    (j,) = model.joints
    assert np.allclose(places(model)[j.node][:3, :3] @ j.axis, expected)
    assert (j.low, j.high) == (-1.0, None)


def test_that_a_joint_away_from_its_link_turns_it_about_its_own_place(tmp_path: Path) -> None:
    path = tmp_path / "arm.sdf"
    turning = joint("j", "revolute", "a", "b", "<pose>-1 0 0 0 0 0</pose><axis><xyz>0 0 1</xyz></axis>")
    path.write_text(arm(link("a") + link("b", "2 0 0 0 0 0") + turning))
    twin = load_twin(path).twin
    (node,) = twin.joints
    turned, _ = SetJoint(node, math.pi / 2).apply(twin)
    assert np.allclose(world_from_node(twin, "arm.b")[:3, 3], (2, 0, 0))
    assert np.allclose(world_from_node(turned, "arm.b")[:3, 3], (1, 1, 0))
    assert twin.nodes[node].kind == "joint"


def test_that_loops_odd_joints_and_worlds_as_parents_are_told_or_taken(tmp_path: Path) -> None:
    three = link("a") + link("b") + link("c")
    loop = joint("1", "revolute", "a", "b") + joint("2", "revolute", "b", "c") + joint("3", "revolute", "c", "a")
    model = read(tmp_path, arm(three + joint("0", "prismatic", "world", "a") + loop + joint("4", "ball", "c", "b")))
    assert {j.name for j in model.joints} == {"0", "1", "2"}
    assert any("2 joints close loops" in s for s in model.warnings)
    assert any("'4' is of type 'ball'" in s for s in model.warnings)
    lost = read(tmp_path, arm(TWO + joint("j", "revolute", "a", "gone::link")))
    assert any("'gone::link', which is not there" in s for s in lost.warnings)
    assert lost.joints == ()


def test_that_nested_links_are_joined_by_scoped_names_and_mimics_follow(tmp_path: Path) -> None:
    inner = f'<model name="in"><pose>0 0 2 0 0 0</pose>{link("x")}</model>'
    mimic = '<axis><mimic joint="1"><multiplier>2</multiplier><offset>0.5</offset><reference>0.1</reference></mimic></axis>'
    model = read(tmp_path, arm(TWO + inner + joint("1", "prismatic", "a", "in::x") + joint("2", "prismatic", "a", "b", mimic)))
    one, two = model.joints
    assert (one.node, two.follows, two.ratio) == ("arm.in.x", "arm.in.x", 2.0)
    assert two.offset == pytest.approx(0.3)
    assert places(model)["arm.b"][2, 3] == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ("<box><size>1 2 3</size></box>", (1, 2, 3)),
        ("<cylinder><radius>1</radius><length>3</length></cylinder>", (2, 2, 3)),
        ("<capsule><radius>1</radius><length>3</length></capsule>", (2, 2, 5)),
        ("<cone><radius>1</radius><length>3</length></cone>", (2, 2, 3)),
        ("<ellipsoid><radii>1 2 3</radii></ellipsoid>", (2, 4, 6)),
        ("<sphere><radius>2</radius></sphere>", (4, 4, 4)),
        ("<plane><normal>1 0 0</normal><size>4 6</size></plane>", (0, 4, 6)),
        ("<plane><size>4e4 6e5</size></plane>", (200, 200, 0)),
        (
            "<polyline><point>0 0</point><point>0 3</point><point>1 1</point><point>2 0</point><height>5</height></polyline>",
            (2, 3, 5),
        ),
    ],
)
def test_that_every_body_has_its_size(tmp_path: Path, shape: str, size: tuple[float, ...]) -> None:
    box = bounds_in_world(read(tmp_path, arm(link("a", shape=f"<geometry>{shape}</geometry>"))))
    assert np.allclose(np.ptp(box, axis=0), size, atol=1e-9)


def test_that_colours_come_from_material_or_gazebos_scripts(tmp_path: Path) -> None:
    colours = (
        ("<material><diffuse>1 0.5 0 0.5</diffuse></material>", (255, 128, 0), 0.5),
        ("<material><script><name>Gazebo/Red</name></script></material>", (255, 0, 0), 1.0),
        ("<material><diffuse>0 0 1</diffuse></material><transparency>0.25</transparency>", (0, 0, 255), 0.75),
    )
    for more, rgb, opacity in colours:
        (part,) = read(tmp_path, arm(link("a", more=more))).parts
        assert (part.colour, part.opacity) == (rgb, opacity)
    hidden = read(tmp_path, arm(link("a") + link("b", more="<transparency>1</transparency>")))
    assert len([n for n in hidden.nodes if n.part]) == 1


INCLUDE = "<include><uri>{}</uri><name>{}</name><pose>{} 0 0 0 0 0</pose></include>"


def world_of(tmp_path: Path, *uris: str) -> GeometryModel:
    includes = "".join(INCLUDE.format(uri, f"n{i}", i) for i, uri in enumerate(uris))
    return read_text(SdfReader(), tmp_path / "cell" / "worlds" / "some.world", sdf(f'<world name="w">{includes}</world>'))


def model_at(folder: Path, text: str, *, config: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.sdf").write_text(text)
    (folder / "model.config").write_text(config or '<model><sdf version="1.6">model.sdf</sdf></model>')


def test_that_included_models_are_found_with_their_meshes_and_missing_ones_named(tmp_path: Path) -> None:
    mesh = "<geometry><mesh><uri>model://box/meshes/part.stl</uri><scale>3 3 3</scale></mesh></geometry>"
    model_at(tmp_path / "cell" / "models" / "box", arm(link("a", shape=mesh), name="box"))
    stl(tmp_path / "cell" / "models" / "box" / "meshes" / "part.stl")
    model = world_of(tmp_path, "model://box", "model://gone", "model://box", "model://gone")
    assert [n.id for n in model.nodes if n.kind == "model"] == ["n0", "n2"]
    assert len(model.parts) == 1
    assert np.ptp(bounds_in_world(model), axis=0)[0] == pytest.approx(2 + 3)
    assert any("n1, n3" in s and "model://gone" in s for s in model.warnings)
    assert (model.facts["includes"], model.facts["includes_missing"]) == (4, 2)


def test_that_the_newest_version_that_a_models_config_names_is_read(tmp_path: Path) -> None:
    config = '<model><sdf version="1.10">new.sdf</sdf><sdf version="1.9">model.sdf</sdf></model>'
    model_at(tmp_path / "cell" / "models" / "box", arm(link("old")), config=config)
    (tmp_path / "cell" / "models" / "box" / "new.sdf").write_text(arm(link("new")))
    assert "n0.new" in {n.id for n in world_of(tmp_path, "model://box").nodes}


def test_that_a_model_that_includes_itself_is_named_and_doubling_is_bounded(tmp_path: Path) -> None:
    models = tmp_path / "cell" / "models"
    model_at(models / "self", arm(link("a") + INCLUDE.format("model://self", "again", 0)))
    model = world_of(tmp_path, "model://self")
    assert any("again" in s and "includes itself" in s for s in model.warnings)
    for i in range(30):
        inside = INCLUDE.format(f"model://d{i + 1}", "x", 0) + INCLUDE.format(f"model://d{i + 1}", "y", 0)
        model_at(models / f"d{i}", arm(inside))
    model_at(models / "d30", arm(link("a")))
    with pytest.raises(UserMistake, match="more than 20000 models"):
        world_of(tmp_path, "model://d0")


@pytest.mark.parametrize(
    "uri",
    ["../../secret", "model://../secret", "model://link", "file://{top}/secret", "https://fuel.example.org/secret", "", "/"],
)
def test_that_no_model_outside_is_opened(tmp_path: Path, uri: str) -> None:
    model_at(tmp_path / "far" / "away" / "secret", arm(link("a")))
    model_at(tmp_path / "cell" / "models" / "box", arm(link("a")))
    (tmp_path / "cell" / "models" / "link").symlink_to(tmp_path / "far" / "away" / "secret")
    model = world_of(tmp_path, "model://box", uri.format(top=tmp_path / "far" / "away"))
    assert [n.id for n in model.nodes if n.kind == "model"] == ["n0"]
    assert any(s.startswith("n1 is not shown") for s in model.warnings)


def test_that_the_shared_work_cell_stands_with_what_is_missing_told(shared_data: Path) -> None:
    """SOURCES.md: 24 includes, 4 of them of agv_path, whose model is not there."""
    facts = inspect_file(shared_data / "plant" / "ariac" / "worlds" / "ariac.world")
    assert (facts["includes"], facts["includes_missing"], facts["actuated"]) == (24, 4, 1)
    told = next(s for s in facts["warnings"] if "model://agv_path" in s)
    assert all(f"agv_path_{i}" in told for i in (1, 2, 3, 4))
    loaded = load_twin(shared_data / "plant" / "ariac" / "worlds" / "ariac.world").twin
    assert sum(1 for n in loaded.nodes.values() if n.properties.get("model") == "model://parts_bin") == 8
    assert np.allclose(world_from_node(loaded, "bin3")[:2, 3], (-2.65, 2.625))


def test_that_every_model_of_the_shared_work_cell_opens(shared_data: Path) -> None:
    files = sorted((shared_data / "plant" / "ariac" / "models").glob("*/model.sdf"))
    assert len(files) == 17
    for file in files:
        model = SdfReader().read(file, unit=None, job=SilentJob())
        assert any(node.part for node in model.nodes), file.parent.name
