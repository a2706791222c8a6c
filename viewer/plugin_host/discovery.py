"""Where plugins are found: the bundled folder, the user's folder, and installed distributions' entry points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from viewer.base.errors import UserMistake
from viewer.base.paths import bundled, data_dir
from viewer.plugin_host.manifest import MANIFEST

GROUP = "genchi.plugins"
"""Entry point group; the value names the package that holds the plugin's folder."""


@dataclass(frozen=True, slots=True)
class Found:
    """A folder that holds a plugin, and where it came from; or the reason why it can't be used."""

    source: str
    """bundled, user or the distribution's name."""
    folder: Path
    problem: str = ""


def user_plugins() -> Path:
    """The user's own plugins; a folder each."""
    return data_dir() / "plugins"


def discover() -> tuple[Found, ...]:
    """All plugins, bundled first, then the user's, then installed ones; each sorted by name. Imports none of them."""
    return (*_folders(bundled("plugins"), "bundled"), *_folders(user_plugins(), "user"), *_installed())


def _folders(root: Path, source: str) -> Iterator[Found]:
    if not root.is_dir():
        return
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and not folder.name.startswith((".", "_")) and (source == "user" or (folder / MANIFEST).is_file()):
            yield Found(source, folder)


def _installed() -> Iterator[Found]:
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda one: one.name):
        source = point.dist.name if point.dist is not None else point.name
        try:
            yield Found(source, _package_folder(point.value))
        except UserMistake as mistake:
            yield Found(source, Path(point.name), str(mistake))


def _package_folder(package: str) -> Path:
    """The folder of a top-level package, without importing it."""
    if "." in package or ":" in package:
        raise UserMistake(f"the entry point must name a top-level package that holds {MANIFEST}, not {package!r}")
    spec = util.find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        raise UserMistake(f"the entry point names the package {package!r}, which is not there")
    return Path(places[0])
