"""Exploding: how far each part is shifted from its place, assemblies first and their contents after them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT, NodeId
from viewer.render.slots import SlotTable
from viewer.twin.model import Twin
from viewer.twin.view_state import Explode

Floats = NDArray[np.float64]
REACH = 1.4
"""A unit goes away from the middle of what it belongs to by its distance from there, this many times."""
DEEPEST = 6
"""Levels that can move by themselves."""


class ExplodePlan:
    """The way of each slot at each level, worked out once; a frame is then one product. Main thread.

    Level 1 are the children of the scene (or of the one node chosen, or the several chosen nodes); groups of one thing
    count with it.
    """

    def __init__(self, twin: Twin, table: SlotTable, about: Sequence[NodeId] = ()) -> None:
        tops = _tops(twin, table, [node for node in about if node in twin.nodes])
        chains = {slot: chain for top in tops for slot, chain in _chains(twin, table, top)}
        self.slots = np.array(sorted(chains), dtype=np.int64)
        self.levels = min(max((len(chain) for chain in chains.values()), default=0), DEEPEST)
        self._ways = np.zeros((self.levels, len(self.slots), 3))
        low, high = table.box_centre - table.box_half - table.shift_m, table.box_centre + table.box_half - table.shift_m
        parent = _middles(np.zeros(len(self.slots), dtype=np.int64), low[self.slots], high[self.slots])
        for level in range(self.levels):
            names: dict[NodeId, int] = {}
            unit = [chains[slot][min(level, len(chains[slot]) - 1)] for slot in self.slots.tolist()]
            group = np.array([names.setdefault(one, len(names)) for one in unit], dtype=np.int64)
            own = _middles(group, low[self.slots], high[self.slots])
            self._ways[level] = own - parent
            parent = own

    def shifts_m(self, explode: Explode) -> Floats:
        """(slots, 3) for a share of the whole way: the first level goes first, each of the others follows it."""
        levels = min(explode.level, self.levels)
        shift = np.zeros((len(self.slots), 3))
        for level in range(levels):
            # Levels overlap by half, so that the movement never stops in between.
            begin, lasting = 0.5 * level, 1.0
            share = np.clip((explode.share * (0.5 * (levels - 1) + 1.0) - begin) / lasting, 0.0, 1.0)
            shift += REACH * share * self._ways[level]
        return shift


def _tops(twin: Twin, table: SlotTable, about: list[NodeId]) -> list[NodeId]:
    """The nodes of level 1: the chosen ones, or the children of the one chosen, or of the scene."""
    if len(about) > 1:
        chosen = set(about)
        return [node for node in about if chosen.isdisjoint(twin.ancestors(node))]
    at = about[0] if about else ROOT
    while True:
        below = [node for node in twin.children_of(at) if any(one in table.slot_of for one in twin.descendants(node))]
        if len(below) != 1:
            return below or ([at] if at != ROOT else [])
        at = below[0]


def _chains(twin: Twin, table: SlotTable, top: NodeId) -> list[tuple[int, tuple[NodeId, ...]]]:
    """Slots at and below a node, each with the nodes from there down to it, groups with one child left out."""
    found: list[tuple[int, tuple[NodeId, ...]]] = []
    stack: list[tuple[NodeId, tuple[NodeId, ...]]] = [(top, (top,))]
    while stack:
        node, chain = stack.pop()
        slot = table.slot_of.get(node)
        if slot is not None:
            found.append((slot, chain))
        children = twin.children_of(node)
        alone = len(children) == 1 and slot is None
        stack.extend((child, chain if alone else (*chain, child)) for child in children)
    return found


def _middles(group: NDArray[np.int64], low: Floats, high: Floats) -> Floats:
    """(n, 3) middle of the box around all rows of each row's group."""
    count = int(group.max(initial=-1)) + 1
    least, most = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(least, group, low)
    np.maximum.at(most, group, high)
    return ((least + most) / 2.0)[group]
