"""A person's settings: a TOML file of few known keys, read with their defaults, written back with its comments kept."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from viewer.base.errors import UserMistake
from viewer.base.paths import config_dir

Theme = Literal["dark", "light", "system"]


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a person may choose; each field is a key of settings.toml."""

    theme: Theme = "system"
    """Dark, light, or as the desktop has it."""
    font_scale: float = 1.0
    """Size of all text against the default, 0.75 to 2."""
    frames_per_s: int = 60
    """The most frames drawn in a second, 5 to 240."""
    colour_map: str = "viridis"
    """The colour map for values that name none."""
    snap_m: float = 0.25
    """Grid that a dragged station snaps to, metres; 0 does not snap."""
    snap_deg: float = 15.0
    """Step that a turned station snaps to, degrees; 0 does not snap."""
    reduced_motion: bool = False
    """Whether the camera jumps in place of gliding."""
    recent_scenes: tuple[str, ...] = ()
    """Scenes opened last, newest first."""

    def with_(self, **changes: Any) -> Settings:
        """Settings with some keys changed. Raises UserMistake where a value can't be."""
        for key, value in changes.items():
            _check(key, value, "settings")
        return replace(self, **changes)


_BOUNDS: dict[str, tuple[float, float]] = {
    "font_scale": (0.75, 2.0),
    "frames_per_s": (5, 240),
    "snap_m": (0.0, 10.0),
    "snap_deg": (0.0, 90.0),
}


def settings_path() -> Path:
    """The file that holds them."""
    return config_dir() / "settings.toml"


def load_settings(warn: Callable[[str], None]) -> Settings:
    """The person's settings; what the file gets wrong is told to `warn` in one sentence each and has its default."""
    path = settings_path()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        warn(f"the settings cannot be read and have their defaults: {error}: {path}")
        return Settings()
    good: dict[str, Any] = {}
    for key, value in found.items():
        try:
            plain = tuple(value) if isinstance(value, list) else value
            _check(key, plain, str(path))
            good[key] = plain
        except UserMistake as mistake:
            warn(str(mistake))
    return replace(Settings(), **good)


def save_settings(settings: Settings) -> None:
    """Write the keys that differ from their default or stand in the file already; comments stay. Raises UserMistake."""
    import tomlkit
    from tomlkit.exceptions import ParseError

    path = settings_path()
    try:
        document: Any = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        default = Settings()
        for field in fields(Settings):
            value = getattr(settings, field.name)
            if value != getattr(default, field.name) or field.name in document:
                document[field.name] = list(value) if isinstance(value, tuple) else value
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(document.as_string(), encoding="utf-8")
        temporary.replace(path)
    except (OSError, UnicodeDecodeError, ParseError) as error:
        raise UserMistake(f"the settings cannot be written: {error}: {path}") from error


def _check(key: str, value: Any, where: str) -> None:
    """Raise UserMistake where a key is unknown or its value can't be."""
    hints = get_type_hints(Settings)
    if key not in hints:
        raise UserMistake(f'there is no setting "{key}"; known are {", ".join(hints)}: {where}')
    kind, choices = hints[key], get_args(hints[key])
    if kind == Theme:
        good, wanted = value in choices, f"one of {', '.join(choices)}"
    elif kind is float:
        good, wanted = isinstance(value, (int, float)) and not isinstance(value, bool), "a number"
    elif kind in (int, bool, str):
        good, wanted = type(value) is kind, {int: "a whole number", bool: "true or false", str: "text"}[kind]
    else:
        good, wanted = isinstance(value, tuple) and all(isinstance(one, str) for one in value), "a list of texts"
    if good and key in _BOUNDS:
        good, wanted = _within(value, *_BOUNDS[key])
    if not good:
        raise UserMistake(f"the setting {key} is {value!r}, expected {wanted}: {where}")


def _within(value: Any, low: float, high: float) -> tuple[bool, str]:
    """Whether a number keeps its bounds, and what is wanted."""
    return low <= value <= high, f"a number from {low:g} to {high:g}"
