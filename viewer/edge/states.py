"""How each source fares: its state, since when, how fast and how late it brings samples, and what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from viewer.edge.source import AttendedSource, Source, SourceCondition, SourceGap

_SMOOTHING = 0.1
_RATE_OVER_NS = 1_000_000_000


@dataclass(slots=True)
class SourceState:
    """Counted since the gateway's start. On the gateway's thread."""

    name: str
    kind: str
    since_ns: int
    state: SourceCondition = "connecting"
    sentence: str = ""
    latency_ms: float = math.nan
    """From a sample's own time to the gateway, of the newest of each block, smoothed."""
    samples: int = 0
    samples_per_s: float = 0.0
    lost_samples: int = 0
    outages: int = 0
    gaps: list[SourceGap] = field(default_factory=list)
    """Not yet written into history."""
    _counted: int = 0
    _counting_since_ns: int = 0

    def become(self, state: SourceCondition, sentence: str, t_ns: int) -> bool:
        """Take a state; whether it is another one."""
        changed = state != self.state
        if changed:
            self.since_ns = t_ns
            self.outages += state == "down"
        self.state, self.sentence = state, sentence
        return changed

    def brought(self, samples: int, newest_ns: int, now_ns: int) -> None:
        """Samples came, the newest of this time."""
        self.samples += samples
        self._counted += samples
        late_ms = (now_ns - newest_ns) / 1e6
        first = math.isnan(self.latency_ms)
        self.latency_ms = late_ms if first else self.latency_ms + _SMOOTHING * (late_ms - self.latency_ms)

    def look(self, source: Source, now_ns: int) -> bool:
        """Take up what the source says of itself, and the rate; whether its state changed."""
        span_ns = now_ns - self._counting_since_ns
        if span_ns >= _RATE_OVER_NS:
            self.samples_per_s = 1e9 * self._counted / span_ns if self._counting_since_ns else 0.0
            self._counted, self._counting_since_ns = 0, now_ns
        if not isinstance(source, AttendedSource):
            return self.become("live", "live", now_ns)
        for gap in source.take_gaps():
            self.lost_samples += gap.samples
            self.gaps.append(gap)
        report = source.report()
        if not math.isnan(report.latency_ms):
            self.latency_ms = report.latency_ms
        return self.become(report.state, report.sentence, now_ns)
