"""The functions and signs that formulas may use, each with its exact partial derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Value = float | NDArray[np.float64]
"""A float, or an array of any shape."""

_Any = Any  # numpy's functions take and give floats and arrays alike; its stubs can't say so


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one or two arguments. `slopes[i](value, *arguments)` is the partial derivative by argument i."""

    name: str
    value: Callable[..., _Any]
    slopes: tuple[Callable[..., _Any], ...]
    folds: bool = False
    """Takes any number of arguments from two, by folding."""

    @property
    def arity(self) -> int:
        return len(self.slopes)

    @staticmethod
    def signs() -> tuple[Function, ...]:
        """The arithmetic signs."""
        return _SIGNS


def _power_by_exponent(value: _Any, base: _Any, exponent: _Any) -> _Any:
    return value * np.log(base)


def _power_by_base(value: _Any, base: _Any, exponent: _Any) -> _Any:
    return exponent * np.power(_array(base), exponent - 1.0)


def _array(value: _Any) -> _Any:
    """Floats go through numpy, so that a domain error is NaN and an overflow infinite, never an exception."""
    return np.asarray(value, dtype=np.float64) if not isinstance(value, np.ndarray) else value


def _divide(a: _Any, b: _Any) -> _Any:
    return np.divide(a, b)


def _power(a: _Any, b: _Any) -> _Any:
    return np.power(_array(a), b)


_SIGNS = (
    Function("-", lambda a: -a, (lambda v, a: -1.0,)),
    Function("a + b", lambda a, b: a + b, (lambda v, a, b: 1.0, lambda v, a, b: 1.0)),
    Function("a - b", lambda a, b: a - b, (lambda v, a, b: 1.0, lambda v, a, b: -1.0)),
    Function("a * b", lambda a, b: a * b, (lambda v, a, b: b, lambda v, a, b: a)),
    Function("a / b", _divide, (lambda v, a, b: _divide(1.0, b), lambda v, a, b: -_divide(v, b))),
    Function("a ** b", _power, (_power_by_base, _power_by_exponent)),
)

_ASIN = Function("asin", np.arcsin, (lambda v, a: _divide(1.0, np.sqrt(1.0 - a * a)),))
_ACOS = Function("acos", np.arccos, (lambda v, a: -_divide(1.0, np.sqrt(1.0 - a * a)),))
_ATAN = Function("atan", np.arctan, (lambda v, a: _divide(1.0, 1.0 + a * a),))
_ATAN2 = Function(
    "atan2",
    np.arctan2,
    (lambda v, y, x: _divide(x, x * x + y * y), lambda v, y, x: -_divide(y, x * x + y * y)),
)

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("sqrt", np.sqrt, (lambda v, a: _divide(0.5, v),)),
        Function("sin", np.sin, (lambda v, a: np.cos(a),)),
        Function("cos", np.cos, (lambda v, a: -np.sin(a),)),
        Function("tan", np.tan, (lambda v, a: 1.0 + v * v,)),
        _ASIN,
        _ACOS,
        _ATAN,
        _ATAN2,
        Function("exp", np.exp, (lambda v, a: v,)),
        Function("log", np.log, (lambda v, a: _divide(1.0, a),)),
        Function("abs", np.abs, (lambda v, a: np.where(np.less(a, 0.0), -1.0, 1.0),)),
        Function(
            "min",
            np.minimum,
            (lambda v, a, b: np.where(np.less_equal(a, b), 1.0, 0.0), lambda v, a, b: np.where(np.less_equal(a, b), 0.0, 1.0)),
            folds=True,
        ),
        Function(
            "max",
            np.maximum,
            (
                lambda v, a, b: np.where(np.greater_equal(a, b), 1.0, 0.0),
                lambda v, a, b: np.where(np.greater_equal(a, b), 0.0, 1.0),
            ),
            folds=True,
        ),
        Function("hypot", np.hypot, (lambda v, a, b: _divide(a, v), lambda v, a, b: _divide(b, v))),
        Function("radians", np.radians, (lambda v, a: math.pi / 180.0,)),
        Function("degrees", np.degrees, (lambda v, a: 180.0 / math.pi,)),
    )
} | {"arcsin": _ASIN, "arccos": _ACOS, "arctan": _ATAN, "arctan2": _ATAN2}

CONSTANTS: dict[str, float] = {"pi": math.pi}
