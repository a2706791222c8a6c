"""Signed commands at the gate: everything that must be refused first, then what is accepted, once, whatever crashes."""

import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.access.site import OVEN, T0, S, Site, stranger
from viewer.access.command import EnvelopeError, Signed, canonical, open_command, signed_command
from viewer.access.leash import Reading
from viewer.access.ledger import CommandLedger, Entry
from viewer.access.signatures import sign
from viewer.base.errors import Fault

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"plant": "other"}, "another gateway"),
        ({"gateway": "hall-3"}, "another gateway"),
        ({"configuration": "0" * 64}, "limits have changed"),
        ({"user": "bert@desk2"}, "not by bert@desk2"),
        ({"channel": "st030.oven.temp"}, "can't be commanded"),
        ({"channel": "st030.*"}, "can't be commanded"),
        ({"value": 190.1}, "outside 170 to 190"),
        ({"value": 169.9}, "outside"),
        ({"value": math.nan}, "outside"),
        ({"value": math.inf}, "outside"),
        ({"value": 185.1}, "step"),
        ({"base": 179.4}, "it is 180"),
        ({"base": math.nan}, "signed when"),
        ({"expires_ns": T0}, "10 s at most"),
        ({"expires_ns": T0 + 10 * S + 1}, "10 s at most"),
        ({"issued_ns": T0 - 11 * S, "expires_ns": T0 - S}, "expired"),
        ({"issued_ns": T0 - 10 * S, "expires_ns": T0}, "expired"),
        ({"issued_ns": T0 + 2 * S, "expires_ns": T0 + 9 * S}, "clock"),
    ],
)
def test_that_a_command_that_is_wrong_in_one_thing_is_refused_and_audited(site: Site, wrong, why: str) -> None:
    verdict = site.send(**wrong)
    assert not verdict.accepted and why in verdict.reason and verdict.command is None
    assert site.lines()[-1]["event"] == "command refused" and site.lines()[-1]["why"] == verdict.reason
    assert site.gate.next_sequence(site.anna.identity.signing) == 1
    assert site.send().accepted, "the same command without the mistake is good"


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (None, "not known to be good"),
        (Reading(180.0, T0, good=False), "not known to be good"),
        (Reading(math.nan, T0), "not known to be good"),
        (Reading(180.0, T0 - 5 * S - 1), "stale"),
        (Reading(180.0, T0 + 2 * S), "stale"),
        (Reading(180.6, T0), "it is 180.6"),
    ],
)
def test_that_nothing_is_commanded_on_grounds_that_are_stale_bad_or_gone(site: Site, reading, why: str) -> None:
    site.readings["st030.oven.set_point"] = reading
    assert why in site.send().reason


def test_that_a_site_that_enabled_nothing_takes_no_command(tmp_path: Path) -> None:
    assert Site(tmp_path, enabled=False).send().reason == "this gateway takes no commands"


def test_that_a_replayed_or_older_command_is_refused_also_after_a_restart(site: Site) -> None:
    frame = signed_command(site.command(sequence=5), site.anna.signer)
    assert site.judge(frame).accepted
    site.clock.advance(3.0)
    site.readings["st030.oven.set_point"] = Reading(180.0, site.clock.now_ns())
    assert "used before" in site.judge(frame).reason
    assert "used before" in site.send(sequence=4).reason
    site.ledger.close()
    site.audit.close()
    site.open()
    assert "used before" in site.judge(frame).reason
    assert site.send(sequence=6).accepted


@pytest.mark.parametrize("role", ["viewer", "admin", "device", "gateway", "controller"])
def test_that_who_is_no_operator_or_engineer_commands_nothing(site: Site, role) -> None:
    other = site.people.enrol("other", role, ["*"])
    site.registry.refresh()
    verdict = site.judge(signed_command(site.command(user="other"), other.signer), other.identity)
    assert not verdict.accepted and ("commands nothing" in verdict.reason or "may not correct" in verdict.reason)


def test_that_a_revoked_key_and_an_unknown_one_sign_nothing(site: Site) -> None:
    unknown = stranger("anna@desk1", "engineer")
    assert "no enrolled key" in site.judge(signed_command(site.command(), unknown.signer)).reason
    site.people.revoke("anna@desk1")
    assert site.registry.refresh()
    assert "no enrolled key" in site.send().reason


def test_that_only_who_signed_may_send_it_or_a_gateway_that_hands_it_on(site: Site) -> None:
    bert, upper = site.people.enrol("bert", "engineer"), site.people.enrol("upper", "gateway")
    site.registry.refresh()
    frame = signed_command(site.command(), site.anna.signer)
    assert "bert sent what anna@desk1 signed" in site.judge(frame, bert.identity).reason
    assert site.gate.judge(frame, T0, site.readings.get, None).reason == "whoever sent this is not enrolled"
    assert site.judge(frame, upper.identity).accepted


def test_that_a_gateway_in_between_changes_nothing_and_signs_nothing(site: Site) -> None:
    upper = site.people.enrol("upper", "gateway")
    site.registry.refresh()
    frame = signed_command(site.command(), site.anna.signer)
    _, signed = open_command(frame)
    other = canonical(site.command(value=184.0, nonce=b"n" * 16))
    forged = [
        canonical(Signed(other, signed.signer, signed.signature)),
        canonical(Signed(other, upper.identity.signing, sign(upper.signer[1], "command", other))),
        canonical(Signed(other, signed.signer, sign(upper.signer[1], "command", other))),
        canonical(Signed(other, signed.signer, sign(site.anna.signer[1], "limits", other))),
        canonical(Signed(signed.text, upper.identity.signing, sign(upper.signer[1], "command", signed.text))),
    ]
    assert [site.judge(one, upper.identity).accepted for one in forged] == [False] * 5
    assert site.judge(frame, upper.identity).accepted


def test_that_set_points_move_no_faster_than_their_rate_whoever_commands(site: Site) -> None:
    assert site.send(value=184.0).accepted
    site.clock.advance(1.0)
    site.readings["st030.oven.set_point"] = Reading(184.0, site.clock.now_ns())
    bert = site.people.enrol("bert", "engineer")
    site.registry.refresh()
    hasty = site.command(user="bert", value=188.0, base=184.0, sequence=1)
    assert "faster than 2 a second" in site.judge(signed_command(hasty, bert.signer), bert.identity).reason
    site.clock.advance(1.0)
    later = site.command(user="bert", value=188.0, base=184.0, sequence=1)
    assert site.judge(signed_command(later, bert.signer), bert.identity).accepted


@pytest.mark.parametrize("what", ["audit", "ledger"])
def test_that_commands_are_refused_while_the_audit_or_the_ledger_takes_nothing(site: Site, what: str) -> None:
    part = getattr(site, what)
    kept, part._file = part._file, os.open("/dev/full", os.O_WRONLY)
    for _ in range(20):
        assert "the audit can't be written" in site.send().reason
    os.close(part._file)
    part._file = kept
    site.clock.advance(5.0)
    site.audit.note("there is room again")
    assert site.audit.healthy and site.send().accepted
    site.clock.advance(10.0)
    site.audit.beat()
    told = [line for line in site.lines() if line["event"] in ("command refused", "repeated")]
    assert sum(int(str(line.get("times", 1))) for line in told) == 20, "each refusal is audited, once the audit takes lines again"


def test_that_bytes_that_are_no_canonical_envelope_are_refused(site: Site) -> None:
    frame = signed_command(site.command(), site.anna.signer)
    table = msgspec.msgpack.decode(frame)
    other_order = msgspec.msgpack.encode(dict(reversed(table.items())))
    more = msgspec.msgpack.encode({**table, "more": 1})
    for wrong in (
        b"",
        b"\xc1",
        frame[:-1],
        frame + b"\0",
        other_order,
        more,
        frame * 100,
        b"\x91" * 3000,
        msgspec.json.encode(table),
    ):
        with pytest.raises(EnvelopeError):
            open_command(wrong)
        assert not site.judge(wrong).accepted
    assert site.judge(frame).accepted


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    value=st.floats(allow_nan=False),
    now=st.floats(150.0, 210.0),
    base_off=st.floats(-2.0, 2.0),
    age_s=st.floats(-3.0, 8.0),
)
def test_that_whatever_is_accepted_is_inside_every_limit(site: Site, value, now, base_off, age_s) -> None:
    site.clock.advance(100.0)
    t_ns = site.clock.now_ns()
    site.readings["st030.oven.set_point"] = Reading(now, t_ns - round(age_s * S))
    if site.send(value=value, base=now + base_off).accepted:
        assert OVEN.low <= value <= OVEN.high and abs(value - now) <= OVEN.step
        assert abs(base_off) <= OVEN.base_tolerance + 1e-9 and -1.0 <= age_s <= OVEN.stale_after_s


KILLED = """
import os, sys
from pathlib import Path
from viewer.access.ledger import CommandLedger, Entry
ledger, acted = CommandLedger(Path(sys.argv[1])), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sequence = ledger.sequence("k")
while True:
    sequence += 1
    ledger.store(Entry("k", sequence, "c", float(sequence), sequence))
    os.write(acted, b"%d\\n" % sequence)
"""


def test_that_no_kill_lets_a_command_act_twice_or_before_it_is_kept(tmp_path: Path) -> None:
    ledger, acted = tmp_path / "ledger", tmp_path / "acted"
    for round_ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(ledger), str(acted)], env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        wanted = (round_ + 1) * 7
        while not acted.exists() or acted.read_bytes().count(b"\n") < wanted:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = [int(line) for line in acted.read_bytes().split()]
        assert len(set(done)) == len(done)
        opened = CommandLedger(ledger)
        assert opened.sequence("k") >= done[-1]
        opened.close()


def test_that_a_damaged_ledger_accepts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    ledger = CommandLedger(path)
    for i in range(1, 4):
        ledger.store(Entry("k", i, f"c{i}", 1.0, i))
    with pytest.raises(ValueError, match="not above 3"):
        ledger.store(Entry("k", 3, "c", 1.0, 9))
    ledger.close()
    whole = path.read_bytes()
    for at in range(len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(Fault, match=r"damaged.*ledger"):
            CommandLedger(path)
    path.write_bytes(whole + b"0123 half a li")
    assert CommandLedger(path).sequence("k") == 3
