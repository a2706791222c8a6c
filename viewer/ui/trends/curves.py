"""What a trend shows of a channel: its samples where they are few, else least and greatest per pixel.

It breaks where nothing is known. No Qt. Reading may wait for the gateway, so it is done beside the main thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from viewer.base.ids import ChannelId
from viewer.twin.channels import Channel
from viewer.twin.samples import Envelope, SampleReader, envelope_of
from viewer.ui.time.tracks import holds_ns
from viewer.ui.trends.figures import NO_FIGURES, Figures, figures_of

RAW_MOST = 6_000
"""Up to so many samples in a span each of them is read; beyond, least and greatest of each bucket."""
POINTS_MOST = 2_000
"""A curve has no more points than this, however wide the plot."""
_ROUGH = 64
_LEAST_RUN = 4
_MANY_GAPS = 16
"""From so many samples on, their own pace says when one is missing, should it be slower than the channel's period."""
Times = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Least and greatest values of a channel over time; NaN where the curve is broken."""

    channel: ChannelId
    t_ns: Times
    """(k,) ascending."""
    low: Values
    """(k,) in the channel's unit."""
    high: Values
    """(k,) the same array as `low` where each point is one sample."""
    figures: Figures = NO_FIGURES
    """Of the span that was asked for."""
    holds_ns: int = 0
    """How long the last sample says something about the time after it."""

    @property
    def is_band(self) -> bool:
        """Whether a point stands for several samples."""
        return self.low is not self.high

    def at(self, t_ns: int) -> tuple[float, float]:
        """Least and greatest at a moment: of the newest point not later, NaN where nothing is known."""
        row = int(np.searchsorted(self.t_ns, t_ns, side="right")) - 1
        if row < 0 or (row == len(self.t_ns) - 1 and t_ns - int(self.t_ns[row]) > self.holds_ns):
            return float("nan"), float("nan")
        return float(self.low[row]), float(self.high[row])


def read_rough(reader: SampleReader, channel: Channel, t0_ns: int, t1_ns: int) -> Curve:
    """A first picture of a span, in a few buckets. May take a while."""
    return _band(channel, reader.envelope(channel.id, t0_ns, t1_ns, _ROUGH), (t1_ns - t0_ns) // _ROUGH)


def read_curve(reader: SampleReader, channel: Channel, t0_ns: int, t1_ns: int, points: int) -> Curve:
    """A span in at most so many points, in which every peak is kept. May take a while."""
    points = max(_ROUGH, min(points, POINTS_MOST))
    if int(reader.envelope(channel.id, t0_ns, t1_ns, _ROUGH).counts.sum()) > RAW_MOST:
        width_ns = -(-(t1_ns - t0_ns) // (points // 2))
        first_ns = t0_ns // width_ns * width_ns  # on a grid of its own, so that a bucket stays the same while time goes on
        buckets = (t1_ns - first_ns) // width_ns + 1
        return _band(channel, reader.envelope(channel.id, first_ns, first_ns + buckets * width_ns - 1, buckets), width_ns)
    t_ns, values = reader.range(channel.id, max(0, t0_ns - holds_ns(channel.period_s)), t1_ns)
    inside = t_ns >= t0_ns
    hold_ns = pace_ns(channel, t_ns)
    kept = reduced(*broken(t_ns, values, hold_ns), points, hold_ns)
    return Curve(channel.id, kept[0], kept[1], kept[2], figures_of(values[inside]), hold_ns)


def pace_ns(channel: Channel, t_ns: Times) -> int:
    """How far apart two samples may lie with none missing between: by the period, or their own pace if that is slower."""
    told = holds_ns(channel.period_s)
    return max(told, 4 * int(np.median(np.diff(t_ns)))) if len(t_ns) > _MANY_GAPS else told


def broken(t_ns: Times, values: Values, hold_ns: int) -> tuple[Times, Values]:
    """The samples (k,), and NaN after each that the next one follows later than it holds."""
    after = np.flatnonzero(np.diff(t_ns) > hold_ns)
    return np.insert(t_ns, after + 1, t_ns[after] + hold_ns), np.insert(values, after + 1, np.nan)


def reduced(t_ns: Times, values: Values, points: int, hold_ns: int) -> tuple[Times, Values, Values]:
    """Samples (k,), NaN where broken, in about so many points: times, least and greatest (one array where nothing was joined).

    MinMaxLTTB (Van Der Donckt et al. 2023, arXiv:2305.00332) on each unbroken run; where runs are many, least and greatest of
    equal buckets.
    """
    if len(t_ns) <= points:
        return t_ns, values, values
    starts = _run_starts(values)
    if len(starts) > points // 16:
        first_ns, last_ns = int(t_ns[0]), int(t_ns[-1])
        envelope = envelope_of(t_ns, values, first_ns, last_ns, points // 2)
        return _apart(envelope, hold_ns + 2 * (last_ns - first_ns) // (points // 2))
    keep: list[NDArray[np.intp]] = []
    for first, end in zip(starts, [*starts[1:], len(values)], strict=True):
        keep.append(first + _kept_of(t_ns[first:end], values[first:end], round(points * (end - first) / len(values))))
    rows = np.concatenate(keep)
    kept = values[rows]
    return t_ns[rows], kept, kept


def _kept_of(t_ns: Times, values: Values, points: int) -> NDArray[np.intp]:
    """Rows to keep of a run that is NaN or finite throughout."""
    if np.isnan(values[0]):
        return np.zeros(1, np.intp)
    points = max(_LEAST_RUN, points)
    if len(values) <= points:
        return np.arange(len(values))
    chosen = MinMaxLTTBDownsampler().downsample(t_ns, np.ascontiguousarray(values), n_out=points).astype(np.intp)
    peaks = np.array([0, int(values.argmin()), int(values.argmax()), len(values) - 1])
    return np.union1d(chosen, peaks)  # LTTB chooses among peaks by area; the greatest of all is never left out


def _apart(envelope: Envelope, hold_ns: int) -> tuple[Times, Values, Values]:
    """Times, least and greatest of buckets, and NaN after each that the next one follows too late."""
    after = np.flatnonzero(np.diff(envelope.t_ns) > hold_ns)
    t_ns = np.insert(envelope.t_ns, after + 1, envelope.t_ns[after] + hold_ns)
    return t_ns, np.insert(envelope.low, after + 1, np.nan), np.insert(envelope.high, after + 1, np.nan)


def _run_starts(values: Values) -> list[int]:
    missing = np.isnan(values)
    return [0, *(np.flatnonzero(missing[1:] != missing[:-1]) + 1).tolist()]


def _band(channel: Channel, envelope: Envelope, width_ns: int) -> Curve:
    hold_ns = holds_ns(channel.period_s) + 2 * width_ns
    t_ns, low, high = _apart(envelope, hold_ns)
    good = high[np.isfinite(high)]
    least = float(np.nanmin(low)) if len(good) else float("nan")
    greatest = float(good.max()) if len(good) else float("nan")
    figures = Figures(int(envelope.counts.sum()), least, greatest)
    return Curve(channel.id, t_ns, low, high, figures, hold_ns)
