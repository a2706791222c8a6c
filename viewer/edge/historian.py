"""The historian's threads: one writes what the loop hands over, one answers questions about the past, one forgets what is old;
the loop never waits.

The disk may refuse for a while: then batches of devices wait with the devices (they are not acknowledged), samples of the
gateway's own sources wait here as long as there is room, and what had to be dropped is a gap with its cause.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np

from viewer.base.clock import Clock
from viewer.base.errors import Fault, GenchiError
from viewer.edge.mailbox import Mailbox
from viewer.history.records import Batch, Gap
from viewer.history.store import History
from viewer.live.spool import Origin
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns, in_runs

_logger = logging.getLogger(__name__)
MOST_WAITING = 8_000_000
"""Samples that wait for the disk: some 200 MB."""
_MOST_QUESTIONS = 1_000
_AGAIN_AFTER_S = 1.0
_TIDY_EVERY_S = 60.0
_Answer = TypeVar("_Answer")

Done = Callable[[], None]


class Forward(Protocol):
    """The uplink's spool, which is given all before it is kept here; on the writing thread."""

    def declare(self, channels: Sequence[ChannelInfo], /) -> None:
        """The catalogue that what follows is over."""
        ...

    def forward(self, batches: Sequence[tuple[Origin, Columns, int]], /) -> None:
        """Batches with whose they are, and up to when they are complete (0: not known)."""
        ...


@dataclass(slots=True)
class _Kept:
    """What waits to be written, in order."""

    batches: list[tuple[Batch, Done | None, int]] = field(default_factory=list)
    events: list[tuple[str, int, bytes]] = field(default_factory=list)
    gaps: list[tuple[Gap, Done | None]] = field(default_factory=list)
    channels: tuple[ChannelInfo, ...] | None = None
    samples: int = 0
    forwarded: bool = False
    """Whether the uplink's spool has the batches already, though the history has not."""

    def __bool__(self) -> bool:
        return bool(self.batches or self.events or self.gaps or self.channels is not None)


class Historian:
    """`keep`, `accept`, `note`, `missing`, `declare` and `ask` on the gateway's loop; answers come through its mailbox."""

    def __init__(
        self,
        history: History,
        mailbox: Mailbox,
        clock: Clock,
        *,
        name: str,
        epoch: str,
        every_s: float = 0.5,
        tidy: Callable[[History], None] | None = None,
        forward: Forward | None = None,
    ) -> None:
        """`tidy` is called now and then on a thread of its own (retention); `name` and `epoch` number the gateway's own."""
        self._history, self._mailbox, self._clock = history, mailbox, clock
        self._name, self._epoch, self._every_s = name, epoch, every_s
        self._tidy, self._forward = tidy, forward
        self._changed = threading.Condition()
        self._waiting = _Kept()
        self._own: list[Columns] = []
        self._own_samples = self._own_sequence = 0
        self._own_complete_ns = 0
        self._lost: Gap | None = None
        self._down_since_s = 0.0
        self._stopping = False
        self._questions: queue.Queue[Callable[[], None] | None] = queue.Queue(_MOST_QUESTIONS)
        self._ended = threading.Event()
        self._tidier = threading.Thread(target=self._keep_tidy, name="history tidying", daemon=True)
        self._writer = threading.Thread(target=self._write, name="historian", daemon=True)
        self._reader = threading.Thread(target=self._read, name="history reader", daemon=True)

    def start(self) -> None:
        """Start the threads."""
        self._writer.start()
        self._reader.start()
        self._tidier.start()

    def declare(self, channels: tuple[ChannelInfo, ...]) -> None:
        """The catalogue from now on; what is kept or accepted later is over it."""
        with self._changed:
            self._waiting.channels = channels
            self._changed.notify()

    def keep(self, columns: Columns, complete_ns: int) -> None:
        """Samples of the gateway's own sources; written together after a while, in order."""
        if not len(columns):
            return
        with self._changed:
            if self._waiting.samples + self._own_samples + len(columns) > MOST_WAITING:
                self._drop(columns)
                return
            self._own.append(columns)
            self._own_samples += len(columns)
            self._own_complete_ns = complete_ns

    def accept(self, batch: Batch, done: Done) -> bool:
        """A device's batch; `done` is called on the loop once it is on the disk. False where there is no room for it now."""
        with self._changed:
            if self._waiting.samples + len(batch.columns) > MOST_WAITING:
                return False
            self._waiting.batches.append((batch, done, 0))
            self._waiting.samples += len(batch.columns)
            self._changed.notify()
        return True

    def note(self, kind: str, t_ns: int, payload: bytes) -> None:
        """One line of a journal, such as an alarm's event."""
        with self._changed:
            self._waiting.events.append((kind, t_ns, payload))
            self._changed.notify()

    def missing(self, gap: Gap, done: Done | None = None) -> None:
        """Something is known to be missing; `done` is called on the loop once that is on the disk, and what came before."""
        with self._changed:
            self._waiting.gaps.append((gap, done))
            self._changed.notify()

    def ask(self, question: Callable[[History], _Answer], answer: Callable[[_Answer | Exception], None]) -> bool:
        """Let the reading thread ask the history, and `answer` be called on the loop. False where too many ask already."""

        def work() -> None:
            try:
                found: Any = question(self._history)
            except (GenchiError, ValueError, OSError) as error:
                found = error
            except Exception as error:
                _logger.exception("a question to the history failed")
                found = Fault(f"the history can't be read: {error}")
            self._mailbox.post(lambda: answer(found))

        try:
            self._questions.put_nowait(work)
        except queue.Full:
            return False
        return True

    @property
    def healthy(self) -> bool:
        """Whether the disk took the last that was written."""
        return self._down_since_s == 0.0

    def close(self) -> None:
        """Write what waits, and end the threads. Not on them."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._ended.set()
        self._questions.put(None)
        for thread in (self._writer, self._reader, self._tidier):
            if thread.ident is not None:
                thread.join()
        self._history.close()

    def _drop(self, columns: Columns) -> None:
        first, last = int(columns.t_ns.min()), int(columns.t_ns.max())
        before = self._lost
        cause = "the disk did not take samples fast enough"
        t0_ns = first if before is None else min(before.t0_ns, first)
        t1_ns = last if before is None else max(before.t1_ns, last)
        self._lost = Gap(self._name, self._epoch, 0, 0, t0_ns, t1_ns, cause)

    def _write(self) -> None:
        next_own_s = time.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or bool(self._waiting), max(0.0, next_own_s - time.monotonic()))
                stopping = self._stopping
                if stopping or time.monotonic() >= next_own_s:
                    self._gather_own()
                    next_own_s = time.monotonic() + self._every_s
                kept, self._waiting = self._waiting, _Kept()
            if kept and not self._written(kept, last_chance=stopping):
                return
            if stopping:
                return

    def _gather_own(self) -> None:
        """What the gateway's own sources brought, as its next batch. Under the lock."""
        if self._own:
            self._own_sequence += 1
            batch = Batch(self._name, self._epoch, self._own_sequence, _joined(self._own))
            self._waiting.batches.append((batch, None, self._own_complete_ns))
            self._waiting.samples += self._own_samples
            self._own, self._own_samples = [], 0
            if self._lost is not None:
                self._waiting.gaps.append((self._lost, None))
                self._lost = None

    def _written(self, kept: _Kept, *, last_chance: bool) -> bool:
        """Write until the disk takes it; False where the historian ends before that."""
        while True:
            try:
                self._put(kept)
            except Exception as error:
                if not self._down_since_s:
                    _logger.exception("the history can't be written and is tried again each second")
                    self._down_since_s = time.monotonic()
                if last_chance or not self._paused():
                    _logger.error("%d samples were not kept when the gateway stopped: %s", kept.samples, error)
                    return False
                continue
            if self._down_since_s:
                _logger.warning("the history is written again after %.1f s", time.monotonic() - self._down_since_s)
                self._down_since_s = 0.0
            dones = [done for _, done, _ in kept.batches if done is not None]
            if dones:
                self._mailbox.post(partial(_all, dones))
            return True

    def _paused(self) -> bool:
        """Wait a while; False when stopping."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._stopping, _AGAIN_AFTER_S)

    def _put(self, kept: _Kept) -> None:
        if kept.channels is not None:
            self._history.declare(kept.channels)
            if self._forward is not None:
                self._forward.declare(kept.channels)
            kept.channels = None
        if kept.batches and self._forward is not None and not kept.forwarded:
            told = [(Origin(b.device, b.epoch, b.sequence), b.columns, complete) for b, _, complete in kept.batches]
            self._forward.forward(told)
            kept.forwarded = True
        if kept.batches:
            self._history.append([batch for batch, _, _ in kept.batches])
        while kept.gaps:
            gap, done = kept.gaps[0]
            self._history.append_gap(gap)
            kept.gaps.pop(0)
            if done is not None:
                self._mailbox.post(done)
        while kept.events:
            self._history.append_event(*kept.events[0])
            kept.events.pop(0)

    def _keep_tidy(self) -> None:
        while self._tidy is not None and not self._ended.wait(_TIDY_EVERY_S):
            try:
                self._tidy(self._history)
            except Exception:
                _logger.exception("old history could not be removed")

    def _read(self) -> None:
        while (work := self._questions.get()) is not None:
            work()


def _all(dones: Sequence[Done]) -> None:
    for done in dones:
        done()


def _joined(parts: Sequence[Columns]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    return in_runs(
        np.concatenate([np.repeat(one.channels, one.counts) for one in parts]),
        np.concatenate([one.t_ns for one in parts]),
        np.concatenate([one.values for one in parts]),
        np.concatenate([one.quality for one in parts]),
    )
