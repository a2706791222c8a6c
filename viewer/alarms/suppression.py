"""Suppression by design: conditions over channels and other alarms, followed at the samples' own times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.alarms.crossings import NOT_DUE_NS
from viewer.alarms.definitions import AlarmDefinition
from viewer.base.conditions import Condition
from viewer.twin.samples import Columns

_LONG_AGO_NS = int(np.iinfo(np.int64).min)


@dataclass(slots=True)
class _Followed:
    """One condition, and the values of its channels: first those before this step, then at every time one of them spoke."""

    condition: Condition
    alarms: Mapping[str, int]
    """Index of each alarm it asks for."""
    suppresses: list[int]
    times_ns: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]
    is_true: bool = False
    next_ns: int = NOT_DUE_NS
    """When it changes next within this step, as far as is known."""

    def place(self, t_ns: int) -> int:
        return int(np.searchsorted(self.times_ns, t_ns, side="right")) - 1

    def truth(self, part: slice, active: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether it is true at each time of a part, if the alarms stay as they are."""
        known = {name: float(active[at]) for name, at in self.alarms.items()}
        found = self.condition.evaluate({name: of[part] for name, of in self.values.items()}, known)
        return np.broadcast_to(np.asarray(found) == 1.0, len(self.times_ns[part]))

    def look_ahead(self, after_ns: int, active: NDArray[np.bool_]) -> None:
        first = self.place(after_ns) + 1
        self.next_ns = NOT_DUE_NS
        if first < len(self.times_ns):
            changes = np.flatnonzero(self.truth(slice(first, None), active) != self.is_true)
            if len(changes):
                self.next_ns = int(self.times_ns[first + changes[0]])


class Suppression:
    """All conditions of all definitions; equal texts are followed once. What is unknown (bad, missing) never suppresses.

    alarm("id") asks whether that alarm's condition is true, however the alarm itself is held back: there are no circles.
    """

    def __init__(self, definitions: Sequence[AlarmDefinition], index: Mapping[str, int], alarms: Mapping[str, int]) -> None:
        """`index` and `alarms` are the places of channels in the catalogue and of alarms among the definitions."""
        found: dict[str, _Followed] = {}
        for at, one in enumerate(definitions):
            if not one.suppress_when:
                continue
            if one.suppress_when not in found:
                condition = Condition(one.suppress_when)
                asked = {name: alarms[name] for name in condition.alarms}
                unknown = {name: np.full(1, np.nan) for name in condition.channels}
                found[one.suppress_when] = _Followed(condition, asked, [], np.array([_LONG_AGO_NS]), unknown)
            found[one.suppress_when].suppresses.append(at)
        self._followed = list(found.values())
        self._index = index
        self._of_alarm: dict[int, list[_Followed]] = {}
        self._of_channel: dict[int, list[_Followed]] = {}
        self.watched = np.zeros(len(index), np.bool_)
        for one in self._followed:
            for at in one.alarms.values():
                self._of_alarm.setdefault(at, []).append(one)
            for name in one.condition.channels:
                self._of_channel.setdefault(index[name], []).append(one)
                self.watched[index[name]] = True
        self._stirred: list[_Followed] = []

    def restore(self, values: NDArray[np.float64], suppressed: Iterable[int]) -> None:
        """Go on from each channel's newest value (c,), NaN where unknown, and the alarms that were suppressed."""
        held = set(suppressed)
        for one in self._followed:
            one.is_true = any(at in held for at in one.suppresses)
            one.values = {name: np.array([values[self._index[name]]]) for name in one.condition.channels}

    def take(self, columns: Columns, before_ns: int, t_ns: int, active: NDArray[np.bool_]) -> None:
        """The samples of one step from `before_ns` to `t_ns`; `active` (n,) is what the alarms were before it."""
        for one in self._stirred:
            one.times_ns, one.next_ns = np.array([_LONG_AGO_NS]), NOT_DUE_NS
            one.values = {name: of[-1:] for name, of in one.values.items()}
        at = np.flatnonzero(self.watched[columns.channels])
        stirred = {id(one): one for run in at for one in self._of_channel[int(columns.channels[run])]}
        self._stirred = list(stirred.values())
        if not stirred:
            return
        starts = np.cumsum(columns.counts) - columns.counts
        series: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for run in at:
            part = slice(starts[run], starts[run] + columns.counts[run])
            good = (columns.quality[part] == 0) & np.isfinite(columns.values[part])
            own_ns = np.maximum.accumulate(np.clip(columns.t_ns[part], before_ns, t_ns))
            series[int(columns.channels[run])] = own_ns, np.where(good, columns.values[part], np.nan)
        for one in self._stirred:
            self._line_up(one, series)
            one.look_ahead(_LONG_AGO_NS, active)

    def next_ns(self) -> int:
        """When a condition changes next within this step, as far as is known."""
        return min((one.next_ns for one in self._stirred), default=NOT_DUE_NS)

    def changes(self, t_ns: int, moved: Iterable[int], active: NDArray[np.bool_]) -> list[tuple[bool, Sequence[int]]]:
        """The conditions that change at a time when some alarms `moved`: whether each is true now, and what it suppresses."""
        asked = {id(one): one for alarm in moved for one in self._of_alarm.get(alarm, ())}
        asked |= {id(one): one for one in self._stirred if one.next_ns <= t_ns}
        found: list[tuple[bool, Sequence[int]]] = []
        for one in asked.values():
            place = one.place(t_ns)
            is_true = bool(one.truth(slice(place, place + 1), active)[0])
            if is_true != one.is_true:
                one.is_true = is_true
                found.append((is_true, one.suppresses))
            one.look_ahead(t_ns, active)
        return found

    def _line_up(self, one: _Followed, series: Mapping[int, tuple[NDArray[np.int64], NDArray[np.float64]]]) -> None:
        own = {name: series[self._index[name]] for name in one.condition.channels if self._index[name] in series}
        times_ns = np.unique(np.concatenate([each for each, _ in own.values()]))
        one.times_ns = np.concatenate([[_LONG_AGO_NS], times_ns])
        for name, before in one.values.items():
            if name in own:
                said_ns, said = own[name]
                held = np.concatenate([before[-1:], said])
                one.values[name] = held[np.searchsorted(said_ns, one.times_ns, side="right")]
            else:
                one.values[name] = np.repeat(before[-1:], len(one.times_ns))
