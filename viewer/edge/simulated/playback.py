"""Playback: curves over a job's working time become samples over the plant's time, pauses and silence included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.edge.simulated.work import Job

Array = NDArray[np.float64]
NS = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Values of some channels over one job."""

    p_s: Array
    """(n,) working time, ascending, within the job."""
    values: Array
    """(n, m) one column per channel."""


class Outbox:
    """Collects one step's samples."""

    def __init__(self) -> None:
        self.channels: list[NDArray[np.uint32]] = []
        self.times: list[NDArray[np.int64]] = []
        self.values: list[Array] = []

    def put(self, channels: NDArray[np.uint32], t_ns: NDArray[np.int64], values: Array) -> None:
        """Samples of m channels at n common times: values (n, m)."""
        if len(t_ns):
            self.channels.append(np.repeat(channels, len(t_ns)))
            self.times.append(np.tile(t_ns, len(channels)))
            self.values.append(values.T.ravel())


def ticks(after_ns: int, until_ns: int, period_ns: int) -> NDArray[np.int64]:
    """The multiples of the period in (after, until]."""
    return np.arange(after_ns // period_ns + 1, until_ns // period_ns + 1, dtype=np.int64) * period_ns


@dataclass(slots=True, eq=False)
class _Span:
    """A stretch of time in which either a curve runs or the last values stand."""

    begin_ns: int
    t_ns: NDArray[np.int64] | None
    values: Array
    """Of the curve (n, m), or what stands (1, m)."""
    end_ns: int | None = None
    tells_begin: bool = False
    """Whether what stands is told at once, because the curve before it had no sample just then."""


class Playback:
    """Some channels that follow one curve per job, and stand still between jobs and in pauses.

    Times are nanoseconds since the plant's epoch (the beginning of its warm-up).
    """

    def __init__(self, channels: NDArray[np.uint32], rest: Array, period_s: float) -> None:
        self.channels = channels
        self.period_ns = round(period_s * NS)
        self.spans = [_Span(-(2**62), None, np.atleast_2d(rest))]
        self._curve: Curve | None = None
        self._job: Job | None = None
        self._before = self.spans[0].values[0]

    def rest_at(self, values: Array) -> None:
        """Before the first job that is followed, these values (m,) stand."""
        self.spans[0].values = values[None, :]
        self._before = values

    def standing(self) -> Array:
        """The values (m,) that stood before the curve at hand: what a channel shows until its job gives it something new."""
        return self._before

    def take(self, job: Job, t_s: float) -> None:
        """A job is about to be followed: keep what stands now, unless it is the same job again."""
        if job is not self._job:
            self._job, self._before = job, self._last_row(round(t_s * NS))

    def run(self, job: Job, curve: Curve, t_s: float) -> None:
        """From now on the curve runs with the job, or stands where the job stands."""
        self._curve = curve
        self.follow(job, t_s)

    def follow(self, job: Job, t_s: float) -> None:
        """The job was stopped or goes on."""
        if self._curve is None:
            return
        now_ns, done_s = round(t_s * NS), job.progress_s(t_s)
        if not job.running:
            self._stand(now_ns)
            return
        first = int(np.searchsorted(self._curve.p_s, done_s - 1e-9))
        t_ns = np.rint((t_s + (self._curve.p_s[first:] - done_s)) * NS).astype(np.int64)
        values = self._curve.values[first:]
        if len(t_ns) and t_ns[0] > now_ns:
            t_ns = np.concatenate([[now_ns], t_ns])
            values = np.concatenate([self._last_row(now_ns)[None, :], values])
        self._open(_Span(now_ns, t_ns, values))

    def end(self, t_s: float) -> None:
        """The job is done: the curve's last values stand."""
        if self._curve is not None:
            self._stand(round(t_s * NS))
        self._curve = None

    def _stand(self, now_ns: int) -> None:
        last = self.spans[-1]
        told = last.t_ns is None or bool(np.any(last.t_ns == now_ns))
        self._open(_Span(now_ns, None, self._last_row(now_ns)[None, :], tells_begin=not told))

    def _last_row(self, now_ns: int) -> Array:
        span = self.spans[-1]
        if span.t_ns is None:
            return span.values[0]
        return span.values[max(0, int(np.searchsorted(span.t_ns, now_ns, side="right")) - 1)]

    def _open(self, span: _Span) -> None:
        self.spans[-1].end_ns = span.begin_ns
        self.spans.append(span)

    def collect(self, after_ns: int, until_ns: int, out: Outbox) -> None:
        """Put the samples of (after, until] and forget what lies before."""
        for span in self.spans:
            high = until_ns if span.end_ns is None else min(until_ns, span.end_ns)
            low = max(after_ns, span.begin_ns - (span.t_ns is not None))
            if span.t_ns is None:
                ends_here = span.end_ns is not None and high == span.end_ns
                t_ns = ticks(low, high - ends_here, self.period_ns)
                if span.tells_begin and after_ns < span.begin_ns <= high - ends_here:
                    t_ns = np.concatenate([[span.begin_ns], t_ns])
                out.put(self.channels, t_ns, np.repeat(span.values, len(t_ns), axis=0))
            else:
                first, last = np.searchsorted(span.t_ns, (low, high), side="right")
                out.put(self.channels, span.t_ns[first:last], span.values[first:last])
        self.spans = [one for one in self.spans if one.end_ns is None or one.end_ns > until_ns]
