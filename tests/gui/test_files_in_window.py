"""The window's files: a dropped one joins the scene or replaces it, its unit is proposed, and what is shown goes out as GLB."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.geometry.glb import BINARY, document, glb
from viewer.app_files import SceneFiles, openable
from viewer.base.ids import NodeId
from viewer.base.job import SilentJob
from viewer.geometry.gltf.reader import GltfReader
from viewer.geometry.reading import read_here
from viewer.twin.model import Twin
from viewer.ui.exporting import Exporter
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Opened, Services
from viewer.ui.sheet import Sheet

pytestmark = pytest.mark.window
STL = """solid wedge
facet normal 0 0 0
outer loop
vertex 0 0 0
vertex 120 0 0
vertex 0 80 0
endloop
endfacet
endsolid wedge
"""


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    """A window with a scene that is open."""
    files = SceneFiles(lambda _path: None)
    services = Services(open_file=files.open, save=files.save, add_file=files.add, formats=openable)
    one = MainWindow(services, Look("dark"))
    qtbot.addWidget(one)
    one.show()
    folder = tmp_path / "cell"
    folder.mkdir()
    (folder / "scene.toml").write_text('[scene]\nschema = 1\nname = "Cell"\n\n[[node]]\nid = "floor"\nname = "Floor"\n')
    opened = files.open(folder, None, SilentJob(), Twin())
    one.set_document(opened.document, folder)
    yield one
    one.close_now()


def press(qtbot: QtBot, window: MainWindow, begins: str) -> None:
    """Press the button of the question that is shown, once it is."""

    def found() -> list[QPushButton]:
        sheets = [s for s in window.findChildren(Sheet) if s.isVisible()]
        return [b for s in sheets for b in s.findChildren(QPushButton) if b.text().startswith(begins)]

    qtbot.waitUntil(lambda: bool(found()), timeout=20_000)
    found()[-1].click()


def wedge(folder: Path) -> Path:
    path = folder / "wedge.stl"
    path.write_text(STL)
    return path


def test_that_a_dropped_file_joins_the_scene_in_the_unit_that_is_chosen_and_undo_takes_it_out(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.take_file(wedge(tmp_path))
    press(qtbot, window, "At its origin")
    press(qtbot, window, "mm (120 mm)")
    qtbot.waitUntil(lambda: NodeId("wedge") in window.twin.nodes, timeout=20_000)
    assert window.selection.ids == (NodeId("wedge"),)
    window.undo()
    assert set(window.twin.nodes) == {"floor"}


def test_that_another_unit_is_read_again(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.take_file(wedge(tmp_path))
    press(qtbot, window, "Where I look")
    press(qtbot, window, "inch (3.048 m)")
    qtbot.waitUntil(lambda: NodeId("wedge") in window.twin.nodes, timeout=20_000)
    part = next(iter(window.twin.parts.values()))
    assert part.mesh.points_in_part.max() == pytest.approx(120 * 0.0254)


def test_that_a_dropped_file_can_be_opened_instead(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.take_file(wedge(tmp_path))
    press(qtbot, window, "Open instead")
    press(qtbot, window, "mm")
    qtbot.waitUntil(lambda: "floor" not in window.twin.nodes and bool(window.twin.nodes), timeout=20_000)


def test_that_nothing_joins_a_scenario(window: MainWindow, tmp_path: Path) -> None:
    document = window.services.document
    assert document is not None
    document.new_scenario("What if")
    window.take_file(wedge(tmp_path))
    assert not [s for s in window.findChildren(Sheet) if s.isVisible()]


def test_that_what_is_hidden_is_not_exported(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    for name in ("one", "two"):
        path = tmp_path / f"{name}.stl"
        path.write_text(STL)
        window.take_file(path)
        press(qtbot, window, "At its origin")
        press(qtbot, window, "mm")
        qtbot.waitUntil(lambda n=name: NodeId(n) in window.twin.nodes, timeout=20_000)
    window.visibility.toggle_hidden([NodeId("two")])
    exporter = next(f for f in window.features if isinstance(f, Exporter))
    target = tmp_path / "out.glb"
    exporter.export(target)
    qtbot.waitUntil(lambda: exporter.task is None, timeout=20_000)
    names = {n.name for n in read_here(GltfReader(), target, unit=None, job=SilentJob()).nodes}
    assert "one" in names
    assert "two" not in names


def test_that_opening_proposes_the_unit_with_the_sizes_and_cancel_keeps_what_was_open(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.opener.open(wedge(tmp_path))
    press(qtbot, window, "Cancel")
    assert set(window.twin.nodes) == {"floor"}
    window.opener.open(wedge(tmp_path))
    press(qtbot, window, "inch (3.048 m)")
    qtbot.waitUntil(lambda: "floor" not in window.twin.nodes and bool(window.twin.parts), timeout=20_000)
    assert next(iter(window.twin.parts.values())).mesh.points_in_part.max() == pytest.approx(120 * 0.0254)


def test_that_a_model_of_impossible_size_offers_the_unit_that_fits(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    far = np.array([[0, 0, 0], [743, 0, 0], [0, 268, 0]], "<f4").tobytes() + BINARY[36:]
    (tmp_path / "engine.glb").write_bytes(glb(binary=far))
    window.opener.open(tmp_path / "engine.glb")
    qtbot.waitUntil(lambda: bool(offered(window, "Open in mm")), timeout=20_000)
    offered(window, "Open in mm")[-1]()
    qtbot.waitUntil(lambda: largest(window) == pytest.approx(0.743), timeout=20_000)
    assert not any("--unit" in message.text for message in window.notifications.messages)


def test_that_what_a_reader_notices_stays_in_the_messages_and_is_counted(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "moving.glb").write_bytes(glb(document(animations=[{"channels": [], "samplers": []}])))
    window.opener.open(tmp_path / "moving.glb")
    qtbot.waitUntil(lambda: any("is open" in m.text for m in window.notifications.messages), timeout=20_000)
    note, opened = window.notifications.messages[-2:]
    assert (note.text, note.toast) == ("1 animations are not played", False)
    assert "1 note on it in Messages" in opened.text
    assert opened.offer is not None
    assert window.docks.all["messages"].windowTitle() == "Messages (1)"
    opened.offer[1]()
    qtbot.waitUntil(lambda: window.docks.all["messages"].windowTitle() == "Messages", timeout=3000)


def offered(window: MainWindow, label: str) -> list[Callable[[], object]]:
    return [m.offer[1] for m in window.notifications.messages if m.offer is not None and m.offer[0] == label]


def largest(window: MainWindow) -> float:
    return max((float(part.mesh.points_in_part.max()) for part in window.twin.parts.values()), default=0.0)


def test_that_what_a_file_says_about_itself_is_shown_until_another_scene_is(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    document = SceneFiles(lambda _path: None).open(path, "m", SilentJob(), Twin()).document
    told = {"schema": "AP242", "author": "Joe", "written by": "CAD 9"}
    window.opener.opened.emit(path, Opened(document, about={"sheet.stp": told}))

    def words() -> list[str]:
        return [label.text() for label in window.inspector.overview.findChildren(QLabel)]

    assert [word for word in words() if word in ("AP242", "Joe", "CAD 9")] == ["AP242", "CAD 9", "Joe"]
    window.set_document(None)
    assert "Joe" not in words()


def test_that_a_step_file_brings_its_header_along(shared_data: Path) -> None:
    opened = SceneFiles(lambda _path: None).open(shared_data / "cad/assemblies/io1-cm-214.stp", None, SilentJob(), Twin())
    assert opened.about["io1-cm-214.stp"]["author"] == "Helmut"
