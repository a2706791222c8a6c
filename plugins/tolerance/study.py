"""The tolerance study: from parameters (a form, a file, the command line) to worst case, RSS, Monte Carlo and contributions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.api import CharacteristicId, Column, Expression, Job, Parameter, StudyInfo, StudyResult, Twin, UserMistake, Value

from .distributions import DISTRIBUTIONS, NEEDS_SIGMA
from .monte_carlo import DrawStore, sampled
from .report import reported
from .stack import Contributor, Stack, first_order, prepared
from .stack_file import ROW, read_stack
from .worst_case import worst_case

COLUMNS = (
    Column("name", "Name", "text"),
    Column("nominal", "Nominal"),
    Column("lower", "Lower"),
    Column("upper", "Upper"),
    Column("unit", "Unit", "text"),
    Column("distribution", "Distribution", "choice", choices=DISTRIBUTIONS),
    Column("sigma", "Sigma"),
    Column("characteristic", "From the scene", "text"),
)
EXAMPLES = Path(__file__).parent / "examples"


class ToleranceStudy:
    """A one-dimensional stack by formula. Keeps draws between runs, which changes the speed and never the answer."""

    info = StudyInfo(
        "tolerance", "Tolerance stack", "Worst case, RSS, Monte Carlo, yield and contributions of a dimension.", "tolerance"
    )

    def __init__(self) -> None:
        self._store = DrawStore()

    def parameters(self, twin: Twin) -> tuple[Parameter, ...]:
        first = first_stack(twin)
        none = "; empty: none"
        return (
            Parameter(
                "scale", "All tolerances ×", "number", 1.0, lower=0.1, upper=3.0, help="Widens or narrows every tolerance at once"
            ),
            Parameter("contributors", "Contributors", "table", first["contributors"], columns=COLUMNS),
            Parameter("lower", "Lower limit", "number", first["lower"], help=f"Of the result, in its unit{none}"),
            Parameter("upper", "Upper limit", "number", first["upper"], help=f"Of the result, in its unit{none}"),
            Parameter("name", "Name", "text", first["name"]),
            Parameter(
                "expression", "Formula", "text", first["expression"], help="Over the contributors' names; angles in radians"
            ),
            Parameter("unit", "Unit of the result", "text", first["unit"]),
            Parameter("samples", "Samples", "integer", 200_000, lower=1000, upper=5_000_000, help="Of the Monte Carlo"),
        )

    def load(self, text: str) -> Mapping[str, Value]:
        return read_stack(text)

    def filled(self, twin: Twin, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """Contributors that name a characteristic of the scene, with its numbers written out, so that they can be varied."""
        rows = values["contributors"]
        if not isinstance(rows, tuple):
            return {}
        return {"contributors": tuple(_written_out(twin, row) for row in rows)}

    def run(self, twin: Twin, parameters: Mapping[str, Value], *, seed: int, job: Job) -> StudyResult:
        stack = stack_of(twin, parameters, job)
        problem = prepared(stack)
        answer = first_order(problem)
        low, high = worst_case(problem)
        found = sampled(problem, int(_number(parameters, "samples")), seed, job, self._store)
        job.progress(1.0, "writing down")
        return reported(problem, answer, (low, high), found)


def first_stack(twin: Twin) -> Mapping[str, Value]:
    """The example that suits a twin: the pack's stack where the scene has its characteristics, else the clutch."""
    pack = read_stack((EXAMPLES / "pack_lid_gap.toml").read_text(encoding="utf-8"))
    rows = pack["contributors"]
    wanted = {row[ROW.index("characteristic")] for row in rows} if isinstance(rows, tuple) else {""}
    if wanted - {""} <= set(twin.characteristics):
        return pack
    return read_stack((EXAMPLES / "one_way_clutch.toml").read_text(encoding="utf-8"))


def stack_of(twin: Twin, parameters: Mapping[str, Value], job: Job) -> Stack:
    """The stack that the parameters describe. Raises UserMistake naming the contributor and what is wrong with it."""
    rows = parameters["contributors"]
    if not isinstance(rows, tuple) or not rows:
        raise UserMistake("the stack has no contributors; add at least one")
    scale = _number(parameters, "scale")
    contributors = tuple(_contributor(twin, dict(zip(ROW, row, strict=True)), scale, job) for row in rows)
    names = [one.name for one in contributors]
    for name in names:
        if names.count(name) > 1:
            raise UserMistake(f"two contributors are named {name!r}; names must differ")
    lower, upper = _number(parameters, "lower"), _number(parameters, "upper")
    if lower > upper:
        raise UserMistake(f"the stack's lower limit {lower:g} lies above its upper limit {upper:g}; exchange them")
    return Stack(str(parameters["name"]), str(parameters["unit"]), str(parameters["expression"]), lower, upper, contributors)


def _contributor(twin: Twin, row: dict[str, Any], scale: float, job: Job) -> Contributor:
    name = row["name"]
    if not _usable(name):
        raise UserMistake(f"a contributor can't be named {name!r}; use letters, digits and _, and no function's name")
    nominal, lower, upper, unit = row["nominal"], row["lower"], row["upper"], row["unit"]
    known = twin.characteristics.get(CharacteristicId(row["characteristic"])) if row["characteristic"] else None
    if known is not None:
        nominal, lower, upper, unit = known.nominal, known.lower, known.upper, known.unit
    elif row["characteristic"]:
        job.warn(f"the scene has no characteristic {row['characteristic']!r}; {name} takes the numbers given with it")
    for key, value in (("nominal", nominal), ("lower", lower), ("upper", upper)):
        if not math.isfinite(value):
            raise UserMistake(f"contributor {name!r} has no {key!r}; give a number")
    if lower > upper:
        raise UserMistake(f"contributor {name!r}: its lower deviation {lower:g} lies above its upper {upper:g}; exchange them")
    return Contributor(name, nominal, lower * scale, upper * scale, unit, row["distribution"], _sigma(name, row, job) * scale)


def _written_out(twin: Twin, row: tuple[Any, ...]) -> tuple[Any, ...]:
    cells = dict(zip(ROW, row, strict=True))
    known = twin.characteristics.get(CharacteristicId(str(cells["characteristic"])))
    if known is None:
        return row
    cells |= {"nominal": known.nominal, "lower": known.lower, "upper": known.upper, "unit": known.unit, "characteristic": ""}
    return tuple(cells[name] for name in ROW)


def _sigma(name: str, row: dict[str, Any], job: Job) -> float:
    sigma = row["sigma"]
    if math.isnan(sigma):
        return sigma
    if not (math.isfinite(sigma) and sigma > 0.0):
        raise UserMistake(f"contributor {name!r}: sigma must be greater than 0, not {sigma:g}")
    if row["distribution"] not in NEEDS_SIGMA:
        job.warn(f"contributor {name!r} has a {row['distribution']} distribution, which its limits settle; its sigma is not used")
        return math.nan
    return float(sigma)


def _usable(name: str) -> bool:
    try:
        return Expression(name).names == (name,)
    except UserMistake:
        return False


def _number(parameters: Mapping[str, Value], name: str) -> float:
    value = parameters[name]
    if not isinstance(value, (int, float)):
        raise UserMistake(f"parameter {name!r} must be a number, not {value!r}")
    return float(value)


STUDY = ToleranceStudy()
