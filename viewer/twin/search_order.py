"""In which order the search tells what it found: whose name is it, begins so, has a word that begins so; then by name."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from viewer.twin.query import Joined, Query, Word, pattern_of

EXACT, PREFIX, WORD_START, WITHIN, ELSEWHERE = range(5)
"""How well a node's name (or id) fits: it is the words, begins with them, has a word that does, has them within; or what matched
is its kind, part or a property."""
_FIGURES = re.compile(r"(\d+)")
Ranks = NDArray[np.int8]


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key under which «bolt 2» comes before «bolt 10»; `name` in lower case."""
    pieces = _FIGURES.split(name)
    # Other scripts' figures are figures too: isdecimal, as int() reads them.
    return tuple((0, int(piece), "") if piece.isdecimal() and len(piece) < 40 else (1, 0, piece) for piece in pieces if piece)


def places_by_name(names: list[str], ids: list[str]) -> NDArray[np.int64]:
    """(rows,) the place of each row when all are sorted by name, then by id; both in lower case."""
    keys = [(natural_key(name), own) for name, own in zip(names, ids, strict=True)]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


def ranks(query: Query, names: list[str], ids: list[str]) -> Ranks:
    """(rows,) how well each name or id fits the query's words, EXACT to ELSEWHERE; what only compares or excludes has no say."""
    words = _words(query)
    if not words:
        return np.zeros(len(names), dtype=np.int8)
    found = _ranks(query, names, ids)
    phrase = " ".join(words)
    whole = np.fromiter((name == phrase for name in names), np.bool_, len(names))
    found[whole] = EXACT
    return found


def _words(query: Query) -> list[str]:
    """Those that stand for a name: plain, or of the fields name and id."""
    if isinstance(query, Word):
        return [query.text] if query.field in ("", "name", "id") else []
    return [word for one in query.inner for word in _words(one)] if isinstance(query, Joined) else []


def _ranks(query: Query, names: list[str], ids: list[str]) -> Ranks:
    if isinstance(query, Word):
        texts = [ids] if query.field == "id" else [names] if query.field == "name" else [names, ids]
        return np.minimum.reduce([_fits(query.text, one) for one in texts])
    if not isinstance(query, Joined):
        return np.zeros(len(names), dtype=np.int8)
    with_words = [_ranks(one, names, ids) for one in query.inner if _words(one)]
    return np.maximum.reduce(with_words) if query.every else np.minimum.reduce(with_words)


def _fits(text: str, against: list[str]) -> Ranks:
    pattern = pattern_of(text)
    if pattern is not None:
        return np.fromiter((EXACT if pattern.match(one) else ELSEWHERE for one in against), np.int8, len(against))
    return np.fromiter((_fit(text, one) for one in against), np.int8, len(against))


def _fit(text: str, name: str) -> int:
    at = name.find(text)
    if at < 0:
        return ELSEWHERE
    if at == 0:
        return EXACT if len(name) == len(text) else PREFIX
    while at > 0:
        if not name[at - 1].isalnum():
            return WORD_START
        at = name.find(text, at + 1)
    return WITHIN
