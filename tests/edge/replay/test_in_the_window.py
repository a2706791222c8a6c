"""A real recording in a window: a small scene whose channels a gateway replays, with the recording's own times and units."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.edge.replay.conftest import Replay
from tests.edge.replay.test_hostile_recordings import START_NS
from viewer.base.clock import SystemClock
from viewer.base.ids import ChannelId
from viewer.geometry.scene import load_twin
from viewer.twin.channels import Condition
from viewer.twin.document import Document
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services

SCENE = """
[scene]
schema = 1
name = "Battery rig"

[[node]]
id = "cell"
name = "Leaf cell"

[[channel]]
id = "cell.voltage"
name = "Cell voltage"
unit = "V"
node = "cell"

[[channel]]
id = "cell.mode"
name = "Mode"
kind = "state"
node = "cell"
states = [{ value = 0, text = "rest", colour = "#8a8f98" }, { value = 1, text = "charge", colour = "#2fb170" },
          { value = 2, text = "discharge", colour = "#e6a700" }]
"""
SOURCE = """
[[source]]
kind = "csv"
name = "leaf"
file = {0!r}
time = "2"
start = "2026-01-01T00:00:00"
speed = 0.0

[[source.tag]]
tag = "10"
channel = "cell.voltage"

[[source.tag]]
tag = "14"
channel = "cell.mode"
states = ["REST", "CHRG", "DCHG"]
"""
VOLTAGE, MODE = ChannelId("cell.voltage"), ChannelId("cell.mode")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, replay: Replay, shared_data: Path) -> Iterator[MainWindow]:
    (tmp_path / "scene").mkdir()
    (tmp_path / "scene" / "scene.toml").write_text(SCENE, encoding="utf-8")
    file = shared_data / "telemetry/battery_nissan_leaf/1C-Discharge-Bitrode-data.csv"
    feed = replay(SOURCE.format(str(file)))
    window = MainWindow(Services(Document(load_twin(tmp_path / "scene").twin), feed, SystemClock()), Look("dark"))
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close_now()


@pytest.mark.window
def test_that_the_window_shows_values_times_and_units_of_the_recording_then_and_at_its_end(
    qtbot: QtBot, window: MainWindow, shared_data: Path
) -> None:
    file = shared_data / "telemetry/battery_nissan_leaf/1C-Discharge-Bitrode-data.csv"
    rows = [line.split(",") for line in file.read_text().splitlines()]
    seconds, volts = np.array([float(row[1]) for row in rows]), np.array([float(row[9]) for row in rows])

    def shown(channel: ChannelId) -> tuple[float, int]:
        latest = window.live.latest
        if latest is None:
            return float("nan"), 0
        value, _, _, t_ns = latest.of(channel)
        return value, t_ns

    qtbot.waitUntil(lambda: shown(VOLTAGE)[0] == volts[-1])
    assert abs(shown(VOLTAGE)[1] - START_NS - seconds[-1] * 1e9) < 1e3
    for at in itertools.islice(range(300, len(rows), 900), 2):
        t_ns = START_NS + round(seconds[at] * 1e9) + 1_000
        window.time.go_to(t_ns)
        qtbot.waitUntil(lambda at=at: shown(VOLTAGE)[0] == volts[at], timeout=10_000)
        assert abs(shown(VOLTAGE)[1] - START_NS - seconds[at] * 1e9) < 1e3
        assert shown(MODE)[0] == ["REST", "CHRG", "DCHG"].index(rows[at][13])
    assert window.live.latest is not None and window.live.latest.of(VOLTAGE)[1] == Condition.NORMAL
    assert window.live.table.channels == (VOLTAGE, MODE) or set(window.live.table.channels) == {VOLTAGE, MODE}
