"""Saved views with what they show: edits that undo, files that keep them, mistakes in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId
from viewer.twin.edit_store import from_plain, to_plain
from viewer.twin.edits_process import AddView, MoveView, RemoveView, ReplaceView
from viewer.twin.model import Twin
from viewer.twin.process import View
from viewer.twin.scene_build import build_twin
from viewer.twin.scene_file import load_scene
from viewer.twin.scene_save import save_scene
from viewer.twin.view_state import CutPlane, Explode, Section, ViewState

CUT = ViewState(
    Section((CutPlane((0.0, 1.0, 0.0), 12.5),), ((0.0, 0.0, 0.0), (1.0, 2.0, 3.0)), corner=True),
    Explode(0.4, 2),
    hidden=(NodeId("a"),),
    focus=(NodeId("b"), NodeId("c")),
    x_ray_opacity=0.3,
    colour_by="channels:Temp*",
)
SCENE = """[scene]
schema = 1
name = "Views"

# the first one
[[view]]
name = "One"
position_m = [1, 2, 3]
target_m = [0, 0, 0]

[[view]]  # the second
name = "Two"
position_m = [4, 5, 6]
target_m = [0, 0, 0]
"""


def view(name: str, state: ViewState | None = None) -> View:
    return View(name, (1.0, 2.0, 3.0), (0.0, 0.0, 0.0), parallel=state is not None, state=state)


def scene(folder: Path, text: str = SCENE) -> Path:
    path = folder / "scene.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("{ section = { planes = [ { normal = [0, 2, 0], offset_m = 1 } ] } }", "length 1"),
        ("{ section = { box_m = [[0, 0, 0], [1, 0, 1]] } }", "lowest corner"),
        ("{ section = { planes = [ { normal = [0, 1, 0] } ] } }", "offset_m"),
        ("{ explode = { share = 1.5 } }", "share"),
        ("{ x_ray_opacity = 0 }", "x_ray_opacity"),
        ("{ colour = 1 }", "colour"),
    ],
)
def test_that_a_state_that_can_t_be_is_one_sentence_at_its_place(tmp_path: Path, state: str, told: str) -> None:
    with pytest.raises(UserMistake, match=told):
        load_scene(scene(tmp_path, SCENE + f"state = {state}\n"))


def test_that_what_a_view_shows_is_saved_and_comes_back(tmp_path: Path) -> None:
    document = load_scene(scene(tmp_path))
    twin = build_twin(document, {})
    for edit in (AddView(view("Cut", CUT)), ReplaceView("Two", view("Second", ViewState())), MoveView("Cut", 0)):
        twin, delta = edit.apply(twin)
        assert delta.process
    saved = save_scene(document, twin, {})
    assert saved.views == twin.views
    assert [one.name for one in saved.views] == ["Cut", "One", "Second"]
    assert build_twin(load_scene(document.path), {}).views == twin.views


def test_that_an_untouched_table_keeps_its_comment(tmp_path: Path) -> None:
    document = load_scene(scene(tmp_path))
    twin, _ = AddView(view("Cut", CUT)).apply(build_twin(document, {}))
    text = save_scene(document, twin, {}).path.read_text(encoding="utf-8")
    assert text.startswith(SCENE.rstrip("\n"))


@given(
    st.lists(st.tuples(st.sampled_from("arm"), st.sampled_from("ABC"), st.sampled_from("ABC"), st.integers(-1, 4)), max_size=12)
)
def test_that_the_inverse_of_each_edit_leads_back_and_what_is_stored_comes_back(steps: list[tuple[str, str, str, int]]) -> None:
    twin = Twin(views=(view("A"), view("B", CUT)))
    for kind, name, other, place in steps:
        edits = {"a": AddView(view(name, CUT)), "r": ReplaceView(name, view(other, CUT)), "m": MoveView(name, place)}
        edit = edits[kind] if place < 4 else RemoveView(name)
        assert from_plain(to_plain(edit)) == edit
        try:
            after, _ = edit.apply(twin)
        except UserMistake:
            continue
        assert len({one.name for one in after.views}) == len(after.views)
        assert edit.inverse(twin).apply(after)[0].views == twin.views
        twin = after
