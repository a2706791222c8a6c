"""The figures of EEMUA 191 over recorded alarm events: load, floods, chattering, fleeting and stale alarms, top ten, priorities.

Sources: EEMUA 191 ed. 3 (2013), the benchmark values for the average rate in steady operation and after an upset;
ANSI/ISA-18.2-2016 clause 16 (monitoring and assessment): floods by regular intervals of ten minutes, begun by more than ten new
alarms and ended by fewer than five; chattering as three or more within a minute; stale as standing for more than a day;
priorities 80 / 15 / 5 per cent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.alarms.spans import Span, spans_of
from viewer.alarms.states import State
from viewer.alarms.words import AlarmEvent

INTERVAL_NS = 600 * 10**9
FLOOD_BEGINS_ABOVE = 10
FLOOD_ENDS_BELOW = 5
CHATTER_TIMES = 3
CHATTER_NS = 60 * 10**9
FLEETING_NS = 60 * 10**9
STALE_NS = 24 * 3600 * 10**9
RECOMMENDED_SHARES = {"low": 0.80, "medium": 0.15, "high": 0.05}
"""Of the alarms announced; critical ones (fewer than one in a hundred) are counted with the high ones."""

Load = Literal["very likely to be acceptable", "manageable", "likely to be over-demanding", "very likely to be unacceptable"]
_BANDS: tuple[tuple[float, Load], ...] = (
    (1.0, "very likely to be acceptable"),
    (2.0, "manageable"),
    (10.0, "likely to be over-demanding"),
    (float("inf"), "very likely to be unacceptable"),
)
"""Average number of alarms in ten minutes for one operator, up to and including: EEMUA 191's one in ten, five and one minutes."""


class Flood(msgspec.Struct, frozen=True):
    """A time in which alarms came faster than one person can take in."""

    t0_ns: int
    t1_ns: int
    alarms: int
    peak: int
    """The most in one interval of ten minutes."""


class Often(msgspec.Struct, frozen=True):
    """How often one alarm came."""

    alarm: str
    times: int
    share: float
    """Of all that were announced."""


class Operator(msgspec.Struct, frozen=True):
    """The load of one operator position."""

    name: str
    announced: int
    average: float
    """Alarms in ten minutes."""
    peak: int
    """The most in one regular interval of ten minutes."""
    load: Load
    floods: tuple[Flood, ...]
    flood_share: float
    """Of the time."""
    intervals: tuple[int, ...]
    """Alarms in each regular interval of ten minutes."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the alarm system did to the people before it between two times."""

    t0_ns: int
    t1_ns: int
    announced: int
    operators: tuple[Operator, ...]
    top: tuple[Often, ...]
    """The ten that came most often."""
    chattering: tuple[Often, ...]
    """Those that came three times within a minute, with all their occurrences in the whole time."""
    fleeting: tuple[Often, ...]
    """Those that went within a minute of themselves, at least once, and did not chatter."""
    stale: tuple[str, ...]
    """Those that stood for more than a day."""
    standing: tuple[str, ...]
    """Those announced and not normal at the end."""
    held_back: dict[str, int]
    """How many were shelved, suppressed and out of service at the end."""
    priorities: dict[str, int]
    acknowledged: int
    """Announced alarms that somebody acknowledged."""
    acknowledge_s: tuple[float, float, float] | None
    """Median, ninth decile and longest time to acknowledge; None where nobody did."""
    findings: tuple[str, ...]
    """What should be looked at, a sentence each."""


def figures(events: Iterable[AlarmEvent], t0_ns: int, t1_ns: int) -> Figures:
    """Of all events with t0 <= t < t1; earlier ones may be given too, so that what stood before is known. In order of time."""
    told = [one for one in events if one.t_ns < t1_ns]
    spans = [one for one in spans_of(told, t1_ns) if one.t1_ns >= t0_ns]
    new = [one for one in spans if one.t0_ns >= t0_ns]
    count = Counter(one.alarm for one in new)
    chattering = _chattering(new)
    fleeting = Counter(one.alarm for one in new if one.is_over and one.t1_ns - one.t0_ns < FLEETING_NS)
    newest = {one.alarm: one.state for one in told}
    waits_s = np.array([(one.acknowledged_ns - one.t0_ns) / 1e9 for one in new if one.acknowledged_ns is not None])
    found = Figures(
        t0_ns=t0_ns,
        t1_ns=t1_ns,
        announced=len(new),
        operators=_operators(new, t0_ns, t1_ns),
        top=_often(count, count, 10),
        chattering=_often({one: count[one] for one in chattering}, count),
        fleeting=_often({one: times for one, times in fleeting.items() if one not in chattering}, count),
        stale=tuple(sorted({one.alarm for one in spans if one.t1_ns - one.t0_ns > STALE_NS})),
        standing=tuple(sorted({one.alarm for one in spans if not one.is_over})),
        held_back={state.value: sum(one == state for one in newest.values()) for state in list(State)[-3:]},
        priorities={key: sum(one.priority == key for one in new) for key in ("critical", "high", "medium", "low")},
        acknowledged=len(waits_s),
        acknowledge_s=_quantiles(waits_s) if len(waits_s) else None,
        findings=(),
    )
    return msgspec.structs.replace(found, findings=_findings(found))


def load_of(average: float) -> Load:
    """EEMUA 191's words for an average number of alarms in ten minutes."""
    return next(words for most, words in _BANDS if average <= most)


def floods_of(intervals: Sequence[int], t0_ns: int) -> tuple[Flood, ...]:
    """Floods among regular intervals of ten minutes that begin at `t0_ns`."""
    found: list[Flood] = []
    begun: int | None = None
    for at, count in enumerate([*intervals, 0]):
        if begun is None and count > FLOOD_BEGINS_ABOVE:
            begun = at
        elif begun is not None and (count < FLOOD_ENDS_BELOW or at == len(intervals)):
            part = intervals[begun:at]
            found.append(Flood(t0_ns + begun * INTERVAL_NS, t0_ns + at * INTERVAL_NS, sum(part), max(part)))
            begun = None
    return tuple(found)


def _operators(new: Sequence[Span], t0_ns: int, t1_ns: int) -> tuple[Operator, ...]:
    by_name: dict[str, list[int]] = defaultdict(list)
    for one in new:
        by_name[one.operator].append(one.t0_ns)
    return tuple(_operator(name, np.array(by_name[name], np.int64), t0_ns, t1_ns) for name in sorted(by_name or {"": []}))


def _operator(name: str, at_ns: NDArray[np.int64], t0_ns: int, t1_ns: int) -> Operator:
    number = max(1, -(-(t1_ns - t0_ns) // INTERVAL_NS))
    intervals = np.bincount((at_ns - t0_ns) // INTERVAL_NS, minlength=number).tolist()
    average = len(at_ns) * INTERVAL_NS / max(1, t1_ns - t0_ns)
    floods = floods_of(intervals, t0_ns)
    flooded_ns = sum(min(one.t1_ns, t1_ns) - one.t0_ns for one in floods)
    share = flooded_ns / max(1, t1_ns - t0_ns)
    return Operator(name, len(at_ns), average, max(intervals), load_of(average), floods, share, tuple(intervals))


def _chattering(new: Sequence[Span]) -> set[str]:
    by_alarm: dict[str, list[int]] = defaultdict(list)
    for one in new:
        by_alarm[one.alarm].append(one.t0_ns)
    found: set[str] = set()
    for alarm, listed in by_alarm.items():
        at_ns = np.sort(np.array(listed, np.int64))
        if (at_ns[CHATTER_TIMES - 1 :] - at_ns[: len(at_ns) - CHATTER_TIMES + 1] <= CHATTER_NS).any():
            found.add(alarm)
    return found


def _often(times: dict[str, int] | Counter[str], count: Counter[str], most: int | None = None) -> tuple[Often, ...]:
    total = max(1, count.total())
    ordered = sorted(times.items(), key=lambda one: (-one[1], one[0]))[:most]
    return tuple(Often(alarm, number, number / total) for alarm, number in ordered)


def _quantiles(values_s: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(np.median(values_s)), float(np.quantile(values_s, 0.9)), float(values_s.max())


def _findings(found: Figures) -> tuple[str, ...]:
    said: list[str] = []
    for one in found.operators:
        who = f"{one.name}: " if one.name else ""
        if one.average > 1.0:
            said.append(f"{who}{one.average:.1f} alarms in ten minutes on average is {one.load}; aim at one or fewer.")
        if one.floods:
            said.append(f"{who}{len(one.floods)} floods took {100.0 * one.flood_share:.1f} % of the time; aim at less than 1 %.")
    shares = _shares(found)
    if found.announced >= 20 and any(abs(shares[key] - wanted) > 0.05 for key, wanted in RECOMMENDED_SHARES.items()):
        written = " / ".join(f"{100.0 * shares[key]:.0f}" for key in RECOMMENDED_SHARES)
        said.append(f"The priorities low / medium / high are {written} %; about 80 / 15 / 5 % are recommended.")
    top = sum(one.share for one in found.top)
    if found.announced >= 50 and top > 0.05 and len(found.top) == 10:
        said.append(f"The ten most frequent alarms make {100.0 * top:.0f} % of all; aim at 1 to 5 %.")
    for what, listed in (("chatter", found.chattering), ("are fleeting", found.fleeting), ("are stale", found.stale)):
        if listed:
            names = ", ".join(one if isinstance(one, str) else one.alarm for one in listed[:5])
            more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
            said.append(f"{len(listed)} alarms {what}: {names}{more}; aim at none.")
    return tuple(said)


def _shares(found: Figures) -> dict[str, float]:
    total = max(1, found.announced)
    high = found.priorities["high"] + found.priorities["critical"]
    return {"low": found.priorities["low"] / total, "medium": found.priorities["medium"] / total, "high": high / total}
