"""Colours of coloured nodes for the values of one frame, by colour map or by states, and the legends that explain them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT, ChannelId, NodeId
from viewer.base.units import pretty_unit
from viewer.twin.channels import Binding, Channel, Condition
from viewer.twin.colour_maps import NEUTRAL, colour_map, steps
from viewer.twin.model import Twin
from viewer.twin.overlays import Legend


@dataclass(frozen=True, slots=True)
class _Range:
    """What one colour binding paints with."""

    channel: Channel
    colour_map: str
    low: float
    high: float


class ColourTable:
    """Bindings of kind colour as arrays. Immutable; any thread. Raises UserMistake for an unknown colour map."""

    def __init__(self, twin: Twin, bindings: Sequence[Binding], row_of_channel: Mapping[ChannelId, int]) -> None:
        ranges = [_range(twin.channels[b.channel], b) for b in bindings]
        self.legends = _legends(ranges)
        self._channels = np.array([row_of_channel[b.channel] for b in bindings], dtype=np.intp)
        by_map = np.array([not r.channel.states for r in ranges], dtype=np.bool_)
        self._mapped, self._stated = np.flatnonzero(by_map), np.flatnonzero(~by_map)
        maps = sorted({ranges[i].colour_map for i in self._mapped})
        self._maps = np.array([colour_map(name) for name in maps], dtype=np.uint8).reshape(-1, 256, 3)
        self._map = np.array([maps.index(ranges[i].colour_map) for i in self._mapped], dtype=np.intp)
        self._low = np.array([ranges[i].low for i in self._mapped])
        self._high = np.array([ranges[i].high for i in self._mapped])
        most = max((len(ranges[i].channel.states) for i in self._stated), default=0)
        self._state_values = np.full((len(self._stated), most), np.nan)
        self._state_colours = np.full((len(self._stated), most, 3), NEUTRAL, dtype=np.uint8)
        for row, i in enumerate(self._stated):
            states = ranges[i].channel.states
            self._state_values[row, : len(states)] = [s.value for s in states]
            self._state_colours[row, : len(states)] = [s.colour for s in states]

    def colours(self, values: NDArray[np.float64], condition: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(bindings, 3) colours and (bindings,) conditions for the channels' values and conditions.

        A stale or bad value keeps its colour; one that is missing or NaN gives NEUTRAL and MISSING.
        """
        value = values[self._channels]
        own = np.where(np.isnan(value), np.uint8(Condition.MISSING), condition[self._channels]).astype(np.uint8)
        rgb = np.empty((len(value), 3), dtype=np.uint8)
        rgb[self._mapped] = self._maps[self._map, steps(value[self._mapped], self._low, self._high)] if len(self._mapped) else 0
        if len(self._stated):
            match = self._state_values == np.rint(value[self._stated])[:, None]
            found = self._state_colours[np.arange(len(match)), match.argmax(axis=1)]
            rgb[self._stated] = np.where(match.any(axis=1)[:, None], found, np.array(NEUTRAL, dtype=np.uint8))
        rgb[own == Condition.MISSING] = NEUTRAL
        return rgb, own


def nearest(twin: Twin, node: NodeId, rows: Mapping[NodeId, int]) -> int:
    """The row of the nearest of some nodes at or above a node. Raises KeyError where none is."""
    while node not in rows:
        if node == ROOT:
            raise KeyError(node)
        node = twin.nodes[node].parent
    return rows[node]


def bindings_by_choice(twin: Twin, pattern: str) -> list[Binding]:
    """Colour bindings for every channel with a node whose id, name or unit matches a glob (names and units in either case).

    Channels of one unit share one range, so that their colours can be compared; the first by id wins a node.
    """
    wanted = pattern.lower()
    chosen: dict[NodeId, Channel] = {}
    for channel in sorted(twin.channels.values(), key=lambda c: c.id):
        texts = (channel.id.lower(), channel.name.lower(), channel.unit.lower(), pretty_unit(channel.unit).lower())
        if channel.node in twin.nodes and any(fnmatchcase(text, wanted) for text in texts) and channel.node is not None:
            chosen.setdefault(channel.node, channel)
    bindings = [Binding("colour", channel.id, node) for node, channel in chosen.items()]
    return [_widened(binding, twin, bindings) for binding in bindings]


def _widened(binding: Binding, twin: Twin, others: Sequence[Binding]) -> Binding:
    own = twin.channels[binding.channel]
    if own.states:
        return binding
    same = [c for other in others if (c := twin.channels[other.channel]).unit == own.unit and not c.states]
    ranges = [_range(c, replace(binding, channel=c.id)) for c in same]
    return replace(binding, low=min(r.low for r in ranges), high=max(r.high for r in ranges))


def _range(channel: Channel, binding: Binding) -> _Range:
    limits = channel.limits
    low = _first(binding.low, channel.low, limits.lolo, limits.lo, 0.0)
    high = _first(binding.high, channel.high, limits.hihi, limits.hi, low + 1.0)
    return _Range(channel, binding.colour_map, low, high if high != low else low + 1.0)


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def _legends(ranges: Sequence[_Range]) -> tuple[Legend, ...]:
    """One legend for each way of colouring, in the order of the bindings."""
    groups: dict[tuple[object, ...], list[_Range]] = {}
    for one in ranges:
        states = one.channel.states
        key = (states,) if states else (one.colour_map, one.low, one.high, one.channel.unit)
        groups.setdefault(key, []).append(one)
    return tuple(_legend(group) for group in groups.values())


def _legend(group: Sequence[_Range]) -> Legend:
    first = group[0]
    title = _common_name([one.channel.name for one in group])
    if first.channel.states:
        return Legend(title or "State", "", states=first.channel.states)
    return Legend(title or "Value", pretty_unit(first.channel.unit), first.colour_map, first.low, first.high)


def _common_name(names: Sequence[str]) -> str:
    """The words that all names end or begin with, as in «Torque» for «R1 torque» and «R2 torque»."""
    words = [name.split() for name in dict.fromkeys(names)]
    if len(words) == 1:
        return names[0]
    tail = _common_head([w[::-1] for w in words])
    common = " ".join(tail[::-1] or _common_head(words))
    return common[:1].upper() + common[1:]


def _common_head(rows: Sequence[list[str]]) -> list[str]:
    """What all rows begin with."""
    same = takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False))
    return [column[0] for column in same]
