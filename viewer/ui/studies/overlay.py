"""A study's field laid over the scene: parts take its colours, and go on moving with their channels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.studies.contract import NodeField
from viewer.twin.model import Twin
from viewer.twin.node_overlay import NodeOverlay
from viewer.twin.overlays import OverlayFrame
from viewer.ui.colour_by import overlay_of
from viewer.ui.services import ColourBy


class StudyOverlay:
    """Stands in for the channels' overlay: the same poses, labels and visibility, the field's colours."""

    def __init__(self, twin: Twin, field: NodeField) -> None:
        """Raises UserMistake for an unknown colour map."""
        self._live, self._field = overlay_of(twin, ColourBy("none")), NodeOverlay(twin, field)
        self.channels = self._live.channels
        self.plan = replace(self._live.plan, coloured=self._field.plan.coloured, legends=self._field.plan.legends)

    def frame(self, values: NDArray[np.float64], condition: NDArray[np.uint8], t_ns: int) -> OverlayFrame:
        """As `ChannelOverlay.frame`."""
        colours = self._field.frame()
        return replace(self._live.frame(values, condition, t_ns), rgb=colours.rgb, condition=colours.condition)
