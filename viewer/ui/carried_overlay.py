"""An overlay whose node is being dragged: what hangs below the node goes along, without a new plan for every step of the drag."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.twin.channel_overlay import ChannelOverlay
from viewer.twin.channels import Condition
from viewer.twin.kinematics import world_from_node
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame
from viewer.ui.painted_overlay import PaintedOverlay
from viewer.ui.studies.overlay import StudyOverlay


class CarriedOverlay:
    """Gives the frames of another overlay, with the poses and labels below one node shifted. Main thread."""

    def __init__(self, overlay: ChannelOverlay | PaintedOverlay | StudyOverlay, twin: Twin) -> None:
        self._overlay, self._twin = overlay, twin
        self.channels = overlay.channels
        self.plan = overlay.plan
        self._node: NodeId | None = None
        self._shift: NDArray[np.float64] = np.eye(4)
        self._posed: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._labels: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._last: OverlayFrame | None = None
        self._named: frozenset[NodeId] | None = None

    def frame(self, values: NDArray[np.float64], condition: NDArray[np.uint8], t_ns: int) -> OverlayFrame:
        """As `ChannelOverlay.frame`."""
        self._last = self._overlay.frame(values, condition, t_ns)
        return self._shifted(self._last)

    def still(self) -> OverlayFrame:
        """The frame shown where no value has come: every channel missing."""
        count = len(self.channels)
        return self.frame(np.full(count, np.nan), np.full(count, Condition.MISSING, dtype=np.uint8), 0)

    def shown(self) -> OverlayFrame | None:
        """The frame that was shown last; None before the first."""
        return None if self._last is None else self._shifted(self._last)

    def is_moved_by(self, twin: Twin, nodes: Iterable[NodeId]) -> bool:
        """Whether anything that the overlay poses or labels hangs at or below one of the nodes."""
        if self._named is None:
            self._named = frozenset((*self.plan.posed, *(label.node for label in self.plan.labels)))
        return bool(self._named) and any(one in self._named for node in nodes for one in twin.descendants(node))

    def carry(self, twin: Twin, node: NodeId) -> OverlayFrame | None:
        """The node stands where `twin` has it; the last frame with what hangs below it there, None before the first."""
        if node != self._node:
            below = set(self._twin.descendants(node))
            self._node = node
            self._posed = np.array([i for i, one in enumerate(self.plan.posed) if one in below], dtype=np.intp)
            self._labels = np.array([i for i, one in enumerate(self.plan.labels) if one.node in below], dtype=np.intp)
        self._shift = world_from_node(twin, node) @ np.linalg.inv(world_from_node(self._twin, node))
        return None if self._last is None else self._shifted(self._last)

    def _shifted(self, frame: OverlayFrame) -> OverlayFrame:
        if not len(self._posed) and not len(self._labels):
            return frame
        poses, points = frame.world_from_node.copy(), frame.label_points_in_world.copy()
        poses[self._posed] = self._shift @ poses[self._posed]
        points[self._labels] = points[self._labels] @ self._shift[:3, :3].T + self._shift[:3, 3]
        return replace(frame, world_from_node=poses, label_points_in_world=points)
