"""Proposals of bindings by name: which of a source's tags may be which channel of a scene, with a score and the reason."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, cast, get_args

from viewer.base.errors import UserMistake
from viewer.base.units import convert, pretty_unit, same_kind
from viewer.edge.browsing import BrowseNode
from viewer.edge.tags import Tag
from viewer.twin.channels import Channel, ChannelKind
from viewer.twin.model import Twin

TICKED: Final = 0.6
"""From this score on a proposal is good enough to be ticked before a person has looked."""
_LEAST: Final = 0.3
_POSTINGS: Final = 400
"""Words that more channels have than that tell little: they are weighed, but find no candidates."""
_CANDIDATES: Final = 12
_ALIKE: Final = 0.8
_WORD = re.compile(r"\d+|[^\W\d_]+")
_SAME: Final[Mapping[str, str]] = {
    "tmp": "temperature",
    "temp": "temperature",
    "trq": "torque",
    "tq": "torque",
    "spd": "speed",
    "vel": "velocity",
    "pos": "position",
    "press": "pressure",
    "prs": "pressure",
    "cur": "current",
    "volt": "voltage",
    "freq": "frequency",
    "lvl": "level",
    "cnt": "count",
    "counter": "count",
    "stat": "state",
    "status": "state",
    "ang": "angle",
    "len": "length",
    "dist": "distance",
    "act": "actual",
    "sp": "setpoint",
    "sta": "st",
    "station": "st",
    "rob": "r",
    "robot": "r",
    "axis": "j",
    "joint": "j",
}
"""What people shorten, and say for one another, on both sides."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that a source offers, and the names above it."""

    node: BrowseNode
    above: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """As [[source.tag]] takes it."""
        return self.node.address


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row that may be written into the configuration."""

    tag: Tag
    score: float
    """0 … 1: how well the names agree, less where the units leave a doubt; 0 for a channel that the scene lacks."""
    why: str
    is_known: bool
    """Whether the scene has the channel already."""
    value: str = ""
    """What the source said when it was looked into."""

    @property
    def is_sure(self) -> bool:
        """Whether it may be ticked before a person has looked."""
        return self.score >= TICKED


@lru_cache(maxsize=100_000)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a name in lower case: parted at signs, at a capital and at digits; numbers without leading zeros."""
    found = [word for run in _WORD.findall(text) for word in _humps(str(run))]
    return tuple((one.lstrip("0") or "0") if one.isdigit() else _SAME.get(one, one) for one in found)


def _humps(run: str) -> list[str]:
    """«OPCServerTemp» is opc, server and temp: a word begins at a capital after a small letter, or before one."""
    starts = [0]
    for at in range(1, len(run)):
        before, here, after = run[at - 1], run[at], run[at + 1 : at + 2]
        if here.isupper() and (not before.isupper() or after.islower()):
            starts.append(at)
    return [run[start:end].lower() for start, end in zip(starts, [*starts[1:], len(run)], strict=True)]


def propose(offers: Sequence[Offer], twin: Twin, *, taken: Collection[str] = (), prefix: str = "") -> tuple[Proposal, ...]:
    """One proposal for each offer, best first; no channel is proposed twice, and none of `taken`. Where no channel of the twin
    is alike, a new one named after the tag."""
    free = [one for _, one in sorted(twin.channels.items()) if one.id not in taken]
    index = _Index(free, twin)
    scored = sorted(
        ((score, at, channel) for at, offer in enumerate(offers) for score, channel in index.alike(offer)),
        key=lambda one: (-one[0], offers[one[1]].tag, one[2].id),
    )
    given: dict[int, Proposal] = {}
    used = set(taken)
    for score, at, channel in scored:
        if at not in given and channel.id not in used and score >= _LEAST:
            given[at] = _known(offers[at], channel, score)
            used.add(channel.id)
    for at, offer in enumerate(offers):
        if at not in given:
            given[at] = _new(offer, prefix, used)
            used.add(given[at].tag.channel)
    return tuple(sorted(given.values(), key=lambda one: (-one.score, one.tag.tag)))


@dataclass(slots=True)
class _Entry:
    """The ways in which a channel is called."""

    channel: Channel
    ways: list[Counter[str]] = field(default_factory=list[Counter[str]])

    def share_by(self, numbers: Collection[str]) -> float:
        """What numbers leave of a score: st030 is not st090, however alike the rest."""
        own = {word for word in self.ways[0] if word.isdigit()} if self.ways else set[str]()
        return 1.0 if not numbers or own <= set(numbers) else 0.55


class _Index:
    """Channels by the words of their names; rare words weigh more (inverse document frequency, Spärck Jones 1972)."""

    def __init__(self, channels: Sequence[Channel], twin: Twin) -> None:
        self._entries = [_entry(one, twin) for one in channels]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(self._entries):
            for word in {word for way in entry.ways for word in way}:
                self._postings[word].append(number)
        self._words = sorted(self._postings)

    def alike(self, offer: Offer) -> list[tuple[float, Channel]]:
        """The channels that may be meant, with their score."""
        near, full = Counter(words_of(offer.node.name)), Counter(words_of(" ".join((*offer.above, offer.node.name))))
        full |= Counter(words_of(offer.tag)) if not offer.above else Counter()
        found: Counter[int] = Counter()
        for word in full:
            for spelled in self._spellings(word):
                postings = self._postings[spelled]
                if len(postings) <= _POSTINGS or len(self._entries) <= 5 * _POSTINGS:
                    weight = self._weight(spelled)
                    found.update(dict.fromkeys(postings, round(1000 * weight)))
        best = [self._entries[number] for number, _ in found.most_common(_CANDIDATES * 4)]
        numbers = {word for word in full if word.isdigit()}
        scores = [
            (self._score(full, near, one) * _doubt(offer.node, one.channel) * one.share_by(numbers), one.channel) for one in best
        ]
        return sorted(scores, key=lambda one: (-one[0], one[1].id))[:_CANDIDATES]

    def _score(self, full: Counter[str], near: Counter[str], entry: _Entry) -> float:
        """How much of what the channel is called the tag says, and how much of the tag the channel; the tag's own name counts
        as much as what stands above it, for two axes differ in it alone."""
        score = 0.0
        for way in entry.ways:
            said, meant = self._shared(way, full), self._shared(near, way)
            score = max(score, 0.6 * said + 0.4 * meant)
        return score

    def _shared(self, wanted: Counter[str], by: Counter[str]) -> float:
        """The share of `wanted` that is among `by`, by weight."""
        whole = sum(self._weight(word) * count for word, count in wanted.items())
        if not whole:
            return 0.0
        return sum(self._weight(word) * sum(_matched(word, count, by)) for word, count in wanted.items()) / whole

    def _weight(self, word: str) -> float:
        """A word that no channel has still counts: it speaks against."""
        return math.log(1.0 + (1 + len(self._entries)) / (1 + len(self._postings.get(word, ()))))

    def _spellings(self, word: str) -> list[str]:
        """The words of channels that this one may stand for."""
        own = [word] if word in self._postings else []
        return own or [one for one in self._words if _are_alike(one, word)]


def _matched(word: str, count: int, by: Counter[str]) -> Iterable[float]:
    exact = min(count, by.get(word, 0))
    yield float(exact)
    if exact < count and any(_are_alike(word, other) for other in by):
        yield _ALIKE * (count - exact)


def _are_alike(one: str, other: str) -> bool:
    """Whether one is the beginning of the other, three letters at least."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 3 and not short.isdigit() and short != long and long.startswith(short)


def _entry(channel: Channel, twin: Twin) -> _Entry:
    ways = [Counter(words_of(channel.id))]
    node = twin.nodes.get(channel.node) if channel.node is not None else None
    if node is not None:
        ways.append(Counter(words_of(f"{node.name} {channel.name}")))
        ways.append(Counter(words_of(f"{node.id} {channel.name}")))
    elif channel.name:
        ways.append(Counter(words_of(channel.name)))
    return _Entry(channel, [way for way in ways if way])


def _doubt(node: BrowseNode, channel: Channel) -> float:
    """What unit and kind leave of a score: all where they agree, a third where they measure different things."""
    share = 1.0
    if node.kind and node.kind != channel.kind:
        share *= 0.75 if "state" in (node.kind, channel.kind) else 0.92
    if node.unit == channel.unit:
        return share
    if not node.unit:
        return share * 0.95
    try:
        return share * (0.98 if same_kind(node.unit, channel.unit) else 0.33)
    except UserMistake:
        return share * 0.7


def _known(offer: Offer, channel: Channel, score: float) -> Proposal:
    scale, offset, why = _conversion(offer.node.unit, channel.unit)
    tag = Tag(
        offer.tag,
        channel.id,
        unit=channel.unit,
        kind=channel.kind,
        period_s=channel.period_s,
        scale=scale,
        offset=offset,
        states=tuple(one.text for one in channel.states) if offer.node.kind == "state" and not _is_number(offer.node) else (),
    )
    return Proposal(tag, round(score, 3), why, is_known=True, value=offer.node.value)


def _conversion(from_unit: str, to_unit: str) -> tuple[float, float, str]:
    """Scale and offset into the channel's unit, and what to say of it."""
    if from_unit == to_unit:
        return 1.0, 0.0, f"names agree, both in {pretty_unit(to_unit)}" if to_unit else "names agree"
    if not from_unit:
        return 1.0, 0.0, f"names agree; the source says no unit, {pretty_unit(to_unit)} is taken"
    try:
        offset = convert(0.0, from_unit, to_unit)
        scale = convert(1.0, from_unit, to_unit) - offset
    except UserMistake:
        written = pretty_unit(to_unit) or "no unit"
        return 1.0, 0.0, f"names agree, but {pretty_unit(from_unit)} does not measure what {written} does"
    said = f"names agree; {pretty_unit(from_unit)} becomes {pretty_unit(to_unit)}"
    return float(f"{scale:.15g}"), float(f"{offset:.15g}"), said


def _new(offer: Offer, prefix: str, used: Collection[str]) -> Proposal:
    parts = [one for one in (*offer.above[-2:], offer.node.name) if one.strip()]
    bare = prefix + ".".join(re.sub(r"[^\w.-]+", "_", one.strip()).strip("_.") for one in parts).lower()
    wanted = bare[:190] or "channel"
    channel, number = wanted, 2
    while channel in used:
        channel, number = f"{wanted}_{number}", number + 1
    kind = offer.node.kind if offer.node.kind in get_args(ChannelKind) else "measurement"
    tag = Tag(offer.tag, channel, unit=offer.node.unit, kind=cast(ChannelKind, kind))
    return Proposal(tag, 0.0, "no channel of the scene is called so: a new one", is_known=False, value=offer.node.value)


def _is_number(node: BrowseNode) -> bool:
    """Whether the value seen is a number, so that texts of states are none of the tag's business."""
    text = node.value.strip().lower()
    if not text or text in ("true", "false"):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
