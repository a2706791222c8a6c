"""A host on the network that floods the gateway: clients go on being served, a newcomer gets in, nothing grows."""

import contextlib
import socket
import time
from pathlib import Path

import pytest
import zmq

from viewer.live import keys
from viewer.live.keys import KeyPair
from viewer.live.wire import MAX_MESSAGE_BYTES


def address(child) -> tuple[str, int]:
    host, _, port = child.endpoint.removeprefix("tcp://").partition(":")
    return host, int(port)


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def newcomer(name: str) -> KeyPair:
    public, secret = (key.decode() for key in zmq.curve_keypair())
    keys.enrol(name, public, "viewer")
    return KeyPair(name, public, secret)


GREETING = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0CURVE".ljust(64, b"\0")
"""The begin of a handshake (ZMTP 3.1, RFC 37) that then says no more."""


@pytest.mark.parametrize("said", [GREETING, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["half a handshake", "no handshake"])
def test_that_a_flood_of_connections_locks_no_newcomer_out(spawn, open_feed, said: bytes) -> None:
    child = spawn()
    client = open_feed(child)
    assert client.wait_for(lambda status: status.state == "live", 5.0)
    with contextlib.ExitStack() as stack:
        flood = [stack.enter_context(socket.create_connection(address(child), 5.0)) for _ in range(300)]
        for one in flood:
            with contextlib.suppress(OSError):  # the gateway has closed on this one already
                one.sendall(said)
        start = time.monotonic()
        late = open_feed(child, newcomer("late"))
        assert late.wait_for(lambda status: status.state == "live", 5.0), late.status()
        assert time.monotonic() - start < 5.0 and client.status().state == "live"
        flood[0].settimeout(6.0)
        with contextlib.suppress(ConnectionResetError):
            while flood[0].recv(4096):
                assert time.monotonic() - start < 8.0, "a connection that does not shake hands is closed after 2 s"


def test_that_a_huge_frame_is_not_taken_and_costs_its_sender_the_connection(spawn, open_feed) -> None:
    child, mallory = spawn(), newcomer("mallory")
    client = open_feed(child)
    assert client.wait_for(lambda status: status.state == "live", 5.0)
    before_mb = resident_mb(child.process.pid)
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.curve_publickey, dealer.curve_secretkey = mallory.public.encode(), mallory.secret.encode()
    dealer.curve_serverkey = child.public_key.encode()
    dealer.linger = 0
    dealer.setsockopt(zmq.RECONNECT_IVL, -1)
    watch = dealer.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    dealer.connect(child.endpoint)
    try:
        dealer.send(b"x" * (200 * MAX_MESSAGE_BYTES))
        assert watch.poll(10_000), "the gateway ends the connection"
    finally:
        dealer.disable_monitor()
        context.destroy(linger=0)
    assert resident_mb(child.process.pid) < before_mb + 50.0
    assert client.status().state == "live" and child.process.poll() is None
    late = open_feed(child, newcomer("late"))
    assert late.wait_for(lambda status: status.state == "live", 5.0)
