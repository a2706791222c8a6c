"""The wheel holds the program with all that is bundled, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT], check=True, capture_output=True
    )
    (wheel,) = out.glob("genchi-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_that_the_wheel_has_the_program_and_what_is_bundled(names: set[str]) -> None:
    for wanted in (
        "viewer/cli.py",
        "viewer/_bundled/scenes/battery_line/scene.toml",
        "viewer/_bundled/scenes/battery_line/plant.glb",
        "viewer/_bundled/plugins/tolerance/plugin.toml",
        "viewer/_bundled/plugins/layout/plugin.toml",
    ):
        assert wanted in names


def test_that_the_wheel_has_neither_tests_nor_leftovers(names: set[str]) -> None:
    assert [n for n in names if n.startswith("tests/") or "__pycache__" in n or n.endswith(".pyc")] == []


def test_that_the_wheel_has_only_files_that_git_tracks(names: set[str]) -> None:
    answer = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = set(answer.stdout.split("\n"))
    for name in names:
        if ".dist-info/" not in name:
            assert name.removeprefix("viewer/_bundled/") in tracked or name in tracked, name
