import pytest

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.twin.channels import Limits
from viewer.twin.deltas import Delta
from viewer.twin.difference import compare, delta_between, same
from viewer.twin.document import Document
from viewer.twin.edits import Edits
from viewer.twin.edits_nodes import MoveNode, RenameNode, SetColour
from viewer.twin.edits_process import SetLimits, SetTolerance
from viewer.twin.model import Twin
from viewer.twin.scenarios import Scenario


def shift(node: str, x_m: float) -> MoveNode:
    return MoveNode(node, Pose.from_xyz_rpy((x_m, 0.0, 0.0)))


class Heard:
    """All that a document told."""

    def __init__(self, document: Document) -> None:
        self.deltas: list[Delta] = []
        self.history = 0
        self.scenarios = 0
        document.changed.connect(self.deltas.append)
        document.history_changed.connect(self._history)
        document.scenario_changed.connect(self._scenario)

    def _history(self) -> None:
        self.history += 1

    def _scenario(self) -> None:
        self.scenarios += 1


def test_that_there_is_nothing_to_undo_at_first(plant: Twin) -> None:
    document = Document(plant)
    for act in (document.undo, document.redo):
        with pytest.raises(UserMistake, match="nothing to"):
            act()
    assert not document.can_undo
    assert document.undo_title == ""


def test_that_an_edit_that_does_not_fit_changes_nothing(plant: Twin) -> None:
    document = Document(plant)
    heard = Heard(document)
    with pytest.raises(UserMistake):
        document.apply(Edits((shift("table", 5.0), shift("nobody", 1.0))))
    assert document.twin is plant
    assert not document.can_undo
    assert (heard.deltas, heard.history) == ([], 0)


def test_that_undo_and_redo_walk_one_line_of_history(plant: Twin) -> None:
    document = Document(plant)
    heard = Heard(document)
    document.apply(shift("table", 5.0))
    document.apply(RenameNode("table", "Desk"))
    assert (document.undo_title, document.redo_title) == ("Rename table", "")
    document.undo()
    document.undo()
    assert same(document.twin, plant)
    assert document.redo_title == "Move table"
    document.redo()
    assert document.twin.nodes["table"].parent_from_node.xyz_m == (5.0, 0.0, 0.0)
    document.apply(shift("carrier", 1.0))
    assert not document.can_redo
    moved, restyled = Delta(moved=frozenset(["table"])), Delta(restyled=frozenset(["table"]))
    assert heard.deltas == [moved, restyled, restyled, moved, moved, Delta(moved=frozenset(["carrier"]))]
    assert heard.history == 6


def test_that_an_edit_without_effect_is_no_step(plant: Twin) -> None:
    document = Document(plant)
    document.apply(RenameNode("table", "Table"))
    assert not document.can_undo


def test_that_dragging_is_shown_but_is_one_step_when_let_go(plant: Twin) -> None:
    document = Document(plant)
    heard = Heard(document)
    for x_m in (1.0, 2.0, 3.0):
        document.preview(shift("table", x_m))
    assert document.twin.nodes["table"].parent_from_node.xyz_m[0] == 3.0
    assert document.base is plant
    assert not document.can_undo
    document.preview(shift("carrier", 1.0))
    assert document.twin.nodes["table"] is not None
    assert same(document.twin, shift("carrier", 1.0).apply(plant)[0])
    assert heard.deltas[-1] == Delta(moved=frozenset(["table", "carrier"]))
    document.apply(shift("carrier", 1.5))
    document.undo()
    assert same(document.twin, plant)
    document.preview(shift("table", 9.0))
    document.end_preview()
    assert document.twin is not None
    assert same(document.twin, plant)
    assert heard.deltas[-1] == Delta(moved=frozenset(["table"]))


def test_that_saved_follows_the_history_and_is_lost_where_it_cannot_come_back(plant: Twin) -> None:
    document = Document(plant)
    assert document.saved
    document.apply(shift("table", 5.0))
    assert not document.saved
    document.mark_saved()
    assert document.saved
    document.undo()
    assert not document.saved
    document.redo()
    assert document.saved
    document.undo()
    document.apply(shift("table", 6.0))
    assert not document.saved
    document.undo()
    assert not document.saved


def test_that_edits_in_a_scenario_belong_to_it_and_the_base_stays(plant: Twin) -> None:
    document = Document(plant)
    own = document.new_scenario("Wider aisle")
    heard = Heard(document)
    document.apply(shift("table", 5.0))
    document.apply(SetTolerance("gap", 0.8, -0.1, 0.1))
    assert own == "wider-aisle"
    assert document.scenario == Scenario(own, "Wider aisle", (shift("table", 5.0), SetTolerance("gap", 0.8, -0.1, 0.1)))
    assert document.base is plant
    assert not document.saved
    inside = document.twin
    heard.deltas.clear()
    assert document.open_scenario(None) == Delta(moved=frozenset(["table"]), process=True)
    assert document.twin is plant
    assert not document.can_undo
    document.open_scenario(own)
    assert same(document.twin, inside)
    assert heard.deltas == [Delta(moved=frozenset(["table"]), process=True)] * 2
    document.undo()
    document.undo()
    assert same(document.twin, plant)


def test_that_undo_in_a_scenario_comes_back_to_the_base_as_it_is_now(plant: Twin) -> None:
    document = Document(plant)
    own = document.new_scenario("A")
    document.apply(shift("table", 5.0))
    document.open_scenario(None)
    document.apply(shift("table", 7.0))
    document.open_scenario(own)
    assert document.twin.nodes["table"].parent_from_node.xyz_m[0] == 5.0
    document.undo()
    assert document.twin.nodes["table"].parent_from_node.xyz_m[0] == 7.0


def test_that_a_scenario_that_no_longer_fits_says_so_and_leaves_what_is_shown(plant: Twin) -> None:
    broken = Scenario("b", "Broken", (shift("nobody", 1.0),))
    document = Document(plant, [broken])
    with pytest.raises(UserMistake, match=r'scenario "Broken" no longer fits the scene: .*nobody'):
        document.open_scenario("b")
    assert document.scenario is None
    assert document.twin is plant
    with pytest.raises(UserMistake, match="no scenario"):
        document.open_scenario("none")


def test_that_names_meet_no_twice_the_same_id_and_deleting_opens_the_base(plant: Twin) -> None:
    document = Document(plant)
    heard = Heard(document)
    assert [document.new_scenario("A b"), document.new_scenario("a B")] == ["a-b", "a-b~2"]
    document.apply(SetColour(("table",), (1, 2, 3)))
    document.delete_scenario("a-b~2")
    assert document.scenario is None
    assert document.twin is plant
    assert [s.id for s in document.scenarios] == ["a-b"]
    assert heard.scenarios == 4
    with pytest.raises(UserMistake, match="not empty"):
        document.new_scenario("  ")
    with pytest.raises(UserMistake):
        document.new_scenario("Bad", [shift("nobody", 1.0)])
    assert [s.id for s in document.scenarios] == ["a-b"]


def test_that_two_twins_are_compared_in_words_and_metres(plant: Twin) -> None:
    after = plant
    for edit in (
        MoveNode("table", Pose.from_xyz_rpy((13.0, 4.0, 1.0), (0.0, 0.0, 1.0))),
        SetTolerance("gap", 0.8, -0.1, 0.3),
        SetLimits("spare", Limits(hi=5.0)),
        RenameNode("hall", "Big hall"),
    ):
        after, _ = edit.apply(after)
    found = {(d.kind, d.what, d.id): d for d in compare(plant, after)}
    assert set(found) == {
        ("moved", "node", "table"),
        ("renamed", "node", "hall"),
        ("changed", "characteristic", "gap"),
        ("changed", "channel", "spare"),
    }
    moved = found["moved", "node", "table"]
    assert (moved.distance_m, moved.angle_rad) == pytest.approx((5.0, 1.0))
    assert moved.text == "moved by 5.000 m and turned by 57.3°"
    assert found["changed", "characteristic", "gap"].text == "lower -0.3 → -0.1"
    assert compare(plant, plant) == []
    assert delta_between(plant, plant) == Delta()


def test_that_a_frozen_document_says_why_nothing_may_be_changed(plant: Twin) -> None:
    document = Document(plant)
    document.frozen = "the scene is still being read"
    for act in (
        lambda: document.apply(shift("st1", 1.0)),
        lambda: document.preview(shift("st1", 1.0)),
        lambda: document.new_scenario("x"),
    ):
        with pytest.raises(UserMistake, match="still being read"):
            act()
    assert document.twin is plant and not document.scenarios
