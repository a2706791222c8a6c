"""Files replaced at once or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from viewer.base.errors import UserMistake


def write_all(texts: Mapping[Path, str]) -> None:
    """Write each text into its file (UTF-8): first all beside their files, then each takes its file's place.

    Raises UserMistake where a file can't be written; then none was replaced, unless the machine itself failed half way.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for path, text in texts.items():
            ready.append((_beside(path, text), path))
        for temporary, path in ready:
            temporary.replace(path)
    except OSError as error:
        raise UserMistake(f"cannot be saved: {error.strerror or error}: {error.filename or ''}") from error
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)


def _beside(path: Path, text: str) -> Path:
    """A new file in the same folder with the text, safely on the disk, with the rights of the file it will replace."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary = Path(name)
    temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    return temporary
