"""The kind `device` of a source: enrolled devices that send their own batches, and how what they send becomes channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from viewer.base.errors import Fault, UserMistake
from viewer.edge.kind import Place, SourceConfig, common
from viewer.edge.source import SampleBlock, SourceCondition, SourceGap, SourceReport
from viewer.edge.tables import Table
from viewer.edge.tags import Tag, read_tags
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.samples import Columns


@dataclass(frozen=True, kw_only=True)
class DeviceConfig(SourceConfig):
    """Which enrolled devices are let in, and how their channels are called here. It makes a source for each when it comes."""

    kind: str = "device"
    name: str = "device"
    identities: tuple[str, ...] = ("*",)
    """Shell-style patterns of the enrolled names."""
    prefix: str = ""
    """Put before the id of each channel that no tag names."""

    def make(self) -> DeviceSource:
        """One device's source, before it has told its channels."""
        return DeviceSource(self.name, self)

    def admits(self, identity: str) -> bool:
        """Whether this table is about the device of that name."""
        return any(fnmatchcase(identity, glob) for glob in self.identities)


def read(table: Table, place: Place) -> SourceConfig:
    """Keys: identities, prefix, tag."""
    kind, name = common(table)
    prefix = table.text("prefix", "", most=100, like="a short text such as press3.")
    identities = table.texts("identities", ("*",), most=1000)
    return DeviceConfig(kind=kind, name=name, identities=identities, prefix=prefix, tags=read_tags(table))


class DeviceSource:
    """A `viewer.edge.source.Source` and `AttendedSource` that is fed by the gateway's desk. On the gateway's one thread."""

    def __init__(self, name: str, config: DeviceConfig) -> None:
        self.name = name
        self._config = config
        self._own: tuple[ChannelInfo, ...] = ()
        self._channels: tuple[ChannelInfo, ...] = ()
        self._used: tuple[Tag, ...] = ()
        self._scale = self._offset = np.empty(0)
        self._waiting: list[SampleBlock] = []
        self._gaps: list[SourceGap] = []
        self._watermark_ns: int | None = None
        self._report = SourceReport("connecting", "the device has not come yet")

    def declare(self, channels: Sequence[ChannelInfo]) -> None:
        """What the device brings, in its own words; may only grow at its end. Raises UserMistake where it does not."""
        own = tuple(channels)
        if own[: len(self._own)] != self._own:
            raise UserMistake(f"the device {self.name} has changed channels that it had: give changed ones new ids at the end")
        by_tag = {one.tag: one for one in self._config.tags}
        self._own = own
        self._used = tuple(by_tag.get(one.id) or _as_it_is(one, self._config.prefix) for one in own)
        self._channels = tuple(one.info for one in self._used)
        self._scale = np.array([one.scale for one in self._used])
        self._offset = np.array([one.offset for one in self._used])

    @property
    def own(self) -> tuple[ChannelInfo, ...]:
        """The channels in the device's own words and order."""
        return self._own

    def scaled(self, columns: Columns) -> Columns:
        """A batch over the device's own order, with the values of its channels here."""
        scale, offset = self._scale[columns.channels], self._offset[columns.channels]
        if not ((scale != 1.0).any() or (offset != 0.0).any()):
            return columns
        values = columns.values * np.repeat(scale, columns.counts) + np.repeat(offset, columns.counts)
        return replace(columns, values=values, quality=columns.quality | ~np.isfinite(values))

    def take(self, columns: Columns, complete_until_ns: int) -> None:
        """A batch that was accepted: for the next `step`."""
        if len(columns):
            channel = np.repeat(columns.channels, columns.counts)
            self._waiting.append(SampleBlock.of(channel, columns.t_ns, columns.values, columns.quality))
        self._watermark_ns = max(complete_until_ns, self._watermark_ns or 0)

    def told(self, state: SourceCondition, sentence: str, latency_ms: float = float("nan")) -> None:
        """How its connection is."""
        self._report = SourceReport(state, sentence, latency_ms)
        if state != "live":
            self._watermark_ns = None

    def lost(self, gap: SourceGap) -> None:
        """Something is known to be missing."""
        self._gaps.append(gap)

    def channels(self) -> tuple[ChannelInfo, ...]:
        """What it brings, as channels of this gateway."""
        return self._channels

    def tags(self) -> tuple[Tag, ...]:
        """From which of the device's words each channel comes."""
        return self._used

    def start(self, t_ns: int) -> None:
        """It began by itself."""

    def step(self, until_ns: int) -> SampleBlock:
        """What was taken since."""
        if not self._waiting:
            return SampleBlock.empty()
        blocks, self._waiting = self._waiting, []
        return SampleBlock.joined(blocks)

    def report(self) -> SourceReport:
        """How its connection is."""
        return self._report

    def take_gaps(self) -> list[SourceGap]:
        """What is missing, each told once."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def watermark_ns(self) -> int | None:
        """Up to when its word is complete; None while it is not connected."""
        return self._watermark_ns

    def close(self) -> None:
        """There is no thread."""

    def join(self, timeout_s: float) -> bool:
        """There is no thread."""
        return True

    def faults(self) -> tuple[FaultInfo, ...]:
        """A real device has none."""
        return ()

    def inject(self, name: str, **parameters: float) -> None:
        """Nothing can be injected."""
        raise Fault(f"{self.name} has no fault «{name}»")

    def clear(self, name: str) -> None:
        """Nothing can be cleared."""
        raise Fault(f"{self.name} has no fault «{name}»")


def _as_it_is(one: ChannelInfo, prefix: str) -> Tag:
    return Tag(one.id, prefix + one.id, one.unit, one.kind, one.period_s)
