"""The audit file of a gateway: one JSON line for each key admitted, refused or cut off, and each fault asked for."""

from __future__ import annotations

from pathlib import Path

import msgspec

from viewer.base.clock import Clock


class Audit:
    """Appends to one file; each line is on disk when `note` returns. On the gateway's thread."""

    def __init__(self, path: Path, clock: Clock) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._clock = clock
        self._file = path.open("ab", buffering=0)

    def note(self, event: str, **facts: object) -> None:
        """One line: the time, what happened, and its facts. Raises OSError where the disk refuses."""
        self._file.write(msgspec.json.encode({"t_ns": self._clock.now_ns(), "event": event, **facts}) + b"\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
