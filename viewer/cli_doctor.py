"""`genchi doctor`: looks at everything the program stands on, and says what is wrong and the mend."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from viewer import __version__
from viewer.base.clock import SystemClock
from viewer.base.paths import bundled, cache_dir, config_dir, data_dir, state_dir
from viewer.edge.doctor import examine_config, examine_gateways
from viewer.live.doctor import Finding, examine_live
from viewer.plugin_host.registry import find_plugins

ENOUGH_DISK_BYTES = 1 << 30
PACKAGES = ("PySide6-Essentials", "vtk", "pyzmq", "numpy", "cadquery-ocp-novtk", "python-fcl")
EXTRAS = {"opcua": "asyncua", "mqtt": "paho-mqtt", "parquet": "pyarrow", "postgres": "psycopg"}
XVFB = "xvfb-run -a -s '-screen 0 1920x1080x24' genchi demo"


def examine(config: Path | None = None) -> list[Finding]:
    """All findings, in the order in which things depend on one another; `config` is a gateway's file to look at too. Never
    raises for what it finds; waits some seconds."""
    checks: tuple[Callable[[], list[Finding]], ...] = (
        _python,
        _packages,
        _display,
        _graphics,
        _folders,
        examine_live,
        lambda: examine_gateways(SystemClock()),
        lambda: [] if config is None else examine_config(config),
        _extras,
        _plugins,
        _scenes,
    )
    return [finding for check in checks for finding in check()]


def _finding(what: str, found: str, mend: str = "") -> Finding:
    return Finding(what=what, ok=not mend, found=found, mend=mend)


def _python() -> list[Finding]:
    found = f"genchi {__version__}, Python {sys.version.split()[0]}, {sys.platform}"
    mend = "" if (3, 11) <= sys.version_info[:2] < (3, 14) else "install Python 3.11, 3.12 or 3.13"
    return [_finding("program", found, mend)]


def _packages() -> list[Finding]:
    findings: list[Finding] = []
    for name in PACKAGES:
        try:
            found = version(name)
        except PackageNotFoundError:
            findings.append(_finding(name, "not installed", f"pip install {name}"))
            continue
        aborts = name == "PySide6-Essentials" and found == "6.12.0"
        findings.append(
            _finding(
                name, found, "this release aborts on Python 3.11: pip install 'PySide6-Essentials!=6.12.0'" if aborts else ""
            )
        )
    return findings


def _extras() -> list[Finding]:
    """What sources need beyond the program itself; not having one is no fault until a source is configured."""
    there = [f"{extra} ({version(package)})" for extra, package in EXTRAS.items() if _is_there(package)]
    gone = [f"{extra} (pip install 'genchi[{extra}]')" for extra, package in EXTRAS.items() if not _is_there(package)]
    return [_finding("extras", "; ".join([", ".join(there) or "none", *(["not installed: " + ", ".join(gone)] if gone else [])]))]


def _is_there(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def _display() -> list[Finding]:
    if not sys.platform.startswith("linux"):
        return [_finding("display", "the system's own")]
    found = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    return [
        _finding("display", found or "none", "" if found else f"pictures work without (genchi snapshot); for a window: {XVFB}")
    ]


def _graphics() -> list[Finding]:
    """Drawn in a process of its own, since a broken driver kills the one that asks it."""
    try:
        answer = subprocess.run([sys.executable, "-m", "viewer.render.probe"], capture_output=True, text=True, timeout=60)
        facts = json.loads(answer.stdout.splitlines()[-1]) if answer.returncode == 0 and answer.stdout else {}
    except (subprocess.TimeoutExpired, json.JSONDecodeError, OSError):
        facts = {}
    if not facts.get("drawn"):
        mend = "install a graphics driver; on Debian and Ubuntu: apt-get install libgl1-mesa-dri libegl1"
        return [_finding("graphics", "nothing could be drawn off-screen", mend)]
    return [_finding("graphics", f"{facts['renderer']}, OpenGL {facts['version']}, {facts['window']}")]


def _folders() -> list[Finding]:
    return [
        _folder(name, of())
        for name, of in (("settings", config_dir), ("data", data_dir), ("cache", cache_dir), ("state", state_dir))
    ]


def _folder(name: str, path: Path) -> Finding:
    if not os.access(path, os.W_OK):
        return _finding(
            f"{name} folder", f"{path} can't be written", f"make it writable, or name another place in GENCHI_HOME: {path}"
        )
    free = shutil.disk_usage(path).free
    mend = f"free some room; less than 1 GB is left on the disk of {path}" if free < ENOUGH_DISK_BYTES else ""
    return _finding(f"{name} folder", f"{path}, {free / 1e9:.0f} GB free", mend)


def _plugins() -> list[Finding]:
    return [
        _finding(f"plugin {p.id}", p.version or p.state, p.reason if p.state == "failed" else "") for p in find_plugins().plugins
    ]


def _scenes() -> list[Finding]:
    scenes = sorted(path.parent.name for path in bundled("scenes").glob("*/scene.toml"))
    return [_finding("bundled scenes", ", ".join(scenes) or "none", "" if scenes else "reinstall genchi: its scenes are missing")]
