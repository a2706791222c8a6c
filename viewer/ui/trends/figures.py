"""Figures of a channel over a span: how many samples, least, greatest, mean and spread. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ChannelId
from viewer.twin.channels import Condition
from viewer.twin.samples import SampleReader

_WHOLE = 200_000
"""Up to so many samples each of them is read for mean and spread; beyond, least and greatest alone are told."""
_NAN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Figures:
    """In the channel's unit; NaN where not known."""

    samples: int = 0
    """Good and bad."""
    low: float = _NAN
    high: float = _NAN
    mean: float = _NAN
    """Of the good samples, each of equal weight."""
    std: float = _NAN
    """Of the samples (n - 1)."""


NO_FIGURES = Figures()


@dataclass(frozen=True, slots=True)
class Between:
    """A channel at two moments and between them."""

    at_a: float
    at_b: float
    figures: Figures

    @property
    def change(self) -> float:
        return self.at_b - self.at_a


def figures_of(values: NDArray[np.float64]) -> Figures:
    """Of samples (k,); those that are NaN only count."""
    good = values[np.isfinite(values)]
    if not len(good):
        return Figures(len(values))
    low, high = float(good.min()), float(good.max())
    if low == high:  # of equal values, not what rounding makes of them
        return Figures(len(values), low, high, low, 0.0 if len(good) > 1 else _NAN)
    return Figures(len(values), low, high, float(good.mean()), float(good.std(ddof=1)))


def read_between(reader: SampleReader, channels: Sequence[ChannelId], a_ns: int, b_ns: int) -> dict[ChannelId, Between]:
    """Each channel at A, at B (whichever comes first), and from the earlier to the later. May take a while."""
    at_a, at_b = reader.latest_at(channels, a_ns), reader.latest_at(channels, b_ns)
    t0_ns, t1_ns = min(a_ns, b_ns), max(a_ns, b_ns)
    found: dict[ChannelId, Between] = {}
    for row, channel in enumerate(channels):
        ends = [one.values[row] if one.condition[row] == Condition.NORMAL else _NAN for one in (at_a, at_b)]
        found[channel] = Between(float(ends[0]), float(ends[1]), _figures(reader, channel, t0_ns, t1_ns))
    return found


def _figures(reader: SampleReader, channel: ChannelId, t0_ns: int, t1_ns: int) -> Figures:
    envelope = reader.envelope(channel, t0_ns, t1_ns + 1, 64)
    count = int(envelope.counts.sum())
    if count <= _WHOLE:
        return figures_of(reader.range(channel, t0_ns, t1_ns)[1])
    good = np.isfinite(envelope.high)
    if not good.any():
        return Figures(count)
    return Figures(count, float(envelope.low[good].min()), float(envelope.high[good].max()))
