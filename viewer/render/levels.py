"""Detail levels: a drawn mesh with ever fewer of its own vertices, and how far each level strays from the mesh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.render.collapse import collapsed, quickly_collapsed
from viewer.render.meshes import DrawMesh, welded

LEVELS = 5
FEWEST_TRIANGLES = 120
"""Smaller meshes are not decimated: what their triangles cost is less than what choosing among levels does."""
_SHARES = (0.40, 0.16, 0.065, 0.026, 0.010)
_FEWEST_LEFT = 8
_LARGE = 40_000
"""Triangles down to which large meshes are taken quickly, and from which with care."""
_MANY_SAMPLES, _NEAR = 60_000, 8
_WORTH_IT = 0.8
"""A level that keeps more than this of the one before brings nothing."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Coarser and coarser triangles over the vertices of one DrawMesh, so that slots, normals and colours stay theirs."""

    triangles: tuple[NDArray[np.int32], ...] = ()
    """(m, 3) each."""
    error_m: tuple[float, ...] = ()
    """Greatest distance from the mesh's vertices and the middles of its triangles to each level; never falls."""


NO_LEVELS = Levels()


def decimated(mesh: DrawMesh) -> Levels:
    """Up to five levels, each a fraction of the one before; none for small meshes. Any thread, but slow."""
    if len(mesh.triangles) < FEWEST_TRIANGLES:
        return NO_LEVELS
    place = welded(mesh.points.astype(np.float64), mesh.half_m)
    first = np.unique(place, return_index=True)[1]
    points = mesh.points[first].astype(np.float64)
    corners = place[mesh.triangles]
    whole = np.flatnonzero((corners != corners[:, [1, 2, 0]]).all(axis=1))
    corners = corners[whole]
    targets = [max(int(share * len(corners)), _FEWEST_LEFT) for share in _SHARES]
    found: list[NDArray[np.int32]] = []
    errors: list[float] = []
    for rows, moved, kept in _shrunk(points, corners, targets):
        if len(rows) > _WORTH_IT * (len(found[-1]) if found else len(corners)):
            continue
        errors.append(max(_deviation_m(points, corners, kept, moved), errors[-1] if errors else 0.0))
        found.append(_vertices_of(mesh, place, mesh.triangles[whole[rows]], moved))
    return Levels(tuple(found), tuple(errors))


def _shrunk(points: Floats, corners: Ints, targets: list[int]) -> Iterator[tuple[Ints, Ints, Ints]]:
    """As `collapsed`, large meshes with a rough beginning."""
    rows, now, kept = np.arange(len(corners)), corners, np.arange(len(points))
    rough = [target for target in targets if target > _LARGE] + ([_LARGE] if len(corners) > _LARGE else [])
    for target in rough:
        some, now, further = quickly_collapsed(points, now, target)
        rows, kept = rows[some], further[kept]
        if target in targets:
            yield rows, now, kept
    for some, left, further in collapsed(points, now, [target for target in targets if target not in rough]):
        yield rows[some], left, further[kept]


def _vertices_of(mesh: DrawMesh, place: Ints, triangles: NDArray[np.int32], moved: Ints) -> NDArray[np.int32]:
    """The mesh's vertices at the places that its triangles' corners moved to: those whose normal and colour fit best."""
    result = triangles.astype(np.int64).ravel()
    target = moved.ravel()
    changed = np.flatnonzero(place[result] != target)
    by_place = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[by_place], np.arange(int(place.max()) + 2))
    counts = np.diff(starts)[target[changed]]
    row = np.repeat(np.arange(len(changed)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    option = by_place[np.repeat(starts[target[changed]], counts) + within]
    source = result[changed][row]
    fit = np.einsum("ij,ij->i", mesh.normals[option].astype(np.float64), mesh.normals[source].astype(np.float64))
    if mesh.packed_rgb is not None:
        fit += 4.0 * (mesh.packed_rgb[option] == mesh.packed_rgb[source])
    order = np.lexsort((-fit, row))
    firsts = order[np.unique(row[order], return_index=True)[1]] if len(row) else order
    result[changed] = option[firsts]
    return result.reshape(-1, 3).astype(np.int32)


def _deviation_m(points: Floats, corners: Ints, kept: Ints, level: Ints) -> float:
    """How far the mesh's points and the middles of its triangles lie from the level's triangles near them, at most."""
    by_corner = np.argsort(level.ravel(), kind="stable")
    starts = np.searchsorted(level.ravel()[by_corner], np.arange(len(points) + 1))
    worst = _farthest(points, kept[:, None], points, level, by_corner // 3, starts)
    if len(corners) > _MANY_SAMPLES:
        return worst
    middles = points[corners].mean(axis=1)
    return max(worst, _farthest(middles, kept[corners], points, level, by_corner // 3, starts))


def _farthest(samples: Floats, around: Ints, points: Floats, level: Ints, triangle_at: Ints, starts: Ints) -> float:
    """The greatest of the samples' least distances to the level's triangles near them, and at the points (n, k) around them."""
    from scipy.spatial import KDTree

    # Nearly always the nearest triangle is one of those at the point that stands for the sample, or one whose middle is near.
    tree = KDTree(points[level].mean(axis=1))
    close = np.asarray(tree.query(samples, k=min(_NEAR, len(level)))[1], dtype=np.int64).reshape(len(samples), -1)
    near = np.full(len(samples), np.inf)
    for triangles in close.T:
        near = np.minimum(near, _distances(samples, points[level[triangles]]))
    for place in around.T:
        counts = starts[place + 1] - starts[place]
        row = np.repeat(np.arange(len(samples)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        triangle = triangle_at[np.repeat(starts[place], counts) + within]
        some = np.flatnonzero(counts)
        if len(some):
            least = np.minimum.reduceat(_distances(samples[row], points[level[triangle]]), (np.cumsum(counts) - counts)[some])
            near[some] = np.minimum(near[some], least)
    return float(near.max(initial=0.0))


def _distances(samples: Floats, triangles: Floats) -> Floats:
    """(n,) distance of each sample to its triangle (n, 3, 3)."""
    a = triangles[:, 0]
    ab, ac, ap = triangles[:, 1] - a, triangles[:, 2] - a, samples - a
    d00, d01, d11 = (np.einsum("ij,ij->i", x, y) for x, y in ((ab, ab), (ab, ac), (ac, ac)))
    d20, d21 = np.einsum("ij,ij->i", ap, ab), np.einsum("ij,ij->i", ap, ac)
    bottom = np.maximum(d00 * d11 - d01 * d01, 1e-300)
    v, w = (d11 * d20 - d01 * d21) / bottom, (d00 * d21 - d01 * d20) / bottom
    inside = (v >= 0.0) & (w >= 0.0) & (v + w <= 1.0)
    best = np.where(inside, np.linalg.norm(ap - v[:, None] * ab - w[:, None] * ac, axis=1), np.inf)
    for i in range(3):
        start, step = triangles[:, i], triangles[:, (i + 1) % 3] - triangles[:, i]
        along = np.einsum("ij,ij->i", samples - start, step) / np.maximum(np.einsum("ij,ij->i", step, step), 1e-300)
        off = samples - start - np.clip(along, 0.0, 1.0)[:, None] * step
        best = np.minimum(best, np.linalg.norm(off, axis=1))
    return best
