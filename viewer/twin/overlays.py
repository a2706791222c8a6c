"""Overlays are data: what to show over the scene. Only `render` knows how it is drawn.

A plan is made once per twin and names nodes; a frame is made once per displayed frame and holds arrays in the plan's order,
so that nothing runs per part in Python per frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ChannelId, NodeId
from viewer.twin.channels import StateLabel


@dataclass(frozen=True, slots=True)
class Label:
    """A value shown at a node."""

    node: NodeId
    channel: ChannelId
    text: str
    unit: str


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours mean: a map over a range with its unit, or a list of states."""

    title: str
    unit: str
    colour_map: str = ""
    low: float = 0.0
    high: float = 1.0
    states: tuple[StateLabel, ...] = ()


@dataclass(frozen=True, slots=True)
class OverlayPlan:
    """Which nodes the frames speak of. Every id has a node in the twin that the plan was made from."""

    posed: tuple[NodeId, ...] = ()
    """Nodes with a part, whose world pose the frames carry (bound nodes and what hangs below them)."""
    coloured: tuple[NodeId, ...] = ()
    """Nodes with a part that take their colour from a channel or a study."""
    toggled: tuple[NodeId, ...] = ()
    """Nodes with a part that a channel shows and hides."""
    labels: tuple[Label, ...] = ()
    legends: tuple[Legend, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OverlayFrame:
    """The values of one displayed frame, aligned with a plan."""

    t_ns: int
    world_from_node: NDArray[np.float64]
    """(posed, 4, 4)."""
    rgb: NDArray[np.uint8]
    """(coloured, 3)."""
    condition: NDArray[np.uint8]
    """(coloured,) a `Condition`; stale, bad and missing are drawn different in more than colour."""
    visible: NDArray[np.bool_]
    """(toggled,)."""
    label_values: NDArray[np.float64]
    """(labels,) in the channel's unit; NaN where missing."""
    label_condition: NDArray[np.uint8]
    """(labels,) a `Condition`."""
    label_points_in_world: NDArray[np.float64]
    """(labels, 3) where each label points at, metres."""


@dataclass(frozen=True, slots=True)
class VertexField:
    """A scalar on each vertex of one node's part, laid over its surface: a measured deviation, a stress, a temperature."""

    node: NodeId
    """A node with a part."""
    title: str
    unit: str
    low: float
    high: float
    """What the ends of the colour map stand for."""
    colour_map: str = "viridis"
