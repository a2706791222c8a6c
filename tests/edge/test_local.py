"""A gateway of one's own: it starts, is started again when it dies, and never outlives its parent."""

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from viewer.base.clock import SystemClock
from viewer.base.errors import Fault, UserMistake
from viewer.base.ids import ChannelId
from viewer.base.paths import bundled
from viewer.edge.local import LocalGateway
from viewer.live.discovery import running_gateways
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys

ROOT = Path(__file__).resolve().parents[2]
WAVE = [sys.executable, str(Path(__file__).with_name("wave.py"))]


def test_that_a_folder_without_a_scene_is_told_in_the_gateways_own_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=str(tmp_path)):
        LocalGateway.start(tmp_path)


def test_that_a_program_that_dies_at_once_is_a_fault_and_is_not_tried_for_ever(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="ended with code 7: no luck"):
        LocalGateway.start(tmp_path, command=[sys.executable, "-c", "import sys; sys.stderr.write('no luck\\n'); sys.exit(7)"])


def test_that_a_gateway_that_dies_returns_with_its_endpoint_and_key_and_the_feed_with_it(tmp_path: Path) -> None:
    states: list[str] = []
    gateway = LocalGateway.start(tmp_path, command=WAVE, on_state=lambda state, sentence: states.append(state), pause_s=0.3)
    endpoint, key, pid = gateway.endpoint, gateway.server_key, gateway.pid
    feed = LiveFeed(endpoint, key, client_keys(), SystemClock())
    feed.start()
    try:
        assert feed.wait_for(lambda status: status.state == "live", 5.0)
        os.kill(pid, signal.SIGKILL)
        assert feed.wait_for(lambda status: status.state == "lost", 2.0)
        assert feed.wait_for(lambda status: status.state == "live", 8.0), feed.status()
        assert (gateway.endpoint, gateway.server_key) == (endpoint, key) and gateway.pid != pid
        assert feed.status().gaps == 1
    finally:
        feed.stop()
        gateway.stop()
    assert states == ["starting", "running", "restarting", "running", "stopped"]
    assert running_gateways() == ()


def test_that_the_bundled_plant_lives_and_all_its_channels_stay_fresh() -> None:
    gateway = LocalGateway.start(bundled("scenes") / "battery_line", seed=3)
    feed = LiveFeed(gateway.endpoint, gateway.server_key, client_keys(), SystemClock())
    complete = threading.Event()

    def look() -> None:
        feed.taken()
        ids = [ChannelId(info.id) for info in feed.store.channels]
        if ids and not feed.store.latest(ids).condition.any():
            complete.set()

    feed.on_batch(look)
    feed.start()
    try:
        assert complete.wait(10.0), feed.status()
        assert feed.wait_for(lambda status: status.samples_per_s > 500.0, 5.0), feed.status()
        look()
        ids = [ChannelId(info.id) for info in feed.store.channels]
        assert len(ids) > 100 and not feed.store.latest(ids).condition.any()
        assert feed.store.out_of_order == 0 and feed.status().gaps == 0 and len(feed.faults()) >= 5
    finally:
        feed.stop()
        gateway.stop()


def test_that_no_thread_is_left_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    gateway = LocalGateway.start(tmp_path, command=WAVE)
    feed = LiveFeed(gateway.endpoint, gateway.server_key, client_keys(), SystemClock())
    feed.start()
    assert feed.wait_for(lambda status: status.state == "live", 5.0)
    feed.stop()
    gateway.stop()
    feed.stop()
    gateway.stop()
    assert set(threading.enumerate()) == before


def test_that_a_gateway_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom viewer.edge.local import LocalGateway\n"
        f"print(LocalGateway.start(Path('.'), command={WAVE!r}).pid, flush=True)\nsys.stdin.read()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        gone = os.pidfd_open(pid)
        parent.kill()
        parent.wait()
    assert select.select([gone], [], [], 5.0)[0], "the gateway outlived its parent"
    os.close(gone)
    assert running_gateways() == ()
