"""A small plant for the tests: an engine over a few channels, fed by hand in seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from viewer.alarms.causes import Upstream
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.engine import AlarmEngine
from viewer.alarms.words import ActionKind, AlarmAction, AlarmEvent
from viewer.twin.samples import Columns, in_runs

S = 10**9
Sample = tuple[str, float, float] | tuple[str, float, float, bool]
"""Channel, time in s, value, and whether it is bad."""


def block(names: Sequence[str], samples: Sequence[Sample]) -> Columns:
    """Samples as columns, those of a channel in the order given."""
    channel = np.array([names.index(one[0]) for one in samples], np.int64)
    t_ns = np.array([round(one[1] * S) for one in samples], np.int64)
    values = np.array([one[2] for one in samples], np.float64)
    quality = np.array([len(one) > 3 and one[3] for one in samples], np.uint8)
    return in_runs(channel, t_ns, values, quality)


class Plant:
    """An engine and what it said."""

    def __init__(
        self, *definitions: AlarmDefinition, channels: Sequence[str] = ("a", "b", "c"), upstream: Upstream | None = None
    ) -> None:
        self.names = tuple(channels)
        self.engine = AlarmEngine(definitions, self.names, start_ns=0, upstream=upstream)
        self.events: list[AlarmEvent] = []

    def feed(self, *samples: Sample, until_s: float | None = None) -> list[AlarmEvent]:
        """One step, up to the newest sample or `until_s`."""
        newest_s = max([one[1] for one in samples], default=0.0) if until_s is None else until_s
        found = self.engine.step(block(self.names, samples), round(newest_s * S))
        self.events += found
        return found

    def act(self, kind: ActionKind, alarm: str, t_s: float, *, reason: str = "", until_s: float = 0.0) -> AlarmEvent:
        """What a person does."""
        action = AlarmAction(alarm=alarm, kind=kind, reason=reason, until_ns=round(until_s * S))
        found = self.engine.act(action, user="ada", role="operator", t_ns=round(t_s * S))
        self.events.append(found)
        return found

    def states(self) -> dict[str, str]:
        """The state of each alarm that is not normal."""
        return {one.id: one.state.value for one in self.engine.standing()}


def told(events: Sequence[AlarmEvent]) -> list[tuple[float, str, str]]:
    """Time in s, alarm and trigger of each event."""
    return [(one.t_ns / S, one.alarm, one.trigger.value) for one in events]
