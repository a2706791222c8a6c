"""Sources in the window: the chip, the dock, bindings by table and by wizard, and a real gateway that is fed from a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui import window_fakes as fakes
from viewer.base.clock import ManualClock, SystemClock
from viewer.base.errors import Fault
from viewer.base.ids import ChannelId
from viewer.edge.doctor import examine_config, examine_gateways
from viewer.edge.tag_file import TagFile
from viewer.edge.tags import Tag
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys
from viewer.live.past_words import ChannelOrigin, SourceInfo
from viewer.live.status import FeedStatus
from viewer.twin.document import Document
from viewer.ui.look import Look
from viewer.ui.main_window import MainWindow
from viewer.ui.services import Services
from viewer.ui.sources.binding_rows import BindingRow, mistakes, row_of, tags_of, twice
from viewer.ui.sources.feature import SourcesFeature
from viewer.ui.sources.words import age_text, summary, worst_of
from viewer.ui.value_text import clock_text

ROOT = Path(__file__).resolve().parents[2]
NOW_NS = 1_700_000_000_000_000_000
DOWN_NS = NOW_NS - 600_000_000_000


def source(name: str, state: str = "live", since_ns: int = NOW_NS) -> SourceInfo:
    return msgspec.convert(
        {
            "name": name, "kind": "mqtt", "state": state, "since_ns": since_ns, "sentence": f"{name} is {state}", "channels": 1,
            "latency_ms": 12.0, "samples_per_s": 100.0, "samples": 5, "lost_samples": 0, "outages": 0,
        },
        SourceInfo,
    )  # fmt: skip


class SourcedFeed(fakes.FakeFeed):
    """A line whose gateway has sources."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.told = (source("press"), source("robot", "down", DOWN_NS))
        self.listeners: list[Callable[[tuple[SourceInfo, ...]], None]] = []
        self.silent = False

    def sources(self) -> tuple[SourceInfo, ...]:
        return self.told

    def on_sources(self, callback: Callable[[tuple[SourceInfo, ...]], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)

    def request_sources(self) -> Future[tuple[SourceInfo, ...]]:
        return self._future(self.told)

    def request_metadata(self, globs: Sequence[str] = ("*",)) -> Future[tuple[ChannelOrigin, ...]]:
        told = (
            ChannelOrigin(fakes.TORQUE, "press", "mqtt", "plant/st080/torque", "N*m", scale=0.001, dead_band=0.5),
            ChannelOrigin("robot.speed", "robot", "mqtt", "robot/speed", "m/s"),
        )
        return self._future(told)

    def say_sources(self, *told: SourceInfo) -> None:
        self.told = told
        for one in list(self.listeners):
            one(told)

    def _future(self, answer: object) -> Future:
        future: Future = Future()
        if self.silent:
            future.set_exception(Fault("the connection went"))
        else:
            future.set_result(answer)
        return future


@pytest.fixture
def line() -> SourcedFeed:
    return SourcedFeed(ManualClock(NOW_NS))


@pytest.fixture
def window(qtbot: QtBot, line: SourcedFeed) -> Iterator[MainWindow]:
    window = MainWindow(Services(Document(fakes.small_twin()), line, line.clock), Look("dark"))
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    yield window
    window.close_now()


def feature(window: MainWindow) -> SourcesFeature:
    return next(one for one in window.features if isinstance(one, SourcesFeature))


def test_that_one_line_says_what_is_live_what_is_not_and_since_when() -> None:
    live = FeedStatus("live", NOW_NS, "", "")
    down = source("c", "down", DOWN_NS)
    assert summary([source("a"), source("b"), down], live) == f"2 sources live · 1 down since {clock_text(DOWN_NS)}"
    assert summary([down], live) == f"1 source down since {clock_text(DOWN_NS)}"
    assert summary([source("a"), source("b", "connecting")], live) == "1 source live · 1 connecting"
    assert summary([source("a")], FeedStatus("lost", DOWN_NS, "", "")) == f"1 source unheard since {clock_text(DOWN_NS)}"
    assert summary([], live) == ""
    assert worst_of([source("a"), source("b", "stale"), down], live) == "down"
    assert worst_of([source("a")], None) == "unknown"


@pytest.mark.parametrize(
    ("age_s", "text"),
    [(float("nan"), "–"), (-1.0, "0.0 s"), (0.44, "0.4 s"), (75.0, "75 s"), (600.0, "10 min"), (90_000.0, "25 h")],
)
def test_that_an_age_is_written_in_the_largest_unit_that_says_it(age_s: float, text: str) -> None:
    assert age_text(age_s) == text


def test_that_each_cell_says_what_is_wrong_with_it_in_one_sentence() -> None:
    row = BindingRow(
        tag="", channel=" x", unit="Nmm per", kind="speed", scale="0", offset="a", dead_band="-1", period_s="0", node="n"
    )
    assert set(mistakes(row, lambda _node: False)) == {
        "tag", "channel", "unit", "kind", "scale", "offset", "dead_band", "period_s", "node",
    }  # fmt: skip
    assert mistakes(BindingRow(tag="t", channel="c", scale="0,5", node="n"), lambda _node: True) == {}
    rows = [BindingRow(tag="t", channel="c"), BindingRow(tag="u", channel="c"), BindingRow(tag="v", channel="c", taken=False)]
    assert {at: list(one) for at, one in twice(rows).items()} == {0: ["channel"], 1: ["channel"]}


def test_that_a_row_becomes_the_tag_that_it_was_made_of() -> None:
    tag = Tag("t", "c", "degC", "measurement", 2.0, 0.1, -40.0, 0.5, ("a", "b"), "oil")
    assert tags_of([row_of(tag)]) == (tag,)


@pytest.mark.window
def test_that_a_source_that_is_down_cannot_be_overlooked_and_a_click_shows_it(
    qtbot: QtBot, window: MainWindow, line: SourcedFeed
) -> None:
    sources = feature(window)
    assert sources.chip.state == "down" and "1 down since" in sources.chip.text()
    qtbot.mouseClick(sources.chip, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(sources.panel.isVisible)
    states = [sources.panel.list.topLevelItem(row).text(1) for row in range(2)]
    assert states == ["live", "down"]
    line.say_sources(source("press"), source("robot"))
    qtbot.waitUntil(lambda: sources.chip.text() == "2 sources live")
    line.lose()
    qtbot.waitUntil(lambda: "unheard" in sources.chip.text())
    assert sources.chip.state == "unknown"
    window.set_feed(None)
    assert sources.chip.text() == "" and line.listeners == [], "nothing of the old line is heard any more"


@pytest.mark.window
def test_that_the_channels_of_a_source_show_tag_value_age_and_node_and_select_both_ways(
    qtbot: QtBot, window: MainWindow, line: SourcedFeed
) -> None:
    panel = feature(window).panel
    window.docks.show("sources")
    qtbot.waitUntil(lambda: len(panel.model.rows) == 2)
    panel.choose("press")
    assert [one.id for one in panel.model.rows] == [fakes.TORQUE]
    shown = [str(panel.model.data(panel.model.index(0, column))) for column in range(8)]
    assert shown[0] == fakes.TORQUE and shown[1].startswith("25") and shown[2] == "N·m"
    assert shown[4:] == ["Spindle", "plant/st080/torque", "0.001 × tag", "0.5"]
    panel.table.selectRow(0)
    assert window.selection.ids == (fakes.TOOL,)
    panel.table.clearSelection()
    window.selection.clear()
    window.selection.select([fakes.TOOL])
    assert [at.row() for at in panel.table.selectionModel().selectedRows()] == [0]


@pytest.mark.window
def test_that_a_gateway_that_does_not_say_its_channels_is_asked_again(qtbot: QtBot, line: SourcedFeed) -> None:
    line.silent = True
    window = MainWindow(Services(Document(fakes.small_twin()), line, line.clock), Look("dark"))
    qtbot.addWidget(window)
    sources = feature(window)
    qtbot.waitUntil(lambda: sources.line.trouble == "the connection went")
    line.silent = False
    sources.line.ask()
    qtbot.waitUntil(lambda: len(sources.line.origins) == 2)
    assert sources.line.trouble == ""
    window.close_now()


GATEWAY = """\
[gateway]
name = "hall"

[[source]]
kind = "device"
name = "press"

[[source.tag]]
tag = "torque"  # of the spindle
channel = "st080.torque"
unit = "N*m"
"""


@pytest.mark.window
def test_that_rows_are_edited_checked_as_typed_and_saved_with_the_scene_in_line(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(GATEWAY)
    panel = feature(window).open_bindings(path)
    qtbot.waitUntil(lambda: len(panel.model.rows) == 1)
    columns = panel.model.columns

    def write(row: int, field: str, text: str) -> None:
        panel.model.setData(panel.model.index(row, columns.index(field)), text)

    write(0, "scale", "abc")
    assert not panel.save.isEnabled() and "Row 1, Scale: a number is needed" in panel.note.text()
    write(0, "scale", "0,001")
    panel.model.add()
    for field, text in {"tag": "temp", "channel": "st080.temp", "unit": "degC", "node": "Spindle"}.items():
        write(1, field, text)
    assert panel.model.rows[1].node == fakes.TOOL, "a name that one node has alone is its id"
    panel.save.click()
    qtbot.waitUntil(lambda: "genchi edge" in panel.note.text())
    assert "# of the spindle" in path.read_text()
    assert TagFile(path).sources()[0].tags == (
        Tag("torque", "st080.torque", "N*m", scale=0.001),
        Tag("temp", "st080.temp", "degC"),
    )
    assert window.twin.channels[ChannelId("st080.temp")].node == fakes.TOOL
    window.undo()
    assert ChannelId("st080.temp") not in window.twin.channels


RECORDING = "time,ST080 Torque [N*mm],Other\n" + "".join(
    f"2026-03-01T08:00:{second:02d}Z,{25_000 + second},{second}\n" for second in range(30)
)


@pytest.mark.window
def test_that_the_wizard_looks_into_a_file_proposes_writes_and_the_gateway_then_feeds_a_window(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "recording.csv").write_text(RECORDING)
    path = tmp_path / "new.toml"
    wizard = feature(window).open_wizard()
    assert not wizard.look_in.isEnabled(), "nothing is said yet"
    wizard.form.choose_kind("csv")
    wizard.form.write("file", str(tmp_path / "nothing.csv"))
    wizard.form.file.setText(str(path))
    wizard.look_in.click()
    qtbot.waitUntil(lambda: "nothing.csv" in wizard.note.text() and wizard.look_in.isEnabled())
    wizard.form.write("file", str(tmp_path / "recording.csv"))
    wizard.look_in.click()
    qtbot.waitUntil(lambda: bool(wizard.model.rows))
    taken = wizard.model.taken()
    assert [(one.channel, one.scale) for one in taken] == [(fakes.TORQUE, "0.001")]
    assert taken[0].value.startswith("25") and taken[0].score > 0.6
    qtbot.waitUntil(wizard.write.isEnabled)
    wizard.write.click()
    qtbot.waitUntil(lambda: "genchi edge" in wizard.command.text())
    assert 'file = "recording.csv"' in path.read_text(), "a file below the configuration's folder is named from there"
    assert all(one["ok"] for one in examine_config(path)), examine_config(path)
    text = path.read_text().replace('name = "new"', 'name = "new"\nbind = "tcp://127.0.0.1:*"')
    path.write_text(text.replace('file = "recording.csv"', 'file = "recording.csv"\nloop = true\nshift = "now"'))
    _watch(qtbot, path)


def _watch(qtbot: QtBot, path: Path) -> None:
    """Start that gateway for real, and see its source, its channel and the doctor's word."""
    command = [sys.executable, "-m", "viewer", "edge", str(path), "--json"]
    gateway = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        assert gateway.stdout is not None
        ready = json.loads(gateway.stdout.readline())
        clock = SystemClock()
        feed = LiveFeed(ready["endpoint"], ready["public_key"], client_keys(), clock)
        feed.start()
        window = MainWindow(Services(Document(fakes.small_twin()), feed, clock), Look("dark"))
        qtbot.addWidget(window)
        window.show()
        window.docks.show("sources")
        sources = feature(window)
        qtbot.waitUntil(lambda: sources.chip.text() == "1 source live", timeout=15_000)
        qtbot.waitUntil(lambda: [one.tag for one in sources.panel.model.rows] == ["ST080 Torque [N*mm]"], timeout=15_000)
        qtbot.waitUntil(lambda: str(sources.panel.model.data(sources.panel.model.index(0, 1))).startswith("25"), timeout=15_000)
        found = {one["what"]: one for one in examine_gateways(clock)}
        assert found["gateway new"]["ok"] and found["gateway new: source csv"]["ok"], found
        assert found["gateway new: clock"]["ok"], "one machine has one clock"
        window.close_now()
        feed.stop()
    finally:
        gateway.terminate()
        gateway.wait(10)


def test_that_the_doctor_names_what_a_gateway_would_stumble_over_and_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text("[gateway]\n")
    (found,) = examine_config(path)
    assert not found["ok"] and "name" in found["found"] and found["mend"]
    (tmp_path / "file").write_text("")
    path.write_text(
        '[gateway]\nname = "x"\n[history]\nfolder = "file"\nkeep_gb = 1000000\n[alarms]\nfiles = ["gone.toml"]\n'
        '[[source]]\nkind = "csv"\nfile = "gone.csv"\n[[source]]\nkind = "mqtt"\nbroker = "mqtt://127.0.0.1:1"\n'
        '[[source.tag]]\ntag = "a/b"\n'
    )
    for package in ("paho", "paho.mqtt", "paho.mqtt.client"):
        monkeypatch.setitem(sys.modules, package, None)
    ills = {one["what"]: one for one in examine_config(path) if not one["ok"]}
    assert set(ills) >= {"source mqtt", "history", "alarms"}
    assert ills["source mqtt"]["mend"] == "pip install 'genchi[mqtt]'"
    assert "can't be written" in ills["history"]["found"] and "gone.toml" in ills["alarms"]["found"]


@pytest.mark.window
def test_that_the_doctor_shows_what_is_to_be_mended_first(qtbot: QtBot, line: SourcedFeed) -> None:
    findings = [
        {"what": "own key", "ok": True, "found": "there", "mend": ""},
        {"what": "disk", "ok": False, "found": "full", "mend": "free some room"},
    ]
    window = MainWindow(Services(None, None, line.clock, examine=lambda: list(findings)), Look("dark"))
    qtbot.addWidget(window)
    window.actions_.trigger("help.doctor")
    panel = feature(window).open_doctor()
    assert panel is not None
    qtbot.waitUntil(lambda: panel.list.topLevelItemCount() == 2)
    assert panel.list.topLevelItem(0).text(0) == "disk" and "Mend: free some room" in panel.list.topLevelItem(0).text(1)
    assert "1 thing to mend" in panel.said.text() and "MEND  disk: full" in panel.as_text()
    window.close_now()
