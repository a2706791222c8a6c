"""The window and files made to harm: one sentence each, the scene as before, and it goes on ticking meanwhile."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.fuzz.hostile import hostile
from tests.geometry.glb import glb
from viewer.app_files import SceneFiles, openable
from viewer.base.ids import NodeId
from viewer.base.job import SilentJob
from viewer.twin.model import Twin
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services

pytestmark = pytest.mark.window

REFUSED = (
    ("glb", "a node is its own grandchild", "x.glb"),
    ("glb", "a count of 2^48", "x.glb"),
    ("glb", "vertices at 1e30", "x.glb"),
    ("gltf", "a buffer outside its folder", "x.gltf"),
    ("stl", "a count of 2^32 - 1", "x.stl"),
    ("ply", "10^12 vertices", "x.ply"),
    ("obj", "a corner of 10^18", "x.obj"),
    ("step", "an entity of itself", "x.step"),
    ("dae", "billion laughs", "x.dae"),
    ("urdf", "a ring of links", "x.urdf"),
    ("3mf", "a deflate bomb", "x.3mf"),
    ("3mf", "a name that leads out", "x.3mf"),
    ("las", "2^63 points", "x.las"),
    ("usd", "prims 20,000 deep", "x.usda"),
    ("sdf", "models 20,000 deep", "x.sdf"),
    ("3dxml", "a deflate bomb", "x.3dxml"),
    ("ifc", "a shape of itself", "x.ifc"),
    ("iges", "an entity of itself", "x.igs"),
    ("e57", "an XML of 2^63 bytes", "x.e57"),
)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    """A window with a scene that is open."""
    files = SceneFiles(lambda _path: None)
    services = Services(open_file=files.open, save=files.save, add_file=files.add, formats=openable)
    one = MainWindow(services, Look("dark"))
    qtbot.addWidget(one)
    one.show()
    (tmp_path / "scene.toml").write_text('[scene]\nschema = 1\nname = "Cell"\n\n[[node]]\nid = "floor"\nname = "Floor"\n')
    one.set_document(files.open(tmp_path, None, SilentJob(), Twin()).document, tmp_path)
    yield one
    one.close_now()


def test_that_the_window_outlives_hostile_files_with_its_scene_as_before(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    before, said = window.twin, len(window.notifications.messages)
    ticks: list[int] = []
    clock = QTimer()
    clock.timeout.connect(lambda: ticks.append(1))
    clock.start(10)
    for number, (kind, what, name) in enumerate(REFUSED, 1):
        path = tmp_path / name
        path.write_bytes(hostile(kind, what).data)
        ticks.clear()
        began_s = time.perf_counter()
        with qtbot.waitSignal(window.opener.failed, timeout=60_000):
            window.opener.read_file(path, "m")
        sentences = window.notifications.messages[said:]
        assert len(sentences) == number, [message.text for message in sentences[number - 1 :]]
        assert sentences[-1].text.endswith(f": {path}"), sentences[-1].text
        assert "\n" not in sentences[-1].text
        assert window.twin is before, what
        assert ticks or time.perf_counter() - began_s < 0.2, f"the window stood still while it read {what}"
    (tmp_path / "sound.glb").write_bytes(glb())
    with qtbot.waitSignal(window.opener.opened, timeout=60_000):
        window.opener.read_file(tmp_path / "sound.glb", None)
    assert NodeId("thing") in window.twin.nodes
