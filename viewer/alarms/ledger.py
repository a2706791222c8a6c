"""The alarms that are not normal: triggers become transitions by the one table, and transitions become events."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence

from viewer.alarms.causes import Causes
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.records import Record
from viewer.alarms.states import ANNOUNCED, HELD_BACK, TRANSITIONS, State, Trigger
from viewer.alarms.words import Alarm, AlarmAction, AlarmEvent


class Ledger:
    """A record for each alarm that is not normal, first-out groups, and what time brings by itself."""

    def __init__(self, definitions: Sequence[AlarmDefinition], causes: Causes) -> None:
        self.records: dict[int, Record] = {}
        self.sequence = 0
        self._definitions, self._causes = definitions, causes
        self._groups: dict[str, set[int]] = {}
        self._timers: list[tuple[int, int]] = []

    def record(self, at: int) -> Record:
        """The record of an alarm; one that is normal gets a new one, kept once a trigger is applied."""
        return self.records.get(at) or Record()

    def next_timer_ns(self) -> int | None:
        """When time brings something next, such as the end of a shelf; None where nothing waits."""
        return self._timers[0][0] if self._timers else None

    def timed(self, t_ns: int) -> Iterator[tuple[int, Record]]:
        """The alarms whose time is up by `t_ns`."""
        while self._timers and self._timers[0][0] <= t_ns:
            _, at = heapq.heappop(self._timers)
            record = self.records.get(at)
            if record is not None:
                yield at, record

    def put(self, at: int, record: Record) -> None:
        """Keep a record with all that follows from it."""
        self.records[at] = record
        self._regroup(at, record.state)
        if record.shelved:
            heapq.heappush(self._timers, (record.until_ns, at))
        if record.re_alarm_ns:
            heapq.heappush(self._timers, (record.re_alarm_ns, at))
        if record.state == State.NORMAL and record.held() is None:
            del self.records[at]

    def apply(
        self,
        at: int,
        record: Record,
        trigger: Trigger,
        t_ns: int,
        *,
        active: bool,
        value: float | None = None,
        action: AlarmAction | None = None,
        user: str = "",
        role: str = "",
    ) -> AlarmEvent | None:
        """One row of the table; None where it has none for the record's state, and nothing is changed."""
        before, definition = record.state, self._definitions[at]
        after = TRANSITIONS.get((before, trigger))
        if after is None:
            return None
        value = record.value if value is None else value
        value = None if value is None or math.isnan(value) else value
        record.state, record.changed_ns = after, t_ns
        if trigger in (Trigger.ACTIVATE, Trigger.RETURN_ACTIVE):
            record.raised_ns, record.value = t_ns, value
        if after == State.UNACKNOWLEDGED and before != after:
            record.cause = self._causes.of(at, t_ns - definition.on_delay_ns)
            record.first_out = bool(definition.group) and not (self._groups.get(definition.group, set()) - {at})
        if user:
            record.user = user
        is_waiting = after == State.ACKNOWLEDGED and definition.re_alarm_s > 0.0
        record.re_alarm_ns = t_ns + round(1e9 * definition.re_alarm_s) if is_waiting else 0
        self.sequence += 1
        event = _event(self.sequence, definition, record, trigger, before, value, action, user, role, active=active)
        record.first_out = record.first_out and after != State.NORMAL
        self.put(at, record)
        return event

    def standing(self, active: Sequence[bool]) -> tuple[Alarm, ...]:
        """All that are not normal, in the order of their definitions."""
        return tuple(
            self.records[at].shown(self._definitions[at], active=bool(active[at]))
            for at in sorted(self.records)
            if self.records[at].state != State.NORMAL
        )

    def _regroup(self, at: int, state: State) -> None:
        """A first-out group holds its alarms that are announced, unseen or latched."""
        group = self._definitions[at].group
        if group:
            members = self._groups.setdefault(group, set())
            if state == State.NORMAL or state in HELD_BACK:
                members.discard(at)
            else:
                members.add(at)


def _event(
    sequence: int,
    definition: AlarmDefinition,
    record: Record,
    trigger: Trigger,
    before: State,
    value: float | None,
    action: AlarmAction | None,
    user: str,
    role: str,
    *,
    active: bool,
) -> AlarmEvent:
    is_announced = record.state in ANNOUNCED
    return AlarmEvent(
        sequence=sequence,
        t_ns=record.changed_ns,
        alarm=definition.id,
        trigger=trigger,
        before=before,
        state=record.state,
        priority=definition.priority,
        channel=definition.channel,
        node=definition.node,
        name=definition.name,
        value=value,
        limit=definition.limit,
        unit=definition.unit,
        cause=record.cause if is_announced else None,
        response=definition.response if is_announced else "",
        first_out=record.first_out,
        operator=definition.operator,
        action=action.kind if action else "",
        user=user,
        role=role,
        reason=action.reason if action else "",
        until_ns=record.until_ns if record.shelved else 0,
        active=active,
    )
