"""What the window remembers between two runs: layout, camera, theme, recent scenes; one TOML file in the config folder."""

from __future__ import annotations

import json
import logging
import tomllib
from pathlib import Path
from typing import Any

from viewer.base.paths import config_dir

_LOG = logging.getLogger(__name__)
MOST_RECENT = 8


class UiState:
    """A small store of plain values. A file that can't be read is set aside, never fatal. Main thread."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or config_dir() / "window.toml"
        self._values: dict[str, Any] = _read(self._path)

    def has(self, key: str) -> bool:
        """Whether anything was remembered under this key, an empty list too."""
        return key in self._values

    def text(self, key: str, default: str = "") -> str:
        value = self._values.get(key, default)
        return value if isinstance(value, str) else default

    def texts(self, key: str) -> list[str]:
        value = self._values.get(key, [])
        return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []

    def numbers(self, key: str) -> list[float]:
        value = self._values.get(key, [])
        return [float(v) for v in value if isinstance(v, int | float)] if isinstance(value, list) else []

    def set(self, key: str, value: str | list[str] | list[float]) -> None:
        self._values[key] = value

    def remember_recent(self, key: str, entry: str, *, most: int = MOST_RECENT) -> None:
        """Put an entry first in a list of recent ones."""
        self._values[key] = [entry, *(e for e in self.texts(key) if e != entry)][:most]

    def save(self) -> None:
        """Write the file whole or not at all; a folder that can't be written is logged, the window goes on."""
        part = self._path.with_suffix(".part")
        try:
            part.write_text("".join(f"{_toml(key)} = {_toml(self._values[key])}\n" for key in self._values), encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            _LOG.warning("the window's layout could not be remembered (%s): %s", error.strerror, self._path)


def _toml(value: str | list[str] | list[float]) -> str:
    """A text, or a list of texts or finite numbers: JSON is TOML for these, but for one control character.

    A TOML library costs an empty window a fiftieth of its time, for a file that nobody writes by hand.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        _LOG.warning("what the window remembered can't be read (%s), it starts afresh: %s", error, path)
        return {}
