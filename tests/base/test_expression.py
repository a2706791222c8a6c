"""Formulas: what is refused, what is computed, and that nothing typed is ever run."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.base.expression import Expression

REFUSED = [
    "", "   ", "__import__('os').system('true')", "a.b", "a[0]", "lambda: 1", "x if y else z", "a and b", "a < b", "[1]", "1, 2",
    "True", "1j", "'a'", "f(1)", "sin(1, 2)", "sin", "sin(x=1)", "sin(*a)", "(x := 1)", "9**9**9", "2**101", "a ^ 2", "1e999",
    "a # b", "(a", "a b", "a; b", "a = b", "await a", "a @ b", "a // b", "a % b", "~a", "not a", "f'{a}'", "a\x00",
    "(" * 300 + "a" + ")" * 300, "-" * 1999 + "a", "a+" * 999 + "a", "b" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_that_what_is_no_arithmetic_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UserMistake) as mistake:
        Expression(text)
    assert "\n" not in str(mistake.value)


def test_that_a_mistake_names_its_position() -> None:
    with pytest.raises(UserMistake, match="position 5"):
        Expression("a + b.c")


def test_that_a_missing_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(UserMistake, match=r"'b'.*known names: a"):
        Expression("a + b").evaluate({"a": 1.0})


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abxyz0123456789+-*/()., _[]{}'\"=<>:;lambdasincoprt\n\t\\é", max_size=60))
def test_that_no_text_raises_anything_but_a_users_mistake(text: str) -> None:
    try:
        expression = Expression(text)
        expression.derivatives(dict.fromkeys(expression.names, 1.5))
    except UserMistake:
        return


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4 ** 2 / 8", 8.0),
        ("-2 ** 2", -4.0),
        ("2 ** -1", 0.5),
        ("min(3, 1, 2) + max(1, 5)", 6.0),
        ("hypot(3, 4)", 5.0),
        ("degrees(pi) - radians(180) + pi", 180.0),
        ("atan2(1, 1) * 4 - arccos(-1)", 0.0),
        ("log(exp(2)) + abs(-3) + sqrt(16)", 9.0),
    ],
)
def test_that_arithmetic_is_the_usual_one(text: str, value: float) -> None:
    assert Expression(text).evaluate({}) == pytest.approx(value, abs=1e-12)


def test_that_arrays_and_floats_agree() -> None:
    expression = Expression("sin(a) * b ** 2 - atan2(a, b)")
    a, b = np.linspace(-2, 2, 11), 1.7
    each = [expression.evaluate({"a": float(one), "b": b}) for one in a]
    assert np.allclose(expression.evaluate({"a": a, "b": b}), each, rtol=1e-14)


def test_that_a_domain_error_is_nan_and_no_exception() -> None:
    assert math.isnan(float(Expression("acos(a)").evaluate({"a": 2.0})))
    assert math.isinf(float(Expression("1 / a").evaluate({"a": 0.0})))


DEGREES = [("3", 0), ("2*a - b/4 + 1", 1), ("-(a + b)", 1), ("sin(2)*a", 1), ("a*b", 2), ("a/b", 2), ("sin(a)", 2)]


@pytest.mark.parametrize(("text", "degree"), DEGREES)
def test_that_a_linear_formula_is_known_as_one(text: str, degree: int) -> None:
    assert Expression(text).degree == degree


FORMS = ["a*b", "a/b", "a**b", "sqrt(a*b)", "sin(a)*cos(b)", "tan(a/9)", "asin(a/9)", "acos(b/9)", "atan(a*b)"]
FORMS += ["atan2(a, b)", "exp(a-b)", "log(a+b)", "abs(a-b)", "min(a, b)", "max(a, b*b)", "hypot(a, b)", "degrees(a)+radians(b)"]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FORMS), st.floats(0.5, 3.0), st.floats(3.1, 6.0))
def test_that_derivatives_agree_with_central_differences(text: str, a: float, b: float) -> None:
    expression = Expression(text)
    _, exact = expression.derivatives({"a": a, "b": b})
    for name in expression.names:
        ends = [float(expression.evaluate({"a": a, "b": b} | {name: {"a": a, "b": b}[name] + step})) for step in (-1e-6, 1e-6)]
        assert float(exact[name]) == pytest.approx((ends[1] - ends[0]) / 2e-6, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "converts"), [("degrees(acos(a))", True), ("180/pi*acos(a)", True), ("acos(a)*180/pi", True), ("acos(a)", False)]
)
def test_that_a_formula_that_converts_to_degrees_itself_is_known(text: str, converts: bool) -> None:
    assert Expression(text).converts_to_degrees is converts
