"""Parameter values: checked against what a study declares, filled up with defaults, and read from the command line's texts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from viewer.base.errors import UserMistake
from viewer.base.units import pretty_unit
from viewer.studies.contract import Column, Parameter, Value

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
Cell = float | int | bool | str


def settled(declared: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """A value for every declared parameter, checked; what is not given takes its default.

    Raises UserMistake naming the parameter where one is unknown, of the wrong kind, or out of bounds.
    """
    names = {parameter.name for parameter in declared}
    for name in given:
        if name not in names:
            raise UserMistake(f"there is no parameter {name!r}; there are {', '.join(sorted(names))}")
    return {one.name: checked(one, given[one.name]) if one.name in given else one.default for one in declared}


def may_be_none(parameter: Parameter) -> bool:
    """Whether a number may be left open, which is NaN: where its default is, or where it has no bounds."""
    open_by_default = isinstance(parameter.default, float) and math.isnan(parameter.default)
    return parameter.kind == "number" and (open_by_default or (parameter.lower is None and parameter.upper is None))


def checked(parameter: Parameter, value: Any) -> Value:
    """The value in the parameter's own type. Raises UserMistake naming the parameter."""
    match parameter.kind:
        case "number" | "integer":
            return _bounded(parameter, _number(parameter.name, value, whole=parameter.kind == "integer"))
        case "flag":
            return _flag(parameter.name, value)
        case "choice":
            return _chosen(parameter.name, value, parameter.choices)
        case "table":
            return _table(parameter, value)
        case _:
            if not isinstance(value, str):
                raise UserMistake(f"parameter {parameter.name!r} must be a text, not {value!r}")
            return value


def parse_settings(declared: Sequence[Parameter], texts: Mapping[str, str]) -> dict[str, Value]:
    """Values from `--set name=text`, by each parameter's kind; a table is written as JSON rows.

    Raises UserMistake naming the parameter.
    """
    by_name = {parameter.name: parameter for parameter in declared}
    values: dict[str, Value] = {}
    for name, text in texts.items():
        if name not in by_name:
            raise UserMistake(f"there is no parameter {name!r}; there are {', '.join(sorted(by_name))}")
        values[name] = checked(by_name[name], _parsed(by_name[name], text))
    return values


def _parsed(parameter: Parameter, text: str) -> Any:
    if parameter.kind in ("number", "integer", "flag"):
        return text.strip()
    if parameter.kind != "table":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise UserMistake(f"parameter {parameter.name!r} is a table: write it as JSON rows such as [[1, 2], [3, 4]]") from error


def _number(name: str, value: Any, *, whole: bool) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise UserMistake(f"parameter {name!r} must be a number, not {value!r}")
    try:
        number = math.nan if value == "none" and not whole else float(value)
    except (ValueError, OverflowError) as error:
        raise UserMistake(f"parameter {name!r} must be a number, not {value!r}") from error
    if math.isinf(number) or (whole and not number.is_integer()):
        wanted = "whole" if whole else "finite"
        raise UserMistake(f"parameter {name!r} must be a {wanted} number, not {value!r}")
    return int(number) if whole else number


def _bounded(parameter: Parameter, number: float | int) -> float | int:
    if math.isnan(number) and not may_be_none(parameter):
        raise UserMistake(f"parameter {parameter.name!r} must be a number")
    unit = f" {pretty_unit(parameter.unit)}" if parameter.unit else ""
    if parameter.lower is not None and number < parameter.lower:
        raise UserMistake(f"parameter {parameter.name!r} must be at least {parameter.lower:g}{unit}, not {number:g}")
    if parameter.upper is not None and number > parameter.upper:
        raise UserMistake(f"parameter {parameter.name!r} must be at most {parameter.upper:g}{unit}, not {number:g}")
    return number


def _flag(name: str, value: Any) -> bool:
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise UserMistake(f"parameter {name!r} must be true or false, not {value!r}")
    return word in _TRUE


def _chosen(name: str, value: Any, choices: Sequence[str]) -> str:
    if value not in choices:
        raise UserMistake(f"parameter {name!r} must be one of {', '.join(choices)}, not {value!r}")
    return str(value)


def _table(parameter: Parameter, value: Any) -> tuple[tuple[Cell, ...], ...]:
    if not isinstance(value, (list, tuple)):
        raise UserMistake(f"parameter {parameter.name!r} must be a list of rows, not {value!r}")
    return tuple(_row(parameter, number, row) for number, row in enumerate(value, start=1))


def _row(parameter: Parameter, number: int, row: Any) -> tuple[Cell, ...]:
    columns = parameter.columns
    if not isinstance(row, (list, tuple)) or len(row) != len(columns):
        wanted = ", ".join(column.name for column in columns)
        raise UserMistake(f"row {number} of {parameter.name!r} must have {len(columns)} cells ({wanted}), not {row!r}")
    return tuple(
        _cell(f"{parameter.name}, row {number}, {column.name}", column, cell) for column, cell in zip(columns, row, strict=True)
    )


def _cell(where: str, column: Column, cell: Any) -> Cell:
    match column.kind:
        case "number":
            return math.nan if cell is None or cell == "" else _number(where, cell, whole=False)
        case "integer":
            return _number(where, cell, whole=True)
        case "flag":
            return _flag(where, cell)
        case "choice":
            return _chosen(where, cell, column.choices)
        case "text":
            return str(cell)
