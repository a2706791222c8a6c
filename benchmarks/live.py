"""Samples per second from a gateway process through CURVE into rings, and how late they are, against JSON one by one.

    python -m benchmarks.live [--seconds 5] [-o result.json]

Three runs over loopback, each with a publisher process of its own: a flood of samples in blocks, a plant-like load for latency,
and the peer: one JSON object per sample through the same kind of sockets with the same encryption.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zmq

from benchmarks.measuring import RESULTS
from viewer.base.clock import SystemClock
from viewer.edge.config import GatewayConfig
from viewer.edge.gateway import TICK_S
from viewer.edge.main import serve
from viewer.edge.source import SampleBlock
from viewer.live.conversation import Conversation
from viewer.live.keys import client_keys, gateway_keys
from viewer.live.past_words import SourceInfo
from viewer.live.rings import SampleStore
from viewer.live.status import FeedStatus
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.samples import Columns

WARM_UP_S = 1.5
FLOODS_MILLION = (5.0, 10.0, 15.0)
TICK_HZ = 1.0 / TICK_S


class Steady:
    """`channels` channels of `rate_hz` samples a second each, a ramp, all at the same times; what it can't
    bring within 0.2 s it leaves out, so that an overloaded machine is not loaded further."""

    def __init__(self, channels: int, rate_hz: float) -> None:
        self._infos = tuple(ChannelInfo(f"c{i}", "mm", "measurement", 1.0 / rate_hz) for i in range(channels))
        self._step_ns = round(1e9 / rate_hz)
        self._index = np.arange(channels, dtype=np.uint32)
        self._last = 0

    def channels(self) -> tuple[ChannelInfo, ...]:
        return self._infos

    def start(self, t_ns: int) -> None:
        self._last = t_ns // self._step_ns

    def step(self, until_ns: int) -> SampleBlock:
        end = until_ns // self._step_ns
        numbers = np.arange(self._last + 1, min(end, self._last + 200_000_000 // self._step_ns) + 1)
        self._last = end
        n, k = len(self._index), len(numbers)
        values = np.tile(numbers.astype(np.float64), n)
        return SampleBlock.of(np.repeat(self._index, k), np.tile(numbers * self._step_ns, n), values)

    def faults(self) -> tuple[FaultInfo, ...]:
        return ()

    def inject(self, name: str, **parameters: float) -> None:
        raise ValueError("a steady source has no faults")

    def clear(self, name: str) -> None:
        raise ValueError("a steady source has no faults")


class EachTick(Steady):
    """One sample of each channel at each tick, with the tick's own time: what is late then is the line, not the plant."""

    def step(self, until_ns: int) -> SampleBlock:
        n = len(self._index)
        return SampleBlock.of(self._index, np.full(n, until_ns), np.full(n, until_ns % 1e9))


class TimedStore(SampleStore):
    """Notes, for each block, how long after its newest sample's tick it lies in its slots."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.count = 0
        self.late_ns: list[int] = []

    def write(self, columns: Columns) -> int:
        written = super().write(columns)
        self.count += written
        self.late_ns.append(time.time_ns() - int(columns.t_ns[-1]))
        return written


class Status:
    """Keeps the newest status."""

    def __init__(self) -> None:
        self.now: FeedStatus | None = None

    def told_status(self, status: FeedStatus) -> None:
        self.now = status

    def told_batch(self) -> None:
        """The store has them."""

    def told_faults(self, faults: tuple[FaultInfo, ...]) -> None:
        """There are none."""

    def told_sources(self, sources: list[SourceInfo]) -> None:
        """Not asked for here."""

    def told_alarms(self, events: list[bytes]) -> None:
        """Not asked for here."""


@contextlib.contextmanager
def child(*arguments: str) -> Iterator[dict[str, Any]]:
    """This script as the publisher's process; its ready line."""
    command = [sys.executable, __file__, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdin is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(10.0)


def through_the_line(channels: int, rate_hz: float, seconds: float) -> dict[str, float]:
    """A real gateway and the viewer's own receiving code."""
    with child("--publish", str(channels), str(rate_hz)) as ready:
        store, status = TimedStore(), Status()
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        conversation = Conversation(ready["endpoint"], ready["public_key"], client_keys(), SystemClock(), store, status)
        conversation.open(context)
        receive_for(conversation, WARM_UP_S)
        store.count, store.late_ns = 0, []
        before = status.now
        cpu_s, began_s = time.process_time(), time.monotonic()
        receive_for(conversation, seconds)
        spent_s = time.monotonic() - began_s
        cpu_s = time.process_time() - cpu_s
        conversation.close()
        context.term()
    assert before is not None and status.now is not None
    late_ms = np.array(store.late_ns) / 1e6
    return {
        "channels": channels,
        "offered_samples_per_s": channels * rate_hz,
        "samples_per_s": store.count / spent_s,
        "lost_samples": status.now.lost_samples - before.lost_samples,
        "out_of_order": store.out_of_order,
        "receiver_cpu_ns_per_sample": 1e9 * cpu_s / max(store.count, 1),
        "tick_to_slot_ms_p50": float(np.percentile(late_ms, 50)),
        "tick_to_slot_ms_p99": float(np.percentile(late_ms, 99)),
    }


def receive_for(conversation: Conversation, seconds: float) -> None:
    """The loop of the feed's thread."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        poller = zmq.Poller()
        for one in conversation.sockets():
            poller.register(one, zmq.POLLIN)
        poller.poll(50)
        conversation.turn()


def json_one_by_one(seconds: float) -> dict[str, float]:
    """The peer: a JSON object per sample, the same encryption, stored in lists."""
    with child("--peer") as ready:
        keys = client_keys()
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        dealer = context.socket(zmq.DEALER)
        dealer.linger = 0
        dealer.curve_serverkey = ready["public_key"].encode()
        dealer.curve_publickey, dealer.curve_secretkey = keys.public.encode(), keys.secret.encode()
        dealer.connect(ready["endpoint"])
        dealer.send(b"go")
        store: dict[str, list[tuple[int, float]]] = {}
        take_json(dealer, store, WARM_UP_S)
        began_s = time.monotonic()
        count = take_json(dealer, store, seconds)
        spent_s = time.monotonic() - began_s
        dealer.close()
        context.term()
    return {"samples_per_s": count / spent_s}


def take_json(dealer: zmq.Socket[bytes], store: dict[str, list[tuple[int, float]]], seconds: float) -> int:
    """Receive and store until the time is up; how many."""
    count, until_s = 0, time.monotonic() + seconds
    while time.monotonic() < until_s:
        for _ in range(100):
            sample = json.loads(dealer.recv())
            store.setdefault(sample["channel"], []).append((sample["t_ns"], sample["value"]))
            count += 1
    return count


def publish_json() -> int:
    """The peer's process: as fast as the receiver takes them, until its input ends."""
    keys = gateway_keys("peer")
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    router = context.socket(zmq.ROUTER)
    router.linger = 0
    router.curve_server = True
    router.curve_secretkey = keys.secret.encode()
    router.setsockopt(zmq.ROUTER_MANDATORY, 1)
    port = router.bind_to_random_port("tcp://127.0.0.1")
    print(json.dumps({"endpoint": f"tcp://127.0.0.1:{port}", "public_key": keys.public}), flush=True)
    route, _ = router.recv_multipart()
    numbers = itertools.count()
    while not zmq.select([sys.stdin.fileno()], [], [], 0)[0]:
        for number in itertools.islice(numbers, 1000):
            sample = {"channel": f"c{number % 100}", "t_ns": time.time_ns(), "value": float(number)}
            try:
                router.send_multipart([route, json.dumps(sample).encode()])
            except zmq.ZMQError:
                return 0  # the receiver has left
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run all three, print and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "live.json")
    parser.add_argument("--publish", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.publish:
        config = GatewayConfig("bench", bind="tcp://127.0.0.1:*")
        kind = EachTick if float(given.publish[1]) == TICK_HZ else Steady
        source = kind(int(given.publish[0]), float(given.publish[1]))
        return serve(config, [lambda: source], json_lines=True, child=True)
    if given.peer:
        return publish_json()
    with tempfile.TemporaryDirectory() as home:
        os.environ["GENCHI_HOME"] = home
        client_keys()
        flood = max(
            (through_the_line(100, 1e6 * rate / 100, given.seconds) for rate in FLOODS_MILLION),
            key=lambda one: (not one["lost_samples"], one["samples_per_s"]),
        )
        plant = through_the_line(400, TICK_HZ, given.seconds)
        peer = json_one_by_one(given.seconds)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "flood": flood,
        "plant": plant,
        "peer_json": peer,
        "times_the_peer": flood["samples_per_s"] / peer["samples_per_s"],
    }
    text = json.dumps(result, indent=2)
    print(text)
    if given.output:
        given.output.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
