"""Joints: set by hand with their followers, driven by channels, kept in the scene file; positions against closed forms."""

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.twin.channel_overlay import ChannelOverlay
from viewer.twin.channels import Binding, Channel, Condition
from viewer.twin.difference import compare, same
from viewer.twin.document import Document
from viewer.twin.edit_store import from_plain, to_plain
from viewer.twin.edits_joints import SetJoint
from viewer.twin.edits_nodes import MoveNode
from viewer.twin.edits_process import BindChannel
from viewer.twin.joints import Joint, followers, leader, motion
from viewer.twin.kinematics import world_from_node
from viewer.twin.mechanisms import channels_for, driver_of, homing, mechanism_of
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part
from viewer.twin.scene_file import build_twin, load_scene
from viewer.twin.scene_save import save_scene

L1, L2 = 0.7, 0.4
ANGLE = st.floats(-math.pi, math.pi)
BOX = Part("box", "box", Mesh(np.eye(3), np.array([[0, 1, 2]], np.int32)))


def arm() -> SimpleNamespace:
    """A planar arm with two turning joints, and a gripper whose two fingers shift: the second copies the first, a third it."""
    x = Pose.from_xyz_rpy
    nodes = (
        Node("arm", "Arm", kind="robot"),
        Node("link1", "Link 1", "arm", x((0, 0, 0.5)), "box"),
        Node("link2", "Link 2", "link1", x((L1, 0, 0)), "box"),
        Node("tip", "Tip", "link2", x((L2, 0, 0)), "box"),
        Node("finger1", "Finger 1", "tip", x((0, 0.01, 0)), "box"),
        Node("finger2", "Finger 2", "tip", x((0, -0.01 + 0.002, 0)), "box"),
        Node("finger3", "Finger 3", "tip", x((0, 0, 0.004)), "box"),
    )
    joints = (
        Joint("link1", "shoulder", "revolute", rest=nodes[1].parent_from_node, low=-math.pi, high=math.pi),
        Joint("link2", "elbow", "revolute", rest=nodes[2].parent_from_node, low=-math.pi, high=math.pi),
        Joint("finger1", "grip", "prismatic", (0, 1, 0), x((0, 0.01, 0)), low=0.0, high=0.04),
        Joint("finger2", "copy", "prismatic", (0, 1, 0), x((0, -0.01, 0)), 0.002, None, None, "finger1", -1.0, 0.002),
        Joint("finger3", "second copy", "prismatic", (0, 0, 1), x(), 0.004, None, None, "finger2", 2.0, 0.0),
    )
    return SimpleNamespace(parts=(BOX,), nodes=nodes, joints=joints)


def twin(**other: object) -> Twin:
    model = arm()
    children: dict[str, tuple[str, ...]] = {}
    for node in model.nodes:
        children[node.parent] = (*children.get(node.parent, ()), node.id)
    nodes, joints = Map({n.id: n for n in model.nodes}), Map({j.node: j for j in model.joints})
    return Twin(parts=Map(box=BOX), nodes=nodes, joints=joints, children=Map(children), **other)


def at(one: Twin, node: str) -> list[float]:
    return world_from_node(one, node)[:3, 3].round(9).tolist()


def set_(one: Twin, **values: float) -> Twin:
    for node, value in values.items():
        one, _ = SetJoint(node, value).apply(one)
    return one


@pytest.mark.parametrize(
    ("node", "value", "word"),
    [
        ("tip", 0.1, "no joint"),
        ("gone", 0.1, "no joint"),
        ("link1", math.nan, "finite"),
        ("finger1", 0.05, "0 m to 0.04 m"),
        ("link1", 4.0, "−180° to 180°"),
        ("finger2", 0.01, 'follows "grip"'),
    ],
)
def test_that_what_a_joint_can_not_do_is_refused_in_a_sentence(node: str, value: float, word: str) -> None:
    with pytest.raises(UserMistake, match=word):
        SetJoint(node, value).apply(twin())


@given(ANGLE, ANGLE)
def test_that_a_planar_arm_reaches_where_its_closed_form_says(a: float, b: float) -> None:
    x, y = L1 * math.cos(a) + L2 * math.cos(a + b), L1 * math.sin(a) + L2 * math.sin(a + b)
    assert np.allclose(world_from_node(set_(twin(), link1=a, link2=b), "tip")[:3, 3], (x, y, 0.5), atol=1e-12)


@given(ANGLE, st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1))
def test_that_a_turn_keeps_its_axis_and_is_undone_by_its_negative(angle: float, direction: tuple[float, ...]) -> None:
    axis = tuple(np.array(direction) / np.linalg.norm(direction))
    turn, back = motion("revolute", axis, angle).matrix(), motion("revolute", axis, -angle).matrix()
    assert np.allclose(turn[:3, :3] @ axis, axis, atol=1e-12)
    assert np.allclose(turn @ back, np.eye(4), atol=1e-12)
    assert math.isclose(np.trace(turn[:3, :3]), 1 + 2 * math.cos(angle), abs_tol=1e-12)


def test_that_followers_move_through_a_chain_of_copies() -> None:
    moved = set_(twin(), finger1=0.03)
    assert at(moved, "finger1")[1] == 0.04
    assert at(moved, "finger2")[1] == pytest.approx(-0.01 - 0.03 + 0.002)
    assert at(moved, "finger3")[2] == pytest.approx(0.5 + 2 * (-0.03 + 0.002))
    assert [f.node for f in followers(moved.joints, "finger1")] == ["finger1", "finger2", "finger3"]
    assert leader(moved.joints, "finger3") == "finger1"


def test_that_copies_that_go_round_end() -> None:
    joints = {j: Joint(j, j, "revolute", follows=o) for j, o in (("a", "b"), ("b", "a"))}
    assert {f.node for f in followers(joints, "a")} == {"a", "b"}
    assert leader(joints, "a") == "b"


@given(st.lists(st.tuples(st.sampled_from(["link1", "link2", "finger1"]), st.floats(0, 0.04)), min_size=1, max_size=5))
def test_that_undo_leads_back_exactly_and_redo_forth(steps: list[tuple[str, float]]) -> None:
    document = Document(twin())
    seen = [document.twin]
    for node, value in steps:
        if document.apply(SetJoint(node, value)):
            seen.append(document.twin)
    while document.can_undo:
        assert same(document.twin, seen.pop())
        document.undo()
    assert document.twin is seen[0] or same(document.twin, seen[0])


def test_that_a_jog_is_previewed_and_becomes_one_step() -> None:
    document = Document(twin())
    for value in (0.1, 0.2, 0.3):
        document.preview(SetJoint("finger1", value / 10))
    assert document.settled.joints["finger1"].value == 0.0
    delta = document.apply(SetJoint("finger1", 0.03))
    assert delta.moved == {"finger1", "finger2", "finger3"}
    document.undo()
    assert at(document.twin, "finger1")[1] == 0.01
    assert not document.can_undo


def test_that_a_moved_link_keeps_its_value_and_turns_about_its_new_place() -> None:
    one, _ = MoveNode("link2", Pose.from_xyz_rpy((1.0, 0.0, 0.0), (0, 0, math.pi / 2))).apply(set_(twin(), link2=math.pi / 2))
    assert one.joints["link2"].value == math.pi / 2
    assert np.allclose(at(set_(one, link2=0.0), "tip"), (1.0 + L2, 0.0, 0.5))


def test_that_a_set_joint_can_be_stored_and_compared() -> None:
    edit = SetJoint("link1", 0.25)
    assert from_plain(to_plain(edit)) == edit
    found = {(d.what, d.id) for d in compare(twin(), set_(twin(), link1=0.25))}
    assert ("joint", "link1") in found
    assert ("node", "link1") in found


def test_that_a_channel_drives_a_joint_in_its_own_unit_with_followers_and_beyond_limits() -> None:
    channels = Map(deg=Channel("deg", "Angle", "deg"), mm=Channel("mm", "Opening", "mm"), t=Channel("t", "Heat", "degC"))
    one = set_(twin(channels=channels), link1=0.5)
    for binding in (Binding("joint", "deg", "link1"), Binding("joint", "mm", "finger1")):
        one, _ = BindChannel(binding).apply(one)
    overlay = ChannelOverlay(one)
    row = {node: i for i, node in enumerate(overlay.plan.posed)}
    ok = np.full(2, Condition.NORMAL, np.uint8)
    world = overlay.frame(np.array([90.0, 60.0]), ok, 0).world_from_node
    assert np.allclose(world[row["tip"]][:3, 3], (0, L1 + L2, 0.5), atol=1e-12)
    assert np.allclose((np.linalg.inv(world[row["tip"]]) @ world[row["finger1"]])[:3, 3], (0, 0.07, 0), atol=1e-12)
    assert np.allclose((np.linalg.inv(world[row["tip"]]) @ world[row["finger2"]])[:3, 3], (0, -0.01 - 0.058, 0), atol=1e-12)
    still = overlay.frame(np.full(2, np.nan), np.full(2, Condition.MISSING, np.uint8), 0).world_from_node
    assert np.allclose(still[row["tip"]], world_from_node(one, "tip"), atol=1e-12)
    assert one.joints["finger1"].is_outside(0.06)
    assert driver_of(one, one.joints["link1"]) == Binding("joint", "deg", "link1")
    assert {e.node for e in homing(one, "arm").edits} == {"link2"}


@pytest.mark.parametrize(
    ("binding", "word"),
    [
        (Binding("joint", "t", "link1"), "angle"),
        (Binding("joint", "full", "link1"), "angle"),
        (Binding("joint", "deg", "tip"), "no joint"),
        (Binding("joint", "mm", "finger2"), "follows"),
        (Binding("joint", "other", "link2"), "already"),
    ],
)
def test_that_a_channel_that_does_not_fit_a_joint_is_not_bound(binding: Binding, word: str) -> None:
    units = {"deg": "deg", "other": "rad", "mm": "mm", "t": "degC", "full": "%"}
    one = twin(channels=Map({k: Channel(k, k, v) for k, v in units.items()}), bindings=(Binding("joint", "deg", "link2"),))
    with pytest.raises(UserMistake, match=word):
        BindChannel(binding).apply(one)
    assert [c.id for c in channels_for(one, one.joints["finger1"])] == ["mm"]
    assert [c.id for c in channels_for(one, one.joints["link1"])] == ["deg", "other"]
    assert mechanism_of(one, "finger3") == "arm"


SCENE = """[scene]
schema = 1

[[geometry]]
id = "g"
file = "g.urdf"
prefix = "r1"

[[channel]]
id = "a"
unit = "deg"

[[joint]]   # bent
node = "r1.link1"
value_deg = 30
"""


def scene(tmp_path: Path, text: str = SCENE) -> tuple[object, Twin]:
    (tmp_path / "scene.toml").write_text(text)
    document = load_scene(tmp_path)
    return document, build_twin(document, {"g": arm()})


def test_that_a_scene_keeps_its_joints_values_through_saving(tmp_path: Path) -> None:
    document, one = scene(tmp_path)
    assert one.joints["r1.link1"].value == math.radians(30)
    assert np.allclose(world_from_node(one, "r1.link2")[:3, 3], (L1 * math.cos(math.pi / 6), L1 / 2, 0.5))
    changed, _ = SetJoint("r1.finger1", 0.02).apply(one)
    changed, _ = SetJoint("r1.link1", 0.0).apply(changed)
    changed, _ = MoveNode("r1.link2", Pose.from_xyz_rpy((0.6, 0, 0))).apply(changed)
    again = build_twin(save_scene(document, changed, {"g": arm()}), {"g": arm()})
    text = (tmp_path / "scene.toml").read_text()
    assert "# bent" not in text
    assert text.count("[[joint]]") == text.count("[[node]]") == 1
    assert same(again, changed.with_(parts=again.parts))


def test_that_saving_without_a_change_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    document, one = scene(tmp_path)
    save_scene(document, one, {"g": arm()})
    assert (tmp_path / "scene.toml").read_text() == SCENE


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('"r1.link1"', '"r1.link9"', 'did you mean "r1.link'),
        ("value_deg = 30", "value_m = 1", "needs value_deg"),
        ('"r1.link1"\nvalue_deg', '"r1.finger2"\nvalue_m', "follows"),
        ("value_deg = 30", "value_deg = nan", "needs value_deg"),
        ("value_deg = 30", 'value_deg = 3\n[[joint]]\nnode = "r1.link1"', "twice"),
        ("value_deg = 30", 'value_deg = 3\n[[binding]]\nkind = "joint"\nchannel = "a"\nnode = "r1.tip"', "no joint"),
        ("value_deg = 30", 'value_deg = 3\n[[binding]]\nkind = "joint"\nchannel = "a"\nnode = "r1.finger1"', "length"),
    ],
)
def test_that_a_wrong_joint_table_is_told_with_its_place(tmp_path: Path, old: str, new: str, word: str) -> None:
    with pytest.raises(UserMistake, match=word) as told:
        scene(tmp_path, SCENE.replace(old, new))
    assert "scene.toml" in str(told.value)


def test_that_home_is_the_nearest_value_that_the_limits_allow() -> None:
    joint = Joint("a", "a", "revolute", low=0.5, high=1.0)
    assert joint.home == 0.5
    assert replace(joint, low=None).home == 0.0
    assert replace(joint, low=None, high=-0.5).home == -0.5
