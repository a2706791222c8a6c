"""Alarms written in TOML: [[alarm]] tables of a gateway's or a scene's file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from viewer.alarms.definitions import AlarmDefinition, check
from viewer.base.errors import UserMistake

_KEYS = {field.name for field in msgspec.structs.fields(AlarmDefinition)}


def alarms_from_tables(tables: Sequence[Any], derived: Iterable[AlarmDefinition] = ()) -> tuple[AlarmDefinition, ...]:
    """The derived definitions as the tables change them, and what the tables add.

    A table whose id is a derived alarm's changes only the keys it gives; `enabled = false` takes that alarm away. Raises
    UserMistake naming the table and the key.
    """
    found = {one.id: one for one in derived}
    seen: set[str] = set()
    for number, table in enumerate(tables, 1):
        if not isinstance(table, Mapping):
            raise UserMistake(f"[[alarm]] number {number} must be a table")
        id = table.get("id")
        if not isinstance(id, str) or not id:
            raise UserMistake(f'[[alarm]] number {number} needs an id, such as id = "st080.torque.hi"')
        if id in seen:
            raise UserMistake(f"two [[alarm]] tables have the id «{id}»: give each its own")
        seen.add(id)
        if _enabled(table, id):
            found[id] = _read(table, id, found.get(id))
        else:
            found.pop(id, None)
    return tuple(found.values())


def _enabled(table: Mapping[str, Any], id: str) -> bool:
    enabled = table.get("enabled", True)
    if not isinstance(enabled, bool):
        raise UserMistake(f"the alarm «{id}»: enabled is true or false, not «{enabled}»")
    return enabled


def _read(table: Mapping[str, Any], id: str, before: AlarmDefinition | None) -> AlarmDefinition:
    given = {key: value for key, value in table.items() if key != "enabled"}
    unknown = sorted(set(given) - _KEYS)
    if unknown:
        raise UserMistake(f"the alarm «{id}» has the unknown key «{unknown[0]}» (known: enabled, {', '.join(sorted(_KEYS))})")
    start = {} if before is None else msgspec.to_builtins(before)
    missing = [key for key in ("channel", "kind") if key not in given and key not in start]
    if missing:
        raise UserMistake(f"the alarm «{id}» lacks the key «{missing[0]}»")
    try:
        return check(msgspec.convert(start | given, AlarmDefinition))
    except msgspec.ValidationError as error:
        raise UserMistake(f"the alarm «{id}» is not right: {error}") from error
