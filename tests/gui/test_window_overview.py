"""The window's newer rooms: the scene at a glance, faults, deleting, questions before changes are lost, safe painting."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from viewer.base.clock import ManualClock
from viewer.base.frames import Pose
from viewer.base.job import Job
from viewer.twin.channels import Binding
from viewer.twin.document import Document
from viewer.twin.edits_nodes import MoveNode
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.painting import painting
from viewer.ui.scene_facts import first_trends
from viewer.ui.services import Services
from viewer.ui.sheet import Sheet
from viewer.ui.theme import THEMES, read_theme

_SPEC = importlib.util.spec_from_file_location("window_fakes", Path(__file__).with_name("window_fakes.py"))
assert _SPEC is not None and _SPEC.loader is not None
fakes: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fakes)
pytestmark = pytest.mark.window


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    look = Look("dark")
    look.dress()
    clock = ManualClock(1_700_000_000_000_000_000)
    twin = fakes.small_twin().with_(bindings=(Binding("label", fakes.TORQUE, fakes.TOOL),))
    services = Services(document=Document(twin), feed=fakes.FaultyFeed(clock), clock=clock)
    window = MainWindow(services, look)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close_now()


def sheets(window: MainWindow) -> list[Sheet]:
    return [s for s in window.findChildren(Sheet) if s.isVisible()]


def press(sheet: Sheet, text: str) -> None:
    next(b for b in sheet.findChildren(QPushButton) if b.text() == text).click()


def test_that_a_painter_is_ended_where_painting_fails(qtbot: QtBot) -> None:
    class Clumsy(QWidget):
        painted = 0

        def paintEvent(self, event: QPaintEvent) -> None:
            self.painted += 1
            with painting(self) as painter:
                assert painter.isActive()
                raise ValueError("a number that can't be drawn")

    widget = Clumsy()
    qtbot.addWidget(widget)
    with qtbot.captureExceptions() as raised:
        widget.show()
        qtbot.waitExposed(widget)
        qtbot.waitUntil(lambda: widget.painted > 0)
        widget.update()
        qtbot.waitUntil(lambda: widget.painted > 1)
    assert not widget.paintingActive() and "can't be drawn" in str(raised[0][1])


def test_that_values_of_the_twin_before_do_no_harm_to_the_next(qtbot: QtBot, window: MainWindow) -> None:
    window.services.feed.say(25.0)
    qtbot.waitUntil(lambda: window.live.latest is not None, timeout=3000)
    old = window.live.latest
    window.set_document(Document(fakes.wide_twin(200)))
    window.live.refreshed.emit(old)
    assert window.tree.model.rowCount() == 2


def test_that_the_overview_tells_what_is_wrong_first_and_goes_there(qtbot: QtBot, window: MainWindow) -> None:
    overview = window.inspector.overview
    window.services.feed.say(25.0)
    qtbot.waitUntil(lambda: overview.abnormal_title.text() == "All 1 live values are normal", timeout=3000)
    window.services.feed.say(58.0)
    qtbot.waitUntil(lambda: overview.abnormal_title.text() == "1 value needs attention", timeout=3000)
    row = next(b for b in overview.findChildren(QPushButton) if "above 55 N·m" in b.toolTip())
    assert "Torque" in row.toolTip() and "Tightening" in row.toolTip()
    row.click()
    assert window.selection.ids == (fakes.TOOL,) and window.view3d.told["flown"] == (fakes.TOOL,)


def test_that_a_station_of_the_overview_is_selected_by_a_click(window: MainWindow) -> None:
    table = window.inspector.overview.stations
    assert [table.topLevelItem(0).text(c) for c in (0, 1)] == ["080", "Tightening"]
    table.itemClicked.emit(table.topLevelItem(0), 1)
    assert window.selection.ids == (fakes.STATION,)


def test_that_a_newcomer_sees_curves_and_one_who_cleared_them_does_not(window: MainWindow) -> None:
    assert window.trends.channels == (fakes.TORQUE,) == first_trends(window.twin)
    unlabelled = window.twin.with_(bindings=())
    assert first_trends(unlabelled) == ()
    window.trends.show_channels([])
    window.state.set("trends", [])
    window.set_document(window.services.document)
    assert window.trends.channels == ()


def test_that_faults_are_offered_injected_and_cleared_and_a_refusal_is_told(qtbot: QtBot, window: MainWindow) -> None:
    feed, faults = window.services.feed, window.faulty.faults
    assert window.actions_.trigger("live.faults")
    row = window.faulty.panel.rows["silent"]
    assert [row.fields["channel"].itemText(i) for i in range(2)] == ["st080.angle", fakes.TORQUE]
    row.fields["channel"].setCurrentIndex(1)
    row.button.click()
    qtbot.waitUntil(lambda: faults.info("silent").active, timeout=3000)
    assert feed.asked == [("silent", {"channel": 1.0})] and row.button.text() == "Clear"
    assert "Clear: Silence" in [e.text for e in window.faulty.entries()]
    row.button.click()
    qtbot.waitUntil(lambda: not faults.info("silent").active, timeout=3000)
    next(e for e in window.faulty.entries() if e.text == "Inject: Heater fails").run()
    qtbot.waitUntil(lambda: window.notifications.messages[-1].text == "The heater is out of reach", timeout=3000)
    window.set_feed(None)
    assert not window.faulty.is_offered() and not window.actions_["live.faults"].isVisible()
    assert not window.actions_.trigger("live.faults")


def test_that_deleting_a_bound_station_is_one_step_and_undo_brings_all_back(window: MainWindow) -> None:
    before = window.twin
    window.selection.select([fakes.STATION])
    assert window.actions_.trigger("edit.delete")
    assert set(window.twin.nodes) == {"hall"}
    assert not window.twin.stations and not window.twin.channels and not window.twin.bindings
    message = window.notifications.messages[-1]
    assert message.offer is not None
    message.offer[1]()
    now = window.twin
    assert (now.nodes, now.children, now.stations) == (before.nodes, before.children, before.stations)
    assert (now.channels, now.bindings) == (before.channels, before.bindings)


def test_that_opening_asks_first_where_changes_would_be_lost(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened: list[Path] = []
    window.opener.read_file = lambda path, unit: opened.append(path)
    window.opener.read = lambda path, unit, job, twin: pytest.fail("not read")

    def save(document: Document, where: Path | None, job: Job) -> Path:
        return tmp_path

    window.services.save = save
    window.services.scene_path = tmp_path
    window.edit(MoveNode(fakes.STATION, Pose()))
    window.opener.open(tmp_path / "a.glb")
    press(sheets(window)[0], "Cancel")
    assert opened == [] and not window.services.document.saved
    window.opener.open(tmp_path / "b.glb")
    press(sheets(window)[0], "Discard")
    assert opened == [tmp_path / "b.glb"]
    window.opener.open(tmp_path / "c.glb")
    press(sheets(window)[0], "Save")
    qtbot.waitUntil(lambda: len(opened) == 2, timeout=3000)
    assert opened[-1] == tmp_path / "c.glb" and window.services.document.saved


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of #rrggbb."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("theme_id", THEMES)
def test_that_every_word_can_be_read_on_every_ground(theme_id: str) -> None:
    colours = read_theme(theme_id).colours
    words = ("text", "text_soft", "text_faint", "accent", "good", "warning", "alarm", "stale", "bad")
    least = 7.0 if theme_id == "contrast" else 4.5
    for word in words:
        for ground in ("window", "panel", "raised", "hover", "accent_soft"):
            high, low = sorted((luminance(colours[word]), luminance(colours[ground])), reverse=True)
            ratio = (high + 0.05) / (low + 0.05)
            assert ratio >= (least if word.startswith("text") else 4.5), f"{word} on {ground}: {ratio:.2f}"


def test_that_a_line_that_comes_while_an_update_is_pending_is_heard(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.live.latest is not None, timeout=3000)
    window.live.frame_took(60_000.0)  # a slow view: the next update waits for many seconds
    window.live.wake()
    QApplication.processEvents()
    updates = window.live.updates
    window.set_feed(fakes.FakeFeed(ManualClock()))
    qtbot.waitUntil(lambda: window.live.updates > updates, timeout=3000)
