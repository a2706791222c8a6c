"""Two moments compared: which channels differ, by how much, and which of them went out of their limits. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.twin.channels import Channel, Condition
from viewer.twin.samples import Latest

_ROUNDING = 1e-9
"""Of the display range (or of the greater value): less is no difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One channel at the moments A and B; a value is NaN where none was known."""

    channel: Channel
    a: float
    b: float
    weight: float
    """The change against the channel's display range (of its value where it has none); infinite where only one is known."""

    @property
    def change(self) -> float:
        return self.b - self.a


def differences(channels: Sequence[Channel], a: Latest, b: Latest) -> tuple[Difference, ...]:
    """The channels that differ between two moments, greatest change first; `a` and `b` are in the order of `channels`.

    Counters and positions differ nearly always, so they come after measurements, states and setpoints.
    """
    known_a, known_b = a.condition != Condition.MISSING, b.condition != Condition.MISSING
    span = np.array([_span(c) for c in channels])
    scale = np.where(np.isfinite(span), span, np.maximum(np.abs(a.values), np.abs(b.values)))
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.abs(b.values - a.values) / np.where(scale > 0.0, scale, 1.0)
    weight = np.where(known_a & known_b, np.nan_to_num(weight, nan=0.0), np.where(known_a ^ known_b, np.inf, 0.0))
    found = [
        Difference(channels[i], float(a.values[i]), float(b.values[i]), float(weight[i]))
        for i in np.flatnonzero(weight > _ROUNDING).tolist()
    ]
    return tuple(sorted(found, key=lambda d: (d.channel.kind in ("counter", "position"), -d.weight, d.channel.id)))


def _span(channel: Channel) -> float:
    if channel.low is None or channel.high is None or channel.high <= channel.low:
        return float("nan")
    return channel.high - channel.low
