"""Normals with creases: corners of a vertex share a normal only where their faces meet at less than the crease angle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.battery_line.make.solids import Points, Triangles


def creased(points: Points, triangles: Triangles, crease_deg: float) -> tuple[Points, Points, Triangles]:
    """Points, unit normals and triangles, points doubled along creases; weighted by area, so that bevels look round."""
    places, welded = np.unique(np.round(points, 5), axis=0, return_inverse=True)
    corners = welded.reshape(-1)[triangles]
    corners = corners[_three_apart(corners)]
    a, b, c = (places[corners[:, i]] for i in range(3))
    areas = np.cross(b - a, c - a)
    length = np.linalg.norm(areas, axis=1)
    corners, areas, length = corners[length > 1e-14], areas[length > 1e-14], length[length > 1e-14]
    summed = _summed(corners, areas, areas / length[:, None], float(np.cos(np.radians(crease_deg))))
    key = np.column_stack([corners.reshape(-1), np.round(summed, 3)])
    unique, index = np.unique(key, axis=0, return_inverse=True)
    return places[unique[:, 0].astype(np.int64)], unique[:, 1:], index.reshape(-1, 3)


def _three_apart(corners: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])


def _summed(corners: NDArray[np.int64], areas: Points, faces: Points, cosine: float) -> Points:
    """Unit normal of every corner (3 m, 3): the sum over all corners at its vertex that are on its side of the crease."""
    vertex = corners.reshape(-1)
    order = np.argsort(vertex, kind="stable")
    counts = np.bincount(vertex)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    repeats = counts[vertex]
    one = np.repeat(np.arange(len(vertex)), repeats)
    step = np.arange(len(one)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    other = order[np.repeat(starts[vertex], repeats) + step]
    near = np.einsum("ij,ij->i", faces[one // 3], faces[other // 3]) >= cosine
    total = np.zeros((len(vertex), 3))
    for axis in range(3):
        total[:, axis] = np.bincount(one[near], weights=areas[other[near] // 3, axis], minlength=len(vertex))
    return total / np.linalg.norm(total, axis=1, keepdims=True)
