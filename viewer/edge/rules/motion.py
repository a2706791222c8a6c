"""Operators on change: rate, previous value, delay and integral."""

from __future__ import annotations

import numpy as np

from viewer.edge.rules.operator import Times, Values


class Previous:
    """The sample before."""

    def __init__(self) -> None:
        self._last = np.nan

    def step(self, t_ns: Times, x: Values) -> Values:
        before = np.concatenate([[self._last], x])
        self._last = before[-1]
        return before[:-1]


class Rate:
    """Change per second since the sample before; unknown for the first, and where no time has passed."""

    def __init__(self) -> None:
        self._t_ns, self._x = 0, np.nan

    def step(self, t_ns: Times, x: Values) -> Values:
        passed_s = np.diff(t_ns, prepend=self._t_ns) * 1e-9
        change = np.diff(x, prepend=self._x)
        if len(x):
            self._t_ns, self._x = int(t_ns[-1]), float(x[-1])
        with np.errstate(all="ignore"):
            return np.where(passed_s > 0.0, change / passed_s, np.nan)


class Delay:
    """What the value was so many seconds ago: the newest sample not after then; unknown before there was one."""

    def __init__(self, seconds: float) -> None:
        self._delay_ns = round(1e9 * seconds)
        self._t_ns, self._x = np.empty(0, np.int64), np.empty(0)

    def step(self, t_ns: Times, x: Values) -> Values:
        all_ns, all_x = np.concatenate([self._t_ns, t_ns]), np.concatenate([self._x, x])
        at = np.searchsorted(all_ns, t_ns - self._delay_ns, side="right") - 1
        # of samples with one time only those up to the asking one exist yet
        at = np.minimum(at, np.arange(len(self._t_ns), len(all_ns)))
        found = np.where(at >= 0, all_x[at], np.nan) if len(all_x) else np.empty(0)
        if len(at):
            kept = slice(max(0, int(at[-1])), None)
            self._t_ns, self._x = all_ns[kept], all_x[kept]
        return found


class Integral:
    """The area under the samples since the first, by trapezia, in unit times seconds."""

    def __init__(self) -> None:
        self._t_ns, self._x, self._sum = 0, np.nan, 0.0

    def step(self, t_ns: Times, x: Values) -> Values:
        if not len(x):
            return x
        is_first = np.isnan(self._x)
        before_ns, before_x = (int(t_ns[0]), float(x[0])) if is_first else (self._t_ns, self._x)
        passed_s = np.diff(t_ns, prepend=before_ns) * 1e-9
        areas = 0.5 * passed_s * (x + np.concatenate([[before_x], x[:-1]]))
        found = np.add.accumulate(np.concatenate([[self._sum], areas]))[1:]
        self._t_ns, self._x, self._sum = int(t_ns[-1]), float(x[-1]), float(found[-1])
        return found
