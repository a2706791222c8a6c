"""What a rule is: an expression that gives a derived channel, or a condition that raises an alarm."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated

import msgspec

from viewer.alarms.definitions import AlarmDefinition, Priority, check
from viewer.base.conditions import Condition
from viewer.base.errors import UserMistake
from viewer.edge.rules.forms import FORMS
from viewer.edge.rules.stream import Stream

_TEXT = Annotated[str, msgspec.Meta(max_length=2000)]


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule. Exactly one of `when` and `value` is given."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    """Also the id of the channel that it gives."""
    when: _TEXT = ""
    """A condition: its channel is 1 while it is true, 0 while not, bad while unknown."""
    value: _TEXT = ""
    """A formula: its channel is its value."""
    unit: str = ""
    """Of the value."""
    period_s: float = 1.0
    """Expected time between two samples of its channels."""
    armed: bool = False
    """Whether a condition raises an alarm; only after a back-test of exactly this rule."""
    name: _TEXT = ""
    node: str = ""
    priority: Priority = "low"
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    latching: bool = False
    suppress_when: _TEXT = ""
    cause: _TEXT = ""
    consequence: _TEXT = ""
    response: _TEXT = ""
    group: str = ""
    operator: str = ""

    @property
    def text(self) -> str:
        """The expression."""
        return self.when or self.value

    def alarm(self) -> AlarmDefinition:
        """The alarm of a condition."""
        return AlarmDefinition(
            id=self.id,
            channel=self.id,
            kind="equals",
            limit=1.0,
            name=self.name or self.id,
            **{key: getattr(self, key) for key in _SHARED},
        )

    def fingerprint(self, before: Sequence[Rule] = ()) -> str:
        """SHA-256 of all that decides what it raises: itself, and those of the earlier rules that it uses, directly or through
        others.

        Whether any of them is armed is no part of it.
        """
        chain = [msgspec.structs.replace(one, armed=False) for one in used(self, before)]
        return hashlib.sha256(msgspec.json.encode(chain, order="sorted")).hexdigest()


_SHARED = (
    "node",
    "priority",
    "on_delay_s",
    "off_delay_s",
    "latching",
    "suppress_when",
    "cause",
    "consequence",
    "response",
    "group",
    "operator",
)


def used(rule: Rule, before: Sequence[Rule]) -> tuple[Rule, ...]:
    """The earlier rules that a rule needs, in their order, and the rule itself last."""
    wanted = set(parsed(rule).channels)
    found = [rule]
    for one in reversed(before):
        if one.id in wanted:
            found.append(one)
            wanted.update(parsed(one).channels)
    return tuple(reversed(found))


def parsed(rule: Rule) -> Condition:
    """Its expression. Raises UserMistake naming the rule and the position."""
    if bool(rule.when) == bool(rule.value):
        raise UserMistake(f"the rule «{rule.id}» needs either when (a condition) or value (a formula)")
    if rule.armed and not rule.when:
        raise UserMistake(f"the rule «{rule.id}» gives a value and raises nothing: only a condition (when) can be armed")
    if not 0.0 < rule.period_s <= 1e6:
        raise UserMistake(f"the rule «{rule.id}» has a period of {rule.period_s:g} s: give more than 0")
    try:
        condition = Condition(rule.text, FORMS)
        Stream(condition.tree)
    except UserMistake as mistake:
        raise UserMistake(f"the rule «{rule.id}»: {mistake}") from mistake
    if condition.alarms:
        raise UserMistake(f'the rule «{rule.id}» asks for alarm("{condition.alarms[0]}"): alarms stand only in suppress_when')
    if not condition.channels:
        raise UserMistake(f"the rule «{rule.id}» names no channel, so it never changes")
    if rule.when:
        check(rule.alarm())
    return condition
