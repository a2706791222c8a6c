"""Values of one server on their way to channels: each once, in order of time, with what is missing and what has no place told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from viewer.edge.opcua.values import Reading, Unfit, reading, stamp
from viewer.edge.source import SampleBlock
from viewer.edge.tags import Tag, TagMap

_REPEATED_BY_SOURCE: Final = ("measurement", "position")
"""States, counters and setpoints are repeated by the gateway itself."""
_NEVER_NS: Final = 0
_CATCHING_NS: Final = 10_000_000_000
"""So long after the history was read, messages may hold what it had already."""
_LATEST_DELAY_NS: Final = 60_000_000_000


class Intake:
    """On the source's loop; `put` and `lost` may be called from there."""

    def __init__(
        self,
        tags: Sequence[Tag],
        put: Callable[[SampleBlock], bool],
        lost: Callable[[int, int, int, str], None],
        *,
        uncertain_is_good: bool = False,
        repeat: bool = True,
    ) -> None:
        self.map = TagMap(tags)
        self._put, self._lost = put, lost
        self._uncertain_is_good = uncertain_is_good
        count = len(self.map.tags)
        self.texts: list[Mapping[str, float] | None] = [None] * count
        """By tag: the numbers of the states that its texts name."""
        self.last_ns = np.full(count, _NEVER_NS, np.int64)
        self._last_value = np.full(count, np.nan)
        self._last_bad = np.zeros(count, np.bool_)
        self._filled_ns = np.full(count, _NEVER_NS, np.int64)
        self._catching_until_ns = 0
        self._initial = np.zeros(count, np.bool_)
        self._period_ns = np.array([round(1e9 * one.period_s) for one in self.map.tags], np.int64)
        self._repeats = np.array([repeat and one.kind in _REPEATED_BY_SOURCE for one in self.map.tags], np.bool_)
        self._rows: list[tuple[int, int, float, bool]] = []
        self._overflown: list[tuple[int, int, int]] = []
        self._unfit: dict[int, str] = {}
        self._clocks: dict[int, str] = {}
        self.delay_ns = 0
        """How late a value came at most, by its own time and the server's."""

    def renewed(self) -> None:
        """The subscription is a new one: the first value of each tag may be the one that is known already."""
        self._initial[:] = True

    def take(self, tag: int, data: Any, now_ns: int, *, published_ns: int | None = None) -> None:
        """One value of a notification, for the tag of that number."""
        try:
            one = reading(data, now_ns, uncertain_is_good=self._uncertain_is_good, texts=self.texts[tag])
            self._unfit.pop(tag, None)
        except Unfit as unfit:
            self._unfit[tag] = str(unfit)
            t_ns, clock = stamp(data, now_ns)
            one = Reading(t_ns, math.nan, bad=True, overflow=False, clock=clock)
        if one.clock == "source":
            self._clocks.pop(tag, None)
        else:
            self._clocks[tag] = one.clock
        if now_ns < self._catching_until_ns and one.t_ns <= self._filled_ns[tag]:
            return  # the history has brought it
        if self._known(tag, one.t_ns, one.value, bad=one.bad):
            return
        if one.overflow:
            self._overflown.append((tag, int(self.last_ns[tag]) or one.t_ns, one.t_ns))
        if published_ns is not None and not self._initial[tag]:
            self.delay_ns = min(max(self.delay_ns, published_ns - one.t_ns), _LATEST_DELAY_NS)
        self._initial[tag] = False
        self._add(tag, one.t_ns, one.value, bad=one.bad)

    def fill(self, tag: int, values: Sequence[Any], now_ns: int) -> int:
        """Values of the server's history, ascending in time; how many of them were missing."""
        before = len(self._rows)
        for data in values:
            try:
                one = reading(data, now_ns, uncertain_is_good=self._uncertain_is_good, texts=self.texts[tag])
            except Unfit as unfit:
                self._unfit[tag] = str(unfit)
                continue
            if one.t_ns > self.last_ns[tag] and one.clock != "gateway":
                self._add(tag, one.t_ns, one.value, bad=one.bad)
                self._filled_ns[tag] = one.t_ns
                self._catching_until_ns = now_ns + _CATCHING_NS
        return len(self._rows) - before

    def flush(self) -> None:
        """Hand over what came, each channel's samples in ascending time, and the gaps that overflown queues left."""
        rows, self._rows = self._rows, []
        if rows:
            tag, t_ns, values, bad = zip(*rows, strict=True)
            self._hand_over(np.array(tag, np.int64), np.array(t_ns, np.int64), np.array(values), np.array(bad, np.uint8))
        overflown, self._overflown = self._overflown, []
        if overflown:
            name = self.map.tags[overflown[0][0]].tag
            more = f" and {len({one[0] for one in overflown}) - 1} further tags" if len({one[0] for one in overflown}) > 1 else ""
            cause = f"the queue of {name}{more} overflowed at the server: raise queue_size, or lower publishing_ms"
            self._lost(0, min(one[1] for one in overflown), max(one[2] for one in overflown), cause)

    def still_stands(self, until_ns: int) -> None:
        """The server says that nothing but what it told has changed until then: measurements are repeated once a period."""
        due = self._repeats & (self.last_ns != _NEVER_NS) & (until_ns - self.last_ns >= self._period_ns)
        at = np.flatnonzero(due & ~self._initial)
        if len(at):
            self.last_ns[at] = until_ns
            self._hand_over(at, np.full(len(at), until_ns, np.int64), self._last_value[at], self._last_bad[at].astype(np.uint8))

    def remark(self) -> str:
        """What people should know of single tags, as one clause; empty where all is well."""
        parts: list[str] = []
        if self._unfit:
            tag, why = next(iter(self._unfit.items()))
            parts.append(f"{_others(self.map.tags[tag].tag, len(self._unfit))} now holds {why}")
        for clock, word in (("server", "the server's is taken"), ("gateway", "the time of arrival is taken")):
            tags = [tag for tag, one in self._clocks.items() if one == clock]
            if tags:
                parts.append(f"{_others(self.map.tags[tags[0]].tag, len(tags))} has no time of its own, {word}")
        return "; ".join(parts)

    def _known(self, tag: int, t_ns: int, value: float, *, bad: bool) -> bool:
        """Whether it was forwarded already."""
        same = (bad == self._last_bad[tag]) and (value == self._last_value[tag] or (value != value and bad))
        return bool(same and (t_ns == self.last_ns[tag] or (self._initial[tag] and t_ns <= self.last_ns[tag])))

    def _add(self, tag: int, t_ns: int, value: float, *, bad: bool) -> None:
        self._rows.append((tag, t_ns, value, bad))
        self.last_ns[tag], self._last_value[tag], self._last_bad[tag] = t_ns, value, bad

    def _hand_over(
        self, tag: NDArray[np.int64], t_ns: NDArray[np.int64], values: NDArray[np.float64], bad: NDArray[np.uint8]
    ) -> None:
        order = np.argsort(t_ns, kind="stable")
        self._put(self.map.block(tag[order], t_ns[order], values[order], bad[order]))


def _others(name: str, count: int) -> str:
    return name if count == 1 else f"{name} (one of {count} such tags)"
