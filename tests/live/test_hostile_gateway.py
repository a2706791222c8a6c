"""A gateway that lies, over a real CURVE connection: the feed drops what is no message, counts it, and goes on."""

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
import zmq

from viewer.base.clock import SystemClock
from viewer.base.ids import ChannelId
from viewer.live import wire
from viewer.live.columns import pack
from viewer.live.feed import LiveFeed
from viewer.live.keys import KeyPair, client_keys
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import in_runs

T0 = 1_700_000_000_000_000_000
HASH = "0" * 32


class Liar:
    """A ROUTER that says what the test wants."""

    def __init__(self) -> None:
        public, secret = zmq.curve_keypair()
        self.keys = KeyPair("liar", public.decode(), secret.decode())
        self.context = zmq.Context()
        self.router = self.context.socket(zmq.ROUTER)
        self.router.linger = 0
        self.router.curve_server = True
        self.router.curve_secretkey = secret
        self.endpoint = f"tcp://127.0.0.1:{self.router.bind_to_random_port('tcp://127.0.0.1')}"
        self.route = b""

    def heard(self, wanted: type) -> None:
        """Wait until the viewer has said this."""
        while self.router.poll(5000):
            self.route, frame = self.router.recv_multipart()
            if isinstance(wire.decode_from_peer(frame), wanted):
                return
        raise AssertionError(f"the viewer never said {wanted.__name__}")

    def say(self, *frames: bytes | wire.FromGateway) -> None:
        for one in frames:
            self.router.send_multipart([self.route, one if isinstance(one, bytes) else wire.encode(one)])

    def welcome(self) -> None:
        """The polite beginning, up to the subscription."""
        self.heard(wire.Hello)
        self.say(wire.Welcome(wire.PROTOCOL, "liar", "e", "s", False, "viewer", HASH, 0, 0))
        self.say(wire.Catalogue(HASH, 0, 2, [ChannelInfo("a"), ChannelInfo("b")]))
        self.heard(wire.Subscribe)


@pytest.fixture
def liar() -> Iterator[Liar]:
    one = Liar()
    yield one
    one.router.close()
    one.context.term()


@pytest.fixture
def feed(liar: Liar) -> Iterator[LiveFeed]:
    one = LiveFeed(liar.endpoint, liar.keys.public, client_keys(), SystemClock())
    one.start()
    yield one
    one.stop()


def block(sequence: int, before: int, channel: int = 0, value: float = 1.0, late: int = 0) -> wire.Blocks:
    columns = in_runs(np.array([channel]), np.array([T0 + sequence - late]), np.array([value]), np.zeros(1, np.uint8))
    return wire.Blocks(sequence, before, T0, pack(columns))


def test_that_junk_before_and_after_the_welcome_is_dropped_and_counted(liar: Liar, feed: LiveFeed) -> None:
    liar.heard(wire.Hello)
    junk = [
        b"",
        b"\xc1" * 9,
        b"\x91" * 50_000,
        wire.encode(wire.Ping(1)),
        wire.encode(block(1, 0)),
        msgspec.msgpack.encode({"type": "welcome", "protocol": 1, "gateway": 3}),
        wire.encode(wire.Catalogue(HASH, 0, 1, [ChannelInfo("x")])),
    ]
    liar.say(*junk, wire.Welcome(wire.PROTOCOL, "liar", "e", "s", False, "viewer", HASH, 0, 0))
    liar.say(
        wire.Catalogue("other", 0, 1, [ChannelInfo("x")]),
        wire.Catalogue(HASH, 7, 2, [ChannelInfo("x")]),
        wire.Catalogue(HASH, 0, 2, [ChannelInfo("a"), ChannelInfo("a")]),
        wire.Catalogue(HASH, 0, 1, [ChannelInfo("a", period_s=float("nan"))]),
        wire.Catalogue(HASH, 0, 2, [ChannelInfo("a"), ChannelInfo("b")]),
    )
    liar.heard(wire.Subscribe)
    liar.say(block(1, 0))
    assert feed.wait_for(lambda status: status.state == "live" and status.malformed == len(junk) + 4, 5.0), feed.status()
    assert [info.id for info in feed.store.channels] == ["a", "b"]
    assert feed.store.latest([ChannelId("a")]).values.tolist() == [1.0]


def test_that_spoofed_numbers_and_foreign_indices_store_nothing(liar: Liar, feed: LiveFeed) -> None:
    liar.welcome()
    liar.say(block(1, 0), block(2, 1))
    lies = [
        block(2, 1, value=9.0),
        block(1, 0, value=9.0),
        block(1 << 61, 2, value=9.0),
        block(3, 1 << 61, value=9.0),
        block(3, 2, channel=2, value=9.0),
        wire.Heartbeat(1, 1, T0),
        wire.Heartbeat(1 << 61, 2, T0),
    ]
    liar.say(*lies, block(3, 2, channel=1, value=3.0))
    assert feed.wait_for(lambda status: status.malformed == len(lies), 5.0), feed.status()
    liar.say(wire.Heartbeat(3, 3, T0))
    latest = feed.store.latest([ChannelId("a"), ChannelId("b")])
    assert latest.values.tolist() == [1.0, 3.0]
    assert (feed.status().gaps, feed.status().lost_samples) == (0, 0)


def test_that_an_oversized_frame_costs_the_connection_and_no_more(liar: Liar, feed: LiveFeed) -> None:
    liar.welcome()
    liar.say(block(1, 0))
    assert feed.wait_for(lambda status: status.state == "live", 5.0)
    liar.say(b"\0" * (wire.MAX_MESSAGE_BYTES + 1))
    assert feed.wait_for(lambda status: status.state == "lost", 3.0)
    liar.welcome()
    liar.say(block(1, 0, late=-5))
    assert feed.wait_for(lambda status: status.state == "live" and status.gaps == 1, 5.0), feed.status()


def test_that_a_gateway_of_another_protocol_is_told_of_in_one_sentence(liar: Liar, feed: LiveFeed) -> None:
    liar.heard(wire.Hello)
    liar.say(wire.Welcome(9, "liar", "e", "s", False, "viewer", HASH, 0, 0))
    assert feed.wait_for(lambda status: "speaks protocol 9" in status.sentence, 5.0)


def test_that_an_endpoint_that_is_none_is_told_of_in_one_sentence() -> None:
    own = client_keys()
    feed = LiveFeed("not an endpoint", own.public, own, SystemClock())
    feed.start()
    assert feed.wait_for(lambda status: status.state == "lost" and "reads like tcp://" in status.sentence, 5.0)
    feed.stop()


def test_that_where_nobody_listens_the_feed_says_so_and_keeps_trying() -> None:
    own = client_keys()
    feed = LiveFeed("tcp://127.0.0.1:9", own.public, own, SystemClock())
    feed.start()
    assert feed.wait_for(lambda status: status.state == "lost", 4.0)
    assert "no gateway answers" in feed.status().sentence
    with pytest.raises(Exception, match="no connection"):
        feed.request_fault("x").result(2.0)
    feed.stop()
