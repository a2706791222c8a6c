"""Manifests, imports and the registry: bad ones first; none of their code may be imported to find out."""

import pickle
from pathlib import Path

import pytest

from viewer.base.errors import UserMistake
from viewer.plugin_host.discovery import Found
from viewer.plugin_host.manifest import read_manifest
from viewer.plugin_host.registry import Registry, find_plugins

GOOD = """id = "good"
name = "Good"
version = "1.0.0"
api = 1
description = "A study."
[[contributes.studies]]
id = "good"
title = "Good"
description = "A study."
object = "study:STUDY"
"""
CODE = """from viewer.api import StudyInfo, StudyResult
class Good:
    info = StudyInfo("good", "Good", "")
    def parameters(self, twin): return ()
    def load(self, text): return {}
    def run(self, twin, parameters, *, seed, job): return StudyResult({"answer": 42})
STUDY = Good()
"""


def plugin(root: Path, manifest: str = GOOD, code: str = CODE, name: str = "good") -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text(manifest, encoding="utf-8")
    (folder / "study.py").write_text(code, encoding="utf-8")
    return folder


def registry_of(*folders: Path) -> Registry:
    return find_plugins(Found("user", one) for one in folders)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "good"', 'id = "Good!"', "'id' must be"),
        ('version = "1.0.0"', 'version = "one"', "'version' must be"),
        ('version = "1.0.0"\n', "", "'version' must be a text, and it is missing"),
        ("api = 1", 'api = "1"', "'api' must be the whole number"),
        ("api = 1", "api = 1\ncolour = 2", "unknown key 'colour'"),
        ("api = 1", 'api = 1\npermissions = ["everything"]', "unknown permission 'everything'"),
        ("study:STUDY", "os.system", "'object' must be"),
        ('object = "study:STUDY"', 'object = "study:STUDY"\nexamples = ["../x"]', "no file inside the plugin's folder"),
        ("api = 1", "api = ", "not valid TOML"),
    ],
)
def test_that_a_wrong_manifest_is_refused_in_one_sentence_with_its_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = plugin(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(UserMistake) as mistake:
        read_manifest(folder)
    assert said in str(mistake.value) and str(mistake.value).endswith("plugin.toml") and "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import viewer.twin.model", "line 1 imports viewer.twin.model"),
        ("x = 1\nfrom viewer import render", "line 2 imports viewer.render"),
        ("import socket", "needs the permission 'network'"),
        ("def f(:", "line 1 is not valid Python"),
    ],
)
def test_that_what_a_plugin_may_not_import_is_found_without_running_it(tmp_path: Path, code: str, said: str) -> None:
    found = registry_of(plugin(tmp_path, code=code)).plugins[0]
    assert found.state == "failed" and said in found.reason


def test_that_one_broken_plugin_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    registry = registry_of(plugin(tmp_path, "nonsense", name="bad"), plugin(tmp_path))
    assert {one.id: one.state for one in registry.plugins} == {"bad": "failed", "good": "ready"}
    assert [one.id for one in registry.studies()] == ["good"]


def test_that_a_plugin_that_fails_on_import_is_marked_when_it_is_needed(tmp_path: Path) -> None:
    registry = registry_of(plugin(tmp_path, code="raise RuntimeError('no luck')"))
    assert registry.plugins[0].state == "ready"
    with pytest.raises(UserMistake, match="no luck"):
        registry.load("good")
    assert registry.plugins[0].state == "failed" and registry.studies() == ()


def test_that_another_api_version_and_a_second_of_one_id_are_refused(tmp_path: Path) -> None:
    registry = registry_of(
        plugin(tmp_path / "a"), plugin(tmp_path / "b"), plugin(tmp_path / "c", GOOD.replace("api = 1", "api = 99"))
    )
    reasons = sorted(one.reason for one in registry.plugins)
    assert reasons[0] == "" and "API 99" in reasons[1] and "is taken already" in reasons[2]


def test_that_a_sound_study_loads_once_and_travels_to_another_process(tmp_path: Path) -> None:
    registry = registry_of(plugin(tmp_path))
    study = registry.load("good")
    assert registry.load("good") is study and type(study).__module__ == "viewer_plugins.good.study"
    assert [one.id for one in pickle.loads(pickle.dumps(registry)).studies()] == ["good"]


def test_that_an_unknown_study_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="there are: good"):
        registry_of(plugin(tmp_path)).load("goood")


def test_that_the_bundled_plugins_are_sound() -> None:
    assert {one.id: one.reason for one in find_plugins().plugins} == {"layout": "", "tolerance": ""}
