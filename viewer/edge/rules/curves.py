"""Envelopes for curves: the room within which good curves run, given or learned, and where a curve leaves it first.

A curve is a value over an axis (angle, way, time), such as torque over angle of one tightening. A learned envelope reaches, cell
by cell of the axis, from the least to the greatest value of the good curves (or from one of their quantiles to the other, where
some may be bad), also those that lie up to `slack` to the left and right, and is widened to both sides by `tolerance` times its
height. That is the usual graphical window of tightening controllers, drawn by the good curves themselves; it asks nothing of
their distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake

FEWEST_GOOD = 5


class Curve(msgspec.Struct, frozen=True):
    """One curve: (k,) axis values and (k,) values; the axis may stand still or go back a little, as angles do."""

    axis: tuple[float, ...]
    values: tuple[float, ...]


class CurveEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds over a grid; between two points of it they run straight. Infinite where there is none."""

    axis: tuple[float, ...]
    """(g,) Ascending."""
    low: tuple[float, ...]
    high: tuple[float, ...]
    least_axis: float
    """A good curve reaches at least so far …"""
    most_axis: float
    """… and not further than this."""
    axis_unit: str = ""
    unit: str = ""
    learned_from: int = 0


class Departure(msgspec.Struct, frozen=True):
    """Where a curve leaves its envelope first."""

    kind: Literal["above", "below", "too short", "too long"]
    axis: float
    value: float
    bound: float
    """Of the value; of the axis for a curve that is too short or too long."""
    worst: float
    """How far it is outside at its worst, in the unit of the value (of the axis for too short and too long)."""


def given_envelope(
    axis: Sequence[float], low: Sequence[float], high: Sequence[float], *, axis_unit: str = "", unit: str = ""
) -> CurveEnvelope:
    """An envelope as somebody draws it. Raises UserMistake for bounds that cross or an axis that doesn't rise."""
    grid = np.asarray(axis, np.float64)
    below, above = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if not (len(grid) == len(below) == len(above) and len(grid) >= 2):
        raise UserMistake(
            f"an envelope needs at least 2 points with low and high each, not {len(grid)}, {len(below)}, {len(above)}"
        )
    if not (np.isfinite(grid).all() and (np.diff(grid) > 0.0).all()):
        raise UserMistake("the axis of an envelope must rise from point to point")
    if not (below <= above).all():
        at = int(np.flatnonzero(~(below <= above))[0])
        raise UserMistake(f"the envelope's low {below[at]:g} lies above its high {above[at]:g} at {grid[at]:g}")
    bounds = tuple(below.tolist()), tuple(above.tolist())
    return CurveEnvelope(
        axis=tuple(grid.tolist()),
        low=bounds[0],
        high=bounds[1],
        least_axis=float("-inf"),
        most_axis=float("inf"),
        axis_unit=axis_unit,
        unit=unit,
    )


def learned_envelope(
    good: Sequence[Curve],
    *,
    tolerance: float = 0.1,
    slack: float = 0.0,
    leave_out: float = 0.0,
    points: int = 200,
    axis_unit: str = "",
    unit: str = "",
) -> CurveEnvelope:
    """From curves that are known to be good.

    `tolerance` is a share of the envelope's height at each place, `slack` is in the unit of the axis, `leave_out` the share of
    curves left out at each side of each place. Raises UserMistake for fewer than five curves or settings out of bounds.
    """
    from scipy.ndimage import maximum_filter1d, minimum_filter1d  # heavy, and only learning needs it

    if len(good) < FEWEST_GOOD:
        raise UserMistake(f"an envelope is learned from at least {FEWEST_GOOD} good curves, not {len(good)}")
    if not (tolerance >= 0.0 and slack >= 0.0 and 0.0 <= leave_out < 0.5 and points >= 2):
        raise UserMistake(
            "an envelope needs a tolerance and a slack of 0 or more, less than half left out, and at least 2 points"
        )
    clean = [_clean(one) for one in good]
    ends = np.array([axis.max() for axis, _ in clean])
    least, most = min(float(axis.min()) for axis, _ in clean), float(ends.max())
    if not least < most:
        raise UserMistake("an envelope can't be learned from curves whose axis stands still")
    edges = np.linspace(least, most, points + 1)
    cells = [_in_cells(axis, values, edges) for axis, values in clean]
    lows, highs = np.stack([low for low, _ in cells]), np.stack([high for _, high in cells])
    low, high = np.nanquantile(lows, leave_out, axis=0), np.nanquantile(highs, 1.0 - leave_out, axis=0)
    reach = 2 * (1 + math.ceil(slack / (edges[1] - edges[0]))) + 1
    low, high = minimum_filter1d(low, reach, mode="nearest"), maximum_filter1d(high, reach, mode="nearest")
    margin = tolerance * (high - low)
    spread = tolerance * (most - float(ends.min())) + slack
    return CurveEnvelope(
        axis=tuple((0.5 * (edges[1:] + edges[:-1])).tolist()),
        low=tuple((low - margin).tolist()),
        high=tuple((high + margin).tolist()),
        least_axis=float(np.quantile(ends, leave_out)) - spread,
        most_axis=float(np.quantile(ends, 1.0 - leave_out)) + spread,
        axis_unit=axis_unit,
        unit=unit,
        learned_from=len(good),
    )


def departure(curve: Curve, envelope: CurveEnvelope) -> Departure | None:
    """Where a curve leaves an envelope first, in the curve's own order; None where it stays within."""
    axis, values = np.asarray(curve.axis, np.float64), np.asarray(curve.values, np.float64)
    grid = np.asarray(envelope.axis)
    inside = (axis >= grid[0]) & (axis <= grid[-1])
    low, high = np.interp(axis, grid, envelope.low), np.interp(axis, grid, envelope.high)
    over = np.where(inside, np.maximum(values - high, low - values), -np.inf)
    outside = np.flatnonzero(over > 0.0)
    if len(outside):
        at = int(outside[0])
        is_above = bool(values[at] > high[at])
        bound = float(high[at] if is_above else low[at])
        return Departure("above" if is_above else "below", float(axis[at]), float(values[at]), bound, float(over[outside].max()))
    end = float(axis.max()) if len(axis) else float("-inf")
    newest = float(values[-1]) if len(values) else float("nan")
    if end < envelope.least_axis:
        return Departure("too short", end, newest, envelope.least_axis, envelope.least_axis - end)
    if end > envelope.most_axis:
        return Departure("too long", end, newest, envelope.most_axis, end - envelope.most_axis)
    return None


def _clean(curve: Curve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Axis and values without what is no number. Raises UserMistake where nothing is left."""
    axis, values = np.asarray(curve.axis, np.float64), np.asarray(curve.values, np.float64)
    if len(axis) != len(values):
        raise UserMistake(f"a curve has {len(axis)} places on its axis, but {len(values)} values")
    good = np.isfinite(axis) & np.isfinite(values)
    if not good.any():
        raise UserMistake("a curve without a single number can't be learned from")
    return axis[good], values[good]


def _in_cells(
    axis: NDArray[np.float64], values: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest value in each cell; where the curve only passes through, its value at the middle; NaN beyond its
    ends."""
    count = len(edges) - 1
    cell = np.clip(np.searchsorted(edges, axis, side="right") - 1, 0, count - 1)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, cell, values)
    np.maximum.at(high, cell, values)
    order = np.argsort(axis, kind="stable")
    passing = np.interp(0.5 * (edges[1:] + edges[:-1]), axis[order], values[order], left=np.nan, right=np.nan)
    empty = np.isinf(low)
    return np.where(empty, passing, low), np.where(empty, passing, high)
