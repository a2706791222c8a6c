"""A job: how long work tells its progress, warns, and learns that nobody wants it any more."""

from collections.abc import Callable
from typing import Protocol

from viewer.base.errors import Cancelled


class Job(Protocol):
    """What is handed to long work (importing a file, running a study). Any thread or process."""

    def progress(self, fraction: float, doing: str = "") -> None:
        """Tell how far it is (0 to 1) and what is being done. Raises Cancelled when the work is no longer wanted."""
        ...

    def warn(self, sentence: str) -> None:
        """Report something the user should know; the work goes on."""
        ...

    def check(self) -> None:
        """Raise Cancelled when the work is no longer wanted."""
        ...


class SilentJob:
    """A job that collects its warnings and is cancelled only by `cancelled` answering True."""

    def __init__(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.warnings: list[str] = []
        self._cancelled = cancelled

    def progress(self, fraction: float, doing: str = "") -> None:
        self.check()

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)

    def check(self) -> None:
        if self._cancelled():
            raise Cancelled("the work was cancelled")
