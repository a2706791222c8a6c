"""Measuring, searching, part properties, colours by attribute and comparing, in the window with a real view."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from immutables import Map
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.model import UnitQuestion
from viewer.render.camera import Camera
from viewer.twin.colour_maps import NEUTRAL
from viewer.twin.document import Document
from viewer.twin.edits_nodes import MoveNode, RemoveNodes
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part
from viewer.ui.colour_by import choices
from viewer.ui.compare.feature import Comparing
from viewer.ui.compare.session import COLOURS
from viewer.ui.elided import Elided
from viewer.ui.finding import Finding
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.measure.feature import Measuring
from viewer.ui.node_facts import identity_facts
from viewer.ui.part_facts import PartFacts, ShapeFacts
from viewer.ui.properties_view import PropertiesView
from viewer.ui.section import facts_grid
from viewer.ui.services import ColourBy, ReadBeside, Services
from viewer.ui.sheet import Sheet
from viewer.ui.viewport.pictures import prepare_surface_format
from viewer.ui.viewport.widget import Viewport

pytestmark = pytest.mark.window
LEFT, RIGHT = NodeId("left"), NodeId("right")


def cube(size_m: float = 1.0) -> Mesh:
    points = np.array([[i & 1, (i >> 1) & 1, (i >> 2) & 1] for i in range(8)], dtype=np.float64) * size_m
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return Mesh(points, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], dtype=np.int32))


def two_cubes(gap_m: float = 0.5, *, third: bool = False) -> Twin:
    """Two cubes of 1 m beside one another along x; a third above where asked."""
    sets = {"left": {"Pset.Fire": "EI60", "mass": "2 kg"}, "right": {"Pset.Fire": "EI90", "mass": "3 kg"}, "third": {}}
    places = {"left": (0.0, 0.0, 0.0), "right": (1.0 + gap_m, 0.0, 0.0), "third": (0.0, 3.0, 0.0)}
    names = ["left", "right", *(["third"] if third else [])]
    nodes = [
        Node(NodeId(n), n, part=PartId("cube"), parent_from_node=Pose.from_xyz_rpy(places[n]), properties=Map(sets[n]))
        for n in names
    ]
    part = Part(PartId("cube"), "cube", cube(), properties=Map({"Material": "steel"}))
    return Twin(
        name="Cubes",
        parts=Map({part.id: part}),
        nodes=Map({n.id: n for n in nodes}),
        children=Map({ROOT: tuple(n.id for n in nodes)}),
    )


def read_other(path: Path, unit: str | None, _job: Job) -> ReadBeside:
    """A reader of revisions: one is broken, one names no unit, the other lacks a cube and has another one elsewhere."""
    if path.suffix == ".bad":
        raise UserMistake(f"it is broken; export it again: {path}")
    question = UnitQuestion("mm", (1000.0, 1.0, 1.0)) if path.suffix == ".stl" and unit is None else None
    return ReadBeside(two_cubes(0.9, third=True), question)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    prepare_surface_format()
    look = Look("dark")
    look.dress()
    services = Services(document=Document(two_cubes()), read_twin=read_other)
    window = MainWindow(services, look, make_view=lambda _look: Viewport())
    qtbot.addWidget(window)
    window.resize(1500, 1000)
    window.show()
    qtbot.waitExposed(window)
    window.view3d.set_camera(Camera((1.25, 0.5, 0.5), math.pi / 2, -0.6, 8.0))
    yield window
    window.close_now()


def feature(window: MainWindow, kind: type) -> Any:
    return next(one for one in window.features if isinstance(one, kind))


def click(window: MainWindow, point: tuple[float, float, float]) -> None:
    """A click where a point of the world is seen."""
    view = window.view3d
    pixel = view.scene.world_to_display(np.array([point]))[0] / view.devicePixelRatioF()
    at = QPointF(float(pixel[0]), float(pixel[1]))
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, held in ((QEvent.Type.MouseButtonPress, left), (QEvent.Type.MouseButtonRelease, none)):
        event = QMouseEvent(kind, at, view.mapToGlobal(at), left, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(view, event)


def looks(window: MainWindow, node: NodeId) -> tuple[int, ...]:
    """The colour that a node is drawn in."""
    table = window.view3d.scene._scene.table
    return tuple(table._look_rows[table.slot_of[node], 0, :3].tolist())


def test_that_a_part_s_size_is_told_with_the_scale_of_the_nodes_above() -> None:
    part, mesh = PartId("link"), cube(500.0)
    nodes = (
        Node(NodeId("robot"), "robot", parent_from_node=Pose.from_matrix(np.diag([0.001, 0.001, 0.002, 1.0]))),
        Node(NodeId("arm"), "arm", parent=NodeId("robot"), part=part),
    )
    twin = Twin(
        parts=Map({part: Part(part, "link", mesh)}),
        nodes=Map({node.id: node for node in nodes}),
        children=Map({ROOT: (NodeId("robot"),), NodeId("robot"): (NodeId("arm"),)}),
    )
    assert dict(identity_facts(twin, NodeId("arm")))["Size"] == "500.0 mm × 500.0 mm × 1.000 m"


def test_that_clicking_corners_measures_and_the_value_follows_the_part(qtbot: QtBot, window: MainWindow) -> None:
    measuring = feature(window, Measuring)
    window.actions_.trigger("tool.measure")
    assert measuring.strip.isVisible() and window.tools.is_taken("measure")
    click(window, (1.0, 0.0, 1.0))
    click(window, (1.5, 0.0, 1.0))
    assert window.selection.ids == (), "a click of the tool selects nothing"
    (found,) = measuring.board.measurements
    assert [p.kind for p in found.picks] == ["vertex", "vertex"] and [p.node for p in found.picks] == [LEFT, RIGHT]
    assert found.reading.main.value == pytest.approx(0.5, abs=1e-9)
    window.edit(MoveNode(RIGHT, Pose.from_xyz_rpy((2.0, 0.0, 0.0))))
    assert measuring.board.measurements[0].reading.main.value == pytest.approx(1.0, abs=1e-9)
    assert "1.000000 m" in measuring.panel.table.item(0, 2).text()
    window.undo()
    window.edit(RemoveNodes((RIGHT,)))
    assert measuring.board.measurements == [], "what lay on a part goes with it"


def test_that_escape_and_backspace_take_back_picks_before_the_tool_ends(qtbot: QtBot, window: MainWindow) -> None:
    measuring = feature(window, Measuring)
    window.set_tool("measure")
    click(window, (1.0, 0.0, 1.0))
    assert len(measuring.tool.picks) == 1
    qtbot.keyClick(window.view3d, Qt.Key.Key_Escape)
    assert measuring.tool.picks == [] and window.tools.is_taken("measure")
    qtbot.keyClick(window.view3d, Qt.Key.Key_Escape)
    assert window.tools.is_taken("select") and not measuring.strip.isVisible()


def test_that_the_clearance_and_volume_of_the_selection_come_from_the_background(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    measuring = feature(window, Measuring)
    window.selection.select([LEFT, RIGHT])
    with qtbot.waitSignal(measuring.board.changed):
        window.actions_.trigger("measure.selection")
    window.selection.select([LEFT])
    with qtbot.waitSignal(measuring.board.changed):
        window.actions_.trigger("measure.selection")
    gap, body = measuring.board.measurements
    assert gap.reading.main.value == pytest.approx(0.5) and body.reading.main.value == pytest.approx(1.0)
    measuring.panel.export(tmp_path / "list.csv")
    rows = list(csv.DictReader((tmp_path / "list.csv").open(encoding="utf-8")))
    assert (rows[0]["unit"], rows[0]["between"]) == ("mm", "left - right")
    assert float(rows[0]["value"]) == pytest.approx(500.0)
    measuring.panel.export(tmp_path / "no" / "list.csv")
    assert "could not be written" in window.notifications.messages[-1].text


def test_that_a_search_lists_selects_and_tells_what_is_wrong(window: MainWindow) -> None:
    finding = feature(window, Finding)
    finding.ask("mass>2.5kg")
    assert finding.panel.nodes == [RIGHT] and finding.panel.model.cells(0)[3] == "mass = 3 kg"
    finding.panel.table.selectRow(0)
    assert window.selection.ids == (RIGHT,)
    finding.panel._buttons[3].click()
    assert looks(window, LEFT) == NEUTRAL and looks(window, RIGHT) != NEUTRAL
    assert "mass>2.5kg" in window.state.texts("recent_searches") or "mass>2.5kg" in finding.panel.recent
    finding.panel.ask("mass>")
    assert finding.panel.mistake.text().startswith("There is no value after «mass>»")
    assert finding.panel.nodes == [RIGHT], "the last answer stays while one types on"


def test_that_colours_by_attribute_come_and_go(window: MainWindow) -> None:
    own = looks(window, LEFT)
    window.link.choose_colours(ColourBy("property", "Pset.Fire"))
    assert looks(window, LEFT) != looks(window, RIGHT)
    assert [s.text for s in window.view3d.legends.legends[0].states] == ["EI60 (1)", "EI90 (1)"]
    window.link.choose_colours(ColourBy("scene"))
    assert looks(window, LEFT) == own and window.view3d.legends.legends == ()
    assert choices(window.twin)[0][1] == ColourBy("scene")


def test_that_the_inspector_groups_properties_and_finds_their_like(qtbot: QtBot, window: MainWindow) -> None:
    window.selection.select([LEFT])
    (view,) = window.inspector.findChildren(PropertiesView)
    assert view.groups == {
        "": [("mass", "2 kg", "mass")],
        "Part": [("Material", "steel", "Material")],
        "Pset": [("Fire", "EI60", "Pset.Fire")],
    }
    view.same_asked.emit("Material", "steel")
    assert set(window.selection.ids) == {LEFT, RIGHT}
    window.selection.select([LEFT])
    facts = feature(window, PartFacts)
    mesh = window.twin.parts[PartId("cube")].mesh
    qtbot.waitUntil(lambda: facts.body(mesh) is not None, timeout=5000)
    (shape,) = window.inspector.findChildren(ShapeFacts)
    qtbot.waitUntil(lambda: "yes" in [label.text() for label in shape.findChildren(QLabel)], timeout=5000)
    assert "1.0000 m³" in [label.text() for label in shape.findChildren(QLabel)]


def test_that_comparing_colours_lists_switches_and_gives_all_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    comparing, own = feature(window, Comparing), looks(window, LEFT)
    comparing.compare_with(tmp_path / "it.bad")
    qtbot.waitUntil(lambda: "broken" in "".join(m.text for m in window.notifications.messages), timeout=5000)
    assert comparing.comparison is None and looks(window, LEFT) == own
    comparing.compare_with(tmp_path / "old.glb")
    qtbot.waitUntil(lambda: comparing.comparison is not None, timeout=10000)
    assert comparing.comparison.counts == {"added": 0, "removed": 1, "changed": 0, "moved": 1, "same": 1}
    assert looks(window, RIGHT) == COLOURS["moved"] and looks(window, LEFT) == COLOURS["same"]
    assert len(comparing.comparison.ghosts("both")) == 2 and len(comparing.arrows._ways) == 1
    window.actions_.trigger("compare.next")
    assert comparing.looking == "open" and comparing.comparison.ghosts("open") == []
    window.actions_.trigger("compare.next")
    assert window.view3d.hidden_nodes == (RIGHT,), "the file's own place is shown instead"
    comparing.panel.export(tmp_path / "d.csv")
    rows = list(csv.DictReader((tmp_path / "d.csv").open(encoding="utf-8")))
    assert [(r["state"], float(r["moved mm"])) for r in rows] == [("removed", 0.0), ("moved", pytest.approx(400.0))]
    window.actions_.trigger("compare.end")
    assert window.view3d.hidden_nodes == () and looks(window, LEFT) == own and window.view3d.legends.legends == ()


def test_that_a_file_taken_for_the_newer_one_turns_the_signs(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    comparing = feature(window, Comparing)
    comparing.panel.age.setCurrentIndex(1)
    comparing.compare_with(tmp_path / "new.glb")
    qtbot.waitUntil(lambda: comparing.comparison is not None, timeout=10000)
    assert comparing.comparison.counts["added"] == 1 and comparing.comparison.counts["removed"] == 0


def test_that_a_revision_is_asked_for_its_unit_once_it_is_read_and_only_where_it_names_none(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    comparing = feature(window, Comparing)
    comparing.compare_with(tmp_path / "other.stl")
    qtbot.waitUntil(lambda: bool(window.findChildren(Sheet)), timeout=5000)
    (sheet,) = window.findChildren(Sheet)
    offered = [button for button in sheet.findChildren(QPushButton) if button.text() == "mm (1 m)"]
    assert comparing.comparison is None and len(offered) == 1
    offered[0].click()
    qtbot.waitUntil(lambda: comparing.comparison is not None, timeout=5000)


def test_that_an_id_too_long_for_its_place_keeps_both_ends_and_is_told_and_copied_whole(qtbot: QtBot) -> None:
    whole = "plant.hall_3.line_07.station_0110.robot_2.gripper.finger_left"
    grid = facts_grid([("Id", whole)])
    qtbot.addWidget(grid)
    grid.resize(240, 40)
    grid.show()
    (shown,) = grid.findChildren(Elided)
    assert shown.text().startswith("plant") and shown.text().endswith("left") and "…" in shown.text()
    assert shown.toolTip() == whole
    shown.actions()[0].trigger()
    assert QApplication.clipboard().text() == whole
