"""Conditions that people type: comparisons, and/or/not over formulas, with operators over time; parsed, never run as Python.

It is the grammar of `viewer.base.expression` with comparisons, logic, names with dots (`st080.state`), `channel("any id")`,
`alarm("id")` and, where the caller names them, operators such as `mean(x, 60)`. Truth has three values (Kleene 1952): 1 true, 0
false and NaN unknown; a comparison with an unknown value is unknown, `false and unknown` is false, `true or unknown` is true.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from viewer.base.errors import UserMistake
from viewer.base.expression import FUNCTIONS_OF_SIGNS
from viewer.base.expression_functions import CONSTANTS, FUNCTIONS, Value
from viewer.base.formula_text import DEEPEST, GREATEST_EXPONENT, MOST_NODES, SIGNS, Number, mistake, parsed, position, too_large

_Any = Any  # numpy's functions take and give floats and arrays alike; its stubs can't say so


@dataclass(frozen=True, slots=True)
class Channel:
    """The value of a channel (or of a name that the caller defines)."""

    id: str


@dataclass(frozen=True, slots=True)
class AlarmState:
    """1 while the alarm's condition is true, 0 while it is not."""

    id: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of the values of one moment."""

    name: str
    function: Callable[..., _Any]
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class OverTime:
    """An operator that remembers: its source, its settings by name, and where it stands in the text (from 1)."""

    name: str
    source: Tree
    settings: tuple[tuple[str, float], ...]
    position: int


Tree = Number | Channel | AlarmState | Apply | OverTime


@dataclass(frozen=True, slots=True)
class OperatorForm:
    """How an operator over time is written: name(source, required…, optional…), the optional ones also by name."""

    required: tuple[str, ...] = ()
    optional: Mapping[str, float] = field(default_factory=dict)
    """Name and default of each."""


def truth(value: _Any) -> _Any:
    """A number as truth: 0 false, NaN unknown, anything else true."""
    return np.where(np.isnan(value), np.nan, np.not_equal(value, 0.0).astype(np.float64))


def _not(a: _Any) -> _Any:
    return 1.0 - truth(a)


def _and(a: _Any, b: _Any) -> _Any:
    a, b = truth(a), truth(b)
    return np.where((a == 0.0) | (b == 0.0), 0.0, a * b)


def _or(a: _Any, b: _Any) -> _Any:
    return _not(_and(_not(a), _not(b)))


def _if(condition: _Any, a: _Any, b: _Any) -> _Any:
    known = truth(condition)
    return np.where(np.isnan(known), np.nan, np.where(known == 1.0, a, b))


def _comparison(compare: Callable[[_Any, _Any], _Any]) -> Callable[..., _Any]:
    def compared(a: _Any, b: _Any) -> _Any:
        return np.where(np.isnan(a) | np.isnan(b), np.nan, compare(a, b))

    return compared


_COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[..., _Any]]] = {
    ast.Lt: ("<", _comparison(np.less)),
    ast.LtE: ("<=", _comparison(np.less_equal)),
    ast.Gt: (">", _comparison(np.greater)),
    ast.GtE: (">=", _comparison(np.greater_equal)),
    ast.Eq: ("==", _comparison(np.equal)),
    ast.NotEq: ("!=", _comparison(np.not_equal)),
}


class Condition:
    """One condition. Immutable; any thread."""

    def __init__(self, text: str, operators: Mapping[str, OperatorForm] | None = None) -> None:
        """Raises UserMistake, naming the position, where the text is no condition of the allowed kind."""
        self.text = text
        self.tree: Tree = parse(text, operators or {})
        found = list(walk(self.tree))
        self.channels: tuple[str, ...] = tuple(dict.fromkeys(one.id for one in found if isinstance(one, Channel)))
        """Ids, in order of appearance."""
        self.alarms: tuple[str, ...] = tuple(dict.fromkeys(one.id for one in found if isinstance(one, AlarmState)))

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    def evaluate(self, channels: Mapping[str, Value], alarms: Mapping[str, Value] | None = None) -> Value:
        """1, 0 or NaN (or the formula's number where it compares nothing); arrays broadcast. Not for operators over time."""
        with np.errstate(all="ignore"):
            return evaluate(self.tree, channels, alarms or {})


def walk(tree: Tree) -> Iterator[Tree]:
    """The tree and all below it, in order of appearance."""
    yield tree
    match tree:
        case Apply(_, _, arguments):
            for one in arguments:
                yield from walk(one)
        case OverTime(_, source):
            yield from walk(source)
        case _:
            pass


def evaluate(tree: Tree, channels: Mapping[str, Value], alarms: Mapping[str, Value]) -> _Any:
    """The value of a tree without operators over time. Raises KeyError for a name without a value."""
    match tree:
        case Number(number):
            return number
        case Channel(name):
            return channels[name]
        case AlarmState(name):
            return alarms[name]
        case Apply(_, function, arguments):
            return function(*(evaluate(one, channels, alarms) for one in arguments))
        case OverTime(name):
            raise AssertionError(f"{name} needs samples over time")


def parse(text: str, operators: Mapping[str, OperatorForm]) -> Tree:
    """The tree of a condition. Raises UserMistake."""
    flat, body = parsed(text, "condition", "temperature > 60 and state == 2")
    return _Builder(flat, operators).build(body, 1)


class _Builder:
    """Turns the parser's nodes into our own, refusing what is no condition."""

    def __init__(self, text: str, operators: Mapping[str, OperatorForm]) -> None:
        self._text, self._operators, self._count = text, operators, 0

    def build(self, node: ast.expr, depth: int) -> Tree:
        self._count += 1
        if depth > DEEPEST or self._count > MOST_NODES:
            raise too_large("condition")
        match node:
            case ast.Constant(value=value):
                return self._number(node, value)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return self._name(node, name)
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(node, op, self.build(operand, depth + 1))
            case ast.BinOp(op=op, left=left, right=right) if type(op) in SIGNS:
                return self._binary(node, SIGNS[type(op)], self.build(left, depth + 1), self.build(right, depth + 1))
            case ast.BoolOp(op=op, values=values):
                name, function = ("and", _and) if isinstance(op, ast.And) else ("or", _or)
                return _folded(name, function, [self.build(one, depth + 1) for one in values])
            case ast.Compare():
                return self._compare(node, depth)
            case ast.IfExp(test=test, body=body, orelse=other):
                return Apply("if", _if, tuple(self.build(one, depth + 1) for one in (test, body, other)))
            case ast.Call(func=ast.Name(id=name)):
                return self._call(node, name, depth)
            case _:
                raise self._mistake(node, "this is not allowed; use numbers, names, + - * / **, comparisons, and, or, not")

    def _number(self, node: ast.expr, value: object) -> Number:
        if isinstance(value, bool):
            return Number(float(value))
        if isinstance(value, str):
            raise self._mistake(node, 'a text stands only in channel("…") and alarm("…")')
        if not isinstance(value, (int, float)):
            raise self._mistake(node, "only plain numbers are allowed")
        if isinstance(value, int) and abs(value) > 1 << 1000:
            raise self._mistake(node, "this number is too large")
        if not math.isfinite(float(value)):
            raise self._mistake(node, "this number is too large")
        return Number(float(value))

    def _name(self, node: ast.expr, name: str) -> Tree:
        whole = self._dotted(node)
        if whole in FUNCTIONS or whole in self._operators:
            raise self._mistake(node, f"{name} is a function; write {name}(…)")
        if whole in ("true", "false"):
            return Number(float(whole == "true"))
        return Number(CONSTANTS[whole]) if whole in CONSTANTS else Channel(whole)

    def _dotted(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=value, attr=name):
                return f"{self._dotted(value)}.{name}"
            case _:
                raise self._mistake(node, "a dot stands only within a channel's id")

    def _unary(self, node: ast.expr, op: ast.unaryop, inner: Tree) -> Tree:
        match op:
            case ast.Not():
                return Apply("not", _not, (inner,))
            case ast.USub():
                return Apply("-", FUNCTIONS_OF_SIGNS["-"].value, (inner,))
            case ast.UAdd():
                return inner
            case _:
                raise self._mistake(node, "~ is not allowed; write not")

    def _binary(self, node: ast.expr, sign: str, left: Tree, right: Tree) -> Tree:
        if sign == "**" and isinstance(right, Number) and not abs(right.value) <= GREATEST_EXPONENT:
            raise self._mistake(node, f"an exponent may be at most {GREATEST_EXPONENT:g}")
        return Apply(sign, FUNCTIONS_OF_SIGNS[f"a {sign} b"].value, (left, right))

    def _compare(self, node: ast.Compare, depth: int) -> Tree:
        sides = [self.build(one, depth + 1) for one in (node.left, *node.comparators)]
        parts: list[Tree] = []
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if type(op) not in _COMPARISONS:
                raise self._mistake(node, "in and is are not allowed; use < <= > >= == !=")
            parts.append(Apply(*_COMPARISONS[type(op)], (left, right)))
        return _folded("and", _and, parts)

    def _call(self, node: ast.Call, name: str, depth: int) -> Tree:
        if name in ("channel", "alarm"):
            return self._quoted(node, name)
        form = self._operators.get(name)
        if form is not None:
            return self._over_time(node, name, form, depth)
        function = FUNCTIONS.get(name)
        if function is None:
            known = ", ".join(sorted({*FUNCTIONS, *self._operators, "alarm", "channel"}))
            raise self._mistake(node, f"there is no function {name!r}; there are {known}")
        if node.keywords:
            raise self._mistake(node, f"{name} takes no named arguments")
        arguments = [self.build(one, depth + 1) for one in node.args]
        if function.folds and len(arguments) >= 2:
            return _folded(name, function.value, arguments)
        if len(arguments) != function.arity:
            raise self._mistake(node, f"{name} takes {function.arity} argument{'s' * (function.arity > 1)}, not {len(arguments)}")
        return Apply(name, function.value, tuple(arguments))

    def _quoted(self, node: ast.Call, name: str) -> Tree:
        match node:
            case ast.Call(args=[ast.Constant(value=str(quoted))], keywords=[]) if quoted:
                return Channel(quoted) if name == "channel" else AlarmState(quoted)
            case _:
                raise self._mistake(node, f'write {name}("its id")')

    def _over_time(self, node: ast.Call, name: str, form: OperatorForm, depth: int) -> Tree:
        names = (*form.required, *form.optional)
        written = ", ".join(("value", *form.required, *(f"{one}={value:g}" for one, value in form.optional.items())))
        if not node.args or len(node.args) - 1 > len(names):
            raise self._mistake(node, f"write {name}({written})")
        settings = dict(form.optional)
        given = [*zip(names, node.args[1:], strict=False), *((one.arg or "**", one.value) for one in node.keywords)]
        for setting, value in given:
            if setting not in names:
                raise self._mistake(node, f"{name} has no setting {setting!r}; write {name}({written})")
            settings[setting] = self._setting(value, name, setting)
        if missing := [one for one in form.required if one not in settings]:
            raise self._mistake(node, f"{name} lacks {missing[0]}; write {name}({written})")
        return OverTime(name, self.build(node.args[0], depth + 1), tuple(settings.items()), position(self._text, node))

    def _setting(self, node: ast.expr, name: str, setting: str) -> float:
        tree = self.build(node, 1)
        if any(isinstance(one, (Channel, AlarmState, OverTime)) for one in walk(tree)):
            raise self._mistake(node, f"{setting} of {name} is a plain number, not a value that changes")
        with np.errstate(all="ignore"):
            number = float(evaluate(tree, {}, {}))
        if not math.isfinite(number):
            raise self._mistake(node, f"{setting} of {name} is no finite number")
        return number

    def _mistake(self, node: ast.expr, what: str) -> UserMistake:
        return mistake(self._text, node, "condition", what)


def _folded(name: str, function: Callable[..., _Any], parts: list[Tree]) -> Tree:
    tree = parts[0]
    for one in parts[1:]:
        tree = Apply(name, function, (tree, one))
    return tree
