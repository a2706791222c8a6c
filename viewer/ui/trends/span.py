"""The span of time that the trends show: it follows the window's moment, or stands where a person has put it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

from viewer.ui.time.scale import Scale

LEAST_S, MOST_S = 1.0, 400 * 86_400.0
SPANS_S = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 14_400.0, 28_800.0, 86_400.0, 604_800.0, 2_592_000.0)
USUAL_S = 60.0
_BEHIND = 0.2
"""Share of the span kept after a moment of the past, so that one sees what came of it."""


@dataclass(frozen=True, slots=True)
class TrendSpan:
    """Spans are values: each change gives another one."""

    end_ns: int = 0
    span_s: float = USUAL_S
    follows: bool = True
    """Whether it goes along with the window's moment."""

    @property
    def start_ns(self) -> int:
        return self.end_ns - round(1e9 * self.span_s)

    def following(self, t_ns: int, now_ns: int, *, is_live: bool) -> TrendSpan:
        """Go along: live, the right edge is now; in the past the span moves where the moment leaves it."""
        if not self.follows:
            return self
        if is_live:
            return replace(self, end_ns=now_ns)
        if self.start_ns <= t_ns <= self.end_ns:
            return self
        return replace(self, end_ns=min(now_ns, t_ns + round(_BEHIND * 1e9 * self.span_s)))

    def zoomed(self, factor: float, around_ns: int) -> TrendSpan:
        """A span `factor` times as long in which the given moment keeps its place."""
        span_s = min(MOST_S, max(LEAST_S, self.span_s * factor))
        ahead_ns = round((self.end_ns - around_ns) * (span_s / self.span_s))
        return replace(self, end_ns=around_ns + ahead_ns, span_s=span_s)

    def panned(self, by_ns: int, now_ns: int) -> TrendSpan:
        """Moved, and standing there; never wholly into what has not come."""
        latest_ns = now_ns + round(0.5e9 * self.span_s)
        return replace(self, end_ns=max(round(1e9 * self.span_s), min(self.end_ns + by_ns, latest_ns)), follows=False)

    def over(self, left_px: float, width_px: float) -> Scale:
        """The span laid over a width."""
        return Scale(self.end_ns, self.span_s, left_px, max(1.0, width_px))
