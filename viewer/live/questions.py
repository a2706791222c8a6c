"""What a viewer can ask of its gateway: each question's message, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ChannelId
from viewer.live import past_words as words
from viewer.live import wire
from viewer.live.asking import Question
from viewer.live.columns import unpack
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.samples import NEVER_NS, Envelope, Latest, judged

GRACE_NS = 200_000_000
Samples = tuple[NDArray[np.int64], NDArray[np.float64]]
_Item = TypeVar("_Item")

Catalogue = Callable[[], tuple[str, Sequence[ChannelInfo], dict[str, int]]]
"""Hash, channels by index, and indices by id, as of when the question is sent."""


def faults(
    action: Literal["list", "inject", "clear"], name: str, parameters: dict[str, float]
) -> Question[tuple[FaultInfo, ...]]:
    """List, inject or clear a fault; gives all faults."""
    return Question(lambda number: wire.FaultRequest(number, action, name, parameters), lambda answers: tuple(answers[0].faults))


def latest_at(catalogue: Catalogue, channels: Sequence[ChannelId], t_ns: int) -> Question[Latest]:
    """The newest sample of each channel not after `t_ns`, judged as of that time."""

    def message(number: int) -> wire.FromViewer:
        name, _, index = catalogue()
        wanted = np.array(sorted({index[one] for one in channels if one in index}), "<u4")
        if not len(wanted):
            raise ValueError("the gateway has none of these channels")
        return words.LatestAtRequest(number, name, memoryview(wanted.tobytes()), t_ns)

    def finish(answers: list[words.LatestAt]) -> Latest:
        _, infos, index = catalogue()
        return _judged_at(answers, channels, t_ns, infos, index)

    return Question(message, finish)


def _judged_at(
    answers: list[words.LatestAt], channels: Sequence[ChannelId], t_ns: int, infos: Sequence[ChannelInfo], index: dict[str, int]
) -> Latest:
    n = len(infos)
    times, values, bad = np.full(n + 1, NEVER_NS, np.int64), np.full(n + 1, np.nan), np.zeros(n + 1, np.bool_)
    for answer in answers:
        columns = unpack(answer.samples, channels=n)
        at = np.cumsum(columns.counts) - 1
        times[columns.channels], values[columns.channels] = columns.t_ns[at], columns.values[at]
        bad[columns.channels] = columns.quality[at] != 0
    asked = np.array([index.get(one, n) for one in channels], np.int64)
    limit_ns = np.array([round(2e9 * one.period_s) + GRACE_NS for one in infos] + [0], np.int64)
    missing = times[asked] == NEVER_NS
    stale = t_ns - times[asked] > limit_ns[asked]
    return judged(values[asked], times[asked], bad[asked], stale & ~missing, missing)


def samples(channel: ChannelId, t0_ns: int, t1_ns: int) -> Question[Samples]:
    """Times and values (k,), oldest first; values of bad quality are NaN."""
    return Question(lambda number: words.RangeRequest(number, channel, max(0, t0_ns), max(0, t1_ns)), _joined)


def _joined(answers: list[words.Range]) -> Samples:
    pages = [unpack(one.samples, channels=1) for one in answers]
    t_ns = np.concatenate([page.t_ns for page in pages])
    values = np.concatenate([np.where(page.quality == 0, page.values, np.nan) for page in pages])
    return t_ns, values


def envelope(channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Question[Envelope]:
    """The same for drawing."""
    most = min(buckets, wire.MAX_BUCKETS)
    return Question(
        lambda number: words.EnvelopeRequest(number, channel, max(0, t0_ns), max(0, t1_ns), max(1, most)),
        lambda answers: _envelope(answers[0]),
    )


def _envelope(answer: words.EnvelopeAnswer) -> Envelope:
    """Raises WireError for columns that do not fit."""
    try:
        t_ns, counts = (np.frombuffer(one, "<i8").astype(np.int64) for one in (answer.times, answer.counts))
        low, high = (np.frombuffer(one, "<f8").astype(np.float64) for one in (answer.low, answer.high))
    except ValueError as error:
        raise wire.WireError(f"an envelope of no whole columns: {error}") from error
    if not len(t_ns) == len(counts) == len(low) == len(high) or len(t_ns) > wire.MAX_BUCKETS or (counts < 0).any():
        raise wire.WireError("an envelope whose columns do not fit")
    return Envelope(t_ns, low, high, counts)


def span() -> Question[tuple[int, int] | None]:
    """From when to when there is history; None where there is none."""

    def finish(answers: list[words.Span]) -> tuple[int, int] | None:
        one = answers[0]
        return (one.t0_ns, one.t1_ns) if one.t1_ns else None

    return Question(words.SpanRequest, finish)


def metadata(globs: Sequence[str]) -> Question[tuple[words.ChannelOrigin, ...]]:
    """Where channels come from."""
    return Question(lambda number: words.MetadataRequest(number, list(globs)), lambda answers: _all(answers, "channels"))


def sources() -> Question[tuple[words.SourceInfo, ...]]:
    """How each source fares."""
    return Question(words.SourcesRequest, lambda answers: _all(answers, "sources"))


def gaps(t0_ns: int, t1_ns: int) -> Question[tuple[words.GapInfo, ...]]:
    """What is known to be missing in a span."""
    return Question(lambda number: words.GapsRequest(number, max(0, t0_ns), max(0, t1_ns)), lambda answers: _all(answers, "gaps"))


def alarms(what: words.AlarmItems, item: type[_Item], t0_ns: int, t1_ns: int) -> Question[tuple[_Item, ...]]:
    """Standing alarms, events or definitions, as the struct `item`."""
    decoder = msgspec.msgpack.Decoder(item)

    def finish(answers: list[words.Alarms]) -> tuple[_Item, ...]:
        return tuple(decoder.decode(one) for answer in answers for one in answer.items)

    return Question(lambda number: words.AlarmsRequest(number, what, max(0, t0_ns), max(0, t1_ns)), finish)


def alarm_action(action: msgspec.Struct, event: type[_Item]) -> Question[_Item]:
    """Do something with an alarm; gives its event."""
    data = msgspec.msgpack.encode(action)
    decoder = msgspec.msgpack.Decoder(event)
    return Question(lambda number: words.AlarmActionRequest(number, data), lambda answers: decoder.decode(answers[0].items[0]))


def audit(first: int, most: int) -> Question[words.AuditPage]:
    """Some lines of the audit."""
    return Question(lambda number: words.AuditRequest(number, first, most), lambda answers: answers[0])


def command(what: words.CommandKind, envelope: bytes) -> Question[words.CommandAnswer]:
    """Hand over what somebody signed; gives the gateway's verdict."""
    return Question(lambda number: words.CommandRequest(number, what, envelope), lambda answers: answers[0])


def _all(answers: list[Any], name: str) -> tuple[Any, ...]:
    return tuple(one for answer in answers for one in getattr(answer, name))
