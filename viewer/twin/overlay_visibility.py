"""What channels show and hide: bound nodes, and with each of them all that hangs below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT, ChannelId, NodeId
from viewer.twin.channels import Binding
from viewer.twin.model import Twin


class VisibilityTree:
    """Bindings of kind visible as arrays. Immutable; any thread.

    A node is seen where the scene's author shows it and every binding at and above it agrees; one without a value agrees.
    """

    def __init__(
        self, twin: Twin, bindings: Sequence[Binding], row_of_channel: Mapping[ChannelId, int], toggled: Sequence[NodeId]
    ) -> None:
        self._channels = np.array([row_of_channel[b.channel] for b in bindings], dtype=np.intp)
        self._low = np.array([b.at_least for b in bindings])
        self._high = np.array([b.at_most for b in bindings])
        own: dict[NodeId, list[int]] = {}
        for row, binding in enumerate(bindings):
            own.setdefault(binding.node, []).append(row)
        ways: dict[NodeId, tuple[int, ...]] = {ROOT: ()}
        seen: dict[NodeId, bool] = {ROOT: True}
        for node in toggled:
            _walk_up(twin, node, own, ways, seen)
        groups = list(dict.fromkeys(ways[node] for node in toggled))
        number = {group: i for i, group in enumerate(groups)}
        self._group = np.array([number[ways[node]] for node in toggled], dtype=np.intp)
        self._by_author = np.array([seen[node] for node in toggled], dtype=np.bool_)
        most = max(map(len, groups), default=0)
        self._binding_of_group = np.full((len(groups), most), len(bindings), dtype=np.intp)
        for i, group in enumerate(groups):
            self._binding_of_group[i, : len(group)] = group

    def visible(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(toggled,) whether each node is seen, for the channels' values; NaN is no value."""
        value = values[self._channels]
        agrees = np.isnan(value) | ((value >= self._low) & (value <= self._high))
        every = np.append(agrees, np.ones(1, dtype=np.bool_))
        of_group: NDArray[np.bool_] = np.logical_and.reduce(every[self._binding_of_group], axis=1)
        return of_group[self._group] & self._by_author


def _walk_up(
    twin: Twin, node: NodeId, own: Mapping[NodeId, list[int]], ways: dict[NodeId, tuple[int, ...]], seen: dict[NodeId, bool]
) -> None:
    """Note for a node and what is above it the bindings that must agree, and whether the author shows it."""
    chain: list[NodeId] = []
    while node not in ways:
        chain.append(node)
        node = twin.nodes[node].parent
    for one in reversed(chain):
        ways[one] = (*ways[node], *own.get(one, ()))
        seen[one] = seen[node] and twin.nodes[one].visible
        node = one
