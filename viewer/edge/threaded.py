"""A source whose library waits: it runs on a thread of its own and hands samples over through a bounded queue."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections import deque

import numpy as np

from viewer.base.errors import Fault
from viewer.edge.source import SampleBlock, SourceCondition, SourceGap, SourceReport
from viewer.edge.tags import Tag
from viewer.twin.catalogue import ChannelInfo, FaultInfo

_logger = logging.getLogger(__name__)
MOST_WAITING = 500_000
"""Samples that wait for the gateway's thread before further ones are dropped, counted and told: some 12 MB."""


class ThreadedSource(ABC):
    """Subclasses have `channels` and `run`; `run` calls `put` and `told`, and returns when `stopping` is set.

    What `run` raises is raised again by `step`, so that the collector puts the source aside and makes a new one later.
    `put` and `told` may be called from any thread; everything else on the gateway's.
    """

    def __init__(self, name: str, *, most_waiting: int = MOST_WAITING) -> None:
        self.name = name
        self.stopping = threading.Event()
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._waiting: deque[SampleBlock] = deque()
        self._samples = 0
        self._watermark_ns: int | None = None
        self._lost: SourceGap | None = None
        self._gaps: list[SourceGap] = []
        self._failure: Exception | None = None
        self._report = SourceReport("connecting", "connecting")
        self._thread = threading.Thread(target=self._live, name=f"source {name}", daemon=True)

    @abstractmethod
    def channels(self) -> tuple[ChannelInfo, ...]:
        """What it brings; may grow at its end, never otherwise change."""

    @abstractmethod
    def run(self) -> None:
        """Connect and bring samples until `stopping` is set. On the source's own thread; may wait."""

    def tags(self) -> tuple[Tag, ...]:
        """The tags its channels come from, by channel; empty where it has none."""
        return ()

    def start(self, t_ns: int) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, block: SampleBlock) -> bool:
        """Hand samples over; False where the queue is full: they are dropped, and the gap is told."""
        if not len(block):
            return True
        with self._lock:
            if self._samples + len(block) > self._most_waiting:
                self._drop(block)
                return False
            self._waiting.append(block)
            self._samples += len(block)
        return True

    def lost(self, samples: int, t0_ns: int, t1_ns: int, cause: str) -> None:
        """Samples of this span are missing for a reason that the source knows (a sequence number that was jumped)."""
        with self._lock:
            self._gaps.append(SourceGap(samples, t0_ns, t1_ns, cause))

    def told(self, state: SourceCondition, sentence: str, *, latency_ms: float = float("nan")) -> None:
        """How the connection is: `connecting`, `live`, `stale` or `down`, and why."""
        with self._lock:
            self._report = SourceReport(state, sentence, latency_ms)

    def complete_until(self, t_ns: int) -> None:
        """All that is true up to this time has been put: what only comes on change still stands."""
        with self._lock:
            self._watermark_ns = t_ns

    def step(self, until_ns: int) -> SampleBlock:
        """All that was put since. Raises what `run` raised."""
        with self._lock:
            blocks, self._waiting, self._samples = list(self._waiting), deque(), 0
            failure = self._failure
            self._end_gap()
        if failure is not None and not blocks:
            raise Fault(f"{self.name}: {failure}") from failure
        return SampleBlock.joined(blocks)

    def watermark_ns(self) -> int | None:
        """Up to when its word is complete; None where it can't say."""
        with self._lock:
            return self._watermark_ns

    def report(self) -> SourceReport:
        """How its connection is."""
        with self._lock:
            return self._report

    def take_gaps(self) -> list[SourceGap]:
        """What is known to be missing, each told once."""
        with self._lock:
            gaps, self._gaps = self._gaps, []
        return gaps

    def close(self) -> None:
        """Let the thread end; returns at once."""
        self.stopping.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; whether it has ended. Not in the gateway's loop."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def faults(self) -> tuple[FaultInfo, ...]:
        """A real source has none."""
        return ()

    def inject(self, name: str, **parameters: float) -> None:
        """Nothing can be injected."""
        raise Fault(f"{self.name} has no fault «{name}»")

    def clear(self, name: str) -> None:
        """Nothing can be cleared."""
        raise Fault(f"{self.name} has no fault «{name}»")

    def _live(self) -> None:
        try:
            self.run()
            if not self.stopping.is_set():
                raise Fault("it ended by itself")
        except Exception as error:
            _logger.exception("the thread of the source %s ended", self.name)
            with self._lock:
                self._failure = error

    def _drop(self, block: SampleBlock) -> None:
        first, last = int(np.min(block.t_ns)), int(np.max(block.t_ns))
        if self._lost is None:
            self._lost = SourceGap(len(block), first, last, "the gateway could not take samples fast enough")
        else:
            one = self._lost
            self._lost = SourceGap(one.samples + len(block), min(one.t0_ns, first), max(one.t1_ns, last), one.cause)

    def _end_gap(self) -> None:
        if self._lost is not None:
            self._gaps.append(self._lost)
            self._lost = None


def wait_between(stopping: threading.Event, attempt: int) -> None:
    """Pause before a connection is tried again: 0.5 s doubled with each attempt, 30 s at most; ends at once when stopping."""
    stopping.wait(min(30.0, 0.5 * 2.0 ** min(attempt, 10)))
