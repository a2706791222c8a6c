"""The plugin guide says what the code says."""

import re
import tomllib
from pathlib import Path

from viewer import api
from viewer.plugin_host.discovery import Found
from viewer.plugin_host.manifest import FIELDS, PANEL_FIELDS, PERMISSIONS, STUDY_FIELDS
from viewer.plugin_host.registry import find_plugins
from viewer.studies.contract import ParameterKind
from viewer.twin.model import Twin

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "plugin-guide.md").read_text(encoding="utf-8")


def test_that_the_tables_list_exactly_the_manifests_fields() -> None:
    tables = [re.findall(r"^\| `([a-z]+)` \|", block, re.M) for block in GUIDE.split("|---|---|")[1:]]
    assert [sorted(one) for one in tables] == [sorted(FIELDS), sorted(STUDY_FIELDS), sorted(PANEL_FIELDS)]


def test_that_every_permission_and_parameter_kind_and_the_api_version_are_named() -> None:
    assert all(f"`{name}` ({meaning})" in GUIDE for name, meaning in PERMISSIONS.items())
    assert all(kind in GUIDE for kind in ParameterKind.__args__)
    assert f"now {api.API_VERSION}" in GUIDE


def test_that_the_guides_own_example_is_a_sound_plugin(tmp_path: Path) -> None:
    (manifest,), (code,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.S), re.findall(r"```python\n(.*?)```", GUIDE, re.S)
    tomllib.loads(manifest)
    (tmp_path / "plugin.toml").write_text(manifest, encoding="utf-8")
    (tmp_path / "study.py").write_text(code, encoding="utf-8")
    registry = find_plugins([Found("user", tmp_path)])
    assert [one.reason for one in registry.plugins] == [""]
    assert [one.name for one in registry.load("spacing").parameters(Twin())] == ["a", "b"]


def test_that_everything_the_api_promises_is_there() -> None:
    assert all(hasattr(api, name) for name in api.__all__)
