"""The states of an alarm and the one table of what leads from which to which.

Source: ANSI/ISA-18.2-2016 and IEC 62682, the alarm state transition diagram (states A to I) with the optional latched states. An
operator's reset of a latched alarm that nobody acknowledged leaves it returned to normal, unacknowledged: nothing goes unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where an alarm stands; the letter is that of the standard's diagram."""

    NORMAL = "normal"
    """A."""
    UNACKNOWLEDGED = "unacknowledged"
    """B: active, nobody has acknowledged it."""
    ACKNOWLEDGED = "acknowledged"
    """C: active, somebody has."""
    RETURNED = "returned"
    """D: back to normal before anybody acknowledged it."""
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    """E: back to normal, held until acknowledged and reset."""
    LATCHED_ACKNOWLEDGED = "latched_acknowledged"
    """F: back to normal, acknowledged, held until reset."""
    SHELVED = "shelved"
    """G: put aside by a person for a time."""
    SUPPRESSED = "suppressed"
    """H: suppressed by design, by an expression over other alarms and channels."""
    OUT_OF_SERVICE = "out_of_service"
    """I: taken out of service by a person until returned."""


class Trigger(StrEnum):
    """What can happen to an alarm."""

    ACTIVATE = "activate"
    """Its condition became true (delays and dead band observed)."""
    CLEAR = "clear"
    """Its condition became false, and it does not latch."""
    LATCH = "latch"
    """Its condition became false, and it latches."""
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    RE_ALARM = "re_alarm"
    """Acknowledged and active for so long that it is announced again."""
    SHELVE = "shelve"
    SUPPRESS = "suppress"
    REMOVE = "remove"
    """Taken out of service."""
    RETURN = "return"
    """The last thing that held it back ended while its condition is false."""
    RETURN_ACTIVE = "return_active"
    """The last thing that held it back ended while its condition is true."""
    STILL_SHELVED = "still_shelved"
    """One of several things that held it back ended; it is shelved as well."""
    STILL_SUPPRESSED = "still_suppressed"
    STILL_REMOVED = "still_removed"


ANNOUNCED = frozenset({State.UNACKNOWLEDGED, State.ACKNOWLEDGED})
"""Active and shown as such."""
UNSEEN = frozenset({State.UNACKNOWLEDGED, State.RETURNED, State.LATCHED_UNACKNOWLEDGED})
"""Waiting for somebody's acknowledgement."""
LATCHED = frozenset({State.LATCHED_UNACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED})
HELD_BACK = frozenset({State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE})
"""Not announced, whatever its condition; the condition is followed all the same."""

STILL: Mapping[State, Trigger] = {
    State.OUT_OF_SERVICE: Trigger.STILL_REMOVED,
    State.SUPPRESSED: Trigger.STILL_SUPPRESSED,
    State.SHELVED: Trigger.STILL_SHELVED,
}
"""The states that hold an alarm back, the strongest first, and the trigger that leads to each when a stronger one ended."""


def _table() -> dict[tuple[State, Trigger], State]:
    s, t = State, Trigger
    found: dict[tuple[State, Trigger], State] = {
        (s.NORMAL, t.ACTIVATE): s.UNACKNOWLEDGED,
        (s.UNACKNOWLEDGED, t.CLEAR): s.RETURNED,
        (s.UNACKNOWLEDGED, t.LATCH): s.LATCHED_UNACKNOWLEDGED,
        (s.UNACKNOWLEDGED, t.ACKNOWLEDGE): s.ACKNOWLEDGED,
        (s.ACKNOWLEDGED, t.CLEAR): s.NORMAL,
        (s.ACKNOWLEDGED, t.LATCH): s.LATCHED_ACKNOWLEDGED,
        (s.ACKNOWLEDGED, t.RE_ALARM): s.UNACKNOWLEDGED,
        (s.RETURNED, t.ACTIVATE): s.UNACKNOWLEDGED,
        (s.RETURNED, t.ACKNOWLEDGE): s.NORMAL,
        (s.LATCHED_UNACKNOWLEDGED, t.ACTIVATE): s.UNACKNOWLEDGED,
        (s.LATCHED_UNACKNOWLEDGED, t.ACKNOWLEDGE): s.LATCHED_ACKNOWLEDGED,
        (s.LATCHED_UNACKNOWLEDGED, t.RESET): s.RETURNED,
        (s.LATCHED_ACKNOWLEDGED, t.ACTIVATE): s.UNACKNOWLEDGED,
        (s.LATCHED_ACKNOWLEDGED, t.RESET): s.NORMAL,
    }
    rank = list(STILL)
    for hold, held in ((t.REMOVE, s.OUT_OF_SERVICE), (t.SUPPRESS, s.SUPPRESSED), (t.SHELVE, s.SHELVED)):
        for state in State:
            found[state, hold] = state if state in rank and rank.index(state) < rank.index(held) else held
    for state in HELD_BACK:
        found[state, t.RETURN] = s.NORMAL
        found[state, t.RETURN_ACTIVE] = s.UNACKNOWLEDGED
        for trigger in (t.ACTIVATE, t.CLEAR, t.LATCH):
            found[state, trigger] = state
        for held, trigger in STILL.items():
            if rank.index(held) >= rank.index(state):
                found[state, trigger] = held
    return found


TRANSITIONS: Mapping[tuple[State, Trigger], State] = _table()
"""From a state by a trigger to a state; what is not in it cannot happen and is refused."""
