"""Stack files (TOML): `[stack]` and `[[contributor]]` tables, checked with the line and key of every mistake."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from viewer.api import UserMistake, Value

from .distributions import DISTRIBUTIONS

STACK_KEYS = ("name", "unit", "expression", "lower", "upper")
CONTRIBUTOR_KEYS = ("name", "nominal", "lower", "upper", "unit", "distribution", "sigma", "characteristic")
ROW = CONTRIBUTOR_KEYS
"""Columns of the study's table, in order."""


def read_stack(text: str) -> Mapping[str, Value]:
    """Parameter values of the study. Raises UserMistake naming line and key."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserMistake(f"the stack file is not valid TOML: {error}") from error
    return _Reading(text).values(table)


class _Reading:
    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def values(self, table: dict[str, Any]) -> Mapping[str, Value]:
        for key in table:
            if key not in ("stack", "contributor"):
                raise self._mistake(f"unknown key {key!r}; there are [stack] and [[contributor]]", key)
        stack, rows = table.get("stack"), table.get("contributor")
        if not isinstance(stack, dict):
            raise UserMistake("line 1: the stack file has no [stack] table")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise UserMistake("line 1: the stack file has no [[contributor]] table")
        self._only(stack, STACK_KEYS, "[stack]", 0)
        return {
            "name": self._text(stack, "name", 0, default="Stack"),
            "unit": self._text(stack, "unit", 0, default="mm"),
            "expression": self._text(stack, "expression", 0),
            "lower": self._number(stack, "lower", 0, default=math.nan),
            "upper": self._number(stack, "upper", 0, default=math.nan),
            "contributors": tuple(self._row(row, number) for number, row in enumerate(rows, start=1)),
        }

    def _row(self, row: dict[str, Any], number: int) -> tuple[float | str, ...]:
        self._only(row, CONTRIBUTOR_KEYS, "[[contributor]]", number)
        from_scene = "characteristic" in row
        distribution = self._text(row, "distribution", number, default="normal")
        if distribution not in DISTRIBUTIONS:
            known = ", ".join(DISTRIBUTIONS)
            raise self._mistake(f"unknown distribution {distribution!r}; there are {known}", "distribution", number)
        return (
            self._text(row, "name", number),
            self._number(row, "nominal", number, default=math.nan if from_scene else None),
            self._number(row, "lower", number, default=math.nan if from_scene else None),
            self._number(row, "upper", number, default=math.nan if from_scene else None),
            self._text(row, "unit", number, default="mm"),
            distribution,
            self._number(row, "sigma", number, default=math.nan),
            self._text(row, "characteristic", number, default=""),
        )

    def _text(self, table: dict[str, Any], key: str, number: int, default: str | None = None) -> str:
        value = table.get(key, default)
        if value is None:
            raise self._mistake(f"{self._where(number)} has no {key!r}", key, number)
        if not isinstance(value, str):
            raise self._mistake(f"{key!r} must be a text, not {value!r}", key, number)
        return value

    def _number(self, table: dict[str, Any], key: str, number: int, default: float | None = None) -> float:
        value = table.get(key, default)
        if value is None:
            raise self._mistake(f"{self._where(number)} has no {key!r}", key, number)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or (key in table and not math.isfinite(value)):
            raise self._mistake(f"{key!r} must be a number, not {value!r}", key, number)
        return float(value)

    def _only(self, table: dict[str, Any], known: tuple[str, ...], where: str, number: int) -> None:
        for key in table:
            if key not in known:
                raise self._mistake(f"{where} has the unknown key {key!r}; known keys: {', '.join(known)}", key, number)

    def _where(self, number: int) -> str:
        return f"contributor {number}" if number else "[stack]"

    def _mistake(self, what: str, key: str, number: int = 0) -> UserMistake:
        return UserMistake(f"line {self._line(key, number)}: {what}")

    def _line(self, key: str, number: int) -> int:
        """The line of a key (of its table where the key is absent): tomllib does not tell it."""
        header = r"\s*\[\[\s*contributor\s*\]\]" if number else r"\s*\[\s*stack\s*\]"
        heads = [i for i, line in enumerate(self._lines) if re.match(header, line)]
        begin = heads[max(number, 1) - 1] if len(heads) >= max(number, 1) else 0
        for i in range(begin, len(self._lines)):
            if i > begin and re.match(r"\s*\[", self._lines[i]):
                break
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", self._lines[i]):
                return i + 1
        anywhere = [i for i, line in enumerate(self._lines) if number == 0 and re.match(rf"\s*\[*\s*{re.escape(key)}\b", line)]
        return (anywhere[0] if anywhere else begin) + 1
