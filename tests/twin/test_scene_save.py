from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.twin.channels import Binding, Channel, Limits
from viewer.twin.difference import same
from viewer.twin.edits import Edit
from viewer.twin.edits_nodes import AddNodes, MoveNode, RemoveNodes, Reparent, SetColour, SetProperties, SetVisible
from viewer.twin.edits_process import AddChannel, AddView, BindChannel, RemoveView, SetLimits, SetTolerance, UnbindChannel
from viewer.twin.parts import Node
from viewer.twin.process import View
from viewer.twin.scenarios import Scenario
from viewer.twin.scene_document import GeometryEntry, Placement
from viewer.twin.scene_file import build_twin, load_scene
from viewer.twin.scene_save import save_scene

MAIN = """# The line
[scene]
schema = 1   # never change
name = "Line"
include = ["channels.toml"]

[[geometry]]
id = "g"
file = "g.glb"

# the station by the door
[[node]]
id = "st1"
pose = { xyz_m = [1, 2, 0], rpy_deg = [0, 0, 90] } # turned
name = "Door"

[[node]]   # second
id = "st2"
properties = { maker = "x" }

[[view]]
name = "Top"
position_m = [0, 0, 9]
target_m = [
  [0, 0, 0][0], # nested on purpose
]
""".replace("target_m = [\n  [0, 0, 0][0], # nested on purpose\n]", "target_m = [\n  0, 0, # flat\n  0,\n]")

CHANNELS = """# made by hand
[[channel]]
id = "t"
unit = "degC"    # of the glue
node = "st1"
limits = { lo = 1, hi = 2 }

[[channel]]
id = "u"
states = [
  { value = 0, text = "[[channel]] in a text", colour = "#808080" }, # tricky
]

[[binding]]
kind = "colour"
channel = "t"
node = "st1"

[[characteristic]]
id = "gap"
nominal = 0.8
lower = -0.3
upper = 0.3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scene.toml").write_text(MAIN)
    (tmp_path / "channels.toml").write_text(CHANNELS)
    return tmp_path


def models() -> dict[str, SimpleNamespace]:
    nodes = (Node("robot", "Robot", colour=(1, 2, 3)), Node("robot.link", "Link", "robot"), Node("fence", "Fence"))
    return {"g": SimpleNamespace(parts=(), nodes=nodes, joints=())}


def test_that_saving_without_change_writes_nothing(folder: Path) -> None:
    document = load_scene(folder)
    before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
    save_scene(document, build_twin(document, models()), models(), scenarios=())
    assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before


EDITS: list[Edit] = [
    MoveNode("st1", Pose.from_xyz_rpy((5.0, 6.0, 0.0))),
    MoveNode("st1", Pose((2.0, *Pose().rows[1:]))),
    MoveNode("robot.link", Pose.from_xyz_rpy((0.0, 0.0, 1.0), (0.1, 0.2, 0.3))),
    SetColour(("st2", "fence"), (255, 204, 0)),
    SetColour(("robot",), None),
    SetVisible(("robot",), visible=False),
    SetProperties("st2", {"year": "2026"}),
    AddNodes((Node("new", 'A "new" one', "st1", kind="fence"),)),
    RemoveNodes(("robot",)),
    RemoveNodes(("st2",)),
    Reparent("fence", "st2", Pose.from_xyz_rpy((1.0, 0.0, 0.0))),
    SetLimits("t", Limits(lo=1.0, hi=55.0, hihi=60.0)),
    SetTolerance("gap", 0.8, -0.1, 0.1),
    AddChannel(Channel("v", "V", "mm", kind="position", period_s=0.1, node="st2")),
    UnbindChannel(Binding("colour", "t", "st1")),
    BindChannel(Binding("label", "t", "st2", text="Glue")),
    AddView(View("Side", (1.0, 2.0, 3.0), (0.0, 0.0, 0.0), angle_rad=1.0)),
    RemoveView("Top"),
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: e.title())
def test_that_what_is_saved_comes_back_and_the_rest_stays_as_written(folder: Path, edit: Edit) -> None:
    document = load_scene(folder)
    twin, _ = edit.apply(build_twin(document, models()))
    lines = {line for p in folder.iterdir() for line in p.read_text().splitlines() if "#" in line}
    again = save_scene(document, twin, models())
    assert same(build_twin(again, models()), replaced_order(twin, build_twin(again, models())))
    left = {line for p in folder.iterdir() for line in p.read_text().splitlines()}
    lost = {line for line in lines - left if "flat" not in line and "tricky" not in line}
    assert len(lost) <= 1, lost
    assert not [p for p in folder.iterdir() if p.suffix != ".toml"]


def replaced_order(twin, saved):
    """The twin with the saved one's order of siblings, which tables don't hold, and angles as degrees give them back."""
    assert {k: sorted(v) for k, v in twin.children.items()} == {k: sorted(v) for k, v in saved.children.items()}
    for key, node in twin.nodes.items():
        assert saved.nodes[key].parent_from_node.rows == pytest.approx(node.parent_from_node.rows, abs=1e-9)
    nodes = twin.nodes
    for key, node in saved.nodes.items():
        nodes = nodes.set(key, replace(nodes[key], parent_from_node=node.parent_from_node))
    for view, kept in zip(twin.views, saved.views, strict=True):
        assert kept.angle_rad == pytest.approx(view.angle_rad)
    return twin.with_(children=saved.children, nodes=nodes, views=saved.views)


def test_that_a_change_goes_into_the_file_its_table_came_from_and_keeps_its_comments(folder: Path) -> None:
    document = load_scene(folder)
    twin, _ = SetLimits("t", Limits(lo=1.0, hi=55.0)).apply(build_twin(document, models()))
    save_scene(document, twin, models())
    assert (folder / "scene.toml").read_text() == MAIN
    assert (folder / "channels.toml").read_text() == CHANNELS.replace("hi = 2 }", "hi = 55.0}").replace("{ lo = 1,", "{lo = 1.0,")


def test_that_a_branch_of_a_geometry_file_is_left_out_by_one_table(folder: Path) -> None:
    document = load_scene(folder)
    twin, _ = RemoveNodes(("robot",)).apply(build_twin(document, models()))
    save_scene(document, twin, models())
    text = (folder / "scene.toml").read_text()
    assert text.count("removed = true") == 1
    assert "robot.link" not in text


def test_that_scenarios_are_stored_and_come_back_equal(folder: Path) -> None:
    document = load_scene(folder)
    scenario = Scenario("w", "Wider", tuple(EDITS[3:6]))
    again = save_scene(document, build_twin(document, models()), models(), scenarios=[scenario])
    assert again.scenarios == (scenario,)
    longer = replace(scenario, edits=(*scenario.edits, *EDITS[6:9]))
    again = save_scene(again, build_twin(again, models()), models(), scenarios=[longer])
    assert again.scenarios == (longer,)
    again = save_scene(again, build_twin(again, models()), models(), scenarios=[])
    assert again.scenarios == ()


def test_that_a_file_that_joined_is_written_and_stays_one_table(folder: Path) -> None:
    document = load_scene(folder)
    entry = GeometryEntry("h", folder / "h.stl", "mm", placements=(Placement("h", "st1", Pose.from_xyz_rpy((1.0, 0.0, 0.0))),))
    wider = {**models(), "h": SimpleNamespace(parts=(), nodes=(Node("part", "Part"),), joints=())}
    twin = build_twin(replace(document, geometry=(*document.geometry, entry)), wider)
    again = save_scene(document, twin, wider, geometry=[entry])
    assert again.geometry[1] == entry
    assert len(again.nodes) == len(document.nodes)


def test_that_a_file_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    document = load_scene(folder)
    twin, _ = EDITS[0].apply(build_twin(document, models()))
    (folder / "channels.toml").write_text(CHANNELS + "# new\n")
    with pytest.raises(UserMistake, match=r"channels\.toml was changed"):
        save_scene(document, twin, models())
    assert (folder / "scene.toml").read_text() == MAIN


def test_that_a_scene_is_not_saved_while_its_geometry_is_missing(folder: Path) -> None:
    document = load_scene(folder)
    with pytest.raises(UserMistake, match='geometry "g" is not loaded'):
        save_scene(document, build_twin(document, {}), {})
