"""Imports a plugin's code, when it is first needed, under the package name `viewer_plugins.<id>`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from viewer.base.errors import UserMistake

PACKAGE = "viewer_plugins"


def load_object(plugin_id: str, folder: Path, target: str) -> object:
    """The object «module:name» of a plugin. Raises UserMistake, with the reason, where its code fails or has no such name."""
    module_name, _, name = target.partition(":")
    try:
        _package(plugin_id, folder)
        module = importlib.import_module(f"{PACKAGE}.{plugin_id}.{module_name}")
    except Exception as error:
        raise UserMistake(f"the plugin {plugin_id!r} does not load ({type(error).__name__}: {error}): {folder}") from error
    if not hasattr(module, name):
        raise UserMistake(f"the plugin {plugin_id!r} has no {name!r} in its module {module_name!r}: {folder}")
    return getattr(module, name)


def _package(plugin_id: str, folder: Path) -> None:
    """Puts the plugin's package among the modules, once; of two folders with one id the first stays."""
    if PACKAGE not in sys.modules:
        root = ModuleType(PACKAGE, "Holds the plugins that were loaded.")
        root.__path__ = []
        sys.modules[PACKAGE] = root
    name = f"{PACKAGE}.{plugin_id}"
    if name in sys.modules:
        if str(folder) in list(sys.modules[name].__path__):
            return
        _forget(name)
    start = folder / "__init__.py"
    if start.is_file():
        spec = importlib.util.spec_from_file_location(name, start, submodule_search_locations=[str(folder)])
    else:
        spec = importlib.util.spec_from_loader(name, loader=None, is_package=True)
        if spec is not None:
            spec.submodule_search_locations = [str(folder)]
    if spec is None:
        raise UserMistake(f"the plugin's package can't be made: {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        if spec.loader is not None:
            spec.loader.exec_module(module)
    except BaseException:
        _forget(name)
        raise


def _forget(package: str) -> None:
    for name in [one for one in sys.modules if one == package or one.startswith(package + ".")]:
        del sys.modules[name]
