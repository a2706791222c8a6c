"""What every contender can do: build a plant, draw a frame of an orbit, recolour and move a thousand parts."""

from __future__ import annotations

from typing import Any, Protocol

from viewer.twin.model import Twin

CHANGED = 1000
"""How many parts are recoloured or moved before a frame."""
TURN_DEG = 0.5
"""How far the camera goes round between frames."""


class Contender(Protocol):
    """One way to draw; all calls on the main thread."""

    def build(self, twin: Twin, size_px: tuple[int, int]) -> None:
        """From meshes and poses to something that can be drawn."""
        ...

    def frame(self, i: int) -> None:
        """Turn the camera a little, draw, and wait until it is drawn."""
        ...

    def recolour(self, i: int) -> None:
        """Give the first CHANGED parts other colours; no frame."""
        ...

    def move(self, i: int) -> None:
        """Put the first CHANGED parts elsewhere; no frame."""
        ...

    def facts(self) -> dict[str, Any]:
        """What is worth telling beside the times."""
        ...
