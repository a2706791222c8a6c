"""From events to spans: from when to when an alarm was announced and active, and when somebody acknowledged it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viewer.alarms.states import ANNOUNCED, State, Trigger
from viewer.alarms.words import AlarmEvent


@dataclass(slots=True)
class Span:
    """One occurrence of one alarm."""

    alarm: str
    operator: str
    priority: str
    t0_ns: int
    t1_ns: int
    """When it was no longer active or was held back; the end of what is known where it still stands."""
    is_over: bool = False
    acknowledged_ns: int | None = None


def spans_of(events: Sequence[AlarmEvent], end_ns: int) -> list[Span]:
    """All occurrences up to `end_ns`, in the order in which they were announced; an alarm announced again is a new one."""
    spans: list[Span] = []
    open_now: dict[str, Span] = {}
    newest: dict[str, Span] = {}
    for event in events:
        span = open_now.get(event.alarm)
        if event.trigger == Trigger.ACKNOWLEDGE and event.alarm in newest and newest[event.alarm].acknowledged_ns is None:
            newest[event.alarm].acknowledged_ns = event.t_ns
        is_new = event.state == State.UNACKNOWLEDGED and event.before != State.UNACKNOWLEDGED
        if span is not None and (is_new or event.state not in ANNOUNCED):
            span.t1_ns, span.is_over = event.t_ns, True
            del open_now[event.alarm]
        if is_new:
            span = Span(event.alarm, event.operator, event.priority, event.t_ns, end_ns)
            spans.append(span)
            open_now[event.alarm] = newest[event.alarm] = span
    return spans
