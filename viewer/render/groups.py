"""Groups: which parts are merged with their neighbours and which are drawn as copies of one shape, by what memory allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.render.preparing import Group
from viewer.render.rules import DrawRules
from viewer.twin.parts import Mesh

BYTES_A_VERTEX = 28
"""Point, normal and slot."""
CHUNK_VERTICES = 50_000
_VERTICES_A_TRIANGLE = 0.75
"""Of meshes without normals, between half (all smooth) and three (all flat)."""
_FEWEST_COPIES = 8
_BYTES_PER_BYTE = 5.0
"""Of the process for each byte of merged vertices: the arrays, the card's copy, the lists of indices."""


def groups_of(
    slots: NDArray[np.int64],
    meshes: Sequence[Mesh],
    centres: NDArray[np.float64],
    see_through: NDArray[np.bool_],
    rules: DrawRules,
) -> list[Group]:
    """Slots with their meshes (k) and middles (k, 3) in groups to be prepared one by one."""
    sizes = np.array([_vertices(mesh) for mesh in meshes])
    copied = _copied(meshes, sizes, rules)
    found: list[Group] = []
    for group in (~see_through & ~copied, see_through & ~copied):
        found.extend(_merged(np.flatnonzero(group), slots, meshes, centres, sizes))
    by_mesh: dict[int, list[int]] = {}
    for row in np.flatnonzero(copied).tolist():
        by_mesh.setdefault(id(meshes[row]), []).append(row)
    found.extend(Group(slots[rows], [meshes[row] for row in rows], merged=False) for rows in by_mesh.values())
    return found


def _vertices(mesh: Mesh) -> float:
    return max(len(mesh.triangles) * _VERTICES_A_TRIANGLE, 1.0)


def _copied(meshes: Sequence[Mesh], sizes: NDArray[np.float64], rules: DrawRules) -> NDArray[np.bool_]:
    """(k,) which are drawn as copies: of the shapes that save the most, as many as bring the rest into the budget."""
    result = np.zeros(len(meshes), dtype=np.bool_)
    way = DrawRules.way(rules.draw)
    budget = 0.0 if way == "glyph" else float(rules.merged_bytes)
    total = float(sizes.sum()) * BYTES_A_VERTEX * _BYTES_PER_BYTE
    if way == "merged" or total <= budget:
        return result
    rows_of: dict[int, list[int]] = {}
    for row, mesh in enumerate(meshes):
        if mesh.rgb_of_triangle is None:
            rows_of.setdefault(id(mesh), []).append(row)
    least = 1 if way == "glyph" else _FEWEST_COPIES
    for rows in sorted(rows_of.values(), key=lambda rows: -float(sizes[rows[0]]) * (len(rows) - 1)):
        if total <= budget and way != "glyph":
            break
        if len(rows) >= least:
            result[rows] = True
            total -= float(sizes[rows[0]]) * (len(rows) - 1) * BYTES_A_VERTEX * _BYTES_PER_BYTE
    return result


def _merged(
    rows: NDArray[np.int64],
    slots: NDArray[np.int64],
    meshes: Sequence[Mesh],
    centres: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> list[Group]:
    """Neighbours together, a chunk's worth each, so that what is out of sight can be left out."""
    if not len(rows):
        return []
    rows = rows[spatial_order(centres[rows])]
    chunk_of = np.cumsum(sizes[rows]) // CHUNK_VERTICES
    parts = np.split(rows, np.flatnonzero(np.diff(chunk_of)) + 1)
    return [Group(slots[some], [meshes[row] for row in some.tolist()]) for some in parts]


def spatial_order(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order along x and y cells of a sixteenth of the scene, so that neighbours are near one another in it."""
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    cells = np.minimum((points - low) / size * 16, 15).astype(np.int64)
    key = np.zeros(len(points), dtype=np.int64)
    for bit in range(4):
        for axis in range(3):
            key |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(key, kind="stable")
