"""The alarms as they stood at a moment of the past, folded from recorded events: what `AlarmEngine.standing` said then.

Events are whole as to what people read, but for a definition's own words (consequence, group), which the definitions give.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.states import HELD_BACK, State, Trigger
from viewer.alarms.words import Alarm, AlarmEvent

Definitions = Mapping[str, AlarmDefinition]
_GIVES_REASON = ("shelve", "suppress", "remove")


def fold(events: Iterable[AlarmEvent], definitions: Definitions | None = None, before: Iterable[Alarm] = ()) -> tuple[Alarm, ...]:
    """What stands after these events (all up to the moment, in the order they happened), by id.

    `before` is what stood before the first of them; a reason that no longer shows there is not known. Without definitions
    an alarm has no consequence and no group, and its response is the last that an event told.
    """
    found = {one.id: _Told(one, one.reason, one.response) for one in before}
    for event in events:
        if event.state == State.NORMAL:
            found.pop(event.alarm, None)
        else:
            found[event.alarm] = _after(event, found.get(event.alarm))
    return tuple(_shown(found[one], (definitions or {}).get(one)) for one in sorted(found))


def standing_at(
    t_ns: int, events: Iterable[AlarmEvent], now: Iterable[Alarm], definitions: Definitions | None = None
) -> tuple[Alarm, ...]:
    """What stood at `t_ns`, by id: from the events of a span around it that reaches to the moment of `now`, and what stands now.

    An alarm that nothing happened to in the span stands as it does now; of one that something happened to only after `t_ns`
    the state is known (the first event tells what was before), and what it was raised by only as far as that event tells.
    """
    earlier: list[AlarmEvent] = []
    later: dict[str, AlarmEvent] = {}
    for one in events:
        if one.t_ns <= t_ns:
            earlier.append(one)
        else:
            later.setdefault(one.alarm, one)
    touched = {one.alarm for one in earlier}
    before = [one for one in now if one.id not in touched and one.id not in later]
    before += [
        _before(one) for one in later.values() if one.alarm not in touched and one.before != State.NORMAL
    ]  # fmt: skip
    return fold(earlier, definitions, before)


class _Told(msgspec.Struct, frozen=True):
    """An alarm, and what it remembers without showing it."""

    alarm: Alarm
    reason: str
    response: str


def _after(event: AlarmEvent, told: _Told | None) -> _Told:
    was = told.alarm if told is not None else None
    is_raised = event.trigger in (Trigger.ACTIVATE, Trigger.RETURN_ACTIVE)
    is_announced = event.state == State.UNACKNOWLEDGED and event.before != State.UNACKNOWLEDGED
    reason = event.reason.strip() if event.action in _GIVES_REASON else (told.reason if told is not None else "")
    response = event.response or (told.response if told is not None else "")
    alarm = Alarm(
        id=event.alarm,
        state=event.state,
        active=event.active,
        priority=event.priority,
        channel=event.channel,
        node=event.node,
        name=event.name,
        raised_ns=event.t_ns if is_raised else was.raised_ns if was else 0,
        changed_ns=event.t_ns,
        value=event.value if is_raised else was.value if was else None,
        limit=event.limit,
        unit=event.unit,
        cause=event.cause if is_announced or was is None else was.cause,
        response=response,
        first_out=event.first_out,
        operator=event.operator,
        user=event.user or (was.user if was else ""),
        reason=reason if event.state in HELD_BACK else "",
        until_ns=event.until_ns,
    )
    return _Told(alarm, reason, response)


def _before(event: AlarmEvent) -> Alarm:
    """As much as an event tells of what was before it."""
    return Alarm(
        id=event.alarm,
        state=event.before,
        active=event.before in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED),
        priority=event.priority,
        channel=event.channel,
        node=event.node,
        name=event.name,
        limit=event.limit,
        unit=event.unit,
        operator=event.operator,
    )


def _shown(told: _Told, definition: AlarmDefinition | None) -> Alarm:
    if definition is None:
        return told.alarm
    return msgspec.structs.replace(
        told.alarm, consequence=definition.consequence, group=definition.group, response=definition.response
    )
