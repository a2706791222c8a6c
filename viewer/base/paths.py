"""Where things lie: the user's folders, and what is bundled with the program.

`GENCHI_HOME`, when set, holds all of the user's folders below it (tests, kiosks, several installations side by side).
"""

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent.parent


def _user_dir(kind: str) -> Path:
    home = os.environ.get("GENCHI_HOME")
    if home:
        path = Path(home) / kind
    else:
        path = Path(getattr(platformdirs, f"user_{kind}_dir")("genchi", appauthor=False))
    path.mkdir(parents=True, exist_ok=True)
    return path


def config_dir() -> Path:
    """Settings, keys' public halves, window layout."""
    return _user_dir("config")


def data_dir() -> Path:
    """Keys, history, run folders, the user's own plugins and scenes."""
    return _user_dir("data")


def cache_dir() -> Path:
    """What can be made again: tessellated geometry, thumbnails."""
    return _user_dir("cache")


def state_dir() -> Path:
    """What is true only now: endpoints of running gateways, logs."""
    return _user_dir("state")


def bundled(folder: str) -> Path:
    """The bundled `assets`, `plugins` or `scenes`: inside the wheel, else beside the package in a checkout."""
    inside = _PACKAGE / "_bundled" / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder
