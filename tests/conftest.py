"""What all tests share: user folders of their own, and the real files beside the project."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")  # how long examples take there says nothing of the code

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests on real files only where somebody said so, and say it loudly."""
    if os.environ.get("GENCHI_NO_SHARED") != "1":
        return
    left_out = [item for item in items if "shared_data" in getattr(item, "fixturenames", ())]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"GENCHI_NO_SHARED=1: {len(left_out)} tests on real files are LEFT OUT", red=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files (its SOURCES.md names the true numbers)."""
    if not SHARED.is_dir():
        pytest.fail("the real test files are absent: put the folder shared/data beside the project, or set GENCHI_NO_SHARED=1")
    return SHARED


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """All of the user's folders below a temporary one."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("GENCHI_HOME", str(home))
    yield home
