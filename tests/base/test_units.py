import math

import numpy as np
import pytest

from viewer.base.errors import UserMistake
from viewer.base.units import (
    LENGTH_M,
    check_unit,
    convert,
    format_number,
    format_value,
    grouped,
    pretty_unit,
    same_kind,
    without_groups,
)


@pytest.mark.parametrize("unit", ["fathomless", "N**", "(", "m/", "__import__('os')"])
def test_that_a_unit_nobody_knows_is_one_sentence(unit: str) -> None:
    with pytest.raises(UserMistake, match="unknown unit") as caught:
        check_unit(unit)
    assert "\n" not in str(caught.value)


def test_that_lengths_do_not_become_times() -> None:
    with pytest.raises(UserMistake, match="they measure different things"):
        convert(1.0, "mm", "s")
    assert not same_kind("mm", "s")
    assert same_kind("mm", "inch")


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "expected"),
    [
        (25.0, "degC", "K", 298.15),
        (212.0, "degF", "degC", 100.0),
        (-40.0, "degC", "degF", -40.0),
        (1.0, "inch", "mm", 25.4),
        (180.0, "deg", "rad", math.pi),
        (25.0, "N*m", "N*mm", 25_000.0),
        (1.0, "bar", "Pa", 1e5),
        (50.0, "percent", "", 0.5),
        (1.0, "1/min", "Hz", 1.0 / 60.0),
        (36.0, "km/h", "m/s", 10.0),
    ],
)
def test_that_conversions_meet_their_definitions(value: float, from_unit: str, to_unit: str, expected: float) -> None:
    assert convert(value, from_unit, to_unit) == pytest.approx(expected, rel=1e-12)


def test_that_arrays_convert_at_once_with_the_offset() -> None:
    np.testing.assert_allclose(convert(np.array([0.0, 100.0]), "degC", "degF"), [32.0, 212.0])


def test_that_every_length_unit_of_geometry_files_agrees_with_pint() -> None:
    for unit, metres in LENGTH_M.items():
        assert convert(1.0, unit, "m") == pytest.approx(metres, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "written"),
    [("N*m", "N·m"), ("degC", "°C"), ("m**2", "m²"), ("kg/m^3", "kg/m³"), ("1/min", "1/min"), ("Pa*m**3/s", "Pa·m³/s"), ("", "")],
)
def test_that_units_are_written_for_people(unit: str, written: str) -> None:
    assert pretty_unit(unit) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (25.312345, "25.31"),
        (0.0012345, "0.001234"),
        (123456.7, "123457"),
        (0.0, "0"),
        (-3.5, "−3.5"),
        (1e-7, "1·10⁻⁷"),
        (2.5e12, "2.5·10¹²"),
        (float("nan"), "–"),
        (float("-inf"), "−∞"),
        (-0.0, "0"),
    ],
)
def test_that_numbers_have_sensible_digits(value: float, written: str) -> None:
    assert format_number(value) == written


def test_that_degrees_and_percent_stand_close_and_words_apart() -> None:
    assert format_value(12.0, "deg") == "12°"
    assert format_value(99.5, "percent") == "99.5%"
    assert format_value(25.0, "N*m") == "25 N·m"
    assert format_value(float("nan"), "N*m") == "–"


@pytest.mark.parametrize(
    ("number", "decimals", "written"),
    [(999, 0, "999"), (5385, 0, "5\u202f385"), (-1234.5, 2, "\u22121\u202f234.50"), (8_800_000, 0, "8\u202f800\u202f000")],
)
def test_that_thousands_are_apart_by_narrow_spaces_and_read_back(number: float, decimals: int, written: str) -> None:
    assert grouped(number, decimals) == written
    assert float(without_groups(written)) == number
