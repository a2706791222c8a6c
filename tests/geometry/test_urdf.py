"""URDF: the shared robots' counts and sizes, joints against closed forms and published figures, packages nearby, refusals."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from tests.geometry.robot_files import CYLINDER, read_text, robot, stl
from viewer.base.errors import UserMistake
from viewer.geometry.checks import bounds_in_world, world_from_nodes
from viewer.geometry.inspect import inspect_file
from viewer.geometry.model import GeometryModel
from viewer.geometry.scene import load_twin
from viewer.geometry.urdf.reader import UrdfReader
from viewer.twin.edits_joints import SetJoint
from viewer.twin.kinematics import world_from_node

ROBOTS = ("kuka_kr120/kr120r2500pro", "fanuc_r1000ia80f/r1000ia80f", "fanuc_m900ib700/m900ib700")
GRIPPER = "robotiq_2f85/robotiq_arg2f_85_model"
_ROW = re.compile(
    r"(\d+) links, (\d+) joints \(\{([^}]*)\}\), (\d+) actuated, (\d+) mimic, (\d+) visual triangles, extents .* \[([\d., ]+)\] m"
)


def read(tmp_path: Path, text: str) -> GeometryModel:
    return read_text(UrdfReader(), tmp_path / "some.urdf", text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (robot()[:-9], "XML"),
        ("<robot name='x'/>", "no links"),
        (robot().replace('name="two"', 'name="one"'), "two links named 'one'"),
        (robot().replace('name="j2"', 'name="j1"'), "two joints named 'j1'"),
        (robot().replace('<child link="two"/>', '<child link="three"/>'), "'three'"),
        (robot().replace('<child link="two"/>', '<child link="one"/>'), "child of two joints"),
        (robot().replace('<parent link="base"/><child link="one"/>', '<parent link="two"/><child link="one"/>'), "cycle"),
        (robot().replace('<link name="base">', '<link name="x"/><link name="base">'), "2 root links"),
        (robot(kind="ball"), "type 'ball'"),
        (robot().replace('xyz="0 0 2"', 'xyz="0 0 0"'), "no direction"),
        (robot().replace('xyz="4 0 0"', 'xyz="4 0"'), "expected 3"),
        (robot().replace('xyz="4 0 0"', 'xyz="4 0 inf"'), "finite"),
        (robot(mimic='<mimic joint="gone"/>'), "mimics 'gone'"),
        (robot(mimic='<mimic joint="j2"/>'), "mimics itself"),
        (robot(shape='<box size="1 2"/>'), "expected 3"),
        (
            robot().replace('name="arm"', 'name="arm" xmlns:xacro="http://x/xacro"').replace("</robot>", "<xacro:a/></robot>"),
            "xacro",
        ),
        (robot().replace('value="12.5"', 'value="${m}"'), "xacro FILE"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + robot(), "DOCTYPE"),
        ("<robot>" + "<link>" * 20_000 + "</link>" * 20_000 + "</robot>", "deep"),
    ],
)
def test_that_a_broken_robot_is_refused_in_a_sentence(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(UserMistake, match=word) as told:
        read(tmp_path, text)
    assert str(told.value).startswith("cannot open this file: ")


def test_that_a_chain_of_links_is_bounded(tmp_path: Path) -> None:
    links = "".join(f'<link name="l{i}"/>' for i in range(20_000))
    joints = "".join(
        f'<joint name="j{i}" type="fixed"><parent link="l{i}"/><child link="l{i + 1}"/></joint>' for i in range(19_999)
    )
    with pytest.raises(UserMistake, match="256 deep"):
        read(tmp_path, f"<robot>{links}{joints}</robot>")


def test_that_links_joints_and_visuals_stand_as_they_are_written(tmp_path: Path) -> None:
    model = read(tmp_path, robot())
    at = {n.id: matrix for n, matrix in zip(model.nodes, world_from_nodes(model.nodes), strict=True)}
    assert np.allclose(at["one"][:3, 3], (0, 0, 3))
    assert np.allclose(at["two"][:3, 3], (0, 4.25, 3)), "j2 stands at its offset, along x of the turned link"
    assert [j.name for j in model.joints] == ["j1", "j2"]
    j1, j2 = model.joints
    assert (j1.kind, j1.axis, j1.low, j1.high, j1.max_speed, j1.max_effort) == ("revolute", (0, 0, 1), -1, 2, 3, 100)
    assert (j2.kind, j2.follows, j2.ratio, j2.offset, j2.value) == ("prismatic", "one", 2.0, 0.25, 0.25)
    kinds = {n.id: n.kind for n in model.nodes}
    assert (kinds["arm"], kinds["base"]) == ("robot", "link")
    told = next(n for n in model.nodes if n.id == "one").properties
    assert told["joint range"] == "−57.3° … 114.6°"
    assert told["mass"] == "12.5 kg"
    assert (model.parts[0].colour, model.parts[0].opacity) == ((255, 0, 0), 0.5)
    assert dict(model.facts) == {
        "links": 3, "joints": 2, "actuated": 1, "mimic": 1, "revolute_joints": 1, "prismatic_joints": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "size", "volume"),
    [
        (CYLINDER, (1, 1, 2), math.pi / 2),
        ('<capsule radius="0.5" length="2"/>', (1, 1, 3), math.pi / 2 + math.pi / 6),
        ('<sphere radius="0.5"/>', (1, 1, 1), math.pi / 6),
        ('<box size="1 2 3"/>', (1, 2, 3), 6.0),
    ],
)
def test_that_plain_bodies_are_closed_and_of_their_size(
    tmp_path: Path, shape: str, size: tuple[float, ...], volume: float
) -> None:
    mesh = read(tmp_path, f"<robot><link name='a'><visual><geometry>{shape}</geometry></visual></link></robot>").parts[0].mesh
    p = mesh.points_in_part[mesh.triangles]
    assert np.allclose(np.ptp(mesh.points_in_part, axis=0), size, rtol=1e-9)
    assert math.isclose(np.einsum("ij,ij->i", p[:, 0], np.cross(p[:, 1], p[:, 2])).sum() / 6, volume, rel_tol=0.03)
    assert mesh.normals is not None
    outward = np.einsum("ij,ij->i", np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), mesh.normals[mesh.triangles].sum(axis=1))
    assert (outward > 0).all()


def test_that_a_missing_mesh_is_named_and_the_rest_is_shown(tmp_path: Path) -> None:
    model = read(tmp_path, robot(shape='<mesh filename="package://gone/part.stl"/>'))
    assert len([n for n in model.nodes if n.part]) == 2
    assert any("link 'one'" in s and "part.stl" in s and "'gone'" in s for s in model.warnings)


def test_that_joints_that_can_not_be_jogged_are_told(tmp_path: Path) -> None:
    model = read(tmp_path, robot(kind="floating", mimic=""))
    assert any("'j2' is floating" in s for s in model.warnings)
    assert [j.name for j in model.joints] == ["j1"]


MESH = '<mesh filename="{}" scale="2 2 2"/>'


@pytest.mark.parametrize(
    ("robot_at", "mesh_at", "uri"),
    [
        ("r/x.urdf", "r/part.stl", "part.stl"),
        ("r/x.urdf", "r/meshes/part.stl", "meshes/part.stl"),
        ("r/x.urdf", "r/pkg/m/part.stl", "package://pkg/m/part.stl"),
        ("pkg/urdf/x.urdf", "pkg/m/part.stl", "package://pkg/m/part.stl"),
        ("a/urdf/x.urdf", "pkg/m/part.stl", "package://pkg/m/part.stl"),
        ("r/x.urdf", "r/models/pkg/part.stl", "model://pkg/part.stl"),
        ("r/x.urdf", "r/part 1.stl", "part%201.stl"),
    ],
)
def test_that_meshes_are_found_beside_the_robot_and_in_packages_nearby(
    tmp_path: Path, robot_at: str, mesh_at: str, uri: str
) -> None:
    stl(tmp_path / "top" / mesh_at)
    model = read_text(UrdfReader(), tmp_path / "top" / robot_at, robot(shape=MESH.format(uri)))
    assert not [s for s in model.warnings if "without" in s]
    assert any(np.allclose(n.parent_from_node.rows[0], 2.0) for n in model.nodes), "its scale"


def test_that_a_package_may_be_named_by_its_manifest_and_paths_may_climb_within_it(tmp_path: Path) -> None:
    (tmp_path / "checkout" / "urdf").mkdir(parents=True)
    (tmp_path / "checkout" / "package.xml").write_text("<package><name>pkg</name></package>")
    stl(tmp_path / "checkout" / "meshes" / "part.stl")
    for uri in ("package://pkg/meshes/part.stl", "../meshes/part.stl"):
        model = read_text(UrdfReader(), tmp_path / "checkout" / "urdf" / "x.urdf", robot(shape=MESH.format(uri)))
        assert not [s for s in model.warnings if "without" in s], uri


def test_that_a_robot_in_its_shelf_finds_meshes_beside_it_and_in_its_package_under_another_name(tmp_path: Path) -> None:
    """urdf/ and robots/ are where ROS packages keep robots; a package's folder is often renamed when it is copied."""
    stl(tmp_path / "copy of arm" / "meshes" / "x.stl", 3.0)
    for uri in ("../meshes/x.stl", "package://arm_description/meshes/x.stl"):
        model = read_text(UrdfReader(), tmp_path / "copy of arm" / "urdf" / "a.urdf", robot(f'<mesh filename="{uri}"/>'))
        assert model.warnings == () and len(model.parts) == 3
    model = read_text(UrdfReader(), tmp_path / "copy of arm" / "own" / "a.urdf", robot('<mesh filename="../meshes/x.stl"/>'))
    assert any("outside its own folder" in warning for warning in model.warnings)


def test_that_a_meshs_materials_may_lie_elsewhere_in_its_package_but_never_outside(tmp_path: Path) -> None:
    package = tmp_path / "arm"
    (package / "meshes").mkdir(parents=True)
    (package / "looks").mkdir()
    for folder in (package / "looks", tmp_path):
        (folder / "red.mtl").write_text("newmtl red\nKd 1 0 0\n")
    text = "mtllib {}/red.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl red\nf 1 2 3\n"
    seen: list[tuple[bool, bool]] = []
    for place in ("../looks", "../.."):
        (package / "meshes" / "x.obj").write_text(text.format(place))
        model = read_text(UrdfReader(), package / "urdf" / "a.urdf", robot('<mesh filename="package://arm/meshes/x.obj"/>'))
        left_out = any("outside its own folder" in warning for warning in model.warnings)
        seen.append(((255, 0, 0) in {part.colour for part in model.parts if part.name == "x"}, left_out))
    assert seen == [(True, False), (False, True)]


def test_that_a_robot_on_an_unnamed_world_and_undeclared_prefixes_open(tmp_path: Path) -> None:
    """Drake never lists the link «world»; ROS and Gazebo read `<sensor:camera>` without a declaration, and comments above the
    declaration."""
    text = robot().replace("</robot>", '<joint name="j0" type="fixed"><parent link="world"/><child link="base"/></joint></robot>')
    model = read_text(UrdfReader(), tmp_path / "a.urdf", text)
    assert model.facts["links"] == 4 and "world" in {node.name for node in model.nodes}
    text = "\n<!-- by hand -->\n<?xml version='1.0'?>" + robot().replace("</robot>", "<sensor:camera name='c'/></robot>")
    assert read_text(UrdfReader(), tmp_path / "b.urdf", text).facts["links"] == 3


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.stl", "package://pkg/../secret.stl", "package://../secret.stl", "package://pkg/%2e%2e/secret.stl",
        "{top}/secret.stl", "file://{top}/secret.stl", "file:///{top}/secret.stl", "https://example.org/secret.stl",
        "package://link/secret.stl", "link/secret.stl",
        "..\\secret.stl", "meshes/../../secret.stl", "package://pkg", "", "\\\\host\\share\\secret.stl", "x.urdf",
    ],
)  # fmt: skip
def test_that_nothing_outside_is_opened(tmp_path: Path, uri: str) -> None:
    stl(tmp_path / "secret.stl")
    stl(tmp_path / "r" / "pkg" / "part.stl")
    (tmp_path / "r" / "link").symlink_to(tmp_path)
    model = read_text(UrdfReader(), tmp_path / "r" / "x.urdf", robot(shape=MESH.format(uri.format(top=tmp_path))))
    assert [s for s in model.warnings if "link 'one' is shown without" in s]
    assert len(model.parts) == 2


@pytest.mark.parametrize("name", [*ROBOTS, GRIPPER])
def test_that_the_shared_robots_have_the_counts_of_their_sources(shared_data: Path, name: str) -> None:
    row = next(line for line in (shared_data / "SOURCES.md").read_text().splitlines() if f"robots/{name}.urdf" in line)
    found = _ROW.search(row)
    assert found is not None
    facts = inspect_file(shared_data / "robots" / f"{name}.urdf")
    keys = ("links", "joints", "actuated", "mimic", "triangles")
    assert [facts[k] for k in keys] == [int(found.group(i)) for i in (1, 2, 4, 5, 6)]
    for kind, count in re.findall(r"'(\w+)': (\d+)", found.group(3)):
        assert facts[f"{kind}_joints"] == int(count)
    assert np.allclose(facts["size_m"], [float(v) for v in found.group(7).split(",")], atol=5e-4)
    assert not [s for s in facts["warnings"] if "without" in s]


def test_that_the_kuka_reaches_as_far_as_its_data_sheet_says(shared_data: Path) -> None:
    """KR 120 R2500 pro: 2496 mm from axis 1 to the wrist's centre, arm outstretched (KUKA, KR QUANTEC pro specification)."""
    twin = load_twin(shared_data / "robots" / f"{ROBOTS[0]}.urdf").twin
    joint = {j.name: j.node for j in twin.joints.values()}
    reach = 0.0
    for degrees in np.linspace(-20, 20, 81):
        turned, _ = SetJoint(joint["joint_a3"], math.radians(degrees)).apply(twin)
        x, y, z = world_from_node(turned, joint["joint_a5"])[:3, 3] - world_from_node(turned, joint["joint_a2"])[:3, 3]
        reach = max(reach, 0.35 + math.hypot(x, y, z))
    assert abs(reach - 2.496) < 0.006


def test_that_the_grippers_fingers_meet_as_its_one_joint_closes(shared_data: Path) -> None:
    """Robotiq 2F-85: a stroke of 85 mm between its two pads."""
    twin = load_twin(shared_data / "robots" / f"{GRIPPER}.urdf").twin
    (finger,) = [j for j in twin.joints.values() if j.follows is None]

    def gap_m(value: float) -> float:
        closed, _ = SetJoint(finger.node, value).apply(twin)
        left, right = (world_from_node(closed, f"{side}_inner_finger_pad")[:3, 3] for side in ("left", "right"))
        return float(np.linalg.norm(left - right))

    assert finger.high is not None
    assert gap_m(0.0) - gap_m(finger.high) == pytest.approx(0.085, abs=0.006)


def test_that_a_robot_is_centred_on_nothing_but_its_base(tmp_path: Path) -> None:
    assert bounds_in_world(read(tmp_path, robot()))[0][2] == -1.5
