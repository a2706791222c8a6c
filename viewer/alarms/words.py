"""The words about alarms that go over the line and into history: events, standing alarms, what people do, and saved state."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from viewer.alarms.definitions import Priority
from viewer.alarms.states import State, Trigger

ActionKind = Literal["acknowledge", "shelve", "unshelve", "suppress", "unsuppress", "remove", "return", "reset"]
"""remove and return: out of service and back. suppress: by a person with a reason, beside the definition's own condition."""


class Cause(msgspec.Struct, frozen=True):
    """What probably led to an alarm."""

    text: str
    """A sentence for people."""
    alarm: str = ""
    """The alarm upstream that moved first; empty where the text is the definition's own."""
    channel: str = ""
    t_ns: int = 0
    """When it moved."""


class AlarmEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One transition of one alarm."""

    sequence: int
    """Of this engine, from 1, without holes; continued over restarts by `state` and `restore`."""
    t_ns: int
    alarm: str
    trigger: Trigger
    before: State
    state: State
    priority: Priority = "low"
    channel: str = ""
    node: str = ""
    name: str = ""
    value: float | None = None
    """The channel's newest good value at that time; None where there was none."""
    limit: float = 0.0
    unit: str = ""
    cause: Cause | None = None
    """Of an alarm that was announced."""
    response: str = ""
    first_out: bool = False
    operator: str = ""
    action: ActionKind | Literal[""] = ""
    """What a person did; empty where the plant or time did it."""
    user: str = ""
    role: str = ""
    reason: str = ""
    until_ns: int = 0
    """When a shelved alarm returns by itself."""
    active: bool = False
    """Whether its condition is true after this."""


class AlarmAction(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants done with an alarm."""

    alarm: Annotated[str, msgspec.Meta(max_length=300)]
    kind: ActionKind
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    """Needed for shelve, suppress and remove."""
    until_ns: int = 0
    """Needed for shelve."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alarm that is not normal."""

    id: str
    state: State
    active: bool
    priority: Priority
    channel: str
    node: str = ""
    name: str = ""
    raised_ns: int = 0
    """When it was last announced or became active; 0 where it never was."""
    changed_ns: int = 0
    value: float | None = None
    """When it was raised."""
    limit: float = 0.0
    unit: str = ""
    cause: Cause | None = None
    consequence: str = ""
    response: str = ""
    first_out: bool = False
    group: str = ""
    operator: str = ""
    user: str = ""
    """Who acknowledged, shelved or removed it."""
    reason: str = ""
    until_ns: int = 0


class AlarmMemory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one alarm remembers beyond its definition."""

    id: str
    state: State = State.NORMAL
    beyond: bool = False
    """Whether the value was last known beyond its limit (dead band observed, delays not)."""
    within: bool = False
    """Whether it has come back into its dead band since."""
    since_ns: int = 0
    """Since when it has been that."""
    active: bool = False
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
    """By its condition."""
    suppressed_by_person: bool = False
    removed: bool = False
    re_alarm_ns: int = 0


class EngineState(msgspec.Struct, frozen=True, kw_only=True):
    """All that an alarm engine remembers; small where most is normal."""

    t_ns: int
    sequence: int
    alarms: tuple[AlarmMemory, ...]
    channels: tuple[str, ...]
    newest_ns: bytes
    """int64 little-endian: the newest sample's time of each channel, -1 where there was none."""
    values: bytes
    """float64 little-endian: the newest good value of each, NaN where there was none."""
    bad: bytes
    """uint8: whether the newest was bad."""
