"""Runs rules over the gateway's samples: derived channels out of channels, block after block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.alarms.definitions import AlarmDefinition
from viewer.base.errors import UserMistake
from viewer.edge.rules.rule import Rule, parsed
from viewer.edge.rules.stream import Series, Stream
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import NEVER_NS, Columns, in_runs


class RuleEngine:
    """All rules of one gateway, in order: a rule may use what an earlier one gives. One thread."""

    def __init__(self, rules: Sequence[Rule], channels: Sequence[str]) -> None:
        """`channels` is the catalogue by whose indices samples come. Raises UserMistake for a name that isn't there."""
        self.rules = tuple(rules)
        self._streams: list[tuple[Stream, tuple[str, ...]]] = []
        known, index = set(channels), {name: at for at, name in enumerate(channels)}
        self._watched = np.zeros(len(channels), np.bool_)
        for rule in self.rules:
            condition = parsed(rule)
            for name in condition.channels:
                if name not in known:
                    raise UserMistake(f"the rule «{rule.id}» names the channel «{name}», which no source brings")
                if name in index:
                    self._watched[index[name]] = True
            if rule.id in known:
                raise UserMistake(f"the rule «{rule.id}» has the id of another rule or channel: give it its own")
            known.add(rule.id)
            self._streams.append((Stream(condition.tree), condition.channels))
        self._names = tuple(channels)
        self._newest_ns = np.full(len(channels), NEVER_NS, np.int64)
        self._t_ns = NEVER_NS

    def channels(self) -> tuple[ChannelInfo, ...]:
        """What it gives; the position is the index in the columns of `step`."""
        return tuple(
            ChannelInfo(rule.id, "" if rule.when else rule.unit, "state" if rule.when else "measurement", rule.period_s)
            for rule in self.rules
        )

    def alarms(self) -> tuple[AlarmDefinition, ...]:
        """The alarms of the armed conditions."""
        return tuple(rule.alarm() for rule in self.rules if rule.when and rule.armed)

    def step(self, columns: Columns, t_ns: int) -> Columns:
        """What the rules give for the samples up to `t_ns`, by which time all not after it must have been given.

        Unknown values are of bad quality. The same samples in other blocks give the same values, bit for bit; a sample from
        before its channel's newest or from the future is taken as of that newest or of `t_ns`.
        """
        block = self._block(columns, max(t_ns, self._t_ns))
        self._t_ns = max(t_ns, self._t_ns)
        found: list[tuple[int, Series]] = []
        for at, (stream, names) in enumerate(self._streams):
            if any(name in block for name in names):
                series = stream.step(block)
                if len(series[0]):
                    if self.rules[at].when:
                        series = series[0], np.where(np.isnan(series[1]), np.nan, (series[1] != 0.0).astype(np.float64))
                    block[self.rules[at].id] = series
                    found.append((at, series))
        return _columns(found)

    def _block(self, columns: Columns, t_ns: int) -> dict[str, Series]:
        block: dict[str, Series] = {}
        starts = np.cumsum(columns.counts) - columns.counts
        for run in np.flatnonzero(self._watched[columns.channels]):
            channel, part = int(columns.channels[run]), slice(starts[run], starts[run] + columns.counts[run])
            own_ns = np.clip(columns.t_ns[part], self._newest_ns[channel], t_ns)
            own_ns = np.maximum.accumulate(own_ns)
            self._newest_ns[channel] = own_ns[-1]
            good = (columns.quality[part] == 0) & np.isfinite(columns.values[part])
            block[self._names[channel]] = own_ns, np.where(good, columns.values[part], np.nan)
        return block


def _columns(found: Sequence[tuple[int, Series]]) -> Columns:
    if not found:
        nothing: NDArray[np.int64] = np.empty(0, np.int64)
        return Columns(nothing, nothing, nothing, np.empty(0), np.empty(0, np.uint8))
    channel = np.repeat([at for at, _ in found], [len(series[0]) for _, series in found])
    values = np.concatenate([series[1] for _, series in found])
    t_ns = np.concatenate([series[0] for _, series in found])
    return in_runs(channel, t_ns, values, np.isnan(values).astype(np.uint8))
