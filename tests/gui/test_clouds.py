"""A selected scan is told in the inspector, looked at as chosen there, and the choice is remembered."""

from collections.abc import Iterator

import numpy as np
import pytest
from immutables import Map
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from viewer.base.clock import ManualClock
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.twin.cloud_look import CloudLook
from viewer.twin.clouds import PointCloud
from viewer.twin.document import Document
from viewer.twin.model import Twin
from viewer.twin.parts import NO_MESH, Node, Part
from viewer.ui.clouds import CloudFacts, drawn_text, remembered
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services
from viewer.ui.ui_state import UiState

pytestmark = pytest.mark.window
SCAN = NodeId("hall scan")


def scanned() -> Twin:
    at = np.random.default_rng(1).uniform(size=(1200, 3)).astype(np.float32) * np.float32(2.0)
    bounds = np.stack([at.min(axis=0), at.max(axis=0)])[None]
    cloud = PointCloud(at, np.array([0, 1200]), bounds, rgb=np.zeros((1200, 3), np.uint8))
    part, box = Part(PartId("p"), "scan", NO_MESH, cloud=cloud), Part(PartId("q"), "empty", NO_MESH)
    nodes = {SCAN: Node(SCAN, "hall scan", part=part.id), NodeId("box"): Node(NodeId("box"), "box", part=box.id)}
    return Twin(parts=Map({part.id: part, box.id: box}), nodes=Map(nodes), children=Map({ROOT: tuple(nodes)}))


@pytest.fixture
def window(qtbot: QtBot, qapp: object) -> Iterator[MainWindow]:
    look = Look("dark")
    look.dress()
    window = MainWindow(Services(document=Document(scanned()), clock=ManualClock(1_700_000_000_000_000_000)), look)
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close_now()


def section(window: MainWindow) -> CloudFacts | None:
    return next(iter(window.inspector.findChildren(CloudFacts)), None)


def test_that_only_a_scan_has_a_section_and_it_tells_its_points(window: MainWindow) -> None:
    window.selection.select([NodeId("box")])
    assert section(window) is None
    window.selection.select([SCAN])
    facts = section(window)
    assert facts is not None
    words = [label.text() for label in facts.findChildren(QLabel)]
    assert "1\u202f200" in words and "colour" in words and facts.drawn.text() == "0 of 1\u202f200 points"


def test_that_what_is_chosen_reaches_the_view_and_the_next_run(window: MainWindow) -> None:
    window.selection.select([SCAN])
    facts = section(window)
    assert facts is not None
    facts.colours.setCurrentIndex(3)
    facts.scale.setValue(20)
    facts.detail.setCurrentIndex(2)
    facts.shaded.setChecked(False)
    wanted = CloudLook("height", 2.0, 5_000_000, shaded=False)
    assert window.view3d.told["cloud_look"] == wanted
    window.state.save()
    kept = UiState()
    assert kept.text("cloud_colour") == "height" and kept.numbers("cloud_look") == [2.0, 5e6, 0.0]


def test_that_actions_size_the_points_within_bounds(window: MainWindow) -> None:
    for _ in range(30):
        window.actions_.trigger("clouds.larger")
    assert window.view3d.told["cloud_look"].size == 4.0
    for _ in range(30):
        window.actions_.trigger("clouds.smaller")
    assert window.view3d.told["cloud_look"].size == 0.5


@pytest.mark.parametrize(
    ("drawn", "points", "said"), [(12, 900, "12 of 900 points"), (1_234_567, 50_000_000, "1.2 of 50.0 M points")]
)
def test_that_counts_are_said_as_people_say_them(drawn: int, points: int, said: str) -> None:
    assert drawn_text(drawn, points) == said


def test_that_a_state_file_with_nonsense_gives_the_usual_look(window: MainWindow) -> None:

    window.state.set("cloud_colour", "plaid")
    window.state.set("cloud_look", [900.0, 7.0, 1.0])
    assert remembered(window) == CloudLook(size=4.0)
