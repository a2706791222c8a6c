"""A table of a configuration file as it is read: each value checked, each mistake told with its place."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake

TOP = "the file"
"""The place of the tables that stand at the top of a file."""
_MISSING = object()


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Raises UserMistake where it can't be read or is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserMistake(f"the configuration can't be read ({error.strerror}): {path}") from error
    except ValueError as error:
        raise UserMistake(f"the configuration is no valid TOML ({error}): {path}") from error


class Table:
    """One table and where it stands, such as `[[source]] number 2`. Each method takes one key, and raises UserMistake with
    place, key and what was expected; `close` refuses the keys that nobody asked for."""

    def __init__(self, raw: object, where: str, folder: Path) -> None:
        if not isinstance(raw, dict):
            raise UserMistake(f"{where} must be a table")
        self.where, self.folder = where, folder
        self._raw: dict[str, Any] = raw
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._asked.add(key)
        return key in self._raw

    def close(self) -> None:
        """All keys have been asked for that are known: others are a mistake."""
        unknown = sorted(set(self._raw) - self._asked)
        if unknown:
            known = ", ".join(sorted(self._asked))
            raise UserMistake(f"{self.where} has the unknown key «{unknown[0]}» (known: {known})")

    def wrong(self, key: str, expected: str) -> UserMistake:
        """The mistake to raise for a value that is not what was expected."""
        if key not in self._raw:
            return UserMistake(f"{self.where}: {key} is missing: {expected}")
        return UserMistake(f"{self.where}: {key} is {expected}, not «{self._raw[key]}»")

    def text(self, key: str, default: str | None = None, *, pattern: str = "", like: str = "a text", most: int = 2000) -> str:
        """A text that fits `pattern` as a whole; without a default it must be there."""
        value = self._get(key, default)
        fits = isinstance(value, str) and len(value) <= most and (not pattern or re.fullmatch(pattern, value))
        if not fits:
            raise self.wrong(key, like)
        return str(value)

    def choice(self, key: str, known: Collection[str], default: str | None = None) -> str:
        """One of the known words."""
        value = self._get(key, default)
        if not isinstance(value, str) or value not in known:
            raise self.wrong(key, f"one of {', '.join(known)}")
        return value

    def number(
        self, key: str, default: float | None = None, *, low: float = -math.inf, high: float = math.inf, above: float = -math.inf
    ) -> float:
        """A finite number within low … high, and above `above`."""
        value = self._get(key, default)
        good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not good or not (low <= float(value) <= high and float(value) > above):
            raise self.wrong(key, f"a number{_bounds(low, high, above)}")
        return float(value)

    def whole(self, key: str, default: int | None = None, *, low: int = 0, high: int = 2**63 - 1) -> int:
        """A whole number within low … high."""
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        """true or false."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None, *, most: int = 100_000) -> tuple[str, ...]:
        """A list of texts."""
        value = self._get(key, default)
        if not isinstance(value, list | tuple) or len(value) > most or not all(isinstance(one, str) for one in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def path(self, key: str, default: Path | None = None) -> Path:
        """A path, relative to the file's folder."""
        self._asked.add(key)
        if key not in self._raw and default is not None:
            return default
        return (self.folder / self.text(key, like="a path", pattern=r".+")).resolve()

    def numbers(self, key: str) -> dict[str, float]:
        """A table of names and numbers; empty where there is none."""
        inner = self.table(key)
        return {} if inner is None else {name: inner.number(name) for name in inner.names}

    @property
    def names(self) -> tuple[str, ...]:
        """All keys of the table, as they stand."""
        return tuple(self._raw)

    def table(self, key: str) -> Table | None:
        """The table within, if there is one."""
        where = f"[{key}]" if self.where == TOP else f"{self.where}.{key}"
        return Table(self._raw[key], where, self.folder) if self.has(key) else None

    def tables(self, key: str, called: str = "") -> list[Table]:
        """The tables of an array such as [[source.tag]]; none where it is left out."""
        value = self._get(key, ())
        if not isinstance(value, list | tuple):
            raise self.wrong(key, "an array of tables")
        called = called or f"{self.where}, {key}"
        return [Table(one, f"{called} number {number}", self.folder) for number, one in enumerate(value, 1)]

    def _get(self, key: str, default: object) -> Any:
        self._asked.add(key)
        return self._raw.get(key, _MISSING if default is None else default)


def _bounds(low: float, high: float, above: float) -> str:
    words = [f"above {above:g}"] if above > -math.inf else []
    words += [f"at least {low:g}"] if low > -math.inf else []
    words += [f"at most {high:g}"] if high < math.inf else []
    return f" {' and '.join(words)}" if words else ""
