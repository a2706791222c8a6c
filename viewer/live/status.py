"""The state of a feed in words and numbers, for chips, status bars and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FeedState = Literal["connecting", "live", "stale", "lost"]


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """A snapshot; the numbers count from the feed's start."""

    state: FeedState
    """connecting: not yet; live: all well; stale: silent for over two heartbeats; lost: no connection, trying again."""
    since_ns: int
    """When this state began, by the feed's clock."""
    endpoint: str
    sentence: str
    """What a person should know: why it is so, and the remedy where there is one."""
    gateway: str = ""
    """The gateway's name; empty until it said it."""
    role: str = ""
    latency_ms: float = float("nan")
    """From the gateway's sending to the slot, smoothed; NaN until known."""
    samples_per_s: float = 0.0
    gaps: int = 0
    """Places where something is missing: blocks dropped on the way, or an outage."""
    lost_samples: int = 0
    malformed: int = 0
    """Messages that were none of this protocol, and were dropped."""
    clock_ahead_ms: float = float("nan")
    """The gateway's clock minus this machine's, by the quickest round trip; NaN until known."""
