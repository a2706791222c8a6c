"""PMI in the window: rows, labels and faces speak of one another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from immutables import Map
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "render"))
from scenes_for_tests import box

from viewer.base.ids import ROOT, NodeId, PartId
from viewer.twin.document import Document
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part
from viewer.twin.pmi import PmiEntry
from viewer.ui.look import Look, application_font
from viewer.ui.main_window import MainWindow
from viewer.ui.pmi.feature import PmiFeature
from viewer.ui.pmi.frame import cells_of, frame_width
from viewer.ui.pmi.labels import groups_of
from viewer.ui.pmi.rows import PmiRow, PmiRows
from viewer.ui.pmi.signs import paint_signs, width_of
from viewer.ui.services import Services
from viewer.ui.ui_state import UiState
from viewer.ui.viewport.pictures import prepare_surface_format
from viewer.ui.viewport.widget import Viewport

pytestmark = pytest.mark.window
FRONT, TOP = 2, 5
BLOCK, PLAIN = NodeId("block"), NodeId("plain")
ENTRIES = (
    PmiEntry("#1", "dimension", "diameter", "2× ⌀ 35 ±0.1", nominal=35.0, faces=(TOP,), point_in_part=(0.0, 0.0, 0.5)),
    PmiEntry("#2", "tolerance", "position", "⌖ ⌀0.5 Ⓜ | A | B Ⓜ", value=0.5, faces=(TOP,), point_in_part=(0.0, 0.0, 0.5)),
    PmiEntry("#3", "tolerance", "flatness", "⏥ 0.2", value=0.2, faces=(FRONT,), point_in_part=(0.0, -0.5, 0.0)),
    PmiEntry("#4", "datum", "datum", "A", faces=(FRONT,), point_in_part=(0.0, -0.5, 0.0)),
    PmiEntry("#5", "tolerance", "profile of a surface", "⌓ 0.06 | A", value=0.06),
)


@pytest.fixture(scope="session", autouse=True)
def _surface() -> None:
    prepare_surface_format()


def twin() -> Twin:
    bare = box()
    mesh = Mesh(bare.points_in_part, bare.triangles, None, np.repeat(np.arange(6, dtype=np.int32), 2))
    parts = (
        Part(PartId("block"), "block", mesh, (150, 150, 150), properties=Map({"PMI": "1 of 2 dimensions"}), pmi=ENTRIES),
        Part(PartId("plain"), "plain", bare, (150, 150, 150)),
    )
    nodes = {BLOCK: Node(BLOCK, "block", part=PartId("block")), PLAIN: Node(PLAIN, "plain", part=PartId("plain"))}
    return Twin(parts=Map({p.id: p for p in parts}), nodes=Map(nodes), children=Map({ROOT: tuple(nodes)}))


def opened(qtbot: QtBot, state: UiState, **view: Any) -> MainWindow:
    look = Look("dark")
    look.dress()
    window = MainWindow(Services(document=Document(twin())), look, state=state, **view)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def state(tmp_path: Path) -> UiState:
    return UiState(tmp_path / "state.json")


@pytest.fixture
def window(qtbot: QtBot, state: UiState) -> Iterator[MainWindow]:
    one = opened(qtbot, state)
    yield one
    one.close_now()


def feature(window: MainWindow) -> PmiFeature:
    return next(one for one in window.features if isinstance(one, PmiFeature))


def rows(window: MainWindow) -> list[PmiRow]:
    shown = [one for one in window.inspector.findChildren(PmiRows) if one.isVisible()]
    return shown[0].rows() if shown else []


def test_that_a_part_without_pmi_has_no_list_and_no_action(window: MainWindow) -> None:
    window.selection.select([PLAIN])
    assert rows(window) == []
    assert not window.actions_["view.pmi"].isEnabled()
    window.selection.clear()
    assert feature(window).board.entries == ()


def test_that_the_list_tells_every_entry_by_kind_and_how_much_was_read(window: MainWindow) -> None:
    window.selection.select([BLOCK])
    assert [row.entry.id for row in rows(window)] == ["#1", "#2", "#3", "#5", "#4"]
    texts = [label.text() for label in window.inspector.findChildren(QLabel)]
    assert "1 of 2 dimensions read from the file" in texts
    assert {"Dimensions · 1", "Geometric tolerances · 3", "Datums · 1"} <= set(texts)
    assert "no face of its own" in rows(window)[3].toolTip()


def test_that_a_click_on_a_row_marks_its_faces_and_another_takes_them_back(qtbot: QtBot, window: MainWindow) -> None:
    window.selection.select([BLOCK])
    qtbot.mouseClick(rows(window)[0], Qt.MouseButton.LeftButton)
    assert window.view3d.told["marked"] == (BLOCK, (TOP,))
    qtbot.mouseClick(rows(window)[2], Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    assert window.view3d.told["marked"] == (BLOCK, (FRONT, TOP))
    qtbot.keyClick(rows(window)[2], Qt.Key.Key_Return)
    assert window.view3d.told["marked"] == (BLOCK, (FRONT,))
    qtbot.mouseClick(rows(window)[2], Qt.MouseButton.LeftButton)
    assert window.view3d.told["marked"] == (None, ())
    qtbot.mouseClick(rows(window)[2], Qt.MouseButton.LeftButton)
    window.selection.select([PLAIN])
    assert window.view3d.told["marked"] == (None, ())


def test_that_labels_stay_off_where_they_were_turned_off(qtbot: QtBot, window: MainWindow) -> None:
    window.selection.select([BLOCK])
    window.actions_.trigger("view.pmi")
    assert not feature(window).board.are_labels_shown
    again = opened(qtbot, window.state)
    assert not feature(again).board.are_labels_shown
    again.close_now()


def test_that_entries_of_the_same_faces_share_a_label_dimension_first() -> None:
    part = twin().parts[PartId("block")]
    found = [[entry.id for entry in group.entries] for group in groups_of(part)]
    assert found == [["#1", "#2"], ["#3", "#4"]]
    for group in groups_of(part):  # every end of a leader lies on the faces that the label speaks of
        axis, level = (2, 0.5) if group.entries[0].faces == (TOP,) else (1, -0.5)
        np.testing.assert_allclose(group.points_in_part[:, axis], level)


@pytest.mark.parametrize(
    ("entry", "cells"),
    [
        (ENTRIES[0], ("2× ⌀ 35 ±0.1", [])),
        (ENTRIES[1], ("", ["⌖", "⌀0.5 Ⓜ", "A", "B Ⓜ"])),
        (ENTRIES[3], ("", ["A"])),
        (replace(ENTRIES[0], text="⌀ [35]"), ("⌀ ", ["35"])),
        (replace(ENTRIES[1], text="4× ⌮ ⌓ 0.5 | A"), ("4× ⌮", ["⌓", "0.5", "A"])),
        (replace(ENTRIES[1], text="⌖ S⌀0.5 | A"), ("", ["⌖", "S⌀0.5", "A"])),
        (replace(ENTRIES[1], text="odd"), ("", ["odd"])),
    ],
)
def test_that_frames_have_the_boxes_of_the_standard(qtbot: QtBot, entry: PmiEntry, cells: tuple[str, list[str]]) -> None:
    assert cells_of(entry) == cells
    assert frame_width(entry, application_font(13)) > 0.0


@pytest.mark.parametrize("sign", "⌖⌓⌒⏥⟂∥∠○◎⌭⏤⌯↗⌰⌀⌮□↧ⓂⓁⓊⓅ")
def test_that_every_sign_is_drawn_without_any_font_for_it(qtbot: QtBot, sign: str) -> None:
    font = application_font(24)
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    paint_signs(painter, 4.0, 20.0, sign, font, QColor(Qt.GlobalColor.white))
    painter.end()
    bright = np.frombuffer(image.constBits(), np.uint8).reshape(40, 60, 4)[:, :, 0] > 100
    assert 20 < bright.sum() < 600
    assert not bright[:, int(4 + width_of(sign, font)) + 2 :].any()


@pytest.fixture
def drawn(qtbot: QtBot, state: UiState) -> Iterator[MainWindow]:
    """With a true 3D view, the block seen from the front and above."""
    window = opened(qtbot, state, make_view=lambda _look: Viewport())
    window.resize(1200, 800)
    view = window.view3d
    window.visibility.toggle_hidden([PLAIN])
    view.set_camera(view.camera.facing("iso"))
    view.set_camera(view.scene.fitted())
    with qtbot.waitSignal(view.frame_drawn, timeout=20_000):
        view.update()
    yield window
    window.close_now()


def place(view: Viewport, point: tuple[float, float, float]) -> QPoint:
    x, y, _ = view.scene.world_to_display(np.array([point]))[0] / view.devicePixelRatioF()
    return QPoint(round(x), round(y))


def test_that_a_click_on_a_face_chooses_its_entries_and_colours_that_face_alone(qtbot: QtBot, drawn: MainWindow) -> None:
    view, board = drawn.view3d, feature(drawn).board
    drawn.selection.select([BLOCK])
    board.show_labels(on=False)
    before = view.grab_picture()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place(view, (0.0, 0.0, 0.5)))
    assert board.chosen == {"#1", "#2"}
    with qtbot.waitSignal(view.frame_drawn, timeout=20_000):
        view.update()
    after = view.grab_picture()
    accent = view.scene.theme.accent

    def far(image: QImage, at: QPoint) -> int:
        pixel = image.pixelColor(at)
        return sum(abs(a - b) for a, b in zip((pixel.red(), pixel.green(), pixel.blue()), accent, strict=True))

    top, front = place(view, (0.1, 0.1, 0.5)), place(view, (0.1, -0.5, 0.1))
    assert far(after, top) < 90 < far(before, top)
    assert after.pixelColor(front) == before.pixelColor(front)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place(view, (0.0, -0.5, 0.0)))
    assert board.chosen == {"#3", "#4"}


def test_that_labels_stand_at_the_faces_that_are_seen(qtbot: QtBot, drawn: MainWindow) -> None:
    labels = feature(drawn).labels
    drawn.selection.select([BLOCK])
    qtbot.waitUntil(lambda: labels.shown() == 2, timeout=10_000)
    drawn.view3d.set_camera(drawn.view3d.camera.facing("bottom"))  # both faces are now behind the block
    drawn.view3d.set_camera(drawn.view3d.scene.fitted())
    qtbot.waitUntil(lambda: labels.shown() == 1, timeout=10_000)
    drawn.selection.clear()
    assert labels.shown() == 0
