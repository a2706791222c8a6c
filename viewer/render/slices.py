"""Slices of meshes by planes: the outline of a cut as directed segments, its length, and the area that it encloses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.render.section import Cut

Floats = NDArray[np.float64]
_NEXT = np.array([1, 2, 0])


@dataclass(frozen=True, slots=True)
class SliceSize:
    """How large a cut is, over all planes of a section."""

    area_m2: float
    """Of what is filled; 0 for sheets."""
    length_m: float
    """Of the outline."""


def outline(points_in_world: Floats, triangles: NDArray[np.int32], normal: Floats, offset_m: float) -> Floats:
    """(k, 2, 3) where a plane cuts triangles; each segment has the solid at its left, seen from the side that is cut away.

    A vertex that lies in the plane counts as above it, so that neighbours agree and outlines close.
    """
    height = points_in_world @ normal - offset_m
    above = (height >= 0.0)[triangles]
    count = above.sum(axis=1)
    crossed = np.flatnonzero((count == 1) | (count == 2))
    if not len(crossed):
        return np.zeros((0, 2, 3))
    corners, up = triangles[crossed], above[crossed]
    following = up[:, _NEXT]
    falls, rises = np.argmax(up & ~following, axis=1), np.argmax(~up & following, axis=1)
    rows = np.arange(len(crossed))
    ends = [_between(points_in_world, height, corners[rows, at], corners[rows, _NEXT[at]]) for at in (rises, falls)]
    return np.stack(ends, axis=1)


def _between(points: Floats, height: Floats, one: NDArray[np.int32], other: NDArray[np.int32]) -> Floats:
    """Where edges cross the plane; the same bits whichever way an edge is run through."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    share = height[low] / (height[low] - height[high])
    return points[low] + (points[high] - points[low]) * share[:, None]


def clipped(segments: Floats, normal: Floats, offset_m: float, *, close: bool = False) -> Floats:
    """What of segments (k, 2, 3) lies on the kept side of a plane.

    With `close`, segments along the plane are added that close the outlines again: for areas, not for drawing. They all run by
    way of one point, since what goes there and back cancels.
    """
    height = segments @ normal - offset_m
    inside = height >= 0.0
    whole = segments[inside.all(axis=1)]
    half = np.flatnonzero(inside[:, 0] != inside[:, 1])
    if not len(half):
        return whole
    some, share = segments[half], height[half, 0] / (height[half, 0] - height[half, 1])
    border = some[:, 0] + (some[:, 1] - some[:, 0]) * share[:, None]
    leaves = inside[half, 0]
    cut = np.where(leaves[:, None, None], np.stack([some[:, 0], border], axis=1), np.stack([border, some[:, 1]], axis=1))
    parts = [whole, cut]
    if close:
        hub = np.broadcast_to(border[0], border.shape)
        ways = np.stack([border, hub], axis=1), np.stack([hub, border], axis=1)
        parts.append(np.where(leaves[:, None, None], *ways))
    return np.concatenate(parts)


def area_m2(segments: Floats, normal: Floats) -> float:
    """Area inside closed directed outlines in a plane, the solid at their left as in `outline` (Green's theorem)."""
    if not len(segments):
        return 0.0
    local = segments - segments[0, 0]
    return -0.5 * float(np.einsum("ij,j->", np.cross(local[:, 0], local[:, 1]), normal))


def outlines(points_in_world: Floats, triangles: NDArray[np.int32], cut: Cut) -> Floats:
    """(k, 2, 3) the lines along which a section cuts a mesh, all planes together; for drawing."""
    found = [np.zeros((0, 2, 3))]
    for row, (normal, offset) in enumerate(zip(cut.normals, cut.offsets_m, strict=True)):
        segments = outline(points_in_world, triangles, normal, float(offset))
        for other in np.flatnonzero(np.arange(len(cut.offsets_m)) != row):
            sign = -1.0 if cut.corner else 1.0
            segments = clipped(segments, sign * cut.normals[other], sign * float(cut.offsets_m[other]))
        found.append(segments)
    return np.concatenate(found)


def slice_size(points_in_world: Floats, triangles: NDArray[np.int32], cut: Cut, *, solid: bool) -> SliceSize:
    """Area and outline of a section's cut through one placed mesh."""
    area, length = 0.0, float(np.linalg.norm(np.diff(outlines(points_in_world, triangles, cut), axis=1), axis=2).sum())
    for row, (normal, offset) in enumerate(zip(cut.normals, cut.offsets_m, strict=True)):
        if not solid:
            break
        segments = outline(points_in_world, triangles, normal, float(offset))
        for other in np.flatnonzero(np.arange(len(cut.offsets_m)) != row):
            sign = -1.0 if cut.corner else 1.0
            segments = clipped(segments, sign * cut.normals[other], sign * float(cut.offsets_m[other]), close=True)
        area += abs(area_m2(segments, normal))
    return SliceSize(area, length)
