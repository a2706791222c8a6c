"""The study contract: what a study declares, what it is given, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.base.job import Job
from viewer.twin.edits import Edit
from viewer.twin.model import Twin

ParameterKind = Literal["number", "integer", "flag", "choice", "text", "file", "node", "station", "characteristic", "table"]
Value = float | int | bool | str | tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table parameter."""

    name: str
    title: str
    kind: Literal["number", "integer", "flag", "choice", "text"] = "number"
    unit: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a study, from which the form, the command line and the sweep are made."""

    name: str
    title: str
    kind: ParameterKind = "number"
    default: Value = 0.0
    unit: str = ""
    lower: float | None = None
    upper: float | None = None
    """Bounds in the unit, inclusive; with both, the form shows a slider."""
    choices: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    """Of a table parameter."""
    help: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve, bar set or histogram of a figure."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    kind: Literal["line", "points", "bars", "histogram", "area"] = "line"
    """A histogram has len(x) == len(y) + 1 bin edges."""


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A figure as data; whoever shows it chooses colours."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    x_marks: tuple[tuple[str, float], ...] = ()
    """Named vertical lines: limits, nominal, mean."""
    x_names: tuple[str, ...] = ()
    """Category names where x counts 0, 1, 2 …"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with units in its headings; cells are numbers or text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[float | str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class NodeField:
    """One scalar per node to lay over the scene."""

    title: str
    unit: str
    nodes: tuple[NodeId, ...]
    values: NDArray[np.float64]
    """(nodes,), NaN where there is none."""
    colour_map: str = "viridis"


@dataclass(frozen=True, slots=True)
class Headline:
    """One number a person looks for first, as shown on a card."""

    title: str
    value: float
    unit: str = ""
    verdict: Literal["good", "bad", "neutral"] = "neutral"
    note: str = ""
    """A few words below the number: what it is measured by, or what it was before."""


@dataclass(frozen=True, slots=True, eq=False)
class StudyResult:
    """What a study found. `summary` is what --json prints: plain dicts, lists, numbers and text."""

    summary: Mapping[str, Any]
    headlines: tuple[Headline, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    fields: tuple[NodeField, ...] = ()
    proposed: tuple[Edit, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StudyInfo:
    """What a study is, known before its code is imported."""

    id: str
    title: str
    description: str
    plugin: str = ""
    properties: Mapping[str, str] = field(default=Map())


class Study(Protocol):
    """A study. Pure: the same twin, parameters and seed give the same result; no Qt, no VTK, no global state."""

    info: StudyInfo

    def parameters(self, twin: Twin) -> tuple[Parameter, ...]:
        """What it asks for, with defaults that suit this twin. Fast (under 50 ms)."""
        ...

    def load(self, text: str) -> Mapping[str, Value]:
        """Parameter values from an input file's text (`--input FILE`). Raises UserMistake naming the key and line."""
        ...

    def run(self, twin: Twin, parameters: Mapping[str, Value], *, seed: int, job: Job) -> StudyResult:
        """The answer. Raises UserMistake for parameters out of bounds, Cancelled."""
        ...
