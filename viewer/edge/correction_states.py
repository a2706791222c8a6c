"""How each automatic correction fares, as a channel that people see and an alarm that calls them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from viewer.access.leash import Leash
from viewer.alarms.definitions import AlarmDefinition
from viewer.base.errors import Fault
from viewer.edge.source import SampleBlock
from viewer.twin.catalogue import ChannelInfo, FaultInfo

NOT_CORRECTED, CORRECTING, STOPPED = 0.0, 1.0, 2.0


def state_channel(channel: str) -> str:
    """The channel that says how the correction of a set-point fares."""
    return f"{channel}.correction"


class CorrectionStates:
    """A source beside the others, on the gateway's loop: one state for each leash, told when it changes."""

    def __init__(self, leashes: Mapping[str, Leash], absent: Collection[str]) -> None:
        """`absent`: the channels whose controller this gateway should run and can't."""
        self._leashes = [(channel, leash, channel in absent) for channel, leash in sorted(leashes.items())]
        self._told = np.full(len(self._leashes), np.nan)

    def alarms(self) -> Sequence[AlarmDefinition]:
        """One for each correction: it has stopped, and waits for somebody."""
        return [
            AlarmDefinition(
                id=f"{state_channel(channel)}.stopped",
                channel=state_channel(channel),
                kind="equals",
                limit=STOPPED,
                dead_band=0.5,
                priority="high",
                name=f"The correction of {channel} has stopped",
                cause=f"At the end of its leash, or {leash.terms.input} or the clock can't be relied on: the audit says which",
                consequence="Nobody corrects the set-point any more",
                response=f"Look at the process and mend its cause; then genchi command arm {channel}",
            )
            for channel, leash, _ in self._leashes
        ]

    def channels(self) -> tuple[ChannelInfo, ...]:
        return tuple(ChannelInfo(state_channel(channel), "", "state", 1.0) for channel, _, _ in self._leashes)

    def start(self, t_ns: int) -> None:
        """It has no time of its own."""

    def step(self, until_ns: int) -> SampleBlock:
        """The states that have changed."""
        now = np.array([STOPPED if leash.off else NOT_CORRECTED if gone else CORRECTING for _, leash, gone in self._leashes])
        changed = np.flatnonzero(now != self._told)
        self._told = now
        return SampleBlock.of(changed, np.full(len(changed), until_ns), now[changed])

    def faults(self) -> tuple[FaultInfo, ...]:
        return ()

    def inject(self, name: str, **parameters: float) -> None:
        raise Fault(f"corrections have no fault «{name}»")

    def clear(self, name: str) -> None:
        raise Fault(f"corrections have no fault «{name}»")
