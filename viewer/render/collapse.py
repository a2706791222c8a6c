"""Edge collapse: a mesh with ever fewer of its own vertices, many collapses at a time, by quadric error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BORDER_WEIGHT = 30.0
_CHEAPEST = 0.4
"""Share of the vertices, cheapest first, that may go in one pass, so that the order of costs is kept well enough."""
_LEAST_COSINE = 0.25
"""A triangle that would turn by more than this forbids the collapse."""
_FORGIVE_PASSES = 4
_NEXT = [1, 2, 0]


def collapsed(points: Floats, corners: Ints, targets: Sequence[int]) -> Iterator[tuple[Ints, Ints, Ints]]:
    """For each target count of triangles, falling: the rows of `corners` that are left, their corners now, and for each point the
    one that stands for it, (k,), (k, 3) and (n,). Ends early where nothing can go any more.

    Half-edge collapses after Garland and Heckbert 1997: the cost of u going into v is v's distance to the planes of both. In one
    pass no two collapses touch the same triangle. Borders only shrink along themselves. Any thread.
    """
    scale = max(float(np.ptp(points, axis=0).max(initial=0.0)), 1e-300)
    mesh = _Shrinking(points / scale, corners)
    for target in targets:
        while len(mesh.rows) > target:
            if not mesh.shrink((len(mesh.rows) - target + 1) // 2):
                return
        yield mesh.rows, mesh.corners, mesh.roots()


class _Shrinking:
    def __init__(self, points: Floats, corners: Ints) -> None:
        self.points, self.corners = points, corners
        self.rows = np.arange(len(corners))
        self._goes_to = np.arange(len(points))
        self._quadrics = quadrics(points, corners)
        self._banned: list[Ints] = []
        self._passes = 0
        self._gained = True

    def roots(self) -> Ints:
        goes_to = self._goes_to
        while not np.array_equal(further := goes_to[goes_to], goes_to):
            goes_to = further
        self._goes_to = goes_to
        return goes_to.copy()

    def shrink(self, most: int) -> bool:
        """One pass of at most so many collapses; False where none is left to be done."""
        self._passes += 1
        if self._passes % _FORGIVE_PASSES == 0 and self._gained:
            self._banned.clear()
            self._gained = False
        into, cost = self._best_collapses()
        candidates = np.flatnonzero(np.isfinite(cost))
        if not len(candidates):
            return False
        order = candidates[np.argsort(cost[candidates], kind="stable")]
        order = order[: max(int(_CHEAPEST * len(order)), 1)]
        rank = np.full(len(self.points), len(self.points))
        rank[order] = np.arange(len(order))
        self._refuse_flips(rank, into)
        chosen = self._apart(rank)
        chosen = chosen[np.argsort(rank[chosen], kind="stable")][:most]
        if len(chosen):
            self._collapse(chosen, into[chosen])
            self._gained = True
        refused = order[rank[order] == len(self.points)]
        return len(chosen) > 0 or len(refused) > 0

    def _best_collapses(self) -> tuple[Ints, Floats]:
        """For each point the neighbour it had best go into, and what that costs; infinite where it has to stay."""
        n = len(self.points)
        start, end = self.corners.ravel(), self.corners[:, _NEXT].ravel()
        key = np.minimum(start, end) * n + np.maximum(start, end)
        _, back, counts = np.unique(key, return_inverse=True, return_counts=True)
        times = counts[back]
        open_ = times == 1
        rim, fold = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
        rim[start[open_]] = rim[end[open_]] = True
        fold[start[times > 2]] = fold[end[times > 2]] = True
        source, target = np.concatenate([start, end[open_]]), np.concatenate([end, start[open_]])
        along_rim = np.concatenate([open_, np.ones(int(open_.sum()), dtype=np.bool_)])
        allowed = ~fold[source] & (~rim[source] | along_rim)
        if self._banned:
            allowed &= ~np.isin(source * n + target, np.concatenate(self._banned))
        source, target = source[allowed], target[allowed]
        at = np.concatenate([self.points[target], np.ones((len(target), 1))], axis=1)
        both = (self._quadrics[source] + self._quadrics[target]).reshape(-1, 4, 4)
        cost = np.abs(np.einsum("ni,nij,nj->n", at, both, at))
        span = self.points[target] - self.points[source]
        cost += 1e-9 * np.einsum("ij,ij->i", span, span)  # on flat ground the shortest goes first
        order = np.lexsort((cost, source))
        firsts = order[np.unique(source[order], return_index=True)[1]]
        into, least = np.zeros(n, dtype=np.int64), np.full(n, np.inf)
        into[source[firsts]], least[source[firsts]] = target[firsts], cost[firsts]
        return into, least

    def _refuse_flips(self, rank: Ints, into: Ints) -> None:
        """Take back candidates that would turn or flatten a triangle; that way is not tried again for a while."""
        n = len(self.points)
        points, corners = self.points, self.corners
        bad = np.zeros(n, dtype=np.bool_)
        for corner in range(3):
            moving = corners[:, corner]
            touched = np.flatnonzero(rank[moving] < n)
            if not len(touched):
                continue
            old = corners[touched]
            new = old.copy()
            new[:, corner] = into[moving[touched]]
            stays = (new != new[:, _NEXT]).all(axis=1)
            before, after = _cross(points[old[stays]]), _cross(points[new[stays]])
            cosine = np.einsum("ij,ij->i", before, after)
            least = _LEAST_COSINE * np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
            bad[moving[touched][stays][cosine <= least]] = True
        bad &= rank < n
        rank[bad] = n
        refused = np.flatnonzero(bad)
        if len(refused):
            self._banned.append(refused * n + into[refused])

    def _apart(self, rank: Ints) -> Ints:
        """Candidates that are the best in each triangle they touch."""
        of_corner = rank[self.corners]
        best = of_corner.min(axis=1, keepdims=True)
        beaten = np.zeros(len(self.points), dtype=np.bool_)
        beaten[self.corners[of_corner != best]] = True
        return np.flatnonzero((rank < len(self.points)) & ~beaten)

    def _collapse(self, source: Ints, target: Ints) -> None:
        now = np.arange(len(self.points))
        now[source] = target
        self._goes_to[source] = target
        np.add.at(self._quadrics, target, self._quadrics[source])
        corners = now[self.corners]
        alive = (corners != corners[:, _NEXT]).all(axis=1)
        self.corners, self.rows = corners[alive], self.rows[alive]


def quickly_collapsed(points: Floats, corners: Ints, target: int) -> tuple[Ints, Ints, Ints]:
    """The same in one go by fast-simplification, a hundred times faster and good while much is left. It holds Python's lock."""
    from fast_simplification import simplify

    answer = simplify(
        np.ascontiguousarray(points), np.ascontiguousarray(corners, dtype=np.int32), target_count=target, return_collapses=True
    )
    steps = np.asarray(answer[-1], dtype=np.int64).reshape(-1, 2)
    cluster = np.arange(len(points))
    cluster[steps[:, 1]] = steps[:, 0]
    while not np.array_equal(further := cluster[cluster], cluster):
        cluster = further
    kept = _best_members(points, quadrics(points, corners), cluster)[cluster]
    moved = kept[corners]
    rows = np.flatnonzero((moved != moved[:, _NEXT]).all(axis=1))
    return rows, moved[rows], kept


def _best_members(points: Floats, planes: Floats, cluster: Ints) -> Ints:
    """(n,) at each cluster's number the member that lies best among the planes of all members."""
    total = np.stack([np.bincount(cluster, term, minlength=len(points)) for term in planes.T], axis=1)
    placed = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    error = np.einsum("ni,nij,nj->n", placed, total[cluster].reshape(-1, 4, 4), placed)
    order = np.lexsort((error, cluster))
    firsts = order[np.unique(cluster[order], return_index=True)[1]]
    best = np.arange(len(points))
    best[cluster[firsts]] = firsts
    return best


def quadrics(points: Floats, corners: Ints) -> Floats:
    """(n, 16) sum of the squared distances to the planes around each point, weighted by area; borders stand upright."""
    result = np.zeros((len(points), 16))
    cross = _cross(points[corners])
    area = np.linalg.norm(cross, axis=1)
    normal = cross / np.maximum(area, 1e-300)[:, None]
    _add_planes(result, corners, normal, points[corners[:, 0]], area)
    start, end = corners.ravel(), corners[:, _NEXT].ravel()
    key = np.minimum(start, end) * len(points) + np.maximum(start, end)
    _, back, counts = np.unique(key, return_inverse=True, return_counts=True)
    rim = np.flatnonzero(counts[back] == 1)
    upright = np.cross(points[end[rim]] - points[start[rim]], normal[rim // 3])
    length = np.linalg.norm(upright, axis=1)
    upright /= np.maximum(length, 1e-300)[:, None]
    _add_planes(result, np.stack([start[rim], end[rim]], axis=1), upright, points[start[rim]], _BORDER_WEIGHT * length**2)
    return result


def _add_planes(into: Floats, corners: Ints, normal: Floats, through: Floats, weight: Floats) -> None:
    plane = np.concatenate([normal, -np.einsum("ij,ij->i", normal, through)[:, None]], axis=1)
    each = (plane[:, :, None] * plane[:, None, :]).reshape(-1, 16) * weight[:, None]
    for corner in corners.T:
        for term in range(16):
            into[:, term] += np.bincount(corner, each[:, term], minlength=len(into))


def _cross(triangles: Floats) -> Floats:
    a = triangles[:, 1] - triangles[:, 0]
    b = triangles[:, 2] - triangles[:, 0]
    x, y, z = a.T
    u, v, w = b.T
    return np.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=1)
