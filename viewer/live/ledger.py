"""The ledger of one feed: what arrived, what the numbers say was missed, how fast and how late it comes."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.live.wire import WireError

_RATE_OVER_S = 1.0
_SMOOTHING = 0.1
_LARGEST_STEP = 1 << 40


@dataclass(slots=True)
class Ledger:
    """A gap is one place where something is missing, however many samples. On the receiving thread."""

    gaps: int = 0
    lost_samples: int = 0
    """Those known to be lost by the gateway's own count; what a gateway that died had not sent is not known."""
    malformed: int = 0
    latency_ms: float = float("nan")
    samples_per_s: float = 0.0
    _sequence: int = 0
    _samples: int = 0
    _counted: int = 0
    _counting_since_s: float = 0.0

    def resume(self) -> None:
        """The session goes on where it was: what was missed meanwhile will show in the next number."""

    def begin(self, *, after_an_outage: bool) -> None:
        """A new session: numbers start again; after an outage something was missed, how much is not known."""
        self._sequence = self._samples = 0
        self.gaps += after_an_outage

    def block(self, sequence: int, before: int, count: int, now_s: float) -> None:
        """A block of `count` samples came. Raises WireError for a number that was there already or leaps beyond reason."""
        self._check(sequence, before)
        if sequence <= self._sequence:
            raise WireError(f"block {sequence} after block {self._sequence}: a number came twice")
        self._note_gap(sequence - 1, before)
        self._sequence, self._samples = sequence, before + count
        self._counted += count
        self._update_rate(now_s)

    def heartbeat(self, sequence: int, samples: int, now_s: float) -> None:
        """The gateway's last number: beyond ours, the blocks between are lost. Raises WireError for one that goes back."""
        self._check(sequence, samples)
        if sequence < self._sequence:
            raise WireError(f"heartbeat {sequence} after block {self._sequence}: numbers go up only")
        self._note_gap(sequence, samples)
        self._sequence, self._samples = sequence, samples
        self._update_rate(now_s)

    def late_by(self, latency_ms: float) -> None:
        """Take one block's way from the gateway's hand to its slot into the smoothed latency."""
        first = self.latency_ms != self.latency_ms
        self.latency_ms = latency_ms if first else self.latency_ms + _SMOOTHING * (latency_ms - self.latency_ms)

    def _check(self, sequence: int, samples: int) -> None:
        if sequence - self._sequence > _LARGEST_STEP or samples - self._samples > _LARGEST_STEP:
            raise WireError(f"numbers leap from {self._sequence} to {sequence}")

    def _note_gap(self, sequence: int, samples: int) -> None:
        if sequence > self._sequence:
            self.gaps += 1
            self.lost_samples += max(0, samples - self._samples)

    def _update_rate(self, now_s: float) -> None:
        span_s = now_s - self._counting_since_s
        if span_s >= _RATE_OVER_S:
            self.samples_per_s = self._counted / span_s if self._counting_since_s else 0.0
            self._counted, self._counting_since_s = 0, now_s
