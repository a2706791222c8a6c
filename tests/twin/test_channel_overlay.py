import math
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.ids import ROOT
from viewer.twin.channel_overlay import ChannelOverlay
from viewer.twin.channels import Binding, Channel, Condition, Limits, Path
from viewer.twin.colour_maps import NEUTRAL, STATE_COLOURS, colour_map, colours, names
from viewer.twin.kinematics import world_from_node, world_from_nodes
from viewer.twin.model import Twin
from viewer.twin.node_overlay import NodeOverlay
from viewer.twin.overlays import Legend, OverlayFrame
from viewer.twin.parts import Node

NORMAL, STALE, BAD, MISSING = Condition.NORMAL, Condition.STALE, Condition.BAD, Condition.MISSING


def frame_of(overlay: ChannelOverlay, condition: Condition = NORMAL, **values: float) -> OverlayFrame:
    known = np.array([values.get(channel, math.nan) for channel in overlay.channels])
    return overlay.frame(known, np.full(len(known), condition, dtype=np.uint8), 5)


def posed(overlay: ChannelOverlay, frame: OverlayFrame, node: str) -> np.ndarray:
    return frame.world_from_node[overlay.plan.posed.index(node)]


def test_that_arrays_of_another_length_are_refused(plant: Twin) -> None:
    with pytest.raises(ValueError, match="values and conditions"):
        ChannelOverlay(plant).frame(np.zeros(1), np.zeros(1, dtype=np.uint8), 0)


def test_that_units_and_maps_that_do_not_suit_are_user_mistakes(make_twin) -> None:
    node = Node("n", "n", part="box")
    with pytest.raises(UserMistake, match="an angle"):
        ChannelOverlay(make_twin([node], channels=[Channel("c", "c", "bar")], bindings=[Binding("revolute", "c", "n")]))
    with pytest.raises(UserMistake, match='no colour map "jet"'):
        ChannelOverlay(make_twin([node], channels=[Channel("c", "c")], bindings=[Binding("colour", "c", "n", colour_map="jet")]))


def test_that_bindings_to_what_is_gone_are_left_out(plant: Twin) -> None:
    gone = plant.with_(bindings=(*plant.bindings, Binding("colour", "gone", "table"), Binding("colour", "spare", "gone")))
    assert ChannelOverlay(gone).plan == ChannelOverlay(plant).plan


def test_that_the_plan_names_only_nodes_with_parts(plant: Twin) -> None:
    plan = ChannelOverlay(plant).plan
    assert set(plan.posed) == {"link1", "link2", "cell1", "cell2"}
    assert set(plan.coloured) == {"cell1", "cell2", "table", "link1", "link2"}
    assert set(plan.toggled) == {"cell1", "cell2"}
    assert [(label.node, label.text, label.unit) for label in plan.labels] == [("pack", "Temperature", "°C")]


def test_that_without_values_everything_rests(plant: Twin) -> None:
    overlay = ChannelOverlay(plant)
    for frame in (frame_of(overlay), frame_of(overlay, MISSING, j1=90.0, s=3000.0, stage=0.0)):
        np.testing.assert_allclose(frame.world_from_node, world_from_nodes(plant, overlay.plan.posed), atol=1e-12)
        assert frame.visible.all()
        assert (frame.rgb == NEUTRAL).all()
        assert (frame.condition == MISSING).all()
        assert np.isnan(frame.label_values).all()
        np.testing.assert_allclose(frame.label_points_in_world, [[0.5, 5.5, 2.0]])


def test_that_joints_in_a_chain_turn_about_their_own_rest(plant: Twin) -> None:
    overlay = ChannelOverlay(plant)
    frame = frame_of(overlay, j1=90.0, j2=math.pi / 2)
    turn1 = Pose.from_xyz_rpy((0.0, 0.0, 0.5), (0.0, 0.0, math.pi / 2)).matrix()
    turn2 = Pose.from_xyz_rpy((2.0, 0.0, 0.0), (0.0, math.pi / 2, 0.0)).matrix()
    expected = world_from_node(plant, "table") @ turn1
    np.testing.assert_allclose(posed(overlay, frame, "link1"), expected, atol=1e-12)
    np.testing.assert_allclose(posed(overlay, frame, "link2"), expected @ turn2, atol=1e-12)
    np.testing.assert_allclose(posed(overlay, frame, "link2")[:3, 3], [10.0, 2.0, 1.5], atol=1e-12)


def test_that_a_carrier_drives_with_all_it_bears_and_its_label(plant: Twin) -> None:
    overlay = ChannelOverlay(plant)
    frame = frame_of(overlay, s=15_000.0, temperature=50.0)
    np.testing.assert_allclose(posed(overlay, frame, "cell1")[:3, 3], [10.0, 5.5, 1.0], atol=1e-12)
    np.testing.assert_allclose(posed(overlay, frame, "cell1")[:3, 0], [0.0, 1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(frame.label_points_in_world, [[9.5, 5.5, 2.0]], atol=1e-12)
    assert frame.label_values[0] == 50.0
    assert frame.t_ns == 5


def test_that_a_shift_and_a_turn_on_one_node_follow_each_other(make_twin) -> None:
    channels = [Channel("x", "x", "mm"), Channel("a", "a", "rad")]
    node = Node("n", "n", ROOT, Pose.from_xyz_rpy((1.0, 0.0, 0.0)), "box")
    shift, turn = Binding("prismatic", "x", "n", axis=(0.0, 3.0, 0.0)), Binding("revolute", "a", "n")
    first = ChannelOverlay(make_twin([node], channels=channels, bindings=[shift, turn]))
    np.testing.assert_allclose(frame_of(first, x=500.0, a=math.pi).world_from_node[0, :3, 3], [1.0, 0.5, 0.0], atol=1e-12)
    second = ChannelOverlay(make_twin([node], channels=channels, bindings=[turn, shift]))
    np.testing.assert_allclose(frame_of(second, x=500.0, a=math.pi).world_from_node[0, :3, 3], [1.0, -0.5, 0.0], atol=1e-12)


def test_that_a_robot_on_a_vehicle_moves_with_both(make_twin) -> None:
    nodes = [
        Node("v", "v", ROOT, Pose.from_xyz_rpy((9.0, 9.0, 9.0))),
        Node("plate", "plate", "v", Pose.from_xyz_rpy((0.0, 0.0, 1.0), (0.0, 0.0, math.pi / 2))),
        Node("arm", "arm", "plate", Pose.from_xyz_rpy((1.0, 0.0, 0.0)), "box"),
        Node("hand", "hand", "arm", Pose.from_xyz_rpy((1.0, 0.0, 0.0)), "box"),
    ]
    overlay = ChannelOverlay(
        make_twin(
            nodes,
            channels=[Channel("s", "s", "m"), Channel("a", "a", "deg")],
            bindings=[Binding("revolute", "a", "arm"), Binding("path", "s", "v", path="p")],
            paths=[Path("p", ((0.0, 0.0, 0.0), (10.0, 0.0, 0.0)))],
        )
    )
    frame = frame_of(overlay, s=4.0, a=90.0)
    np.testing.assert_allclose(posed(overlay, frame, "arm")[:3, 3], [4.0, 1.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(posed(overlay, frame, "hand")[:3, 3], [3.0, 1.0, 1.0], atol=1e-12)


@pytest.mark.parametrize(("stage", "seen"), [(0.0, []), (1.0, ["cell1"]), (2.0, ["cell1", "cell2"])])
def test_that_groups_within_groups_are_seen_only_when_all_agree(plant: Twin, stage: float, seen: list[str]) -> None:
    overlay = ChannelOverlay(plant)
    frame = frame_of(overlay, stage=stage)
    assert [n for n, v in zip(overlay.plan.toggled, frame.visible, strict=True) if v] == seen


def test_that_a_group_that_agrees_stays_hidden_within_one_that_does_not(plant: Twin) -> None:
    inner = Binding("visible", "spare", "cell1", at_most=5.0)
    overlay = ChannelOverlay(plant.with_(bindings=(*plant.bindings, inner)))
    assert not frame_of(overlay, stage=0.0, spare=1.0).visible.any()
    assert frame_of(overlay, stage=2.0, spare=9.0).visible.tolist() == [n != "cell1" for n in overlay.plan.toggled]


def test_that_what_its_author_hides_no_channel_shows(plant: Twin) -> None:
    hidden = plant.with_(nodes=plant.nodes.set("pack", replace(plant.nodes["pack"], visible=False)))
    assert not frame_of(ChannelOverlay(hidden), stage=5.0).visible.any()


def test_that_colours_come_from_the_map_and_the_nearest_binding(plant: Twin) -> None:
    extra = plant.with_(bindings=(*plant.bindings, Binding("colour", "spare", "cell2", low=0.0, high=2.0, colour_map="cividis")))
    overlay = ChannelOverlay(extra)
    frame = frame_of(overlay, temperature=100.0, spare=0.0, state=1.0)
    rgb = {node: tuple(c) for node, c in zip(overlay.plan.coloured, frame.rgb.tolist(), strict=True)}
    assert rgb["cell1"] == tuple(colour_map("viridis")[255])
    assert rgb["cell2"] == tuple(colour_map("cividis")[0])
    assert rgb["table"] == rgb["link2"] == (0, 200, 0)
    assert overlay.plan.legends[0] == Legend("Temperature", "°C", "viridis", 0.0, 100.0)
    assert len(overlay.plan.legends) == 3


def test_that_a_stale_value_keeps_its_colour_and_an_unknown_state_is_neutral(plant: Twin) -> None:
    overlay = ChannelOverlay(plant)
    fresh = frame_of(overlay, temperature=30.0, state=7.0)
    stale = frame_of(overlay, STALE, temperature=30.0, state=7.0)
    np.testing.assert_array_equal(fresh.rgb, stale.rgb)
    assert (stale.condition == STALE).all()
    assert (frame_of(overlay, BAD, temperature=30.0, state=0.0).condition == BAD).all()
    assert tuple(fresh.rgb[overlay.plan.coloured.index("table")]) == NEUTRAL


def test_that_a_choice_colours_every_node_with_such_a_channel_on_one_range(make_twin) -> None:
    nodes = [Node(n, n, part="box") for n in ("a", "b", "c")]
    channels = [
        Channel("r1.t", "R1 torque", "N*m", node="a", low=0.0, high=10.0),
        Channel("r2.t", "R2 torque", "N*m", node="b", limits=Limits(hi=40.0)),
        Channel("t", "Temperature", "degC", node="c"),
    ]
    twin = make_twin(nodes, channels=channels, bindings=[Binding("colour", "t", "c")])
    for pattern in ("*torque", "N*M", "r?.t", "n·m"):
        overlay = ChannelOverlay(twin, colour_by=pattern)
        assert set(overlay.plan.coloured) == {"a", "b"}
        assert overlay.plan.legends == (Legend("Torque", "N·m", "viridis", 0.0, 40.0),)
    assert ChannelOverlay(twin, colour_by="nothing").plan.coloured == ()
    assert ChannelOverlay(twin).plan.coloured == ("c",)


def test_that_a_studys_field_colours_what_hangs_below(plant: Twin) -> None:
    values = np.array([0.0, 10.0, math.nan, 99.0])
    field = SimpleNamespace(
        title="Clearance", unit="mm", nodes=("table", "link2", "pack", "gone"), values=values, colour_map="cividis"
    )
    overlay = NodeOverlay(plant, field, high=10.0)
    frame = overlay.frame()
    rgb = {node: tuple(c) for node, c in zip(overlay.plan.coloured, frame.rgb.tolist(), strict=True)}
    low, high = (tuple(colour_map("cividis")[i]) for i in (0, 255))
    assert rgb == {"table": low, "link1": low, "link2": high, "cell1": NEUTRAL, "cell2": NEUTRAL}
    assert frame.condition[overlay.plan.coloured.index("cell1")] == MISSING
    assert overlay.plan.legends == (Legend("Clearance", "mm", "cividis", 0.0, 10.0),)


def test_that_a_thousand_bound_parts_cost_under_three_milliseconds_a_frame(make_twin) -> None:
    nodes = [Node(f"n{i}", "n", f"n{i - 1}" if i % 6 else ROOT, Pose.from_xyz_rpy((1.0, 0.0, 0.0)), "box") for i in range(1000)]
    channels = [Channel(f"c{i}", "c", "deg", low=0.0, high=360.0) for i in range(1000)]
    bindings = [Binding(kind, f"c{i}", f"n{i}") for i in range(1000) for kind in ("revolute", "colour")]
    overlay = ChannelOverlay(make_twin(nodes, channels=channels, bindings=bindings))
    values, condition = np.linspace(0.0, 360.0, 1000), np.zeros(1000, dtype=np.uint8)
    took = []
    for _ in range(20):
        start = time.perf_counter()
        overlay.frame(values, condition, 0)
        took.append(time.perf_counter() - start)
    assert min(took) < 3e-3


@pytest.mark.parametrize("name", ["viridis", "cividis"])
def test_that_a_sequential_map_grows_evenly_lighter(name: str) -> None:
    lightness = cie_lightness(colour_map(name))
    steps = np.diff(lightness[::15])
    assert steps.min() > 0.0
    assert steps.max() < 2.0 * np.median(steps)


def test_that_the_diverging_map_is_lightest_or_darkest_in_its_middle() -> None:
    lightness = cie_lightness(colour_map("cbd1"))
    middle = lightness[120:136].mean()
    assert min(lightness[0], lightness[-1]) > middle or max(lightness[0], lightness[-1]) < middle
    np.testing.assert_allclose(lightness, lightness[::-1], atol=4.0)


def test_that_colours_end_where_the_range_ends_and_nothing_is_neutral() -> None:
    rgb = colours(np.array([-5.0, 0.0, 1.0, 7.0, math.nan, math.inf]), 0.0, 1.0, "viridis")
    low, high = colour_map("viridis")[[0, 255]]
    np.testing.assert_array_equal(rgb, [low, low, high, high, NEUTRAL, high])
    assert {"viridis", "cividis", "cbd1"} <= set(names())
    assert not colour_map("viridis").flags.writeable
    for name in names():
        assert (np.abs(colour_map(name).astype(int) - NEUTRAL).sum(axis=1) > 0).all()


def test_that_normal_states_are_grey_and_faults_are_not() -> None:
    def saturation(rgb: tuple[int, int, int]) -> int:
        return max(rgb) - min(rgb)

    assert all(saturation(STATE_COLOURS[s]) < 16 for s in ("off", "idle", "running"))
    assert all(saturation(STATE_COLOURS[s]) > 150 for s in ("warning", "alarm", "fault"))


def cie_lightness(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L* of sRGB colours (IEC 61966-2-1 and CIE 15)."""
    c = rgb / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(y > (6 / 29) ** 3, 116.0 * np.cbrt(y) - 16.0, y * (29 / 3) ** 3)
