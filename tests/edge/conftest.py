"""Gateways as real processes, and feeds on them, that are gone when the test ends."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from viewer.base.clock import SystemClock
from viewer.live.feed import LiveFeed
from viewer.live.keys import KeyPair, client_keys

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Child:
    """A gateway process with the small source of wave.py."""

    process: subprocess.Popen[bytes]
    endpoint: str
    public_key: str

    def kill(self) -> None:
        """As if the power went."""
        self.process.kill()
        self.process.wait()


Spawn = Callable[..., Child]
OpenFeed = Callable[..., LiveFeed]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start a gateway process and wait for its ready line."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> Child:
        command = [sys.executable, str(Path(__file__).with_name("wave.py")), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        processes.append(process)
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        return Child(process, ready["endpoint"], ready["public_key"])

    yield start
    for process in processes:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        try:
            process.wait(5)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.fixture
def open_feed() -> Iterator[OpenFeed]:
    """Start a feed on a gateway."""
    feeds: list[LiveFeed] = []

    def start(child: Child, keys: KeyPair | None = None, server_key: str | None = None) -> LiveFeed:
        feed = LiveFeed(child.endpoint, server_key or child.public_key, keys or client_keys(), SystemClock())
        feeds.append(feed)
        feed.start()
        return feed

    yield start
    for feed in feeds:
        feed.stop()
