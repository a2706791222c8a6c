"""The command line as scripts know it: one JSON object, one sentence, and the exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from viewer.cli import main

ROOT = Path(__file__).resolve().parents[2]
CLUTCH = ROOT / "plugins" / "tolerance" / "examples" / "one_way_clutch.toml"


def genchi(*words: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    command = [sys.executable, "-m", "viewer", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, timeout=110)


@pytest.mark.parametrize(
    "words",
    [
        ["inspect", "no-such-file.stl"],
        ["inspect", "."],
        ["snapshot", "no-such-scene", "-o", "x.png"],
        ["snapshot", "battery_line", "-o", "no-such-folder/x.png"],
        ["open", "no-such-scene"],
        ["study", "run", "no-such-study"],
        ["study", "run", "tolerance", "--set", "samples"],
        ["study", "run", "tolerance", "--input", "no-such-file.toml"],
        ["tap", "tcp://127.0.0.1:1"],
        ["edge", "no-such-config.toml"],
    ],
)
def test_that_bad_input_gives_one_sentence_and_exit_code_2(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("genchi: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words", [["fly"], ["snapshot", "battery_line"], ["snapshot", "x", "-o", "y", "--size", "big"], ["demo", "--for", "-1"]]
)
def test_that_bad_arguments_give_one_sentence_and_exit_code_2(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert capfd.readouterr().err.startswith("genchi: ")


def test_that_without_a_display_the_window_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert main([]) == 2
    error = capfd.readouterr().err
    assert "xvfb-run" in error
    assert "genchi snapshot" in error


def test_that_the_one_way_clutch_has_its_published_answers() -> None:
    """Nominal, worst case, RSS and Monte Carlo of the clutch's pressure angle, as the issue and the literature give them."""
    answer = genchi("study", "run", "tolerance", "--input", CLUTCH, "--json")
    assert answer.returncode == 0, answer.stderr
    result = json.loads(answer.stdout)
    assert result["nominal"] == pytest.approx(7.018, abs=5e-4)
    assert result["worst_case"]["min"] == pytest.approx(5.136, abs=5e-4)
    assert result["worst_case"]["max"] == pytest.approx(8.490, abs=5e-4)
    assert (result["rss"]["upper"] - result["rss"]["lower"]) / 2 == pytest.approx(1.069, abs=5e-4)
    assert result["monte_carlo"]["mean"] == pytest.approx(7.009, abs=3e-3)
    assert result["monte_carlo"]["std"] == pytest.approx(0.358, abs=2e-3)
    assert sum(result["contributions"].values()) == pytest.approx(100.0)


def test_that_a_study_repeats_itself_bit_by_bit_with_the_same_seed(tmp_path: Path) -> None:
    first, again, other = (genchi("study", "run", "tolerance", "--input", CLUTCH, "--json", "--seed", s) for s in ("7", "7", "8"))
    assert first.stdout == again.stdout
    assert first.stdout != other.stdout


def test_that_plugins_and_studies_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "list", "--json"]) == 0
    studies = json.loads(capfd.readouterr().out)["studies"]
    assert {"layout", "tolerance"} <= {s["id"] for s in studies}
    assert main(["plugin", "list", "--json"]) == 0
    plugins = json.loads(capfd.readouterr().out)["plugins"]
    assert {p["id"]: p["state"] for p in plugins}.items() >= {("layout", "ready"), ("tolerance", "ready")}


def test_that_the_doctor_finds_no_display_and_says_the_mend(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert main(["doctor", "--json"]) == 1
    findings = {f["what"]: f for f in json.loads(capfd.readouterr().out)["findings"]}
    assert not findings["display"]["ok"]
    assert "xvfb-run" in findings["display"]["mend"]
    assert findings["graphics"]["ok"], "software OpenGL draws off-screen here"
    assert findings["plugin tolerance"]["ok"]


def test_that_a_living_plant_is_drawn_where_there_is_no_screen(tmp_path: Path) -> None:
    from PIL import Image

    picture = tmp_path / "plant.png"
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    answer = genchi("snapshot", "battery_line", "-o", picture, "--live", "2", "--size", "640x360", "--json", env=env)
    assert answer.returncode == 0, answer.stderr
    result = json.loads(answer.stdout)
    assert result["drawn_parts"] > 2000
    assert result["channels_with_values"] >= 8
    with Image.open(picture) as image:
        assert image.size == (640, 360)
        assert len(image.convert("RGB").getcolors(1 << 24)) > 3000
