"""What a live line must offer for alarms, and the questions about the past that are asked of it off the main thread. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol, TypeVar, runtime_checkable

import msgspec

from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.folding import standing_at
from viewer.alarms.states import State
from viewer.alarms.words import Alarm, AlarmEvent
from viewer.base.errors import UserMistake
from viewer.live.past_words import AlarmItems, GapInfo

LOOK_BACK_NS = 8 * 3_600 * 10**9
"""Events of so long before a moment tell what stood then, with value and cause; before it, only the state is known."""
_LATEST_NS = 1 << 62
_SPANS_NS = tuple(round(s * 1e9) for s in (600.0, 7_200.0, 86_400.0, 14 * 86_400.0, 400 * 86_400.0))
_WITHIN_S = 60.0
_Item = TypeVar("_Item")


@runtime_checkable
class AlarmLine(Protocol):
    """A live line whose gateway watches alarms; see `viewer.live.feed.LiveFeed`."""

    def on_alarms(self, callback: Callable[[list[bytes]], None]) -> Callable[[], None]: ...
    def request_alarms(
        self, item: type[_Item], what: AlarmItems = "standing", t0_ns: int = 0, t1_ns: int = _LATEST_NS
    ) -> Future[tuple[_Item, ...]]: ...
    def act_on_alarm(self, action: msgspec.Struct, event: type[_Item]) -> Future[_Item]: ...
    def request_gaps(self, t0_ns: int, t1_ns: int) -> Future[tuple[GapInfo, ...]]: ...


def is_announced(event: AlarmEvent) -> bool:
    """Whether this is the moment at which people were told of an alarm."""
    return event.state == State.UNACKNOWLEDGED and event.before != State.UNACKNOWLEDGED


def events_between(line: AlarmLine, t0_ns: int, t1_ns: int) -> tuple[AlarmEvent, ...]:
    """What happened in a span, in the order of the gateway's journal: an engine that lost its memory counts anew, so that numbers
    don't tell. Waits for the gateway. Raises GenchiError."""
    try:
        return line.request_alarms(AlarmEvent, "events", max(0, t0_ns), max(0, t1_ns)).result(_WITHIN_S)
    except TimeoutError as error:
        raise UserMistake("the gateway gave no answer about its alarms' past: ask again") from error


def announced_beside(line: AlarmLine, t_ns: int, now_ns: int, direction: int) -> AlarmEvent | None:
    """The first alarm announced after a moment (+1), or the last before it (-1), looked for ever further off."""
    for span_ns in _SPANS_NS:
        t0_ns, t1_ns = (t_ns + 1, t_ns + span_ns) if direction > 0 else (t_ns - span_ns, t_ns)
        found = [one for one in events_between(line, t0_ns, t1_ns) if is_announced(one) and t0_ns <= one.t_ns < t1_ns]
        if found:
            return min(found, key=lambda one: one.t_ns) if direction > 0 else max(found, key=lambda one: one.t_ns)
        if t0_ns <= 0 or t1_ns > now_ns:
            return None
    return None


class AlarmPast:
    """What stood at moments of the past. Reads a span around the first and keeps it. One thread at a time; may wait."""

    def __init__(self, line: AlarmLine, clock_ns: Callable[[], int]) -> None:
        self._line, self._clock_ns = line, clock_ns
        self._from_ns, self._to_ns = 0, -1
        self._events: Sequence[AlarmEvent] = ()
        self._now: Sequence[Alarm] = ()
        self._definitions: dict[str, AlarmDefinition] | None = None

    def at(self, t_ns: int) -> tuple[Alarm, ...]:
        """Raises GenchiError where the gateway can't tell."""
        if self._definitions is None:
            found = self._line.request_alarms(AlarmDefinition, "definitions").result(_WITHIN_S)
            self._definitions = {one.id: one for one in found}
        if not self._from_ns + LOOK_BACK_NS // 2 <= t_ns <= self._to_ns:
            to_ns = self._clock_ns()  # what stands is asked first: of what happens meanwhile the events tell
            self._now = self._line.request_alarms(Alarm).result(_WITHIN_S)
            self._events = events_between(self._line, t_ns - LOOK_BACK_NS, _LATEST_NS)
            self._from_ns, self._to_ns = t_ns - LOOK_BACK_NS, to_ns
        return standing_at(t_ns, self._events, self._now, self._definitions)
