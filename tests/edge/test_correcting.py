"""A correction inside a gateway: with its own enrolled key it moves a set-point of a source; without one it stays away."""

import logging
from pathlib import Path

import msgspec
import numpy as np
import pytest

from viewer.access.audit import AuditChain
from viewer.access.command_path import CommandPath
from viewer.access.keyfile import new_keys
from viewer.access.safety import read_safety
from viewer.base.clock import ManualClock
from viewer.edge.collector import Collector
from viewer.edge.command_desk import CommandDesk
from viewer.edge.config import UplinkConfig
from viewer.edge.correcting import correctors
from viewer.edge.registry import Registry
from viewer.edge.source import SampleBlock
from viewer.edge.uplink import Uplink
from viewer.live import keys
from viewer.twin.catalogue import ChannelInfo, FaultInfo

S = 1_000_000_000
T0 = 1_800_000_000 * S
SAFETY = """
[[set_point]]
channel = "oven.set_point"
low = 170.0
high = 190.0
step = 5.0
rate_per_s = 2.0
base_tolerance = 0.5

[[correction]]
channel = "oven.set_point"
input = "oven.cure"
low = 175.0
high = 185.0
step = 0.5
drift = 3.0
controller = "oven.controller"
target = 100.0
gain = 2.0
dead_band = 0.05
"""


class Oven:
    """Its cure follows the set-point at once."""

    def __init__(self) -> None:
        self.set_point, self.offset = 180.0, 181.0

    def channels(self) -> tuple[ChannelInfo, ...]:
        return ChannelInfo("oven.set_point", "degC", "setpoint"), ChannelInfo("oven.cure", "")

    def start(self, t_ns: int) -> None:
        self.done_ns = t_ns

    def step(self, until_ns: int) -> SampleBlock:
        values = np.array([self.set_point, 100.0 + 0.1 * (self.set_point - self.offset)])
        return SampleBlock.of(np.array([0, 1]), np.array([until_ns, until_ns]), values)

    def faults(self) -> tuple[FaultInfo, ...]:
        return ()

    def inject(self, name: str, **parameters: float) -> None: ...

    def clear(self, name: str) -> None: ...

    def command(self, channel: str, value: float) -> None:
        assert channel == "oven.set_point"
        self.set_point = value


class Hall:
    def __init__(self, folder: Path) -> None:
        self.clock, self.steady_ns, self.oven = ManualClock(T0), 0, Oven()
        (folder / "safety.toml").write_text(SAFETY)
        self.collector = Collector([lambda: self.oven], print)
        self.collector.start(T0)
        self.audit = AuditChain(folder / "audit", self.clock)
        self.registry = Registry()
        self.path = CommandPath(
            folder / "commands",
            read_safety(folder / "safety.toml"),
            plant="p",
            gateway="g",
            registry=self.registry,
            audit=self.audit,
            enabled=True,
            steady_ns=lambda: self.steady_ns,
        )
        self.desk = CommandDesk(self.path, self.collector)
        self.desk.correctors = correctors(self.path, self.registry)

    def pass_(self, minutes: int) -> None:
        for _ in range(minutes * 20):
            self.clock.advance(3.0)
            self.steady_ns += 3 * S
            self.collector.step(self.clock.now_ns())
            self.desk.beat(self.clock.now_ns())

    def events(self) -> list[str]:
        return [msgspec.json.decode(line)["event"] for line in self.audit.path.read_bytes().splitlines()]


def enrolled() -> None:
    file = keys.keys_dir() / "controllers" / "oven.controller.toml"
    file.parent.mkdir()
    pair = new_keys(file, "oven.controller")
    keys.enrol("oven.controller", pair.public, "controller", signing=pair.signing, channels=("oven.*",))


def test_that_without_its_own_key_a_correction_stays_away_and_says_the_remedy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        hall = Hall(tmp_path)
    assert hall.desk.correctors == () and "genchi keys new oven.controller --role controller" in caplog.text
    hall.pass_(5)
    assert hall.oven.set_point == 180.0 and hall.events() == ["chain begins"]


def test_that_a_set_point_is_corrected_and_stopped_at_the_end_of_the_leash(tmp_path: Path) -> None:
    enrolled()
    hall = Hall(tmp_path)
    hall.pass_(30)
    assert 180.4 <= hall.oven.set_point <= 181.0
    assert hall.events().count("command accepted") == hall.events().count("command carried out") >= 2
    hall.oven.offset = 200.0
    hall.pass_(60)
    assert hall.oven.set_point <= 183.0 and "correction off" in hall.events()
    stopped = hall.oven.set_point
    hall.pass_(60)
    assert hall.oven.set_point == stopped > 182.0


def test_that_a_revoked_controller_moves_nothing_more(tmp_path: Path) -> None:
    enrolled()
    hall = Hall(tmp_path)
    hall.pass_(2)
    moved = hall.oven.set_point
    assert moved != 180.0
    keys.revoke("oven.controller")
    hall.registry.refresh()
    hall.pass_(10)
    assert hall.oven.set_point == moved and "command refused" in hall.events()


def test_that_a_lost_hub_stops_it_once_and_says_so(tmp_path: Path) -> None:
    enrolled()
    hall = Hall(tmp_path)
    hall.pass_(2)
    moved = hall.oven.set_point
    hall.desk.hub_lost()
    hall.desk.hub_lost()
    hall.pass_(10)
    assert hall.oven.set_point == moved and hall.events().count("correction off") == 1


def test_that_a_hub_counts_as_lost_when_it_was_not_there_for_ten_seconds(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    config = UplinkConfig("tcp://127.0.0.1:1#" + "0f" * 32)
    uplink = Uplink(config, tmp_path, keys.gateway_keys("g"), clock)
    try:
        uplink.start()
        clock.advance(9.0)
        assert not uplink.hub_lost(clock.now_ns())
        clock.advance(2.0)
        assert uplink.hub_lost(clock.now_ns())
    finally:
        uplink.close()
