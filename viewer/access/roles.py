"""Roles and what each may do: one table, asked by everybody who guards something."""

from __future__ import annotations

from typing import Final, Literal, get_args

Role = Literal["viewer", "operator", "engineer", "admin", "device", "gateway", "controller"]
"""Persons: viewer (also wall screens), operator, engineer, admin. Machines: a device sends samples; a gateway reads from
a lower one and forwards; a controller corrects set-points by itself, on a leash."""

Action = Literal[
    "read_values",
    "read_history",
    "read_audit",
    "export_history",
    "acknowledge",
    "shelve",
    "suppress",
    "reset_latch",
    "set_point",
    "correct",
    "inject_fault",
    "arm_rule",
    "bind_channels",
    "propose_limits",
    "approve_limits",
    "enrol",
    "manage_accounts",
    "send_samples",
    "forward_samples",
    "relay",
]
"""suppress: also out of service. correct: a set-point moved without a person. relay: hand on what others signed."""

Kind = Literal["person", "device", "gateway", "controller"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
_KINDS: Final[dict[str, Kind]] = {"device": "device", "gateway": "gateway", "controller": "controller"}

_READ: Final = frozenset[Action]({"read_values", "read_history"})
_OPERATE: Final = frozenset[Action](
    {*_READ, "export_history", "acknowledge", "shelve", "reset_latch", "set_point", "inject_fault"}
)
_ENGINEER: Final = frozenset[Action](
    {*_OPERATE, "read_audit", "suppress", "arm_rule", "bind_channels", "propose_limits", "approve_limits"}
)

TABLE: Final[dict[Role, frozenset[Action]]] = {
    "viewer": _READ,
    "operator": _OPERATE,
    "engineer": _ENGINEER,
    "admin": frozenset({*_READ, "read_audit", "enrol", "manage_accounts"}),
    "device": frozenset({"send_samples"}),
    "gateway": frozenset({*_READ, "read_audit", "send_samples", "forward_samples", "relay"}),
    "controller": frozenset({"read_values", "correct"}),
}
"""An admin has keys and accounts and commands nothing: whoever enrols people may not also act, so that a forged identity
takes two. A device reads nothing: what was stolen with it tells nobody about the rest of the plant."""


def may(role: str, action: Action) -> bool:
    """Whether the table allows it; a role that is not in the table may nothing."""
    return role in TABLE and action in TABLE[role]


def kind_of(role: Role) -> Kind:
    """What bears this role."""
    return _KINDS.get(role, "person")
