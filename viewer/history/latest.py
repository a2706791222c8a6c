"""The newest sample of many channels at any past time, quick enough to be asked each frame while somebody scrubs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.history.rows import whole
from viewer.history.search import newest_not_after
from viewer.history.tail import by_time, joined
from viewer.history.view import View
from viewer.twin.samples import NEVER_NS, Columns

_EARLIEST_NS = -(1 << 63)
_LATEST_NS = (1 << 63) - 1
_STEPS_BACK = 8
_MOST_FRAMES = 4096
Newest = tuple[int, float, int]
"""Time, value, quality."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The blocks of an owner that decide what is newest at any time from `t0_ns` until before `t1_ns`."""

    t0_ns: int
    t1_ns: int
    columns: Columns
    carried: dict[int, Newest | None]
    """By channel, the newest before t0_ns, of those that were asked for."""


class LatestFinder:
    """Remembers the blocks around the times asked last. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: OrderedDict[tuple[int, int], _Frame] = OrderedDict()
        self._last: dict[int, _Frame] = {}
        self._state = (0, 0)

    def find(
        self, view: View, numbers: NDArray[np.int64], t_ns: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_]]:
        """Times, values, qualities (n,) of the newest samples not after `t_ns`, and where there are any."""
        times, values = np.full(len(numbers), NEVER_NS, np.int64), np.full(len(numbers), np.nan)
        quality, there = np.zeros(len(numbers), np.uint8), np.zeros(len(numbers), np.bool_)
        self._follow(view)
        places: dict[int, list[int]] = {}
        for place, number in enumerate(numbers.tolist()):
            owner = view.stock.roster.by_number(number).owner
            if owner is not None:
                places.setdefault(owner, []).append(place)
        for owner, at in places.items():
            if owner >= 0:
                for place, found in ((one, self._own(view, owner, t_ns)) for one in at):
                    if found is not None:
                        times[place], values[place], quality[place] = found
                        there[place] = True
            else:
                self._group(view, owner, np.array(at), numbers, t_ns, (times, values, quality, there))
        _newer_in_memory(view, numbers, t_ns, (times, values, quality, there))
        return times, values, quality, there

    def _own(self, view: View, owner: int, t_ns: int) -> Newest | None:
        frame = self._frame(view, owner, t_ns)
        if frame is None:
            return None
        columns = frame.columns
        at = int(columns.t_ns.searchsorted(t_ns, side="right")) - 1
        if at < 0:
            return self._carried(view, frame, owner, owner)
        return int(columns.t_ns[at]), float(columns.values[at]), int(columns.quality[at])

    def _group(
        self,
        view: View,
        owner: int,
        at: NDArray[np.int64],
        numbers: NDArray[np.int64],
        t_ns: int,
        result: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_]],
    ) -> None:
        frame = self._frame(view, owner, t_ns)
        if frame is None:
            return
        times, values, quality, there = result
        found = newest_not_after(frame.columns, numbers[at], t_ns)
        sure = np.flatnonzero(found >= 0)
        found[sure[frame.columns.t_ns[found[sure]] < frame.t0_ns]] = -1
        some, seen = at[found >= 0], found[found >= 0]
        times[some], values[some], quality[some] = (
            frame.columns.t_ns[seen],
            frame.columns.values[seen],
            frame.columns.quality[seen],
        )
        there[some] = True
        missing = at[found < 0]
        self._look_back(view, owner, frame, [int(one) for one in numbers[missing]])
        for place in missing.tolist():
            before = frame.carried[int(numbers[place])]
            if before is not None:
                times[place], values[place], quality[place] = before
                there[place] = True

    def _look_back(self, view: View, owner: int, frame: _Frame, numbers: list[int]) -> None:
        """Fill in what was newest before the frame: from the frames before it all at once, then one by one from the pyramid."""
        wanted = [number for number in numbers if number not in frame.carried]
        before_ns = frame.t0_ns
        for _ in range(_STEPS_BACK):
            if not wanted or before_ns == _EARLIEST_NS:
                break
            earlier = self._frame(view, owner, before_ns - 1)
            if earlier is None:
                frame.carried.update(dict.fromkeys(wanted))
                return
            wanted = self._taken_from(earlier, frame, wanted, before_ns - 1)
            before_ns = earlier.t0_ns
        for number in wanted:
            frame.carried[number] = newest_before(view, number, frame.t0_ns)

    def _taken_from(self, earlier: _Frame, frame: _Frame, wanted: list[int], t_ns: int) -> list[int]:
        found = newest_not_after(earlier.columns, np.array(wanted, np.int64), t_ns)
        rest: list[int] = []
        for number, at in zip(wanted, found.tolist(), strict=True):
            columns = earlier.columns
            if at >= 0 and int(columns.t_ns[at]) >= earlier.t0_ns:
                frame.carried[number] = (int(columns.t_ns[at]), float(columns.values[at]), int(columns.quality[at]))
            elif number in earlier.carried:
                frame.carried[number] = earlier.carried[number]
            else:
                rest.append(number)
        return rest

    def _carried(self, view: View, frame: _Frame, owner: int, number: int) -> Newest | None:
        self._look_back(view, owner, frame, [number])
        return frame.carried[number]

    def _follow(self, view: View) -> None:
        """Frames are of one state of the blocks: forget them where the view sees a newer one."""
        with self._lock:
            if view.state > self._state:
                self._state = view.state
                self._frames.clear()
                self._last.clear()

    def _frame(self, view: View, owner: int, t_ns: int) -> _Frame | None:
        last = self._last.get(owner) if view.state == self._state else None
        if last is not None and last.t0_ns <= t_ns < last.t1_ns:
            return last
        made = self._made(view, owner, t_ns)
        if made is not None:
            with self._lock:
                if view.state == self._state:
                    made = self._frames.setdefault((owner, made.t0_ns), made)
                    self._last[owner] = made
                    if len(self._frames) > _MOST_FRAMES:
                        self._frames.popitem(last=False)
        return made

    def _made(self, view: View, owner: int, t_ns: int) -> _Frame | None:
        connection = view.connection
        newest = connection.rows("SELECT MAX(t0) FROM blocks WHERE owner = ? AND t0 <= ?", (owner, t_ns))
        if newest[0][0] is None:
            return None
        t0_ns = whole(newest[0][0])
        with self._lock:
            kept = self._frames.get((owner, t0_ns))
            if kept is not None and view.state == self._state:
                self._frames.move_to_end((owner, t0_ns))
                return kept
        after = connection.rows("SELECT MIN(t0) FROM blocks WHERE owner = ? AND t0 > ?", (owner, t_ns))[0][0]
        parts = list(view.blocks(owner, t0_ns, t0_ns))
        columns = by_time(joined(parts)) if parts else _none()
        return _Frame(t0_ns, _LATEST_NS if after is None else whole(after), columns, {})


def newest_before(view: View, number: int, t_ns: int) -> Newest | None:
    """The newest sample before `t_ns`, found down the pyramid: in the newest cell that has any, level by level."""
    return _descended(view, number, view.shifts(number), _EARLIEST_NS, t_ns - 1)


def _descended(view: View, number: int, shifts: Sequence[int], first_ns: int, last_ns: int) -> Newest | None:
    if not shifts:
        columns = view.samples(number, first_ns, last_ns)
        return (int(columns.t_ns[-1]), float(columns.values[-1]), int(columns.quality[-1])) if len(columns) else None
    shift = shifts[0]
    cells = view.cells(number, shift, first_ns >> shift, last_ns >> shift)
    # The last cell may have samples after last_ns alone; the one before it then has what is looked for.
    for cell in reversed(cells.cell[-2:].tolist()):
        first, last = max(first_ns, cell << shift), min(last_ns, ((cell + 1) << shift) - 1)
        found = _descended(view, number, shifts[1:], first, last)
        if found is not None:
            return found
    return None


def _none() -> Columns:
    return Columns(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))


def _newer_in_memory(
    view: View,
    numbers: NDArray[np.int64],
    t_ns: int,
    result: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_]],
) -> None:
    times, values, quality, there = result
    for chunk in view.chunks:
        found = newest_not_after(chunk.columns, numbers, t_ns)
        at = np.flatnonzero(found >= 0)
        seen = found[at]
        newer = ~there[at] | (chunk.columns.t_ns[seen] >= times[at])
        at, seen = at[newer], seen[newer]
        times[at], values[at], quality[at] = chunk.columns.t_ns[seen], chunk.columns.values[seen], chunk.columns.quality[seen]
        there[at] = True
