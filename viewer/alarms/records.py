"""What one alarm remembers, and how a trigger changes it and becomes an event."""

from __future__ import annotations

from dataclasses import dataclass, fields

from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.states import HELD_BACK, State
from viewer.alarms.words import Alarm, AlarmMemory, Cause


@dataclass(slots=True)
class Record:
    """An alarm that was once not normal."""

    state: State = State.NORMAL
    raised_ns: int = 0
    changed_ns: int = 0
    value: float | None = None
    cause: Cause | None = None
    first_out: bool = False
    user: str = ""
    reason: str = ""
    until_ns: int = 0
    shelved: bool = False
    suppressed: bool = False
    suppressed_by_person: bool = False
    removed: bool = False
    re_alarm_ns: int = 0

    def held(self) -> State | None:
        """What holds it back most: out of service before suppression before the shelf."""
        if self.removed:
            return State.OUT_OF_SERVICE
        if self.suppressed or self.suppressed_by_person:
            return State.SUPPRESSED
        return State.SHELVED if self.shelved else None

    def shown(self, definition: AlarmDefinition, *, active: bool) -> Alarm:
        """As it stands."""
        return Alarm(
            id=definition.id,
            state=self.state,
            active=active,
            priority=definition.priority,
            channel=definition.channel,
            node=definition.node,
            name=definition.name,
            raised_ns=self.raised_ns,
            changed_ns=self.changed_ns,
            value=self.value,
            limit=definition.limit,
            unit=definition.unit,
            cause=self.cause,
            consequence=definition.consequence,
            response=definition.response,
            first_out=self.first_out,
            group=definition.group,
            operator=definition.operator,
            user=self.user,
            reason=self.reason if self.state in HELD_BACK else "",
            until_ns=self.until_ns if self.shelved else 0,
        )

    def kept(self, alarm: str, *, beyond: bool, within: bool, since_ns: int, active: bool) -> AlarmMemory:
        """To be saved."""
        remembered = {name: getattr(self, name) for name in _REMEMBERED}
        return AlarmMemory(id=alarm, beyond=beyond, within=within, since_ns=since_ns, active=active, **remembered)

    @staticmethod
    def restored(memory: AlarmMemory) -> Record:
        """As it was saved."""
        return Record(**{name: getattr(memory, name) for name in _REMEMBERED})


_REMEMBERED = tuple(one.name for one in fields(Record))
"""What a record and what is saved of it have in common."""
