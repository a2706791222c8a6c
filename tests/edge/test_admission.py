"""Who gets in, who does not, and who is shut out again: real processes over loopback."""

import json
from pathlib import Path

import pytest
import zmq

from viewer.base.errors import UserMistake
from viewer.live import keys
from viewer.live.discovery import running_gateways
from viewer.live.keys import KeyPair
from viewer.live.tap import tap


def stranger(name: str = "stranger") -> KeyPair:
    public, secret = (key.decode() for key in zmq.curve_keypair())
    return KeyPair(name, public, secret)


def audit(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (home / "state" / "audit" / "wave.jsonl").read_text().splitlines()]


def test_that_an_unknown_key_is_refused_told_so_and_audited_and_let_in_once_enrolled(spawn, open_feed, own_home: Path) -> None:
    child, unknown = spawn(), stranger()
    feed = open_feed(child, unknown)
    assert feed.wait_for(lambda status: "refused this key" in status.sentence, 5.0), feed.status()
    assert feed.status().state == "lost" and not feed.store.channels
    refused = [line for line in audit(own_home) if line["event"] == "refused"]
    assert refused and refused[0]["public"] == unknown.public and refused[0]["why"] == "unknown key"
    keys.enrol("stranger", unknown.public, "viewer")
    assert feed.wait_for(lambda status: status.state == "live", 8.0), feed.status()
    assert any(line["event"] == "admitted" and line["user"] == "stranger" for line in audit(own_home))


def test_that_a_viewer_does_not_talk_to_a_gateway_with_another_key(spawn, open_feed) -> None:
    feed = open_feed(spawn(), server_key=stranger().public)
    assert feed.wait_for(lambda status: status.state == "lost", 5.0)
    assert not feed.store.channels


def test_that_a_revoked_key_is_cut_off_though_its_connection_stands(spawn, open_feed, own_home: Path) -> None:
    child, guest = spawn(), stranger("guest")
    keys.enrol("guest", guest.public, "viewer")
    feed = open_feed(child, guest)
    assert feed.wait_for(lambda status: status.state == "live", 5.0)
    keys.revoke("guest")
    assert feed.wait_for(lambda status: status.state == "lost", 1.5), feed.status()
    assert feed.wait_for(lambda status: "refused this key" in status.sentence, 5.0), feed.status()
    assert any(line["event"] == "cut off" and line["user"] == "guest" for line in audit(own_home))


def test_that_a_viewer_may_not_inject_faults_and_an_engineer_may(spawn, open_feed, own_home: Path) -> None:
    child, guest = spawn(), stranger("guest")
    keys.enrol("guest", guest.public, "viewer")
    looking, own = open_feed(child, guest), open_feed(child)
    for feed in (looking, own):
        assert feed.wait_for(lambda status: status.state == "live", 5.0)
    with pytest.raises(UserMistake, match="enrolled as viewer"):
        looking.request_fault("shift", {"by_mm": 50.0}).result(3.0)
    with pytest.raises(UserMistake, match="known: shift"):
        own.request_fault("shifty").result(3.0)
    (fault,) = own.request_fault("shift", {"by_mm": 50.0}).result(3.0)
    assert fault.active and own.faults() == (fault,)
    sample = list(tap(child.endpoint, count=20, glob="wave.c0"))[-1]
    assert sample["unit"] == "mm" and sample["quality"] == "good" and sample["value"] == pytest.approx(50.0, abs=1.0)
    assert not own.clear_fault("shift").result(3.0)[0].active
    assert [line["fault"] for line in audit(own_home) if line["event"] == "inject"] == ["shifty", "shift"]


def test_that_the_own_key_is_made_once_secret_and_enrolled(own_home: Path) -> None:
    first = keys.client_keys()
    assert keys.client_keys() == first
    assert [(one.public, one.role) for one in keys.enrolled()] == [(first.public, "engineer")]
    secret = own_home / "data" / "keys" / "client.toml"
    assert secret.stat().st_mode & 0o777 == 0o600 and secret.parent.stat().st_mode & 0o777 == 0o700
    assert keys.gateway_keys("a") != keys.gateway_keys("b") and keys.gateway_keys("a") == keys.gateway_keys("a")


@pytest.mark.parametrize("public", ["", "short", "é" * 40, "~" * 40, '"' * 40])
def test_that_what_is_no_key_is_not_enrolled(public: str) -> None:
    with pytest.raises(UserMistake, match="40 characters"):
        keys.enrol("anna", public, "viewer")


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "x" * 101])
def test_that_a_name_that_leaves_the_folder_is_refused(name: str) -> None:
    with pytest.raises(UserMistake, match="letters, digits"):
        keys.revoke(name)


def test_that_a_damaged_key_file_is_one_sentence_with_its_path(own_home: Path) -> None:
    path = own_home / "data" / "keys" / "client.toml"
    keys.keys_dir()
    path.write_text('owner = "me"\npublic = "zz"\nsecret = 3\n')
    with pytest.raises(UserMistake, match=r"damaged.*client\.toml"):
        keys.client_keys()


def test_that_gateways_are_found_while_they_run_and_not_when_killed(spawn) -> None:
    with pytest.raises(UserMistake, match="no gateway runs here"):
        next(tap(None, count=1))
    child = spawn()
    (running,) = running_gateways()
    assert (running.endpoint, running.public_key, running.pid) == (child.endpoint, child.public_key, child.process.pid)
    samples = list(tap(None, count=40))
    assert {sample["channel"] for sample in samples} >= {f"wave.c{i}" for i in range(8)}
    with pytest.raises(UserMistake, match="no sample of a channel that matches «nothing»"):
        next(tap(None, count=1, glob="nothing", timeout_s=1.0))
    child.kill()
    assert running_gateways() == ()
