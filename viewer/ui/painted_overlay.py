"""Colours laid over the scene that no channel gives (an attribute, a search, a comparison); parts go on moving."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.twin.attributes import Colouring
from viewer.twin.channel_overlay import ChannelOverlay
from viewer.twin.overlays import OverlayFrame


class PaintedOverlay:
    """Stands in for the channels' overlay: the same poses, labels and visibility, other colours."""

    def __init__(self, live: ChannelOverlay, colouring: Colouring) -> None:
        self._live, self._colouring = live, colouring
        self.channels = live.channels
        self.plan = replace(live.plan, coloured=colouring.nodes, legends=colouring.legends)

    def frame(self, values: NDArray[np.float64], condition: NDArray[np.uint8], t_ns: int) -> OverlayFrame:
        """As `ChannelOverlay.frame`."""
        frame = self._live.frame(values, condition, t_ns)
        return replace(frame, rgb=self._colouring.rgb, condition=self._colouring.condition)
