"""A TOML file's text, and the line where a table or key of it stands: for sentences about a user's mistake only."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake

Step = str | int
"""A key, or the number (from 0) of an array's element."""

_HEADER = re.compile(r"^\s*\[(\[)?\s*(.+?)\s*\]?\]\s*(#.*)?$")
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")
MAX_BYTES = 64 * 1024 * 1024


def parse_file(path: Path, shown: str) -> tuple[dict[str, Any], str]:
    """The file's content and its text. `shown` names it in sentences.

    Raises UserMistake where it can't be read or isn't TOML, with the line.
    """
    text = _read(path, shown)
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        what = _TOML_LINE.sub("", str(error)).replace("(at end of document)", "").strip().rstrip(".")
        raise UserMistake(f"{shown} line {line}: this is not valid TOML: {_lower_first(what)}") from error
    except RecursionError as error:
        raise UserMistake(f"{shown}: its arrays are nested too deep to be a scene") from error


def line_of(text: str, steps: Sequence[Step]) -> int:
    """The line (from 1) of the table or key that `steps` lead to; of the nearest one found where the last are not."""
    lines = text.splitlines()
    start, rest = _header_line(lines, steps)
    line = start
    for step in rest:
        if isinstance(step, int):
            continue
        found = _key_line(lines, line, step)
        if found is None:
            break
        line = found
    return line + 1


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


def _header_line(lines: list[str], steps: Sequence[Step]) -> tuple[int, Sequence[Step]]:
    """The line (from 0) of the header nearest to the steps, and the steps it leaves open."""
    name = steps[0] if steps else ""
    if len(steps) > 1 and isinstance(steps[1], int):
        headers = [i for i, line in enumerate(lines) if _header_name(line) == (name, True)]
        return (headers[steps[1]], steps[2:]) if steps[1] < len(headers) else (_top_key(lines, str(name)), steps[1:])
    for i, line in enumerate(lines):
        if (found := _header_name(line)) is not None and found[0] == name:
            return i, steps[1:]
    return _top_key(lines, str(name)), steps[1:]


def _header_name(line: str) -> tuple[str, bool] | None:
    found = _HEADER.match(line) if line.lstrip().startswith("[") else None
    return (found.group(2).strip().strip("\"'"), found.group(1) is not None) if found else None


def _top_key(lines: list[str], key: str) -> int:
    return next((i for i, line in enumerate(lines) if _key_at(key).search(line)), 0)


def _key_line(lines: list[str], start: int, key: str) -> int | None:
    """The line of a key below a header or within the value that begins at `start`."""
    pattern = _key_at(key)
    for i in range(start, len(lines)):
        if i > start and _header_name(lines[i]) is not None and not _belongs(lines[start], lines[i]):
            return None
        if pattern.search(lines[i]):
            return i
    return None


def _belongs(header: str, line: str) -> bool:
    """Whether a later header is a sub-table of an earlier one."""
    above, below = _header_name(header), _header_name(line)
    return above is not None and below is not None and below[0].startswith(f"{above[0]}.")


def _key_at(key: str) -> re.Pattern[str]:
    return re.compile(rf"(^|[\s{{,.\[])[\"']?{re.escape(key)}[\"']?\s*(=|\.|\])")


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
