"""An overlay plan bound to slots, so that a frame is a few array writes."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.render.slots import TOGGLED, SlotTable
from viewer.render.tree import WorldPoses
from viewer.twin.overlays import OverlayFrame, OverlayPlan


class Target(Protocol):
    """What an overlay is laid over."""

    @property
    def table(self) -> SlotTable: ...
    @property
    def world(self) -> WorldPoses: ...


class AppliedOverlay:
    """One plan on one drawn scene. Nodes of the plan that are not drawn are passed over."""

    def __init__(self, plan: OverlayPlan, target: Target) -> None:
        self._target = target
        self._posed, self._posed_rows = self._bind(plan.posed)
        self._coloured, self._coloured_rows = self._bind(plan.coloured)
        self._toggled, self._toggled_rows = self._bind(plan.toggled)
        self._counts = (len(plan.posed), len(plan.coloured), len(plan.toggled))

    def show(self, frame: OverlayFrame | None) -> None:
        """Write a frame's poses, colours and visibility. Raises ValueError where it was made for another plan."""
        if frame is None:
            return
        counts = (len(frame.world_from_node), len(frame.rgb), len(frame.visible))
        if counts != self._counts:
            raise ValueError(f"the frame has {counts} poses, colours and toggles, its plan {self._counts}")
        table = self._target.table
        if len(self._posed):
            table.place(self._posed, frame.world_from_node[self._posed_rows])
        if len(self._coloured):
            table.overlay(self._coloured, frame.rgb[self._coloured_rows], frame.condition[self._coloured_rows])
        if len(self._toggled):
            table.hide(self._toggled, TOGGLED, hidden=~frame.visible[self._toggled_rows])

    def clear(self) -> None:
        """Everything back to where and what the twin says."""
        table, world = self._target.table, self._target.world
        if len(self._posed):
            table.place(self._posed, np.array([world.world_from_node(table.node_of[s]) for s in self._posed]))
        if len(self._coloured):
            table.clear_overlay(self._coloured)
        if len(self._toggled):
            table.hide(self._toggled, TOGGLED, hidden=False)

    def _bind(self, nodes: tuple[NodeId, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        slots = self._target.table.slots(nodes)
        rows = np.flatnonzero(slots >= 0)
        return slots[rows], rows
