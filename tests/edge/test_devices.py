"""Devices as real processes: forged and foreign samples are refused, and kills lose and double nothing."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.edge.plant import Plant, expected
from viewer.access.keyfile import new_keys
from viewer.base.clock import SystemClock
from viewer.live import keys
from viewer.live.device import DeviceLink
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys
from viewer.twin.catalogue import ChannelInfo


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    one = Plant(tmp_path)
    one.start_gateway()
    yield one
    one.stop()


def enrolled(name: str, *channels: str, role: str = "device") -> keys.KeyPair:
    pair = new_keys(keys.keys_dir() / f"{name}.toml", name)
    keys.enrol(name, pair.public, role, channels=channels)
    return pair


def link(plant: Plant, pair: keys.KeyPair, *ids: str) -> DeviceLink:
    infos = [ChannelInfo(one, "mm", period_s=0.1) for one in ids]
    return DeviceLink(plant.ready["endpoint"], pair, infos, spool=None, server_key=plant.ready["public_key"])


@pytest.mark.parametrize(
    ("role", "ids", "why"),
    [
        ("viewer", ["a.x"], "enrolled as viewer"),
        ("device", ["b.x"], "may not send the channel «b.x»"),
        ("device", ["a.x", "a.x"], "two channels have the id"),
    ],
)
def test_that_a_device_is_told_why_it_is_not_let_in(plant: Plant, role: str, ids: list[str], why: str) -> None:
    with link(plant, enrolled("a", "a.*", role=role), *ids) as device:
        assert device.wait_for(lambda status: why in status.sentence, 5.0), device.status()
        assert device.status().acknowledged == 0


def test_that_two_devices_do_not_share_a_channel(plant: Plant) -> None:
    with link(plant, enrolled("a", "*"), "x") as first, link(plant, enrolled("b", "*"), "x") as second:
        assert first.wait_for(lambda status: status.state == "live" or "two channels" in status.sentence, 5.0)
        assert second.wait_for(lambda status: status.state == "live" or "two channels" in status.sentence, 5.0)
        assert {first.status().state, second.status().state} == {"live", "lost"}


def test_that_a_revoked_device_is_cut_off_within_a_second_and_nothing_more_is_taken(plant: Plant) -> None:
    with link(plant, enrolled("a", "a.*"), "a.x") as device:
        assert device.wait_acknowledged(device.send([0], [10], [1.0]), 5.0)
        keys.revoke("a")
        began_s = time.monotonic()
        assert device.wait_for(lambda status: status.state == "lost", 1.5), device.status()
        assert time.monotonic() - began_s < 1.2
        device.send([0], [20], [2.0])
        assert not device.wait_acknowledged(2, 1.0)


def test_that_what_a_device_sends_is_seen_by_a_viewer_and_kept_with_its_waveform(plant: Plant) -> None:
    feed = LiveFeed(plant.ready["endpoint"], plant.ready["public_key"], client_keys(), SystemClock())
    feed.start()
    try:
        assert feed.wait_for(lambda status: status.state == "live", 5.0), feed.status()
        with link(plant, enrolled("a", "a.*"), "a.x", "a.force") as device:
            t_ns = time.time_ns()
            device.send([0, 0], [t_ns, t_ns + 1000], [1.0, float("nan")])
            curve = np.linspace(0.0, 5.0, 500)
            number = device.send_waveform(1, t_ns, 2000.0, curve, cause="snug", facts={"bolt": 7.0})
            assert device.wait_acknowledged(number, 5.0)
            times, values = feed.request_range("a.force", 0, 1 << 62).result(5.0)
            assert values.tolist() == curve.tolist() and np.diff(times).tolist() == [2000] * 499
            (wave,) = feed.request_alarms(dict, "waveforms").result(5.0)
            assert (wave["cause"], wave["facts"], wave["samples"]) == ("snug", {"bolt": 7.0}, 500)
            assert feed.wait_for(lambda status: len(feed.store.channels) == 2, 5.0)
            latest = feed.request_latest_at(["a.x", "a.none"], t_ns).result(5.0)
            assert latest.values[0] == 1.0 and latest.condition.tolist() == [0, 3]
            (source,) = feed.request_sources().result(5.0)
            assert (source.name, source.state, source.channels) == ("a", "live", 2)
            assert [one.id for one in feed.store.channels] == ["a.x", "a.force"]
    finally:
        feed.stop()


def test_that_ten_kills_of_gateway_and_device_lose_and_double_nothing(plant: Plant) -> None:
    """Seeded; 200 kills run in benchmarks/kills.py."""
    chance = random.Random(4)
    names = ["a", "b"]
    for name in names:
        plant.start_device(name)
    for _ in range(10):
        time.sleep(chance.uniform(0.05, 0.5))
        victim = chance.choice(["", "", *names])
        plant.kill(victim)
        if victim:
            plant.start_device(victim)
        else:
            plant.start_gateway()
    counts = {name: plant.finish(name) for name in names}
    plant.stop()
    for name, count in counts.items():
        times, values = plant.kept(name)
        np.testing.assert_array_equal(values, expected(count)[1])
        np.testing.assert_array_equal(times, expected(count)[0])
        assert count > 100
