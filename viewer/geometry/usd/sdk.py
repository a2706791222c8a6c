"""The modules of usd-core, imported when a stage is opened; they have no types, so that they are passed on as Any."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def sdk(*names: str) -> tuple[Any, ...]:
    """Modules of `pxr` by name. Raises ImportError where usd-core is not installed."""
    return tuple(import_module(f"pxr.{name}") for name in names)
