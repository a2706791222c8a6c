"""A rule tried on history: what it would have raised and when, what load that is for the operator, and what data was missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.engine import AlarmEngine
from viewer.alarms.figures import INTERVAL_NS, Load, floods_of, load_of
from viewer.alarms.spans import spans_of
from viewer.alarms.words import AlarmEvent
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.base.job import Job
from viewer.edge.rules.engine import RuleEngine
from viewer.edge.rules.rule import Rule, parsed, used
from viewer.twin.samples import Columns, SampleReader, in_runs, only

_BLOCK_NS = 6 * 3600 * 10**9
_DAY_NS = 86_400 * 10**9
_GAP_PERIODS = 5.0
MOST_RAISED = 1000
"""So many occurrences are listed; all are counted."""


class Raised(msgspec.Struct, frozen=True):
    """One time the rule would have raised its alarm."""

    t0_ns: int
    t1_ns: int
    """When it would have cleared, or the end of the test."""


class ChannelData(msgspec.Struct, frozen=True):
    """What history held of one channel."""

    channel: str
    samples: int
    bad: int
    missing_share: float
    """Of the time: gaps longer than five usual periods, before the first sample and after the last one included."""
    longest_gap_s: float


class BacktestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule would have done between two times."""

    rule: str
    fingerprint: str
    """Of the rule exactly as it was tried, with those that it uses."""
    t0_ns: int
    t1_ns: int
    times: int
    """How often it would have raised its alarm."""
    per_day: float
    raised: tuple[Raised, ...]
    active_share: float
    """Of the time."""
    unknown_share: float
    """Of the rule's own samples: those at which it could not be judged."""
    peak_10min: int
    average_10min: float
    floods: int
    load: Load
    """What this rule alone would do to an operator."""
    data: tuple[ChannelData, ...]
    findings: tuple[str, ...]


def backtest(
    rule: Rule, reader: SampleReader, t0_ns: int, t1_ns: int, *, job: Job | None = None, before: Sequence[Rule] = ()
) -> BacktestReport:
    """Try a rule on what a reader knows of t0 … t1; of the rules `before` it those are run too whose channels it uses.

    Samples are read and judged six hours at a time. Raises UserMistake for a rule or times that make no sense, Cancelled where
    the job was.
    """
    if t1_ns <= t0_ns:
        raise UserMistake(f"a back-test of «{rule.id}» needs a time to try it on: the end must lie after the beginning")
    chain = used(rule, before)
    names = _channels(chain)
    rules, engine = RuleEngine(chain, names), _alarm_alone(rule, t0_ns)
    own, seen = len(chain) - 1, {name: _Seen(t0_ns) for name in names}
    judged = unknown = 0
    events: list[AlarmEvent] = []
    for low_ns in range(t0_ns, t1_ns + 1, _BLOCK_NS):
        if job is not None:
            job.progress((low_ns - t0_ns) / (t1_ns - t0_ns), "Trying the rule on history")
        high_ns = min(low_ns + _BLOCK_NS - 1, t1_ns)
        given = only(rules.step(_read(reader, names, low_ns, high_ns, seen), high_ns), np.arange(len(chain)) == own)
        judged, unknown = judged + len(given), unknown + int((given.quality != 0).sum())
        events += engine.step(_alone(given), high_ns)
    raised = [Raised(one.t0_ns, one.t1_ns) for one in spans_of(events, t1_ns)]
    data = tuple(one.told(name, t1_ns, t0_ns) for name, one in seen.items())
    found = _report(rule, t0_ns, t1_ns, raised, data, unknown / judged if judged else 1.0)
    return msgspec.structs.replace(found, fingerprint=rule.fingerprint(before))


def _alone(given: Columns) -> Columns:
    """The rule's own samples as those of a catalogue of one."""
    return Columns(np.zeros_like(given.channels), given.counts, given.t_ns, given.values, given.quality)


def _alarm_alone(rule: Rule, t0_ns: int) -> AlarmEngine:
    """An engine for the rule's alarm by itself: nothing suppresses it, so that all it would say is heard."""
    definitions: list[AlarmDefinition] = []
    if rule.when:
        definitions.append(msgspec.structs.replace(rule.alarm(), suppress_when=""))
    return AlarmEngine(definitions, [rule.id], start_ns=t0_ns)


def _channels(chain: Sequence[Rule]) -> tuple[str, ...]:
    """The channels of history that a chain of rules needs."""
    given = {one.id for one in chain}
    named = dict.fromkeys(name for one in chain for name in parsed(one).channels)
    return tuple(name for name in named if name not in given)


def _read(reader: SampleReader, names: Sequence[str], low_ns: int, high_ns: int, seen: Mapping[str, _Seen]) -> Columns:
    parts = [reader.range(ChannelId(name), low_ns, high_ns) for name in names]
    for name, (t_ns, values) in zip(names, parts, strict=True):
        seen[name].take(t_ns, values)
    channel = np.repeat(np.arange(len(names)), [len(t_ns) for t_ns, _ in parts])
    t_ns = np.concatenate([np.asarray(t_ns, np.int64) for t_ns, _ in parts])
    values = np.concatenate([values for _, values in parts])
    return in_runs(channel, t_ns, values, np.isnan(values).astype(np.uint8))


@dataclass(slots=True)
class _Seen:
    """What has been read of one channel."""

    newest_ns: int
    samples: int = 0
    bad: int = 0
    period_ns: float = 0.0
    missing_ns: int = 0
    longest_ns: int = 0

    def take(self, t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if not len(t_ns):
            return
        if not self.period_ns and len(t_ns) > 1:
            self.period_ns = float(np.median(np.diff(t_ns)))
        self._gaps(np.diff(t_ns, prepend=self.newest_ns))
        self.samples, self.bad = self.samples + len(t_ns), self.bad + int(np.isnan(values).sum())
        self.newest_ns = max(self.newest_ns, int(t_ns[-1]))

    def told(self, name: str, t1_ns: int, t0_ns: int) -> ChannelData:
        self._gaps(np.array([t1_ns - self.newest_ns]))
        return ChannelData(name, self.samples, self.bad, self.missing_ns / (t1_ns - t0_ns), self.longest_ns / 1e9)

    def _gaps(self, gaps_ns: NDArray[np.int64]) -> None:
        self.longest_ns = max(self.longest_ns, int(gaps_ns.max()))
        self.missing_ns += int(gaps_ns[gaps_ns > _GAP_PERIODS * self.period_ns].sum())


def _report(
    rule: Rule, t0_ns: int, t1_ns: int, raised: Sequence[Raised], data: tuple[ChannelData, ...], unknown: float
) -> BacktestReport:
    number = -(-(t1_ns - t0_ns) // INTERVAL_NS)
    at = np.array([(one.t0_ns - t0_ns) // INTERVAL_NS for one in raised], np.int64)
    intervals = np.bincount(at, minlength=number).tolist()
    average = len(raised) * INTERVAL_NS / (t1_ns - t0_ns)
    found = BacktestReport(
        rule=rule.id,
        fingerprint="",
        t0_ns=t0_ns,
        t1_ns=t1_ns,
        times=len(raised),
        per_day=len(raised) * _DAY_NS / (t1_ns - t0_ns),
        raised=tuple(raised[:MOST_RAISED]),
        active_share=sum(one.t1_ns - one.t0_ns for one in raised) / (t1_ns - t0_ns),
        unknown_share=unknown,
        peak_10min=max(intervals),
        average_10min=average,
        load=load_of(average),
        floods=len(floods_of(intervals, t0_ns)),
        data=data,
        findings=(),
    )
    return msgspec.structs.replace(found, findings=tuple(_findings(found)))


def _findings(found: BacktestReport) -> Iterator[str]:
    for one in found.data:
        if not one.samples:
            yield f"History holds nothing of {one.channel} in this time: the rule was not tried on it."
        elif one.missing_share > 0.01:
            yield f"{100.0 * one.missing_share:.1f} % of {one.channel} is missing (longest gap {one.longest_gap_s:.0f} s)."
        if one.bad:
            yield f"{one.bad} of {one.samples} samples of {one.channel} are bad."
    if found.unknown_share > 0.01 and all(one.samples for one in found.data):
        yield f"At {100.0 * found.unknown_share:.1f} % of its samples the rule could not be judged."
    if found.average_10min > 1.0 or found.floods:
        yield f"Alone it would raise {found.average_10min:.1f} alarms in ten minutes on average and {found.peak_10min} at most."
    if found.active_share > 0.5:
        yield f"It would be active {100.0 * found.active_share:.0f} % of the time: that is a state, no alarm."
