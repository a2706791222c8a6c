"""The contract of a source: what the gateway asks of everything that brings samples in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from viewer.live.device_words import Waveform
from viewer.twin.catalogue import ChannelInfo, FaultInfo

GOOD = 0
BAD = 1


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """Samples of many channels, side by side: four arrays of one length k.

    A channel's samples come in ascending time; samples of different channels may be mixed in any order.
    """

    channel: NDArray[np.uint32]
    """(k,) Index into the source's `channels()`."""
    t_ns: NDArray[np.int64]
    """(k,) When it was true: nanoseconds since the Unix epoch, UTC."""
    values: NDArray[np.float64]
    """(k,) In the channel's unit; not finite only where the quality is BAD."""
    quality: NDArray[np.uint8]
    """(k,) GOOD or BAD."""

    def __len__(self) -> int:
        return len(self.channel)

    @staticmethod
    def empty() -> SampleBlock:
        """A block without samples."""
        return SampleBlock(np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))

    @staticmethod
    def of(
        channel: NDArray[np.integer],
        t_ns: NDArray[np.integer],
        values: NDArray[np.floating],
        quality: NDArray[np.uint8] | None = None,
    ) -> SampleBlock:
        """A block from arrays of one length (k,); without `quality` all are GOOD."""
        return SampleBlock(
            np.asarray(channel, np.uint32),
            np.asarray(t_ns, np.int64),
            np.asarray(values, np.float64),
            np.zeros(len(channel), np.uint8) if quality is None else np.asarray(quality, np.uint8),
        )

    @staticmethod
    def joined(blocks: list[SampleBlock]) -> SampleBlock:
        """The blocks one after another (indices unchanged)."""
        if len(blocks) == 1:
            return blocks[0]
        if not blocks:
            return SampleBlock.empty()
        return SampleBlock(
            np.concatenate([one.channel for one in blocks]),
            np.concatenate([one.t_ns for one in blocks]),
            np.concatenate([one.values for one in blocks]),
            np.concatenate([one.quality for one in blocks]),
        )


SourceCondition = Literal["connecting", "live", "stale", "down"]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How a source's connection is, as it says itself."""

    state: SourceCondition
    sentence: str
    """Why it is so, and the remedy where there is one."""
    latency_ms: float = float("nan")


@dataclass(frozen=True, slots=True)
class SourceGap:
    """Samples that a source knows to be missing."""

    samples: int
    """How many; 0 where it is not known."""
    t0_ns: int
    t1_ns: int
    cause: str


@runtime_checkable
class AttendedSource(Protocol):
    """What a source with a connection and a thread of its own has beyond `Source`; `viewer.edge.threaded.ThreadedSource` is
    the base of them all."""

    def report(self) -> SourceReport:
        """How its connection is."""
        ...

    def take_gaps(self) -> list[SourceGap]:
        """What is known to be missing, each told once."""
        ...

    def watermark_ns(self) -> int | None:
        """Up to when its word is complete; None where it can't say. Beyond it nothing is repeated for it."""
        ...

    def close(self) -> None:
        """Let its thread end; returns at once."""
        ...

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; whether it has ended."""
        ...


@runtime_checkable
class WaveformSource(Protocol):
    """A source that has whole curves: their values are among its samples, and each is told once."""

    def take_waveforms(self) -> list[Waveform]:
        """Those that have become whole since; `channel` is the index into the source's `channels()`. On the gateway's
        thread."""
        ...


@runtime_checkable
class CommandedSource(Protocol):
    """A source that has set-points."""

    def command(self, channel: str, value: float) -> None:
        """Set one, in the channel's unit. Called on the gateway's thread once all checks are passed; must not wait. Raises
        GenchiError where it can't be set."""
        ...


class Source(Protocol):
    """Brings samples in. All methods are called on the gateway's one thread; none may block or wait."""

    def channels(self) -> tuple[ChannelInfo, ...]:
        """What it brings; the position is the channel's index. May grow at its end, never otherwise change."""
        ...

    def start(self, t_ns: int) -> None:
        """Begin at this time (nanoseconds since the Unix epoch). Called once, before the first `step`."""
        ...

    def step(self, until_ns: int) -> SampleBlock:
        """All samples with a time in (last until_ns or start, until_ns], however far apart the calls are.

        Channels of the kinds measurement and position bring a sample every `period_s`; states, counters and setpoints may
        bring one only when they change: the gateway repeats the latest for them every period while the source lives.
        """
        ...

    def faults(self) -> tuple[FaultInfo, ...]:
        """The faults that can be injected and whether each is active; a real source has none."""
        ...

    def inject(self, name: str, **parameters: float) -> None:
        """Let a fault begin; again with other parameters changes it. Raises UserMistake for an unknown name or parameter,
        or a value out of bounds."""
        ...

    def clear(self, name: str) -> None:
        """Let a fault end. Raises UserMistake for an unknown name; one that is not active is left as it is."""
        ...
