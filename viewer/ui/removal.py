"""Deleting nodes in one step: what names them goes first, so that one undo brings all of it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from viewer.base.ids import NodeId
from viewer.twin.edits import Edit, Edits
from viewer.twin.edits_nodes import RemoveNodes
from viewer.twin.edits_process import RemoveChannel, RemoveFlow, RemoveStation, SetStation, UnbindChannel
from viewer.twin.model import Twin


def removal_of(twin: Twin, nodes: Iterable[NodeId]) -> Edits:
    """The edit that removes nodes with all below them, their bindings, channels and stations, and those stations' flows.

    Characteristics stay, so applying it raises UserMistake where one names such a node or channel.
    """
    wanted = dict.fromkeys(nodes)
    tops = tuple(n for n in wanted if not any(a in wanted for a in twin.ancestors(n)))
    gone = {d for top in tops for d in twin.descendants(top)}
    channels = [c.id for c in twin.channels.values() if c.node in gone]
    stations = [s.id for s in twin.stations.values() if s.node in gone]
    touched = set(channels)
    edits: list[Edit] = [UnbindChannel(b) for b in twin.bindings if b.node in gone or b.channel in touched]
    edits += [RemoveFlow(f.id) for f in twin.flows.values() if f.source in stations or f.target in stations]
    edits += [RemoveStation(s) for s in stations]
    edits += [
        SetStation(replace(s, channels=tuple(c for c in s.channels if c not in touched)))
        for s in twin.stations.values()
        if s.id not in stations and touched & set(s.channels)
    ]
    edits += [RemoveChannel(c) for c in channels]
    name = f"Delete {tops[0]}" if len(tops) == 1 else f"Delete {len(tops)} nodes"
    return Edits((*edits, RemoveNodes(tops)), name)
