"""Whether triangles bound a volume although their edges don't match: cracks that have no width leave no border."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FORMS = np.random.default_rng(20).normal(size=(8, 7))
"""Wave vector (3), phase and direction (3) of eight vector fields."""
_OPEN = 3e-3
"""Of the box's size: a larger circulation along the border is that of a hole."""
_GAUSS = np.array([0.5 - 0.5 * np.sqrt(0.6), 0.5, 0.5 + 0.5 * np.sqrt(0.6)])
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0


def border(corners: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Half-edges of triangles (m, 3) that no other runs against: start and end (k,), and how many there are of each."""
    start, end = corners.ravel(), corners[:, [1, 2, 0]].ravel()
    span = int(corners.max(initial=0)) + 1
    keys, place = np.unique(np.concatenate([start * span + end, end * span + start]), return_inverse=True)
    there, back = (np.bincount(half, minlength=len(keys)) for half in np.split(place.ravel(), 2))
    alone = np.flatnonzero(there > back)
    return keys[alone] // span, keys[alone] % span, (there - back)[alone]


def bounds_a_volume(points: NDArray[np.float64], corners: NDArray[np.int64], place_of: NDArray[np.int64], size_m: float) -> bool:
    """Whether the border of triangles is none, or one that cancels itself: pieces of a line run one way and the other.

    `place_of` (n,) is the welded number of each point. A border that bounds nothing has no circulation in any vector field
    (Stokes); that is tried with a few smooth ones. It is so where edges meet in T-shapes, as often in tessellated CAD, and not
    at a hole.
    """
    if not len(corners):
        return False
    start, end, count = border(corners)
    if not len(start):
        return True
    where = np.zeros((int(place_of.max()) + 1, 3))
    where[place_of] = points
    way, first = where[end] - where[start], where[start]
    waves, phases, fields = _FORMS[:, :3] * 2.0 / max(size_m, 1e-12), _FORMS[:, 3], _FORMS[:, 4:]
    circulation = np.zeros(len(_FORMS))
    for at, weight in zip(_GAUSS, _WEIGHTS, strict=True):
        strength = np.sin((first + way * at) @ waves.T + phases)
        circulation += weight * np.einsum("kf,kf,k->f", strength, way @ fields.T, count)
    return bool(np.abs(circulation).max() <= _OPEN * size_m * float(np.linalg.norm(fields, axis=1).min()))
