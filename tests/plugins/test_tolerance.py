"""The tolerance plugin against published and closed-form answers; wrong stacks first."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.base.paths import bundled
from viewer.plugin_host.registry import find_plugins
from viewer.studies.parameters import settled
from viewer.twin.model import Twin

CLUTCH = bundled("plugins") / "tolerance" / "examples" / "one_way_clutch.toml"
STUDY: Any = find_plugins().load("tolerance")


def summary(text: str, seed: int = 0, **values: object) -> Any:
    given = dict(STUDY.load(text)) | values
    return STUDY.run(Twin(), settled(STUDY.parameters(Twin()), given), seed=seed, job=SilentJob()).summary


def stack(expression: str, *rows: str, unit: str = "mm", limits: str = "") -> str:
    parts = [f'[stack]\nname = "S"\nunit = "{unit}"\nexpression = "{expression}"\n{limits}\n']
    return "".join(parts + [f"[[contributor]]\n{row}\n" for row in rows])


def row(name: str, nominal: float, tolerance: float, kind: str = "normal", unit: str = "mm", more: str = "") -> str:
    deviations = f"lower = {-tolerance}\nupper = {tolerance}"
    return f'name = "{name}"\nnominal = {nominal}\n{deviations}\nunit = "{unit}"\ndistribution = "{kind}"\n{more}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[stack\n", "not valid TOML"),
        ("[[contributor]]\n", r"no \[stack\]"),
        (stack("a", row("a", 1, 0.1, kind="weird")), "line 12: unknown distribution 'weird'"),
        (stack("a", 'nominal = 1\nlower = 0\nupper = 0'), "contributor 1 has no 'name'"),
        (stack("a", row("a", 1, 0.1, more="colour = 1")), "line 13: .*unknown key 'colour'"),
        (stack("a", row("a", 1, 0.1).replace("nominal = 1", 'nominal = "1"')), "line 8: 'nominal' must be a number"),
        (stack("a + b", row("a", 1, 0.1)), "uses 'b'"),
        (stack("a", row("a", 1, 0.1), row("a", 1, 0.1)), "two contributors are named 'a'"),
        (stack("a", row("a", 1, -0.1)), "exchange them"),
        (stack("a", row("a", 1, 0.1, more="sigma = -1")), "sigma must be greater than 0"),
        (stack("pi", row("pi", 1, 0.1)), "can't be named 'pi'"),
        (stack("a", row("a", 1, 0.1, unit="furlongish")), "unknown unit"),
        (stack("a", row("a", 1, 0.1), limits="lower = 2\nupper = 1"), "lies above its upper"),
        (stack("acos(a)", row("a", 2, 0.1)), "no value at the nominal"),
    ],
)  # fmt: skip
def test_that_a_wrong_stack_is_told_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UserMistake, match=said):
        summary(text, samples=1000)


def test_that_the_one_way_clutch_gives_the_published_figures() -> None:
    found = summary(CLUTCH.read_text(encoding="utf-8"))
    assert found["nominal"] == pytest.approx(7.018, abs=5e-4)
    assert found["worst_case"]["min"] == pytest.approx(5.136, abs=5e-4)
    assert found["worst_case"]["max"] == pytest.approx(8.490, abs=5e-4)
    assert found["rss"]["upper"] - found["nominal"] == pytest.approx(1.069, abs=5e-4)
    assert found["nominal"] - found["rss"]["lower"] == pytest.approx(1.069, abs=5e-4)
    assert found["monte_carlo"]["mean"] == pytest.approx(7.009, abs=4 * found["monte_carlo"]["standard_error"])
    assert found["monte_carlo"]["std"] == pytest.approx(0.358, abs=0.0025)
    assert sum(found["contributions"].values()) == pytest.approx(100.0)


@pytest.mark.parametrize("formula", ["degrees(acos((h+(r1+r2)/2)/(c-(r1+r2)/2)))", "180/pi*acos((h+(r1+r2)/2)/(c-(r1+r2)/2))"])
def test_that_a_formula_that_converts_itself_is_not_converted_twice(formula: str) -> None:
    assert summary(CLUTCH.read_text(encoding="utf-8"), samples=1000, expression=formula)["nominal"] == pytest.approx(
        7.018, abs=5e-4
    )


def test_that_a_linear_sum_of_normals_has_the_exact_sigma_and_yield() -> None:
    text = stack("a - b + 2*c", row("a", 10, 0.3), row("b", 4, 0.6), row("c", 1, 0.15), limits="lower = 7.6\nupper = 8.4")
    found = summary(text)
    sigma = math.sqrt(0.1**2 + 0.2**2 + 0.1**2)
    share = math.erf(0.4 / sigma / math.sqrt(2))
    assert found["first_order"]["std"] == pytest.approx(sigma)
    assert found["first_order"]["yield"] == pytest.approx(share)
    assert found["monte_carlo"]["std"] == pytest.approx(sigma, rel=0.01)
    low, high = found["monte_carlo"]["yield_interval_95"]
    assert low - 0.001 < share < high + 0.001
    assert found["worst_case"] == {"min": pytest.approx(6.8), "max": pytest.approx(9.2)}
    assert found["first_order"]["cp"] == pytest.approx(0.8 / (6 * sigma))


def test_that_a_sum_of_uniforms_is_irwin_halls() -> None:
    text = stack("a + b + c", *(row(n, 0.5, 0.5, "uniform") for n in "abc"), limits="lower = 0\nupper = 1")
    found = summary(text)["monte_carlo"]
    assert found["std"] == pytest.approx(math.sqrt(3 / 12), rel=0.01)
    assert found["yield"] == pytest.approx(1 / 6, abs=5 * found["standard_errors"]["yield"])  # P(U1+U2+U3 <= 1) = 1/3!


@pytest.mark.parametrize(
    ("kind", "more", "sigma"),
    [
        ("uniform", "", 3 / math.sqrt(3)),
        ("triangular", "", 3 / math.sqrt(6)),
        ("arcsine", "", 3 / math.sqrt(2)),
        ("normal", "sigma = 2", 2.0),
        ("truncated normal", "sigma = 1.5", 1.5 * math.sqrt(1 - 4 * 0.05399096651318806 / 0.9544997361036416)),
        ("truncated normal", "sigma = 6", 6 * math.sqrt(1 - 2 * 0.5 * 0.3520653267642995 / 0.3829249225480262)),
    ],
)
def test_that_each_distribution_has_its_sigma(kind: str, more: str, sigma: float) -> None:
    found = summary(stack("a", row("a", 10, 3, kind, more=more)))
    assert found["first_order"]["std"] == pytest.approx(sigma, rel=1e-9)
    assert found["monte_carlo"]["std"] == pytest.approx(sigma, rel=0.01)


def test_that_the_worst_case_inside_the_box_is_found() -> None:
    found = summary(stack("(a - 1)**2 + sin(3*b)", row("a", 1.2, 1), row("b", 0.5, 0.6)), samples=1000)
    assert found["worst_case"]["min"] == pytest.approx(math.sin(-0.3), abs=1e-9)
    assert found["worst_case"]["max"] == pytest.approx(1.2**2 + 1.0, abs=1e-6)


def test_that_units_are_brought_together() -> None:
    found = summary(stack("a - b - 0.5", row("a", 1, 0.01, unit="inch"), row("b", 2, 0.1, unit="cm")), samples=1000)
    assert found["nominal"] == pytest.approx(25.4 - 20 - 0.5)
    assert found["worst_case"]["max"] == pytest.approx(25.654 - 19 - 0.5)
    lever = summary(stack("100 * sin(a)", row("a", 30, 1, unit="deg")), samples=1000)
    assert lever["nominal"] == pytest.approx(50.0)


def test_that_an_asymmetric_tolerance_is_centred_for_statistics_and_not_for_the_nominal() -> None:
    text = stack("a", 'name = "a"\nnominal = 10\nlower = 0\nupper = 0.6\nunit = "mm"')
    found = summary(text)
    assert found["nominal"] == 10.0
    assert found["rss"]["lower"] == pytest.approx(10.0) and found["rss"]["upper"] == pytest.approx(10.6)
    assert found["monte_carlo"]["mean"] == pytest.approx(10.3, abs=0.002)


def test_that_without_limits_there_is_no_yield() -> None:
    found = summary(stack("a", row("a", 10, 3)), samples=1000)["monte_carlo"]
    assert found["yield"] is None and found["ppm"] is None and found["cp"] is None and found["cpk"] is None


def test_that_the_samples_of_a_large_sum_agree_with_plain_numpy() -> None:
    names = [f"x{i}" for i in range(30)]
    found = summary(stack(" + ".join(names), *(row(n, 1000, 0.3) for n in names)))["monte_carlo"]
    plain = np.random.default_rng(5).normal(0.0, 0.1, (200_000, 30)).sum(axis=1)
    assert found["mean"] == pytest.approx(30_000.0, abs=5 * found["standard_error"])
    assert found["std"] == pytest.approx(float(plain.std()), rel=0.01)


def test_that_bundled_examples_run(tmp_path: Path) -> None:
    for path in find_plugins().examples("tolerance"):
        assert 0.9 < summary(path.read_text(encoding="utf-8"), samples=20_000)["monte_carlo"]["yield"] <= 1.0
