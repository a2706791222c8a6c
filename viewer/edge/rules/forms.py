"""The list of operators over time that rules may use: how each is written, what its settings may be, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from viewer.base.conditions import OperatorForm, OverTime
from viewer.base.errors import UserMistake
from viewer.edge.rules import charts, motion, windows
from viewer.edge.rules.operator import Operator


@dataclass(frozen=True, slots=True)
class _Known:
    """An operator: what makes it from its settings, how it is written, what it gives."""

    make: Callable[..., Operator]
    required: tuple[str, ...] = ()
    optional: Mapping[str, float] = field(default_factory=dict)
    gives: str = ""


_WINDOW = ("seconds",)
_CHART = ("target", "sigma")
KNOWN: dict[str, _Known] = {
    "previous": _Known(motion.Previous, gives="the sample before"),
    "rate": _Known(motion.Rate, gives="change per second since the sample before"),
    "delay": _Known(motion.Delay, _WINDOW, gives="what the value was so many seconds ago"),
    "integral": _Known(motion.Integral, gives="area under the samples since the start, in unit times seconds"),
    "mean": _Known(windows.Mean, _WINDOW, gives="mean of the last so many seconds"),
    "lowest": _Known(windows.Lowest, _WINDOW, gives="least value of the last so many seconds"),
    "highest": _Known(windows.Highest, _WINDOW, gives="greatest value of the last so many seconds"),
    "std": _Known(windows.Deviation, _WINDOW, gives="standard deviation over the last so many seconds"),
    "range": _Known(windows.Range, _WINDOW, gives="greatest less least value of the last so many seconds"),
    "median": _Known(windows.Median, _WINDOW, gives="median of the last so many seconds"),
    "count": _Known(windows.Count, _WINDOW, gives="number of good samples in the last so many seconds"),
    "ewma": _Known(charts.Ewma, ("weight",), gives="exponentially weighted moving average"),
    "ewma_chart": _Known(charts.EwmaChart, _CHART, {"weight": 0.2, "width": 2.962}, "1 outside the EWMA chart's exact limits"),
    "cusum": _Known(charts.Cusum, _CHART, {"k": 0.5, "h": 5.0}, "1 where a CUSUM of either side exceeds h"),
    "cusum_high": _Known(
        lambda target, sigma, k: charts.CusumSide(target, sigma, k, 1.0), _CHART, {"k": 0.5}, "the upper CUSUM, in sigmas"
    ),
    "cusum_low": _Known(
        lambda target, sigma, k: charts.CusumSide(target, sigma, k, -1.0), _CHART, {"k": 0.5}, "the lower CUSUM, in sigmas"
    ),
    "xbar": _Known(
        charts.XBar, (*_CHART, "n"), gives="1 where the mean of the last whole group of n lies outside 3 sigma / sqrt(n)"
    ),
    "nelson": _Known(
        lambda target, sigma, rule: charts.Runs(target, sigma, rule, western=False),
        _CHART,
        {"rule": 0.0},
        "the least number of Nelson's rules (1 to 8) that is broken, or 1 where the one asked for is",
    ),
    "western": _Known(
        lambda target, sigma, rule: charts.Runs(target, sigma, rule, western=True),
        _CHART,
        {"rule": 0.0},
        "the same for the four rules of Western Electric",
    ),
}
FORMS: Mapping[str, OperatorForm] = {name: OperatorForm(one.required, one.optional) for name, one in KNOWN.items()}

_LONGEST_S = 30 * 86_400.0
_BOUNDS: Mapping[str, tuple[float, float, str]] = {
    "seconds": (1e-6, _LONGEST_S, "above 0 and at most 30 days"),
    "sigma": (1e-300, 1e300, "above 0"),
    "weight": (1e-6, 1.0, "above 0 and at most 1"),
    "width": (1e-6, 1e6, "above 0"),
    "k": (0.0, 1e6, "0 or more"),
    "h": (0.0, 1e9, "0 or more"),
    "n": (2.0, 10_000.0, "a whole number from 2"),
}


def made(node: OverTime) -> Operator:
    """An operator that has seen nothing yet. Raises UserMistake for a setting out of bounds, with its position."""
    settings = dict(node.settings)
    for name, value in settings.items():
        low, high, words = _BOUNDS.get(name, (float("-inf"), float("inf"), ""))
        if name == "rule":
            low, high, words = 0.0, (4.0 if node.name == "western" else 8.0), "a whole number, 0 for all of them"
        is_whole = name not in ("n", "rule") or value == round(value)
        if not (low <= value <= high and is_whole):
            raise UserMistake(f"at position {node.position}: {name} of {node.name} is {words}, not {value:g}")
    return KNOWN[node.name].make(**settings)
