"""Control charts as operators: EWMA, CUSUM, X-bar, the rules of Nelson and of Western Electric.

Sources: S. W. Roberts (1959), Technometrics 1, 239-250, and J. M. Lucas, M. S. Saccucci (1990), Technometrics 32, 1-12 (EWMA and
its exact limits); E. S. Page (1954), Biometrika 41, 100-115, in the tabular form of D. C. Montgomery, Introduction to Statistical
Quality Control, ch. 9; L. S. Nelson (1984), J. Quality Technology 16, 237-239; Western Electric, Statistical Quality Control
Handbook (1956). `target` and `sigma` are those of the process while all is well; `sigma` is that of single samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from viewer.edge.rules.operator import Times, Values

_LONGEST_RUN = 15
_RENEWED = 1 << 16
"""Samples after which a running sum begins anew, so that it never grows without bounds."""


class Ewma:
    """z = weight * x + (1 - weight) * z before; it begins with the first sample."""

    def __init__(self, weight: float) -> None:
        self._weight = weight
        self._z: float | None = None

    def step(self, t_ns: Times, x: Values) -> Values:
        if not len(x):
            return x
        start = float(x[0]) if self._z is None else self._z
        found, last = _smoothed(x, self._weight, start)
        self._z = last
        return found


class EwmaChart:
    """1 where the EWMA, begun at the target, lies outside target ± width * sigma * sqrt(weight / (2 - weight) * (1 - (1 -
    weight)^2i))."""

    def __init__(self, target: float, sigma: float, weight: float, width: float) -> None:
        self._target, self._sigma, self._weight, self._width = target, sigma, weight, width
        self._z, self._count = 0.0, 0

    def step(self, t_ns: Times, x: Values) -> Values:
        if not len(x):
            return x
        found, self._z = _smoothed((x - self._target) / self._sigma, self._weight, self._z)
        number = self._count + 1.0 + np.arange(len(x))
        self._count += len(x)
        limit = self._width * np.sqrt(self._weight / (2.0 - self._weight) * (1.0 - (1.0 - self._weight) ** (2.0 * number)))
        return (np.abs(found) > limit).astype(np.float64)


def _smoothed(x: Values, weight: float, before: float) -> tuple[Values, float]:
    from scipy.signal import lfilter  # a second of imports, for rules that smooth

    found, _ = lfilter([weight], [1.0, weight - 1.0], x, zi=[(1.0 - weight) * before])
    return found, float(found[-1])


class CusumSide:
    """C = max(0, C before + side * (x - target) / sigma - k), in sigmas; side +1 for shifts up, -1 for shifts down."""

    def __init__(self, target: float, sigma: float, k: float, side: float) -> None:
        self._target, self._scale, self._k = target, side / sigma, k
        self._sum = self._least = 0.0
        self._count = 0

    def step(self, t_ns: Times, x: Values) -> Values:
        steps = (x - self._target) * self._scale - self._k
        parts: list[Values] = []
        while len(steps):
            part = steps[: _RENEWED - self._count]
            steps = steps[len(part) :]
            parts.append(self._followed(part))
        return np.concatenate(parts) if parts else x

    def _followed(self, steps: Values) -> Values:
        """C = S - min(0, least S so far), with S the running sum that began at what C was when it was last renewed."""
        sums = np.add.accumulate(np.concatenate([[self._sum], steps]))[1:]
        least = np.minimum.accumulate(np.concatenate([[self._least], sums]))[1:]
        found = sums - np.minimum(least, 0.0)
        self._sum, self._least = float(sums[-1]), float(least[-1])
        self._count += len(steps)
        if self._count == _RENEWED:
            self._sum, self._least, self._count = float(found[-1]), 0.0, 0
        return found


class Cusum:
    """1 where either side's sum exceeds h."""

    def __init__(self, target: float, sigma: float, k: float, h: float) -> None:
        self._up, self._down, self._h = CusumSide(target, sigma, k, 1.0), CusumSide(target, sigma, k, -1.0), h

    def step(self, t_ns: Times, x: Values) -> Values:
        return (np.maximum(self._up.step(t_ns, x), self._down.step(t_ns, x)) > self._h).astype(np.float64)


class XBar:
    """1 from the last sample of a group of n consecutive ones whose mean lies outside target ± 3 sigma / sqrt(n) to the next
    group's last."""

    def __init__(self, target: float, sigma: float, n: float) -> None:
        self._target, self._n = target, round(n)
        self._limit = 3.0 * sigma / np.sqrt(self._n)
        self._group, self._held = np.empty(0), np.nan

    def step(self, t_ns: Times, x: Values) -> Values:
        begun, waiting = len(self._group), np.concatenate([self._group, x])
        whole = len(waiting) // self._n
        groups = waiting[: whole * self._n].reshape(whole, self._n)
        self._group = waiting[whole * self._n :]
        outside = (np.abs(groups.mean(axis=1) - self._target) > self._limit).astype(np.float64)
        held = np.concatenate([[self._held], outside])
        self._held = float(held[-1])
        return held[(begun + 1 + np.arange(len(x))) // self._n]


class Runs:
    """The least number of the chart's rules that the newest sample breaks, 0 where none; or 1 and 0 for one `rule` alone."""

    def __init__(self, target: float, sigma: float, rule: float, *, western: bool) -> None:
        self._target, self._sigma, self._rule, self._tests = target, sigma, round(rule), _WESTERN if western else _NELSON
        self._before = np.full(_LONGEST_RUN - 1, np.nan)

    def step(self, t_ns: Times, x: Values) -> Values:
        z = np.concatenate([self._before, (x - self._target) / self._sigma])
        self._before = z[-(_LONGEST_RUN - 1) :]
        if self._rule:
            return self._tests[self._rule - 1](z)[_LONGEST_RUN - 1 :].astype(np.float64)
        found = np.zeros(len(x))
        for number in range(len(self._tests), 0, -1):
            found[self._tests[number - 1](z)[_LONGEST_RUN - 1 :]] = number
        return found


def _of(hits: NDArray[np.bool_], wanted: int, window: int) -> NDArray[np.bool_]:
    """Whether the newest is a hit and so are at least `wanted` of the last `window`."""
    total = np.cumsum(np.concatenate([np.zeros(window, np.int64), hits]))
    return hits & (total[window:] - total[:-window] >= wanted)


def _either(z: Values, beyond: float, wanted: int, window: int) -> NDArray[np.bool_]:
    """The same for values beyond so many sigmas on one side, or on the other."""
    return _of(z > beyond, wanted, window) | _of(z < -beyond, wanted, window)


def _steady(z: Values) -> NDArray[np.bool_]:
    """Six in a row, each greater (or each less) than the one before: five steps of one sign."""
    steps = np.diff(z, prepend=np.nan)
    return _of(steps > 0.0, 5, 5) | _of(steps < 0.0, 5, 5)


def _alternating(z: Values) -> NDArray[np.bool_]:
    """Fourteen in a row, up and down by turns: thirteen steps, twelve changes of sign."""
    steps = np.diff(z, prepend=np.nan)
    return _of(steps * np.concatenate([[np.nan], steps[:-1]]) < 0.0, 12, 12)


_NELSON = (
    lambda z: np.abs(z) > 3.0,
    lambda z: _either(z, 0.0, 9, 9),
    _steady,
    _alternating,
    lambda z: _either(z, 2.0, 2, 3),
    lambda z: _either(z, 1.0, 4, 5),
    lambda z: _of(np.abs(z) < 1.0, 15, 15),
    lambda z: _of(np.abs(z) > 1.0, 8, 8),
)
_WESTERN = (
    lambda z: np.abs(z) > 3.0,
    lambda z: _either(z, 2.0, 2, 3),
    lambda z: _either(z, 1.0, 4, 5),
    lambda z: _either(z, 0.0, 8, 8),
)
