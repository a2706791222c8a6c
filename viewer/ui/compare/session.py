"""One comparison: the other revision, what differs, and how that is drawn in each way of looking at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.base.units import grouped
from viewer.measure.revisions import STATES, Difference, State
from viewer.twin.attributes import Colouring
from viewer.twin.channels import Condition, StateLabel
from viewer.twin.kinematics import bounds_in_world, instances, world_from_nodes
from viewer.twin.model import Twin
from viewer.twin.overlays import Legend
from viewer.twin.parts import Mesh, Rgb

Looking = Literal["both", "open", "file"]
COLOURS: dict[State, Rgb] = {
    "added": (0, 158, 115), "removed": (213, 94, 0), "changed": (240, 200, 40), "moved": (86, 180, 233), "same": (148, 150, 154),
}  # fmt: skip
"""Okabe and Ito's colours, which colour-blind people can tell apart; each has a sign too."""
SIGNS: dict[State, str] = {"added": "+", "removed": "−", "changed": "≠", "moved": "↔", "same": "="}


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What came of comparing a file with the open scene."""

    path: Path
    other: Twin
    """What the file holds."""
    differences: tuple[Difference, ...]
    file_is_older: bool = True

    @property
    def title(self) -> str:
        """What the file is called; a scene by its folder."""
        return self.path.parent.name if self.path.name == "scene.toml" else self.path.name

    def in_open(self, one: Difference) -> NodeId | None:
        """The node of a difference in the open scene."""
        return one.new if self.file_is_older else one.old

    def in_file(self, one: Difference) -> NodeId | None:
        """The node of a difference in the file."""
        return one.old if self.file_is_older else one.new

    @property
    def counts(self) -> dict[State, int]:
        """How many there are of each."""
        found: dict[State, int] = dict.fromkeys(STATES, 0)
        for one in self.differences:
            found[one.state] += 1
        return found

    def colouring(self, twin: Twin) -> Colouring:
        """Colours of the open scene's parts; what only the file has is in the legend too."""
        state_of = {node: one.state for one in self.differences if (node := self.in_open(one)) is not None}
        nodes = tuple(instances(twin))
        palette = np.array([COLOURS[state] for state in STATES], dtype=np.uint8)
        code = {state: row for row, state in enumerate(STATES)}
        rows = np.array([code[state_of.get(node, "same")] for node in nodes], dtype=np.intp)
        labels = tuple(
            StateLabel(row, f"{SIGNS[state]} {state} ({grouped(self.counts[state])})", COLOURS[state])
            for row, state in enumerate(STATES)
        )
        condition = np.full(len(nodes), Condition.NORMAL, dtype=np.uint8)
        return Colouring(nodes, palette[rows].reshape(-1, 3), condition, (Legend(f"Against {self.title}", "", states=labels),))

    def hidden(self, looking: Looking, *, only_differences: bool) -> set[NodeId]:
        """Nodes of the open scene that a way of looking leaves out."""
        found: set[NodeId] = set()
        for one in self.differences:
            node = self.in_open(one)
            if node is not None and ((looking == "file" and one.state != "same") or (only_differences and one.state == "same")):
                found.add(node)
        return found

    def ghosts(self, looking: Looking) -> list[tuple[Mesh, NDArray[np.float64], Rgb]]:
        """Parts of the file that a way of looking shows: what is gone, and where the moved and changed ones were."""
        if looking == "open":
            return []
        wanted = [one for one in self.differences if one.state != "same" and self.in_file(one) is not None]
        nodes = [node for one in wanted if (node := self.in_file(one)) is not None]
        found: list[tuple[Mesh, NDArray[np.float64], Rgb]] = []
        for one, node, world in zip(wanted, nodes, world_from_nodes(self.other, nodes), strict=True):
            part_id = self.other.nodes[node].part
            part = None if part_id is None else self.other.parts.get(part_id)
            if part is not None:
                found.append((part.mesh, world, COLOURS[one.state]))
        return found

    def arrows(self, twin: Twin) -> NDArray[np.float64]:
        """(n, 2, 3) from where what moved was to where it is; one for a group that moved as a whole; the longest 400."""
        pairs = {node: self.in_file(one) for one in self.differences if one.state == "moved" and (node := self.in_open(one))}
        groups: dict[NodeId, list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {}
        for node, top in _tops(twin, set(pairs)).items():
            here, there = self._centre(twin, node), self._centre(self.other, pairs[node])
            if here is not None and there is not None:
                groups.setdefault(top, []).append((there, here) if self.file_is_older else (here, there))
        ways = np.array([np.mean(ends, axis=0) for ends in groups.values()], dtype=np.float64).reshape(-1, 2, 3)
        return ways[np.argsort(-np.linalg.norm(ways[:, 1] - ways[:, 0], axis=1), kind="stable")[:400]]

    def box(self, twin: Twin, ones: Iterable[Difference]) -> NDArray[np.float64] | None:
        """(2, 3) box around both places of some differences; None where none is left."""
        boxes: list[NDArray[np.float64]] = []
        for one in ones:
            for side, node in ((twin, self.in_open(one)), (self.other, self.in_file(one))):
                if node is not None and node in side.nodes:
                    boxes.append(bounds_in_world(side, [node]))
        if not boxes:
            return None
        return np.stack([np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)])

    @staticmethod
    def _centre(twin: Twin, node: NodeId | None) -> NDArray[np.float64] | None:
        return None if node is None or node not in twin.nodes else bounds_in_world(twin, [node]).mean(axis=0)


def _tops(twin: Twin, moved: set[NodeId]) -> dict[NodeId, NodeId]:
    """For each moved node the highest one above it below which everything moved; itself where there is none."""
    every, gone = Counter[NodeId](), Counter[NodeId]()
    for node in instances(twin):
        above = (node, *twin.ancestors(node))
        every.update(above)
        if node in moved:
            gone.update(above)
    known = [node for node in moved if node in twin.nodes]
    whole = {node: [one for one in twin.ancestors(node) if every[one] == gone[one]] for node in known}
    return {node: tops[-1] if tops else node for node, tops in whole.items()}
