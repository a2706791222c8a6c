"""Keeps what readers made, by the content of the file: the second opening of a CAD file is a memory map."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

from viewer.base.paths import cache_dir
from viewer.geometry.model import GeometryModel
from viewer.geometry.packed import BrokenPack, load_packed

VERSION = "3"
"""Raised whenever a reader would make something else of the same file."""
LIMIT_BYTES = 2 * 2**30
_SUFFIX = ".genchi-part"


class Cache:
    """Packed models in one folder. Any thread or process; files appear whole, and the oldest used go when it grows too large."""

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder if folder is not None else cache_dir() / "geometry"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._limit_bytes = limit_bytes

    def place(self, path: Path, options: str) -> Path:
        """Where the model of this file's present content, read with these options, is or would be kept."""
        made = blake2b(digest_size=20, person=b"genchi-geometry"[:16])
        made.update(f"{VERSION}\0{options}\0".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                made.update(block)
        return self._folder / f"{made.hexdigest()}{_SUFFIX}"

    def load(self, place: Path) -> GeometryModel | None:
        """The model kept there; None where there is none. A damaged one is removed."""
        try:
            model = load_packed(place)
            os.utime(place)
        except FileNotFoundError:
            return None
        except (BrokenPack, OSError):
            place.unlink(missing_ok=True)
            return None
        return model

    def trim(self) -> None:
        """Remove the longest unused until all fit."""
        kept = 0
        for size, path in self._newest_first():
            kept += size
            if kept > self._limit_bytes:
                path.unlink(missing_ok=True)

    def _newest_first(self) -> list[tuple[int, Path]]:
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob(f"*{_SUFFIX}*"):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # another process was quicker
            found.append((stat.st_mtime, stat.st_size, path))
        return [(size, path) for _, size, path in sorted(found, reverse=True)]
