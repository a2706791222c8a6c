"""Fuzzy matching of what somebody types against names: how well it fits, and which letters matched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")


def score(wanted: str, text: str) -> float | None:
    """How well `wanted` fits, higher is better; None where its letters don't occur in order. Both in lower case.

    Whole words count most, then word starts, then runs of letters; a short text beats a long one.
    """
    if not wanted:
        return 0.0
    total = 0.0
    for word in wanted.split():
        one = _word_score(word, text)
        if one is None:
            return None
        total += one
    return total - 0.05 * len(text)


def _word_score(word: str, text: str) -> float | None:
    at = text.find(word)
    if at >= 0:
        return 10.0 * len(word) + (20.0 if at == 0 else 14.0 if not text[at - 1].isalnum() else 0.0)
    total, position, run = 0.0, -1, 0
    for letter in word:
        found = text.find(letter, position + 1)
        if found < 0:
            return None
        run = run + 1 if found == position + 1 else 1
        total += 2.0 * run + (4.0 if found == 0 or not text[found - 1].isalnum() else 0.0)
        total -= 0.2 * (found - position - 1)
        position = found
    return total


def best(wanted: str, items: Iterable[tuple[str, Item]], *, most: int) -> list[Item]:
    """The items whose text (in lower case) fits, best first; ties keep their order."""
    wanted = wanted.lower().strip()
    scored = [(-s, i, item) for i, (text, item) in enumerate(items) if (s := score(wanted, text)) is not None]
    scored.sort(key=lambda entry: entry[:2])
    return [item for _, _, item in scored[:most]]
