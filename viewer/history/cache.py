"""What was unpacked lately, by row; bounded in bytes. Any thread."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class UnpackedCache(Generic[T]):
    """Rows never change and their numbers are never used again, so what is here stays true."""

    def __init__(self, most_bytes: int, size: Callable[[T], int]) -> None:
        self._most_bytes = most_bytes
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, T] = OrderedDict()
        self._bytes = 0

    def get(self, number: int) -> T | None:
        with self._lock:
            found = self._kept.get(number)
            if found is not None:
                self._kept.move_to_end(number)
            return found

    def put(self, number: int, thing: T) -> None:
        with self._lock:
            if number in self._kept:
                return
            self._kept[number] = thing
            self._bytes += self._size(thing)
            while self._bytes > self._most_bytes and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= self._size(oldest)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0
