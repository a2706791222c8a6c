"""Keeps levels by the content of the mesh they were made of: the next time that mesh is opened they are read."""

from __future__ import annotations

import os
import zipfile
from hashlib import blake2b
from pathlib import Path

import numpy as np

from viewer.base.paths import cache_dir
from viewer.render.levels import Levels
from viewer.render.meshes import DrawMesh

VERSION = "2"
"""Raised whenever other levels would be made of the same mesh."""
LIMIT_BYTES = 1 << 29


class LevelCache:
    """Files in one folder, written whole; the longest unused go when they are too many. Any process."""

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder if folder is not None else cache_dir() / "levels"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._limit_bytes = limit_bytes

    def place(self, mesh: DrawMesh) -> Path:
        """Where this mesh's levels are or would be kept."""
        made = blake2b(VERSION.encode(), digest_size=20)
        for array in (mesh.points, mesh.normals, mesh.triangles, mesh.packed_rgb):
            made.update(b"-" if array is None else np.ascontiguousarray(array).data)
        return self._folder / f"{made.hexdigest()}.npz"

    def load(self, place: Path, mesh: DrawMesh) -> Levels | None:
        """The levels kept there; None where there are none, and a damaged file is removed."""
        try:
            with np.load(place, allow_pickle=False) as kept:
                sizes, flat, errors = kept["sizes"], kept["triangles"], kept["error_m"]
            os.utime(place)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            place.unlink(missing_ok=True)
            return None
        sound = sizes.sum() == len(flat) and len(sizes) == len(errors) and np.isfinite(errors).all()
        if not sound or (len(flat) and (flat.min() < 0 or flat.max() >= len(mesh.points))):
            place.unlink(missing_ok=True)
            return None
        parts = np.split(flat.astype(np.int32).reshape(-1, 3), np.cumsum(sizes)[:-1])
        return Levels(tuple(parts) if len(sizes) else (), tuple(errors.tolist()))

    def keep(self, place: Path, levels: Levels) -> None:
        """Write them; a full disk costs the cache only."""
        flat = np.concatenate(levels.triangles) if levels.triangles else np.zeros((0, 3), dtype=np.int32)
        part = place.with_name(f"{place.stem}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                sizes = np.array([len(one) for one in levels.triangles], dtype=np.int64)
                np.savez(file, sizes=sizes, triangles=flat, error_m=np.array(levels.error_m))
            part.replace(place)
        except OSError:
            part.unlink(missing_ok=True)

    def trim(self) -> None:
        """Remove the longest unused until all fit."""
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*.npz"):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # another process was quicker
            found.append((stat.st_mtime, stat.st_size, path))
        kept = 0
        for _, size, path in sorted(found, reverse=True):
            kept += size
            if kept > self._limit_bytes:
                path.unlink(missing_ok=True)
