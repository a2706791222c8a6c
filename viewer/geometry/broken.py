"""How readers say that a file is not as it should be: one sentence, the path last."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from viewer.base.errors import UserMistake

_LONGEST = 1000
"""Characters: some libraries quote half the file."""


class BrokenFile(UserMistake):
    """What is wrong with a file, in a reader's words; the door in `reading` adds what failed and the path."""


def broken(what: str) -> NoReturn:
    """Raise BrokenFile: `what` says expected against got, and the remedy where there is one."""
    raise BrokenFile(what)


def sentence(path: Path, what: str) -> UserMistake:
    """The whole sentence about one file, the path last."""
    line = " ".join("".join(c if c.isprintable() else " " for c in what[:_LONGEST]).split())
    return UserMistake(f"cannot open this file: {line}: {path}")
