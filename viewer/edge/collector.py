"""Samples of all sources brought together: one catalogue, one block per tick, the newest sample of each channel.

A source that raises is put aside, its channels go bad, and a new one is tried after a pause; the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.source import BAD, SampleBlock, Source
from viewer.live.wire import MAX_CHANNELS
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.samples import Columns, in_runs

_logger = logging.getLogger(__name__)
_RETRY_NS = 5_000_000_000
_NEVER_NS = -1
_LONGEST_PERIOD_S = 1e6
_LONGEST_ID = 200
_REPEATED = ("state", "counter", "setpoint")

SourceFactory = Callable[[], Source]


@dataclass(slots=True)
class _Fed:
    """One source, its place in the catalogue, and since when it has failed."""

    make: SourceFactory
    source: Source
    channels: tuple[ChannelInfo, ...]
    first: int
    failed_ns: int | None = None


class Collector:
    """All on the gateway's one thread. Raises UserMistake where two sources bring a channel of the same id."""

    def __init__(self, factories: Sequence[SourceFactory], on_trouble: Callable[[str], None]) -> None:
        self._on_trouble = on_trouble
        self._fed: list[_Fed] = []
        for make in factories:
            source = make()
            self._fed.append(_Fed(make, source, source.channels(), sum(len(one.channels) for one in self._fed)))
        self.channels = tuple(info for one in self._fed for info in one.channels)
        _check_ids(self.channels)
        n = len(self.channels)
        self._period_ns = np.array([round(1e9 * info.period_s) for info in self.channels], np.int64)
        self._repeated = np.array([info.kind in _REPEATED for info in self.channels], np.bool_)
        self._alive = np.ones(n, np.bool_)
        self._t_ns: NDArray[np.int64] = np.full(n, _NEVER_NS, np.int64)
        self._values = np.full(n, np.nan)
        self._quality = np.zeros(n, np.uint8)
        self._until_ns = 0

    def start(self, t_ns: int) -> None:
        """Start all sources at this time."""
        self._until_ns = t_ns
        for one in self._fed:
            one.source.start(t_ns)

    def step(self, until_ns: int) -> Columns:
        """All that became known up to `until_ns`, as runs over the catalogue. Never raises for what a source does."""
        until_ns = max(until_ns, self._until_ns)
        blocks = [self._stepped(one, until_ns) for one in self._fed]
        joined = SampleBlock.joined([block for block in blocks if len(block)])
        columns = in_runs(joined.channel, joined.t_ns, joined.values, joined.quality)
        self._remember(columns)
        repeats = self._repeats(until_ns)
        self._until_ns = until_ns
        return _merged(columns, repeats) if len(repeats) else columns

    def latest(self, wanted: NDArray[np.bool_]) -> Columns:
        """The newest sample of each wanted channel that has one."""
        at = np.flatnonzero(wanted & (self._t_ns != _NEVER_NS))
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

    def _owner_of(self, name: str) -> tuple[Source, FaultInfo]:
        for one in self._fed:
            for fault in one.source.faults():
                if fault.name == name:
                    return one.source, fault
        known = ", ".join(fault.name for fault in self.faults()) or "none"
        raise UserMistake(f"no source has a fault «{name}»; known: {known}")

    def _stepped(self, one: _Fed, until_ns: int) -> SampleBlock:
        try:
            if one.failed_ns is not None:
                if until_ns - one.failed_ns < _RETRY_NS:
                    return SampleBlock.empty()
                self._made_again(one, until_ns)
            return _checked(one.source.step(until_ns), one)
        except Exception as error:
            _logger.exception(
                "the source of %d channels failed and is tried again in %d s", len(one.channels), _RETRY_NS // 10**9
            )
            return self._failed(one, until_ns, error)

    def _made_again(self, one: _Fed, until_ns: int) -> None:
        source = one.make()
        if source.channels() != one.channels:
            raise ValueError("its channels have changed: start the gateway again")
        source.start(until_ns)
        one.source, one.failed_ns = source, None
        self._alive[one.first : one.first + len(one.channels)] = True
        self._on_trouble("")

    def _failed(self, one: _Fed, until_ns: int, error: Exception) -> SampleBlock:
        one.failed_ns = until_ns
        span = slice(one.first, one.first + len(one.channels))
        self._alive[span] = False
        self._on_trouble(f"a source failed and is tried again: {error}")
        seen = np.arange(len(self.channels))[span][self._t_ns[span] != _NEVER_NS]
        times = np.maximum(self._t_ns[seen] + 1, until_ns)
        return SampleBlock.of(seen, times, self._values[seen], np.full(len(seen), BAD, np.uint8))

    def _remember(self, columns: Columns) -> None:
        newest = np.cumsum(columns.counts) - 1
        self._t_ns[columns.channels] = columns.t_ns[newest]
        self._values[columns.channels] = columns.values[newest]
        self._quality[columns.channels] = columns.quality[newest]

    def _repeats(self, until_ns: int) -> Columns:
        """States, counters and setpoints that said nothing for a period while their source lives are still what they were."""
        due = self._repeated & self._alive & (until_ns - self._t_ns >= self._period_ns)
        due &= (self._t_ns != _NEVER_NS) & (self._t_ns < until_ns)
        self._t_ns[due] = until_ns
        return self.latest(due)


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


def _checked(block: SampleBlock, one: _Fed) -> SampleBlock:
    """A source's block with catalogue indices; values that are not finite are of bad quality, whatever the source says."""
    k = len(block)
    if not (len(block.t_ns) == len(block.values) == len(block.quality) == k):
        raise ValueError("its columns differ in length")
    if k and int(block.channel.max()) >= len(one.channels):
        raise ValueError(f"it has {len(one.channels)} channels, but gave a sample of number {int(block.channel.max())}")
    bad = (block.quality != 0) | ~np.isfinite(block.values)
    return SampleBlock(block.channel + np.uint32(one.first), block.t_ns, block.values, bad.astype(np.uint8))


def _merged(first: Columns, second: Columns) -> Columns:
    channel = np.concatenate([np.repeat(first.channels, first.counts), second.channels])
    t_ns = np.concatenate([first.t_ns, second.t_ns])
    values = np.concatenate([first.values, second.values])
    return in_runs(channel, t_ns, values, np.concatenate([first.quality, second.quality]))


def _check_ids(channels: Sequence[ChannelInfo]) -> None:
    seen: set[str] = set()
    for info in channels:
        if info.id in seen:
            raise UserMistake(f"two channels have the id «{info.id}»: give each its own in the scene or the sources")
        if not 0.0 < info.period_s <= _LONGEST_PERIOD_S:
            raise UserMistake(
                f"channel «{info.id}» has a period of {info.period_s} s: it must be above 0, at most {_LONGEST_PERIOD_S}"
            )
        if len(info.id) > _LONGEST_ID or len(info.unit) > _LONGEST_ID:
            raise UserMistake(f"an id and a unit have at most {_LONGEST_ID} characters, not «{info.id}» in «{info.unit}»")
        seen.add(info.id)
    if len(channels) > MAX_CHANNELS:
        raise UserMistake(f"a gateway carries at most {MAX_CHANNELS} channels, not {len(channels)}: split the sources")
