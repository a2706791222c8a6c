"""Curves in JSON, one file a cycle, such as tightenings: whole waveforms, and channels of what came out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.replay.cells import States
from viewer.edge.replay.layout import Wish
from viewer.edge.replay.naming import unit_in, written_unit
from viewer.edge.replay.recording import Column, Piece, Remarks, matched
from viewer.edge.replay.times import NO_TIME, Clockwork, guessed, start_of
from viewer.edge.tags import Tag
from viewer.live.device_words import Waveform

_MOST_BYTES: Final = 64 << 20
_MOST_DEEP: Final = 12
_TIME = re.compile(r"(time|t|zeit)(?![a-z]).*", re.IGNORECASE)
_VALUES = re.compile(r"[ _](values|data|samples|curve)$", re.IGNORECASE)
_DATES: Final = ("/date", "/timestamp", "/datetime", "/start", "/time")
_ANGLE: Final = re.compile(r"angle", re.IGNORECASE)
_STATES: Final = ("NOK", "OK")
_GAP_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Cycle:
    """One file: curves over their time, and the single facts beside them."""

    t_s: NDArray[np.float64]
    """(n,) Seconds since the cycle's start."""
    curves: dict[str, NDArray[np.float64]]
    """(n,) each; NaN where a graph has none."""
    facts: dict[str, float | str]
    """By JSON pointer."""


def read_cycle(path: Path) -> Cycle:
    """All graphs of a file, one after another. Raises UserMistake where it has none."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserMistake(f"a file of curves has at most {_MOST_BYTES >> 20} MB: {path}")
        raw: Any = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise UserMistake(f"the curves can't be read ({error.strerror}): {path}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserMistake(f"the curves are no JSON ({error}): {path}") from error
    graphs: list[dict[str, Any]] = []
    facts: dict[str, float | str] = {}
    _walk(raw, "", graphs, facts, 0)
    if not graphs:
        raise UserMistake(f"the file has no curves (lists of numbers beside a list whose name begins with time): {path}")
    return _joined(graphs, facts)


class Curves:
    """A recording of such files, one after another. Tags name a curve (`torque`), its greatest or last value (`torque.max`,
    `torque.last`), or a fact by its JSON pointer (`/result`)."""

    def __init__(self, paths: Sequence[Path], wish: Wish) -> None:
        """Raises UserMistake where the first has no curves, no date, or has not what is asked for."""
        self._paths, self._wish = tuple(paths), wish
        cycle = read_cycle(self._paths[0])
        columns = columns_of(cycle)
        self._date = _date_of(cycle, wish)
        self._begun_ns = self._given_start()
        tags = list(wish.tags) or [
            Tag(one.name, wish.prefix + one.name.lstrip("/"), one.unit) for one in columns if _is_usual(one)
        ]
        places = matched(tags, columns, "file of curves")
        step_s = float(np.median(np.diff(cycle.t_s))) if len(cycle.t_s) > 1 else 1.0
        self._tags: list[Tag] = []
        self._states: list[States | None] = []
        self._names = [columns[place].name for place in places]
        for tag, place in zip(tags, places, strict=True):
            column = columns[place]
            is_state = bool(tag.states or column.texts)
            self._states.append(States(tag.states or column.texts, fixed=bool(tag.states)) if is_state else None)
            bare = not wish.tags or f"unit:{tag.channel}" in wish.bare
            period = not wish.tags or f"period:{tag.channel}" in wish.bare
            is_curve = column.name in cycle.curves
            self._tags.append(
                replace(
                    tag,
                    unit="" if is_state else column.unit if bare else tag.unit,
                    kind="state" if is_state and tag.kind == "measurement" else tag.kind,
                    period_s=(max(step_s, 1e-9) if is_curve else 60.0) if period else tag.period_s,
                )
            )

    @property
    def tags(self) -> tuple[Tag, ...]:
        """What becomes channels."""
        return tuple(
            one
            if states is None
            else replace(one, definition=", ".join(f"{at} {text}" for at, text in enumerate(states.texts[:100]))[:1900])
            for one, states in zip(self._tags, self._states, strict=True)
        )  # fmt: skip

    def pieces(self, remarks: Remarks) -> Iterator[Piece | None]:
        """A cycle at a time."""
        follows_ns = self._begun_ns
        for path in self._paths:
            cycle = read_cycle(path)
            at_ns = self._at(cycle, follows_ns)
            if at_ns == NO_TIME:
                remarks.no_time += len(cycle.t_s)
                remarks.counts["cycles have no date that can be read and are left out"] += 1
                continue
            piece = self._piece(cycle, at_ns, path.name)
            follows_ns = int(piece.t_ns.max(initial=at_ns)) + _GAP_NS
            yield piece

    def _piece(self, cycle: Cycle, at_ns: int, file: str) -> Piece:
        t_ns = at_ns + np.round(cycle.t_s * 1e9).astype(np.int64)
        index, times, values = [], [], []
        waves: list[Waveform] = []
        result = cycle.facts.get("/result")
        facts: dict[str, float | str] = {"file": file[:200]} | ({"result": result} if result is not None else {})
        for at, (name, states) in enumerate(zip(self._names, self._states, strict=True)):
            if name in cycle.curves:
                curve = cycle.curves[name]
                waves.append(_wave(at, at_ns, t_ns, curve, facts))
                index.append(np.full(len(curve), at, np.int64))
                times.append(t_ns)
                values.append(curve)
            else:
                index.append(np.array([at], np.int64))
                times.append(t_ns[-1:] if len(t_ns) else np.array([at_ns], np.int64))
                values.append(np.array([_fact(cycle, name, states)]))
        every = np.concatenate(times)
        order = np.argsort(every, kind="stable")
        return Piece(np.concatenate(index)[order], every[order], np.concatenate(values)[order], tuple(waves))

    def _given_start(self) -> int:
        if self._wish.start:
            return start_of(self._wish.start, self._wish.zone)
        if self._date or self._wish.to_now:
            return 0
        raise UserMistake('the curves have no date that was found: give date (a JSON pointer), start, or shift = "now"')

    def _at(self, cycle: Cycle, follows_ns: int) -> int:
        if not self._date:
            return follows_ns
        said = cycle.facts.get(self._date, "")
        return NO_TIME if said == "" else _stamp(str(said), self._wish.zone)


def columns_of(cycle: Cycle) -> list[Column]:
    """What tags may name in such a file."""
    columns: list[Column] = []
    for name, curve in cycle.curves.items():
        unit = unit_in(name)
        said = cycle.facts.get(f"/{name} unit", cycle.facts.get(f"/{name}_unit", ""))
        if said:
            unit = written_unit(str(said))
        elif not unit and _ANGLE.match(name):
            unit = "deg"
        good = curve[np.isfinite(curve)]
        top = f"{good.max():g}" if len(good) else ""
        columns += [Column(name, unit, (), top), Column(f"{name}.max", unit, (), top)]
        columns.append(Column(f"{name}.last", unit, (), f"{curve[-1]:g}" if len(curve) else ""))
    for pointer, value in cycle.facts.items():
        texts = () if not isinstance(value, str) else _STATES if value in _STATES else (value,)
        columns.append(Column(pointer, "", texts, str(value)[:60]))
    return columns


def _is_usual(column: Column) -> bool:
    """What becomes a channel where no tag says what does."""
    return column.name == "/result" or (not column.name.startswith("/") and not column.name.endswith(".last"))


def _walk(raw: Any, pointer: str, graphs: list[dict[str, Any]], facts: dict[str, float | str], deep: int) -> None:
    if deep > _MOST_DEEP:
        return
    if isinstance(raw, dict):
        items = cast("dict[str, Any]", raw)
        if any(_is_numbers(value) and _TIME.match(key) for key, value in items.items()):
            graphs.append(items)
        for key, value in items.items():
            if not _is_numbers(value):
                _walk(value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", graphs, facts, deep + 1)
    elif isinstance(raw, list):
        for at, value in enumerate(cast("list[Any]", raw)):
            _walk(value, f"{pointer}/{at}", graphs, facts, deep + 1)
    elif isinstance(raw, bool | int | float | str) and len(pointer) <= 200:
        facts[pointer] = raw[:200] if isinstance(raw, str) else float(raw)


def _is_numbers(value: Any) -> bool:
    some = cast("list[Any]", value) if isinstance(value, list) else []
    return bool(some) and all(one is None or (isinstance(one, int | float) and not isinstance(one, bool)) for one in some)


def _joined(graphs: list[dict[str, Any]], facts: dict[str, float | str]) -> Cycle:
    """Graphs with the same curves, one after another; a curve that is a single number in one of them has that all along."""
    names = dict.fromkeys(
        _VALUES.sub("", key) for graph in graphs for key, value in graph.items() if _is_numbers(value) and not _TIME.match(key)
    )
    times: list[NDArray[np.float64]] = []
    parts: dict[str, list[NDArray[np.float64]]] = {name: [] for name in names}
    for graph in graphs:
        key, t = next((key, value) for key, value in graph.items() if _TIME.match(key) and _is_numbers(value))
        times.append(_numbers(t) * _factor(key))
        of = {_VALUES.sub("", name): value for name, value in graph.items()}
        for name in names:
            parts[name].append(_fitted(of.get(name), len(times[-1])))
    curves = {name: np.concatenate(each) for name, each in parts.items()}
    return Cycle(np.concatenate(times), curves, facts)


def _fitted(value: Any, count: int) -> NDArray[np.float64]:
    if _is_numbers(value):
        curve = _numbers(value)[:count]
        return np.concatenate([curve, np.full(count - len(curve), np.nan)])
    alone = isinstance(value, int | float) and not isinstance(value, bool)
    return np.full(count, float(value) if alone else np.nan)


def _numbers(value: Any) -> NDArray[np.float64]:
    array = np.array([np.nan if one is None else float(one) for one in value], np.float64)
    array[~np.isfinite(array)] = np.nan
    return array


def _factor(name: str) -> float:
    return {"ms": 1e-3, "us": 1e-6, "min": 60.0}.get(unit_in(name), 1.0)


def _fact(cycle: Cycle, name: str, states: States | None) -> float:
    if name.startswith("/"):
        value = cycle.facts.get(name, float("nan"))
        if states is not None:
            return float(states.numbers([str(value)])[0])
        try:
            return float(value)
        except ValueError:
            return float("nan")
    curve = cycle.curves.get(name.rpartition(".")[0], np.empty(0))
    good = curve[np.isfinite(curve)]
    if not len(good):
        return float("nan")
    return float(good.max() if name.endswith(".max") else good[-1])


def _wave(
    channel: int, at_ns: int, t_ns: NDArray[np.int64], curve: NDArray[np.float64], facts: dict[str, float | str]
) -> Waveform:
    step_ns = float(np.median(np.diff(t_ns))) if len(t_ns) > 1 else 1.0
    first_ns = int(t_ns[0]) if len(t_ns) else at_ns
    return Waveform(channel, at_ns, first_ns, max(step_ns, 1.0), memoryview(curve.astype("<f8").tobytes()), "cycle", facts)


def _date_of(cycle: Cycle, wish: Wish) -> str:
    """The pointer of the date. Raises UserMistake where the one that was given is not there."""
    if wish.date:
        if wish.date not in cycle.facts:
            raise UserMistake(f"the file of curves has no «{wish.date[:60]}»; date is a JSON pointer such as /date")
        return wish.date
    return next(
        (one for one in _DATES if isinstance(cycle.facts.get(one), str) and _stamp(str(cycle.facts[one]), "UTC") != NO_TIME), ""
    )


@lru_cache(maxsize=1024)
def _stamp(text: str, zone: str) -> int:
    form = guessed([text])
    return int(Clockwork(form, zone).of_cells([text])[0]) if form else NO_TIME
