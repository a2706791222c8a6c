"""What watching costs: 20,000 channels at 50,000 samples/s against 120,000 alarms, as a share of one core.

`python -m benchmarks.alarms [--seconds 20]`; figures in benchmarks/results/alarms.json. Blocks as the gateway makes them, 40 a
second. Four plants: one where nothing happens, one where 100 alarms a second come and go, one whose every value lies near its
limit (noise crosses it all the time: 25,000 alarms a second for want of a dead band), and one that loses all its channels at
once.
"""

from __future__ import annotations

import argparse
import time

import msgspec
import numpy as np

from benchmarks.measuring import keep, rounded
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.derive import alarms_from_limits, alarms_on_quality
from viewer.alarms.engine import AlarmEngine
from viewer.base.ids import ChannelId
from viewer.twin.channels import Channel, Limits
from viewer.twin.samples import Columns, in_runs

CHANNELS = 20_000
RATE = 50_000
TICKS_PER_S = 40
_S = 10**9
_LIMITS = Limits(lolo=-20.0, lo=-10.0, hi=10.0, hihi=20.0)


def _engine(*, with_dead_band: bool = True) -> AlarmEngine:
    period_s = CHANNELS / RATE
    channels = [Channel(ChannelId(f"c{at}"), "", period_s=period_s, limits=_LIMITS) for at in range(CHANNELS)]
    definitions: tuple[AlarmDefinition, ...] = (*alarms_from_limits(channels), *alarms_on_quality(channels))
    if not with_dead_band:
        definitions = tuple(msgspec.structs.replace(one, dead_band=0.0) for one in definitions)
    return AlarmEngine(definitions, [one.id for one in channels], start_ns=0)


def _block(rng: np.random.Generator, tick: int, values: np.ndarray) -> Columns:
    k = len(values)
    first = tick * k % CHANNELS
    channel = (first + np.arange(k)) % CHANNELS
    until_ns = (tick + 1) * _S // TICKS_PER_S
    t_ns = until_ns - rng.integers(0, _S // TICKS_PER_S, k)
    return in_runs(channel, t_ns, values, np.zeros(k, np.uint8))


def _measured(name: str, seconds: int) -> dict[str, float | int]:
    engine, rng, per_tick = _engine(with_dead_band=name != "noisy"), np.random.default_rng(1), RATE // TICKS_PER_S
    taken_s, events, slowest_s = 0.0, 0, 0.0
    for tick in range(seconds * TICKS_PER_S):
        values = rng.normal(0.0, 1.0, per_tick)
        if name == "busy":
            hot = rng.random(per_tick) < 50 / RATE
            values[hot] = 15.0
        elif name == "noisy":
            values = rng.normal(10.0, 0.1, per_tick)
        lost = name == "blackout" and tick >= 2 * TICKS_PER_S
        block = _block(rng, tick, values[:0] if lost else values)
        start = time.process_time()
        events += len(engine.step(block, (tick + 1) * _S // TICKS_PER_S))
        spent_s = time.process_time() - start
        taken_s, slowest_s = taken_s + spent_s, max(slowest_s, spent_s)
    return {"core_percent": 100.0 * taken_s / seconds, "events": events, "slowest_step_ms": 1e3 * slowest_s}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    seconds = parser.parse_args().seconds
    found = {name: rounded(_measured(name, seconds)) for name in ("quiet", "busy", "noisy", "blackout")}
    engine = _engine()
    start = time.process_time()
    engine.state()
    state_ms = 1e3 * (time.process_time() - start)
    keep("alarms", {"channels": CHANNELS, "samples_per_s": RATE, "alarms": 6 * CHANNELS, **found, "state_ms": round(state_ms, 2)})


if __name__ == "__main__":
    main()
