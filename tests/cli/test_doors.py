"""`genchi command`, `limits` and `rules` against the demo's own gateway: what it refuses is one sentence and exit code 2."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.plant import ROOT, environment
from viewer.access.keyfile import new_keys
from viewer.base.errors import UserMistake
from viewer.cli import main
from viewer.cli_backtest import armed_text, time_ns
from viewer.edge.audit import audit_path
from viewer.edge.rules.arming import load_armed
from viewer.edge.rules.file import load_rules
from viewer.live import keys

Capture = pytest.CaptureFixture[str]
SCENE = ROOT / "scenes" / "battery_line"
SETPOINT = "st030.adhesive.heater_setpoint"
RULES = """
[[rule]]                    # what the bead is like
id = "bead.mean"
value = "mean(st030.bead_width, 0.5)"
unit = "mm"

[[rule]]
id = "bead.narrow"
when = "bead.mean < 20"
# nobody armed it yet
"""


@pytest.fixture
def demo(own_home: Path) -> Iterator[None]:
    """The demo's gateway, as its window starts it."""
    command = [sys.executable, "-m", "viewer.edge", str(SCENE), "--scene", "--child", "--bind", "tcp://127.0.0.1:*"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    )
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline()
    yield
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


def said(capfd: Capture, *words: str | Path) -> dict[str, Any]:
    """The one JSON object of a verb that goes well."""
    code = main([*map(str, words), "--json"])
    out, err = capfd.readouterr()
    assert code == 0, err
    return json.loads(out)


def refused(capfd: Capture, *words: str | Path) -> str:
    """The one sentence of a verb that does not."""
    assert main([*map(str, words)]) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.startswith("genchi: ") and err.count("\n") == 1
    return err


def person(folder: Path, name: str, role: str) -> Path:
    file = folder / f"{name}.keys.toml"
    pair = new_keys(file, name)
    keys.enrol(name, pair.public, role, signing=pair.signing)
    return file


@pytest.mark.usefixtures("demo")
def test_that_set_points_move_within_limits_and_limits_only_by_two_engineers(tmp_path: Path, capfd: Capture) -> None:
    assert "outside 38 to 52" in refused(capfd, "command", "send", SETPOINT, "60")
    assert "can't be commanded" in refused(capfd, "command", "send", "st030.bead_width", "8")
    assert "over 2" in refused(capfd, "command", "send", SETPOINT, "48")
    wall = person(tmp_path, "wall", "viewer")
    assert "the role viewer commands nothing" in refused(capfd, "command", "send", SETPOINT, "46", "--keys", wall)
    moved = said(capfd, "command", "send", SETPOINT, "46", "--reason", "a cold morning")
    assert (moved["before"], moved["value"], moved["sentence"]) == (45.0, 46.0, "carried out")
    lines = [json.loads(line) for line in audit_path("battery_line").read_text().splitlines()]
    assert [one["reason"] for one in lines if one["event"] == "command accepted"] == ["a cold morning"]
    assert [one["event"] for one in lines].count("command refused") == 4

    wider = tmp_path / "wider.toml"
    safety = (SCENE / "safety.toml").read_text().replace("step = 2.0", "step = 3.0")
    wider.write_text(safety)
    assert "leave [[correction]] tables out" in refused(capfd, "limits", "propose", wider, "--reason", "winter")
    wider.write_text(safety.partition("[[correction]]")[0])
    change = said(capfd, "limits", "propose", wider, "--reason", "winter")
    assert change["changes"] == [f"{SETPOINT}: step 2 becomes 3"]
    (waiting,) = said(capfd, "limits", "list")["pending"]
    assert (waiting["hash"], waiting["reason"], waiting["signers"]) == (change["hash"], "winter", [keys.user_name()])
    assert "signed this change twice" in refused(capfd, "limits", "approve", change["hash"])
    assert "approves no limits" in refused(capfd, "limits", "approve", change["hash"], "--keys", wall)
    said(capfd, "limits", "approve", change["hash"][:12], "--keys", person(tmp_path, "bert", "engineer"))
    found = said(capfd, "limits", "list")
    assert (found["revision"], found["limits"][0]["step"], found["pending"]) == (1, 3.0, [])
    assert "arms no correction" in refused(capfd, "command", "arm", SETPOINT, "--keys", wall)
    assert said(capfd, "command", "arm", SETPOINT)["sentence"] == "armed"

    rules = tmp_path / "rules.toml"
    rules.write_text(RULES.replace("bead_width", "bead_widht"))
    assert "did you mean «st030.bead_width»" in refused(capfd, "rules", "check", rules, "--gateway", "battery_line")
    rules.write_text(RULES)
    assert [one["kind"] for one in said(capfd, "rules", "check", rules)["rules"]] == ["value", "condition"]
    tried = said(capfd, "rules", "backtest", rules, "--rule", "bead.narrow", "--from", "1m")
    assert tried["times"] == 1, tried
    assert tried["raised"][0]["duration_s"] > 0.0 and tried["data"][0]["samples"] > 2
    assert "tried on no data" in refused(capfd, "rules", "arm", rules, "--rule", "bead.narrow", "--from", "2d", "--to", "1d")
    assert "only a condition" in refused(capfd, "rules", "arm", rules, "--rule", "bead.mean")
    assert rules.read_text() == RULES
    armed = said(capfd, "rules", "arm", rules, "--rule", "bead.narrow", "--from", "1m")
    assert rules.read_text() == RULES + "armed = true\n"
    told, left = load_armed([rules], keys.data_dir().parent / "state" / "gateway" / armed["gateway"] / "backtests.jsonl")
    assert [one.armed for one in told] == [False, True] and left == ()


def test_that_without_a_gateway_or_with_a_wrong_time_one_sentence_says_so(tmp_path: Path, own_home: Path, capfd: Capture) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    assert "no gateway runs here" in refused(capfd, "command", "send", SETPOINT, "46")
    assert "no gateway runs here" in refused(capfd, "rules", "backtest", rules, "--rule", "bead.mean")
    assert "no such folder" in refused(capfd, "rules", "backtest", rules, "--rule", "bead.mean", "--history", tmp_path / "x")
    with pytest.raises(UserMistake, match="not «yesterday»"):
        time_ns("yesterday", 0)
    assert time_ns("1970-01-01T01:00:00.5+01:00", 7) == 500_000_000 and time_ns("90m", 10**13) == 10**13 - 5400 * 10**9


def test_that_arming_changes_one_line_of_a_file_and_nothing_where_that_is_not_possible(tmp_path: Path) -> None:
    text = '[[rule]]\nid = "a"\nwhen = "x > 1"\narmed = false # later\n\n[[rule]]\nid = "b"\nwhen = "x > 2"'
    assert armed_text(text, "a") == text.replace("armed = false", "armed = true")
    assert armed_text(text, "b") == text + "\narmed = true\n"
    file = tmp_path / "rules.toml"
    file.write_text(armed_text(text, "b"))
    assert [one.armed for one in load_rules(file)] == [False, True]
    with pytest.raises(UserMistake, match="write armed = true"):
        armed_text('rule = [{id = "a", when = "x > 1"}]', "a")
