"""Two revisions side by side: which parts were added, removed, moved or changed, found by shape, place and name.

Pairs are looked for in this order, each node once: the same mesh at the same place; the same path of names (nearest first among
equals); a shape that is alike and shares its name or what it hangs below; boxes that fill the same space. What a pair is then
told by measuring: how far the pose differs, and how far samples of one surface lie from the other, both ways.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT, NodeId
from viewer.base.job import Job, SilentJob
from viewer.measure.alignment import Alignment, Shapes
from viewer.measure.signature import Signature
from viewer.twin.kinematics import instances, world_from_nodes
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh

State = Literal["added", "removed", "moved", "changed", "same"]
STATES: tuple[State, ...] = ("added", "removed", "changed", "moved", "same")
_MIRRORED: dict[State, State] = {"added": "removed", "removed": "added"}
_OVERLAP = 0.5
"""Of the boxes' common space: two parts without common name are the same place's part from here on."""
_MOST_CROSSED = 400
"""Nodes of one name that are paired by the best total distance; more are paired nearest first."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What counts as no difference."""

    length_m: float = 1e-4
    angle_rad: float = math.radians(0.05)


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one part."""

    state: State
    old: NodeId | None
    new: NodeId | None
    name: str
    path: str = ""
    moved_m: float = 0.0
    """How far the middle of its surface moved."""
    turned_rad: float = 0.0
    deviation_m: float = 0.0
    """Greatest distance sampled between the two surfaces, one laid on the other."""
    volume_change_m3: float = 0.0
    size_change_m: float = 0.0
    """Of the box's diagonal."""
    was_named: str = ""
    """Its old name where that was another."""

    def mirrored(self) -> Difference:
        """The same seen from the other revision."""
        return replace(
            self,
            state=_MIRRORED.get(self.state, self.state),
            old=self.new,
            new=self.old,
            name=self.was_named or self.name,
            was_named=self.name if self.was_named else "",
            volume_change_m3=-self.volume_change_m3,
            size_change_m=-self.size_change_m,
        )


class _Side:
    """One revision's nodes with a mesh, in arrays."""

    def __init__(self, twin: Twin, shapes: Shapes, job: Job, share: tuple[float, float]) -> None:
        self.twin = twin
        nodes = twin.nodes
        shown: list[NodeId] = []
        self.mesh: list[Mesh] = []
        for node in instances(twin):
            part_id = nodes[node].part
            part = None if part_id is None else twin.parts.get(part_id)
            if part is not None and len(part.mesh.triangles):
                shown.append(node)
                self.mesh.append(part.mesh)
        self.nodes = shown
        self.world = world_from_nodes(twin, shown)
        self._unstretch(shapes)
        self.path = _paths(twin, shown)
        self.name = [nodes[node].name or node for node in shown]
        self.signature: list[Signature] = []
        for row, mesh in enumerate(self.mesh):
            if row % 500 == 0:
                job.progress(share[0] + (share[1] - share[0]) * row / max(len(self.mesh), 1), "looking at shapes")
            self.signature.append(shapes.signature(mesh))
        centres = np.array([one.centre for one in self.signature]).reshape(-1, 3)
        self.centre = np.einsum("nij,nj->ni", self.world[:, :3, :3], centres) + self.world[:, :3, 3]
        self.boxes = _boxes(self.signature, self.world)
        self.kind = np.array([shapes.kind(mesh) for mesh in self.mesh], dtype=np.int64)

    def _unstretch(self, shapes: Shapes) -> None:
        """Put what poses stretch or mirror into the meshes, so that every pose left is a rigid one (polar decomposition)."""
        turn = self.world[:, :3, :3]
        odd = np.abs(np.einsum("nji,njk->nik", turn, turn) - np.eye(3)).max(axis=(1, 2), initial=0.0) > 1e-9
        odd |= np.linalg.det(turn) < 0.0
        for row in np.flatnonzero(odd).tolist():
            u, sizes, vt = np.linalg.svd(turn[row])
            rigid, stretch = u @ vt, (vt.T * sizes) @ vt
            if np.linalg.det(rigid) < 0.0:
                rigid, stretch = -rigid, -stretch
            self.mesh[row] = shapes.stretched(self.mesh[row], stretch)
            self.world[row, :3, :3] = rigid


def compare(old: Twin, new: Twin, tolerance: Tolerance | None = None, *, job: Job | None = None) -> tuple[Difference, ...]:
    """What became of each part with a mesh between two revisions, by state and path. Any thread; raises Cancelled."""
    job, within = job or SilentJob(), tolerance or Tolerance()
    shapes = Shapes()
    a, b = _Side(old, shapes, job, (0.0, 0.2)), _Side(new, shapes, job, (0.2, 0.4))
    job.progress(0.45, "matching")
    pairs = _pairs(a, b, shapes, within)
    found: list[Difference] = []
    align = Alignment(shapes, within.length_m, within.angle_rad)
    still = _still(a, b, pairs, within)
    for number, (i, j) in enumerate(pairs):
        if still[number]:
            renamed = a.name[i] if a.name[i] != b.name[j] else ""
            found.append(Difference("same", a.nodes[i], b.nodes[j], b.name[j], _written(b.path[j]), was_named=renamed))
            continue
        if number % 50 == 0:
            job.progress(0.5 + 0.5 * number / max(len(pairs), 1), "measuring differences")
        found.append(_told(a, b, i, j, align, within))
    left, right = {i for i, _ in pairs}, {j for _, j in pairs}
    found += [
        Difference("removed", a.nodes[i], None, a.name[i], _written(a.path[i])) for i in range(len(a.nodes)) if i not in left
    ]
    found += [
        Difference("added", None, b.nodes[j], b.name[j], _written(b.path[j])) for j in range(len(b.nodes)) if j not in right
    ]
    order = {state: row for row, state in enumerate(STATES)}
    return tuple(sorted(found, key=lambda one: (order[one.state], one.path, one.new or "", one.old or "")))


def _still(a: _Side, b: _Side, pairs: Sequence[tuple[int, int]], within: Tolerance) -> NDArray[np.bool_]:
    """(pairs,) which are the same mesh in the same pose: told at once, since they are nearly all."""
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    turn = np.abs(a.world[rows][:, :3, :3] - b.world[columns][:, :3, :3]).max(axis=(1, 2), initial=0.0)
    apart = np.linalg.norm(a.centre[rows] - b.centre[columns], axis=1)
    return (a.kind[rows] == b.kind[columns]) & (apart <= within.length_m) & (turn <= within.angle_rad / 2.0)


def _told(a: _Side, b: _Side, i: int, j: int, align: Alignment, within: Tolerance) -> Difference:
    """What a pair is."""
    old, new = a.signature[i], b.signature[j]
    base = Difference(
        "same", a.nodes[i], b.nodes[j], b.name[j], _written(b.path[j]),
        size_change_m=new.size_m - old.size_m, volume_change_m3=new.volume_m3 - old.volume_m3,
        was_named=a.name[i] if a.name[i] != b.name[j] else "",
    )  # fmt: skip
    # Looked at the same way from either side, so that comparing back mirrors comparing forth.
    motion = align.motion((a.mesh[i], a.world[i]), (b.mesh[j], b.world[j]))
    moved = float(np.linalg.norm(b.centre[j] - a.centre[i]))
    if motion is None:
        return replace(
            base, state="changed", moved_m=moved, deviation_m=align.deviation(a.mesh[i], a.world[i], b.mesh[j], b.world[j])
        )
    base = replace(base, size_change_m=0.0, volume_change_m3=0.0, deviation_m=motion.deviation_m)
    if motion.moved_m <= within.length_m and motion.turned_rad <= within.angle_rad:
        return base
    return replace(base, state="moved", moved_m=motion.moved_m, turned_rad=motion.turned_rad)


# -- pairing


def _pairs(a: _Side, b: _Side, shapes: Shapes, within: Tolerance) -> list[tuple[int, int]]:
    """Which node is which: pairs of rows, each row once."""
    free_a, free_b = set(range(len(a.nodes))), set(range(len(b.nodes)))
    pairs: list[tuple[int, int]] = []

    def take(found: Iterable[tuple[int, int]]) -> None:
        for i, j in found:
            if i in free_a and j in free_b:
                free_a.discard(i)
                free_b.discard(j)
                pairs.append((i, j))

    take(_same_place(a, b, within))
    for key in (_by_id, _by_path, _by_name_and_kind, _by_kind_below):
        take(_grouped(a, b, free_a, free_b, key))
    take(_alike(a, b, free_a, free_b, shapes))
    take(_overlapping(a, b, free_a, free_b))
    return sorted(pairs)


def _same_place(a: _Side, b: _Side, within: Tolerance) -> list[tuple[int, int]]:
    """The same mesh in the same pose, those of the same path first."""
    if not a.nodes or not b.nodes:
        return []
    from scipy.spatial import KDTree

    near = KDTree(a.centre).sparse_distance_matrix(KDTree(b.centre), max(within.length_m, 1e-9), output_type="coo_matrix")
    rows, columns = near.row, near.col
    same = a.kind[rows] == b.kind[columns]
    rows, columns = rows[same], columns[same]
    turn = np.abs(a.world[rows][:, :3, :3] - b.world[columns][:, :3, :3]).max(axis=(1, 2))
    good = turn <= max(within.angle_rad, 1e-6)
    found = list(zip(rows[good].tolist(), columns[good].tolist(), strict=True))
    return sorted(found, key=lambda one: (a.path[one[0]] != b.path[one[1]], a.nodes[one[0]] != b.nodes[one[1]], one))


Key = Callable[[_Side, int], object]


def _by_id(side: _Side, row: int) -> object:
    return (side.nodes[row], int(side.kind[row]))


def _by_path(side: _Side, row: int) -> object:
    return side.path[row]


def _by_name_and_kind(side: _Side, row: int) -> object:
    return (side.name[row], int(side.kind[row]))


def _by_kind_below(side: _Side, row: int) -> object:
    return (side.path[row][:-1], int(side.kind[row]))


def _grouped(a: _Side, b: _Side, free_a: set[int], free_b: set[int], key: Key) -> list[tuple[int, int]]:
    """Pairs within groups of one key, nearest to one another."""
    groups: dict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i in sorted(free_a):
        groups[key(a, i)][0].append(i)
    for j in sorted(free_b):
        groups[key(b, j)][1].append(j)
    found: list[tuple[int, int]] = []
    for left, right in groups.values():
        if left and right:
            found += _nearest(a, b, left, right)
    return found


def _nearest(a: _Side, b: _Side, left: Sequence[int], right: Sequence[int]) -> list[tuple[int, int]]:
    """One to one, the same mesh before another, and nearest."""
    if len(left) == 1 and len(right) == 1:
        return [(left[0], right[0])]
    rows, columns = np.array(left), np.array(right)
    if len(left) * len(right) > _MOST_CROSSED**2:
        return _greedy(a.centre[rows], b.centre[columns], rows, columns)
    from scipy.optimize import linear_sum_assignment

    apart = np.linalg.norm(a.centre[rows][:, None] - b.centre[columns][None], axis=2)
    other = a.kind[rows][:, None] != b.kind[columns][None]
    cost = apart + other * (apart.max() + 1e-6) * 2.0
    return [(int(rows[i]), int(columns[j])) for i, j in zip(*linear_sum_assignment(cost), strict=True)]


def _greedy(
    one: NDArray[np.float64], other: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Mutually nearest ones of large groups, again and again."""
    from scipy.spatial import KDTree

    found: list[tuple[int, int]] = []
    left, right = np.arange(len(rows)), np.arange(len(columns))
    while len(left) and len(right):
        there = np.asarray(KDTree(other[right]).query(one[left])[1], dtype=np.int64)
        back = np.asarray(KDTree(one[left]).query(other[right])[1], dtype=np.int64)
        mutual = np.flatnonzero(back[there] == np.arange(len(left)))
        found += [(int(rows[left[i]]), int(columns[right[there[i]]])) for i in mutual.tolist()]
        right = np.delete(right, there[mutual])
        left = np.delete(left, mutual)
    return found


def _alike(a: _Side, b: _Side, free_a: set[int], free_b: set[int], shapes: Shapes) -> list[tuple[int, int]]:
    """The same shape in other triangles, of the same name or below the same."""
    found: list[tuple[float, int, int]] = []
    by_key: dict[object, list[int]] = defaultdict(list)
    for j in free_b:
        by_key[b.name[j]].append(j)
        by_key[b.path[j][:-1]].append(j)
    for i in free_a:
        for j in dict.fromkeys((*by_key.get(a.name[i], ()), *by_key.get(a.path[i][:-1], ()))):
            if a.signature[i].is_like(b.signature[j], 0.03):
                found.append((float(np.linalg.norm(a.centre[i] - b.centre[j])), i, j))
        if len(found) > 2_000_000:
            break
    return [(i, j) for _, i, j in sorted(found)]


def _overlapping(a: _Side, b: _Side, free_a: set[int], free_b: set[int]) -> list[tuple[int, int]]:
    """Parts that fill the same space, most alike first."""
    rows, columns = np.array(sorted(free_a), dtype=np.int64), np.array(sorted(free_b), dtype=np.int64)
    found: list[tuple[float, int, int]] = []
    for i in rows.tolist():
        low = np.maximum(a.boxes[i, 0], b.boxes[columns, 0])
        high = np.minimum(a.boxes[i, 1], b.boxes[columns, 1])
        slack = 1e-6 * max(float(np.ptp(a.boxes[i], axis=0).max()), 1e-9)
        common = np.maximum(high - low + slack, 0.0).prod(axis=1)
        both = (np.ptp(a.boxes[i], axis=0) + slack).prod() + (np.ptp(b.boxes[columns], axis=1) + slack).prod(axis=1) - common
        share = common / np.maximum(both, 1e-300)
        found += [(-float(share[k]), i, int(columns[k])) for k in np.flatnonzero(share >= _OVERLAP).tolist()]
    return [(i, j) for _, i, j in sorted(found)]


def _paths(twin: Twin, shown: Sequence[NodeId]) -> list[tuple[str, ...]]:
    """Names from the top down; a single top node (the file's own name) is left out."""
    known: dict[NodeId, tuple[str, ...]] = {ROOT: ()}
    tops = twin.children_of(ROOT)
    lone = tops[0] if len(tops) == 1 and twin.children_of(tops[0]) else None

    def path(node: NodeId) -> tuple[str, ...]:
        if node not in known:
            record = twin.nodes[node]
            known[node] = () if node == lone else (*path(record.parent), record.name or node)
        return known[node]

    for node in twin.descendants(ROOT):
        path(node)
    return [path(node) for node in shown]


def _boxes(signatures: Sequence[Signature], world: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2, 3) boxes in the world."""
    low = np.array([one.low for one in signatures]).reshape(-1, 3)
    high = np.array([one.high for one in signatures]).reshape(-1, 3)
    middle = np.einsum("nij,nj->ni", world[:, :3, :3], (low + high) / 2.0) + world[:, :3, 3]
    half = np.einsum("nij,nj->ni", np.abs(world[:, :3, :3]), (high - low) / 2.0)
    return np.stack([middle - half, middle + half], axis=1)


def _written(path: tuple[str, ...]) -> str:
    return " / ".join(path[:-1])
