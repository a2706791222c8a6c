"""The table of transitions against the diagram of ANSI/ISA-18.2-2016, cell by cell."""

from itertools import product

import pytest

from viewer.alarms.states import HELD_BACK, TRANSITIONS, State, Trigger

_LETTERS = dict(zip("ABCDEFGHI", State, strict=True))
_ROWS = {
    # from              A  B  C  D  E  F  G  H  I
    Trigger.ACTIVATE: "B  -  -  B  B  B  G  H  I",
    Trigger.CLEAR: "   -  D  A  -  -  -  G  H  I",
    Trigger.LATCH: "   -  E  F  -  -  -  G  H  I",
    Trigger.ACKNOWLEDGE: "-  C  -  A  F  -  -  -  -",
    Trigger.RESET: "   -  -  -  -  D  A  -  -  -",
    Trigger.RE_ALARM: "-  -  B  -  -  -  -  -  -",
    Trigger.SHELVE: "  G  G  G  G  G  G  G  H  I",
    Trigger.SUPPRESS: "H  H  H  H  H  H  H  H  I",
    Trigger.REMOVE: "  I  I  I  I  I  I  I  I  I",
    Trigger.RETURN: "  -  -  -  -  -  -  A  A  A",
    Trigger.RETURN_ACTIVE: "- - - - - - B B B",
    Trigger.STILL_SHELVED: "- - - - - - G G G",
    Trigger.STILL_SUPPRESSED: "- - - - - - - H H",
    Trigger.STILL_REMOVED: "- - - - - - - - I",
}


@pytest.mark.parametrize(("state", "trigger"), list(product(State, Trigger)))
def test_that_each_cell_is_the_standards(state: State, trigger: Trigger) -> None:
    letter = _ROWS[trigger].split()[list(State).index(state)]
    expected = None if letter == "-" else _LETTERS[letter]
    assert TRANSITIONS.get((state, trigger)) == expected


def test_that_no_state_is_a_trap() -> None:
    for start in State:
        seen, waiting = {start}, [start]
        while waiting:
            state = waiting.pop()
            for (before, _), after in TRANSITIONS.items():
                if before == state and after not in seen:
                    seen.add(after)
                    waiting.append(after)
        assert seen == set(State)


def test_that_an_unseen_alarm_never_becomes_normal_but_by_a_person_or_what_holds_it_back() -> None:
    for state in (State.UNACKNOWLEDGED, State.RETURNED, State.LATCHED_UNACKNOWLEDGED):
        to_normal = {trigger for (before, trigger), after in TRANSITIONS.items() if before == state and after == State.NORMAL}
        assert to_normal <= {Trigger.ACKNOWLEDGE}
    assert all((state, Trigger.RETURN) in TRANSITIONS for state in HELD_BACK)
