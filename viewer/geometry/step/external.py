"""Assemblies by external reference: the STEP files that a STEP file is made of, looked at before the kernel opens them."""

from __future__ import annotations

import re
from pathlib import Path

from viewer.base.job import Job
from viewer.geometry.beside import note
from viewer.geometry.broken import broken
from viewer.geometry.references import inside_folder
from viewer.geometry.step.exchange import read_exchange

MAX_DEPTH = 16
_KINDS = ("DOCUMENT_FILE", "APPLIED_EXTERNAL_IDENTIFICATION_ASSIGNMENT", "EXTERNAL_IDENTIFICATION_ASSIGNMENT")
_WANTED = re.compile(rb"DOCUMENT_FILE|(?:APPLIED_)?EXTERNAL_IDENTIFICATION_ASSIGNMENT", re.IGNORECASE)
_MODELS = (".stp", ".step", ".p21", ".stpz")


def checked_references(path: Path, job: Job) -> list[str]:
    """The names of missing files, each warned about. Raises BrokenFile where one lies outside the folder, or in a circle."""
    missing: dict[str, None] = {}
    _check(path.resolve(), [], set(), missing)
    for name in missing:
        job.warn(f"it is made of the file {name[:120]!r}, which is not beside it: that part is missing; copy it there too")
    return list(missing)


def named_files(path: Path) -> list[str]:
    """The files that a STEP file names as parts of itself, each once, in its order. Raises OSError."""
    names: dict[str, None] = {}
    for one in read_exchange(path, _WANTED).of(*_KINDS):
        for kind in _KINDS:
            name = one.own(kind, 0)
            if isinstance(name, str) and name.strip() and Path(name).suffix.lower() in _MODELS:
                names[name.strip()] = None
    return list(names)


def _check(path: Path, above: list[Path], done: set[Path], missing: dict[str, None]) -> None:
    if path in above:
        circle = " → ".join(one.name for one in [*above[above.index(path) :], path])
        broken(f"the files it is made of go in a circle ({circle}); export them again")
    if len(above) >= MAX_DEPTH:
        broken(f"the files it is made of name one another more than {MAX_DEPTH} deep; export it as one file")
    if path in done:
        return
    done.add(path)
    for name in named_files(path):
        if is_missing(path.parent, name):
            missing[name] = None
        else:
            _check(inside_folder(path.parent, name).resolve(), [*above, path], done, missing)


def is_missing(folder: Path, name: str) -> bool:
    """Whether a file that would lie in the folder is not there; one that would lie elsewhere is not «missing»."""
    relative = name.replace("\\", "/")
    if "\0" in relative or ":" in relative or relative.startswith("/"):
        return False
    root = folder.resolve()
    target = (root / relative).resolve()
    if target.is_file() or not target.is_relative_to(root):
        return False
    note(target)
    return True
