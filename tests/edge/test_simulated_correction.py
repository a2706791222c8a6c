"""The simulated adhesive corrects itself in a real gateway: it helps against a stiff batch, and is stopped at its leash."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.plant import ROOT, environment
from viewer.access.keyfile import new_keys
from viewer.alarms.words import Alarm
from viewer.base.clock import SystemClock
from viewer.edge.audit import audit_path
from viewer.live import keys
from viewer.live.feed import LiveFeed

SCENE = ROOT / "scenes" / "battery_line"
SETPOINT = "st030.adhesive.heater_setpoint"
STATE = f"{SETPOINT}.correction"
CONFIG = f"""
[gateway]
name = "hall"
bind = "tcp://127.0.0.1:*"
scene = {json.dumps(str(SCENE))}
[commands]
enabled = true
plant = "p"
safety = "safety.toml"
[[source]]
kind = "simulated"
speed = 15
"""


class Hall:
    """A gateway process whose plant runs 15 times as fast, and which corrects every second."""

    def __init__(self, folder: Path) -> None:
        safety = (SCENE / "safety.toml").read_text()
        (folder / "safety.toml").write_text(re.sub(r"every_s = .*", "every_s = 1.0", safety))
        (folder / "edge.toml").write_text(CONFIG)
        file = keys.keys_dir() / "controllers" / "battery_line.adhesive.toml"
        file.parent.mkdir()
        pair = new_keys(file, "battery_line.adhesive")
        keys.enrol("battery_line.adhesive", pair.public, "controller", signing=pair.signing, channels=(SETPOINT,))
        command = [sys.executable, "-m", "viewer.edge", str(folder / "edge.toml"), "--child"]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment())
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.feed = LiveFeed(ready["endpoint"], ready["public_key"], keys.client_keys(), SystemClock())
        self.feed.start()
        assert self.eventually(lambda: self.value(STATE) == 1.0), (folder / "log").read_text()[-2000:]

    def value(self, channel: str) -> float:
        return float(self.feed.store.latest([channel]).values[0])

    def eventually(self, wanted: Callable[[], bool], timeout_s: float = 20.0) -> bool:
        return self.feed.wait_for(lambda status: wanted(), timeout_s)

    def audited(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in audit_path("hall").read_text().splitlines()]

    def end(self) -> None:
        self.feed.stop()
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def hall(tmp_path: Path, own_home: Path) -> Iterator[Hall]:
    one = Hall(tmp_path)
    yield one
    one.end()


def test_that_a_stiff_batch_is_corrected_and_a_hopeless_one_stops_at_the_leash(hall: Hall) -> None:
    assert hall.eventually(lambda: hall.value(SETPOINT) == 45.0)
    hall.feed.request_fault("adhesive_batch_stiff", {"stiffness": 6.0}).result(5.0)
    assert hall.eventually(lambda: hall.value("st030.bead_width") < 7.75)
    assert hall.eventually(lambda: hall.value(SETPOINT) > 45.5 and hall.value("st030.adhesive_temp") > 45.5)
    assert hall.eventually(lambda: hall.value("st030.bead_width") > 7.75) and hall.value(SETPOINT) < 48.0
    assert hall.value(STATE) == 1.0 and hall.feed.request_alarms(Alarm).result(5.0) == ()
    hall.feed.request_fault("adhesive_batch_stiff", {"stiffness": 30.0}).result(5.0)
    assert hall.eventually(lambda: hall.value(STATE) == 2.0)
    assert 47.0 < hall.value(SETPOINT) <= 48.0, "3 from where the shift began"
    assert hall.eventually(lambda: any(one.id == f"{STATE}.stopped" for one in hall.feed.request_alarms(Alarm).result(5.0)))
    events = hall.audited()
    by_event = [one["event"] for one in events]
    assert by_event.count("command accepted") == by_event.count("command carried out") >= 5
    (off,) = [one for one in events if one["event"] == "correction off"]
    assert off["channel"] == SETPOINT and "somebody must look" in str(off["why"])
    assert hall.feed.send_command("arm", SETPOINT.encode()).result(5.0).accepted
    assert hall.eventually(lambda: [one["event"] for one in hall.audited()].count("correction off") == 2), "still at its end"
