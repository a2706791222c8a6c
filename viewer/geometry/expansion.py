"""How many nodes a structure of shared assemblies comes to when each is placed wherever it is used: known before it is built."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from viewer.base.units import grouped
from viewer.geometry.broken import broken

KeyT = TypeVar("KeyT", bound=Hashable)


def check_expansion(roots: Iterable[KeyT], children: Callable[[KeyT], Iterable[KeyT]], most: int) -> None:
    """Raises BrokenFile where the roots come to more than `most` nodes. What leads back to itself is counted once here."""
    known: dict[KeyT, int] = {}
    total = 0
    for root in roots:
        total += _size(root, children, known, most)
        if total > most:
            broken(f"its assemblies come to more than {grouped(most)} nodes; split the model")


def _size(root: KeyT, children: Callable[[KeyT], Iterable[KeyT]], known: dict[KeyT, int], most: int) -> int:
    way: list[tuple[KeyT, tuple[KeyT, ...] | None]] = [(root, None)]
    open_: set[KeyT] = set()
    while way:
        key, below = way.pop()
        if below is not None:
            open_.discard(key)
            known[key] = min(1 + sum(known.get(one, 0) for one in below), most + 1)
        elif key not in known and key not in open_:
            open_.add(key)
            below = tuple(children(key))
            way.append((key, below))
            way += [(one, None) for one in dict.fromkeys(below)]
    return known[root]
