"""A gateway with a history and devices as real processes, for tests and long runs: started, killed, started again, examined.

    python -m tests.edge.plant device NAME ENDPOINT PUBLIC_KEY SPOOL BATCHES_PER_S

A device sends numbered values: channel `<name>.n` counts 0, 1, 2 … without holes, five samples a batch, 1 ms apart, so that what
a history has shows what is missing, twice, or in disorder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from viewer.access.keyfile import load_keys, new_keys
from viewer.base.clock import SystemClock
from viewer.history.store import History
from viewer.live import keys
from viewer.live.device import DeviceLink
from viewer.twin.catalogue import ChannelInfo

ROOT = Path(__file__).resolve().parents[2]
EACH = 5
LEAST = 40
"""Batches that a device sends at least, however soon it is told to finish."""
T0 = 1_700_000_000_000_000_000
MS = 1_000_000
CONFIG = """
[gateway]
name = "{name}"
bind = "{bind}"
[history]
folder = "{folder}"
[[source]]
kind = "device"
"""


@dataclass
class Plant:
    """One gateway and its devices below one folder; GENCHI_HOME must be set already."""

    folder: Path
    name: str = "plant"
    extra: str = ""
    gateway: subprocess.Popen[bytes] | None = None
    ready: dict[str, str] = field(default_factory=dict)
    devices: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_gateway(self) -> None:
        """Start it, at the endpoint it had before, and wait until it listens."""
        bind = self.ready.get("endpoint", "tcp://127.0.0.1:*")
        config = self.folder / f"{self.name}.toml"
        config.write_text(CONFIG.format(name=self.name, bind=bind, folder=self.history) + self.extra)
        command = [sys.executable, "-m", "viewer.edge", str(config), "--child"]
        log = (self.folder / f"{self.name}.log").open("ab")
        self.gateway = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment(), cwd=self.folder
        )
        log.close()
        assert self.gateway.stdout is not None
        line = self.gateway.stdout.readline()
        assert line, (self.folder / f"{self.name}.log").read_text()[-2000:]
        self.ready = json.loads(line)

    @property
    def history(self) -> Path:
        """Its history's folder."""
        return self.folder / f"{self.name}-history"

    def start_device(self, name: str, batches_per_s: float = 100.0) -> None:
        """Enrol and start one, or start it again on its spool."""
        path = keys.keys_dir() / f"{name}.toml"
        if not path.exists():
            keys.enrol(name, new_keys(path, name).public, "device", channels=(f"{name}.*",))
        command = [sys.executable, "-m", "tests.edge.plant", "device", name, self.ready["endpoint"], self.ready["public_key"]]
        command += [str(self.folder / f"{name}.db"), str(batches_per_s)]
        self.devices[name] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=ROOT)

    def finish(self, name: str, timeout_s: float = 30.0) -> int:
        """Let a device stop sending and wait until all is acknowledged; how many samples it has spooled in its life."""
        process = self.devices.pop(name)
        assert process.stdout is not None and process.stdin is not None
        process.stdin.close()
        line = process.stdout.readline()
        process.wait(timeout_s)
        process.stdout.close()
        assert line, f"{name} did not get all acknowledged"
        return int(line)

    def kill(self, name: str = "") -> None:
        """As if the power went: a device, or the gateway."""
        process = self.devices.pop(name) if name else self.gateway
        assert process is not None
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        if not name:
            self.gateway = None

    def stop(self) -> None:
        """Stop all that still runs: the gateway cleanly."""
        for name in list(self.devices):
            self.kill(name)
        if self.gateway is not None:
            assert self.gateway.stdin is not None and self.gateway.stdout is not None
            self.gateway.stdin.close()
            self.gateway.wait(20)
            self.gateway.stdout.close()
            self.gateway = None

    def kept(self, name: str, prefix: str = "") -> tuple[np.ndarray, np.ndarray]:
        """What the history has of a device: times and values. The gateway must be stopped."""
        with History(self.history, SystemClock()) as history:
            return history.range(f"{prefix}{name}.n", 0, 1 << 62)


def environment() -> dict[str, str]:
    """Ours, in which a child finds the program and the tests."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def expected(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of the first samples of a device."""
    numbers = np.arange(count)
    return T0 + numbers * MS, numbers.astype(np.float64)


def device(name: str, endpoint: str, server_key: str, spool: Path, batches_per_s: float) -> int:
    """Send until standard input ends; then wait for all acknowledgements, and print how many samples there were."""
    pair = load_keys(keys.keys_dir() / f"{name}.toml", None)
    infos = [ChannelInfo(f"{name}.n", "", "counter", 0.01)]
    with DeviceLink(endpoint, pair, infos, spool=spool, server_key=server_key) as link:
        sent = link.status().sent
        os.set_blocking(0, False)
        while sent < LEAST or sys.stdin.buffer.read(1) != b"":
            numbers = np.arange(sent * EACH, (sent + 1) * EACH)
            sent = link.send(np.zeros(EACH, np.int64), T0 + numbers * MS, numbers.astype(np.float64))
            time.sleep(1.0 / batches_per_s)
        if link.wait_acknowledged(sent, 25.0):
            sys.stdout.write(f"{sent * EACH}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    _, _, *words = sys.argv
    sys.exit(device(words[0], words[1], words[2], Path(words[3]), float(words[4])))
