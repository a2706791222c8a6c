"""The true extremes of a stack over its tolerance box: corners where the formula is monotone, a search where it is not."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from .stack import Problem

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST_CORNERS = 10
"""Contributors up to which all corners are looked at."""
SCATTERED = 256
"""Points inside the box that are looked at besides."""
STARTS = 6
STEPS = 60


def worst_case(problem: Problem) -> tuple[float, float]:
    """Least and greatest value over the box, in the stack's unit. NaN where the formula has no value at all.

    A contributor whose slope keeps one sign at every point looked at goes to that end; the others are searched from the best
    points by moves along one contributor at a time, whose length halves when none helps (compass search: Kolda, Lewis & Torczon
    2003, SIAM Review 45:385-482).
    """
    if problem.is_linear:
        slopes = problem.slopes(problem.centre)
        ends = [problem.value(_corner(problem, side * slopes)) for side in (-1.0, 1.0)]
        return float(ends[0]), float(ends[1])
    points = _looked_at(problem)
    slopes = problem.slopes(points)
    rising, falling = np.all(slopes >= 0.0, axis=0), np.all(slopes <= 0.0, axis=0)
    return _least(problem, points, rising, falling), -_least(problem, points, falling, rising, sign=-1.0)


def _corner(problem: Problem, towards: Array) -> Array:
    return np.where(towards > 0.0, problem.high, np.where(towards < 0.0, problem.low, problem.centre))


def _looked_at(problem: Problem) -> Array:
    count = len(problem.names)
    ends = np.stack([problem.low, problem.high])
    if count <= MOST_CORNERS:
        sides = np.array(list(itertools.product((0, 1), repeat=count)))
    else:
        sides = np.random.Generator(np.random.SFC64(0)).integers(0, 2, (2**MOST_CORNERS, count))
    corners = ends[sides, np.arange(count)]
    inside = np.random.Generator(np.random.SFC64(1)).random((SCATTERED, count))
    return np.concatenate([corners, problem.low + inside * (problem.high - problem.low), problem.centre[None]])


def _least(problem: Problem, points: Array, rising: Flags, falling: Flags, sign: float = 1.0) -> float:
    fixed = np.where(rising, problem.low, problem.high)
    monotone = rising | falling
    starts = np.where(monotone, fixed, points)
    values = np.nan_to_num(sign * problem.value(starts), nan=np.inf)
    best = np.argsort(values, kind="stable")[:STARTS]
    if monotone.all():
        return _or_nan(float(values[best[0]]))
    return _or_nan(_searched(problem, starts[best], values[best], np.flatnonzero(~monotone), sign))


def _searched(problem: Problem, starts: Array, values: Array, free: NDArray[np.intp], sign: float) -> float:
    step = (problem.high - problem.low)[free] / 4.0
    moves = np.zeros((2 * len(free), len(problem.names)))
    moves[np.arange(len(free)), free] = 1.0
    moves[len(free) + np.arange(len(free)), free] = -1.0
    rows = np.arange(len(starts))
    for _ in range(STEPS):
        scaled = moves * np.concatenate([step, step])[:, None]
        tried = np.clip(starts[:, None, :] + scaled[None], problem.low, problem.high)
        found = np.nan_to_num(sign * problem.value(tried), nan=np.inf)
        pick = found.argmin(axis=1)
        better = found[rows, pick] < values
        starts = np.where(better[:, None], tried[rows, pick], starts)
        values = np.where(better, found[rows, pick], values)
        if not better.any():
            step = step / 2.0
    return float(values.min())


def _or_nan(value: float) -> float:
    return value if np.isfinite(value) else float("nan")
