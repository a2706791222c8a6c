"""A gateway process that replays recordings into a history, and a feed on it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.plant import environment
from viewer.base.clock import SystemClock
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys

HEAD = '[gateway]\nname = "rig"\nbind = "tcp://127.0.0.1:*"\n[history]\nfolder = "history"\nevery_s = 0.05\n'
Replay = Callable[..., LiveFeed]


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[Replay]:
    """Start a gateway with these sources; the feed on it is live when all recordings have been played to their end."""
    started: list[tuple[subprocess.Popen[bytes], LiveFeed]] = []

    def start(sources: str, *, ended: bool = True) -> LiveFeed:
        (tmp_path / "edge.toml").write_text(HEAD + sources, encoding="utf-8")
        command = [sys.executable, "-m", "viewer.edge", str(tmp_path / "edge.toml"), "--child"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        feed = LiveFeed(ready["endpoint"], ready["public_key"], client_keys(), SystemClock())
        started.append((process, feed))
        feed.start()
        assert feed.wait_for(lambda status: status.state == "live", 5.0), feed.status()
        if ended:
            until_s = time.monotonic() + 20.0
            while not has_ended(feed):
                assert time.monotonic() < until_s, feed.sources()
                feed.wait_for(lambda _: False, 0.05)
        return feed

    yield start
    for process, feed in started:
        feed.stop()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.stdout.close()


def has_ended(feed: LiveFeed) -> bool:
    """Whether each source has told its end."""
    told = feed.sources()
    return bool(told) and all(one.state == "stale" and "has ended" in one.sentence for one in told)
