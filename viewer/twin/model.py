"""The Twin: one immutable snapshot of all that is known. Changing it makes another that shares what did not change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack

from immutables import Map

from viewer.base.ids import (
    ROOT,
    ChannelId,
    CharacteristicId,
    FlowId,
    NodeId,
    PartId,
    PathId,
    StationId,
)
from viewer.twin.channels import Binding, Channel, Path
from viewer.twin.joints import Joint
from viewer.twin.parts import Node, Part
from viewer.twin.process import Characteristic, Flow, Station, View


class TwinFields(TypedDict, total=False):
    """Some of a twin's fields, as `Twin.with_` takes them; a test holds it to the twin's own."""

    name: str
    currency: str
    parts: Map[PartId, Part]
    nodes: Map[NodeId, Node]
    children: Map[NodeId, tuple[NodeId, ...]]
    channels: Map[ChannelId, Channel]
    bindings: tuple[Binding, ...]
    paths: Map[PathId, Path]
    characteristics: Map[CharacteristicId, Characteristic]
    stations: Map[StationId, Station]
    flows: Map[FlowId, Flow]
    views: tuple[View, ...]
    joints: Map[NodeId, Joint]


@dataclass(frozen=True, slots=True, eq=False)
class Twin:
    """Everything about plant, product and process at one moment. Any thread may read it."""

    name: str = ""
    currency: str = "EUR"
    parts: Map[PartId, Part] = field(default_factory=Map)
    nodes: Map[NodeId, Node] = field(default_factory=Map)
    children: Map[NodeId, tuple[NodeId, ...]] = field(default_factory=Map)
    """Child ids of each node that has any, in order; ROOT holds the top level."""
    channels: Map[ChannelId, Channel] = field(default_factory=Map)
    bindings: tuple[Binding, ...] = ()
    paths: Map[PathId, Path] = field(default_factory=Map)
    characteristics: Map[CharacteristicId, Characteristic] = field(default_factory=Map)
    stations: Map[StationId, Station] = field(default_factory=Map)
    flows: Map[FlowId, Flow] = field(default_factory=Map)
    views: tuple[View, ...] = ()
    joints: Map[NodeId, Joint] = field(default_factory=Map)
    """The joints of mechanisms, by the node that each moves."""

    def with_(self, **changes: Unpack[TwinFields]) -> Twin:
        """A twin with some fields replaced."""
        return replace(self, **changes)

    def children_of(self, node: NodeId) -> tuple[NodeId, ...]:
        """Direct children, in order; empty for leaves and unknown ids."""
        return self.children.get(node, ())

    def descendants(self, node: NodeId) -> Iterator[NodeId]:
        """The node itself (unless ROOT) and everything below, parents before children."""
        stack = [node]
        while stack:
            one = stack.pop()
            if one != ROOT:
                yield one
            stack.extend(reversed(self.children.get(one, ())))

    def ancestors(self, node: NodeId) -> Iterator[NodeId]:
        """Parent, grandparent … up to the top level; ROOT is not given."""
        parent = self.nodes[node].parent
        while parent != ROOT:
            yield parent
            parent = self.nodes[parent].parent

    def channels_of(self, nodes: Iterable[NodeId]) -> list[Channel]:
        """The channels that tell about any of these nodes, sorted by id."""
        wanted = set(nodes)
        return sorted((c for c in self.channels.values() if c.node in wanted), key=lambda c: c.id)
