"""Edge rules in the gateway's loop: each tick's samples in, derived channels out, as one more source of the catalogue."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from viewer.alarms.definitions import AlarmDefinition
from viewer.base.errors import Fault, UserMistake
from viewer.edge.collector import Collector, Fed, Tick
from viewer.edge.source import SampleBlock
from viewer.edge.tags import Tag
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.samples import Columns, below

if TYPE_CHECKING:
    from viewer.edge.rules.engine import RuleEngine
    from viewer.edge.rules.rule import Rule

_logger = logging.getLogger(__name__)


class RuleDesk:
    """On the gateway's loop. A rule waits until all channels it names are there; `on_alarms` is called with the alarms of
    the armed ones whenever more of them run."""

    def __init__(
        self, rules: Sequence[Rule], collector: Collector, on_alarms: Callable[[Sequence[AlarmDefinition]], None]
    ) -> None:
        self._rules, self._collector, self._on_alarms = tuple(rules), collector, on_alarms
        self._engine: RuleEngine | None = None
        self._source = _Derived()
        self._fed: Fed | None = None
        self._count = 0
        self._failed = False

    def declare(self) -> None:
        """The catalogue has grown: take up the rules that can run now. Those that run already begin anew then."""
        if not self._rules:
            return
        own = {one.id for one in self._rules}
        known = {one.id for one in self._collector.channels} - own
        ready = _ready(self._rules, known)
        if self._engine is not None and len(ready) == len(self._engine.rules):
            return
        waiting = [one.id for one in self._rules if one not in ready]
        if waiting:
            _logger.warning("%d rules wait for channels that no source brings yet: %s", len(waiting), ", ".join(waiting[:20]))
        from viewer.edge.rules.engine import RuleEngine  # a second of imports, for gateways that have rules

        names = [one.id if one.id not in own else f"\0{one.id}" for one in self._collector.channels]
        engine = RuleEngine(ready, names)
        self._source.take_up(engine)
        if self._fed is None:
            self._fed = self._collector.add(self._source, "rules", "rules", keeps=True)
        else:
            self._collector.grow(self._fed)
        self._engine, self._count = engine, len(names)
        self._on_alarms(engine.alarms())

    def step(self, tick: Tick, t_ns: int) -> Tick:
        """The tick with what the rules give for it. A rule that fails is a fault of ours: it is logged, and rules rest."""
        if self._engine is None or self._fed is None or self._failed:
            return tick
        try:
            derived = self._engine.step(below(tick.all, self._count), t_ns)
        except Exception:
            _logger.exception("the rules failed and rest until the gateway starts again")
            self._failed = True
            return tick
        return self._collector.derived(tick, self._fed, self._source.placed(derived), t_ns)


class _Derived:
    """The rules' channels as a source; what they give comes through the collector's `derived`."""

    def __init__(self) -> None:
        self._infos: tuple[ChannelInfo, ...] = ()
        self._tags: tuple[Tag, ...] = ()
        self._place: dict[str, int] = {}
        self._at = np.empty(0, np.int64)

    def take_up(self, engine: RuleEngine) -> None:
        """More rules at the end; those that were there keep their places."""
        for rule, info in zip(engine.rules, engine.channels(), strict=True):
            if info.id not in self._place:
                self._place[info.id] = len(self._infos)
                self._infos += (info,)
                self._tags += (Tag(info.id, info.id, info.unit, info.kind, info.period_s, definition=rule.text),)
        self._at = np.array([self._place[info.id] for info in engine.channels()], np.int64)

    def placed(self, columns: Columns) -> Columns:
        """The engine's columns over this source's own order."""
        return Columns(self._at[columns.channels], columns.counts, columns.t_ns, columns.values, columns.quality)

    def channels(self) -> tuple[ChannelInfo, ...]:
        return self._infos

    def tags(self) -> tuple[Tag, ...]:
        return self._tags

    def start(self, t_ns: int) -> None:
        """It has no time of its own."""

    def step(self, until_ns: int) -> SampleBlock:
        """Nothing by itself."""
        return SampleBlock.empty()

    def faults(self) -> tuple[FaultInfo, ...]:
        return ()

    def inject(self, name: str, **parameters: float) -> None:
        raise Fault(f"rules have no fault «{name}»")

    def clear(self, name: str) -> None:
        raise Fault(f"rules have no fault «{name}»")


def _ready(rules: Sequence[Rule], known: set[str]) -> list[Rule]:
    """The rules whose channels are there, or given by an earlier one that is ready. Raises UserMistake for a rule that has
    the id of a channel."""
    from viewer.edge.rules.rule import parsed

    ready: list[Rule] = []
    there = set(known)
    for rule in rules:
        if rule.id in known:
            raise UserMistake(f"the rule «{rule.id}» has the id of a channel: give it its own")
        if set(parsed(rule).channels) <= there:
            ready.append(rule)
            there.add(rule.id)
    return ready
