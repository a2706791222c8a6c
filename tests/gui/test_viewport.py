"""The viewport as a person uses it: picture, mouse, keys, docks, labels, gizmo."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "render"))
from scenes_for_tests import three_boxes, workshop
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

from viewer.base.ids import ChannelId, NodeId
from viewer.render.look import LIGHT
from viewer.twin.model import Twin
from viewer.twin.overlays import Label, Legend, OverlayFrame, OverlayPlan
from viewer.ui.tools import MoveTool
from viewer.ui.viewport.pictures import prepare_surface_format
from viewer.ui.viewport.widget import Viewport

TORQUE = ChannelId("t")
pytestmark = pytest.mark.window
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="session", autouse=True)
def _surface() -> None:
    prepare_surface_format()


@pytest.fixture
def view(qtbot: Any) -> Iterator[Viewport]:
    """A viewport of 640 by 480 with three boxes, seen from the front."""
    window = QMainWindow()
    qtbot.addWidget(window)
    viewport = Viewport()
    window.setCentralWidget(viewport)
    window.resize(640, 480)
    window.show()
    qtbot.waitExposed(window)
    viewport.set_twin(three_boxes())
    viewport.set_camera(viewport.camera.facing("front"))
    viewport.set_camera(viewport.scene.fitted())
    _drawn(qtbot, viewport)
    yield viewport


def _drawn(qtbot: Any, viewport: Viewport) -> None:
    with qtbot.waitSignal(viewport.frame_drawn, timeout=20_000):
        viewport.update()


def _pixels(image: QImage) -> NDArray[np.uint8]:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def _place(viewport: Viewport, point: tuple[float, float, float]) -> QPoint:
    x, y, _ = viewport.scene.world_to_display(np.array([point]))[0] / viewport.devicePixelRatioF()
    return QPoint(round(x), round(y))


def _has_boxes(viewport: Viewport) -> bool:
    """Whether the orange of the boxes is in what the widget shows."""
    shown = _pixels(viewport.grab_picture()).astype(int)
    return bool(((shown[:, :, 0] > 90) & (shown[:, :, 0] - shown[:, :, 2] > 40)).sum() > 3000)


def test_that_a_grab_of_the_window_has_the_scene_in_it(view: Viewport) -> None:
    assert _has_boxes(view)
    assert view.window().grab().toImage().size() == view.window().size() * view.devicePixelRatioF()


def test_that_an_empty_twin_is_a_picture_and_not_a_crash(view: Viewport, qtbot: Any) -> None:
    view.set_twin(Twin())
    _drawn(qtbot, view)
    assert not _has_boxes(view)


def test_that_a_click_tells_the_node_and_a_click_beside_it_nothing(view: Viewport, qtbot: Any) -> None:
    with qtbot.waitSignal(view.picked) as hit:
        qtbot.mouseClick(view, LEFT, NONE, _place(view, (4.0, -0.5, 0.5)))
    assert hit.args == ["c", False]
    with qtbot.waitSignal(view.picked) as added:
        qtbot.mouseClick(view, LEFT, CONTROL, _place(view, (0.0, -0.5, 0.5)))
    assert added.args == ["a", True]
    with qtbot.waitSignal(view.picked) as missed:
        qtbot.mouseClick(view, LEFT, NONE, QPoint(5, 400))
    assert missed.args == ["", False]


def test_that_a_drag_orbits_and_is_no_click(view: Viewport, qtbot: Any) -> None:
    picked: list[str] = []
    view.picked.connect(lambda node, _: picked.append(node))
    before = view.camera
    qtbot.mousePress(view, LEFT, NONE, QPoint(300, 240))
    for x in range(300, 400, 20):
        qtbot.mouseMove(view, QPoint(x, 240))
        QApplication.processEvents()
    qtbot.mouseRelease(view, LEFT, NONE, QPoint(400, 240))
    assert view.camera.heading_rad != before.heading_rad
    assert picked == []


def test_that_panning_keeps_the_pressed_point_under_the_cursor(view: Viewport, qtbot: Any) -> None:
    point = (2.0, -0.5, 0.5)
    start = _place(view, point)
    qtbot.mousePress(view, MIDDLE, NONE, start)
    for step in (1, 2, 3):
        qtbot.mouseMove(view, start + QPoint(20 * step, 10 * step))
        QApplication.processEvents()
    qtbot.mouseRelease(view, MIDDLE, NONE, start + QPoint(60, 30))
    far = _place(view, point) - (start + QPoint(60, 30))
    assert abs(far.x()) <= 2 and abs(far.y()) <= 2


def test_that_the_wheel_zooms_at_the_cursor(view: Viewport) -> None:
    point = (4.0, -0.5, 0.5)
    at = _place(view, point)
    distance = view.camera.distance_m
    none = Qt.MouseButton.NoButton
    turn = QWheelEvent(
        QPointF(at), QPointF(view.mapToGlobal(at)), QPoint(), QPoint(0, 240), none, NONE, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(view, turn)
    assert view.camera.distance_m < distance
    after = _place(view, point)
    assert abs(after.x() - at.x()) <= 1 and abs(after.y() - at.y()) <= 1


def test_that_floating_and_docking_the_view_keeps_the_picture(qtbot: Any) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QLabel("centre"))
    dock, viewport = QDockWidget("view"), Viewport()
    dock.setWidget(viewport)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.resize(800, 500)
    viewport.setMinimumSize(480, 360)
    window.show()
    qtbot.waitExposed(window)
    viewport.set_twin(three_boxes())
    _drawn(qtbot, viewport)
    assert _has_boxes(viewport)
    for floating in (True, False, True, False):
        dock.setFloating(floating)
        QApplication.processEvents()
        _drawn(qtbot, viewport)
        assert _has_boxes(viewport), f"the picture was lost when floating became {floating}"
    viewport.set_twin(workshop())
    _drawn(qtbot, viewport)


def test_that_keys_fly_hide_and_show(view: Viewport, qtbot: Any) -> None:
    view.select([NodeId("b")])
    qtbot.keyClick(view, Qt.Key.Key_H)
    assert view.hidden_nodes == ("b",)
    qtbot.keyClick(view, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    assert view.hidden_nodes == ()
    qtbot.keyClick(view, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: view.camera.forward[2] < -0.999, timeout=10_000)
    qtbot.keyClick(view, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: abs(view.camera.target_m[0] - 2.0) < 0.05, timeout=10_000)


def test_that_the_cube_s_faces_lead_to_their_views(view: Viewport, qtbot: Any) -> None:
    middle = QPointF(view.cube.width() / 2, view.cube.height() / 2)
    found = view.cube.direction_at(middle)
    assert found is not None and found.tolist() == [0, -1, 0]
    assert view.cube.direction_at(QPointF(1, 1)) is None
    view.standard_view("iso")
    qtbot.waitUntil(lambda: view.camera.pitch_rad < -0.5, timeout=10_000)
    upper = QPointF(middle.x(), middle.y() - 18)
    qtbot.mouseClick(view.cube, LEFT, NONE, upper.toPoint())
    qtbot.waitUntil(lambda: view.camera.forward[2] < -0.999, timeout=10_000)


def test_that_labels_and_legends_appear_and_let_the_mouse_through(view: Viewport, qtbot: Any) -> None:
    plan = OverlayPlan(
        labels=(Label(NodeId("a"), TORQUE, "Torque", "N*m"), Label(NodeId("c"), TORQUE, "Torque", "N*m")),
        legends=(Legend("Torque", "N*m", "viridis", 0.0, 60.0),),
    )
    before = _pixels(view.grab_picture())
    view.set_overlay(plan)
    none = np.zeros(0)
    view.update_overlay(
        OverlayFrame(
            0,
            np.zeros((0, 4, 4)),
            np.zeros((0, 3), np.uint8),
            none.astype(np.uint8),
            none.astype(np.bool_),
            np.array([24.8, np.nan]),
            np.array([0, 3], dtype=np.uint8),
            np.array([[0.0, -0.5, 0.5], [4.0, -0.5, 0.5]]),
        )
    )
    _drawn(qtbot, view)
    assert view.labels.shown() == 2
    assert view.legends.isVisible()
    assert (before != _pixels(view.grab_picture())).any(axis=2).sum() > 4000
    with qtbot.waitSignal(view.picked) as hit:
        qtbot.mouseClick(view, LEFT, NONE, _place(view, (0.0, -0.5, 0.5)))
    assert hit.args[0] == "a"


def test_that_the_gizmo_drags_a_node_in_steps_and_tells_where_it_ended(view: Viewport, qtbot: Any) -> None:
    view.set_camera(view.camera.facing("top"))
    view.set_camera(view.scene.fitted())
    view.select([NodeId("b")])
    view.set_tool(MoveTool())
    _drawn(qtbot, view)
    shapes = view.gizmo.lines_px()
    tip = QPoint(*(round(float(v)) for v in shapes["x"][-1]))
    assert view.gizmo.handle_at(QPointF(tip)) == "x"
    qtbot.mousePress(view, LEFT, NONE, tip)
    assert view.gizmo.dragging
    with qtbot.waitSignal(view.node_dragged):
        qtbot.mouseMove(view, tip + QPoint(57, 0))
    assert view.scene.world_from_node(NodeId("b"))[0, 3] > 2.0
    with qtbot.waitSignal(view.drag_finished) as ended:
        qtbot.mouseRelease(view, LEFT, NONE, tip + QPoint(57, 0))
    node, pose = ended.args
    assert node == "b"
    assert pose[0, 3] == pytest.approx(round(pose[0, 3], 1), abs=1e-9) and pose[0, 3] > 2.0
    assert pose[1, 3] == pytest.approx(0.0) and pose[2, 3] == pytest.approx(0.5)


def test_that_another_theme_is_another_picture(view: Viewport, qtbot: Any) -> None:
    dark = _pixels(view.grab_picture())
    view.set_theme(LIGHT)
    _drawn(qtbot, view)
    assert _pixels(view.grab_picture()).mean() > dark.mean() + 40


def test_that_a_slow_picture_comes_in_turns_and_is_the_same(qtbot: Any, view: Viewport, monkeypatch: pytest.MonkeyPatch) -> None:
    if not view._made()[0].software:
        pytest.fail("this test needs OpenGL in software: run it under Xvfb, or with LIBGL_ALWAYS_SOFTWARE=1")
    monkeypatch.setattr("viewer.ui.viewport.pictures._SLOW_S", -1.0)
    monkeypatch.setattr("viewer.ui.viewport.pictures._SLICE_TRIANGLES", 1)
    monkeypatch.setattr("viewer.ui.viewport.pictures._TURN_S", 0.0)
    monkeypatch.setattr("viewer.render.groups.CHUNK_VERTICES", 10)
    view.set_twin(workshop())
    view.scene.complete()
    _drawn(qtbot, view)
    turns: list[int] = []
    go = view._slice_on

    def counted() -> None:
        turns.append(1)
        go()

    view._slice_timer.timeout.disconnect()
    view._slice_timer.timeout.connect(counted)
    by_turns: list[NDArray[np.uint8]] = []
    show = view._show_whole
    monkeypatch.setattr(view, "_show_whole", lambda size: (by_turns.append(_in_the_window(view)), show(size)))
    view.set_camera(view.camera.orbited(0.3, 0.0))
    qtbot.waitUntil(lambda: bool(by_turns) and view._slices is None and not view._whole, timeout=20_000)
    assert len(turns) > 1
    monkeypatch.setattr("viewer.ui.viewport.pictures._SLOW_S", 1e9)
    at_once: list[NDArray[np.uint8]] = []
    draw = view._made()[0].draw
    monkeypatch.setattr(view._made()[0], "draw", lambda *given: (draw(*given), at_once.append(_in_the_window(view))))
    view.grab_picture()
    assert np.array_equal(by_turns[-1], at_once[-1])


def _in_the_window(view: Viewport) -> NDArray[np.uint8]:
    """(h, w, 3) What VTK has drawn; a grab of the widget would draw it anew. The context is current."""
    window = view._made()[0].vtk
    (width, height), found = window.GetSize(), vtkUnsignedCharArray()
    window.SetReadyForRendering(True)
    window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, found)
    window.SetReadyForRendering(False)
    return vtk_to_numpy(found).reshape(height, width, 4)[:, :, :3].copy()


def test_that_moving_ends_a_picture_that_comes_in_turns(qtbot: Any, view: Viewport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.ui.viewport.pictures._SLOW_S", -1.0)
    view._slice_timer.timeout.disconnect()  # it never gets on by itself
    view._moved_at_s = -1e9
    view._shown_in = None
    _drawn(qtbot, view)
    view.redraw()
    qtbot.waitUntil(lambda: view._slices is not None, timeout=20_000)
    none, bytes_ = np.zeros(0), np.zeros(0, np.uint8)
    nothing = OverlayFrame(0, np.zeros((0, 4, 4)), np.zeros((0, 3), np.uint8), bytes_, none > 0, none, bytes_, np.zeros((0, 3)))
    view.update_overlay(nothing)
    assert view._slices is not None and view._stale
    with qtbot.waitSignal(view.frame_drawn, timeout=20_000):
        view.set_camera(view.camera.orbited(0.1, 0.0))
    assert view._slices is None
