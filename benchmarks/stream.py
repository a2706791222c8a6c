"""A plant's whole stream through one gateway: devices with batches, history, a viewer; nothing lost, memory bounded, CPU told.

    python -m benchmarks.stream [--seconds 60] [--devices 200] [--channels 100] [--rate 2.5] [-o result.json]

Three processes on one machine: the gateway (`genchi edge` with a history), all devices in one (each with its own key, connection
and spool in memory), and the viewer, which is this one. Afterwards the history is compared with what was sent.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zmq

from benchmarks.measuring import RESULTS
from tests.edge.plant import Plant, environment
from viewer.access.keyfile import load_keys, new_keys
from viewer.base.clock import SystemClock
from viewer.history.store import History
from viewer.live import keys
from viewer.live.columns import pack
from viewer.live.device_talk import DeviceTalk
from viewer.live.feed import LiveFeed
from viewer.live.spool import Spool, SpooledBatch
from viewer.live.terms import MAX_BLOCK_SAMPLES
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import in_runs

S = 1_000_000_000
BATCH_S = 1.0
CHECKED_CHANNELS = 1_000
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def device_name(number: int) -> str:
    """Of one device."""
    return f"d{number:03d}"


def value(number: int, channel: int, index: np.ndarray) -> np.ndarray:
    """What a channel's samples show: a slow wave with a resolution of 0.001, as a sensor's."""
    return np.round(20.0 + channel % 7 + np.sin((index + 13 * number + channel) / 40.0), 3)


class Device:
    """One device of the many in this process: a batch of all its channels each second, not at the same time as the others'."""

    def __init__(self, number: int, given: argparse.Namespace, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self.number, self.given = number, given
        name = device_name(number)
        self.spool = Spool(None)
        self.spool.declare([ChannelInfo(f"{name}.c{i}", "degC", "measurement", 1.0 / given.rate) for i in range(given.channels)])
        pair = load_keys(keys.keys_dir() / f"{name}.toml", None)
        self.state = "connecting"
        self.acknowledged = 0
        self.talk = DeviceTalk(given.endpoint, given.key, pair, self.spool, SystemClock(), self.told, "benchmark")
        self.talk.open(context)
        self.next_ns = given.start_ns + round(S * BATCH_S * number / given.devices)
        self.sent = self.samples = 0

    def told(self, status: Any) -> None:
        """How the link stands."""
        self.state, self.acknowledged = status.state, status.acknowledged

    def due(self, now_ns: int) -> None:
        """Spool the batches whose time has come."""
        while now_ns >= self.next_ns < self.given.end_ns:
            step_ns = round(S / self.given.rate)
            first, end = -(-(self.next_ns - round(S * BATCH_S)) // step_ns), -(-self.next_ns // step_ns)
            index = np.arange(first, end)
            n, k = self.given.channels, len(index)
            channel = np.repeat(np.arange(n), k)
            times = np.tile(index * step_ns, n)
            numbers = np.concatenate([value(self.number, one, index) for one in range(n)])
            self.spool.put(
                [(None, SpooledBatch(self.next_ns, pack(in_runs(channel, times, numbers, np.zeros(n * k, np.uint8)))))]
            )
            self.sent, self.samples = self.sent + 1, self.samples + n * k
            self.next_ns += round(S * BATCH_S)


def run_devices(given: argparse.Namespace) -> int:
    """All devices in one thread; prints what was sent, once all is acknowledged."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 8 * given.devices + 100)
    devices = [Device(number, given, context) for number in range(given.devices)]
    give_up_ns = given.end_ns + 60 * S
    while time.time_ns() < give_up_ns:
        now_ns = time.time_ns()
        for one in devices:
            one.due(now_ns)
            one.talk.turn()
        if now_ns > given.end_ns and all(one.acknowledged == one.sent for one in devices):
            break
        time.sleep(0.01)
    late = [device_name(one.number) for one in devices if one.acknowledged != one.sent]
    cpu_s = time.process_time()
    for one in devices:
        one.talk.close()
    context.term()
    told = {
        "samples": sum(one.samples for one in devices),
        "each": {device_name(one.number): one.samples // given.channels for one in devices},
        "batches": {device_name(one.number): one.sent for one in devices},
        "epochs": {device_name(one.number): one.spool.epoch for one in devices},
        "not_acknowledged": late,
        "cpu_s": cpu_s,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def cpu_and_memory(pid: int) -> tuple[float, float]:
    """CPU seconds so far, and resident memory in MB."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS, resident / 1e6


def measure(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run it, and compare."""
    plant = Plant(folder)
    for number in range(given.devices):
        name = device_name(number)
        keys.enrol(name, new_keys(keys.keys_dir() / f"{name}.toml", name).public, "device", channels=(f"{name}.*",))
    plant.start_gateway()
    assert plant.gateway is not None
    start_ns = time.time_ns() + 3 * S
    command = [sys.executable, "-m", "benchmarks.stream", "--run-devices", "--endpoint", plant.ready["endpoint"]]
    command += [
        "--key",
        plant.ready["public_key"],
        "--start-ns",
        str(start_ns),
        "--end-ns",
        str(start_ns + round(S * given.seconds)),
    ]
    command += ["--devices", str(given.devices), "--channels", str(given.channels), "--rate", str(given.rate)]
    devices = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment())
    feed = LiveFeed(plant.ready["endpoint"], plant.ready["public_key"], keys.client_keys(), SystemClock())
    feed.start()
    time.sleep(max(0.0, (start_ns - time.time_ns()) / S))
    before_s, _ = cpu_and_memory(plant.gateway.pid)
    own_s, began_s = time.process_time(), time.monotonic()
    memory_mb: list[float] = []
    while time.monotonic() - began_s < given.seconds:
        time.sleep(min(5.0, given.seconds / 12))
        memory_mb.append(cpu_and_memory(plant.gateway.pid)[1])
    spent_s = time.monotonic() - began_s
    gateway_s = cpu_and_memory(plant.gateway.pid)[0] - before_s
    viewer_s = time.process_time() - own_s
    status = feed.status()
    assert devices.stdout is not None
    told = json.loads(devices.stdout.readline())
    devices.wait()
    feed.stop()
    plant.stop()
    with History(plant.history, SystemClock()) as history:
        kept = compared(history, given, told)
        size = sum(one.stat().st_size for one in plant.history.glob("history.db*"))
    return {
        "seconds": given.seconds,
        "devices": given.devices,
        "channels": given.devices * given.channels,
        "samples": told["samples"],
        "samples_per_s": told["samples"] / given.seconds,
        "not_acknowledged": told["not_acknowledged"],
        **kept,
        "gateway_cores": gateway_s / spent_s,
        "gateway_memory_mb": {"first": memory_mb[0], "half": memory_mb[len(memory_mb) // 2], "last": memory_mb[-1]},
        "devices_cores": told["cpu_s"] / (given.seconds + 3),
        "viewer_cores": viewer_s / spent_s,
        "viewer_lost_samples": status.lost_samples,
        "viewer_latency_ms": status.latency_ms,
        "history_bytes_per_sample": size / max(told["samples"], 1),
    }


def compared(history: History, given: argparse.Namespace, told: dict[str, Any]) -> dict[str, Any]:
    """The history against what was sent: each device's last batch, gaps, and every value of some channels."""
    short = [name for name, sent in told["batches"].items() if history.progress(name, told["epochs"][name]) != sent]
    chance = np.random.default_rng(1)
    total = given.devices * given.channels
    wrong = 0
    for one in chance.choice(total, min(CHECKED_CHANNELS, total), replace=False).tolist():
        number, channel = divmod(one, given.channels)
        times, values = history.range(f"{device_name(number)}.c{channel}", 0, 1 << 62)
        index = times // round(S / given.rate)
        count = told["each"][device_name(number)]
        good = len(times) == count and (np.diff(index) == 1).all() and np.array_equal(values, value(number, channel, index))
        wrong += not good
    return {
        "devices_short": short,
        "gaps": len(history.gaps()),
        "channels_checked": min(CHECKED_CHANNELS, total),
        "channels_wrong": wrong,
    }


def main(words: Sequence[str] | None = None) -> int:
    """Run, print and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--channels", type=int, default=100, help="of each device")
    parser.add_argument("--rate", type=float, default=2.5, help="samples of each channel a second")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "stream.json")
    parser.add_argument("--run-devices", action="store_true", help=argparse.SUPPRESS)
    for name, kind in (("--endpoint", str), ("--key", str), ("--start-ns", int), ("--end-ns", int)):
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.channels * given.rate * BATCH_S > MAX_BLOCK_SAMPLES:
        parser.error(f"a batch holds {MAX_BLOCK_SAMPLES} samples")
    if given.run_devices:
        return run_devices(given)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GENCHI_HOME"] = folder
        result = measure(given, Path(folder))
    text = json.dumps(result, indent=2)
    print(text)
    given.output.write_text(text + "\n", encoding="utf-8")
    good = not (result["not_acknowledged"] or result["devices_short"] or result["gaps"] or result["channels_wrong"])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
