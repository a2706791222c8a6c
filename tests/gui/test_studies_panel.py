"""The studies panel in a window: sliders move the yield, moved stations become scenarios, broken plugins are told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from viewer.base.paths import data_dir
from viewer.plugin_host.registry import find_plugins
from viewer.studies.runner import StudyRunner
from viewer.twin.document import Document
from viewer.twin.model import Twin

pytestmark = pytest.mark.window


@pytest.fixture
def runner() -> Iterator[StudyRunner]:
    (data_dir() / "plugins" / "broken").mkdir(parents=True)
    runner = StudyRunner(find_plugins())
    yield runner
    runner.close()


def panel(qtbot: QtBot, runner: StudyRunner, study: str, twin: Twin) -> Any:
    from viewer.ui.services import Services
    from viewer.ui.studies.panel import StudiesPanel

    shown = StudiesPanel(Services(document=Document(twin), studies=find_plugins(), runner=runner))
    qtbot.addWidget(shown)
    shown.resize(1400, 420)
    with qtbot.waitSignal(shown.runs.finished, timeout=30_000):
        shown.choose(study)
    return shown


def test_that_a_plugin_that_failed_is_listed_with_its_reason(qtbot: QtBot, runner: StudyRunner) -> None:
    shown = panel(qtbot, runner, "tolerance", Twin())
    lines = {shown.list.item(i).text(): shown.list.item(i).toolTip() for i in range(shown.list.count())}
    assert "plugin.toml" in lines["✕ broken: failed"]
    assert set(lines) == {"Move a station", "Tolerance stack", "✕ broken: failed"}


def test_that_a_slider_moves_the_yield_and_the_histogram(qtbot: QtBot, runner: StudyRunner) -> None:
    shown = panel(qtbot, runner, "tolerance", Twin())
    before = shown.result
    with qtbot.waitSignal(shown.runs.finished, timeout=30_000):
        shown.form.fields["scale"].slider.setValue(400)
    assert shown.result.summary["monte_carlo"]["yield"] < before.summary["monte_carlo"]["yield"]
    assert shown.result.figures[0].series[0].x[0] < before.figures[0].series[0].x[0]


def test_that_a_mistake_in_the_form_is_a_sentence_in_the_panel(qtbot: QtBot, runner: StudyRunner) -> None:
    shown = panel(qtbot, runner, "tolerance", Twin())
    with qtbot.waitSignal(shown.runs.failed, timeout=30_000) as said:
        field = shown.form.fields["expression"]
        field.edit.setText("h + nobody")
        field.edit.editingFinished.emit()
    assert "'nobody'" in said.args[0] and not shown.export_button.isEnabled()


def test_that_an_example_fills_the_form(qtbot: QtBot, runner: StudyRunner) -> None:
    shown = panel(qtbot, runner, "tolerance", Twin())
    with qtbot.waitSignal(shown.runs.finished, timeout=30_000):
        shown.show_example(next(one for one in find_plugins().examples("tolerance") if "pack" in one.name))
    assert shown.form.fields["contributors"].table.rowCount() == 5 and shown.result.summary["name"] == "Pack: lid gap"


def test_that_a_moved_station_is_kept_as_a_scenario_and_exported(qtbot: QtBot, runner: StudyRunner, tmp_path: Path) -> None:
    from tests.plugins.synthetic_plant import plant

    shown = panel(qtbot, runner, "layout", plant((0.0, 0.0), (4.0, 0.0)))
    assert not shown.keep_button.isEnabled()
    with qtbot.waitSignal(shown.runs.finished, timeout=30_000):
        shown.form.fields["x"].spin.setValue(3.5)
    assert shown.result.summary["clashes"]["new"] == [["s0.p0", "s1.p0"]]
    shown.keep()
    assert [one.name for one in shown._services.document.scenarios] == ["Move s0"]
    with qtbot.waitSignal(shown.runs.finished, timeout=30_000):
        shown.export(tmp_path)
    assert [one.name for one in next(tmp_path.iterdir()).glob("s*.json")]
