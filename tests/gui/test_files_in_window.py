"""The window's files: a dropped one joins the scene or replaces it, its unit is proposed, and what is shown goes out as GLB."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from viewer.app_files import SceneFiles, openable, without_unit
from viewer.base.ids import NodeId
from viewer.base.job import SilentJob
from viewer.geometry.gltf.reader import GltfReader
from viewer.geometry.reading import read_here
from viewer.twin.model import Twin
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services
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
    services = Services(open_file=files.open, save=files.save, add_file=files.add, formats=openable, unitless=without_unit)
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
    exporter = next(f for f in window.features if hasattr(f, "export"))
    target = tmp_path / "out.glb"
    exporter.export(target)  # pyright: ignore[reportAttributeAccessIssue]
    qtbot.waitUntil(lambda: exporter.task is None, timeout=20_000)  # pyright: ignore[reportAttributeAccessIssue]
    names = {n.name for n in read_here(GltfReader(), target, unit=None, job=SilentJob()).nodes}
    assert "one" in names
    assert "two" not in names
