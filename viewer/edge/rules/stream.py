"""A condition's tree as a stream: samples of channels in, samples of its value out, block after block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from viewer.base.conditions import Apply, Channel, OverTime, Tree, evaluate, walk
from viewer.edge.rules.forms import made
from viewer.edge.rules.operator import OverGood, Times, Values

Series: TypeAlias = tuple[Times, Values]
"""Times (k,), never falling, and values (k,); NaN where not known."""
_NOTHING: Series = (np.empty(0, np.int64), np.empty(0))


class Stream:
    """The value of a tree at every sample of any channel it names; the others hold their newest.

    An operator over time sees the samples of its own channels only, however often others speak.
    """

    def __init__(self, tree: Tree) -> None:
        """Raises UserMistake for an operator's setting out of bounds."""
        self._operators: dict[str, tuple[Stream, OverGood]] = {}
        self._tree = self._without_operators(tree)
        self._channels = tuple(
            dict.fromkeys(one.id for one in walk(self._tree) if isinstance(one, Channel) and one.id not in self._operators)
        )
        self._newest = dict.fromkeys((*self._channels, *self._operators), float("nan"))

    def step(self, block: Mapping[str, Series]) -> Series:
        """The samples of its value for those of its channels in a block (channels that said nothing may be left out)."""
        found = {name: block[name] for name in self._channels if name in block}
        for name, (source, operator) in self._operators.items():
            t_ns, x = source.step(block)
            if len(t_ns):
                found[name] = t_ns, operator.step(t_ns, x)
        if not found:
            return _NOTHING
        t_ns = _times(found)
        values = {name: self._held(name, found.get(name), t_ns) for name in self._newest}
        with np.errstate(all="ignore"):
            value = np.broadcast_to(np.asarray(evaluate(self._tree, values, {}), np.float64), len(t_ns))
        return t_ns, np.where(np.isfinite(value), value, np.nan)

    def _held(self, name: str, series: Series | None, t_ns: Times) -> Values:
        """The newest value of an input at each time; remembered for the next block."""
        before = self._newest[name]
        if series is None:
            return np.full(len(t_ns), before)
        said_ns, said = series
        self._newest[name] = float(said[-1])
        if said_ns is t_ns or np.array_equal(said_ns, t_ns):
            return said
        return np.concatenate([[before], said])[np.searchsorted(said_ns, t_ns, side="right")]

    def _without_operators(self, tree: Tree) -> Tree:
        match tree:
            case OverTime(name, source):
                place = f"{name} number {len(self._operators) + 1}"
                self._operators[place] = Stream(source), OverGood(made(tree))
                return Channel(place)
            case Apply(name, function, arguments):
                return Apply(name, function, tuple(self._without_operators(one) for one in arguments))
            case _:
                return tree


def _times(found: Mapping[str, Series]) -> Times:
    """Every time at which an input said something; those of one input alone as they are, so that none of its samples is
    merged."""
    all_ns = [t_ns for t_ns, _ in found.values()]
    first = all_ns[0]
    if all(one is first or np.array_equal(one, first) for one in all_ns[1:]):
        return first
    return np.unique(np.concatenate(all_ns))
