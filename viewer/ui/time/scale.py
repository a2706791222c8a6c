"""The scale of the timeline: from moments to places across it, and where its ticks stand. No Qt."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

LEAST_S, MOST_S = 10.0, 400 * 86_400.0
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400)  # fmt: skip
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Scale:
    """A span of time laid over a width."""

    end_ns: int
    span_s: float
    left_px: float
    width_px: float

    @property
    def start_ns(self) -> int:
        return self.end_ns - round(1e9 * self.span_s)

    def x(self, t_ns: int) -> float:
        """Where a moment stands, px; also outside the width."""
        return self.left_px + self.width_px * (1.0 - (self.end_ns - t_ns) / 1e9 / self.span_s)

    def t_ns(self, x_px: float) -> int:
        """The moment at a place."""
        return self.end_ns - round(1e9 * self.span_s * (1.0 - (x_px - self.left_px) / max(1.0, self.width_px)))

    def zoomed(self, factor: float, around_ns: int) -> Scale:
        """A span `factor` times as long in which the given moment keeps its place."""
        span_s = min(MOST_S, max(LEAST_S, self.span_s * factor))
        ahead_s = (self.end_ns - around_ns) / 1e9 * (span_s / self.span_s)
        return Scale(around_ns + round(1e9 * ahead_s), span_s, self.left_px, self.width_px)

    def ticks(self, least_px: float = 90.0) -> tuple[tuple[int, str], ...]:
        """Moments at round local times, at least so far apart, with what is written there: a time, or a date at midnight."""
        least_s = self.span_s * least_px / max(1.0, self.width_px)
        step_s = next((s for s in _STEPS_S if s >= least_s), math.ceil(least_s / _DAY_S) * _DAY_S)
        zone_s = time.localtime(self.end_ns / 1e9).tm_gmtoff
        first = math.ceil((self.start_ns / 1e9 + zone_s) / step_s)
        last = math.floor((self.end_ns / 1e9 + zone_s) / step_s)
        moments = [round((k * step_s - zone_s) * 1e9) for k in range(first, last + 1)]
        return tuple((t_ns, tick_text(t_ns, step_s)) for t_ns in moments)


def tick_text(t_ns: int, step_s: float) -> str:
    """The time of day, without seconds where ticks stand on whole minutes; the date at midnight."""
    local = time.localtime(t_ns / 1e9)
    if step_s >= 60 and local.tm_hour == 0 and local.tm_min == 0:
        return time.strftime("%d %b", local)
    return time.strftime("%H:%M" if step_s >= 60 else "%H:%M:%S", local)


def moment_text(t_ns: int, now_ns: int) -> str:
    """A moment as a person reads it: the time, with its date where that is not today's."""
    local, today = time.localtime(t_ns / 1e9), time.localtime(now_ns / 1e9)
    same_day = (local.tm_year, local.tm_yday) == (today.tm_year, today.tm_yday)
    return time.strftime("%H:%M:%S" if same_day else "%d %b %Y %H:%M:%S", local)


def span_text(span_s: float) -> str:
    """A span in the largest unit that fits."""
    for unit, name in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if span_s >= unit:
            return f"{span_s / unit:.3g} {name}"
    return f"{span_s:.3g} s"
