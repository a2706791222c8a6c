"""The grammar of conditions: what it refuses, what it means, and what is unknown."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.base.conditions import Condition, OperatorForm, OverTime
from viewer.base.errors import UserMistake

_NAN = float("nan")
_FORMS = {"mean": OperatorForm(("seconds",)), "cusum": OperatorForm(("target", "sigma"), {"k": 0.5})}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("a >", "position"),
        ("a > 'x'", "position 5: a text stands only in"),
        ("__import__('os').system('x')", "position"),
        ("(lambda: 1)()", "not allowed"),
        ("a[0] > 1", "not allowed"),
        ("a in b", "in and is are not allowed"),
        ("~a", "write not"),
        ("a = 1", "position"),
        ("foo(a)", "there is no function 'foo'"),
        ("sqrt(a, b)", "takes 1 argument"),
        ("alarm(a)", 'write alarm\\("its id"\\)'),
        ("mean(a)", "mean lacks seconds"),
        ("mean(a, b)", "seconds of mean is a plain number"),
        ("mean(a, 1, 2)", "write mean"),
        ("cusum(a, 1, 2, q=3)", "no setting 'q'"),
        ("mean > 1", "write mean"),
        ("9**9**999 > a", "exponent"),
        ("(" * 300 + "a" + ")" * 300, "can't be read|nested"),
        ("+".join(["a"] * 600), "too many terms|nested"),
        ("a" * 2001, "at most 2000"),
    ],
)
def test_that_what_is_no_condition_is_refused_with_its_position(text: str, says: str) -> None:
    with pytest.raises(UserMistake, match=says):
        Condition(text, _FORMS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > 1 and b < 5", 1.0),
        ("1 < a < 3", 1.0),
        ("3 > a > 2", 0.0),
        ("not a == 2", 0.0),
        ("a != 2 or b == 4", 1.0),
        ("a if b > 3 else -a", 2.0),
        ("2 * a + b ** 2", 20.0),
        ("st080.r1.torque >= 7", 1.0),
        ('channel("odd id/1") == 9', 1.0),
        ('alarm("st080.hi") and true', 1.0),
        ("max(a, b, 1)", 4.0),
        ("unknown > 1", _NAN),
        ("unknown > 1 and a == 3", 0.0),
        ("unknown > 1 and a == 2", _NAN),
        ("unknown > 1 or a == 2", 1.0),
        ("not unknown", _NAN),
        ("1 / (a - 2) > 5", 1.0),
    ],
)
def test_that_a_condition_means_what_it_says(text: str, expected: float) -> None:
    values = {"a": 2.0, "b": 4.0, "st080.r1.torque": 7.0, "odd id/1": 9.0, "unknown": _NAN}
    assert float(Condition(text).evaluate(values, {"st080.hi": 1.0})) == pytest.approx(expected, nan_ok=True)


def test_that_arrays_are_compared_element_by_element() -> None:
    found = Condition("a > 1 and a < limit").evaluate({"a": np.array([0.0, 2.0, _NAN, 9.0]), "limit": 5.0})
    assert np.array_equal(np.asarray(found), [0.0, 1.0, _NAN, 0.0], equal_nan=True)


def test_that_operators_carry_their_settings_and_where_they_stand() -> None:
    tree = Condition("cusum(a.b - 1, 5, sigma=2)", _FORMS).tree
    assert isinstance(tree, OverTime)
    assert (tree.name, dict(tree.settings), tree.position) == ("cusum", {"target": 5.0, "sigma": 2.0, "k": 0.5}, 1)


def test_that_names_are_told_in_order_of_appearance() -> None:
    found = Condition('b > a and alarm("y") or alarm("x") and b > 2')
    assert (found.channels, found.alarms) == (("b", "a"), ("y", "x"))


@pytest.mark.parametrize(("text", "where"), [("mean(a, ) >", 12), ("a >", 4), ("(a > 1", 1)])
def test_that_what_lacks_at_the_end_is_told_at_the_end(text: str, where: int) -> None:
    with pytest.raises(UserMistake, match=f"at position {where};"):
        Condition(text)
