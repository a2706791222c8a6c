"""What a gateway sends on of what it stores: all, what leaves a dead band, or least and greatest of each interval; no peak is
lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.twin.samples import Columns, in_runs

Part = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]
"""Times, values and quality (k,) of one channel."""
_NOTHING: Part = (np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))


class Forwarding(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel is sent on; the full rate stays in the gateway's own history for `keep_full_s`."""

    kind: Literal["all", "dead_band", "min_max"] = "all"
    dead_band: float = 0.0
    """In the channel's unit: a value that differs more than this from the last one sent is sent, with the sample before it, so
    that a line drawn between them says the truth."""
    longest_s: float = 60.0
    """dead_band: after so long one is sent in any case, so that silence means trouble."""
    interval_s: float = 1.0
    """min_max: least and greatest of each, at their own times."""
    keep_full_s: float = 7 * 86_400.0


def check(policy: Forwarding, channel: str) -> Forwarding:
    """The policy as it is. Raises UserMistake for numbers that make no sense."""
    for key, least in (("dead_band", 0.0), ("longest_s", 1e-6), ("interval_s", 1e-6), ("keep_full_s", 0.0)):
        number: float = getattr(policy, key)
        if not least <= number <= 1e12:
            raise UserMistake(f"forwarding of «{channel}»: {key} is {number}, expected at least {least:g}")
    return policy


class Forwarder:
    """Applies policies to the samples of a catalogue. The same samples in other blocks are sent on alike. One thread."""

    def __init__(self, policies: Mapping[str, Forwarding], channels: Sequence[str]) -> None:
        """Channels without a policy are sent on whole. Raises UserMistake for a channel that isn't there."""
        index = {name: at for at, name in enumerate(channels)}
        self._thinned: dict[int, _DeadBand | _MinMax] = {}
        for name, policy in policies.items():
            if name not in index:
                raise UserMistake(f"forwarding names the channel «{name}», which no source brings")
            if check(policy, name).kind == "dead_band":
                self._thinned[index[name]] = _DeadBand(policy.dead_band, round(1e9 * policy.longest_s))
            elif policy.kind == "min_max":
                self._thinned[index[name]] = _MinMax(round(1e9 * policy.interval_s))
        self._is_thinned = np.zeros(len(channels), np.bool_)
        self._is_thinned[list(self._thinned)] = True

    def step(self, columns: Columns, t_ns: int) -> Columns:
        """What is sent on of the samples up to `t_ns`; least and greatest follow once their interval is over."""
        if not self._thinned:
            return columns
        starts = np.cumsum(columns.counts) - columns.counts
        whole = np.repeat(~self._is_thinned[columns.channels], columns.counts)
        of = np.repeat(columns.channels, columns.counts)
        parts: list[tuple[int, Part]] = []
        given = {int(columns.channels[run]): run for run in np.flatnonzero(self._is_thinned[columns.channels])}
        for channel, policy in self._thinned.items():
            part = _NOTHING
            if channel in given:
                span = slice(starts[given[channel]], starts[given[channel]] + columns.counts[given[channel]])
                part = columns.t_ns[span], columns.values[span], columns.quality[span]
            sent = policy.step(part, t_ns)
            if len(sent[0]):
                parts.append((channel, sent))
        return in_runs(
            np.concatenate([of[whole], *(np.full(len(sent[0]), channel) for channel, sent in parts)]),
            np.concatenate([columns.t_ns[whole], *(sent[0] for _, sent in parts)]),
            np.concatenate([columns.values[whole], *(sent[1] for _, sent in parts)]),
            np.concatenate([columns.quality[whole], *(sent[2] for _, sent in parts)]),
        )


@dataclass(slots=True)
class _DeadBand:
    """Send on change; Python only per sample that is sent."""

    band: float
    longest_ns: int
    sent: tuple[int, float, int] | None = None
    before: tuple[int, float, int] | None = None
    """The newest sample that was not sent."""

    def step(self, part: Part, t_ns: int) -> Part:
        own_ns, values, quality = part
        if self.before is not None:
            own_ns = np.concatenate([[self.before[0]], own_ns])
            values, quality = np.concatenate([[self.before[1]], values]), np.concatenate([[self.before[2]], quality])
        first_new = 0 if self.before is None else 1
        keep = np.zeros(len(own_ns), np.bool_)
        at = first_new
        while at < len(own_ns):
            at = self._next(own_ns, values, quality, at)
            if at < len(own_ns):
                keep[at] = True
                if at > 0 and self.sent is not None and not self._is_like_sent(values[at], quality[at]):
                    keep[at - 1] = True
                self.sent = int(own_ns[at]), float(values[at]), int(quality[at])
                at += 1
        last = len(own_ns) - 1
        self.before = None if last < 0 or keep[last] else (int(own_ns[last]), float(values[last]), int(quality[last]))
        return own_ns[keep], values[keep], quality[keep].astype(np.uint8)

    def _is_like_sent(self, value: float, quality: int) -> bool:
        return self.sent is not None and self.sent[2] == quality and abs(value - self.sent[1]) <= self.band

    def _next(self, own_ns: NDArray[np.int64], values: NDArray[np.float64], quality: NDArray[np.uint8], at: int) -> int:
        """The next sample that is to be sent; looked for in stretches that double, so that few are looked at twice."""
        if self.sent is None:
            return at
        stretch = 16
        while at < len(own_ns):
            part = slice(at, at + stretch)
            differs = ~(np.abs(values[part] - self.sent[1]) <= self.band)
            differs &= ~((quality[part] != 0) & (self.sent[2] != 0))
            hits = np.flatnonzero(differs | (quality[part] != self.sent[2]) | (own_ns[part] - self.sent[0] >= self.longest_ns))
            if len(hits):
                return at + int(hits[0])
            at, stretch = at + stretch, stretch * 2
        return len(own_ns)


@dataclass(slots=True)
class _MinMax:
    """Least and greatest of each interval, and its first bad sample."""

    interval_ns: int
    waiting: Part = field(default=_NOTHING)

    def step(self, part: Part, t_ns: int) -> Part:
        own_ns = np.concatenate([self.waiting[0], part[0]])
        values = np.concatenate([self.waiting[1], part[1]])
        quality = np.concatenate([self.waiting[2], part[2]])
        is_over = own_ns // self.interval_ns < (t_ns + 1) // self.interval_ns
        self.waiting = own_ns[~is_over], values[~is_over], quality[~is_over].astype(np.uint8)
        own_ns, values, quality = own_ns[is_over], values[is_over], quality[is_over]
        if not len(own_ns):
            return _NOTHING
        bucket = own_ns // self.interval_ns
        good = (quality == 0) & np.isfinite(values)
        place = np.arange(len(own_ns))
        keep = np.zeros(len(own_ns), np.bool_)
        for ordered in (np.where(good, values, np.inf), np.where(good, -values, np.inf)):
            keep[_first_of_least(bucket, ordered, good, place)] = True
        keep[_first_of_least(bucket, np.zeros(len(own_ns)), ~good, place)] = True
        return own_ns[keep], values[keep], quality[keep].astype(np.uint8)


def _first_of_least(
    bucket: NDArray[np.int64], ordered: NDArray[np.float64], eligible: NDArray[np.bool_], place: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The place of the first least eligible value of each bucket that has one."""
    order = np.lexsort((place, ordered, bucket))
    order = order[eligible[order]]
    first = np.diff(bucket[order], prepend=np.iinfo(np.int64).min) != 0
    return place[order[first]]
