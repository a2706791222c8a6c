"""What was found a moment ago, for those who ask for parts of it at once: found again only after some seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
GOOD_FOR_S: Final = 5.0


class Recently(Generic[T]):
    """On any thread; who asks while it is being found waits for it."""

    def __init__(self, good_for_s: float = GOOD_FOR_S) -> None:
        self._good_for_s = good_for_s
        self._lock = threading.Lock()
        self._found: tuple[float, T] | None = None

    def get(self, find: Callable[[], T]) -> T:
        """What was found within the last seconds, or else what `find` finds now. Raises what that raises."""
        with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > self._good_for_s:
                value = find()
                self._found = (time.monotonic(), value)
            return self._found[1]
