"""Rules in the window: a mistake shows at once with its place, a trial shows what would have been raised, then it is armed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui import window_fakes as fakes
from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.edge.rules.arming import load_armed
from viewer.live.discovery import RunningGateway, announce
from viewer.twin.document import Document
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.rules import trying
from viewer.ui.rules.feature import RulesFeature
from viewer.ui.services import Services

NOW_NS = 1_700_000_000_000_000_000


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    line = fakes.FakeFeed(ManualClock(NOW_NS))
    window = MainWindow(Services(Document(fakes.small_twin()), line, line.clock), Look("dark"))
    qtbot.addWidget(window)
    window.show()
    window.docks.show("rules")
    yield window
    window.close_now()


@pytest.mark.window
def test_that_a_mistake_shows_with_its_place_and_a_good_rule_is_tried_with_ticks(qtbot: QtBot, window: MainWindow) -> None:
    (feature,) = window.findChildren(RulesFeature)
    panel = feature.panel
    assert not panel.try_button.isEnabled()
    for text, told in (
        ("st080.torque > ", "position"),
        ("mean(st080.torque) > 3", "position 1"),
        ("st080.torqe > 3", "st080.torque"),
    ):
        panel.when.clear()
        qtbot.keyClicks(panel.when, text)
        qtbot.waitUntil(lambda told=told: told in panel.said.text())
        assert not panel.try_button.isEnabled()
    panel.when.clear()
    qtbot.keyClicks(panel.when, "st080.torque > 24.5")
    qtbot.waitUntil(panel.try_button.isEnabled)
    assert panel.said.text() == "Reads st080.torque"
    panel.try_button.click()
    qtbot.waitUntil(lambda: "once" in panel.found.text())
    assert "EEMUA 191" in panel.found.text() and "is missing" in panel.found.text()
    ticks = [one for one in window.timeline.canvas.marks if "would have been raised" in one.text]
    assert [one.t_ns for one in ticks] == [NOW_NS]
    assert not panel.arm_button.isEnabled() and "an engineer has to" in panel.arm_button.toolTip()
    qtbot.keyClicks(panel.when, "1")
    qtbot.waitUntil(lambda: window.timeline.canvas.marks == [])


def test_that_a_rule_is_armed_on_its_gateways_machine_once(tmp_path: Path, own_home: Path) -> None:
    line = fakes.FakeFeed(ManualClock(NOW_NS))
    rule, _ = trying.read(trying.Draft("torque.high", "st080.torque > 24.5", "high", 2.0), ["st080.torque"])
    report = trying.tried(rule, line.reader, NOW_NS - 10**10, NOW_NS, SilentJob())
    file = tmp_path / "rules.toml"
    with pytest.raises(UserMistake, match="another machine"):
        trying.armed(report, rule, file, line.status(), "anna", line.clock)
    assert not file.exists()
    announce(RunningGateway("hall", line.status().endpoint, "k" * 40, os.getpid()))
    file.write_text('[[rule]]\nid = "other"\nvalue = "st080.torque * 2"\n')
    assert "is armed: hall" in trying.armed(report, rule, file, line.status(), "anna", line.clock)
    (_, mine), told = load_armed([file], own_home / "state" / "gateway" / "hall" / "backtests.jsonl")
    assert mine.armed and mine.priority == "high" and told == ()
    assert [one.user for one in trying.trials(line.status())] == ["anna"]
    with pytest.raises(UserMistake, match="another name"):
        trying.armed(report, rule, file, line.status(), "anna", line.clock)
