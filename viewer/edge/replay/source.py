"""The source that replays a recording: at its speed, with its own times or as if it were now, once or round and round."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from viewer.base.clock import Clock
from viewer.base.units import grouped
from viewer.edge.replay.recording import BegunAgain, Piece, Recording, Remarks
from viewer.edge.source import SampleBlock
from viewer.edge.tags import Tag, TagMap
from viewer.edge.threaded import ThreadedSource
from viewer.live.device_words import MAX_WAVEFORMS, Waveform
from viewer.twin.catalogue import ChannelInfo

Shift = Literal["original", "now"]
MOST_WAITING: Final = 20_000
"""Samples that wait for one tick of the gateway: what it takes easily, 800,000 a second."""
_SLICE: Final = 10_000
_BREATH_S: Final = 0.02
_GROWS_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Pace:
    """How a recording is replayed."""

    speed: float = 1.0
    """Seconds of the recording in one; 0 is as fast as the gateway takes it."""
    loop: bool = False
    shift: Shift = "original"
    follow: bool = False
    """Whether the file grows, and is read on at its end."""


@dataclass
class Progress:
    """How far it is, so that a source that is made again goes on there."""

    round: int = 0
    given: int = 0
    """Samples handed over in this round."""
    now_ns: int | None = None
    """What the recording's first time became, where it is shifted to now."""
    span_ns: int = 0
    """From one round to the next; known after the first."""


class ReplaySource(ThreadedSource):
    """Everything below `run` on the source's thread."""

    def __init__(self, name: str, recording: Recording, pace: Pace, progress: Progress, clock: Clock) -> None:
        super().__init__(name, most_waiting=MOST_WAITING)
        self._recording, self._pace, self._progress, self._clock = recording, pace, progress, clock
        self._map = TagMap(recording.tags)
        self._remarks = Remarks()
        self._taken = threading.Event()
        self._waves: list[Waveform] = []
        self._first_ns: int | None = None
        self._last_ns = self._newest_ns = 0
        self._step_ns = 10**9
        self._anchor: tuple[int, int] | None = None
        self._given = 0

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Of the tags."""
        return self._map.channels

    def tags(self) -> tuple[Tag, ...]:
        """One for each channel; states that have been found say so."""
        return self._recording.tags

    def step(self, until_ns: int) -> SampleBlock:
        """What is due by now."""
        try:
            return super().step(until_ns)
        finally:
            self._taken.set()

    def take_waveforms(self) -> list[Waveform]:
        """Curves that have become whole, each once; on the gateway's thread."""
        with self._lock:
            waves, self._waves = self._waves[:MAX_WAVEFORMS], self._waves[MAX_WAVEFORMS:]
        return waves

    def close(self) -> None:
        """Let the thread end; returns at once."""
        super().close()
        self._taken.set()

    def run(self) -> None:
        """Replay until it is stopped; at the end of the recording, wait for that."""
        self._tell("live")
        while not self.stopping.is_set():
            self._newest_ns = 0
            try:
                given = self._round()
            except BegunAgain:
                self._progress.given = 0
                raise
            if not given or not self._pace.loop or self.stopping.is_set():
                break
            if not self._progress.round:
                self._progress.span_ns = self._last_ns - (self._first_ns or 0) + self._step_ns
            self._progress.round, self._progress.given = self._progress.round + 1, 0
            self._tell("live")
        self._tell("stale" if self._given else "down", ended=True)
        self.stopping.wait()

    def _round(self) -> int:
        skip, count = self._progress.given, 0
        for piece in self._recording.pieces(self._remarks):
            if self.stopping.is_set():
                return count
            if piece is None:
                self.stopping.wait(_GROWS_S)
                continue
            count += len(piece)
            self._seen(piece.t_ns)
            if count > skip:
                self._play(piece, max(0, len(piece) - (count - skip)))
        return count

    def _seen(self, t_ns: NDArray[np.int64]) -> None:
        """Take up when it begins and ends, and what is to be told of its times."""
        if not len(t_ns):
            return
        if self._first_ns is None:
            self._first_ns = self._last_ns = int(t_ns[0])
        steps = np.diff(t_ns, prepend=self._newest_ns or t_ns[0])
        some = steps[steps > 0]
        if len(some):
            self._step_ns = int(np.median(some))
        self._last_ns = max(self._last_ns, int(t_ns.max()))
        if self._progress.round == 0:
            self._remarks.back_ns = max(self._remarks.back_ns, -int(steps.min()))
            before = np.maximum.accumulate(np.concatenate([[self._newest_ns], t_ns]))
            late = t_ns < before[:-1]
            self._remarks.counts["samples lie before the newest"] += int(late.sum())
        self._newest_ns = int(t_ns[-1])
        if self._remarks.no_time:
            self.lost(self._remarks.no_time, self._first_ns, self._newest_ns, "rows without a time that can be read")
            self._remarks.no_time = 0

    def _play(self, piece: Piece, first: int) -> None:
        t_ns, due_ns = self._times(piece.t_ns)
        waves = piece.waves
        while first < len(piece) and not self.stopping.is_set():
            end = min(first + _SLICE, len(piece))
            if self._pace.speed:
                end = first + int(np.searchsorted(due_ns[first:end], self._clock.now_ns(), side="right"))
            if end == first:
                late_s = (int(due_ns[first]) - self._clock.now_ns()) / 1e9
                self.stopping.wait(min(max(late_s, _BREATH_S), 3600.0))
                continue
            part = slice(first, end)
            values = piece.values[part]
            block = self._map.block(piece.index[part], t_ns[part], values, np.isnan(values).astype(np.uint8))
            if not self._put_when_room(block):
                return
            self._progress.given += end - first
            self._given += end - first
            first = end
            if waves:
                self._bring(waves, int(t_ns[0]) - int(piece.t_ns[0]))
                waves = ()
        self._tell("live")

    def _times(self, t_ns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Times (k,) as they are given, and when each is due by the clock."""
        assert self._first_ns is not None
        begun_ns = self._first_ns
        t_ns = t_ns + self._progress.round * self._progress.span_ns
        if not self._pace.speed:
            return t_ns, t_ns
        if self._anchor is None:
            self._anchor = (int(t_ns[0]), self._clock.now_ns())
        reached = np.maximum.accumulate(t_ns)
        due_ns = self._anchor[1] + np.round((reached - self._anchor[0]) / self._pace.speed).astype(np.int64)
        if self._pace.shift == "original":
            return t_ns, due_ns
        if self._progress.now_ns is None:
            self._progress.now_ns = self._anchor[1]
        return self._progress.now_ns + np.round((t_ns - begun_ns) / self._pace.speed).astype(np.int64), due_ns

    def _put_when_room(self, block: SampleBlock) -> bool:
        """Wait for room; False when stopping."""
        while not self.stopping.is_set():
            self._taken.clear()
            with self._lock:
                room = not self._waiting or self._samples + len(block) <= MOST_WAITING
            if room:
                return self.put(block) or not len(block)
            self._taken.wait()
        return False

    def _bring(self, waves: tuple[Waveform, ...], by_ns: int) -> None:
        moved = [Waveform(w.channel, w.trigger_ns + by_ns, w.t0_ns + by_ns, w.step_ns, w.values, w.cause, w.facts) for w in waves]
        with self._lock:
            self._waves += moved

    def _tell(self, state: Literal["live", "stale", "down"], *, ended: bool = False) -> None:
        words = [
            f"replayed {grouped(self._given)} samples"
            if self._given
            else "the recording has no samples"
            if ended
            else "replaying"
        ]
        if ended and self._given:
            words[0] = f"the recording has ended after {grouped(self._given)} samples"
        if self._progress.round:
            words.append(f"round {self._progress.round + 1}, each shifted in time after the one before")
        told = self._remarks.sentence()
        self.told(state, "; ".join([*words, told] if told else words))


OpenRecording = Callable[[], Recording]
