"""Sensor faults: what happens to a channel's samples after the plant has made them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.edge.simulated.chance import key_of, normal_at
from viewer.edge.simulated.faults import Faults
from viewer.edge.source import BAD, SampleBlock
from viewer.twin.channels import Channel


class SensorFaults:
    """The last thing samples pass on their way out."""

    def __init__(self, channels: Sequence[Channel], faults: Faults, *, seed: int) -> None:
        self._faults, self._seed = faults, seed
        self._span = [(c.high or 0.0) - (c.low or 0.0) or 1.0 for c in channels]
        self._last: NDArray[np.float64] = np.full(len(channels), np.nan)
        self._stuck: tuple[int, float] | None = None

    def through(self, block: SampleBlock) -> SampleBlock:
        """The block as the sensors tell it; faults begin and end between blocks."""
        honest = block
        block = self._stick(block)
        block = self._add_noise(block)
        if self._faults.active("sensor_bad"):
            block.quality[block.channel == self._channel("sensor_bad")] = BAD
        self._last[honest.channel] = block.values
        if self._faults.active("sensor_silent"):
            block = _without(block, block.channel == self._channel("sensor_silent"))
        return block

    def _channel(self, fault: str) -> int:
        return int(self._faults.parameter(fault, "channel"))

    def _stick(self, block: SampleBlock) -> SampleBlock:
        if not self._faults.active("sensor_stuck"):
            self._stuck = None
            return block
        channel = self._channel("sensor_stuck")
        mine = block.channel == channel
        if self._stuck is None or self._stuck[0] != channel:
            value = self._last[channel]
            if np.isnan(value):
                if not mine.any():
                    return block
                value = block.values[mine][0]
            self._stuck = (channel, float(value))
        block.values[mine] = self._stuck[1]
        return block

    def _add_noise(self, block: SampleBlock) -> SampleBlock:
        if not self._faults.active("sensor_noisy"):
            return block
        channel = self._channel("sensor_noisy")
        mine = block.channel == channel
        sigma = self._faults.parameter("sensor_noisy", "noise") / 100.0 * self._span[channel]
        block.values[mine] += sigma * normal_at(key_of(self._seed, "noisy", channel), block.t_ns[mine])
        return block


def _without(block: SampleBlock, left_out: NDArray[np.bool_]) -> SampleBlock:
    kept = ~left_out
    return SampleBlock(block.channel[kept], block.t_ns[kept], block.values[kept], block.quality[kept])
