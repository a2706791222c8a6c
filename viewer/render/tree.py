"""Where every node stands in the world, worked out level by level for the whole tree at once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT, NodeId
from viewer.twin.model import Twin

_IDENTITY = np.eye(4)


class WorldPoses:
    """World poses and inherited visibility of all nodes of a twin."""

    def __init__(self, twin: Twin) -> None:
        self._world: dict[NodeId, NDArray[np.float64]] = {}
        self._shown: dict[NodeId, bool] = {}
        level = [node for node in twin.children_of(ROOT) if node in twin.nodes]
        self._fill(twin, level)

    def world_from_node(self, node: NodeId) -> NDArray[np.float64]:
        """(4, 4), read only. Raises KeyError for an unknown node."""
        return self._world[node]

    def shown(self, node: NodeId) -> bool:
        """Whether the scene's author shows the node and all above it."""
        return self._shown[node]

    def refresh(self, twin: Twin, changed: Iterable[NodeId]) -> list[NodeId]:
        """Work out anew what stands at and below the changed nodes; returns those nodes, each once."""
        wanted = [node for node in changed if node in twin.nodes]
        chosen = set(wanted)
        tops = [node for node in wanted if chosen.isdisjoint(twin.ancestors(node))]
        return self._fill(twin, tops)

    def forget(self, nodes: Iterable[NodeId]) -> None:
        """Drop nodes that are gone."""
        for node in nodes:
            self._world.pop(node, None)
            self._shown.pop(node, None)

    def _fill(self, twin: Twin, level: list[NodeId]) -> list[NodeId]:
        """Fill from these nodes down; what is above them is known already."""
        done: list[NodeId] = []
        while level:
            records = [twin.nodes[node] for node in level]
            local = np.zeros((len(level), 4, 4))
            rows = chain.from_iterable(record.parent_from_node.rows for record in records)
            local[:, :3] = np.fromiter(rows, dtype=np.float64, count=12 * len(level)).reshape(-1, 3, 4)
            local[:, 3, 3] = 1.0
            if all(record.parent == ROOT for record in records):
                world = local
            else:
                world = np.array([_IDENTITY if r.parent == ROOT else self._world[r.parent] for r in records]) @ local
            world.setflags(write=False)
            for node, record, matrix in zip(level, records, world, strict=True):
                self._world[node] = matrix
                self._shown[node] = record.visible and (record.parent == ROOT or self._shown[record.parent])
            done.extend(level)
            level = [child for node in level for child in twin.children_of(node)]
        return done
