"""Channels over the scene: a plan of what their bindings touch, and for each displayed frame its poses, colours and labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ChannelId, NodeId
from viewer.base.units import pretty_unit
from viewer.twin.channels import Binding, Condition
from viewer.twin.kinematics import corners_in_world, instances, world_from_nodes
from viewer.twin.model import Twin
from viewer.twin.overlay_colours import ColourTable, bindings_by_choice, nearest
from viewer.twin.overlay_poses import POSE_KINDS, MovingTree, drives
from viewer.twin.overlay_visibility import VisibilityTree
from viewer.twin.overlays import Label, OverlayFrame, OverlayPlan

Floats = NDArray[np.float64]


class ChannelOverlay:
    """What a twin's bindings show. Made anew for each twin whose delta says so; immutable then, any thread.

    Bindings whose channel or node the twin does not have are left out. `colour_by` colours, in place of the twin's own colour
    bindings, every node that has a channel whose id, name or unit matches that glob.
    Raises UserMistake where a binding's unit does not suit it or its colour map is unknown.
    """

    def __init__(self, twin: Twin, *, colour_by: str | None = None) -> None:
        known = [b for b in twin.bindings if b.channel in twin.channels and b.node in twin.nodes]
        pose = [b for b in known if b.kind in POSE_KINDS and (b.kind != "joint" or b.node in twin.joints)]
        toggle = [b for b in known if b.kind == "visible"]
        label = [b for b in known if b.kind == "label"]
        colour = [b for b in known if b.kind == "colour"] if colour_by is None else bindings_by_choice(twin, colour_by)
        colour = list({b.node: b for b in colour}.values())
        self.channels: tuple[ChannelId, ...] = tuple(dict.fromkeys(b.channel for b in (*pose, *toggle, *colour, *label)))
        """The channels whose values a frame needs, in the order of its arrays."""
        rows = {channel: row for row, channel in enumerate(self.channels)}
        posed = _instances_below(twin, (one.node for one in drives(twin, pose)))
        coloured = _instances_below(twin, (b.node for b in colour))
        toggled = _instances_below(twin, (b.node for b in toggle))
        self._tree = MovingTree(twin, pose, rows)
        self._riders = self._tree.riders(posed, world_from_nodes(twin, posed))
        self._visibility = VisibilityTree(twin, toggle, rows, toggled)
        self._colours = ColourTable(twin, colour, rows)
        row_of_node = {b.node: row for row, b in enumerate(colour)}
        self._colour_of_node = np.array([nearest(twin, node, row_of_node) for node in coloured], dtype=np.intp)
        self._label_channels = np.array([rows[b.channel] for b in label], dtype=np.intp)
        self._label_carriers, self._label_points = self._tree.points(
            [b.node for b in label], top_centres(twin, [b.node for b in label])
        )
        self.plan = OverlayPlan(
            posed=tuple(posed),
            coloured=tuple(coloured),
            toggled=tuple(toggled),
            labels=tuple(_label(twin, b) for b in label),
            legends=self._colours.legends,
        )

    def frame(self, values: Floats, condition: NDArray[np.uint8], t_ns: int) -> OverlayFrame:
        """One displayed frame, from the latest value (n,) and condition (n,) of each of `channels`. Any thread.

        A value that is NaN or whose condition is MISSING leaves its node as it rests; a stale or bad one shows what it said last.
        Raises ValueError where the arrays are not one per channel.
        """
        if len(values) != len(self.channels) or len(condition) != len(self.channels):
            raise ValueError(f"a frame needs {len(self.channels)} values and conditions, not {len(values)} and {len(condition)}")
        known = np.where(condition == Condition.MISSING, np.nan, np.asarray(values, dtype=np.float64))
        world = self._tree.world(known)
        rgb, colour_condition = self._colours.colours(known, condition)
        label_values = known[self._label_channels]
        missing = np.isnan(label_values)
        return OverlayFrame(
            t_ns=t_ns,
            world_from_node=self._riders.world(world),
            rgb=rgb[self._colour_of_node],
            condition=colour_condition[self._colour_of_node],
            visible=self._visibility.visible(known),
            label_values=label_values,
            label_condition=np.where(missing, np.uint8(Condition.MISSING), condition[self._label_channels]).astype(np.uint8),
            label_points_in_world=np.einsum("nij,nj->ni", world[self._label_carriers], self._label_points)[:, :3],
        )


def top_centres(twin: Twin, nodes: Sequence[NodeId]) -> Floats:
    """(n, 3) middle of the top of the box around all parts at and below each node, at rest; its origin without parts."""
    shown = [instances(twin, (node,)) for node in nodes]
    flat = list(dict.fromkeys(one for group in shown for one in group))
    corners = corners_in_world(twin, flat, world_from_nodes(twin, flat))
    row = {node: i for i, node in enumerate(flat)}
    points = world_from_nodes(twin, nodes)[:, :3, 3].copy()
    for i, group in enumerate(shown):
        if group:
            box = corners[[row[one] for one in group]].reshape(-1, 3)
            low, high = box.min(axis=0), box.max(axis=0)
            points[i] = ((low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, high[2])
    return points


def _instances_below(twin: Twin, nodes: Iterable[NodeId]) -> list[NodeId]:
    """Nodes with a part at or below these, each once."""
    bound = dict.fromkeys(nodes)
    tops = [node for node in bound if not any(one in bound for one in twin.ancestors(node))]
    return instances(twin, tops)


def _label(twin: Twin, binding: Binding) -> Label:
    channel = twin.channels[binding.channel]
    return Label(binding.node, binding.channel, binding.text or channel.name, pretty_unit(channel.unit))
