import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.twin.kinematics import world_from_nodes
from viewer.twin.parts import Mesh, Node, Part
from viewer.twin.scene_file import build_twin, load_scene

HEAD = '[scene]\nschema = 1\nname = "Test"\n'


def scene(folder: Path, text: str, **others: str) -> Path:
    (folder / "scene.toml").write_text(text if text.startswith("[scene]") else HEAD + textwrap.dedent(text))
    for name, content in others.items():
        (folder / f"{name}.toml").write_text(textwrap.dedent(content))
    return folder


def box(part: str) -> Part:
    return Part(part, part, Mesh(np.array([[0.0, 0, 0], [1, 1, 1]]), np.zeros((0, 3), dtype=np.int32)))


def arm_model() -> SimpleNamespace:
    nodes = (
        Node("base", "Base", parent_from_node=Pose.from_xyz_rpy((1.0, 0.0, 0.0)), part="p0"),
        Node("base.link", "Link", "base", Pose.from_xyz_rpy((0.0, 0.0, 1.0)), "p1"),
        Node("base.tool", "Tool", "base.link", part="p1"),
        Node("cover", "Cover", part="p2"),
    )
    return SimpleNamespace(parts=(box("p0"), box("p1"), box("p2")), nodes=nodes, joints=())


# (text below [scene], line, what the sentence says)
WRONG = [
    ('[[channel]]\nid = "a.b"\nperiod_s = "fast"\n', 6, ['channel "a.b"', 'period_s = "fast"', "a number"]),
    ('[[channel]]\nid = "a"\nperiod_s = -1\n', 6, ['channel "a"', "period_s = -1", "more than 0"]),
    ('[[channel]]\nid = "a"\nlimit = {}\n', 6, ['"limit"', 'did you mean "limits"?']),
    ('[[chanel]]\nid = "a"\n', 4, ['"chanel"', 'did you mean "channel"?']),
    ('[[channel]]\nname = "a"\n', 4, ['lacks the key "id"']),
    ('[[channel]]\nid = ""\n', 5, ["empty id"]),
    ('[[channel]]\nid = "a"\n[[channel]]\nid = "a"\n', 7, ['"a" is there twice']),
    ('[[channel]]\nid = "a"\nkind = "guess"\n', 6, ['"guess"', "measurement", "setpoint"]),
    ('[[channel]]\nid = "a"\nunit = "smoots"\n', 6, ["unknown unit 'smoots'"]),
    ('[[channel]]\nid = "a"\nlimits = { lo = 5, hi = 1 }\n', 6, ["lolo <= lo < hi <= hihi"]),
    ('[[channel]]\nid = "a"\n[channel.limits]\nlo = "x"\n', 7, ['channel "a"', 'lo = "x"', "a number"]),
    (
        '[[channel]]\nid = "a"\nstates = [\n  { value = 0, text = "x",\n    colour = "red" },\n]\n',
        6,
        ["states", '"red"', "#ffcc00"],
    ),
    ('[[node]]\nid = "n"\npose = { xyz_m = [1, 2] }\n', 6, ['node "n"', "a list of 3 values"]),
    ('[[node]]\nid = "n"\ncolour = "#12345"\n', 6, ['colour = "#12345"', "#ffcc00"]),
    ('[[node]]\nid = "n"\nparent = "m"\n', 6, ['hangs under "m"', "does not have"]),
    ('[[node]]\nid = "n"\nparent = "m"\n[[node]]\nid = "m"\nparent = "n"\n', 6, ["hangs under itself"]),
    ('[[node]]\nid = "n"\npart = "g/p"\n', 6, ['the part "g/p"']),
    ('[[binding]]\nkind = "colour"\nchannel = "x"\nnode = "n"\n', 6, ['channel "x"', "does not have"]),
    ('[[channel]]\nid = "x"\n[[binding]]\nkind = "colour"\nchannel = "x"\nnode = "n"\n', 9, ['node "n"']),
    ('[[channel]]\nid = "x"\nunit = "bar"\n[[binding]]\nkind = "revolute"\nchannel = "x"\nnode = "n"\n', 9, ["an angle", "bar"]),
    ('[[channel]]\nid = "x"\n[[binding]]\nkind = "revolute"\nchannel = "x"\nnode = "n"\naxis = [0, 0, 0]\n', 10, ["axis"]),
    ('[[path]]\nid = "p"\npoints_m = [\n  [0, 0, 0],\n  [0, 0, 0],\n]\n', 6, ["two different points"]),
    ('[[station]]\nid = "s"\nnode = "n"\nchannels = ["q"]\n', 7, ['channel "q"']),
    ('[[flow]]\nid = "f"\nsource = "s1"\ntarget = "s2"\ntrips_per_h = 1\n', 6, ['station "s1"']),
    ('[[characteristic]]\nid = "c"\nnominal = 1\nlower = 2\nupper = 1\n', 7, ["lower <= upper"]),
    ('[[scenario]]\nid = "w"\nedits = [ { edit = "move_nod", node = "a" } ]\n', 6, ['"move_nod"', 'did you mean "move_node"?']),
    ('[[geometry]]\nid = "g"\nfile = "../secret.glb"\n', 6, ["outside the scene's folder"]),
    ('[[geometry]]\nid = "g"\nfile = "/etc/passwd"\n', 6, ["outside the scene's folder"]),
    ('[[node]]\nid = "n"\nname = "x\n', 6, ["not valid TOML"]),
    (
        '[[node]]\nid = "n"\nname = """two\n[lines]"""\n[[node]]\nid = "m"\nkind = 3\n',
        10,
        ['node "m"', "kind = 3", "text in quotes"],
    ),
    ('a = """\n\n', None, ["not valid TOML"]),
]


@pytest.mark.parametrize(("text", "line", "says"), WRONG)
def test_that_a_wrong_file_gets_one_sentence_with_file_line_and_key(
    tmp_path: Path, text: str, line: int | None, says: list[str]
) -> None:
    with pytest.raises(UserMistake) as caught:
        build_twin(load_scene(scene(tmp_path, HEAD + text)), {})
    sentence = str(caught.value)
    assert sentence.startswith(f"{tmp_path / 'scene.toml'} line {line if line is not None else ''}")
    assert line is None or sentence.startswith(f"{tmp_path / 'scene.toml'} line {line}: ")
    assert "\n" not in sentence
    for word in says:
        assert word in sentence


def test_that_the_line_is_that_of_the_file_which_was_included(tmp_path: Path) -> None:
    scene(tmp_path, HEAD + 'include = ["more.toml"]\n[[node]]\nid = "a"\n', more='# one\n[[node]]\nid = "b"\nparent = "zz"\n')
    with pytest.raises(UserMistake, match=r"more\.toml line 4: "):
        build_twin(load_scene(tmp_path), {})


def test_that_a_newer_schema_says_so(tmp_path: Path) -> None:
    with pytest.raises(
        UserMistake, match=r"line 2: the scene has schema 7, this program reads up to 1; open it with a newer Genchi"
    ):
        load_scene(scene(tmp_path, "[scene]\nschema = 7\nnew_thing = 1\n"))


def test_that_folders_and_files_that_are_no_scene_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"holds no scene\.toml"):
        load_scene(tmp_path)
    with pytest.raises(UserMistake, match="there is no file"):
        load_scene(tmp_path / "absent.toml")
    (tmp_path / "scene.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserMistake, match="UTF-8"):
        load_scene(tmp_path)
    (tmp_path / "scene.toml").write_text("x = 1\n")
    with pytest.raises(UserMistake, match=r"no \[scene\]"):
        load_scene(tmp_path)


@pytest.mark.parametrize(
    ("include", "more", "says"),
    [
        ('["more.toml"]', '[scene]\ninclude = ["scene.toml"]\n', "leads back to itself"),
        ('["more.toml", "more.toml"]', "", "included twice"),
        ('["absent.toml"]', "", "names no file"),
        ('["../outside.toml"]', "", "outside the scene's folder"),
        ('["more.toml"]', '[scene]\nname = "Mine"\n', "only the first file"),
        ('["more.toml"]', "[simulation]\nseed = 1\n", "another file of the scene has too"),
    ],
)
def test_that_includes_that_cannot_be_are_refused(tmp_path: Path, include: str, more: str, says: str) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (tmp_path / "outside.toml").write_text("")
    scene(folder, HEAD + f"include = {include}\n[simulation]\nseed = 2\n", more=more)
    with pytest.raises(UserMistake, match=says):
        load_scene(folder)


def test_that_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (tmp_path / "outside.toml").write_text("")
    (folder / "link.toml").symlink_to(tmp_path / "outside.toml")
    with pytest.raises(UserMistake, match="outside the scene's folder"):
        load_scene(scene(folder, HEAD + 'include = ["link.toml"]\n'))


def test_that_geometry_joins_with_prefix_parent_and_pose(tmp_path: Path) -> None:
    text = """
        [[node]]
        id = "st1"
        pose = { xyz_m = [10, 0, 0], rpy_deg = [0, 0, 90] }
        [[geometry]]
        id = "arm"
        file = "arm.glb"
        parent = "st1"
        prefix = "r1"
        pose = { xyz_m = [0, 0, 5] }
        [[node]]
        id = "r1.cover"
        visible = false
        colour = "#102030"
        properties = { maker = "us" }
    """
    twin = build_twin(load_scene(scene(tmp_path, text)), {"arm": arm_model()})
    assert twin.children["st1"] == ("r1.base", "r1.cover")
    np.testing.assert_allclose(world_from_nodes(twin, ["r1.base.link"])[0, :3, 3], [10.0, 1.0, 6.0], atol=1e-12)
    cover = twin.nodes["r1.cover"]
    assert (cover.name, cover.visible, cover.colour, cover.properties["maker"]) == ("Cover", False, (16, 32, 48), "us")
    assert twin.nodes["r1.base"].part == "arm/p0"


def test_that_copies_share_parts_and_only_takes_what_is_above_and_below(tmp_path: Path) -> None:
    text = """
        [[geometry]]
        id = "arm"
        file = "arm.glb"
        only = ["base.li*"]
        copies = [ { prefix = "a" }, { prefix = "b", pose = { xyz_m = [0, 3, 0] } } ]
    """
    model = arm_model()
    twin = build_twin(load_scene(scene(tmp_path, text)), {"arm": model})
    assert set(twin.nodes) == {"a.base", "a.base.link", "a.base.tool", "b.base", "b.base.link", "b.base.tool"}
    assert set(twin.parts) == {"arm/p0", "arm/p1"}
    assert twin.parts["arm/p1"].mesh is model.parts[1].mesh
    np.testing.assert_allclose(twin.nodes["b.base"].parent_from_node.xyz_m, (1.0, 3.0, 0.0))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('[[geometry]]\nid = "arm2"\nfile = "arm.glb"\n', 'brings a node "base" that the scene has already'),
        ('[[geometry]]\nid = "arm2"\nfile = "arm.glb"\nprefix = "x"\nonly = ["zz*"]\n', "which no node matches"),
        ('[[geometry]]\nid = "arm2"\nfile = "arm.glb"\nprefix = "x"\nparent = "bse"\n', 'hangs under "bse".*did you mean "base"'),
    ],
)
def test_that_geometry_that_does_not_fit_is_refused_at_its_line(tmp_path: Path, more: str, says: str) -> None:
    document = load_scene(scene(tmp_path, HEAD + '[[geometry]]\nid = "arm"\nfile = "arm.glb"\n' + more))
    with pytest.raises(UserMistake, match=rf"line \d+: .*{says}"):
        build_twin(document, {"arm": arm_model(), "arm2": arm_model()})


def test_that_geometry_still_loading_stays_out_without_complaint(tmp_path: Path) -> None:
    text = '[[geometry]]\nid = "arm"\nfile = "arm.glb"\n[[node]]\nid = "extra"\nparent = "base"\n[[node]]\nid = "own"\n'
    document = load_scene(scene(tmp_path, HEAD + text))
    assert set(build_twin(document, {}).nodes) == {"own"}
    assert "extra" in build_twin(document, {"arm": arm_model()}).children["base"]


def test_that_a_removed_node_takes_what_hangs_below_with_it(tmp_path: Path) -> None:
    text = '[[geometry]]\nid = "arm"\nfile = "arm.glb"\n[[node]]\nid = "base.link"\nremoved = true\n'
    twin = build_twin(load_scene(scene(tmp_path, HEAD + text)), {"arm": arm_model()})
    assert set(twin.nodes) == {"base", "cover"}
    assert "base" not in twin.children


def test_that_every_table_of_the_format_comes_through(tmp_path: Path) -> None:
    text = """
        include = ["line.toml"]
        [[view]]
        name = "Overview"
        position_m = [75, -60, 60]
        target_m = [75, 30, 0]
        angle_deg = 45
        [[node]]
        id = "st080"
        name = "Tightening"
        kind = "station"
        [[scenario]]
        id = "wider"
        name = "Wider"
        edits = [ { edit = "move_node", node = "st080", pose = { xyz_m = [82, 20, 0] } } ]
        [simulation]
        seed = 3
        stations = [ { id = "st080" } ]
    """
    line = """
        [[channel]]
        id = "st080.torque"
        unit = "N*m"
        period_s = 0.1
        node = "st080"
        low = 0
        high = 60
        limits = { lo = 10, hi = 55 }
        states = [ { value = 0, text = "idle", colour = "#808080" } ]
        [[path]]
        id = "aisle"
        points_m = [[0, 0, 0], [10, 0, 0]]
        closed = true
        corner_radius_m = 1.5
        [[binding]]
        kind = "colour"
        channel = "st080.torque"
        node = "st080"
        [[station]]
        id = "st080"
        node = "st080"
        cycle_s = 58
        footprint_m = [4, 5]
        channels = ["st080.torque"]
        [[station]]
        id = "st090"
        node = "st080"
        [[flow]]
        id = "cells"
        source = "st080"
        target = "st090"
        trips_per_h = 12
        path = "aisle"
        [[characteristic]]
        id = "pack.lid_gap"
        nominal = 0.8
        lower = -0.3
        upper = 0.3
        channel = "st080.torque"
    """
    document = load_scene(scene(tmp_path, HEAD + textwrap.dedent(text), line=line))
    twin = build_twin(document, {})
    channel = twin.channels["st080.torque"]
    assert (channel.period_s, channel.limits.hi, channel.states[0].colour, channel.name) == (
        0.1,
        55.0,
        (128, 128, 128),
        "st080.torque",
    )
    assert twin.stations["st080"].footprint_m == (4.0, 5.0)
    assert twin.flows["cells"].path == "aisle"
    assert twin.paths["aisle"].closed
    assert twin.characteristics["pack.lid_gap"].lower == -0.3
    assert twin.views[0].angle_rad == pytest.approx(np.pi / 4)
    assert document.simulation == {"seed": 3, "stations": [{"id": "st080"}]}
    (scenario,) = document.scenarios
    moved, _ = scenario.edits[0].apply(twin)
    assert moved.nodes["st080"].parent_from_node.xyz_m == (82.0, 20.0, 0.0)
