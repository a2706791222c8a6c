"""Operators over time against closed forms, published tables, and themselves in other blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.edge.rules.feeding import S, run, value_of
from viewer.base.conditions import Condition
from viewer.base.errors import UserMistake
from viewer.edge.rules.charts import CusumSide, EwmaChart
from viewer.edge.rules.forms import FORMS, KNOWN
from viewer.edge.rules.operator import Operator
from viewer.edge.rules.rule import Rule
from viewer.edge.rules.stream import Stream

_NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mean(x, 0)", "seconds of mean is above 0"),
        ("mean(x, -5)", "seconds of mean is above 0"),
        ("cusum(x, 5, 0)", "sigma of cusum is above 0"),
        ("ewma(x, 1.5)", "weight of ewma is above 0 and at most 1"),
        ("nelson(x, 0, 1, 9)", "rule of nelson is a whole number"),
        ("western(x, 0, 1, 5)", "rule of western"),
        ("xbar(x, 0, 1, 2.5)", "n of xbar is a whole number"),
        ("1 + rate(mean(x, -1))", "at position 10"),
    ],
)
def test_that_a_setting_out_of_bounds_is_refused_with_its_position(text: str, says: str) -> None:
    with pytest.raises(UserMistake, match=says):
        Stream(Condition(text, FORMS).tree)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("previous(x)", [_NAN, 1, 4, 2, 8]),
        ("rate(x)", [_NAN, 1.5, -1, 3, 1]),
        ("delay(x, 4)", [_NAN, _NAN, 1, 4, 2]),
        ("delay(x, 3)", [_NAN, _NAN, 1, 4, 2]),
        ("integral(x)", [0, 5, 11, 21, 39]),
        ("mean(x, 4)", [_NAN, _NAN, 3, 5, 9]),
        ("lowest(x, 4)", [_NAN, _NAN, 2, 2, 8]),
        ("highest(x, 4)", [_NAN, _NAN, 4, 8, 10]),
        ("range(x, 4)", [_NAN, _NAN, 2, 6, 2]),
        ("median(x, 6)", [_NAN, _NAN, _NAN, 4, 8]),
        ("std(x, 4)", [_NAN, _NAN, np.sqrt(2), np.sqrt(18), np.sqrt(2)]),
        ("count(x, 4)", [1, 2, 2, 2, 2]),
        ("ewma(x, 0.5)", [1, 2.5, 2.25, 5.125, 7.5625]),
        ("rate(mean(x, 4)) > 1.5", [_NAN, _NAN, _NAN, 0, 1]),
        ("x > previous(x) + 1", [_NAN, 1, 0, 1, 1]),
    ],
)
def test_that_each_operator_gives_what_its_definition_says(text: str, expected: list[float]) -> None:
    assert value_of(text, [1.0, 4.0, 2.0, 8.0, 10.0], 2.0) == pytest.approx(np.array(expected, np.float64), nan_ok=True)


def test_that_an_unknown_value_gives_an_unknown_value_and_is_not_remembered() -> None:
    assert value_of("mean(x, 2)", [1.0, 3.0, 5.0, _NAN, 9.0]) == pytest.approx(
        np.array([_NAN, _NAN, 4.0, _NAN, 9.0]), nan_ok=True
    )
    assert value_of("integral(x)", [1.0, _NAN, 1.0]) == pytest.approx(np.array([0.0, _NAN, 2.0]), nan_ok=True)


def test_that_an_operator_sees_its_own_channels_samples_only() -> None:
    rules = [Rule(id="r", value="count(x, 100) + 0 * y")]
    samples = [("x", 1.0, 1.0), *[("y", 1.0 + 0.1 * at, 0.0) for at in range(50)], ("x", 7.0, 1.0)]
    assert run(rules, samples, [10.0])[-1] == ("r", 7.0, 2.0)


def test_that_a_large_constant_part_costs_the_deviation_no_digits() -> None:
    noise = np.random.default_rng(1).normal(0.0, 1e-3, 500)
    found = value_of("std(x, 100)", 1e6 + noise)
    assert found[-1] == pytest.approx(np.std((1e6 + noise)[-100:], ddof=1), rel=1e-4)


def _run_lengths(make: Any, shift: float, runs: int, longest: int, seed: int) -> float:
    """Mean number of samples until the first signal, of charts that begin anew; none may go beyond `longest`."""
    rng, t_ns, lengths = np.random.default_rng(seed), np.arange(longest), []
    for _ in range(runs):
        hits = np.flatnonzero(make(t_ns, rng.normal(shift, 1.0, longest)))
        assert len(hits)
        lengths.append(hits[0] + 1)
    return float(np.mean(lengths))


@pytest.mark.parametrize(
    ("h", "shift", "length"),
    [
        (4.0, 0.0, 168.0),
        (4.0, 0.5, 26.6),
        (4.0, 1.0, 8.38),
        (4.0, 2.0, 3.34),
        (5.0, 0.5, 38.0),
        (5.0, 1.0, 10.4),
        (5.0, 3.0, 2.57),
    ],
)
def test_that_the_tabular_cusum_has_the_run_lengths_of_montgomerys_table(h: float, shift: float, length: float) -> None:
    """Montgomery, Introduction to Statistical Quality Control, table of ARLs of the tabular cusum with k = 1/2 (two-sided)."""

    def signals(t_ns: Any, x: Any) -> Any:
        up, down = CusumSide(0.0, 1.0, 0.5, 1.0), CusumSide(0.0, 1.0, 0.5, -1.0)
        return np.maximum(up.step(t_ns, x), down.step(t_ns, x)) > h

    assert _run_lengths(signals, shift, 3000, 60 * round(length), seed=7) == pytest.approx(length, rel=0.06)


@pytest.mark.parametrize(
    ("weight", "width", "shift", "length"),
    [(0.2, 2.962, 1.0, 10.5), (0.1, 2.814, 1.0, 10.3), (0.1, 2.814, 2.0, 4.4), (0.4, 3.054, 2.0, 3.5)],
)
def test_that_the_ewma_chart_has_the_run_lengths_of_lucas_and_saccucci(
    weight: float, width: float, shift: float, length: float
) -> None:
    """Lucas & Saccucci (1990), as in Montgomery's table of EWMA schemes: run lengths for limits that are constant."""

    def signals(t_ns: Any, x: Any) -> Any:
        settled = EwmaChart(0.0, 1.0, weight, width)
        settled._count = 10_000  # far from the start the exact limits are the constant ones
        return settled.step(t_ns, x)

    assert _run_lengths(signals, shift, 3000, 40 * round(length), seed=3) == pytest.approx(length, rel=0.06)


def test_that_a_cusum_is_what_its_recursion_says_also_after_a_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.edge.rules.charts._RENEWED", 64)
    x = np.random.default_rng(5).normal(10.3, 2.0, 500)
    found, sum_ = CusumSide(10.0, 2.0, 0.5, -1.0).step(np.arange(500), x), 0.0
    for value, one in zip(x, found, strict=True):
        sum_ = max(0.0, sum_ + (10.0 - value) / 2.0 - 0.5)
        assert one == pytest.approx(sum_, abs=1e-9)


_FLAT = [0.1, -0.1, -0.1, 0.1, -0.1, 0.1, 0.1, -0.1]


@pytest.mark.parametrize(
    ("rule", "points"),
    [
        (1, [0.5, -0.2, 3.1]),
        (2, [-0.5, *[0.3, 0.6, 0.2, 0.7, 0.1, 0.6, 0.3, 0.5, 0.2]]),
        (3, [0.5, -0.9, -0.5, -0.2, 0.1, 0.6, 0.9]),
        (4, [0.5, -0.5, 0.6, -0.4] * 3 + [0.5, -0.5]),
        (5, [0.0, 2.1, 0.3, 2.2]),
        (6, [0.0, 1.1, 1.3, -0.2, 1.2, 1.6]),
        (7, [1.5, *[0.2, 0.5, -0.3, -0.6, 0.1, 0.4, -0.2, -0.4, 0.3, 0.3, -0.1, -0.5, 0.6, 0.2, -0.3]]),
        (8, [0.0, 1.2, -1.3, -1.4, 1.1, -1.6, 1.3, 1.2, -1.1]),
    ],
)
def test_that_each_of_nelsons_rules_is_broken_by_its_last_point_and_not_before(rule: int, points: list[float]) -> None:
    """Patterns after the figures of Nelson (1984), in sigmas about the target."""
    found = value_of(f"nelson(x, 50, 2, {rule})", 50.0 + 2.0 * np.array(points))
    assert found[-1] == 1.0 and not found[:-1].any()


def test_that_the_rules_of_western_electric_are_told_by_number() -> None:
    z = np.array([0.1, 3.5, 0.0, 2.1, 2.2, 0.0, -1.1, -1.2, -1.3, 0.1, -1.5])
    assert value_of("western(x, 0, 1)", z).tolist() == [0, 1, 0, 2, 2, 0, 0, 0, 0, 0, 3]  # 2.1: two of three, with 3.5


def test_that_an_xbar_chart_judges_whole_groups() -> None:
    values = [0.0, 0.1, -0.1, 3.0, 2.0, 2.5, 0.0, 0.0]
    assert value_of("xbar(x, 0, 1, 3)", values) == pytest.approx(np.array([_NAN, _NAN, 0, 0, 0, 1, 1, 1]), nan_ok=True)


_EXPRESSIONS = [
    f"{name}(x{''.join(f', {value}' for value in settings)})"
    for name, settings in {
        **dict.fromkeys(("previous", "rate", "integral"), ()),
        **dict.fromkeys(("delay", "mean", "lowest", "highest", "std", "range", "median", "count"), (3,)),
        "ewma": (0.3,),
        "xbar": (1, 2, 3),
        **dict.fromkeys(("cusum", "cusum_high", "cusum_low", "nelson", "western", "ewma_chart"), (1, 2)),
    }.items()
]


def test_that_every_operator_is_in_the_property_below() -> None:
    assert {one.split("(")[0] for one in _EXPRESSIONS} == set(KNOWN)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("xxy"), st.integers(0, 3), st.floats(-9, 9), st.integers(0, 9)), min_size=1, max_size=50),
    st.lists(st.integers(0, 60), max_size=6),
)
def test_that_the_same_samples_in_other_blocks_give_the_same_values_bit_for_bit(
    steps: list[tuple[str, int, float, int]], cuts: list[int]
) -> None:
    t, samples, newest = 0, [], dict[str, int]()
    for name, wait, value, rare in steps:
        t += max(wait, 1 if newest.get(name) == t else 0)
        newest[name] = t
        samples.append((name, float(t), _NAN if rare == 0 else value))
    rules = [Rule(id=f"r{at:02}", value=text) for at, text in enumerate(_EXPRESSIONS)]
    rules += [Rule(id="when", when="mean(x, 2) > rate(y) and not x < y"), Rule(id="z", value="mean(when, 3) + r03")]
    whole = run(rules, samples, [t + 1.0])
    parts = run(rules, samples, [*sorted({float(one) for one in cuts if one < t}), t + 1.0])
    assert str(whole) == str(parts)


def test_that_windows_agree_with_a_walk_over_single_samples() -> None:
    rng = np.random.default_rng(2)
    t_s, x = np.cumsum(rng.uniform(0.1, 2.0, 300)), rng.normal(size=300)
    functions: dict[str, Any] = {"mean": np.mean, "median": np.median, "lowest": np.min, "highest": np.max, "range": np.ptp}
    for name, function in functions.items():
        found = Stream(Condition(f"{name}(x, 7)", FORMS).tree).step({"x": ((t_s * S).astype(np.int64), x)})[1]
        for at in range(300):
            if t_s[at] - 7.001 > t_s[0]:
                assert found[at] == pytest.approx(function(x[(t_s > t_s[at] - 7.0) & (t_s <= t_s[at])]))
        assert np.isnan(found[t_s < t_s[0] + 6.999]).all()


def test_that_operators_are_the_contract() -> None:
    made: Operator = CusumSide(0.0, 1.0, 0.5, 1.0)
    assert len(made.step(np.empty(0, np.int64), np.empty(0))) == 0
