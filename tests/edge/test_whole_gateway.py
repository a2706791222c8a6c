"""Rules, alarms, history and roles together in one gateway process: what a rule finds is an alarm that people see and act on."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.edge.plant import environment
from viewer.access.keyfile import new_keys
from viewer.alarms.words import Alarm, AlarmAction, AlarmEvent
from viewer.base.clock import SystemClock
from viewer.base.errors import Fault, UserMistake
from viewer.live import keys
from viewer.live.device import DeviceLink
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys
from viewer.twin.catalogue import ChannelInfo

CONFIG = """
[gateway]
name = "g"
bind = "tcp://127.0.0.1:*"
[history]
[alarms]
files = ["alarms.toml"]
[rules]
files = ["rules.toml"]
[[source]]
kind = "device"
prefix = "hall."
[[source.tag]]
tag = "temp"
channel = "oven.temp"
unit = "degC"
scale = 0.1
offset = -40.0
"""
ALARMS = """
[[alarm]]
id = "oven.hot"
channel = "oven.temp"
kind = "high"
limit = 190.0
priority = "high"
latching = false
"""
RULES = """
[[rule]]
id = "oven.mean"
value = "mean(oven.temp, 10)"
unit = "degC"
"""


class Site:
    """A gateway process, one device, and a viewer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in (("edge.toml", CONFIG), ("alarms.toml", ALARMS), ("rules.toml", RULES)):
            (folder / name).write_text(text)
        pair = new_keys(keys.keys_dir() / "oven.toml", "oven")
        keys.enrol("oven", pair.public, "device", channels=("oven.*", "hall.*"))
        self.start()
        channels = [ChannelInfo("temp", "", period_s=1.0), ChannelInfo("door", "", "state", 1.0)]
        self.device = DeviceLink(self.ready["endpoint"], pair, channels, spool=None, server_key=self.ready["public_key"]).start()
        self.events: list[AlarmEvent] = []

    def start(self) -> None:
        command = [sys.executable, "-m", "viewer.edge", str(self.folder / "edge.toml"), "--child"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())

    def feed(self, pair: keys.KeyPair | None = None) -> LiveFeed:
        feed = LiveFeed(self.ready["endpoint"], self.ready["public_key"], pair or client_keys(), SystemClock())
        feed.start()
        assert feed.wait_for(lambda status: status.state == "live", 5.0), feed.status()
        return feed

    def end(self) -> None:
        self.device.close()
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    one = Site(tmp_path)
    yield one
    one.end()


def eventually(feed: LiveFeed, wanted: Callable[[], bool]) -> bool:
    return feed.wait_for(lambda status: wanted(), 5.0)


def test_that_a_devices_value_raises_an_alarm_that_people_see_acknowledge_and_find_again_after_a_restart(site: Site) -> None:
    feed = site.feed()
    told: list[AlarmEvent] = []

    feed.on_alarms(lambda items: told.extend(msgspec.msgpack.decode(one, type=AlarmEvent) for one in items))
    t_ns = time.time_ns()
    assert site.device.wait_acknowledged(site.device.send([0, 1], [t_ns, t_ns], [2200.0, 1.0]), 5.0)
    assert eventually(feed, lambda: len(feed.store.channels) == 3)
    time_ns = t_ns + 1_500_000_000
    site.device.send([0], [time_ns], [2400.0])
    assert eventually(feed, lambda: any(one.alarm == "oven.hot" for one in told)), told
    assert feed.store.latest(["oven.temp", "hall.door"]).values.tolist() == [200.0, 1.0]
    (standing,) = feed.request_alarms(Alarm).result(5.0)
    assert (standing.id, standing.value, standing.limit, standing.priority) == ("oven.hot", 200.0, 190.0, "high")
    event = feed.act_on_alarm(AlarmAction(alarm="oven.hot", kind="acknowledge"), AlarmEvent).result(5.0)
    assert event.user == client_keys().owner and event.role == "engineer"
    (origin,) = feed.request_metadata(["oven.mean"]).result(5.0)
    assert (origin.source, origin.definition) == ("rules", "mean(oven.temp, 10)")
    feed.stop()
    site.process.kill()
    site.process.wait()
    site.start()
    again = site.feed()
    (kept,) = again.request_alarms(Alarm).result(5.0)
    assert (kept.id, kept.state, kept.user) == ("oven.hot", event.state, event.user)
    events = again.request_alarms(AlarmEvent, "events").result(5.0)
    assert [one.sequence for one in events] == sorted({one.sequence for one in events}) and events[-1].user == event.user
    assert again.request_range("oven.temp", 0, 1 << 62).result(5.0)[1].tolist() == [180.0, 200.0]
    again.stop()


def test_that_a_viewer_reads_all_and_changes_nothing(site: Site) -> None:
    pair = new_keys(keys.keys_dir() / "wall.toml", "wall")
    keys.enrol("wall", pair.public, "viewer")
    feed = site.feed(pair)
    assert feed.request_sources().result(5.0) == feed.sources() or feed.request_sources().result(5.0)
    with pytest.raises(UserMistake, match="role viewer may not acknowledge"):
        feed.act_on_alarm(AlarmAction(alarm="oven.hot", kind="acknowledge"), AlarmEvent).result(5.0)
    with pytest.raises(UserMistake, match="may not read the audit"):
        feed.request_audit().result(5.0)
    answer = feed.send_command("command", b"\x80").result(5.0)
    assert not answer.accepted and "takes no commands" in answer.sentence
    with pytest.raises((UserMistake, Fault)):
        feed.request_latest_at(["nothing"], 5).result(5.0)
    feed.stop()
