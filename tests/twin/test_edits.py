"""Edits, alone and in random sequences: the inverse leads back, the delta says what changed, what is stored comes back."""

import json
import pickle
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.ids import ROOT
from viewer.twin.channels import Binding, Channel, Limits, Path
from viewer.twin.deltas import Delta
from viewer.twin.difference import delta_between, same
from viewer.twin.edit_store import EDITS, from_plain, to_plain
from viewer.twin.edits import Edit, Edits
from viewer.twin.edits_nodes import (
    AddNodes,
    AddParts,
    MoveNode,
    RemoveNodes,
    RenameNode,
    Reparent,
    SetColour,
    SetProperties,
    SetVisible,
)
from viewer.twin.edits_process import (
    AddChannel,
    AddView,
    BindChannel,
    RemoveChannel,
    RemoveFlow,
    RemoveStation,
    RemoveView,
    ReplaceChannel,
    SetFlow,
    SetLimits,
    SetStation,
    SetTolerance,
    UnbindChannel,
)
from viewer.twin.model import Twin
from viewer.twin.parts import Node
from viewer.twin.process import Flow, Station, View

NAMES = ["hall", "table", "link1", "link2", "carrier", "pack", "cell1", "cell2", "new1", "new2", "nobody"]
node = st.sampled_from(NAMES)
nodes = st.lists(node, min_size=1, max_size=3, unique=True).map(tuple)
number = st.floats(-50, 50, allow_nan=False).map(lambda v: round(v, 3))
pose = st.builds(Pose.from_xyz_rpy, st.tuples(number, number, number), st.tuples(*[st.floats(-1.5, 1.5)] * 3))
colour = st.none() | st.tuples(*[st.integers(0, 255)] * 3)
channel = st.sampled_from(["j1", "temperature", "spare", "x1"])
binding = st.builds(Binding, st.sampled_from(["colour", "label", "visible"]), channel, node, at_least=number)
view = st.builds(View, st.sampled_from(["Top", "A", "B"]), st.tuples(number, number, number), st.tuples(number, number, number))
flow = st.builds(Flow, st.sampled_from(["f", "g"]), st.just("st1"), st.sampled_from(["st1", "st2", "st9"]), st.just(3.0))
station = st.builds(Station, st.sampled_from(["st1", "st2", "st9"]), st.just("Name"), node, cycle_s=st.just(9.0))

EDIT = st.one_of(
    st.builds(MoveNode, node, pose),
    st.builds(Reparent, node, node | st.just(ROOT), pose),
    st.builds(RenameNode, node, st.sampled_from(["A", "B", " "])),
    st.builds(SetColour, nodes, colour),
    st.builds(SetVisible, nodes, st.booleans()),
    st.builds(SetProperties, node, st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))),
    st.builds(
        lambda i, p: AddNodes((Node(i, "n", p, part="box"), Node(f"{i}.x", "n", i))), st.sampled_from(["new1", "new2"]), node
    ),
    st.builds(RemoveNodes, nodes),
    st.builds(SetTolerance, st.sampled_from(["gap", "none"]), number, st.just(-0.1), number),
    st.builds(SetLimits, channel, st.builds(Limits, lo=number, hi=number)),
    st.builds(AddChannel, st.builds(Channel, channel, st.just("C"), node=st.none() | node)),
    st.builds(RemoveChannel, channel),
    st.builds(ReplaceChannel, st.builds(Channel, channel, st.just("C"), st.sampled_from(["", "mm"]), node=st.none() | node)),
    st.builds(BindChannel, binding),
    st.builds(UnbindChannel, binding | st.just(Binding("colour", "temperature", "pack"))),
    st.builds(SetStation, station),
    st.builds(RemoveStation, st.sampled_from(["st1", "st2", "st9"])),
    st.builds(SetFlow, flow),
    st.builds(RemoveFlow, st.sampled_from(["f", "g"])),
    st.builds(AddView, view),
    st.builds(RemoveView, st.sampled_from(["Top", "A"])),
)
ENOUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def consistent(twin: Twin) -> bool:
    """Parents and children agree, nothing hangs in the air, and every name that is used exists."""
    listed = {child: parent for parent, ids in twin.children.items() for child in ids}
    return (
        listed == {n.id: n.parent for n in twin.nodes.values()}
        and all(twin.children.values())
        and set(twin.descendants(ROOT)) == set(twin.nodes)
        and all(b.node in twin.nodes and b.channel in twin.channels for b in twin.bindings)
        and all(s.node in twin.nodes for s in twin.stations.values())
        and all(c.node is None or c.node in twin.nodes for c in twin.channels.values())
        and all({f.source, f.target} <= set(twin.stations) for f in twin.flows.values())
    )


@ENOUGH
@given(st.lists(EDIT, min_size=1, max_size=12))
def test_that_any_sequence_of_edits_is_undone_by_its_inverses(plant: Twin, edits: list[Edit]) -> None:
    twin, done = plant, list[tuple[Edit, Twin]]()
    for edit in edits:
        before = twin
        try:
            twin, delta = edit.apply(before)
        except UserMistake as mistake:
            assert "\n" not in str(mistake)
            continue
        assert delta == delta_between(before, twin), edit
        assert consistent(twin), edit
        done.append((edit.inverse(before), before))
    for inverse, before in reversed(done):
        after, twin = twin, inverse.apply(twin)[0]
        assert same(twin, before)
        assert inverse.apply(after)[1] == delta_between(after, before)
    assert same(twin, plant)


@ENOUGH
@given(st.lists(EDIT, min_size=1, max_size=8))
def test_that_a_step_of_several_edits_is_one_with_one_inverse_and_one_delta(plant: Twin, edits: list[Edit]) -> None:
    fitting, twin = list[Edit](), plant
    for edit in edits:
        try:
            twin, _ = edit.apply(twin)
        except UserMistake:
            continue
        fitting.append(edit)
    step = Edits(tuple(fitting))
    after, delta = step.apply(plant)
    assert same(after, twin)
    needed = delta_between(plant, after)
    assert needed.added <= delta.added
    assert needed.removed <= delta.removed
    assert needed.moved <= delta.moved | delta.added
    assert needed.restyled <= delta.restyled | delta.added
    assert delta.added <= set(after.nodes)
    assert delta.removed <= set(plant.nodes)
    assert same(step.inverse(plant).apply(after)[0], plant)


@ENOUGH
@given(EDIT)
def test_that_a_stored_edit_comes_back_the_same_through_json(plant: Twin, edit: Edit) -> None:
    plain = json.loads(json.dumps(to_plain(edit)))
    again = from_plain(plain)
    assert type(again) is type(edit)
    assert to_plain(again) == to_plain(edit)
    assert again.title() == edit.title()
    assert pickle.loads(pickle.dumps(edit)) == edit
    if not isinstance(edit, MoveNode | Reparent):
        assert again == edit


def test_that_every_edit_that_can_be_stored_has_its_name_in_snake_case() -> None:
    assert {"move_node", "reparent", "set_tolerance", "set_limits", "bind_channel", "add_view", "remove_nodes"} <= set(EDITS)
    plain = to_plain(Edits((MoveNode("a", Pose.from_xyz_rpy((1.0, 0.0, 0.0))), RemoveView("x")), "Both"))
    assert plain == {
        "edit": "edits",
        "edits": [
            {"edit": "move_node", "node": "a", "pose": {"xyz_m": [1.0, 0.0, 0.0], "rpy_deg": [0.0, 0.0, 0.0]}},
            {"edit": "remove_view", "name": "x"},
        ],
        "name": "Both",
    }
    assert from_plain(plain).title() == "Both"


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        ({}, "is no edit"),
        ({"edit": 3}, "is no edit"),
        ({"edit": "move_node"}, '"node" is missing'),
        ({"edit": "move_node", "node": 3, "pose": {}}, "node: expected text"),
        ({"edit": "move_node", "node": "a", "pose": {"xyz_m": [1, 2]}}, "xyz_m needs 3 finite numbers"),
        ({"edit": "move_node", "node": "a", "pose": {"xyz_m": [1, 2, float("inf")]}}, "xyz_m needs 3 finite numbers"),
        ({"edit": "move_node", "node": "a", "pose": {"xyz": [1, 2, 3]}}, 'no key "xyz"'),
        ({"edit": "move_node", "node": "a", "pose": {}, "speed": 1}, 'no key "speed"'),
        ({"edit": "set_colour", "nodes": ["a"], "colour": "#12345g"}, "colour"),
        ({"edit": "set_visible", "nodes": "a", "visible": True}, "expected a list"),
        ({"edit": "edits", "edits": "all"}, "edits"),
    ],
)
def test_that_a_wrong_stored_edit_is_one_sentence(plain: dict, says: str) -> None:
    with pytest.raises(UserMistake, match=says):
        from_plain(plain)


@pytest.mark.parametrize(
    "edit",
    [
        RemoveNodes(("table",)),
        RemoveChannel("j1"),
        RemoveStation("st1"),
        Reparent("table", "link2", Pose()),
        AddNodes((Node("hall", "again"),)),
        AddNodes((Node("n", "n", "hall", part="none"),)),
        BindChannel(Binding("revolute", "spare", "link1")),
        BindChannel(Binding("path", "s", "link1")),
        SetLimits("spare", Limits(lo=5.0, hi=5.0)),
        SetTolerance("gap", 1.0, 0.2, 0.1),
        SetColour(("hall",), (0, 0, 256)),
    ],
    ids=lambda e: e.title(),
)
def test_that_what_would_break_the_scene_is_refused(plant: Twin, edit: Edit) -> None:
    with pytest.raises(UserMistake):
        edit.apply(plant)


def test_that_parts_come_with_their_nodes_in_one_step_and_go_with_undo(plant: Twin) -> None:
    part = plant.parts["box"]
    from dataclasses import replace

    step = Edits((AddParts((replace(part, id="other"),)), AddNodes((Node("n", "n", part="other"),))))
    after, delta = step.apply(plant)
    assert delta == Delta(added=frozenset(["n"]))
    assert same(step.inverse(plant).apply(after)[0], plant)
    with pytest.raises(UserMistake, match="can't be stored"):
        to_plain(step)


def test_that_removing_and_putting_back_a_branch_keeps_the_order_of_siblings(make_twin) -> None:
    twin = make_twin([Node(n, n, p) for n, p in [("a", ""), ("b", ""), ("c", ""), ("b1", "b"), ("b2", "b"), ("b3", "b")]])
    edit = RemoveNodes(("b2", "a", "b", "b1"))
    after, _ = edit.apply(twin)
    assert after.children[ROOT] == ("c",)
    back, _ = edit.inverse(twin).apply(after)
    assert back.children[ROOT] == ("a", "b", "c")
    assert back.children["b"] == ("b1", "b2", "b3")


def test_that_one_edit_among_twenty_thousand_nodes_costs_under_a_millisecond(make_twin) -> None:
    tops = [Node(f"s{i}", "s") for i in range(50)]
    twin = make_twin(
        [*tops, *(Node(f"n{i}", "n", f"s{i % 50}") for i in range(20_000))], paths=[Path("p", ((0, 0, 0), (1, 0, 0)))]
    )
    edits = [
        MoveNode("n7", Pose.from_xyz_rpy((1.0, 2.0, 3.0))),
        SetColour(("n9",), (1, 2, 3)),
        AddNodes((Node("q", "q", "s3"),)),
        RemoveNodes(("n11",)),
        Reparent("n5", "s9", Pose()),
    ]
    for edit in edits:
        best = min(_timed(edit, twin) for _ in range(20))
        assert best < 1e-3, f"{edit.title()} took {best * 1e3:.2f} ms"


def _timed(edit: Edit, twin: Twin) -> float:
    start = time.perf_counter()
    edit.apply(twin)
    return time.perf_counter() - start
