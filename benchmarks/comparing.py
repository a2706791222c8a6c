"""Compares two revisions of 20,000 parts of 300 shapes: `python -m benchmarks.comparing`; prints CPU seconds as JSON."""

from __future__ import annotations

import json
import time

import numpy as np
from immutables import Map

from tests.measure.shapes_for_tests import cylinder
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.measure.revisions import compare
from viewer.twin.model import Twin
from viewer.twin.parts import Node, Part

PARTS, SHAPES, SIDES = 20_000, 300, 24
MOVED, REMOVED, CHANGED = range(1000), range(1000, 1100), range(1100, 1300)
"""Which parts are 0.5 m elsewhere, gone, and of another shape in the newer revision."""


def revision(*, newer: bool) -> Twin:
    """All parts at the top level; the newer one in the opposite order too."""
    random = np.random.default_rng(1)
    sizes_m: list[tuple[float, float]] = [(float(r), float(h)) for r, h in random.uniform(0.02, 0.3, (SHAPES, 2))]
    parts = {PartId(f"p{i}"): Part(PartId(f"p{i}"), f"shape {i}", cylinder(r, h, SIDES)) for i, (r, h) in enumerate(sizes_m)}
    place = np.eye(4)
    nodes: dict[NodeId, Node] = {}
    for i, at_m in enumerate(random.uniform(0.0, 200.0, (PARTS, 3))):
        if newer and i in REMOVED:
            continue
        place[:3, 3] = at_m + 0.5 * (newer and i in MOVED)
        part = PartId(f"p{(i + 7 * (newer and i in CHANGED)) % SHAPES}")
        nodes[NodeId(f"n{i}")] = Node(NodeId(f"n{i}"), f"node {i}", ROOT, Pose.from_matrix(place), part)
    order = tuple(reversed(nodes)) if newer else tuple(nodes)
    return Twin(parts=Map(parts), nodes=Map(nodes), children=Map({ROOT: order}))


def cpu_s(old: Twin, new: Twin, differences: int) -> float:
    """The best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        found = compare(old, new)
        best = min(best, time.process_time() - start)
        assert sum(one.state != "same" for one in found) == differences
    return best


def main() -> None:
    old = revision(newer=False)
    same = cpu_s(old, revision(newer=False), 0)
    changed = cpu_s(old, revision(newer=True), len(MOVED) + len(REMOVED) + len(CHANGED))
    print(json.dumps({"same_s": round(same, 2), "changed_s": round(changed, 2)}))


if __name__ == "__main__":
    main()
