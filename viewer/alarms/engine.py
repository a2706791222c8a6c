"""The alarm engine: samples in, events out; what people do, what stands, and what it remembers over a restart.

Sources: ANSI/ISA-18.2-2016 and IEC 62682 for states, shelving, suppression by design and out of service; EEMUA 191 ed. 3 for dead
bands, delays and first-out. Not thread-safe: one thread calls it (the gateway's).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from viewer.alarms.acting import refused, release, trigger_of
from viewer.alarms.causes import Causes, Upstream
from viewer.alarms.crossings import NOT_DUE_NS, Crossings
from viewer.alarms.definitions import AlarmDefinition, check_all
from viewer.alarms.detector import Detector
from viewer.alarms.ledger import Ledger
from viewer.alarms.records import Record
from viewer.alarms.states import Trigger
from viewer.alarms.suppression import Suppression
from viewer.alarms.words import Alarm, AlarmAction, AlarmEvent, AlarmMemory, EngineState
from viewer.base.conditions import Condition
from viewer.base.errors import UserMistake
from viewer.twin.samples import NEVER_NS, Columns

LONGEST_SHELF_S = 8 * 3600.0
"""One shift: a shelved alarm comes back to the people who shelved it."""


class AlarmEngine:
    """All alarms of one gateway."""

    def __init__(
        self,
        definitions: Sequence[AlarmDefinition],
        channels: Sequence[str],
        *,
        start_ns: int,
        upstream: Upstream | None = None,
        longest_shelf_s: float = LONGEST_SHELF_S,
    ) -> None:
        """`channels` are the ids of the catalogue, by whose indices samples come; silence counts from `start_ns`.

        Raises UserMistake for a definition that makes no sense, or that names a channel or an alarm that isn't there.
        """
        self.definitions = check_all(definitions)
        self._channels, index = tuple(channels), {name: at for at, name in enumerate(channels)}
        self._at = {one.id: at for at, one in enumerate(self.definitions)}
        for one in self.definitions:
            _check_names(one, index, self._at)
        self._suppression = Suppression(self.definitions, index, self._at)
        self._detector = Detector(self.definitions, self._channels, start_ns, self._suppression.watched)
        self._causes = Causes(self.definitions, upstream or Upstream())
        self._active = self._detector.memory.active.copy()
        self._ledger = Ledger(self.definitions, self._causes)
        self._longest_shelf_s = longest_shelf_s

    def step(self, columns: Columns, t_ns: int) -> list[AlarmEvent]:
        """What happened up to `t_ns`, by which time all samples not after it must have been given; in order of time.

        The same samples in other blocks give the same events. A late sample is judged as of its channel's newest, one from the
        future as of `t_ns`; time never goes back.
        """
        before_ns = self._detector.t_ns
        crossings = self._detector.step(columns, t_ns)
        now_ns = self._detector.t_ns
        self._suppression.take(columns, before_ns, now_ns, self._active)
        return list(self._worked_off(crossings, now_ns))

    def act(self, action: AlarmAction, *, user: str, role: str = "", t_ns: int) -> AlarmEvent:
        """Do what a person wants (whether they may is the caller's to know). Raises UserMistake where it can't be done."""
        at = self._at.get(action.alarm)
        if at is None:
            raise UserMistake(f"there is no alarm «{action.alarm}»")
        record, active = self._ledger.record(at), bool(self._active[at])
        trigger = trigger_of(action, record, active=active, t_ns=t_ns, longest_shelf_s=self._longest_shelf_s)
        event = self._ledger.apply(at, record, trigger, t_ns, active=active, action=action, user=user, role=role)
        if event is None:
            raise refused(action, record.state)
        return event

    def standing(self) -> tuple[Alarm, ...]:
        """All alarms that are not normal, in the order of their definitions."""
        return self._ledger.standing(self._active.tolist())

    def state(self) -> EngineState:
        """All that it remembers."""
        memory = self._detector.memory
        kept: list[AlarmMemory] = []
        for at in sorted({*self._ledger.records, *np.flatnonzero(memory.beyond | memory.active).tolist()}):
            record = self._ledger.record(at)
            beyond, within = bool(memory.beyond[at]), bool(memory.within[at])
            since_ns, active = int(memory.since_ns[at]), bool(memory.active[at])
            kept.append(record.kept(self.definitions[at].id, beyond=beyond, within=within, since_ns=since_ns, active=active))
        return EngineState(
            t_ns=self._detector.t_ns,
            sequence=self._ledger.sequence,
            alarms=tuple(kept),
            channels=self._channels,
            newest_ns=memory.newest_ns.astype("<i8").tobytes(),
            values=memory.value.astype("<f8").tobytes(),
            bad=memory.bad.astype(np.uint8).tobytes(),
        )

    def restore(self, state: EngineState, *, resumed_ns: int | None = None) -> tuple[str, ...]:
        """Go on from what was remembered; the ids of alarms that are no longer defined (they are dropped).

        With `resumed_ns` silence counts from then: nobody is blamed for the time in which the gateway itself was down.
        """
        memory = self._detector.memory
        here = {name: at for at, name in enumerate(self._channels)}
        pairs = [(here[name], there) for there, name in enumerate(state.channels) if name in here]
        own, there = np.array(pairs, np.int64).reshape(-1, 2).T
        memory.newest_ns[own] = np.frombuffer(state.newest_ns, "<i8")[there]
        memory.value[own] = np.frombuffer(state.values, "<f8")[there]
        memory.bad[own] = np.frombuffer(state.bad, np.uint8)[there] != 0
        heard = memory.newest_ns != NEVER_NS
        memory.heard_ns[heard] = memory.newest_ns[heard]
        if resumed_ns is not None:
            memory.heard_ns = np.maximum(memory.heard_ns, resumed_ns)
        self._detector.t_ns, self._ledger.sequence = max(state.t_ns, resumed_ns or 0), state.sequence
        for one in state.alarms:
            if one.id in self._at:
                self._restore_one(self._at[one.id], one)
        self._active = memory.active.copy()
        self._detector.restored()
        suppressed = [at for at, record in self._ledger.records.items() if record.suppressed]
        self._suppression.restore(np.where(memory.bad, np.nan, memory.value), suppressed)
        return tuple(one.id for one in state.alarms if one.id not in self._at)

    def _restore_one(self, at: int, saved: AlarmMemory) -> None:
        memory, definition = self._detector.memory, self.definitions[at]
        memory.beyond[at], memory.since_ns[at], memory.active[at] = saved.beyond, saved.since_ns, saved.active
        memory.within[at] = saved.within
        waits = saved.beyond and not saved.within and not saved.active
        memory.due_ns[at] = saved.since_ns + definition.on_delay_ns if waits else NOT_DUE_NS
        if saved.active:
            self._causes.moved(at, saved.since_ns)
        self._ledger.put(at, Record.restored(saved))

    def _worked_off(self, crossings: Crossings, now_ns: int) -> Iterator[AlarmEvent]:
        """All that happened, moment by moment: conditions, then what they suppress, then what is announced, then what ended."""
        place, count = 0, len(crossings)
        while True:
            crossing_ns = int(crossings.t_ns[place]) if place < count else NOT_DUE_NS
            timer_ns = self._ledger.next_timer_ns() or NOT_DUE_NS
            t_ns = min(crossing_ns, self._suppression.next_ns(), timer_ns)
            if t_ns == NOT_DUE_NS or t_ns > now_ns:
                return
            end = place
            while end < count and int(crossings.t_ns[end]) == t_ns:
                end += 1
            moved = crossings.alarms[place:end].tolist()
            self._active[moved] = crossings.active[place:end]
            for is_true, suppresses in self._suppression.changes(t_ns, moved, self._active):
                yield from self._suppressed(suppresses, t_ns, is_true=is_true)
            for one in range(place, end):
                event = self._crossed(
                    int(crossings.alarms[one]), t_ns, float(crossings.values[one]), active=bool(crossings.active[one])
                )
                if event is not None:
                    yield event
            place = end
            if timer_ns == t_ns:
                yield from self._timed(t_ns)

    def _crossed(self, at: int, t_ns: int, value: float, *, active: bool) -> AlarmEvent | None:
        definition = self.definitions[at]
        if active:
            self._causes.moved(at, t_ns - definition.on_delay_ns)
            trigger = Trigger.ACTIVATE
        else:
            self._causes.returned(at)
            trigger = Trigger.LATCH if definition.latching else Trigger.CLEAR
        return self._ledger.apply(at, self._ledger.record(at), trigger, t_ns, active=active, value=value)

    def _suppressed(self, alarms: Sequence[int], t_ns: int, *, is_true: bool) -> Iterator[AlarmEvent]:
        for at in alarms:
            record, active = self._ledger.record(at), bool(self._active[at])
            record.suppressed = is_true
            trigger = Trigger.SUPPRESS if is_true else release(record, active=active)
            event = self._ledger.apply(at, record, trigger, t_ns, active=active)
            if event is not None:
                yield event

    def _timed(self, t_ns: int) -> Iterator[AlarmEvent]:
        """Shelves that end and alarms that are announced again."""
        for at, record in self._ledger.timed(t_ns):
            active, trigger = bool(self._active[at]), None
            if record.shelved and record.until_ns <= t_ns:
                record.shelved = False
                trigger = release(record, active=active)
            elif 0 < record.re_alarm_ns <= t_ns:
                trigger = Trigger.RE_ALARM
            event = None if trigger is None else self._ledger.apply(at, record, trigger, t_ns, active=active)
            if event is not None:
                yield event


def _check_names(definition: AlarmDefinition, channels: Mapping[str, int], alarms: Mapping[str, int]) -> None:
    where = f"the alarm «{definition.id}»"
    if definition.channel not in channels:
        raise UserMistake(f"{where} names the channel «{definition.channel}», which no source brings")
    if definition.suppress_when:
        condition = Condition(definition.suppress_when)
        for name in condition.channels:
            if name not in channels:
                raise UserMistake(f"{where}, suppress_when names the channel «{name}», which no source brings")
        for name in condition.alarms:
            if name not in alarms:
                raise UserMistake(f"{where}, suppress_when names the alarm «{name}», which is not defined")
