"""Statistics over the last so many seconds: the window of a sample reaches from just after `t - seconds` to the sample itself."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from viewer.edge.rules.operator import Times, Values

MOST_SAMPLES = 50_000
"""A window that would hold more is not known: average the channel first."""
_AT_ONCE = 1_000_000


class Window(ABC):
    """Known once samples reach back over the whole window."""

    def __init__(self, seconds: float) -> None:
        self._width_ns = max(1, round(1e9 * seconds))
        self._t_ns, self._x = np.empty(0, np.int64), np.empty(0)
        self._known_from_ns: int | None = None

    def step(self, t_ns: Times, x: Values) -> Values:
        if not len(x):
            return x
        all_ns, all_x = np.concatenate([self._t_ns, t_ns]), np.concatenate([self._x, x])
        end = np.arange(len(self._t_ns) + 1, len(all_ns) + 1)
        start = np.searchsorted(all_ns, t_ns - self._width_ns, side="right")
        start = np.maximum(start, end - MOST_SAMPLES)
        if self._known_from_ns is None:
            self._known_from_ns = int(t_ns[0])
        full = (t_ns - self._width_ns >= self._known_from_ns) & (end - start < MOST_SAMPLES)
        found = self._statistic(all_x, start, end)
        kept = int(start[-1])
        self._t_ns, self._x = all_ns[kept:], all_x[kept:]
        return np.where(full | self._is_always_known, found, np.nan)

    @abstractmethod
    def _statistic(self, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
        """Of x[start:end] for each window (k,); none is empty."""

    @property
    def _is_always_known(self) -> bool:
        return False


def _over(function: np.ufunc, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
    bounds = np.stack([start, end], axis=1).ravel()
    return function.reduceat(np.append(x, 0.0), bounds)[::2]


class Mean(Window):
    """The mean."""

    def _statistic(self, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
        return _over(np.add, x, start, end) / (end - start)


class Lowest(Window):
    """The least value."""

    def _statistic(self, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
        return _over(np.minimum, x, start, end)


class Highest(Window):
    """The greatest value."""

    def _statistic(self, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
        return _over(np.maximum, x, start, end)


class Range(Window):
    """Greatest less least."""

    def _statistic(self, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
        return _over(np.maximum, x, start, end) - _over(np.minimum, x, start, end)


class Deviation(Window):
    """The standard deviation of a sample (n - 1); unknown for fewer than two values.

    Sums are taken about the first value ever seen, so that a large constant part costs no digits.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self._about: float | None = None

    def _statistic(self, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
        if self._about is None:
            self._about = float(x[0])
        y, n = x - self._about, (end - start).astype(np.float64)
        total, squares = _over(np.add, y, start, end), _over(np.add, y * y, start, end)
        with np.errstate(all="ignore"):
            return np.where(n > 1, np.sqrt(np.maximum(squares - total * total / n, 0.0) / (n - 1.0)), np.nan)


class Median(Window):
    """The median."""

    def _statistic(self, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
        found, count = np.empty(len(start)), end - start
        for n in np.unique(count):
            alike = np.flatnonzero(count == n)
            for part in np.array_split(alike, max(1, len(alike) * int(n) // _AT_ONCE)):
                found[part] = np.median(x[start[part, None] + np.arange(n)], axis=1)
        return found


class Count(Window):
    """How many good samples there were; known from the first."""

    @property
    def _is_always_known(self) -> bool:
        return True

    def _statistic(self, x: Values, start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
        return (end - start).astype(np.float64)
