"""The rules of drawing that a view is made with; nothing of VTK, so that a window may choose them before it draws."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

MERGED_BYTES = 1 << 30
"""What merged copies may take before shapes with many copies are drawn as glyphs (docs/decisions/rendering.md)."""


def _nobody() -> None:
    """Nobody waits to be told."""


@dataclass(frozen=True, slots=True)
class DrawRules:
    """How a view draws: with `levels` of detail; merged, glyph or auto (by memory); `progressive`: parts come by and by."""

    levels: bool = False
    draw: str = "auto"
    progressive: bool = False
    merged_bytes: int = MERGED_BYTES
    wake: Callable[[], None] = field(default=_nobody, compare=False)
    """Called from another thread when a new frame would show more."""

    @staticmethod
    def way(wanted: str) -> str:
        """The way that GENCHI_DRAW names, where it does; else the wanted one."""
        named = os.environ.get("GENCHI_DRAW", "")
        return named if named in ("merged", "glyph", "auto") else wanted
