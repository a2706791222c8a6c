"""The live line as real processes over loopback: values arrive whole, outages show at once, and nothing a viewer sends hurts."""

import math
import os
import signal
import threading
import time

import msgspec
import numpy as np
import pytest
import zmq

from viewer.base.ids import ChannelId
from viewer.live import wire
from viewer.live.keys import client_keys

C0, STATE = ChannelId("wave.c0"), ChannelId("wave.state")


def raw_dealer(child, context: zmq.Context, **options: int) -> zmq.Socket:
    own = client_keys()
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.reconnect_ivl = -1  # as the viewer's own link, and for its reason
    dealer.curve_serverkey = child.public_key.encode()
    dealer.curve_publickey, dealer.curve_secretkey = own.public.encode(), own.secret.encode()
    for name, value in options.items():
        setattr(dealer, name, value)
    dealer.connect(child.endpoint)
    return dealer


def received(dealer: zmq.Socket, wanted: type, timeout_s: float = 5.0) -> wire.FromGateway:
    until_s = time.monotonic() + timeout_s
    while dealer.poll(max(0, int(1e3 * (until_s - time.monotonic())))):
        message = wire.decode_from_gateway(dealer.recv())
        if isinstance(message, wanted):
            return message
    raise AssertionError(f"no {wanted.__name__} came")


def test_that_every_sample_arrives_once_in_order_and_bit_by_bit(spawn, open_feed) -> None:
    feed = open_feed(spawn())
    enough = threading.Event()

    def count() -> None:
        feed.taken()
        if len(feed.store.range(C0, 0, 1 << 62)[0]) >= 50:
            enough.set()

    feed.on_batch(count)
    assert enough.wait(10.0)
    t_ns, values = feed.store.range(C0, 0, 1 << 62)
    assert (np.diff(t_ns) == 20_000_000).all()
    np.testing.assert_array_equal(values, np.sin(2.0 * math.pi * (t_ns % 1_000_000_000) / 1e9))
    status = feed.status()
    assert (status.state, status.gaps, status.lost_samples, status.malformed) == ("live", 0, 0, 0)
    assert status.gateway == "wave" and status.role == "engineer" and 0.0 < status.latency_ms < 1000.0


def test_that_a_state_that_does_not_change_stays_fresh(spawn, open_feed) -> None:
    feed = open_feed(spawn())
    repeated = threading.Event()

    def look() -> None:
        feed.taken()
        t_ns, values = feed.store.range(STATE, 0, 1 << 62)
        if len(t_ns) >= 3:
            assert set(values.tolist()) == {3.0}
            repeated.set()

    feed.on_batch(look)
    assert repeated.wait(10.0)
    assert feed.store.latest([STATE]).condition.tolist() == [0]


def test_that_a_killed_gateway_shows_within_two_seconds_and_comes_back_by_itself(spawn, open_feed) -> None:
    child = spawn()
    feed = open_feed(child)
    assert feed.wait_for(lambda status: status.state == "live" and status.samples_per_s > 0.0, 8.0)
    before = feed.store.latest([C0])
    began_s = time.monotonic()
    child.kill()
    assert feed.wait_for(lambda status: status.state == "lost", 2.0)
    assert time.monotonic() - began_s < 2.0
    after = feed.store.latest([C0])
    assert after.condition.tolist() == [1] and after.t_ns[0] >= before.t_ns[0]
    spawn("--bind", child.endpoint)
    assert feed.wait_for(lambda status: status.state == "live", 5.0), feed.status()
    assert feed.status().gaps == 1
    t_ns, _ = feed.store.range(C0, 0, 1 << 62)
    assert (np.diff(t_ns) > 0).all() and t_ns[0] <= before.t_ns[0]


def test_that_a_frozen_gateway_is_stale_then_lost_and_its_session_goes_on_with_the_loss_counted(spawn, open_feed) -> None:
    child = spawn()
    feed = open_feed(child)
    states: list[str] = []
    feed.on_state(lambda status: states.append(status.state))
    assert feed.wait_for(lambda status: status.state == "live", 5.0)
    os.kill(child.process.pid, signal.SIGSTOP)
    try:
        assert feed.wait_for(lambda status: status.state == "lost", 2.5), feed.status()
    finally:
        os.kill(child.process.pid, signal.SIGCONT)
    assert feed.wait_for(lambda status: status.state == "live", 5.0), feed.status()
    assert feed.wait_for(lambda status: status.lost_samples > 0, 3.0), feed.status()
    feed.stop()
    status = feed.status()
    missing = int((np.diff(feed.store.range(C0, 0, 1 << 62)[0]) // 20_000_000 - 1).sum())
    assert status.gaps >= 1 and status.lost_samples >= 8 * missing


def test_that_a_viewer_that_takes_nothing_holds_nobody_up(spawn) -> None:
    child = spawn("--waves", "20000")  # 13 MB/s, so that the idle one's queues are full within a second
    context = zmq.Context()
    idle, quick = raw_dealer(child, context, rcvbuf=65_536, rcvhwm=1), raw_dealer(child, context)
    try:
        for dealer, glob in ((idle, "*"), (quick, "wave.c1")):
            dealer.send(wire.encode(wire.Hello(wire.PROTOCOL, 0)))
            received(dealer, wire.Welcome)
            dealer.send(wire.encode(wire.Subscribe([glob])))
        blocks = [received(quick, wire.Blocks, 3.0) for _ in range(100)]
        assert [block.sequence for block in blocks] == list(range(1, 101))
        t_ns = [block.t_ns for block in blocks]
        assert (t_ns[-1] - t_ns[0]) / 1e9 > 2.0 and max(np.diff(t_ns)) / 1e9 < 1.0
    finally:
        idle.close()
        quick.close()
        context.term()


def test_that_nothing_a_viewer_sends_hurts_the_gateway_or_the_others(spawn, open_feed) -> None:
    child = spawn()
    feed = open_feed(child)
    assert feed.wait_for(lambda status: status.state == "live", 5.0)
    context = zmq.Context()
    dealer = raw_dealer(child, context)
    try:
        for frames in (
            [b""],
            [b"junk" * 1000],
            [b"\xc1"],
            [b"\x91" * 50_000],
            [b"a", b"b", b"c"],
            [msgspec.msgpack.encode({"type": "hello", "protocol": "one", "t_ns": -1})],
            [msgspec.msgpack.encode({"type": "blocks", "sequence": 1, "before": 0, "t_ns": 0, "samples": {}})],
            [wire.encode(wire.Subscribe(["*"]))],
            [wire.encode(wire.FaultRequest(1, "inject", "shift", {"by_mm": 1.0}))],
        ):
            dealer.send_multipart(frames)
            assert isinstance(received(dealer, wire.Error), wire.Error)
        dealer.send(wire.encode(wire.Hello(99, 0)))
        error = received(dealer, wire.Error)
        assert isinstance(error, wire.Error) and f"protocol {wire.PROTOCOL}" in error.sentence
        dealer.send(wire.encode(wire.Hello(wire.PROTOCOL, 0, resume="0" * 32)))
        welcome = received(dealer, wire.Welcome)
        assert isinstance(welcome, wire.Welcome) and not welcome.resumed
        dealer.send(wire.encode(wire.LatestRequest(5, ["wave.c1"])))
        latest = received(dealer, wire.Latest)
        assert isinstance(latest, wire.Latest) and latest.request == 5 and len(latest.samples.values) == 8
        for parameters in ({"by_mm": math.nan}, {"nothing": 1.0}):
            dealer.send(wire.encode(wire.FaultRequest(6, "inject", "shift", parameters)))
            assert isinstance(received(dealer, wire.Error), wire.Error)
        for _ in range(200):
            dealer.send(b"junk")
        assert isinstance(received(dealer, wire.Goodbye), wire.Goodbye)
        dealer.send(b"\0" * (wire.MAX_MESSAGE_BYTES + 1))
    finally:
        dealer.close()
        context.term()
    seen = feed.store.latest([C0]).t_ns[0]
    fresh = threading.Event()
    feed.on_batch(fresh.set)
    feed.taken()
    assert fresh.wait(3.0) and feed.wait_for(lambda status: status.state == "live", 1.0)
    assert child.process.poll() is None and feed.store.latest([C0]).t_ns[0] >= seen
    assert (feed.status().gaps, feed.status().malformed) == (0, 0)


def test_that_a_session_is_resumed_only_by_its_own_user(spawn) -> None:
    child = spawn()
    context = zmq.Context()
    first, second = raw_dealer(child, context), raw_dealer(child, context)
    try:
        first.send(wire.encode(wire.Hello(wire.PROTOCOL, 0)))
        welcome = received(first, wire.Welcome)
        assert isinstance(welcome, wire.Welcome)
        second.send(wire.encode(wire.Hello(wire.PROTOCOL, 0, resume=welcome.session, catalogue=welcome.catalogue)))
        again = received(second, wire.Welcome)
        assert isinstance(again, wire.Welcome) and again.resumed and again.session == welcome.session
        first.send(wire.encode(wire.Subscribe(["*"])))
        error = received(first, wire.Error)
        assert isinstance(error, wire.Error) and "hello" in error.sentence
    finally:
        first.close()
        second.close()
        context.term()


def test_that_a_batch_is_announced_once_until_it_is_taken(spawn, open_feed) -> None:
    feed = open_feed(spawn())
    assert feed.wait_for(lambda status: status.samples_per_s > 0.0, 8.0)
    calls: list[int] = []
    called = threading.Event()

    def note() -> None:
        calls.append(1)
        called.set()

    unsubscribe = feed.on_batch(note)
    feed.taken()
    assert called.wait(3.0)
    assert feed.wait_for(lambda status: False, 0.3) is False
    assert len(calls) == 1
    unsubscribe()
    called.clear()
    feed.taken()
    assert not called.wait(0.3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_that_a_gateway_stops_cleanly_when_asked(spawn, open_feed, number: int) -> None:
    child = spawn()
    feed = open_feed(child)
    assert feed.wait_for(lambda status: status.state == "live", 5.0)
    child.process.send_signal(number)
    assert child.process.wait(5.0) == 0
    assert feed.wait_for(lambda status: "took its leave" in status.sentence or "broke" in status.sentence, 2.0)


def test_that_a_viewer_that_stalls_for_seconds_lives_on_and_counts_what_it_missed(spawn, open_feed) -> None:
    """Its queue fills, the link times out, and the session is resumed; libzmq's own reconnecting would abort this process."""
    feed = open_feed(spawn("--waves", "20000"))
    assert feed.wait_for(lambda status: status.state == "live", 8.0)
    until_s = time.monotonic() + 5.0
    pause = threading.Event()
    feed.on_batch(lambda: pause.wait(max(0.0, until_s - time.monotonic())))
    feed.taken()
    assert feed.wait_for(lambda status: status.lost_samples > 0 and status.state == "live", 15.0), feed.status()
    t_ns = feed.store.range(C0, 0, 1 << 62)[0]
    assert feed.status().gaps >= 1 and (np.diff(t_ns) > 0).all()
