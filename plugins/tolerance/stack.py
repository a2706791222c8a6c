"""A tolerance stack: a formula over contributors, brought to computing units, with its first-order answers.

Units: angles enter the formula in radians. Every other kind of quantity enters in one unit: the stack's own where it is of
that kind, else that of the first contributor of the kind; a bare number in the formula counts in that unit. The result is taken
in the stack's unit, and where that is an angle, in radians, which are then converted, unless the formula converts itself by
degrees(…) or by an outermost factor 180/pi.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.api import Expression, UserMistake, convert, same_kind

from .distributions import standard_deviation

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contributor:
    """One dimension of a stack; `lower` and `upper` are deviations from nominal. NaN sigma takes (upper - lower) / 6."""

    name: str
    nominal: float
    lower: float
    upper: float
    unit: str = ""
    distribution: str = "normal"
    sigma: float = math.nan


@dataclass(frozen=True, slots=True)
class Stack:
    """A formula with limits of its result (NaN where there is none), all in `unit`."""

    name: str
    unit: str
    expression: str
    lower: float
    upper: float
    contributors: tuple[Contributor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A stack in computing units; arrays are (contributors,). `function` gives the result in the stack's unit."""

    stack: Stack
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    nominal: Array
    low: Array
    high: Array
    sigma: Array
    """Parameter of the normal distributions."""
    deviation: Array
    """Standard deviation of each contributor."""
    formula: Expression
    factor: float
    """Stack's unit from the formula's value."""

    @property
    def centre(self) -> Array:
        """The middle of each zone, where the distributions are centred."""
        return (self.low + self.high) / 2.0

    @property
    def half_width(self) -> Array:
        """Half of each zone."""
        return (self.high - self.low) / 2.0

    @property
    def is_linear(self) -> bool:
        """Whether the formula is linear in all contributors."""
        return self.formula.degree <= 1

    def value(self, points: Array) -> Array:
        """The result at points (…, contributors): an array (…)."""
        values = {name: points[..., i] for i, name in enumerate(self.names)}
        return np.broadcast_to(np.asarray(self.formula.evaluate(values), dtype=np.float64) * self.factor, points.shape[:-1])

    def slopes(self, points: Array) -> Array:
        """Exact partial derivatives at points (…, contributors), of the same shape, stack's unit per computing unit."""
        values = {name: points[..., i] for i, name in enumerate(self.names)}
        _, partial = self.formula.derivatives(values)
        columns = [np.broadcast_to(np.asarray(partial.get(name, 0.0)), points.shape[:-1]) for name in self.names]
        return np.stack(columns, axis=-1) * self.factor


def prepared(stack: Stack) -> Problem:
    """The stack in computing units. Raises UserMistake naming what does not fit."""
    formula = Expression(stack.expression)
    names = tuple(one.name for one in stack.contributors)
    for name in formula.names:
        if name not in names:
            raise UserMistake(
                f"the expression uses {name!r}, and no contributor has that name; there are {', '.join(names) or 'none'}"
            )
    units = _computing_units(stack)
    columns = [_converted(one, unit) for one, unit in zip(stack.contributors, units, strict=True)]
    nominal, low, high, sigma = (np.array(column, dtype=np.float64) for column in zip(*columns, strict=True))
    kinds = tuple(one.distribution for one in stack.contributors)
    half = (high - low) / 2.0
    deviation = np.array([standard_deviation(k, float(w), float(s)) for k, w, s in zip(kinds, half, sigma, strict=True)])
    problem = Problem(stack, names, kinds, nominal, low, high, sigma, deviation, formula, _result_factor(stack, formula))
    if not math.isfinite(float(problem.value(nominal))):
        raise UserMistake(f"the expression has no value at the nominal dimensions; check them and {stack.expression}")
    return problem


def _computing_units(stack: Stack) -> list[str]:
    chosen: list[str] = [] if _is_angle(stack.unit) else [stack.unit]
    result: list[str] = []
    for one in stack.contributors:
        if _is_angle(one.unit):
            result.append("rad")
            continue
        known = next((unit for unit in chosen if same_kind(unit, one.unit)), None)
        if known is None:
            chosen.append(one.unit)
        result.append(known if known is not None else one.unit)
    return result


def _converted(one: Contributor, unit: str) -> tuple[float, float, float, float]:
    def to(value: float) -> float:
        return float(convert(value, one.unit, unit))

    nominal, low, high = to(one.nominal), to(one.nominal + one.lower), to(one.nominal + one.upper)
    sigma = (one.upper - one.lower) / 6.0 if math.isnan(one.sigma) else one.sigma
    return nominal, low, high, abs(to(one.nominal + sigma) - nominal)


def _is_angle(unit: str) -> bool:
    """An angle is dimensionless to pint; so it is told by name."""
    return unit in ("rad", "radian", "deg", "degree", "mrad", "arcmin", "arcminute", "arcsec", "arcsecond", "°", "grad", "gon")


def _result_factor(stack: Stack, formula: Expression) -> float:
    if not _is_angle(stack.unit) or formula.converts_to_degrees:
        return 1.0
    return float(convert(1.0, "rad", stack.unit))


@dataclass(frozen=True, slots=True, eq=False)
class FirstOrder:
    """The linearised answer at the middle of the zones, in the stack's unit."""

    mean: float
    tolerance: float
    """Root of the sum of squares of slope times half width: the result lies within mean ± this."""
    std: float
    slopes: Array
    percent: Array
    """Share of each contributor in the variance; sums to 100 unless nothing varies."""


def first_order(problem: Problem) -> FirstOrder:
    """RSS and contributions by exact derivatives (Chase & Parkinson 1991, Res. Eng. Design 3:23-37, root sum squares)."""
    slopes = problem.slopes(problem.centre)
    if not np.isfinite(slopes).all():
        raise UserMistake(f"the expression has no slope at the middle of the tolerances; check {problem.stack.expression}")
    variance = (slopes * problem.deviation) ** 2
    total = float(variance.sum())
    percent = variance / total * 100.0 if total > 0.0 else np.zeros_like(variance)
    tolerance = math.sqrt(float(((slopes * problem.half_width) ** 2).sum()))
    return FirstOrder(float(problem.value(problem.centre)), tolerance, math.sqrt(total), slopes, percent)
