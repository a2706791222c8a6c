"""Keeps what readers made, by the content of the file: the second opening of a CAD file is a memory map."""

from __future__ import annotations

import os
import shutil
import time
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from viewer.base.paths import cache_dir
from viewer.geometry.beside import are_the_same
from viewer.geometry.model import GeometryModel, Reader
from viewer.geometry.packed import BrokenPack, load_packed

LIMIT_BYTES = 2 * 2**30
_SUFFIX = ".genchi-part"
_LEFT_S = 24 * 3600.0
"""Older than this, an unfinished file or a reading process's folder was left by a program that was killed."""


class Cache:
    """Packed models in one folder. Any thread or process; files appear whole, and the oldest used go when it grows too large."""

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder if folder is not None else cache_dir() / "geometry"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._limit_bytes = limit_bytes

    def place(self, path: Path, options: str) -> Path:
        """Where the model of this file's present content, read with these options by this very program, is or would be kept."""
        made = blake2b(digest_size=20, person=b"genchi-geometry"[:16])
        made.update(f"{_program()}\0{options}\0".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                made.update(block)
        return self._folder / f"{made.hexdigest()}{_SUFFIX}"

    def load(self, place: Path, folder: Path | None = None) -> GeometryModel | None:
        """The model kept there; None where there is none, or where a file in `folder` that it was also made of has changed.

        A damaged one is removed.
        """
        try:
            model = load_packed(place)
            os.utime(place)
        except FileNotFoundError:
            return None
        except (BrokenPack, OSError):
            place.unlink(missing_ok=True)
            return None
        return model if folder is None or are_the_same(folder, model.beside) else None

    def trim(self) -> None:
        """Remove the longest unused until all fit, and what killed programs left behind."""
        kept = 0
        now = time.time()
        for used, size, path in self._newest_first():
            kept += size
            if kept > self._limit_bytes or (path.suffix == ".part" and now - used > _LEFT_S):
                path.unlink(missing_ok=True)
        for left in (self._folder.parent / "reading").glob("*-*"):
            if now - left.stat().st_mtime > _LEFT_S:
                shutil.rmtree(left, ignore_errors=True)

    def _newest_first(self) -> list[tuple[float, int, Path]]:
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob(f"*{_SUFFIX}*"):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # another process was quicker
            found.append((stat.st_mtime, stat.st_size, path))
        return sorted(found, reverse=True)


def options_of(reader: Reader, unit: str | None) -> str:
    """All that decides, beside the file, what a reader makes: its settings, the unit, and the libraries that it uses."""
    return f"{reader!r} {unit} {[_library(module) for module in reader.needs]}"


@cache
def _library(module: str) -> str:
    """A library as it is installed."""
    found = find_spec(module)
    if found is None or found.origin is None or not Path(found.origin).is_file():
        return module
    stat = Path(found.origin).stat()
    return f"{module} {stat.st_size} {stat.st_mtime_ns}"


@cache
def _program() -> str:
    """The code that reads, so that no entry outlives a change of it: the sources of this room, and of the parts it makes."""
    made = blake2b(digest_size=20)
    room = Path(__file__).resolve().parent
    for path in sorted([*room.rglob("*.py"), *(room.parent / "twin").glob("*.py")]):
        made.update(path.read_bytes())
    return made.hexdigest()
