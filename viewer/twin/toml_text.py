"""A TOML file's text, and the line where a table or key of it stands: for sentences about a user's mistake only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli

from viewer.base.errors import UserMistake
from viewer.twin.toml_blocks import headers

Step = str | int
"""A key, or the number (from 0) of an array's element."""

_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")
MAX_BYTES = 64 * 1024 * 1024


def parse_file(path: Path, shown: str) -> tuple[dict[str, Any], str]:
    """The file's content and its text. `shown` names it in sentences.

    Raises UserMistake where it can't be read or isn't TOML, with the line.
    """
    text = _read(path, shown)
    try:
        return tomli.loads(text), text
    except tomli.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        what = _TOML_LINE.sub("", str(error)).replace("(at end of document)", "").strip().rstrip(".")
        raise UserMistake(f"{shown} line {line}: this is not valid TOML: {_lower_first(what)}") from error
    except RecursionError as error:
        raise UserMistake(f"{shown}: its arrays are nested too deep to be a scene") from error


def line_of(text: str, steps: Sequence[Step]) -> int:
    """The line (from 1) of the table or key that `steps` lead to; of the nearest one found where the last are not."""
    name = str(steps[0]) if steps else ""
    found = headers(text)
    tops = [number for number, header in enumerate(found) if header.name == name]
    index = steps[1] if len(steps) > 1 and isinstance(steps[1], int) else 0
    if index < len(tops):
        start = found[tops[index]].line
        last = next((h.line for h in found[tops[index] + 1 :] if not h.name.startswith(f"{name}.")), None)
        rest = steps[1:]
    else:
        start, last, rest = 1, found[0].line if found else None, steps
    lines = text.split("\n")[start - 1 : None if last is None else last - 1]
    return start + _line_within(lines, [step for step in rest if isinstance(step, str)])


def _line_within(lines: list[str], keys: Sequence[str]) -> int:
    """The line (from 0) of the last of some keys, each looked for from where the one before stands."""
    line = 0
    for key in keys:
        pattern = re.compile(rf"(^|[\s{{,.\[])[\"']?{re.escape(key)}[\"']?\s*(=|\.|\])")
        found = next((i for i in range(line, len(lines)) if pattern.search(lines[i])), None)
        if found is None:
            break
        line = found
    return line


def _read(path: Path, shown: str) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserMistake(
                f"{shown} is larger than 64 MiB, which is no scene file; put the shapes into a geometry file instead"
            )
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except FileNotFoundError as error:
        raise UserMistake(f"there is no file {shown}") from error
    except UnicodeDecodeError as error:
        raise UserMistake(f"{shown} is not a text file in UTF-8, so it is no scene file") from error
    except OSError as error:
        raise UserMistake(f"{shown} cannot be read: {error.strerror or error}") from error


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
