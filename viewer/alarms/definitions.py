"""What an alarm is defined by: channel, kind, limit, delays, priority, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

from viewer.base.conditions import Condition
from viewer.base.errors import UserMistake

Kind = Literal["high", "low", "equals", "differs", "bad_quality", "stale"]
"""high          value > limit; clear again at value <= limit - dead band
low           value < limit; clear again at value >= limit + dead band
equals        |value - limit| <= dead band (a state, a switch, the outcome of a rule)
differs       |value - limit| > dead band (a deviation from a set value, a discrepancy)
bad_quality   the source calls the value bad
stale         no sample for `limit` seconds
"""

Priority = Literal["low", "medium", "high", "critical"]
PRIORITIES: tuple[Priority, ...] = ("critical", "high", "medium", "low")
"""Most urgent first."""

_ID = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
_TEXT = Annotated[str, msgspec.Meta(max_length=2000)]
LONGEST_DELAY_S = 86_400.0 * 30


class AlarmDefinition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One alarm, as rationalised (ISA-18.2 clause 9: limit, priority, cause, consequence, response)."""

    id: _ID
    channel: _ID
    kind: Kind
    limit: float = 0.0
    """In the channel's unit; seconds for a stale alarm; unused for bad quality."""
    dead_band: float = 0.0
    """In the channel's unit."""
    on_delay_s: float = 0.0
    """The condition must hold for so long, by the samples' own times, before the alarm is raised."""
    off_delay_s: float = 0.0
    """The value must have been good and normal for so long before the alarm clears."""
    priority: Priority = "low"
    latching: bool = False
    re_alarm_s: float = 0.0
    """An acknowledged alarm that still stands after so long is announced again; 0: never."""
    group: str = ""
    """First-out group: the first alarm raised in it while all others are normal is marked."""
    suppress_when: _TEXT = ""
    """A condition over channels and alarm("id"); while it is true the alarm is suppressed by design."""
    name: _TEXT = ""
    node: str = ""
    """The node or part it tells about."""
    unit: str = ""
    cause: _TEXT = ""
    """What usually causes it; empty: the abnormal channel upstream that moved first is proposed."""
    consequence: _TEXT = ""
    response: _TEXT = ""
    """What the operator is to do."""
    operator: str = ""
    """The operator position it goes to; figures are counted for each."""

    @property
    def on_delay_ns(self) -> int:
        """The on delay in whole nanoseconds."""
        return round(1e9 * self.on_delay_s)


def check(definition: AlarmDefinition) -> AlarmDefinition:
    """The definition as it is. Raises UserMistake for numbers that make no sense or a condition that can't be read."""
    where = f"the alarm «{definition.id}»"
    if not math.isfinite(definition.limit):
        raise UserMistake(f"{where} has the limit {definition.limit}: give a finite number")
    if definition.kind == "stale" and definition.limit <= 0.0:
        raise UserMistake(f"{where} is stale after {definition.limit:g} s: give a time above 0")
    if not (math.isfinite(definition.dead_band) and definition.dead_band >= 0.0):
        raise UserMistake(f"{where} has a dead band of {definition.dead_band}: give 0 or more")
    for key in ("on_delay_s", "off_delay_s", "re_alarm_s"):
        delay_s: float = getattr(definition, key)
        if not 0.0 <= delay_s <= LONGEST_DELAY_S:
            raise UserMistake(f"{where} has {key} = {delay_s}: give 0 to {LONGEST_DELAY_S:g} seconds")
    if definition.suppress_when:
        try:
            Condition(definition.suppress_when)
        except UserMistake as mistake:
            raise UserMistake(f"{where}, suppress_when: {mistake}") from mistake
    return definition


def check_all(definitions: Iterable[AlarmDefinition]) -> tuple[AlarmDefinition, ...]:
    """All of them checked. Raises UserMistake also where two have one id."""
    found: dict[str, AlarmDefinition] = {}
    for one in definitions:
        if one.id in found:
            raise UserMistake(f"two alarms have the id «{one.id}»: give each its own")
        found[one.id] = check(one)
    return tuple(found.values())
