"""A gateway under pressure: floods of connections, viewers that take nothing, devices whose clock or spool is wrong."""

import contextlib
import socket
import time
from pathlib import Path

import zmq

from tests.edge.plant import Plant
from viewer.access.keyfile import new_keys
from viewer.base.clock import ManualClock, SystemClock
from viewer.live import keys, wire
from viewer.live.device import DeviceLink
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys
from viewer.live.link import Fate, Link
from viewer.live.spool import Spool
from viewer.twin.catalogue import ChannelInfo

FLOOD = 600


def address(endpoint: str) -> tuple[str, int]:
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return host, int(port)


def test_that_a_flood_of_connections_neither_stops_those_who_are_in_nor_keeps_a_newcomer_out(spawn, open_feed) -> None:
    child = spawn()
    feed = open_feed(child)
    assert feed.wait_for(lambda status: status.state == "live", 5.0)
    with contextlib.ExitStack() as stack:
        for _ in range(FLOOD):
            stack.enter_context(contextlib.closing(socket.create_connection(address(child.endpoint), 5.0)))
        began_s = time.monotonic()
        newcomer = open_feed(child)
        assert newcomer.wait_for(lambda status: status.state == "live", 5.0), newcomer.status()
        assert time.monotonic() - began_s < 5.0
    assert feed.status().state == "live" and feed.status().gaps == 0


def test_that_a_viewer_that_takes_nothing_costs_the_others_nothing_and_finds_its_loss_counted(spawn, open_feed) -> None:
    child = spawn("--waves", "2000")
    feed = open_feed(child)
    assert feed.wait_for(lambda status: status.state == "live", 5.0)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    link = Link(context, child.endpoint, child.public_key, client_keys())
    try:
        while Fate.ADMITTED not in link.fates():
            link.monitor.poll(1000)
        link.send(wire.Hello(wire.PROTOCOL, 0))
        link.send(wire.Subscribe(["*"]))
        before = feed.store.latest(["wave.c0"]).t_ns[0]
        assert feed.wait_for(lambda status: feed.store.latest(["wave.c0"]).t_ns[0] - before > 3_000_000_000, 8.0)
        assert (feed.status().state, feed.status().gaps) == ("live", 0)
        resident_mb = int(Path(f"/proc/{child.process.pid}/statm").read_text().split()[1]) * 4096 / 1e6
        assert resident_mb < 400.0
    finally:
        link.close()
        context.term()


def test_that_a_device_whose_clock_is_wrong_is_told_to_people_and_its_samples_are_taken(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    plant.start_gateway()
    pair = new_keys(keys.keys_dir() / "old.toml", "old")
    keys.enrol("old", pair.public, "device", channels=("old.*",))
    clock = ManualClock(1_000_000_000_000_000_000)
    feed = LiveFeed(plant.ready["endpoint"], plant.ready["public_key"], client_keys(), SystemClock())
    feed.start()
    try:
        link = DeviceLink(
            plant.ready["endpoint"], pair, [ChannelInfo("old.a")], spool=None, clock=clock, server_key=plant.ready["public_key"]
        )
        with link:
            assert link.wait_acknowledged(link.send([0], [clock.now_ns()], [1.0]), 5.0)
            assert feed.wait_for(lambda status: status.state == "live", 5.0)
            (source,) = feed.request_sources().result(5.0)
            assert source.state == "live" and "its clock differs by" in source.sentence
            clock.advance(-3600.0)
            assert link.wait_acknowledged(link.send([0], [clock.now_ns()], [2.0]), 5.0)
    finally:
        feed.stop()
        plant.stop()


def test_that_what_a_spool_had_to_drop_is_a_gap_with_its_cause(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    plant.start_gateway()
    pair = new_keys(keys.keys_dir() / "small.toml", "small")
    keys.enrol("small", pair.public, "device", channels=("*",))
    spool = Spool(tmp_path / "small.db", most_bytes=10_000)
    link = DeviceLink(plant.ready["endpoint"], pair, [ChannelInfo("small.a")], spool=spool, server_key=plant.ready["public_key"])
    for i in range(200):
        last = link.send([0] * 10, list(range(10 * i, 10 * i + 10)), [float(i)] * 10)
    (loss,) = spool.losses(0)
    feed = LiveFeed(plant.ready["endpoint"], plant.ready["public_key"], client_keys(), SystemClock())
    feed.start()
    try:
        with link:
            assert link.wait_acknowledged(last, 5.0), link.status()
            assert feed.wait_for(lambda status: status.state == "live", 5.0)
            named = [one for one in feed.request_gaps(0, 1 << 62).result(5.0) if "spool" in one.cause]
            assert [(one.device, one.first, one.last) for one in named] == [("small", 1, loss.last)]
            kept = feed.request_range("small.a", 0, 1 << 62).result(5.0)[1]
            assert kept.tolist() == [float(i) for i in range(loss.last, 200) for _ in range(10)]
    finally:
        feed.stop()
        spool.close()
        plant.stop()
