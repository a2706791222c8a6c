"""The contract of an operator over time, and what all of them do with values that are not known."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.float64]


class Operator(Protocol):
    """Remembers what it needs of the samples so far. The same samples in other blocks give the same values, bit for bit."""

    def step(self, t_ns: Times, x: Values) -> Values:
        """One value for each sample (k,); the samples go on from those before, are finite, and t never falls."""
        ...


class OverGood:
    """An operator that never sees an unknown value: there its own value is unknown too, and nothing is remembered."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def step(self, t_ns: Times, x: Values) -> Values:
        good = np.isfinite(x)
        if good.all():
            return self._operator.step(t_ns, x)
        found = np.full(len(x), np.nan)
        found[good] = self._operator.step(t_ns[good], x[good])
        return found
