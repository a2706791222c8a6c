"""Finding nodes by what somebody types: name, id, kind or property."""

from __future__ import annotations

from viewer.base.ids import ROOT, NodeId
from viewer.twin.model import Twin


class SceneFilter:
    """Answers which nodes match a text. The texts are joined once per twin, at the first question."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._haystacks: list[tuple[NodeId, str]] | None = None

    def matches(self, wanted: str) -> list[NodeId]:
        """Ids of the nodes that hold every word of `wanted` in their name, id, kind or properties, in the tree's order of ids."""
        words = wanted.lower().split()
        if self._haystacks is None:
            stations = {s.node: s.name for s in self._twin.stations.values()}
            self._haystacks = [(node, _haystack(self._twin, node, stations)) for node in self._twin.nodes]
        if not words:
            return [node for node, _ in self._haystacks]
        return [node for node, text in self._haystacks if all(word in text for word in words)]

    def shown(self, matches: list[NodeId]) -> dict[NodeId, tuple[NodeId, ...]]:
        """The tree's children with only the matches and what is above them."""
        keep: set[NodeId] = set(matches)
        for node in matches:
            parent = self._twin.nodes[node].parent
            while parent != ROOT and parent not in keep:
                keep.add(parent)
                parent = self._twin.nodes[parent].parent
        parents = {self._twin.nodes[node].parent for node in keep}
        return {parent: tuple(child for child in self._twin.children[parent] if child in keep) for parent in parents}


def _haystack(twin: Twin, node_id: NodeId, stations: dict[NodeId, str]) -> str:
    node = twin.nodes[node_id]
    station = stations.get(node_id, "")
    return "\n".join((node.name, node_id, node.kind, station, *(f"{k}={v}" for k, v in node.properties.items()))).lower()
