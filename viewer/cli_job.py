"""Progress of a verb on the terminal."""

from __future__ import annotations

import sys

from viewer.base.job import SilentJob


class TerminalJob(SilentJob):
    """Tells progress on standard error where that is a terminal; warnings are printed by who called."""

    def __init__(self) -> None:
        super().__init__()
        self._shows = sys.stderr.isatty()

    def progress(self, fraction: float, doing: str = "") -> None:
        if self._shows:
            end = "\n" if fraction >= 1.0 else ""
            print(f"\r\033[K{fraction:4.0%} {doing}", end=end, file=sys.stderr, flush=True)
