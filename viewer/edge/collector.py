"""Samples of all sources brought together: one catalogue that only grows, one tick's samples, the newest of each channel.

A source that raises is put aside, its channels go bad, and a new one is tried after a pause that grows; the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.source import BAD, AttendedSource, SampleBlock, Source
from viewer.edge.states import SourceState
from viewer.live.wire import MAX_CHANNELS
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.samples import NEVER_NS, Columns, in_runs

_logger = logging.getLogger(__name__)
_RETRY_NS = 5_000_000_000
_LONGEST_RETRY_NS = 60_000_000_000
_LONGEST_PERIOD_S = 1e6
_LONGEST_ID = 200
_REPEATED = ("state", "counter", "setpoint")
_LOOK_NS = 200_000_000
_CALM_NS = 60_000_000_000
"""So long after its last try a failing source counts as one that fails for the first time."""

SourceFactory = Callable[[], Source]
OnTrouble = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tick:
    """What became known since the last one, as runs over the catalogue."""

    own: Columns
    """Of the gateway's own sources, and what is repeated: to be kept under the gateway's name."""
    all: Columns
    """And of devices, which the historian has been given as batches already."""


@dataclass(slots=True)
class Fed:
    """One source, its places in the catalogue, and since when it has failed."""

    make: SourceFactory
    source: Source
    state: SourceState
    keeps: bool
    """Whether the gateway keeps its samples under its own name."""
    index: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """Catalogue index of each of its channels."""
    failed_ns: int | None = None
    again_ns: int = -2 * _CALM_NS
    pause_ns: int = _RETRY_NS
    down_since_ns: int = 0


class Collector:
    """All on the gateway's one thread. Raises UserMistake where two sources bring a channel of the same id."""

    def __init__(
        self, factories: Sequence[SourceFactory], on_trouble: OnTrouble, names: Sequence[tuple[str, str]] | None = None
    ) -> None:
        self._on_trouble = on_trouble
        self.channels: tuple[ChannelInfo, ...] = ()
        self.index: dict[str, int] = {}
        self.owners: list[Fed] = []
        """By catalogue index."""
        self._fed: list[Fed] = []
        self._period_ns = np.empty(0, np.int64)
        self._repeated = np.empty(0, np.bool_)
        self._t_ns = np.empty(0, np.int64)
        self._values = np.empty(0)
        self._quality = np.empty(0, np.uint8)
        self._until_ns = self._looked_ns = 0
        self.on_channels: Callable[[], None] = _nothing
        """Called after the catalogue has grown."""
        self.on_state: Callable[[SourceState], None] = _one_ignored
        """Called when a source's state has changed."""
        for number, make in enumerate(factories):
            name, kind = names[number] if names else (f"source{number + 1}", "source")
            self._fed.append(Fed(make, make(), SourceState(name, kind, 0), keeps=True))
            self._take_up(self._fed[-1])

    def add(self, source: Source, name: str, kind: str, *, keeps: bool) -> Fed:
        """One more source, from now on: a device that has come, derived channels. Raises UserMistake for a channel id that
        is taken."""
        fed = Fed(lambda: source, source, SourceState(name, kind, self._until_ns), keeps)
        self._take_up(fed)
        self._fed.append(fed)
        return fed

    def grow(self, fed: Fed) -> None:
        """Take up channels that this source has more than before. Raises UserMistake for an id that is taken."""
        self._take_up(fed)

    @property
    def fed(self) -> tuple[Fed, ...]:
        """All sources."""
        return tuple(self._fed)

    def start(self, t_ns: int) -> None:
        """Start all sources at this time."""
        self._until_ns = t_ns
        for one in self._fed:
            one.state.since_ns = t_ns
            one.source.start(t_ns)

    def tick(self, until_ns: int) -> Tick:
        """All that became known up to `until_ns`. Never raises for what a source does."""
        until_ns = max(until_ns, self._until_ns)
        own: list[SampleBlock] = []
        others: list[SampleBlock] = []
        for one in tuple(self._fed):
            block = self._stepped(one, until_ns)
            if len(block):
                one.state.brought(len(block), int(block.t_ns.max()), until_ns)
                (own if one.keeps else others).append(block)
        kept, every = _runs(own), _runs(own + others)
        self._remember(every)
        repeats = self._repeats(until_ns)
        self._until_ns = until_ns
        if not 0 <= until_ns - self._looked_ns < _LOOK_NS:
            self.look(until_ns)
        if len(repeats):
            return Tick(_merged(kept, repeats), _merged(every, repeats))
        return Tick(kept, every)

    def derived(self, tick: Tick, fed: Fed, columns: Columns, t_ns: int) -> Tick:
        """The tick with samples that were computed from it, over the order of the source that stands for them."""
        if not len(columns):
            return tick
        channel = np.repeat(fed.index[columns.channels], columns.counts)
        bad = ((columns.quality != 0) | ~np.isfinite(columns.values)).astype(np.uint8)
        placed = in_runs(channel, columns.t_ns, columns.values, bad)
        fed.state.brought(len(placed), int(placed.t_ns.max()), t_ns)
        self._remember(placed)
        return Tick(_merged(tick.own, placed), _merged(tick.all, placed))

    def step(self, until_ns: int) -> Columns:
        """All samples of a tick."""
        return self.tick(until_ns).all

    def latest(self, wanted: NDArray[np.bool_]) -> Columns:
        """The newest sample of each wanted channel that has one; the mask may be of a time when there were fewer channels."""
        at = np.flatnonzero(wanted & (self._t_ns[: len(wanted)] != NEVER_NS))
        return Columns(at, np.ones(len(at), np.int64), self._t_ns[at], self._values[at], self._quality[at])

    def faults(self) -> list[FaultInfo]:
        """The faults of all sources."""
        return [fault for one in self._fed for fault in one.source.faults()]

    def inject(self, name: str, parameters: dict[str, float]) -> None:
        """Let a fault begin in the source that has it. Raises UserMistake for an unknown one or a value out of bounds."""
        source, fault = self._owner_of(name)
        source.inject(name, **_in_bounds(fault, parameters))

    def clear(self, name: str) -> None:
        """Let a fault end. Raises UserMistake for an unknown one."""
        source, _ = self._owner_of(name)
        source.clear(name)

    def close(self, within_s: float = 3.0) -> None:
        """End the threads of sources, and wait for them so long at most."""
        attended = [one.source for one in self._fed if isinstance(one.source, AttendedSource)]
        for source in attended:
            source.close()
        for source in attended:
            if not source.join(within_s):
                _logger.error("a source's thread did not end within %.0f s", within_s)

    def _owner_of(self, name: str) -> tuple[Source, FaultInfo]:
        for one in self._fed:
            for fault in one.source.faults():
                if fault.name == name:
                    return one.source, fault
        known = ", ".join(fault.name for fault in self.faults()) or "none"
        raise UserMistake(f"no source has a fault «{name}»; known: {known}")

    def _take_up(self, fed: Fed) -> None:
        """Give the source's new channels the next places."""
        new = fed.source.channels()[len(fed.index) :]
        if not new:
            return
        _check(new, self.index, len(self.channels))
        first = len(self.channels)
        self.channels += new
        self.index |= {info.id: first + number for number, info in enumerate(new)}
        self.owners += [fed] * len(new)
        fed.index = np.append(fed.index, np.arange(first, first + len(new)))
        self._period_ns = np.append(self._period_ns, [round(1e9 * info.period_s) for info in new])
        self._repeated = np.append(self._repeated, [info.kind in _REPEATED for info in new])
        self._t_ns = np.append(self._t_ns, np.full(len(new), NEVER_NS, np.int64))
        self._values = np.append(self._values, np.full(len(new), np.nan))
        self._quality = np.append(self._quality, np.zeros(len(new), np.uint8))
        self.on_channels()

    def _stepped(self, one: Fed, until_ns: int) -> SampleBlock:
        try:
            if one.failed_ns is not None:
                if until_ns < one.again_ns:
                    return SampleBlock.empty()
                self._made_again(one, until_ns)
            block = one.source.step(until_ns)
            if len(one.source.channels()) > len(one.index):
                self._take_up(one)
            return _checked(block, one)
        except Exception as error:
            if not one.down_since_ns:
                _logger.exception("the source %s failed and is tried again", one.state.name)
            return self._failed(one, until_ns, error)

    def _made_again(self, one: Fed, until_ns: int) -> None:
        source = one.make()
        before, now = tuple(self.channels[i] for i in one.index.tolist()), source.channels()
        if now[: len(before)] != before[: len(now)]:
            raise ValueError("its channels have changed: start the gateway again")
        source.start(until_ns)
        one.source, one.failed_ns = source, None

    def _failed(self, one: Fed, until_ns: int, error: Exception) -> SampleBlock:
        if isinstance(one.source, AttendedSource):
            one.source.close()
        calm = until_ns - one.again_ns > _CALM_NS
        one.pause_ns = _RETRY_NS if calm else min(_LONGEST_RETRY_NS, 2 * one.pause_ns)
        one.failed_ns, one.again_ns = until_ns, until_ns + one.pause_ns
        if one.down_since_ns == 0:
            one.down_since_ns = until_ns
            self._on_trouble(f"the source {one.state.name} failed and is tried again: {error}")
        if one.state.become("down", str(error), until_ns):
            self.on_state(one.state)
        seen = one.index[self._t_ns[one.index] != NEVER_NS]
        seen = seen[self._quality[seen] != BAD]
        times = np.maximum(self._t_ns[seen] + 1, until_ns)
        return SampleBlock.of(seen, times, self._values[seen], np.full(len(seen), BAD, np.uint8))

    def look(self, until_ns: int) -> None:
        """Take up how the sources fare; done a few times a second anyway."""
        self._looked_ns = until_ns
        for one in self._fed:
            if one.failed_ns is not None:
                continue
            changed = one.state.look(one.source, until_ns)
            if one.down_since_ns and one.state.state == "live":
                length_s = (until_ns - one.down_since_ns) / 1e9
                one.down_since_ns = 0
                _logger.warning("the source %s is back after %.1f s", one.state.name, length_s)
                self._on_trouble(f"the source {one.state.name} is back after {length_s:.1f} s")
            if changed:
                self.on_state(one.state)

    def _remember(self, columns: Columns) -> None:
        newest = np.cumsum(columns.counts) - 1
        later = columns.t_ns[newest] >= self._t_ns[columns.channels]
        at, newest = columns.channels[later], newest[later]
        self._t_ns[at] = columns.t_ns[newest]
        self._values[at] = columns.values[newest]
        self._quality[at] = columns.quality[newest]

    def _repeats(self, until_ns: int) -> Columns:
        """States, counters and setpoints that said nothing for a period, while their source lives and its word is complete,
        are still what they were."""
        until = np.full(len(self.channels), NEVER_NS, np.int64)
        for one in self._fed:
            if one.failed_ns is None:
                mark = one.source.watermark_ns() if isinstance(one.source, AttendedSource) else until_ns
                until[one.index] = NEVER_NS if mark is None else mark
        due = self._repeated & (until - self._t_ns >= self._period_ns) & (self._t_ns != NEVER_NS) & (self._t_ns < until)
        self._t_ns[due] = until[due]
        return self.latest(due)


def _nothing() -> None:
    """Nobody listens yet."""


def _one_ignored(state: SourceState) -> None:
    """Nobody listens yet."""


def _in_bounds(fault: FaultInfo, parameters: dict[str, float]) -> dict[str, float]:
    known = {one.name: one for one in fault.parameters}
    for name, value in parameters.items():
        one = known.get(name)
        if one is None:
            raise UserMistake(f"the fault «{fault.name}» has no parameter «{name}»; it has: {', '.join(known) or 'none'}")
        if not one.low <= value <= one.high:
            bounds = f"{one.low:g} and {one.high:g} {one.unit}".rstrip()
            raise UserMistake(f"«{name}» of the fault «{fault.name}» lies between {bounds}, not {value:g}")
    return parameters


def _checked(block: SampleBlock, one: Fed) -> SampleBlock:
    """A source's block with catalogue indices; values that are not finite are of bad quality, whatever the source says."""
    k = len(block)
    if not (len(block.t_ns) == len(block.values) == len(block.quality) == k):
        raise ValueError("its columns differ in length")
    if not k:
        return block
    if int(block.channel.max()) >= len(one.index):
        raise ValueError(f"it has {len(one.index)} channels, but gave a sample of number {int(block.channel.max())}")
    bad = (block.quality != 0) | ~np.isfinite(block.values)
    return SampleBlock(one.index[block.channel].astype(np.uint32), block.t_ns, block.values, bad.astype(np.uint8))


def _runs(blocks: list[SampleBlock]) -> Columns:
    joined = SampleBlock.joined(blocks)
    return in_runs(joined.channel, joined.t_ns, joined.values, joined.quality)


def _merged(first: Columns, second: Columns) -> Columns:
    channel = np.concatenate([np.repeat(first.channels, first.counts), second.channels])
    t_ns = np.concatenate([first.t_ns, second.t_ns])
    values = np.concatenate([first.values, second.values])
    return in_runs(channel, t_ns, values, np.concatenate([first.quality, second.quality]))


def _check(new: Sequence[ChannelInfo], known: dict[str, int], count: int) -> None:
    seen: set[str] = set()
    for info in new:
        if info.id in known or info.id in seen:
            raise UserMistake(f"two channels have the id «{info.id}»: give each its own in the scene or the sources")
        if not 0.0 < info.period_s <= _LONGEST_PERIOD_S:
            raise UserMistake(
                f"channel «{info.id}» has a period of {info.period_s} s: it must be above 0, at most {_LONGEST_PERIOD_S}"
            )
        if not info.id or len(info.id) > _LONGEST_ID or len(info.unit) > _LONGEST_ID:
            raise UserMistake(f"an id and a unit have at most {_LONGEST_ID} characters, not «{info.id}» in «{info.unit}»")
        seen.add(info.id)
    if count + len(new) > MAX_CHANNELS:
        raise UserMistake(f"a gateway carries at most {MAX_CHANNELS} channels, not {count + len(new)}: split the sources")
