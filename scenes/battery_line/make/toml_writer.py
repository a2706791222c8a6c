"""Plain tables to TOML text, in a fixed order and form, so that the same tables give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def value(one: Any) -> str:
    """A number, text, flag, list or inline table as TOML."""
    if isinstance(one, bool):
        return "true" if one else "false"
    if isinstance(one, str):
        return '"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(one, int):
        return str(one)
    if isinstance(one, float):
        return repr(round(one, 6))
    if isinstance(one, Mapping):
        return "{ " + ", ".join(f"{key} = {value(v)}" for key, v in one.items()) + " }"
    return "[" + ", ".join(value(v) for v in one) + "]"


def table(name: str, keys: Mapping[str, Any]) -> str:
    """A table `[name]`, or, where the name comes in double brackets, one more of an array of tables."""
    head = name if name.startswith("[") else f"[{name}]"
    return "\n".join([head, *(f"{key} = {_spread(v)}" for key, v in keys.items() if v is not None)]) + "\n"


def tables(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """An array of tables."""
    return "\n".join(table(f"[[{name}]]", row) for row in rows)


def _spread(one: Any) -> str:
    """A value; a long list of lists or tables goes over several lines."""
    text = value(one)
    if len(text) <= 120 or not isinstance(one, Sequence) or isinstance(one, str):
        return text
    return "[\n" + "".join(f"    {value(v)},\n" for v in one) + "]"
