"""Meshes made ready for drawing: centred float32 points, normals split at creases, feature edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.render.closedness import bounds_a_volume
from viewer.twin.parts import Mesh

CREASE_RAD = math.radians(30.0)
"""Faces that meet at a larger angle keep an edge between them."""
_GRID = (1 << 21) - 2
_NEXT, _BEFORE = np.array([1, 2, 0]), np.array([2, 0, 1])
_OFF_SYMMETRY = 0.2113
"""Keeps the cells' borders away from a part's middle, halves and quarters, where points that are the same differ by rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawMesh:
    """One part as the graphics card wants it; points are relative to `centre_m`, the middle of the part's box."""

    points: NDArray[np.float32]
    """(n, 3)."""
    normals: NDArray[np.float32]
    """(n, 3), unit."""
    triangles: NDArray[np.int32]
    """(m, 3)."""
    edges: NDArray[np.int32]
    """(k, 2) indices into the points."""
    packed_rgb: NDArray[np.float32] | None
    """(n,) red * 65536 + green * 256 + blue where the part has colours of its own per triangle."""
    centre_m: NDArray[np.float64]
    half_m: NDArray[np.float64]
    """(3,) half the box's size."""
    closed: bool
    """Whether it encloses a volume and all its faces look outwards, so that those that look away are never seen."""
    solid: bool = False
    """Whether it bounds a volume, be it with cracks or where several bodies touch: a section's cut through it is filled."""


def no_surface(bounds_m: NDArray[np.float64]) -> DrawMesh:
    """Nothing to draw, in a box (2, 3) of that place and size: of parts that are no surface."""
    none, flat = np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
    return DrawMesh(none, none, flat, flat[:, :2], None, bounds_m.mean(axis=0), np.ptp(bounds_m, axis=0) / 2.0, closed=False)


def draw_mesh(mesh: Mesh) -> DrawMesh:
    """Triangles without area are left out; unusable normals are made anew."""
    box = mesh.bounds_m()
    centre, half = box.mean(axis=0), np.ptp(box, axis=0) / 2.0
    points = mesh.points_in_part - centre
    place = welded(points, half)
    triangles = np.asarray(mesh.triangles, dtype=np.int64).reshape(-1, 3)
    face_normals, kept = _face_normals(points, triangles)
    kept &= np.logical_and.reduce(place[triangles] != place[triangles][:, _BEFORE], axis=1)
    triangles, face_normals = triangles[kept], face_normals[kept]
    corners = place[triangles]
    left, right, features = _edge_pairs(corners, face_normals)
    if mesh.normals is not None and _usable(mesh.normals):
        corner_normals, group = mesh.normals[triangles].reshape(-1, 3), triangles.ravel()
        features = _sharp_in_normals(corners, corner_normals, left, right, features)
    else:
        corner_normals, group = _smooth_normals(points, triangles, corners, face_normals, left, right)
    solid = _encloses(points[triangles], half) and bounds_a_volume(points, corners, place, float(half.max()))
    rgb = None if mesh.rgb_of_triangle is None else np.repeat(_pack(mesh.rgb_of_triangle[kept]), 3)
    first, index = _distinct(group, rgb)
    return DrawMesh(
        points=points[triangles.ravel()[first]].astype(np.float32),
        normals=corner_normals[first].astype(np.float32),
        triangles=index.reshape(-1, 3).astype(np.int32),
        edges=index[features].astype(np.int32),
        packed_rgb=None if rgb is None else rgb[first].astype(np.float32),
        centre_m=centre,
        half_m=half,
        closed=solid and _is_closed(corners),
        solid=solid,
    )


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cross product along the last axis; numpy's own costs several times as much on small meshes."""
    x, y, z = a[..., 0], a[..., 1], a[..., 2]
    u, v, w = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=-1)


def welded(points: NDArray[np.float64], half: NDArray[np.float64]) -> NDArray[np.int64]:
    """A number per point; points in the same place (to one two-millionth of the box) share it."""
    if len(points) == 0:
        return np.zeros(0, dtype=np.int64)
    size = max(float(half.max()) * 2.0, 1e-12)
    cells = np.floor((points + half) * (_GRID / size) + _OFF_SYMMETRY).astype(np.int64)
    keys = (cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2]
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _encloses(corners: NDArray[np.float64], half: NDArray[np.float64]) -> bool:
    """Whether triangles (m, 3, 3) without a border enclose a volume, outwards; sheets drawn on both sides enclose none."""
    return _volume_m3(corners) > 1e-9 * float(np.prod(np.maximum(2.0 * half, 1e-9)))


def _is_closed(corners: NDArray[np.int64]) -> bool:
    """Whether every half-edge has exactly one partner that runs the other way."""
    if not len(corners):
        return False
    start, end = corners.ravel(), corners[:, _NEXT].ravel()
    span = int(start.max()) + 1
    there, back = np.sort(start * span + end), np.sort(end * span + start)
    return bool(np.array_equal(there, back) and (there[1:] != there[:-1]).all())


def _volume_m3(corners: NDArray[np.float64]) -> float:
    """Signed volume that triangles (m, 3, 3) enclose, by the divergence theorem."""
    return float(np.einsum("ij,ij->", corners[:, 0], _cross(corners[:, 1], corners[:, 2]))) / 6.0


def _face_normals(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    a, b, c = (points[triangles[:, i]] for i in range(3))
    cross = _cross(b - a, c - a)
    length = np.linalg.norm(cross, axis=1)
    longest = np.maximum(np.linalg.norm(b - a, axis=1), np.linalg.norm(c - a, axis=1))
    kept = length > 1e-10 * longest * longest
    return cross / np.where(kept, length, 1.0)[:, None], kept


def _usable(normals: NDArray[np.float32]) -> bool:
    return bool(np.isfinite(normals).all() and (np.abs(np.einsum("ij,ij->i", normals, normals) - 1.0) < 0.05).all())


def _edge_pairs(
    corners: NDArray[np.int64], face_normals: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Half-edges that share a smooth edge (left, right), and the corners (k, 2) that span feature edges.

    Half-edge h goes from corner h to the next corner of its triangle.
    """
    count = corners.size
    start = corners.ravel()
    end = corners[:, _NEXT].ravel()
    low, high = np.minimum(start, end), np.maximum(start, end)
    key = low * (int(high.max(initial=0)) + 1) + high
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    new = np.ones(count, dtype=np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    begins = np.flatnonzero(new)
    runs = np.diff(np.append(begins, count))
    two = begins[runs == 2]
    left, right = order[two], order[two + 1]
    cosine = np.einsum("ij,ij->i", face_normals[left // 3], face_normals[right // 3])
    smooth = cosine > math.cos(CREASE_RAD)
    sharp = np.concatenate([left[~smooth], order[begins[runs != 2]]])
    return left[smooth], right[smooth], np.stack([sharp, _next_corner(sharp)], axis=1)


def _next_corner(half_edge: NDArray[np.int64]) -> NDArray[np.int64]:
    return half_edge - half_edge % 3 + (half_edge + 1) % 3


def _sharp_in_normals(
    corners: NDArray[np.int64],
    corner_normals: NDArray[np.float32],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    features: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Feature edges where the file's own normals break; its smooth surfaces stay clean however coarse they are."""
    opposite = _partner(corners, features[:, 0])
    paired = opposite >= 0
    here, there = features[paired, 0], opposite[paired]
    cosine = np.einsum("ij,ij->i", corner_normals[here], corner_normals[_next_corner(there)])
    unclear = paired.copy()
    unclear[paired] = cosine > math.cos(math.radians(12.0))
    return features[~unclear]


def _partner(corners: NDArray[np.int64], half_edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """The half-edge that runs the other way along the same edge, or -1."""
    flat = corners.ravel()
    span = int(flat.max(initial=0)) + 1
    start, end = flat, corners[:, _NEXT].ravel()
    keys = start * span + end
    order = np.argsort(keys)
    wanted = end[half_edges] * span + start[half_edges]
    at = np.minimum(np.searchsorted(keys[order], wanted), max(len(keys) - 1, 0))
    found = order[at] if len(keys) else at
    return np.where(keys[found] == wanted, found, -1) if len(keys) else found


def _smooth_normals(
    points: NDArray[np.float64],
    triangles: NDArray[np.int64],
    corners: NDArray[np.int64],
    face_normals: NDArray[np.float64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Normal and smoothing group of each corner: faces joined over smooth edges share one, weighted by their angle there."""
    flat = corners.ravel()
    same = flat[left] == flat[right]
    a = np.concatenate([left, _next_corner(left)])
    b = np.concatenate([np.where(same, right, _next_corner(right)), np.where(same, _next_corner(right), right)])
    group = _components(len(flat), a, b)
    weights = _corner_angles(points[triangles]).ravel()[:, None] * np.repeat(face_normals, 3, axis=0)
    total = np.stack([np.bincount(group, weights[:, i], minlength=len(flat)) for i in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    per_corner = (total / np.where(length > 1e-12, length, 1.0))[group]
    flatless = np.linalg.norm(per_corner, axis=1) < 0.5
    per_corner[flatless] = np.repeat(face_normals, 3, axis=0)[flatless]
    return per_corner, group


def _corner_angles(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, 3) inner angle at each corner, radians."""
    forward = corners[:, _NEXT] - corners
    back = corners[:, _BEFORE] - corners
    cross = np.linalg.norm(_cross(forward, back), axis=2)
    return np.arctan2(cross, np.einsum("ijk,ijk->ij", forward, back))


def _components(count: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least member of each element's connected component, by label propagation with pointer jumping."""
    label = np.arange(count)
    while True:
        least = np.minimum(label[a], label[b])
        before = label.copy()
        np.minimum.at(label, before[a], least)
        np.minimum.at(label, before[b], least)
        label = label[label]
        if np.array_equal(label, before):
            return label


def _pack(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    return rgb[:, 0] * 65536.0 + rgb[:, 1] * 256.0 + rgb[:, 2]


def _distinct(group: NDArray[np.int64], rgb: NDArray[np.float64] | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Corners to keep as vertices, and for each corner the vertex it became."""
    key = group if rgb is None else group * (1 << 24) + rgb.astype(np.int64)
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    return first, index
