"""What people may do with an alarm, and the trigger that follows from it."""

from __future__ import annotations

from viewer.alarms.records import Record
from viewer.alarms.states import STILL, State, Trigger
from viewer.alarms.words import ActionKind, AlarmAction
from viewer.base.errors import UserMistake

_NEEDS_REASON = ("shelve", "suppress", "remove")
_DONE: dict[ActionKind, str] = {
    "acknowledge": "acknowledged",
    "shelve": "shelved",
    "unshelve": "taken from the shelf",
    "suppress": "suppressed",
    "unsuppress": "released from suppression",
    "remove": "taken out of service",
    "return": "returned to service",
    "reset": "reset",
}


def trigger_of(action: AlarmAction, record: Record, *, active: bool, t_ns: int, longest_shelf_s: float) -> Trigger:
    """The trigger of an action at `t_ns`; the record is changed accordingly. Raises UserMistake, the record as it was."""
    if action.kind in _NEEDS_REASON and not action.reason.strip():
        raise UserMistake(f"the alarm «{action.alarm}» can't be {_DONE[action.kind]} without a reason: give one")
    match action.kind:
        case "acknowledge":
            return Trigger.ACKNOWLEDGE
        case "reset":
            return Trigger.RESET
        case "shelve":
            _check_until(action, t_ns, longest_shelf_s)
            record.shelved, record.until_ns = True, action.until_ns
        case "suppress":
            record.suppressed_by_person = True
        case "remove":
            record.removed = True
        case "unshelve" if record.shelved:
            record.shelved = False
        case "unsuppress" if record.suppressed_by_person:
            record.suppressed_by_person = False
        case "return" if record.removed:
            record.removed = False
        case _:
            raise refused(action, record.state)
    if action.kind in _NEEDS_REASON:
        record.reason = action.reason.strip()
        return {"shelve": Trigger.SHELVE, "suppress": Trigger.SUPPRESS}.get(action.kind, Trigger.REMOVE)
    return release(record, active=active)


def release(record: Record, *, active: bool) -> Trigger:
    """What follows when one of the things that held an alarm back has ended."""
    held = record.held()
    if held is not None:
        return STILL[held]
    return Trigger.RETURN_ACTIVE if active else Trigger.RETURN


def refused(action: AlarmAction, state: State) -> UserMistake:
    """For an action that the alarm's state doesn't allow."""
    return UserMistake(f"the alarm «{action.alarm}» is {state.value.replace('_', ' ')}: it can't be {_DONE[action.kind]}")


def _check_until(action: AlarmAction, t_ns: int, longest_shelf_s: float) -> None:
    if not t_ns < action.until_ns <= t_ns + round(1e9 * longest_shelf_s):
        raise UserMistake(
            f"the alarm «{action.alarm}» can be shelved for at most {longest_shelf_s / 3600.0:g} h from now: choose another end"
        )
