"""Results of joining systems (OPC 40001-101, OPC 40450-1: tightening and its kin) as channels and waveforms."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.units import convert, same_kind
from viewer.edge.opcua.kind import ResultTag
from viewer.edge.opcua.units import unit_of
from viewer.edge.opcua.values import time_ns
from viewer.edge.source import SampleBlock
from viewer.edge.tags import Tag
from viewer.live.device_words import Waveform
from viewer.twin.catalogue import ChannelInfo

_MOST_CHANNELS: Final = 500
"""Of one joining system; further names are left out, and that is told."""
_MOST_POINTS: Final = 500_000
_MOST_REMEMBERED: Final = 10_000
_MOST_WAITING: Final = 256
_PERIOD_S: Final = 60.0
EVALUATIONS: Final = "0 = undefined, 1 = OK, 2 = not OK, 3 = not decidable"
"""ResultEvaluationEnum (OPC 40001-101, 9.2)."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A trace of one step: evenly sampled, or with a time of its own for each point."""

    name: str
    unit: str
    t_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    step_ns: float
    """0 where the points are not evenly spaced."""


@dataclass(slots=True)
class Outcome:
    """One result, taken apart."""

    id: str
    t_ns: int
    evaluation: float | None = None
    is_partial: bool = False
    values: list[tuple[str, str, float]] = field(default_factory=list[tuple[str, str, float]])
    """Name, unit, value."""
    curves: list[Curve] = field(default_factory=list[Curve])


def outcome(result: Any, now_ns: int) -> Outcome:
    """Take a ResultDataType apart. Raises UserMistake for what is none."""
    meta = getattr(_bare(result), "ResultMetaData", None)
    if meta is None:
        raise UserMistake(f"a result has come as {type(_bare(result)).__name__}, not as the ResultDataType of OPC 40001-101")
    meta = _bare(meta)
    times = _bare(getattr(meta, "ProcessingTimes", None))
    begun_ns = _time(getattr(times, "StartTime", None)) or _time(getattr(meta, "CreationTime", None)) or now_ns
    ended_ns = _time(getattr(times, "EndTime", None)) or _time(getattr(meta, "CreationTime", None)) or now_ns
    one = Outcome(str(getattr(meta, "ResultId", None) or ""), ended_ns, is_partial=bool(getattr(meta, "IsPartial", False)))
    evaluation = getattr(meta, "ResultEvaluation", None)
    one.evaluation = None if evaluation is None else float(evaluation)
    for content in _each(getattr(_bare(result), "ResultContent", None)):
        one.values += list(_values(getattr(content, "OverallResultValues", None), ""))
        for number, step in enumerate(_each(getattr(content, "StepResults", None)), 1):
            one.values += list(_values(getattr(step, "StepResultValues", None), f"step{number}."))
        for number, trace in enumerate(_each(getattr(_bare(getattr(content, "Trace", None)), "StepTraces", None)), 1):
            one.curves += list(_curves(trace, begun_ns, number))
    return one


class ResultChannels:
    """Channels that grow with the names that results bring. On the source's loop; `channels` and `tags` on any thread."""

    def __init__(self, first: int, put: Callable[[SampleBlock], bool]) -> None:
        self.channels: tuple[ChannelInfo, ...] = ()
        self.tags: tuple[Tag, ...] = ()
        self.waveforms: deque[Waveform] = deque(maxlen=_MOST_WAITING)
        """The newest curves, for who keeps them as wholes."""
        self.remark = ""
        self._first, self._put = first, put
        self._index: dict[str, int] = {}
        self._seen: deque[str] = deque(maxlen=_MOST_REMEMBERED)

    def take(self, tag: ResultTag, result: Any, now_ns: int) -> None:
        """One result: each only once, and not while it is partial."""
        if result is None:
            return
        try:
            one = outcome(result, now_ns)
        except UserMistake as mistake:
            self.remark = f"{tag.path}: {mistake}"
            return
        key = f"{tag.path} {one.id}"
        if one.is_partial or (one.id and key in self._seen):
            return
        self._seen.append(key)
        rows = [
            (name, unit, "measurement", np.array([one.t_ns], np.int64), np.array([value])) for name, unit, value in one.values
        ]
        if one.evaluation is not None:
            rows.append(("result", "", "state", np.array([one.t_ns], np.int64), np.array([one.evaluation])))
        rows += [(f"curve.{curve.name}", curve.unit, "measurement", curve.t_ns, curve.values) for curve in one.curves]
        for name, unit, kind, t_ns, values in rows:
            index = self._channel(tag, name, unit, kind)
            if index is not None:
                bad = (~np.isfinite(values)).astype(np.uint8)
                self._put(SampleBlock.of(np.full(len(values), self._first + index, np.int64), t_ns, values, bad))
        self._keep(tag, one)

    def _keep(self, tag: ResultTag, one: Outcome) -> None:
        for curve in one.curves:
            index = self._index.get(_id(tag, f"curve.{curve.name}"))
            if index is None or curve.step_ns <= 0.0:
                continue
            t0_ns = int(curve.t_ns[0])
            facts: dict[str, float | str] = {
                "result": one.id[:200],
                "evaluation": -1.0 if one.evaluation is None else one.evaluation,
            }
            values = memoryview(np.ascontiguousarray(curve.values, "<f8").tobytes())
            self.waveforms.append(Waveform(self._first + index, t0_ns, t0_ns, curve.step_ns, values, "result", facts))

    def _channel(self, tag: ResultTag, name: str, unit: str, kind: Any) -> int | None:
        wanted = _id(tag, name)
        if wanted in self._index:
            known = self.channels[self._index[wanted]].unit
            if known != unit:
                self.remark = f"{wanted} came in {unit or 'no unit'} after {known or 'no unit'}: it is left out"
                return None
            return self._index[wanted]
        if len(self.channels) >= _MOST_CHANNELS:
            self.remark = f"results name more than {_MOST_CHANNELS} values: {wanted} is left out"
            return None
        index = self._index[wanted] = len(self.channels)
        definition = EVALUATIONS if name == "result" else f"«{name}» of the results of {tag.path}"
        made = Tag(f"{tag.path}#{name}"[:2000], wanted, unit, kind, _PERIOD_S, definition=definition)
        self.tags += (made,)
        self.channels += (made.info,)
        return index


def _id(tag: ResultTag, name: str) -> str:
    return tag.channel + re.sub(r"[^\w.-]+", "_", name).strip("_")[:80].lower()


def _values(values: Any, prefix: str) -> Iterator[tuple[str, str, float]]:
    for number, one in enumerate(_each(values), 1):
        measured = getattr(one, "MeasuredValue", None)
        if isinstance(measured, int | float):
            name = getattr(one, "Name", None) or getattr(one, "ValueId", None) or f"value{number}"
            yield prefix + str(name), _unit(one), float(measured)


def _curves(trace: Any, begun_ns: int, number: int) -> Iterator[Curve]:
    contents = _each(getattr(trace, "StepTraceContent", None))
    columns = [(one, np.asarray(getattr(one, "Values", None) or (), np.float64)[:_MOST_POINTS]) for one in contents]
    start_ns = begun_ns + round(1e6 * float(getattr(trace, "StartTimeOffset", None) or 0.0))
    step_ns = 1e6 * float(getattr(trace, "SamplingInterval", None) or 0.0)
    axis = next((at for at, (one, _) in enumerate(columns) if _is_time(_unit(one))), None)
    for at, (one, values) in enumerate(columns):
        if not len(values) or at == axis:
            continue
        name = str(getattr(one, "Name", None) or getattr(one, "SensorId", None) or f"trace{at + 1}")
        name = name if number == 1 else f"step{number}.{name}"
        if step_ns > 0.0:
            t_ns = start_ns + np.round(np.arange(len(values)) * step_ns).astype(np.int64)
            yield Curve(name, _unit(one), t_ns, values, step_ns)
        elif axis is not None and len(columns[axis][1]) == len(values):
            seconds = convert(columns[axis][1], _unit(columns[axis][0]), "s")
            if np.isfinite(seconds).all() and (np.abs(seconds) < 1e6).all():
                yield Curve(name, _unit(one), begun_ns + np.round(1e9 * seconds).astype(np.int64), values, 0.0)


def _is_time(unit: str) -> bool:
    return bool(unit) and same_kind(unit, "s")


def _unit(one: Any) -> str:
    told = _bare(getattr(one, "EngineeringUnits", None))
    if told is None or not hasattr(told, "UnitId"):
        return ""
    display = getattr(told.DisplayName, "Text", None)
    return unit_of(told.NamespaceUri, int(told.UnitId), display) or ""


def _time(when: Any) -> int | None:
    t_ns = time_ns(when) if when is not None else None
    return t_ns if t_ns is not None and 0 < t_ns < 1 << 62 else None


def _each(items: Any) -> list[Any]:
    items = _bare(items)
    return [_bare(one) for one in items] if isinstance(items, list | tuple) else []


def _bare(value: Any) -> Any:
    """Without the Variant around it."""
    return value.Value if hasattr(value, "VariantType") else value
