"""The window as a whole: what one panel says, all others show."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.job import Job
from viewer.twin.document import Document
from viewer.twin.edits_nodes import MoveNode, RenameNode
from viewer.twin.model import Twin
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.scene_model import NAME
from viewer.ui.services import Opened, Services, ShowingJob
from viewer.ui.shortcuts_help import as_markdown
from viewer.ui.status import Status

_SPEC = importlib.util.spec_from_file_location("window_fakes", Path(__file__).with_name("window_fakes.py"))
assert _SPEC is not None and _SPEC.loader is not None
fakes: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fakes)
pytestmark = pytest.mark.window
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def look(qapp: QApplication) -> Look:
    look = Look("dark")
    look.dress()
    return look


class PlainStudies(QWidget):
    """Stands where the studies panel stands."""

    field_chosen, kept, mistaken = Signal(object), Signal(object), Signal(str)
    document: Document | None = None

    def set_document(self, document: Document | None) -> None:
        self.document = document


@pytest.fixture
def window(qtbot: QtBot, look: Look) -> Iterator[MainWindow]:
    clock = ManualClock(1_700_000_000_000_000_000)
    services = Services(document=Document(fakes.small_twin()), feed=fakes.FakeFeed(clock), clock=clock)
    window = MainWindow(services, look, make_studies=lambda _services: PlainStudies())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close_now()


def shown(window: MainWindow) -> str:
    """Every word of the inspector."""
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in window.inspector.findChildren(QLabel))


def test_that_a_part_that_is_gone_cannot_stay_selected_or_be_moved(window: MainWindow) -> None:
    window.selection.select([fakes.TOOL])
    assert not window.edit(MoveNode("ghost", Pose()))
    assert "ghost" in window.notifications.messages[-1].text
    assert window.studies.document is window.services.document
    window.set_document(None)
    assert window.selection.ids == () and window.studies.document is None
    assert not window.actions_.trigger("edit.undo")


def test_that_picking_in_the_view_selects_in_the_tree_and_the_inspector(window: MainWindow) -> None:
    window.view3d.picked.emit(fakes.TOOL, False)
    assert window.tree.model.node_of(window.tree.view.currentIndex()) == fakes.TOOL
    assert "Acme" in shown(window)
    assert window.view3d.told["selected"] == (fakes.TOOL,)


def test_that_choosing_in_the_tree_selects_in_the_view(window: MainWindow) -> None:
    window.tree.view.setCurrentIndex(window.tree.model.index_of(fakes.STATION))
    assert window.view3d.told["selected"] == (fakes.STATION,)
    assert "Tighten 24 bolts" in shown(window)


def test_that_a_typed_position_moves_the_node_and_undo_puts_it_back(qtbot: QtBot, window: MainWindow) -> None:
    window.selection.select([fakes.STATION])
    assert window.inspector.pose is not None
    field = window.inspector.pose.fields[0]
    field.selectAll()
    qtbot.keyClicks(field, "82500 mm")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.twin.nodes[fakes.STATION].parent_from_node.xyz_m == pytest.approx((82.5, 20.0, 0.0))
    assert window.windowTitle() == "Battery line — Base* — Genchi"
    assert window.actions_["edit.undo"].text() == "Undo Move st080"
    window.actions_["edit.undo"].trigger()
    assert window.twin.nodes[fakes.STATION].parent_from_node.xyz_m == (80.0, 20.0, 0.0)
    assert window.inspector.pose.fields[0].text() == "80"
    window.actions_["edit.redo"].trigger()
    assert window.twin.nodes[fakes.STATION].parent_from_node.xyz_m[0] == pytest.approx(82.5)


def test_that_a_typed_word_is_refused_in_a_sentence_and_nothing_moves(qtbot: QtBot, window: MainWindow) -> None:
    window.selection.select([fakes.STATION])
    assert window.inspector.pose is not None
    field = window.inspector.pose.fields[1]
    field.selectAll()
    qtbot.keyClicks(field, "near the wall")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "is no number" in window.notifications.messages[-1].text
    assert field.text() == "20"
    assert not window.services.document.can_undo


def test_that_dragging_in_the_view_is_one_step_in_the_parents_frame(window: MainWindow) -> None:
    world = Pose.from_xyz_rpy((81.0, 22.0, 1.0)).matrix()
    window.view3d.node_dragged.emit(fakes.TOOL, world)
    window.view3d.drag_finished.emit(fakes.TOOL, world)
    assert window.twin.nodes[fakes.TOOL].parent_from_node.xyz_m == pytest.approx((1.0, 2.0, 1.0))
    window.undo()
    assert window.twin.nodes[fakes.TOOL].parent_from_node == Pose()
    assert not window.services.document.can_undo


def test_that_the_palette_finds_a_part_by_a_few_letters_and_runs_by_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    window.commands.open()
    qtbot.keyClicks(window.commands.field, "spndl")
    assert window.commands.found()[0].key == f"node:{fakes.TOOL}"
    qtbot.keyClick(window.commands.field, Qt.Key.Key_Return)
    assert window.selection.ids == (fakes.TOOL,)
    assert not window.commands.isVisible()
    window.commands.open()
    assert window.commands.found()[0].key == f"node:{fakes.TOOL}", "the last one used comes first"


def test_that_every_action_is_in_the_palette_and_in_the_users_page(window: MainWindow) -> None:
    window.commands.open()
    listed = {entry.key for entry in window._entries()}
    assert {s.id for s in window.actions_.specs()} - {"help.palette"} <= listed
    page = (ROOT / "docs" / "user" / "shortcuts.md").read_text(encoding="utf-8")
    assert page == as_markdown(window.actions_)


def test_that_a_text_finds_nodes_among_twenty_thousand_before_a_person_notices(window: MainWindow) -> None:
    window.set_document(Document(fakes.wide_twin(20_000)))
    window.tree.model.filter("warm")
    start = time.perf_counter()
    found = window.tree.model.filter("bolt99 st01")
    took_s = time.perf_counter() - start
    assert found == 100
    assert window.tree.model.rowCount() == 100
    assert took_s < 0.2
    first = window.tree.model.index(0, NAME)
    assert window.tree.model.node_of(window.tree.model.index(0, NAME, first)) == "st0100.bolt99"


def test_that_a_value_shows_with_its_unit_and_its_limit_in_words(qtbot: QtBot, window: MainWindow) -> None:
    window.selection.select([fakes.TOOL])
    window.services.feed.say(57.25)
    qtbot.waitUntil(lambda: "57.2" in shown(window), timeout=3000)
    assert "N·m" in shown(window) and "above 55 N·m" in shown(window)
    assert window.tree.model.status_of(fakes.STATION) == Status.WARNING


def test_that_a_lost_line_is_told_with_its_time_and_its_values_are_stale(qtbot: QtBot, window: MainWindow) -> None:
    window.selection.select([fakes.TOOL])
    window.services.feed.say(25.0)
    qtbot.waitUntil(lambda: window.chip.text.startswith("Live · 12 ms"), timeout=3000)
    window.services.clock.advance(3.0)
    window.services.feed.lose()
    qtbot.waitUntil(lambda: window.chip.text.startswith("Lost since "), timeout=3000)
    qtbot.waitUntil(lambda: "stale for 3 s" in shown(window), timeout=3000)
    assert window.tree.model.status_of(fakes.STATION) == Status.STALE


def test_that_batches_from_another_thread_are_drawn_on_the_main_thread_and_coalesce(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.live.updates > 0, timeout=3000)
    before, feed = window.live.updates, window.services.feed
    thread = threading.Thread(target=lambda: [feed.say(float(i)) for i in range(500)])
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: window.live.latest is not None and window.live.latest.values[0] == 499.0, timeout=3000)
    assert 1 <= window.live.updates - before <= 3


def test_that_the_theme_changes_everywhere_and_no_widget_stays_dark(window: MainWindow) -> None:
    window.selection.select([fakes.TOOL])
    window.trend([fakes.TORQUE])
    window.use_theme("light")
    for widget in (w for w in window.findChildren(QWidget) if not isinstance(w, QAbstractButton)):
        ground = widget.palette().color(QPalette.ColorRole.Window)
        assert ground.alpha() == 0 or ground.lightness() > 150, f"{type(widget).__name__} {widget.objectName()} is still dark"
    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    grey = np.frombuffer(picture.constBits(), np.uint8)
    assert (grey < 90).mean() < 0.04, "only text and curves are dark"


def test_that_the_layout_the_theme_and_the_curves_are_remembered(qtbot: QtBot, window: MainWindow, look: Look) -> None:
    window.trend([fakes.TORQUE])
    window.docks.all["scene"].hide()
    window.use_theme("light")
    window.close()
    again = MainWindow(Services(document=Document(fakes.small_twin()), clock=ManualClock()), look)
    qtbot.addWidget(again)
    again.show()
    assert again.docks.all["scene"].isHidden()
    assert not again.docks.all["inspector"].isHidden()
    assert list(again.trends.channels) == [fakes.TORQUE]
    assert again.state.text("theme") == "light"


def test_that_a_scene_is_shown_from_where_it_was_left(qtbot: QtBot, window: MainWindow, look: Look, tmp_path: Path) -> None:
    window.set_document(window.services.document, tmp_path / "scene.toml")
    left = window.view3d.current_view("last")
    window.close_now()
    again = MainWindow(Services(clock=ManualClock()), look)
    qtbot.addWidget(again)
    again.set_document(Document(fakes.small_twin()), tmp_path / "other.toml")
    assert "flown" not in again.view3d.told
    again.set_document(Document(fakes.small_twin()), tmp_path / "scene.toml")
    assert again.view3d.told["flown"] == left


def test_that_a_broken_file_is_one_sentence_and_the_window_goes_on(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    def refuse(path: Path, unit: str | None, job: Job, twin: Twin) -> Opened:
        raise UserMistake(f"the file is empty: {path.name}")

    window.opener.read = refuse
    with qtbot.waitSignal(window.opener.failed, timeout=3000):
        window.opener.open(tmp_path / "pump.glb")
    assert window.notifications.messages[-1].text == "The file is empty: pump.glb"
    assert window.twin.name == "Battery line"


def test_that_opening_can_be_cancelled_while_it_reads(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read(path: Path, unit: str | None, job: Job, twin: Twin) -> Opened:
        begun.set()
        go_on.wait(5)
        job.progress(0.5, "half")
        return Opened(document=Document(Twin(name="never")))

    window.opener.read = read
    window.opener.open(tmp_path / "plant.glb")
    assert begun.wait(3)
    window.progress.tasks[0].cancel()
    go_on.set()
    qtbot.waitUntil(lambda: not window.progress.tasks, timeout=3000)
    assert window.twin.name == "Battery line"
    assert "cancelled" in window.notifications.messages[-1].text


def test_that_a_scene_is_shown_while_it_is_read_and_can_be_changed_only_when_it_is(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    go_on, path = threading.Event(), tmp_path / "scene.toml"

    def read(path: Path, unit: str | None, job: Job, twin: Twin) -> Opened:
        assert isinstance(job, ShowingJob)
        half = Document(fakes.small_twin().with_(name="Half"))
        half.frozen = "not all is read yet"
        job.show(Opened(document=half))
        assert go_on.wait(5)
        return Opened(document=Document(fakes.small_twin().with_(name="Whole")))

    window.opener.read = read
    window.opener.open(path)
    qtbot.waitUntil(lambda: window.twin.name == "Half", timeout=3000)
    window.selection.select([fakes.TOOL])
    assert not window.edit(RenameNode(fakes.TOOL, "Other"))
    assert window.notifications.messages[-1].text == "Not all is read yet"
    go_on.set()
    qtbot.waitUntil(lambda: window.twin.name == "Whole", timeout=3000)
    assert window.selection.ids == (fakes.TOOL,)
    assert window.edit(RenameNode(fakes.TOOL, "Other"))


def test_that_a_closed_window_leaves_no_thread_and_no_listener_behind(qtbot: QtBot, look: Look) -> None:
    threads = set(threading.enumerate())
    clock = ManualClock()
    feed, document = fakes.FakeFeed(clock), Document(fakes.small_twin())
    window = MainWindow(Services(document=document, feed=feed, clock=clock), look)
    window.show()
    window.close_now()
    window.deleteLater()
    qtbot.wait(50)
    assert feed.callbacks == []
    assert len(document.changed) == len(document.history_changed) == 0
    assert set(threading.enumerate()) <= threads


def test_that_rooms_that_are_not_built_are_refused_in_a_sentence(window: MainWindow) -> None:
    with pytest.raises(UserMistake, match="control room is not built yet"):
        window.set_room("control")
    with pytest.raises(UserMistake, match="choose one of"):
        window.set_room("kitchen")
