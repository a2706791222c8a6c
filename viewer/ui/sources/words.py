"""How the state of sources is said: one word, one shape and one colour for each, and one line for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from viewer.base.units import grouped
from viewer.live.past_words import SourceInfo
from viewer.live.status import FeedStatus
from viewer.ui.value_text import clock_text

ICONS: Final = {"live": "good", "connecting": "connecting", "stale": "stale", "down": "lost", "unknown": "missing"}
TOKENS: Final = {"live": "good", "connecting": "accent", "stale": "warning", "down": "alarm", "unknown": "text_faint"}
_ILLS: Final = ("down", "stale", "connecting")
"""Worst first."""


def worst_of(sources: Sequence[SourceInfo], status: FeedStatus | None) -> str:
    """The state to show for all: of the worst source; `unknown` where the gateway itself is not heard."""
    if status is None or status.state in ("lost", "stale") or not sources:
        return "unknown"
    states = {one.state for one in sources}
    return next((ill for ill in _ILLS if ill in states), "live")


def summary(sources: Sequence[SourceInfo], status: FeedStatus | None) -> str:
    """«3 sources live · 1 down since 12:03:10»; empty where no source is known of."""
    if not sources:
        return ""
    if status is None or status.state in ("lost", "stale"):
        since = "" if status is None else f" since {clock_text(status.since_ns)}"
        return f"{_counted(len(sources))} unheard{since}"
    live = sum(one.state == "live" for one in sources)
    parts = [f"{_counted(live)} live"] if live else []
    for ill in _ILLS:
        some = [one for one in sources if one.state == ill]
        if some:
            bare = f"{len(some)} {ill}" if parts else f"{_counted(len(some))} {ill}"
            parts.append(bare if ill == "connecting" else f"{bare} since {clock_text(min(one.since_ns for one in some))}")
    return " · ".join(parts)


def about(one: SourceInfo) -> str:
    """All that is known of a source, for a tool tip and those who read with their ears."""
    lines = [
        f"{one.name} ({one.kind}): {one.state} since {clock_text(one.since_ns)}",
        one.sentence,
        f"{grouped(one.channels)} channels, {grouped(one.samples_per_s)} samples/s, {latency_text(one)} to the gateway",
        f"{grouped(one.samples)} samples, {grouped(one.lost_samples)} lost, {grouped(one.outages)} outages",
    ]
    return "\n".join(line for line in lines if line)


def latency_text(one: SourceInfo) -> str:
    """«12 ms»; a dash where the source can't say."""
    if one.latency_ms is None:
        return "–"
    return f"{grouped(one.latency_ms / 1e3, 1)} s" if abs(one.latency_ms) >= 10_000 else f"{grouped(one.latency_ms)} ms"


def age_text(age_s: float) -> str:
    """How long ago in the largest unit that says it: «0.4 s», «12 s», «3 min», «2 h», «5 d»."""
    if age_s != age_s:
        return "–"
    age_s = max(0.0, age_s)
    if age_s < 9.95:
        return f"{age_s:.1f} s"
    for span_s, unit, most in ((1.0, "s", 120.0), (60.0, "min", 120.0), (3600.0, "h", 48.0)):
        if age_s < span_s * most:
            return f"{age_s / span_s:.0f} {unit}"
    return f"{grouped(age_s / 86_400.0)} d"


def _counted(number: int) -> str:
    return f"{number} source{'' if number == 1 else 's'}"
