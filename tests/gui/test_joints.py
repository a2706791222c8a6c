"""The joints of a robot in the window: jogged by slider and field, sent home, driven by channels."""

import importlib.util
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from immutables import Map
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSlider
from pytestqt.qtbot import QtBot

from viewer.base.clock import ManualClock
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, ChannelId, NodeId
from viewer.twin.channels import Binding, Channel
from viewer.twin.document import Document
from viewer.twin.joints import Joint
from viewer.twin.model import Twin
from viewer.twin.parts import Node
from viewer.ui.joints.feature import JointsFeature
from viewer.ui.joints.panel import JointsPanel
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services

_SPEC = importlib.util.spec_from_file_location("window_fakes", Path(__file__).with_name("window_fakes.py"))
assert _SPEC is not None and _SPEC.loader is not None
fakes: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fakes)
pytestmark = pytest.mark.window
ROBOT, LINK, FINGER, COPY = (NodeId(n) for n in ("robot", "link", "finger", "copy"))
TORQUE = ChannelId("st080.torque")


def robot() -> Twin:
    """A link that turns, a finger that shifts on it, and one that copies it."""
    nodes = [
        Node(ROBOT, "Robot", kind="robot"),
        Node(LINK, "Link", ROBOT, kind="link"),
        Node(FINGER, "Finger", LINK, kind="link"),
        Node(COPY, "Copy", LINK, kind="link"),
    ]
    joints = [
        Joint(LINK, "j1", "revolute", low=-math.pi, high=math.pi),
        Joint(FINGER, "grip", "prismatic", (1.0, 0.0, 0.0), low=0.0, high=0.04),
        Joint(COPY, "other", "prismatic", (1.0, 0.0, 0.0), follows=FINGER, ratio=-1.0),
    ]
    return Twin(
        nodes=Map({n.id: n for n in nodes}),
        children=Map({ROOT: (ROBOT,), ROBOT: (LINK,), LINK: (FINGER, COPY)}),
        joints=Map({j.node: j for j in joints}),
        channels=Map({TORQUE: Channel(TORQUE, "Angle", "deg", period_s=0.1, node=LINK)}),
    )


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    look = Look("dark")
    look.dress()
    clock = ManualClock(1_700_000_000_000_000_000)
    window = MainWindow(Services(document=Document(robot()), feed=fakes.FakeFeed(clock), clock=clock), look)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.selection.select([FINGER])
    yield window
    window.close_now()


def panel(window: MainWindow) -> JointsPanel:
    feature = next(one for one in window.features if isinstance(one, JointsFeature))
    assert feature.panel is not None
    return feature.panel


def drag(slider: QSlider, place: int) -> None:
    """As a mouse does it: pressed, moved, and not yet let go."""
    slider.setSliderDown(True)
    slider.setSliderPosition(place)


def test_that_a_robot_shows_its_leading_joints_and_other_nodes_none(window: MainWindow) -> None:
    assert list(panel(window).rows) == [LINK, FINGER]
    assert panel(window).rows[FINGER].field.text() == "0.0000"
    window.selection.select([LINK])
    assert panel(window).mechanism == ROBOT


def test_that_dragging_previews_and_letting_go_is_one_step(window: MainWindow) -> None:
    row, document = panel(window).rows[FINGER], window.services.document
    assert document is not None
    for place in (500, 1000):
        drag(row.slider, place)
        assert document.twin.joints[FINGER].value == pytest.approx(0.04 * place / 2000)
        assert document.twin.nodes[COPY].parent_from_node.xyz_m[0] == pytest.approx(-0.04 * place / 2000)
        assert not document.can_undo
    row.slider.setSliderDown(False)
    assert document.settled.joints[FINGER].value == pytest.approx(0.02)
    window.undo()
    assert (document.twin.joints[FINGER].value, document.can_undo) == (0.0, False)
    assert panel(window).rows[FINGER].field.text() == "0.0000"


def test_that_a_typed_value_takes_units_and_one_beyond_the_limits_is_refused(window: MainWindow, qtbot: QtBot) -> None:
    field = panel(window).rows[FINGER].field
    for text, value in (("30 mm", 0.03), ("250 mm", 0.03), ("nonsense", 0.03)):
        field.clear()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert window.twin.joints[FINGER].value == pytest.approx(value)
        assert field.text() == "0.0300"
    assert "0 m to 0.04 m" in window.notifications.messages[-2].text
    assert "no number" in window.notifications.messages[-1].text


def test_that_home_is_one_step_for_all_joints(window: MainWindow, qtbot: QtBot) -> None:
    for node in (LINK, FINGER):
        row = panel(window).rows[node]
        row.slider.setValue(2000)
    assert window.twin.joints[LINK].value == pytest.approx(math.pi)
    qtbot.mouseClick(panel(window).home, Qt.MouseButton.LeftButton)
    assert {j.value for j in window.twin.joints.values()} == {0.0}
    window.undo()
    assert window.twin.joints[LINK].value == pytest.approx(math.pi)
    assert window.twin.joints[COPY].value == pytest.approx(-0.04)


def test_that_a_bound_channel_drives_the_joint_locks_it_and_tells_when_it_is_beyond(window: MainWindow, qtbot: QtBot) -> None:
    form = panel(window).form
    assert form is not None
    form.choose(LINK, TORQUE)
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    assert window.twin.bindings == (Binding("joint", TORQUE, LINK),)
    row = panel(window).rows[LINK]
    assert row.field.isReadOnly()
    assert not row.slider.isEnabled()
    feed = window.services.feed
    for value, note in ((25.0, "driven by Angle"), (200.0, "outside its limits")):
        feed.say(value)
        qtbot.waitUntil(lambda value=value: row.field.text() == f"{value:.1f}")
        assert note in row.note()
    row.unbind_asked.emit(LINK)
    assert window.twin.bindings == ()
    assert not panel(window).rows[LINK].field.isReadOnly()


def test_that_a_robot_is_sent_home_from_the_menu_too(window: MainWindow) -> None:
    panel(window).rows[LINK].slider.setValue(0)
    assert window.twin.nodes[LINK].parent_from_node != Pose()
    assert window.actions_.trigger("joints.home")
    assert window.twin.joints[LINK].value == 0.0
