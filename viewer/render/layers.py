"""Layers: what is drawn beside the parts' meshes, such as point clouds, and obeys the same view."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.render.camera import Camera
from viewer.render.picking import Hit
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin


class SceneLayer(Protocol):
    """One kind of thing in the scene that is no mesh. Main thread; the view calls it in step with itself."""

    def set_twin(self, twin: Twin) -> None:
        """Show another twin."""
        ...

    def apply(self, twin: Twin, delta: Delta) -> None:
        """Follow a delta."""
        ...

    def show_only(self, shown: frozenset[NodeId] | None, hidden: frozenset[NodeId]) -> None:
        """Show nodes at and below `shown` (None: all) except those at and below `hidden`."""
        ...

    def prepare(self, camera: Camera, size_px: tuple[int, int], *, origin_m: NDArray[np.float64], draft: bool) -> None:
        """Bring everything up to date before a frame; `origin_m` is the world point that VTK's numbers are measured from."""
        ...

    def pick(self, origin_m: NDArray[np.float64], direction: NDArray[np.float64], pixels_per_m: float) -> Hit | None:
        """The nearest thing of this layer along a ray; `pixels_per_m` at distance 1."""
        ...

    def bounds(self, ids: frozenset[NodeId] | None) -> NDArray[np.float64] | None:
        """(2, 3) world box of these nodes (of all that is shown); None where this layer has none of them."""
        ...

    def close(self) -> None:
        """Take everything off the stage."""
        ...
