"""Looking into a scene as a person does: cut, drag the plane, walk, focus, save a view and come back to it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "render"))
from scenes_for_tests import workshop

from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId
from viewer.twin.document import Document
from viewer.twin.overlays import Legend
from viewer.twin.view_state import NO_SECTION
from viewer.ui.look import Look
from viewer.ui.looking.feature import Looking
from viewer.ui.looking.section_model import SectionModel, read_length_m
from viewer.ui.main_window import MainWindow
from viewer.ui.pose_fields import number_in
from viewer.ui.services import Services
from viewer.ui.viewport.pictures import prepare_surface_format
from viewer.ui.viewport.widget import Viewport

pytestmark = pytest.mark.window
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
BOUNDS = np.array([[0.0, 0.0, 0.0], [10.0, 6.0, 4.0]])


@pytest.fixture(scope="session", autouse=True)
def _surface() -> None:
    prepare_surface_format()


@pytest.fixture
def window(qtbot: Any) -> Iterator[MainWindow]:
    opened = MainWindow(Services(document=Document(workshop())), Look(), make_view=lambda _look: Viewport())
    qtbot.addWidget(opened)
    opened.resize(1100, 800)
    opened.show()
    qtbot.waitExposed(opened)
    _drawn(qtbot, opened)
    opened.view3d.set_camera(opened.view3d.scene.fitted())
    yield opened
    opened.close_now()


def _drawn(qtbot: Any, window: MainWindow) -> None:
    with qtbot.waitSignal(window.view3d.frame_drawn, timeout=20_000):
        window.view3d.update()


def _looking(window: MainWindow) -> Looking:
    return next(one for one in window.features if isinstance(one, Looking))


def _press(window: MainWindow, qtbot: Any, key: Qt.Key, ticks: int) -> None:
    """Hold a key for that many ticks of the motion."""
    qtbot.keyPress(window.view3d, key)
    for _ in range(ticks):
        _looking(window).walk.advance(1.0 / 60.0)
    qtbot.keyRelease(window.view3d, key)


def test_that_typed_lengths_are_read_with_their_unit_and_nonsense_is_one_sentence() -> None:
    assert read_length_m("12,5", "mm") == pytest.approx(0.0125)
    assert read_length_m(" -3 m", "mm") == -3.0
    for wrong in ("", "three", "3 miles", "nan"):
        with pytest.raises(UserMistake, match="is no length"):
            read_length_m(wrong, "m")


def test_that_planes_keep_what_lies_behind_them_and_a_fourth_takes_the_place_of_the_active_one() -> None:
    model, forward = SectionModel(), np.array([0.6, 0.7, -0.4])
    for name in "xyz":
        model.press(name, BOUNDS, forward)
    assert model.planes["x"].normal == (1.0, 0.0, 0.0) and model.planes["z"].normal == (0.0, 0.0, -1.0)
    assert model.at_m == pytest.approx(2.0) and model.limits_m(BOUNDS) == pytest.approx((0.0, 4.0))
    model.move_to(3.0)
    model.flip()
    assert model.at_m == pytest.approx(3.0) and model.planes["z"].normal == (0.0, 0.0, 1.0)
    model.put("face", np.array([0.6, 0.8, 0.0]), 1.0, forward)
    assert set(model.planes) == {"x", "y", "face"} and not model.section.problem()
    model.press("face", BOUNDS, forward)
    assert model.active == "x"


def test_that_cutting_moves_with_keys_and_mouse_and_is_forgotten_on_reset(window: MainWindow, qtbot: Any) -> None:
    looking, actions = _looking(window), window.actions_
    actions.trigger("section.toggle")
    assert window.view3d.scene.section and looking.strip.isVisible()
    before = looking.section.model.at_m
    actions.trigger("section.forward")
    assert looking.section.model.at_m != before
    anchor, axis, at_m = looking.handles.handles()["plane"]
    ends = looking.handles.pixels_of(np.stack([anchor, anchor + axis]))[:, :2]
    start, end = (QPoint(*np.rint(p).astype(int).tolist()) for p in ends)
    qtbot.mousePress(window.view3d, LEFT, NONE, start)
    qtbot.mouseMove(window.view3d, end)
    qtbot.mouseRelease(window.view3d, LEFT, NONE, end)
    assert looking.section.model.at_m == pytest.approx(at_m + 1.0, abs=0.05)
    actions.trigger("section.reset")
    assert window.view3d.scene.section == NO_SECTION and not looking.strip.isVisible()


def test_that_the_cut_of_the_selection_is_measured(window: MainWindow, qtbot: Any) -> None:
    looking = _looking(window)
    looking.section.choose("z")
    looking.section.move_to(0.4)
    window.selection.select([NodeId("cabinet")])
    _drawn(qtbot, window)
    looking.section.measure()
    assert "0.540 m²" in looking.strip.size_words.text()  # 0.9 by 0.6 m


def test_that_a_saved_view_brings_back_all_that_it_showed_and_undo_takes_it_away(window: MainWindow, qtbot: Any) -> None:
    looking, seen = _looking(window), window.visibility
    looking.section.choose("y")
    seen.toggle_hidden([NodeId("arm")])
    seen.toggle_focus([NodeId("cabinet")])
    kept, camera = looking.section.model.section, window.view3d.camera
    looking.views.save()
    assert [view.name for view in window.twin.views] == ["View 1"]
    looking.section.reset()
    seen.show_all()
    window.view3d.set_camera(camera.facing("top"))
    window.actions_.trigger("views.go1")
    assert window.view3d.scene.section == kept and seen.hidden == {"arm"} and seen.focus == {"cabinet"}
    qtbot.waitUntil(lambda: bool(np.allclose(window.view3d.camera.eye_m, camera.eye_m, atol=1e-6)), timeout=20_000)
    looking.views.list.item(0).setText("The cut")
    assert window.twin.views[0].name == "The cut"
    window.undo()
    window.undo()
    assert not window.twin.views and looking.views.list.count() == 0


def test_that_exploding_glides_apart_and_back(window: MainWindow, qtbot: Any) -> None:
    rest = window.view3d.scene.bounds([NodeId("cabinet")])
    window.actions_.trigger("explode.toggle")
    qtbot.waitUntil(lambda: _looking(window).explode.explode.share == 0.5, timeout=20_000)
    assert np.abs(window.view3d.scene.bounds([NodeId("cabinet")]) - rest).max() > 0.3
    window.actions_.trigger("explode.toggle")
    qtbot.waitUntil(lambda: _looking(window).explode.explode.share == 0.0, timeout=20_000)
    assert np.allclose(window.view3d.scene.bounds([NodeId("cabinet")]), rest)


def test_that_one_walks_at_eye_height_and_stops_at_the_wall(window: MainWindow, qtbot: Any) -> None:
    view = window.view3d
    window.actions_.trigger("tool.walk")
    view.stop_flight()
    walk = _looking(window).walk
    _press(window, qtbot, Qt.Key.Key_W, 1)
    assert view.camera.eye_m[2] == pytest.approx(1.7, abs=0.01)
    for _ in range(90):  # towards the wall at y = 4.3, along +y
        walk.turn(view.camera.heading_rad - np.pi / 2, 0.0)
        _press(window, qtbot, Qt.Key.Key_W, 6)
    assert view.camera.eye_m[1] <= 4.3 - 0.24 and view.camera.eye_m[2] == pytest.approx(1.7, abs=0.02)
    qtbot.keyClick(view, Qt.Key.Key_G)
    _press(window, qtbot, Qt.Key.Key_Space, 60)
    assert view.camera.eye_m[2] > 2.5
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert window.tools.is_taken("select")


def test_that_walking_ends_where_it_began_unless_one_takes_up_another_tool_there(window: MainWindow, qtbot: Any) -> None:
    view = window.view3d
    before = view.camera
    for leave in (lambda: qtbot.keyClick(view, Qt.Key.Key_Escape), lambda: window.actions_.trigger("tool.walk")):
        window.actions_.trigger("tool.walk")
        _press(window, qtbot, Qt.Key.Key_W, 30)
        leave()
        qtbot.waitUntil(lambda: view.camera == before, timeout=20_000)
        assert window.tools.is_taken("select")
    window.actions_.trigger("tool.walk")
    _press(window, qtbot, Qt.Key.Key_W, 30)
    eye = view.camera.eye_m
    window.actions_.trigger("tool.measure")
    assert np.allclose(view.camera.eye_m, eye) and view.camera.angle_rad == pytest.approx(before.angle_rad)


@pytest.mark.parametrize("width_px", [1900, 1366, 1000])
def test_that_a_hint_lies_beside_the_legends_or_over_them_and_within_the_view(window: MainWindow, width_px: int) -> None:
    window.resize(width_px, 768)
    view = window.view3d
    legends = tuple(Legend(f"Temperature {i} of the adhesive", "degC", "viridis", 0.0, 60.0) for i in range(4))
    view.set_legends(legends)
    view.set_hint("   ·   ".join(["W A S D: walk", "drag: look round", "double click: stand there", "Esc: back"] * 2))
    QApplication.processEvents()
    assert view.rect().contains(view.hint.geometry()) and view.rect().contains(view.legends.geometry())
    assert not view.hint.geometry().intersects(view.legends.geometry())


def test_that_a_strip_loses_its_words_and_not_its_buttons_while_the_view_is_narrow(qtbot: Any, window: MainWindow) -> None:
    window.look.dress()  # widths are those of the program's own fonts and style
    looking = _looking(window)
    looking.section.choose("z")
    box = next(b for b in looking.strip.findChildren(QToolButton) if b.text().strip() == "Box")
    with_words = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    for width_px, has_words in ((1900, True), (1250, False), (1900, True)):
        window.resize(width_px, 800)
        qtbot.waitUntil(lambda wanted=has_words: (box.toolButtonStyle() is with_words) is wanted, timeout=5_000)
        qtbot.waitUntil(lambda: looking.strip.width() <= window.view3d.width(), timeout=5_000)


@pytest.mark.parametrize("text", ["9" * 400, "-" + "9" * 400 + " mm", "1000000000000 m", "inf", "nan", ""])
def test_that_no_field_takes_a_place_that_can_not_be_drawn(text: str) -> None:
    for read in (read_length_m, number_in):
        with pytest.raises(UserMistake) as told:
            read(text, "m")
        assert len(str(told.value)) < 200 and "type" in str(told.value)
