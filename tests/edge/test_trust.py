"""Whoever proves nothing is not heard: real sockets against a real gateway."""

import json
import time
from pathlib import Path

import pytest
import zmq

from viewer.live import keys, wire
from viewer.live.keys import client_keys


def tried(child, prepare, listen_s: float = 1.5) -> list[bytes]:
    """What the gateway sends to a socket that says hello to it."""
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    prepare(dealer)
    dealer.connect(child.endpoint)
    heard: list[bytes] = []
    try:
        dealer.send(wire.encode(wire.Hello(wire.PROTOCOL, time.time_ns())), zmq.NOBLOCK)
        while dealer.poll(listen_s * 1e3):
            heard.append(dealer.recv())
            if len(heard) > 1:
                break
    finally:
        context.destroy(linger=0)
    return heard


def nothing(dealer) -> None:
    """No security at all."""


def password(dealer) -> None:
    dealer.plain_username, dealer.plain_password = b"admin", b"admin"


def unknown_key(dealer) -> None:
    dealer.curve_publickey, dealer.curve_secretkey = zmq.curve_keypair()


@pytest.mark.parametrize("prepare", [nothing, password, unknown_key])
def test_that_who_speaks_no_curve_is_not_heard(spawn, own_home: Path, prepare) -> None:
    child = spawn()

    def with_server_key(dealer) -> None:
        if prepare is unknown_key:
            dealer.curve_serverkey = child.public_key.encode()
        prepare(dealer)

    assert tried(child, with_server_key) == []

    def enrolled(dealer) -> None:
        pair = client_keys()
        dealer.curve_publickey, dealer.curve_secretkey = pair.public.encode(), pair.secret.encode()
        dealer.curve_serverkey = child.public_key.encode()

    assert tried(child, enrolled, 5.0), "with an enrolled key the same socket is heard"
    lines = [json.loads(line) for line in (own_home / "state" / "audit" / "wave.jsonl").read_text().splitlines()]
    assert {line["user"] for line in lines if line["event"] == "admitted"} == {keys.user_name()}
