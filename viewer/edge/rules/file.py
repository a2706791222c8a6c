"""Rules written in TOML: [[rule]] tables of a file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from viewer.base.errors import UserMistake
from viewer.edge.rules.rule import Rule, parsed

_KEYS = {field.name for field in msgspec.structs.fields(Rule)}
MOST_RULES = 2000


def load_rules(path: Path, channels: Collection[str] | None = None) -> tuple[Rule, ...]:
    """The rules of a file. Raises UserMistake: one sentence with the rule, the position and the file.

    With `channels` every name must be one of them or an earlier rule's id.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserMistake(f"the rules can't be read ({error.strerror}): {path}") from error
    except ValueError as error:
        raise UserMistake(f"the rules are no valid TOML ({error}): {path}") from error
    try:
        unknown = sorted(set(table) - {"rule"})
        if unknown:
            raise UserMistake(f"the file has the unknown table «{unknown[0]}» (known: [[rule]])")
        return rules_from_tables(table.get("rule", []), channels)
    except UserMistake as mistake:
        raise UserMistake(f"{mistake}: {path}") from mistake


def rules_from_tables(tables: object, channels: Collection[str] | None = None) -> tuple[Rule, ...]:
    """The same for [[rule]] tables that were read already."""
    if not isinstance(tables, Sequence) or isinstance(tables, str):
        raise UserMistake("rules stand in [[rule]] tables")
    if len(tables) > MOST_RULES:
        raise UserMistake(f"there are {len(tables)} rules; at most {MOST_RULES} are allowed")
    rules = tuple(_read(table, number) for number, table in enumerate(tables, 1))
    _check_names(rules, channels)
    return rules


def written(rule: Rule) -> str:
    """A rule as the [[rule]] table that reads as it."""
    lines = [f"{name} = {_toml(value)}" for name, value in msgspec.to_builtins(rule).items()]
    return "\n".join(["[[rule]]", *lines, ""])


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # texts, numbers and truth are written alike in both


def _read(table: Any, number: int) -> Rule:
    if not isinstance(table, Mapping):
        raise UserMistake(f"[[rule]] number {number} must be a table")
    id = table.get("id")
    if not isinstance(id, str) or not id:
        raise UserMistake(f'[[rule]] number {number} needs an id, such as id = "glue.cools"')
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        near = get_close_matches(unknown[0], _KEYS, 1)
        meant = f", did you mean «{near[0]}»?" if near else f" (known: {', '.join(sorted(_KEYS))})"
        raise UserMistake(f"the rule «{id}» has the unknown key «{unknown[0]}»{meant}")
    try:
        rule = msgspec.convert(table, Rule)
    except msgspec.ValidationError as error:
        raise UserMistake(f"the rule «{id}» is not right: {error}") from error
    parsed(rule)
    return rule


def _check_names(rules: Sequence[Rule], channels: Collection[str] | None) -> None:
    known = set(channels or ())
    for rule in rules:
        if rule.id in known:
            raise UserMistake(f"the rule «{rule.id}» has the id of another rule or channel: give it its own")
        for name in parsed(rule).channels if channels is not None else ():
            if name not in known:
                near = get_close_matches(name, known, 1)
                meant = f"; did you mean «{near[0]}»?" if near else ", and no earlier rule gives it"
                raise UserMistake(f"the rule «{rule.id}» names the channel «{name}», which no source brings{meant}")
        known.add(rule.id)
