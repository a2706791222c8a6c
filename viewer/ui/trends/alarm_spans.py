"""From when to when alarms of the channels shown were active, told by the gateway's events. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from viewer.alarms.definitions import PRIORITIES
from viewer.alarms.words import Alarm, AlarmEvent
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.live.past_words import AlarmItems

_WITHIN_S = 10.0
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class AlarmSpan:
    """From when to when an alarm of a channel was active."""

    channel: ChannelId
    t0_ns: int
    t1_ns: int
    priority: int
    """0 most urgent."""
    text: str = ""


@runtime_checkable
class AlarmLine(Protocol):
    """A line that tells alarms; see `viewer.live.feed.LiveFeed`."""

    def request_alarms(
        self, item: type[_Item], what: AlarmItems = "standing", t0_ns: int = 0, t1_ns: int = 0
    ) -> Future[tuple[_Item, ...]]: ...


def read_alarms(line: AlarmLine, channels: Collection[ChannelId], t0_ns: int, t1_ns: int) -> tuple[AlarmSpan, ...]:
    """The alarms of these channels within a span, those that stand now among them. Waits for the gateway, so not on the main
    thread. Raises UserMistake where it does not answer in time."""
    try:
        events = line.request_alarms(AlarmEvent, "events", t0_ns, t1_ns).result(_WITHIN_S)
        standing = line.request_alarms(Alarm, "standing").result(_WITHIN_S)
    except TookTooLong as late:
        raise UserMistake(f"the gateway did not tell its alarms within {_WITHIN_S:g} s") from late
    wanted = [e for e in events if e.channel in channels]
    begun = {e.alarm for e in wanted}
    before = [a for a in standing if a.active and a.channel in channels and a.id not in begun and 0 < a.raised_ns <= t1_ns]
    told = alarm_spans(wanted, t0_ns, t1_ns)
    return (*told, *(AlarmSpan(ChannelId(a.channel), max(a.raised_ns, t0_ns), t1_ns, _rank(a.priority), a.name) for a in before))


def alarm_spans(events: Sequence[AlarmEvent], t0_ns: int, t1_ns: int) -> tuple[AlarmSpan, ...]:
    """The spans in which alarms were active, from their events within t0_ns … t1_ns.

    An alarm whose first event here is an end was active since before; one that has no end here still is.
    """
    since: dict[str, AlarmEvent | None] = {}
    found: list[AlarmSpan] = []
    for event in sorted(events, key=lambda e: (e.t_ns, e.sequence)):
        begun = since.get(event.alarm)
        if event.active:
            since[event.alarm] = begun or event
        elif begun is not None or event.alarm not in since:
            found.append(_span(event, t0_ns if begun is None else begun.t_ns, event.t_ns))
            since[event.alarm] = None
    found += [_span(event, event.t_ns, t1_ns) for event in since.values() if event is not None]
    return tuple(one for one in found if one.t1_ns > one.t0_ns)


def _span(event: AlarmEvent, t0_ns: int, t1_ns: int) -> AlarmSpan:
    return AlarmSpan(ChannelId(event.channel), t0_ns, t1_ns, _rank(event.priority), event.name)


def _rank(priority: str) -> int:
    return next((rank for rank, name in enumerate(PRIORITIES) if name == priority), len(PRIORITIES) - 1)
