"""Building blocks of curves over a job: dense in the windows where something happens, sparse between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.edge.simulated.playback import Curve

Array = NDArray[np.float64]
SPARSE_S = 0.4
Window = tuple[float, float]
"""Begin and end, seconds of working time."""


def grid(duration_s: float, windows: Sequence[Window] = (), rate_hz: float = 100.0) -> Array:
    """Ascending times (n,) from 0 to the job's end: `rate_hz` within the windows, every 0.4 s between them."""
    parts = [np.arange(0.0, duration_s, SPARSE_S), np.array([duration_s])]
    for begin, end in windows:
        parts += [np.arange(begin, end, 1.0 / rate_hz), np.array([end])]
    p_s = np.unique(np.round(np.concatenate(parts), 6))
    return p_s[(p_s >= 0.0) & (p_s <= duration_s)]


def stepped(duration_s: float, at_s: Sequence[float] | Array, values: Sequence[float] | Array, before: float) -> Curve:
    """One channel that takes each value from its time on and stands between; `before` until the first."""
    times, steps = np.round(np.asarray(at_s, np.float64), 6), np.concatenate([[before], np.asarray(values, np.float64)])
    p_s = np.unique(np.concatenate([grid(duration_s), times]))
    return Curve(p_s, steps[np.searchsorted(times, p_s, side="right")][:, None])


def evenly(duration_s: float, count: int, begin: float, end: float, filled: float = 0.8) -> list[Window]:
    """`count` windows side by side between two fractions of the job, each filling a part of its place."""
    place_s = (end - begin) * duration_s / count
    return [(begin * duration_s + k * place_s, begin * duration_s + (k + filled) * place_s) for k in range(count)]
