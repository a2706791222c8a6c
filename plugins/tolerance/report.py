"""Puts a stack's answers into a study result: summary, cards, figures and tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from viewer.api import Figure, Headline, Series, StudyResult, Table, format_value, pretty_unit

from .monte_carlo import Sampled, capability, normal_yield
from .stack import FirstOrder, Problem

GOOD_YIELD = 0.9973
"""Within three sigma of a centred normal distribution."""
GOOD_CPK = 1.33
"""Commonly asked of a running process (ISO 22514-2:2017 gives the index, customers give the number)."""


def reported(problem: Problem, answer: FirstOrder, worst: tuple[float, float], found: Sampled) -> StudyResult:
    """The whole result."""
    warnings = _warnings(found, worst)
    return StudyResult(
        summary=_summary(problem, answer, worst, found, warnings),
        headlines=_headlines(problem, answer, worst, found),
        tables=(_methods(problem, answer, worst, found), _contributors(problem, answer)),
        figures=(_histogram(problem, found), _contributions(problem, answer)),
        warnings=warnings,
    )


def _summary(
    problem: Problem, answer: FirstOrder, worst: tuple[float, float], found: Sampled, warnings: tuple[str, ...]
) -> dict[str, Any]:
    stack = problem.stack
    cp, cpk = capability(answer.mean, answer.std, stack.lower, stack.upper)
    return {
        "name": stack.name,
        "unit": stack.unit,
        "expression": stack.expression,
        "limits": {"lower": _none(stack.lower), "upper": _none(stack.upper)},
        "nominal": nominal_of(problem),
        "worst_case": {"min": worst[0], "max": worst[1]},
        "rss": {"lower": answer.mean - answer.tolerance, "upper": answer.mean + answer.tolerance, "tolerance": answer.tolerance},
        "first_order": {
            "mean": answer.mean,
            "std": answer.std,
            "yield": normal_yield(answer, stack.lower, stack.upper),
            "cp": cp,
            "cpk": cpk,
        },
        "monte_carlo": {
            "samples": found.samples,
            "mean": found.mean,
            "std": found.std,
            "skew": found.skew,
            "yield": found.yield_,
            "ppm": None if found.yield_ is None else (1.0 - found.yield_) * 1e6,
            "cp": found.cp,
            "cpk": found.cpk,
            "standard_error": found.mean_error,
            "standard_errors": {"mean": found.mean_error, "std": found.std_error, "yield": found.yield_error},
            "yield_interval_95": None if found.yield_interval is None else list(found.yield_interval),
            "undefined": found.undefined,
        },
        "contributions": {name: float(percent) for name, percent in zip(problem.names, answer.percent, strict=True)},
        "sensitivities": {name: float(slope) for name, slope in zip(problem.names, answer.slopes, strict=True)},
        "warnings": list(warnings),
    }


def nominal_of(problem: Problem) -> float:
    """The result at the nominal dimensions, in the stack's unit."""
    return float(problem.value(problem.nominal))


def _warnings(found: Sampled, worst: tuple[float, float]) -> tuple[str, ...]:
    said: list[str] = []
    if found.undefined:
        said.append(
            f"the formula has no value for {found.undefined} of {found.samples} samples; they count as outside the limits"
        )
    if math.isnan(worst[0]):
        said.append("the formula has no value within the tolerances, so there is no worst case")
    return tuple(said)


def _headlines(problem: Problem, answer: FirstOrder, worst: tuple[float, float], found: Sampled) -> tuple[Headline, ...]:
    stack, unit = problem.stack, problem.stack.unit
    cards: list[Headline] = []
    if found.yield_ is not None:
        outside = f"{format_value((1.0 - found.yield_) * 1e6, digits=3)} ppm outside"
        cards.append(Headline("Yield", found.yield_ * 100.0, "%", "good" if found.yield_ >= GOOD_YIELD else "bad", outside))
    if found.cpk is not None:
        cards.append(Headline("Cpk", round(found.cpk, 3), "", "good" if found.cpk >= GOOD_CPK else "bad", f"asked {GOOD_CPK:g}"))
    inside = not (worst[0] < stack.lower or worst[1] > stack.upper)
    limited = not (math.isnan(stack.lower) and math.isnan(stack.upper))
    verdict = ("good" if inside else "bad") if limited else "neutral"
    return (
        *cards,
        Headline("Nominal", nominal_of(problem), unit, note=f"mean {format_value(found.mean, unit, digits=3)}"),
        Headline("RSS ±", answer.tolerance, unit, note=f"σ {format_value(found.std, unit, digits=3)}"),
        Headline("Worst case ±", (worst[1] - worst[0]) / 2.0, unit, verdict, _span(worst, unit)),
    )


def _span(span: tuple[float, float], unit: str) -> str:
    return f"{format_value(span[0], digits=3)} … {format_value(span[1], unit, digits=3)}"


def _methods(problem: Problem, answer: FirstOrder, worst: tuple[float, float], found: Sampled) -> Table:
    unit = pretty_unit(problem.stack.unit) or "–"
    share = normal_yield(answer, problem.stack.lower, problem.stack.upper)
    rows = (
        ("Worst case", worst[0], worst[1], (worst[0] + worst[1]) / 2.0, "–", "–"),
        ("RSS", answer.mean - answer.tolerance, answer.mean + answer.tolerance, answer.mean, answer.std, _percent(share)),
        (
            f"Monte Carlo, {found.samples}",
            found.mean - 3.0 * found.std,
            found.mean + 3.0 * found.std,
            found.mean,
            found.std,
            _percent(found.yield_),
        ),
    )
    columns = ("Method", f"Low [{unit}]", f"High [{unit}]", f"Middle [{unit}]", f"Sigma [{unit}]", "Yield [%]")
    return Table("Three answers", columns, rows)


def _contributors(problem: Problem, answer: FirstOrder) -> Table:
    order = np.argsort(-answer.percent, kind="stable")
    rows = tuple(
        (
            one.name,
            format_value(one.nominal, one.unit, digits=6),
            f"{one.lower:+.4g} / {one.upper:+.4g}",
            one.distribution,
            float(answer.slopes[i]),
            float(answer.percent[i]),
        )
        for i, one in ((int(i), problem.stack.contributors[int(i)]) for i in order)
    )
    return Table("Contributors", ("Name", "Nominal", "Deviations", "Distribution", "Sensitivity", "Share [%]"), rows)


def _histogram(problem: Problem, found: Sampled) -> Figure:
    stack = problem.stack
    series = [Series("Monte Carlo", found.edges, found.counts, "histogram")]
    if found.std > 0.0:
        width = float(found.edges[1] - found.edges[0])
        x = np.linspace(found.mean - 4.5 * found.std, found.mean + 4.5 * found.std, 181)
        y = np.exp(-0.5 * ((x - found.mean) / found.std) ** 2) * (found.samples * width / (found.std * math.sqrt(2.0 * math.pi)))
        series.append(Series("Normal curve", x, y, "line"))
    marks = [("lower limit", stack.lower), ("upper limit", stack.upper), ("mean", found.mean)]
    label = f"{stack.name} [{pretty_unit(stack.unit)}]" if stack.unit else stack.name
    return Figure("Distribution", label, "Samples", tuple(series), tuple(one for one in marks if not math.isnan(one[1])))


def _contributions(problem: Problem, answer: FirstOrder) -> Figure:
    order = np.argsort(-answer.percent, kind="stable")[:20]
    bars = Series("Share of variance", np.arange(len(order), dtype=np.float64), answer.percent[order], "bars")
    return Figure("Contributions to the variance", "", "%", (bars,), x_names=tuple(problem.names[int(i)] for i in order))


def _percent(share: float | None) -> float | str:
    return "–" if share is None else share * 100.0


def _none(value: float) -> float | None:
    return None if math.isnan(value) else value
