"""The rules of the house that no linter knows."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKED = [
    ROOT / line
    for line in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if (ROOT / line).is_file()
]
BELOW_RENDER = ("base", "twin", "live", "edge", "geometry", "studies", "plugin_host")


def test_that_no_python_file_is_longer_than_600_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in TRACKED if p.suffix == ".py" and (n := len(p.read_text().splitlines())) > 600}
    assert long == {}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_that_the_lock_names_hashes_and_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    pins = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
    assert len(pins) > 20
    assert text.count("--hash=sha256:") >= len(pins)


def test_that_the_lock_covers_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    wanted = {re.split(r"[<>=!~\[; ]", d)[0].lower().replace("_", "-") for d in project["dependencies"]}
    assert wanted <= locked


def test_that_the_packages_with_the_wrong_licence_are_not_in_the_lock() -> None:
    text = (ROOT / "requirements-dev.lock").read_text()
    for name in ("plyfile", "gmsh", "tetgen", "pymeshfix", "pyqt5", "pyqt6"):
        assert not re.search(rf"^{name}==", text, re.MULTILINE), name


def test_that_every_room_below_render_imports_where_qt_and_vtk_are_not_installed() -> None:
    modules = sorted(
        ".".join(p.relative_to(ROOT).with_suffix("").parts)
        for room in BELOW_RENDER
        for p in (ROOT / "viewer" / room).rglob("*.py")
        if p.name != "__main__.py"
    )
    program = f"""
import importlib, sys
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6", "vtk", "vtkmodules", "pyvista", "qtawesome", "pyqtgraph"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NotInstalled())
for name in {[m.removesuffix(".__init__") for m in modules]!r}:
    importlib.import_module(name)
"""
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr[-2000:]


def test_that_no_path_of_a_machine_is_in_the_project() -> None:
    pattern = re.compile(rb"(?<![\w.-])/(?:work|farm|root|home/\w+)/")
    found = [
        str(p.relative_to(ROOT))
        for p in TRACKED
        if p.suffix in {".py", ".md", ".toml", ".txt", ".css"} and pattern.search(p.read_bytes())
    ]
    assert [f for f in found if f != "tests/house/test_house.py"] == []


def test_that_no_shared_test_file_was_copied_into_the_project(shared_data: Path) -> None:
    theirs = {p.stat().st_size: p for p in shared_data.rglob("*") if p.is_file() and p.stat().st_size > 1000}
    for ours in TRACKED:
        other = theirs.get(ours.stat().st_size)
        assert other is None or other.read_bytes() != ours.read_bytes(), f"{ours} is a copy of {other.name}"


def test_that_thousands_are_written_by_one_function() -> None:
    commas = re.compile(r":,(\.(\d|\{\w+\})f)?\}")
    program = [p for p in TRACKED if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in ("viewer", "plugins")]
    own_way = [str(p.relative_to(ROOT)) for p in program if commas.search(p.read_text()) and p.name != "units.py"]
    assert own_way == []
