"""Python's cyclic garbage collector, held off while very many lasting objects are made at once.

While twenty thousand records are read, every one of them stays; the collector would look through all of them again and again and
find nothing, for a third of the time.
"""

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

_lock = threading.Lock()
_holding: list[bool] = []
"""One entry for each holder now; the first says whether the collector ran before."""


@contextmanager
def no_collecting() -> Generator[None, None, None]:
    """Hold the collector off for the length of a `with`, or of a decorated function; any thread, nested or at once."""
    with _lock:
        _holding.append(gc.isenabled() if not _holding else _holding[0])
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            before = _holding.pop()
            if not _holding and before:
                gc.enable()
