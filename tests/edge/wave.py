"""A real, small, deterministic source for the tests: sines, a state that seldom changes, and a fault; also as a process."""

from __future__ import annotations

import argparse
import math
import sys

import numpy as np

from viewer.base.errors import UserMistake
from viewer.edge.config import GatewayConfig
from viewer.edge.main import serve
from viewer.edge.source import SampleBlock
from viewer.twin.catalogue import ChannelInfo, FaultInfo, FaultParameter


class Wave:
    """`waves` sine channels sampled every `period_s` on the grid of whole periods, and `wave.state`, sent when it changes."""

    def __init__(self, waves: int = 8, period_s: float = 0.02) -> None:
        self.waves, self.period_ns = waves, round(1e9 * period_s)
        self.offset = 0.0
        self.done_ns = 0
        self.state_told = False
        self.infos = (
            *(ChannelInfo(f"wave.c{i}", "mm", "measurement", period_s) for i in range(waves)),
            ChannelInfo("wave.state", "", "state", 0.5),
        )

    def channels(self) -> tuple[ChannelInfo, ...]:
        return self.infos

    def start(self, t_ns: int) -> None:
        self.done_ns = t_ns

    def step(self, until_ns: int) -> SampleBlock:
        first, last = self.done_ns // self.period_ns + 1, until_ns // self.period_ns
        self.done_ns = until_ns
        times = np.arange(first, last + 1, dtype=np.int64) * self.period_ns
        channel, t_ns = np.repeat(np.arange(self.waves), len(times)), np.tile(times, self.waves)
        blocks = [SampleBlock.of(channel, t_ns, self.value(channel, t_ns))]
        if not self.state_told and len(times):
            blocks.append(SampleBlock.of(np.array([self.waves]), times[-1:], np.array([3.0])))
            self.state_told = True
        return SampleBlock.joined([block for block in blocks if len(block)])

    def value(self, channel: np.ndarray, t_ns: np.ndarray) -> np.ndarray:
        """What the channel shows at these times, in mm."""
        return np.sin(2.0 * math.pi * (t_ns % 1_000_000_000) / 1e9) + channel + self.offset

    def faults(self) -> tuple[FaultInfo, ...]:
        parameter = FaultParameter("by_mm", "mm", 5.0, 0.0, 100.0)
        return (FaultInfo("shift", "All waves are shifted", "", (parameter,), self.offset != 0.0),)

    def inject(self, name: str, **parameters: float) -> None:
        if name != "shift" or set(parameters) - {"by_mm"}:
            raise UserMistake(f"no fault «{name}» with {sorted(parameters)}")
        self.offset = parameters.get("by_mm", 5.0)

    def clear(self, name: str) -> None:
        if name != "shift":
            raise UserMistake(f"no fault «{name}»")
        self.offset = 0.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="wave")
    parser.add_argument("--bind", default="tcp://127.0.0.1:*")
    parser.add_argument("--waves", type=int, default=8)
    given = parser.parse_args()
    return serve(GatewayConfig(given.name, bind=given.bind), [lambda: Wave(given.waves)], json_lines=True, child=True)


if __name__ == "__main__":
    sys.exit(main())
