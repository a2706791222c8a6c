"""Time comes from a clock that is passed in: nanoseconds since the Unix epoch, UTC."""

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ns(self) -> int:
        return time.time_ns()


class ManualClock:
    """A clock that stands still until it is told: for tests and replays."""

    def __init__(self, t_ns: int = 0) -> None:
        self.t_ns = t_ns

    def now_ns(self) -> int:
        return self.t_ns

    def advance(self, delay_s: float) -> None:
        """Go on by `delay_s` seconds."""
        self.t_ns += round(delay_s * 1e9)
