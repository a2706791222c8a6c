"""Files that a model file points at: only those below its own folder are opened."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from viewer.geometry.broken import broken

MAX_BYTES = 4 * 2**30
"""The most that one file that is pointed at may hold."""


def inside_folder(folder: Path, name: str) -> Path:
    """The file that `name` (a relative URI or path of a model file) means. Raises BrokenFile where it lies outside the folder."""
    relative = unquote(name).replace("\\", "/")
    if "\0" in relative or ":" in relative or relative.startswith("/"):
        broken(f"it points at {name[:120]!r}; only files in its own folder are opened: put it there and name it relatively")
    root = folder.resolve()
    target = (root / relative).resolve()
    if not target.is_relative_to(root):
        broken(f"it points at {name[:120]!r}, outside its own folder; only files in its folder are opened: put it there")
    if not target.is_file():
        broken(f"it needs the file {name[:120]!r}, which is not beside it; copy that file there too")
    if target.stat().st_size > MAX_BYTES:
        broken(f"the file {name[:120]!r} it needs is over 4 GB; split the model")
    return target
