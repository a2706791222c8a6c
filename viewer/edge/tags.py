"""Tags of a source and the channels they become: unit, scale, offset and dead band, as the configuration maps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.source import SampleBlock
from viewer.edge.tables import Table
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.channels import ChannelKind

_ID = r"[^\s\x00-\x1f].{0,199}"


@dataclass(frozen=True, slots=True)
class Tag:
    """One row of [[source.tag]]: value of the channel = scale * value of the tag + offset."""

    tag: str
    """As the source names it: a node id, a topic, a column."""
    channel: str
    unit: str = ""
    """Of the channel, as pint reads it."""
    kind: ChannelKind = "measurement"
    period_s: float = 1.0
    scale: float = 1.0
    offset: float = 0.0
    dead_band: float = 0.0
    """In the channel's unit; a sample that differs by no more from the last that was forwarded is left out, but not for
    longer than `period_s`."""
    states: tuple[str, ...] = ()
    """For a tag whose values are texts: the first of them is value 0, the second 1 and so on."""
    definition: str = ""
    """What it means, in the source's or its maker's words; the formula of a derived channel."""

    @property
    def info(self) -> ChannelInfo:
        """The channel it becomes."""
        return ChannelInfo(self.channel, self.unit, self.kind, self.period_s)


@runtime_checkable
class TaggedSource(Protocol):
    """A source whose channels come from tags, or from formulas."""

    def tags(self) -> tuple[Tag, ...]:
        """One for each channel, in the same order; may be shorter."""
        ...


def read_tags(table: Table, *, prefix: str = "") -> tuple[Tag, ...]:
    """The rows of [[source.tag]]. Raises UserMistake for one that is wrong or comes twice."""
    tags = tuple(_tag(one, prefix) for one in table.tables("tag"))
    for what, names in (("tag", [one.tag for one in tags]), ("channel", [one.channel for one in tags])):
        twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
        if twice is not None:
            raise UserMistake(f"{table.where} has the {what} «{twice}» twice")
    return tags


def _tag(table: Table, prefix: str) -> Tag:
    name = table.text("tag", pattern=r".+", like="the name of a tag")
    one = Tag(
        tag=name,
        channel=prefix + table.text("channel", name, pattern=_ID, like="the id of a channel, at most 200 characters"),
        unit=table.text("unit", "", most=200, like="a unit such as N*m"),
        kind=cast(ChannelKind, table.choice("kind", get_args(ChannelKind), "measurement")),
        period_s=table.number("period_s", 1.0, above=0.0, high=1e6),
        scale=table.number("scale", 1.0),
        offset=table.number("offset", 0.0),
        dead_band=table.number("dead_band", 0.0, low=0.0),
        states=table.texts("states", (), most=1000),
        definition=table.text("definition", ""),
    )
    table.close()
    return one


class TagMap:
    """Turns values of tags into samples of channels. On the thread of the source that owns it."""

    def __init__(self, tags: Sequence[Tag]) -> None:
        self.tags: tuple[Tag, ...] = ()
        self.channels: tuple[ChannelInfo, ...] = ()
        self.index: dict[str, int] = {}
        self._scale = self._offset = self._band = self._last = np.empty(0)
        self._period_ns = self._last_t_ns = np.empty(0, np.int64)
        self._last_bad = np.empty(0, np.bool_)
        self.grow(tags)

    def grow(self, more: Sequence[Tag]) -> None:
        """Further tags at the end."""
        self.index |= {one.tag: len(self.tags) + number for number, one in enumerate(more)}
        self.tags += tuple(more)
        self.channels += tuple(one.info for one in more)
        self._scale = np.append(self._scale, [one.scale for one in more])
        self._offset = np.append(self._offset, [one.offset for one in more])
        self._band = np.append(self._band, [one.dead_band for one in more])
        self._period_ns = np.append(self._period_ns, np.array([round(1e9 * one.period_s) for one in more], np.int64))
        self._last = np.append(self._last, np.full(len(more), np.nan))
        self._last_bad = np.append(self._last_bad, np.ones(len(more), np.bool_))
        self._last_t_ns = np.append(self._last_t_ns, np.full(len(more), np.iinfo(np.int64).min // 2, np.int64))

    def block(
        self,
        index: NDArray[np.integer],
        t_ns: NDArray[np.integer],
        values: NDArray[np.floating],
        quality: NDArray[np.uint8] | None = None,
    ) -> SampleBlock:
        """Values (k,) of tags by their number, scaled, and without what the dead band holds back."""
        values = values * self._scale[index] + self._offset[index]
        block = SampleBlock.of(index, t_ns, values, quality)
        banded = self._band[index] > 0.0
        if not banded.any():
            return block
        keep = ~banded
        keep[np.flatnonzero(banded)] = self._beyond(block, np.flatnonzero(banded))
        return SampleBlock(block.channel[keep], block.t_ns[keep], block.values[keep], block.quality[keep])

    def _beyond(self, block: SampleBlock, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of the samples `at` are forwarded: round by round, one sample of each channel a round."""
        keep = np.zeros(len(block), np.bool_)
        turn = _turns(block.channel[at])
        for number in range(int(turn.max()) + 1):
            now = at[turn == number]
            channel = block.channel[now]
            values, t_ns, bad = block.values[now], block.t_ns[now], (block.quality[now] != 0) | ~np.isfinite(block.values[now])
            near = np.abs(values - self._last[channel]) <= self._band[channel]
            near &= (t_ns - self._last_t_ns[channel] < self._period_ns[channel]) & (bad == self._last_bad[channel])
            some, kept = ~near, channel[~near]
            keep[now] = some
            self._last[kept], self._last_t_ns[kept], self._last_bad[kept] = values[some], t_ns[some], bad[some]
        return keep[at]


def _turns(channel: NDArray[np.integer]) -> NDArray[np.int64]:
    """(k,) How many samples of the same channel stand before each."""
    order = np.argsort(channel, kind="stable")
    ordered = channel[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1) != 0) if len(ordered) else np.empty(0, np.int64)
    counts = np.diff(first, append=len(ordered))
    turn = np.empty(len(channel), np.int64)
    turn[order] = np.arange(len(ordered)) - np.repeat(first, counts)
    return turn
