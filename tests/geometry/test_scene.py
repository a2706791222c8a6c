"""Scenes: a single file becomes one, a folder's files are read once each, and what can't be opened is told."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.geometry.glb import glb
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry import scene
from viewer.geometry.inspect import format_inspection, inspect_file
from viewer.geometry.model import GeometryModel
from viewer.geometry.scene import LoadedScene, load_twin

SCENE = """
[scene]
schema = 1
name = "Two"

[[geometry]]
id = "one"
file = "x.glb"
copies = [ { prefix = "left" }, { prefix = "right" } ]

[[geometry]]
id = "two"
file = "broken.glb"
"""


def test_that_a_single_file_becomes_a_scene_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.glb").write_bytes(glb())
    loaded = load_twin(tmp_path / "x.glb", job=SilentJob(), unit="mm")
    assert loaded.twin.name == "x"
    assert list(loaded.twin.nodes) == ["thing"]
    assert loaded.models["x"].unit == "mm"
    assert loaded.document.sources == ()


def test_that_a_broken_single_file_is_a_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "x.glb").write_bytes(glb()[:50])
    with pytest.raises(UserMistake, match=r"x\.glb$"):
        load_twin(tmp_path / "x.glb")


def test_that_a_scene_opens_without_the_file_that_is_broken_and_tells_it(tmp_path: Path) -> None:
    (tmp_path / "scene.toml").write_text(SCENE)
    (tmp_path / "x.glb").write_bytes(glb())
    (tmp_path / "broken.glb").write_bytes(b"glTF")
    loaded = load_twin(tmp_path, job=SilentJob())
    assert sorted(loaded.twin.nodes) == ["left.thing", "right.thing"]
    assert len(loaded.twin.parts) == 1
    assert [w for w in loaded.warnings if w.startswith("two: ") and "broken.glb" in w]
    found = inspect_file(tmp_path / "scene.toml", job=SilentJob())
    assert (found["format"], found["parts"], found["instances"], found["triangles"]) == ("scene", 1, 2, 2)
    assert "2 instances" in format_inspection(found)


def test_that_a_scene_of_which_nothing_opens_is_a_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "scene.toml").write_text(SCENE)
    with pytest.raises(UserMistake, match=r"x\.glb$"):
        load_twin(tmp_path)


def test_that_progress_of_several_files_only_grows(tmp_path: Path) -> None:
    (tmp_path / "scene.toml").write_text(SCENE)
    for name in ("x.glb", "broken.glb"):
        (tmp_path / name).write_bytes(glb())
    heard: list[float] = []

    class Listening(SilentJob):
        def progress(self, fraction: float, doing: str = "") -> None:
            heard.append(fraction)

    load_twin(tmp_path, job=Listening())
    assert heard == sorted(heard)
    assert heard[-1] <= 1.0


def test_that_what_is_read_is_shown_while_a_long_file_is_still_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scene.toml").write_text(SCENE)
    (tmp_path / "x.glb").write_bytes(glb())
    (tmp_path / "broken.glb").write_bytes(b"glTF")
    shown, seen = threading.Event(), list[list[str]]()
    really = scene.read_model

    def slow(path: Path, **given: Any) -> GeometryModel:
        if path.name == "broken.glb":
            assert shown.wait(30.0)  # until the other file has been shown
        return really(path, **given)

    def arrived(so_far: LoadedScene) -> None:
        seen.append(sorted(so_far.twin.nodes))
        shown.set()

    monkeypatch.setattr(scene, "read_model", slow)
    loaded = load_twin(tmp_path, arrived=arrived)
    assert seen == [["left.thing", "right.thing"]] == [sorted(loaded.twin.nodes)]
    assert "broken" in loaded.warnings[0]


def test_that_a_scene_that_is_read_at_once_is_not_shown_twice(tmp_path: Path) -> None:
    (tmp_path / "x.glb").write_bytes(glb())
    seen: list[LoadedScene] = []
    load_twin(tmp_path / "x.glb", unit="mm")  # the first reading also starts the process that reads
    load_twin(tmp_path / "x.glb", unit="mm", arrived=seen.append)
    assert seen == []
