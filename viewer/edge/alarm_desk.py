"""The alarm engine in the gateway's loop: fed with each tick, its events kept and published, its memory safe over a restart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from viewer.alarms.causes import Upstream
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.engine import AlarmEngine
from viewer.alarms.words import Alarm, AlarmAction, AlarmEvent, EngineState
from viewer.base.clock import Clock
from viewer.base.conditions import Condition
from viewer.base.errors import UserMistake
from viewer.edge.background import Background, write_durably
from viewer.twin.samples import Columns

_logger = logging.getLogger(__name__)
_SAVE_EVERY_NS = 1_000_000_000

Kept = Callable[[str, int, bytes], None]
"""Keeps one line of a journal: kind, time, payload."""


class AlarmDesk:
    """On the gateway's loop. `events` is called with what happened, to be published."""

    def __init__(
        self,
        definitions: Sequence[AlarmDefinition],
        *,
        upstream: Upstream,
        clock: Clock,
        memory: Path,
        background: Background,
        keep: Kept,
        events: Callable[[Sequence[AlarmEvent]], None],
    ) -> None:
        self._wanted = tuple(definitions)
        self._upstream, self._clock, self._memory, self._background = upstream, clock, memory, background
        self._keep, self._events = keep, events
        self._engine: AlarmEngine | None = None
        self._saved_ns = 0
        self._state = _remembered(memory)
        self.channels = 0
        """Of the catalogue that was declared last."""

    def add(self, definitions: Sequence[AlarmDefinition]) -> None:
        """More alarms, from the next `declare` on; one whose id is there already is left as it is."""
        known = {one.id for one in self._wanted}
        self._wanted += tuple(one for one in definitions if one.id not in known)

    @property
    def definitions(self) -> tuple[AlarmDefinition, ...]:
        """The alarms that are watched now."""
        return self._engine.definitions if self._engine is not None else ()

    def declare(self, ids: Sequence[str], t_ns: int) -> None:
        """The catalogue from now on: alarms on channels that are not there yet wait for them."""
        state = self._engine.state() if self._engine is not None else self._state
        resumed_ns = None if self._engine is not None else t_ns
        known = set(ids)
        there = [one for one in self._wanted if one.channel in known]
        alarms = {one.id for one in there}
        there = [one for one in there if _can_be_suppressed(one, known, alarms)]
        if len(there) < len(self._wanted):
            _logger.warning("%d alarms wait for channels that no source brings yet", len(self._wanted) - len(there))
        self.channels = len(ids)
        self._engine = AlarmEngine(there, ids, start_ns=t_ns, upstream=self._upstream)
        if state is not None:
            self._engine.restore(state, resumed_ns=resumed_ns)

    def step(self, columns: Columns, t_ns: int) -> None:
        """A tick's samples."""
        if self._engine is None:
            return
        self._happened(self._engine.step(columns, t_ns))
        if not 0 <= t_ns - self._saved_ns < _SAVE_EVERY_NS:
            self._save(t_ns)

    def act(self, action: AlarmAction, *, user: str, role: str, t_ns: int, done: Callable[[AlarmEvent], None]) -> None:
        """Do what a person wants; `done` once it is remembered for good. Raises UserMistake where it can't be done."""
        if self._engine is None:
            raise UserMistake("this gateway watches no alarms")
        event = self._engine.act(action, user=user, role=role, t_ns=t_ns)
        self._happened([event])
        self._save(t_ns, lambda: done(event))

    def standing(self) -> tuple[Alarm, ...]:
        """All alarms that are not normal."""
        return self._engine.standing() if self._engine is not None else ()

    def close(self) -> None:
        """Remember for good."""
        if self._engine is not None:
            write_durably(self._memory, msgspec.msgpack.encode(self._engine.state()))

    def _happened(self, events: Sequence[AlarmEvent]) -> None:
        for event in events:
            self._keep("alarm", event.t_ns, msgspec.msgpack.encode(event))
        if events:
            self._events(events)

    def _save(self, t_ns: int, done: Callable[[], None] | None = None) -> None:
        assert self._engine is not None
        self._saved_ns = t_ns
        data, path = msgspec.msgpack.encode(self._engine.state()), self._memory
        self._background.do("alarm memory", lambda: write_durably(path, data), done)


def _remembered(path: Path) -> EngineState | None:
    if not path.exists():
        return None
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=EngineState)
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        _logger.error("what the alarms remembered can't be read, they begin anew (%s): %s", error, path)
        return None


def _can_be_suppressed(one: AlarmDefinition, channels: set[str], alarms: set[str]) -> bool:
    if not one.suppress_when:
        return True
    condition = Condition(one.suppress_when)
    return set(condition.channels) <= channels and set(condition.alarms) <= alarms
