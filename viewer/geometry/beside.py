"""Which other files a model was made of: noted while it is read, and looked at again before a kept result is used."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from pathlib import Path

from viewer.base.units import grouped
from viewer.geometry.broken import broken
from viewer.geometry.model import Beside

MAX_FILES = 10_000
"""The most that one model may point at."""

_noted: ContextVar[dict[Path, None] | None] = ContextVar("_noted", default=None)


@contextmanager
def noting() -> Generator[dict[Path, None]]:
    """While inside, every file that is noted on this thread stands in what is given."""
    noted: dict[Path, None] = {}
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note(path: Path) -> None:
    """What is being read is made of this file too, also where it is not there. Raises BrokenFile where there are too many."""
    noted = _noted.get()
    if noted is not None:
        noted[path] = None
        if len(noted) > MAX_FILES:
            broken(f"it points at over {grouped(MAX_FILES)} files; split the model")


def as_they_are(folder: Path, paths: Iterable[Path]) -> tuple[Beside, ...]:
    """What these files hold now, seen from the model's `folder`; one on another drive is left out."""
    root = folder.resolve()
    return tuple(
        Beside(Path(os.path.relpath(path, root)).as_posix(), _digest(path)) for path in sorted(paths) if path.drive == root.drive
    )


def are_the_same(folder: Path, beside: Iterable[Beside]) -> bool:
    """Whether all these files hold what they held."""
    root = folder.resolve()
    return all(_digest(root / one.name) == one.digest for one in beside)


def _digest(path: Path) -> str:
    """BLAKE2b of a file's content; empty where there is none that can be read."""
    made = blake2b(digest_size=20)
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                made.update(block)
    except (OSError, ValueError):
        return ""
    return made.hexdigest()
