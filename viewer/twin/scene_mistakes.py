"""What is wrong with a scene file, as one sentence with file, line and key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from viewer.base.errors import UserMistake
from viewer.twin.schema import SceneFile
from viewer.twin.toml_text import Step, line_of

_AT = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[\.\.\.\]")
_EXPECTED = re.compile(r"Expected `(.+?)`(?: of length (\d+))?, got `?(.+?)`?$")
_KINDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
}


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """One file that a scene was read from."""

    path: Path
    shown: str
    """How sentences name it."""
    text: str

    def mistake(self, steps: Sequence[Step], sentence: str) -> UserMistake:
        """A UserMistake at the line of `steps`."""
        return UserMistake(f"{self.shown} line {line_of(self.text, steps)}: {sentence}")


def explained(source: SourceFile, data: dict[str, Any], error: msgspec.ValidationError) -> UserMistake:
    """msgspec's complaint about a file's content as a sentence for its author."""
    message = str(error)
    at = _AT.search(message)
    steps = _steps(at.group(1)) if at else []
    message = _AT.sub("", message)
    where = _named(data, steps)
    if (unknown := re.match(r"Object contains unknown field `(.+)`", message)) is not None:
        key = unknown.group(1)
        thing = f"{where} has a key" if steps else "there is a table"
        return source.mistake([*steps, key], f'{thing} "{key}" that no scene has; {_nearest(key, _known_keys(steps))}')
    if (missing := re.match(r"Object missing required field `(.+)`", message)) is not None:
        key = missing.group(1)
        return source.mistake(steps, f'{where} lacks the key "{key}"; add {key} = …')
    return source.mistake(steps, _wrong_value(where, data, steps, message))


def nearest_id(wanted: str, known: Iterable[str]) -> str:
    """«; did you mean "x"?» where a known id is like the wanted one, else nothing."""
    near = difflib.get_close_matches(wanted, list(known), n=1, cutoff=0.75)
    return f'; did you mean "{near[0]}"?' if near else ""


def _wrong_value(where: str, data: dict[str, Any], steps: list[Step], message: str) -> str:
    value = _value_at(data, steps)
    keys = [step for step in steps if isinstance(step, str)]
    key = keys[-1] if keys else "the file"
    shown = f"{where} has {key} = {_as_toml(value)}" if len(steps) > 1 else f"{key} is {_as_toml(value)}"
    expected = _EXPECTED.match(message)
    if expected is None:
        choices = _choices(steps)
        return f"{shown}, expected one of {choices}" if choices else f"{shown}: {message}"
    kinds = " or ".join(_KINDS.get(k.strip(), k.strip()) for k in expected.group(1).split("|") if k.strip() != "null")
    count = expected.group(2)
    return f"{shown}, expected {f'a list of {count} values' if count else kinds}"


def _steps(path: str) -> list[Step]:
    return [int(m.group(2)) if m.group(2) else m.group(1) for m in _STEP.finditer(path) if m.group(1) or m.group(2)]


def _named(data: dict[str, Any], steps: Sequence[Step]) -> str:
    """The table the steps lead into, as its author would call it: `channel "a.b"`."""
    if not steps:
        return "the file"
    if len(steps) == 1 or not isinstance(steps[1], int):
        return f"[{steps[0]}]"
    table = _value_at(data, steps[:2])
    own: Any = table.get("id", table.get("name")) if isinstance(table, dict) else None
    if own is None and isinstance(table, dict) and "channel" in table:
        own = f"{table['channel']} on {table.get('node', '?')}"
    return f'{steps[0]} "{own}"' if isinstance(own, str) else f"{steps[0]} number {steps[1] + 1}"


def _value_at(data: Any, steps: Sequence[Step]) -> Any:
    for step in steps:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else "a table" if isinstance(value, dict) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _struct_at(steps: Sequence[Step]) -> Any:
    """The msgspec type that describes the table at the steps."""
    kind: Any = msgspec.inspect.type_info(SceneFile)
    for step in steps:
        if isinstance(step, int):
            kind = getattr(kind, "item_type", kind)
        else:
            fields = {field.encode_name: field.type for field in getattr(kind, "fields", ())}
            kind = _not_none(fields.get(step))
    return kind


def _not_none(kind: Any) -> Any:
    if isinstance(kind, msgspec.inspect.UnionType):
        return next(one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType))
    return kind


def _known_keys(steps: Sequence[Step]) -> list[str]:
    return [field.encode_name for field in getattr(_struct_at(steps), "fields", ())]


def _choices(steps: Sequence[Step]) -> str:
    values = getattr(_struct_at(steps), "values", ())
    return ", ".join(str(value) for value in values)


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}"
