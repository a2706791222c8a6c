"""Formulas that people type: parsed into a small tree of arithmetic, never run as Python.

The text is read by Python's own parser, then every node is looked up in a list of what is allowed (numbers, names, + - * / **,
signs, parentheses and the functions of `FUNCTIONS`); anything else is refused with its position. The tree is then walked over
floats or numpy arrays. Angles are radians. Nothing here calls eval, exec or compile.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from viewer.base.errors import UserMistake
from viewer.base.expression_functions import CONSTANTS, FUNCTIONS, Function, Value
from viewer.base.formula_text import DEEPEST, GREATEST_EXPONENT, MOST_NODES, SIGNS, Number, mistake, parsed, too_large

__all__ = ["CONSTANTS", "FUNCTIONS", "Expression", "Value"]

_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "a dot",
    ast.Call: "this call",
    ast.Subscript: "square brackets",
    ast.Lambda: "lambda",
    ast.Compare: "a comparison",
    ast.BoolOp: "and/or",
    ast.IfExp: "if",
    ast.Tuple: "a comma",
    ast.List: "a list",
}

Evaluator = Callable[[Mapping[str, Value]], Value]


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or operator over its arguments."""

    function: Function
    arguments: tuple[Tree, ...]


Tree = Number | Name | Apply


class Expression:
    """One formula. Immutable; any thread."""

    def __init__(self, text: str) -> None:
        """Raises UserMistake, naming the position, where the text is no formula of the allowed kind."""
        self.text = text
        self.tree: Tree = _parse(text)
        self.names: tuple[str, ...] = tuple(dict.fromkeys(_names(self.tree)))
        """Variables, in order of appearance."""
        self.degree: int = _degree(self.tree)
        """0 where it holds no variable, 1 where it is linear in all of them, 2 for anything else."""
        self._evaluate: Evaluator = _compiled(self.tree)

    @property
    def converts_to_degrees(self) -> bool:
        """Whether its outermost step turns radians into degrees: degrees(…), or a product with 180 / pi."""
        root = self.tree.function.name if isinstance(self.tree, Apply) else ""
        return root == "degrees" or math.isclose(_outer_factor(self.tree), 180.0 / math.pi, rel_tol=1e-6)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """The value: a float, or an array where any of the values is one (they broadcast).

        Outside a function's domain it is NaN or infinite, without a warning. Raises UserMistake where a name has no value.
        """
        self._need(values)
        with np.errstate(all="ignore"):
            return self._evaluate(values)

    def derivatives(self, values: Mapping[str, Value]) -> tuple[Value, dict[str, Value]]:
        """The value and its exact partial derivative by each name (forward-mode differentiation), at these values.

        At a kink (abs at 0, min and max of equals) one of the two sides is given. Raises UserMistake where a name has no value.
        """
        self._need(values)
        with np.errstate(all="ignore"):
            value, partial = _dual(self.tree, values)
        return value, {name: partial.get(name, 0.0) for name in self.names}

    def _need(self, values: Mapping[str, Value]) -> None:
        for name in self.names:
            if name not in values:
                known = ", ".join(sorted(values)) or "none"
                raise UserMistake(f"the formula uses {name!r}, which is not defined; known names: {known}; formula: {self.text}")


def _parse(text: str) -> Tree:
    flat, body = parsed(text, "formula", "a - b - c", (("#", "leave comments out"), ("^", "write ** for a power")))
    return _Builder(flat).build(body, 1)


class _Builder:
    """Turns the parser's nodes into our own, refusing what is not arithmetic."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._count = 0

    def build(self, node: ast.expr, depth: int) -> Tree:
        self._count += 1
        if depth > DEEPEST or self._count > MOST_NODES:
            raise too_large("formula")
        match node:
            case ast.Constant(value=value):
                return self._number(node, value)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                inner = self.build(operand, depth + 1)
                return Apply(FUNCTIONS_OF_SIGNS["-"], (inner,)) if isinstance(sign, ast.USub) else inner
            case ast.BinOp(op=op, left=left, right=right) if type(op) in SIGNS:
                return self._binary(node, SIGNS[type(op)], self.build(left, depth + 1), self.build(right, depth + 1))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(node, name, [self.build(one, depth + 1) for one in arguments])
            case _:
                raise self._mistake(
                    node, f"{_REFUSED.get(type(node), 'this')} is not allowed; use numbers, names, + - * / ** and functions"
                )

    def _number(self, node: ast.expr, value: object) -> Number:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._mistake(node, "only plain numbers are allowed")
        try:
            number = float(value)
        except OverflowError as error:
            raise self._mistake(node, "this number is too large") from error
        if not math.isfinite(number):
            raise self._mistake(node, "this number is too large")
        return Number(number)

    def _name(self, node: ast.expr, name: str) -> Tree:
        if name in FUNCTIONS:
            raise self._mistake(node, f"{name} is a function; write {name}(…)")
        return Number(CONSTANTS[name]) if name in CONSTANTS else Name(name)

    def _binary(self, node: ast.expr, sign: str, left: Tree, right: Tree) -> Tree:
        if sign == "**":
            exponent = _constant(right)
            if exponent is not None and not abs(exponent) <= GREATEST_EXPONENT:
                raise self._mistake(node, f"an exponent may be at most {GREATEST_EXPONENT:g}")
        return Apply(FUNCTIONS_OF_SIGNS[f"a {sign} b"], (left, right))

    def _call(self, node: ast.expr, name: str, arguments: list[Tree]) -> Tree:
        function = FUNCTIONS.get(name)
        if function is None:
            raise self._mistake(node, f"there is no function {name!r}; there are {', '.join(sorted(FUNCTIONS))}")
        if function.folds and len(arguments) >= 2:
            folded = arguments[0]
            for one in arguments[1:]:
                folded = Apply(function, (folded, one))
            return folded
        if len(arguments) != function.arity:
            raise self._mistake(node, f"{name} takes {function.arity} argument{'s' * (function.arity > 1)}, not {len(arguments)}")
        return Apply(function, tuple(arguments))

    def _mistake(self, node: ast.expr, what: str) -> UserMistake:
        return mistake(self._text, node, "formula", what)


FUNCTIONS_OF_SIGNS: dict[str, Function] = {function.name: function for function in Function.signs()}


def _constant(tree: Tree) -> float | None:
    """The tree's value where it holds no variable."""
    if _degree(tree) > 0:
        return None
    with np.errstate(all="ignore"):
        return float(_compiled(tree)({}))


def _outer_factor(tree: Tree) -> float:
    """Product of the constant factors of the outermost product; 1 where there are none."""
    match tree:
        case Number(number):
            return number
        case Apply(Function(name="a * b"), (left, right)):
            return _outer_factor(left) * _outer_factor(right)
        case Apply(Function(name="a / b"), (left, right)) if divisor := _constant(right):
            return _outer_factor(left) / divisor
        case _:
            return 1.0


def _names(tree: Tree) -> list[str]:
    match tree:
        case Number():
            return []
        case Name(name):
            return [name]
        case Apply(_, arguments):
            return [name for one in arguments for name in _names(one)]


def _degree(tree: Tree) -> int:
    match tree:
        case Number():
            return 0
        case Name():
            return 1
        case Apply(function, arguments):
            degrees = [_degree(one) for one in arguments]
            match function.name:
                case "-" | "a + b" | "a - b":
                    return max(degrees)
                case "a * b":
                    return min(2, sum(degrees))
                case "a / b" if degrees[1] == 0:
                    return degrees[0]
                case _:
                    return 2 if any(degrees) else 0


def _compiled(tree: Tree) -> Evaluator:
    match tree:
        case Number(number):
            return lambda _: number
        case Name(name):
            return lambda values: values[name]
        case Apply(function, (only,)):
            one, inner = function.value, _compiled(only)
            return lambda values: one(inner(values))
        case Apply(function, (first, second)):
            two, left, right = function.value, _compiled(first), _compiled(second)
            return lambda values: two(left(values), right(values))
        case Apply(function):
            raise AssertionError(f"{function.name} has neither one nor two arguments")


def _dual(tree: Tree, values: Mapping[str, Value]) -> tuple[Value, dict[str, Value]]:
    match tree:
        case Number(number):
            return number, {}
        case Name(name):
            return values[name], {name: 1.0}
        case Apply(function, arguments):
            duals = [_dual(one, values) for one in arguments]
            inputs = [value for value, _ in duals]
            value = function.value(*inputs)
            total: dict[str, Value] = {}
            for slope_of, (_, inner) in zip(function.slopes, duals, strict=True):
                if inner:
                    slope = slope_of(value, *inputs)
                    for name, partial in inner.items():
                        total[name] = total[name] + slope * partial if name in total else slope * partial
            return value, total
