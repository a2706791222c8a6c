"""Which column of a table is the time and which become channels, and rows of cells as samples of those."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.replay.cells import MOST_TEXTS, States, is_missing, is_number, numbers
from viewer.edge.replay.recording import Column, Piece, Remarks, known, matched
from viewer.edge.replay.times import NO_TIME, SINCE_START, Clockwork, guessed, start_of
from viewer.edge.tags import Tag

Cells = Sequence[str] | NDArray[Any]
"""One column of some rows: texts, float64 numbers, or datetime64."""
_TIME_NAME = re.compile(
    r"(test|total|elapsed|record|rel\w*|abs\w*)?[ _]?(date|time|timestamp|datetime|zeit|t|ts|x_value)(?![a-z]).*", re.I
)
_OF_UNIT: Final = {
    "ms": "milliseconds",
    "us": "microseconds",
    "min": "minutes",
    "minute": "minutes",
    "h": "hours",
    "hour": "hours",
}
_REGULAR: Final = 0.98
_LEAST_PERIOD_S: Final = 1e-9
_LONGEST_PERIOD_S: Final = 1e6


@dataclass(frozen=True, slots=True)
class Wish:
    """What the configuration says of columns and times."""

    tags: tuple[Tag, ...] = ()
    """Empty takes all columns."""
    bare: frozenset[str] = frozenset()
    """Channels whose unit and period are not said: `unit:id` and `period:id`."""
    prefix: str = ""
    time: str = ""
    date: str = ""
    """A column of dates, where `time` has times of day only."""
    time_format: str = "auto"
    zone: str = "UTC"
    start: str = ""
    period_s: float = 0.0
    to_now: bool = False
    """Whether the recording's times are shifted to now, so that a start need not be known."""
    slow: float = 1.0
    """How much longer a period lasts than it did."""


class Layout:
    """Of the first file of a recording; `fit` takes it over to the next ones."""

    def __init__(self, columns: Sequence[Column], sample: Sequence[Cells], wish: Wish, decimal: str = ".") -> None:
        """`sample`: the columns' cells in the first rows. Raises UserMistake where a column or the time isn't there."""
        self._wish, self._decimal = wish, decimal
        self._time = _place_of_time(columns, sample, wish, decimal)
        self._date = matched([Tag(wish.date, "date")], columns, "recording")[0] if wish.date else None
        self._clock = _clockwork(columns, self._of_time(lambda place: sample[place]), self._time, wish, decimal)
        tags = list(wish.tags) or [
            Tag(one.name, wish.prefix + one.name, one.unit)
            for place, one in enumerate(columns)
            if place not in (self._time, self._date) and not _is_idle(one, sample[place])
        ]
        if not tags:
            raise UserMistake(f"the recording has no column beside its time: {known(columns)}")
        self._places = matched(tags, columns, "recording")
        if self._time is not None and self._time in self._places and not wish.tags:
            raise UserMistake("the time can't be a channel of its own")
        times = self._times(lambda place: sample[place], 0, len(sample[0]) if sample else 0)
        period_s = _period_s(times) * wish.slow
        self._states: list[States | None] = []
        self._tags: list[Tag] = []
        for tag, place in zip(tags, self._places, strict=True):
            column = columns[place]
            is_state = bool(tag.states or column.texts)
            self._states.append(States(tag.states or _truths(column.texts), fixed=bool(tag.states)) if is_state else None)
            said = bool(wish.tags)
            self._tags.append(
                replace(
                    tag,
                    unit="" if is_state else column.unit if f"unit:{tag.channel}" in wish.bare else tag.unit,
                    kind="state" if is_state and tag.kind == "measurement" else tag.kind,
                    period_s=tag.period_s if said and f"period:{tag.channel}" not in wish.bare else period_s,
                )
            )

    @property
    def tags(self) -> tuple[Tag, ...]:
        """What becomes channels; states that have been found stand in their definition."""
        return tuple(
            tag
            if states is None
            else replace(tag, states=states.texts, definition=tag.definition or _numbered(states.texts))
            for tag, states in zip(self._tags, self._states, strict=True)
        )  # fmt: skip

    def fit(self, columns: Sequence[Column], decimal: str) -> None:
        """Go on with a file that has these columns. Raises UserMistake where one is missing."""
        self._places = matched(self._tags, columns, "next file of the recording")
        self._decimal, self._clock = decimal, replace(self._clock, decimal=decimal)
        if self._wish.time:
            self._time = matched([Tag(self._wish.time, "time")], columns, "next file of the recording")[0]

    def piece(self, cells: Callable[[int], Cells], first: int, count: int, remarks: Remarks) -> Piece:
        """Rows from the `first` on, of which `cells` gives columns by their place."""
        t_ns = self._times(cells, first, count)
        values = np.empty((count, len(self._places)))
        for at, (place, states) in enumerate(zip(self._places, self._states, strict=True)):
            values[:, at] = self._values(cells(place), states, remarks)
        there = t_ns != NO_TIME
        if not there.all():
            missing = int(count - there.sum())
            remarks.no_time += missing
            remarks.counts["rows have no time that can be read and are left out"] += missing
            t_ns, values = t_ns[there], values[there]
        return Piece.of_rows(t_ns, values)

    def _values(self, cells: Cells, states: States | None, remarks: Remarks) -> NDArray[np.float64]:
        if states is not None:
            return states.numbers([str(cell) for cell in cells])
        if isinstance(cells, np.ndarray):
            return cells.astype(np.float64)
        values = numbers(cells, self._decimal)
        bad = np.flatnonzero(np.isnan(values))
        words = sum(not is_missing(cells[at]) for at in bad.tolist())
        remarks.counts["cells are no numbers and are of bad quality"] += words
        remarks.counts["cells are empty and of bad quality"] += len(bad) - words
        return values

    def _times(self, cells: Callable[[int], Cells], first: int, count: int) -> NDArray[np.int64]:
        if self._time is None:
            return self._clock.of_rows(first, count)
        column = self._of_time(cells)
        if isinstance(column, np.ndarray) and column.dtype.kind == "M":
            t_ns = column.astype("datetime64[ns]").astype(np.int64)
            return np.where(np.isnat(column) | (t_ns < 0), NO_TIME, t_ns)
        if isinstance(column, np.ndarray):
            return self._clock.of_numbers(column.astype(np.float64))
        return self._clock.of_cells(column)

    def _of_time(self, cells: Callable[[int], Cells]) -> Cells:
        """The cells that have the time, with their dates."""
        if self._time is None:
            return ()
        column = cells(self._time)
        if self._date is None:
            return column
        return [f"{date} {time}" for date, time in zip(cells(self._date), column, strict=True)]


def is_text(cells: Cells, decimal: str = ".") -> bool:
    """Whether a column is one of texts: most of what stands in it is no number."""
    if isinstance(cells, np.ndarray):
        return cells.dtype.kind not in "fiubM"
    some = [cell for cell in cells if not is_missing(cell)]
    return sum(is_number(cell, decimal) for cell in some) * 2 < len(some)


def texts_of(cells: Cells) -> tuple[str, ...]:
    """Different texts in the order in which they come."""
    states = States((), fixed=False)
    states.numbers([str(cell) for cell in cells])
    return states.texts[:MOST_TEXTS]


def _place_of_time(columns: Sequence[Column], sample: Sequence[Cells], wish: Wish, decimal: str) -> int | None:
    if wish.time:
        return matched([Tag(wish.time, "time")], columns, "recording")[0]
    if wish.period_s:
        return None
    for place, cells in enumerate(sample):
        dated = cells.dtype.kind == "M" if isinstance(cells, np.ndarray) else bool(columns[place].texts)
        if dated and (isinstance(cells, np.ndarray) or guessed(cells, decimal)):
            return place
    for place, (column, cells) in enumerate(zip(columns, sample, strict=True)):
        if _TIME_NAME.fullmatch(column.name) and _rises(cells, decimal):
            return place
    raise UserMistake(
        "no column was found that has the time: say time = its name, or period_s = the seconds from row to row; "
        f"there are {known(columns)}"
    )


def _rises(cells: Cells, decimal: str) -> bool:
    values = cells.astype(np.float64) if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiu" else None
    if values is None:
        values = numbers([str(cell) for cell in cells], decimal)
    steps = np.diff(values)
    return len(values) > 0 and bool(np.isfinite(values).all()) and (not len(steps) or bool((steps > 0).mean() >= 0.9))


def _clockwork(columns: Sequence[Column], cells: Cells, place: int | None, wish: Wish, decimal: str) -> Clockwork:
    if place is None:
        return Clockwork("rows", wish.zone, _begun(wish), wish.period_s * 1e9, decimal)
    form = wish.time_format
    if form == "auto":
        form = (
            "iso8601"
            if isinstance(cells, np.ndarray) and cells.dtype.kind == "M"
            else guessed([str(one) for one in cells], decimal)
        )
        if form == "seconds":
            form = _OF_UNIT.get(columns[place].unit, form)
        if not form:
            raise UserMistake(
                f"the times in «{columns[place].name}», such as «{columns[place].example}», are written in no usual way: "
                "say time_format, such as %d.%m.%Y %H:%M:%S"
            )
    return Clockwork(form, wish.zone, _begun(wish) if form in SINCE_START else 0, 0.0, decimal)


def _begun(wish: Wish) -> int:
    if wish.start:
        return start_of(wish.start, wish.zone)
    if wish.to_now:
        return 0
    raise UserMistake('the recording\'s times count from its start, which it does not say: give start, or shift = "now"')


def _period_s(t_ns: NDArray[np.int64]) -> float:
    """The longest regular time between rows: a logger that writes seldom while nothing happens is not stale meanwhile."""
    steps = np.diff(t_ns[t_ns != NO_TIME])
    steps = steps[steps > 0]
    return (
        float(np.clip(np.quantile(steps, _REGULAR, method="lower") / 1e9, _LEAST_PERIOD_S, _LONGEST_PERIOD_S))
        if len(steps)
        else 1.0
    )


def _is_idle(column: Column, cells: Cells) -> bool:
    """An unnamed column that only counts its rows, or has nothing."""
    if not isinstance(cells, np.ndarray):
        if all(is_missing(cell) for cell in cells):
            return True
        if not column.name.startswith("column ") or len(cells) < 3:
            return False
        values = numbers(cells)
        return bool((values == np.arange(len(values)) + values[0]).all()) and values[0] in (0.0, 1.0)
    return False


def _truths(texts: Sequence[str]) -> tuple[str, ...]:
    """Texts in the order in which they came, but that what is false is 0."""
    if len(texts) <= 2 and all(text.lower() in ("false", "true") for text in texts):
        return tuple(sorted(texts, key=str.lower))
    return tuple(texts)


def _numbered(texts: Sequence[str]) -> str:
    return ", ".join(f"{number} {text}" for number, text in enumerate(texts[:100]))[:1900]
