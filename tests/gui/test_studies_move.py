"""Moving a station in the window: one drag is answered while it goes on, is one step at its end, and can become a scenario."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.plugins.synthetic_plant import plant
from viewer.base.ids import NodeId
from viewer.plugin_host.registry import find_plugins
from viewer.studies.runner import StudyRunner
from viewer.twin.document import Document
from viewer.twin.kinematics import world_from_node
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services
from viewer.ui.studies.panel import StudiesPanel

pytestmark = pytest.mark.window
LIMIT_MS = 30_000
S0 = NodeId("s0")


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    runner = StudyRunner(find_plugins())
    services = Services(document=Document(plant((0.0, 0.0), (4.0, 0.0))), studies=find_plugins(), runner=runner)
    look = Look("dark")
    look.dress()
    window = MainWindow(services, look, make_studies=StudiesPanel)
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close_now()
    runner.close()


def document(window: MainWindow) -> Document:
    assert window.services.document is not None
    return window.services.document


def take_up(qtbot: QtBot, window: MainWindow) -> None:
    """The move tool on a part of s0."""
    assert window.mover.runs is not None
    with qtbot.waitSignal(window.mover.runs.finished, timeout=LIMIT_MS):
        window.selection.select([NodeId("s0.p0")])
        window.set_tool("move")


def drag(qtbot: QtBot, window: MainWindow, x_m: float, *, ended: bool) -> None:
    """The gizmo says that s0 is there; waits for the answer."""
    pose = np.eye(4)
    pose[0, 3] = x_m
    assert window.mover.runs is not None
    with qtbot.waitSignal(window.mover.runs.finished, timeout=LIMIT_MS):
        window.view3d.node_dragged.emit("s0", pose)
    if ended:
        window.view3d.drag_finished.emit("s0", pose)


def figures(window: MainWindow) -> dict[str, float]:
    return {one.title: one.value for one in window.mover.strip.shown}


def test_that_nothing_is_told_of_a_part_that_belongs_to_no_station(window: MainWindow) -> None:
    window.selection.select([NodeId("floor")])
    window.set_tool("move")
    assert window.mover.station is None and window.mover.strip.isHidden()


def test_that_a_drag_is_answered_and_leaves_the_history_alone_until_it_ends(qtbot: QtBot, window: MainWindow) -> None:
    take_up(qtbot, window)
    assert figures(window)["New clashes"] == 0
    drag(qtbot, window, 3.5, ended=False)
    assert figures(window)["New clashes"] == 1
    assert figures(window)["Transport cost change"] == pytest.approx(-10 * 0.5 * 3.5 * 5000)
    assert set(window.view3d.told["alerted"]) == {"s0.p0", "s1.p0"}
    assert not document(window).can_undo and world_from_node(document(window).twin, S0)[0, 3] == pytest.approx(3.5)


def test_that_a_cancelled_drag_leaves_nothing_behind(qtbot: QtBot, window: MainWindow) -> None:
    take_up(qtbot, window)
    before = document(window).twin
    drag(qtbot, window, 3.5, ended=False)
    drag(qtbot, window, 0.0, ended=False)
    assert document(window).twin is before and not document(window).can_undo
    assert window.view3d.told["alerted"] == () and window.mover.stage == "stands"


def test_that_letting_go_is_one_step_that_can_be_undone(qtbot: QtBot, window: MainWindow) -> None:
    take_up(qtbot, window)
    for x_m in (1.0, 2.0, 2.6):
        drag(qtbot, window, x_m, ended=x_m == 2.6)
    assert document(window).undo_title == "Move s0" and window.mover.strip.keep_button.isVisibleTo(window.mover.strip)
    window.mover.back()
    assert not document(window).can_undo and world_from_node(document(window).twin, S0)[0, 3] == 0.0


def test_that_a_kept_drag_is_a_scenario_and_the_base_is_as_it_was(qtbot: QtBot, window: MainWindow) -> None:
    take_up(qtbot, window)
    drag(qtbot, window, 2.0, ended=True)
    window.mover.keep()
    (scenario,) = document(window).scenarios
    assert scenario.name == "s0 at 2.0, 0.0 m" and len(scenario.edits) == 1
    assert world_from_node(document(window).base, S0)[0, 3] == 0.0
    assert world_from_node(document(window).twin, S0)[0, 3] == pytest.approx(2.0)


def test_that_two_kept_scenarios_are_compared_with_their_figures(qtbot: QtBot, window: MainWindow) -> None:
    kept: list[str] = []
    for x_m in (2.0, 3.5):
        document(window).open_scenario(None)
        take_up(qtbot, window)
        drag(qtbot, window, x_m, ended=True)
        window.mover.keep()
        kept.append(document(window).scenarios[-1].id)
        window.set_tool("select")
    panel = window.scenarios
    panel.before.setCurrentIndex(panel.before.findData(kept[0]))
    panel.after.setCurrentIndex(panel.after.findData(kept[1]))
    lines = [panel.differences.item(i).text() for i in range(panel.differences.count())]
    assert "New clashes   ✓ 0  →  ✕ 1" in lines
    assert "Transport cost change   ✓ −50000 EUR/year  →  ✓ −87500 EUR/year" in lines
    assert any(line.startswith("s0") for line in lines)


def test_that_a_typed_place_is_shown_beforehand_and_done_only_when_asked(qtbot: QtBot, window: MainWindow) -> None:
    window.docks.show("studies")
    with qtbot.waitSignal(window.studies.runs.finished, timeout=LIMIT_MS):
        window.studies.choose("layout")
    with qtbot.waitSignal(window.studies.runs.finished, timeout=LIMIT_MS):
        window.studies.form.fields["x"].spin.setValue(2.0)
    assert window.mover.stage == "pending" and not document(window).can_undo
    assert world_from_node(document(window).twin, S0)[0, 3] == pytest.approx(2.0)
    window.mover.apply()
    assert document(window).undo_title == "Move s0" and world_from_node(document(window).base, S0)[0, 3] == pytest.approx(2.0)


def test_that_a_field_laid_over_the_scene_has_its_legend_and_a_way_back(qtbot: QtBot, window: MainWindow) -> None:
    window.docks.show("studies")
    with qtbot.waitSignal(window.studies.runs.finished, timeout=LIMIT_MS):
        window.studies.choose("layout")
    with qtbot.waitSignal(window.studies.runs.finished, timeout=LIMIT_MS):
        window.studies.form.fields["x"].spin.setValue(3.5)
    live = window.view3d.told["plan"]
    window.studies.lay_button.setChecked(True)
    assert [one.title for one in window.view3d.told["plan"].legends] == ["Clashes: 1 as before, 2 new"]
    assert set(window.view3d.told["plan"].coloured) == {"s0.p0", "s1.p0"}
    assert window.mover.back_to_live.isVisibleTo(window.view3d)
    window.mover.back_to_live.click()
    assert window.view3d.told["plan"].legends == live.legends and not window.studies.lay_button.isChecked()
    assert not window.mover.back_to_live.isVisibleTo(window.view3d)
