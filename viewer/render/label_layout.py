"""Label layout: where labels go so that none overlaps another, near ones first, and none jumps about between frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GAP_PX = 4.0
_FADE_FROM, _FADE_TO = 1.6, 4.5
"""Of the distance that the camera looks at: labels are full up to the first, gone beyond the second."""
# Directions tried in turn, from the point to the label's nearest side, and how far it is lifted off (in label heights).
_DIRECTIONS = np.array([[0.35, -1], [-0.35, -1], [1, -0.6], [-1, -0.6], [0, -1], [1, 0.3], [-1, 0.3], [0.35, 1], [-0.35, 1]])
_LIFTS = np.array([1.0, 1.8, 2.6])
_COVERED = 0.6
"""Opacity of labels whose point is behind something."""
_COVERED_TO = 0.7
"""Of the distance that the camera looks at: farther ones are left out then."""
_CHOICES = np.array([(lift * x, lift * y) for lift in _LIFTS for x, y in _DIRECTIONS])


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where labels stand in the picture."""

    corner_px: NDArray[np.float64]
    """(n, 2) upper left corner; NaN where the label is left out."""
    opacity: NDArray[np.float64]
    """(n,) 0 to 1."""
    choice: NDArray[np.int64]
    """(n,) which place around its point each took, -1 for none; hand it to the next frame so that labels stay put."""


def layout_labels(
    points_px: NDArray[np.float64],
    sizes_px: NDArray[np.float64],
    viewport_px: tuple[float, float],
    *,
    near_m: float = 0.0,
    before: NDArray[np.int64] | None = None,
    obstacles_px: NDArray[np.float64] | None = None,
    covered: NDArray[np.bool_] | None = None,
) -> Placement:
    """Place labels (n, 2 sizes) at points (n, 3: pixel x, y from the upper left, depth in metres).

    `near_m` is the distance the camera looks at (0: no fading); `before` the choices of the last frame; `obstacles_px` (k, 4)
    rectangles (x, y, width, height) to keep off; `covered` (n,) says which points are behind something: those labels come last
    and are faint. Labels placed before come first, then nearer ones; one that finds no free place is left out. Pure.
    """
    count = len(points_px)
    corner = np.full((count, 2), np.nan)
    choice = np.full(count, -1, dtype=np.int64)
    opacity = _opacity(points_px, near_m)
    inside = (points_px[:, :2] >= 0.0).all(axis=1) & (points_px[:, :2] <= viewport_px).all(axis=1)
    wanted = inside & (opacity > 0.05) & np.isfinite(points_px).all(axis=1)
    former = np.full(count, -1, dtype=np.int64) if before is None or len(before) != count else before
    behind = np.zeros(count, dtype=np.bool_) if covered is None or len(covered) != count else covered
    wanted &= ~(behind & (points_px[:, 2] > _COVERED_TO * near_m)) | (near_m <= 0.0)
    order = np.lexsort((points_px[:, 2], former < 0, behind))
    taken = np.zeros((0, 4)) if obstacles_px is None else np.asarray(obstacles_px, dtype=np.float64).reshape(-1, 4)
    for one in order[wanted[order]]:
        places = _places(points_px[one, :2], sizes_px[one])
        free = _free(places, sizes_px[one], taken, viewport_px)
        if former[one] >= 0 and free[former[one]]:
            best = int(former[one])
        elif free.any():
            best = int(np.argmax(free))
        else:
            continue
        corner[one], choice[one] = places[best], best
        taken = np.concatenate([taken, np.concatenate([places[best], sizes_px[one]])[None]])
    opacity = np.where(choice >= 0, opacity, 0.0) * np.where(behind, _COVERED, 1.0)
    return Placement(corner, opacity, choice)


def _opacity(points_px: NDArray[np.float64], near_m: float) -> NDArray[np.float64]:
    depth = points_px[:, 2]
    if near_m <= 0.0:
        return (depth > 0.0).astype(np.float64)
    u = np.clip((depth / near_m - _FADE_FROM) / (_FADE_TO - _FADE_FROM), 0.0, 1.0)
    return np.where(depth > 0.0, 1.0 - u * u * (3.0 - 2.0 * u), 0.0)


def _places(point: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """(choices, 2) upper left corners around a point."""
    centre = point + _CHOICES * [size[1], size[1]] + np.sign(_CHOICES) * size / 2.0 * [0.9, 1.0]
    return np.round(centre - size / 2.0)


def _free(
    places: NDArray[np.float64], size: NDArray[np.float64], taken: NDArray[np.float64], viewport_px: tuple[float, float]
) -> NDArray[np.bool_]:
    end = places + size
    fits = (places >= 2.0) & (end <= np.array(viewport_px) - 2.0)
    free: NDArray[np.bool_] = fits[:, 0] & fits[:, 1]
    if len(taken):
        low, high = taken[:, :2] - _GAP_PX, taken[:, :2] + taken[:, 2:] + _GAP_PX
        meets = np.logical_and.reduce((places[:, None] < high[None]) & (end[:, None] > low[None]), axis=2)
        free &= ~np.logical_or.reduce(meets, axis=1)
    return free


def leader_end(point: NDArray[np.float64], corner: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) where the line from the point meets the label's rectangle."""
    return np.clip(point, corner, corner + size)
