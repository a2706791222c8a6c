"""A study's numbers over the scene: each node and what hangs below it in the colour of its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.base.units import pretty_unit
from viewer.twin.channels import Condition
from viewer.twin.colour_maps import colours
from viewer.twin.kinematics import instances
from viewer.twin.model import Twin
from viewer.twin.overlay_colours import nearest
from viewer.twin.overlays import Legend, OverlayFrame, OverlayPlan


class ValuesOfNodes(Protocol):
    """One number per node, as a study's NodeField has it."""

    @property
    def title(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def nodes(self) -> Sequence[NodeId]: ...

    @property
    def values(self) -> NDArray[np.float64]: ...

    @property
    def colour_map(self) -> str: ...


class NodeOverlay:
    """A plan and its one frame. Immutable; any thread. Nodes that the twin does not have are left out.

    Raises UserMistake for an unknown colour map, ValueError where nodes and values are not equally many.
    """

    def __init__(self, twin: Twin, field: ValuesOfNodes, *, low: float | None = None, high: float | None = None) -> None:
        if len(field.nodes) != len(field.values):
            raise ValueError(f"a field needs one value per node, not {len(field.values)} for {len(field.nodes)}")
        values = np.asarray(field.values, dtype=np.float64)
        finite = values[np.isfinite(values)]
        self.low = low if low is not None else float(finite.min()) if len(finite) else 0.0
        self.high = high if high is not None else float(finite.max()) if len(finite) else 1.0
        rows = {node: row for row, node in enumerate(field.nodes) if node in twin.nodes}
        coloured = instances(twin, rows)
        own = values[[nearest(twin, node, rows) for node in coloured]] if coloured else np.zeros(0)
        legend = Legend(field.title, pretty_unit(field.unit), field.colour_map, self.low, self.high)
        self.plan = OverlayPlan(coloured=tuple(coloured), legends=(legend,))
        condition = np.where(np.isnan(own), Condition.MISSING, Condition.NORMAL).astype(np.uint8)
        self._frame = OverlayFrame(
            t_ns=0,
            world_from_node=np.zeros((0, 4, 4)),
            rgb=colours(own, self.low, self.high, field.colour_map),
            condition=condition,
            visible=np.zeros(0, dtype=np.bool_),
            label_values=np.zeros(0),
            label_condition=np.zeros(0, dtype=np.uint8),
            label_points_in_world=np.zeros((0, 3)),
        )

    def frame(self) -> OverlayFrame:
        """The values' colours; the same at every time."""
        return self._frame
