"""Samples for rules, by hand and in blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.conditions import Condition
from viewer.edge.rules.engine import RuleEngine
from viewer.edge.rules.forms import FORMS
from viewer.edge.rules.rule import Rule
from viewer.edge.rules.stream import Stream
from viewer.twin.samples import in_runs

S = 10**9


def value_of(text: str, values: Sequence[float] | NDArray[np.float64], period_s: float = 1.0) -> NDArray[np.float64]:
    """What an expression over x gives for samples a period apart, from time 0."""
    t_ns = (np.arange(len(values)) * period_s * S).astype(np.int64)
    return Stream(Condition(text, FORMS).tree).step({"x": (t_ns, np.asarray(values, np.float64))})[1]


def run(
    rules: Sequence[Rule], samples: Sequence[tuple[str, float, float]], cuts: Sequence[float]
) -> list[tuple[str, float, float]]:
    """(rule, time in s, value) of all that the rules give for samples (channel, time in s, value; NaN is bad), block by block."""
    names = sorted({one[0] for one in samples} | {"x", "y"})
    engine, found, low = RuleEngine(rules, names), [], -1.0
    for cut in cuts:
        part = [one for one in samples if low < one[1] <= cut]
        values = np.array([one[2] for one in part], np.float64)
        t_ns = np.array([round(one[1] * S) for one in part], np.int64)
        channel = np.array([names.index(one[0]) for one in part], np.int64)
        columns = engine.step(in_runs(channel, t_ns, values, np.isnan(values).astype(np.uint8)), round(cut * S))
        of = np.repeat(columns.channels, columns.counts)
        found += [(rules[at].id, t / S, v) for at, t, v in zip(of, columns.t_ns, columns.values, strict=True)]
        low = cut
    return sorted(found, key=lambda one: (one[0], one[1]))
