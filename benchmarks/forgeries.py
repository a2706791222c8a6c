"""Forged, replayed, truncated and mistyped commands, limits and messages through a gateway's real doors: none may pass.

`python -m benchmarks.forgeries [--count 100000] [--seed 1]`; a short form is in the suite (tests/access/test_forgeries.py). Each
forgery is made from something valid at that moment, by a seed that is kept, so that any of them can be made again.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import forged_messages
from benchmarks.measuring import keep
from viewer.access.approval import Approval, LimitsChange, Signature, proposal, signed_by
from viewer.access.audit import AuditChain
from viewer.access.audit_check import HeadFile, check, read_heads
from viewer.access.command import Command, Signed, canonical, new_nonce, signed_command
from viewer.access.command_path import CommandPath
from viewer.access.identity import Identity, to_toml
from viewer.access.leash import LeashTerms, Reading
from viewer.access.limits import Writable
from viewer.access.limits_book import body_of
from viewer.access.registry import Registry
from viewer.access.roles import ROLES, Role
from viewer.access.safety import Safety
from viewer.access.signatures import new_curve_pair, new_signing_pair, sign
from viewer.base.clock import ManualClock

S = 1_000_000_000
T0 = 1_800_000_000 * S
OVEN, FAN = "st030.oven", "st030.fan"
LIMITS = {OVEN: Writable(OVEN, 170.0, 190.0, 5.0, 2.0, 0.5), FAN: Writable(FAN, 0.0, 100.0, 20.0, 10.0, 1.0)}
LEASHES = {OVEN: LeashTerms(OVEN, "st030.cure", 175.0, 185.0, 0.5, 3.0)}
VALID_EVERY = 500
ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    2**64 - 1,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x" * 300,
    b"",
    b"\xff" * 16,
    [],
    {},
    [[[]]],
)


class Gateway:
    """The write path of a gateway with everything real but the sockets, and everybody who might try it."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.chance = chance
        (folder / "authorised").mkdir(parents=True)
        (folder / "revoked").mkdir()
        self.signers: dict[str, tuple[str, str]] = {}
        self.people: dict[str, Identity] = {}
        for role in ROLES:
            self._enrol(folder / "authorised", role, role)
        self._enrol(folder / "authorised", "engineer2", "engineer")
        self._enrol(folder / "revoked", "leaver", "engineer")
        self.signers["stranger"] = new_signing_pair()
        self.clock = ManualClock(T0)
        self.public, secret = new_signing_pair()
        self.heads = folder / "elsewhere" / "heads.jsonl"
        self.audit = AuditChain(folder / "audit.jsonl", self.clock, signer=(self.public, secret), heads=(HeadFile(self.heads),))
        self.path = CommandPath(
            folder / "commands",
            Safety(LIMITS, LEASHES),
            plant="plant",
            gateway="hall-2",
            registry=Registry(folder / "authorised"),
            audit=self.audit,
            enabled=True,
            steady_ns=self.clock.now_ns,
        )
        self.values = {OVEN: 180.0, FAN: 50.0, "st030.cure": 8.0}
        self.accepted_frames: list[bytes] = []

    def _enrol(self, folder: Path, user: str, role: Role) -> None:
        signing = new_signing_pair()
        self.signers[user] = signing
        self.people[user] = Identity(user, new_curve_pair()[0], role, "", signing[0], ("*",))
        (folder / f"{user}.toml").write_text(to_toml(self.people[user]), encoding="utf-8")

    def command(self, user: str = "operator", **other: object) -> Command:
        """One that would be accepted now."""
        state, now = self.path.state(self.people[user]), self.clock.now_ns()
        good = Command(
            "plant",
            "hall-2",
            OVEN,
            self.values[OVEN] + self.chance.choice((-0.4, 0.4)),
            self.values[OVEN],
            state.configuration,
            user,
            new_nonce(),
            state.sequence,
            now,
            now + 10 * S,
        )
        return msgspec.structs.replace(good, **other)

    def change(self, **other: object) -> LimitsChange:
        """One that would be approved with two engineers' signatures."""
        here, now = self.path.book.in_force, self.clock.now_ns()
        wider = msgspec.structs.replace(LIMITS[OVEN], high=500.0)
        good = LimitsChange(
            "plant",
            "hall-2",
            "set-points",
            body_of([wider]),
            here.configuration,
            here.revision + 1,
            "r",
            new_nonce(),
            now,
            now + S,
        )
        return msgspec.structs.replace(good, **other)

    def send(self, frame: bytes, sender: str) -> tuple[bool, str]:
        """As the desk hands on what was sent: who the connection proves, and the bytes."""
        now = self.clock.now_ns()
        verdict = self.path.command(
            frame, now, lambda one: Reading(self.values[one], now) if one in self.values else None, self.people[sender]
        )
        if verdict.accepted and verdict.command is not None:
            self.values[verdict.command.channel] = verdict.command.value
            self.accepted_frames.append(frame)
        return verdict.accepted, verdict.reason

    def told(self) -> int:
        """How many refusals the audit tells of."""
        total = 0
        for line in self.audit.path.read_bytes().splitlines():
            entry = msgspec.json.decode(line)
            if entry["event"] in ("command refused", "limits refused"):
                total += 1
            elif entry["event"] == "repeated" and entry["of"] in ("command refused", "limits refused"):
                total += entry["times"]
        return total


Forger = Callable[[Gateway], tuple[bytes, str]]
"""Makes the bytes, and says over whose connection they come."""


def flipped(g: Gateway) -> tuple[bytes, str]:
    frame = bytearray(signed_command(g.command(), g.signers["operator"]))
    for at in g.chance.sample(range(len(frame)), g.chance.randint(1, 4)):
        frame[at] ^= g.chance.randint(1, 255)
    return bytes(frame), "operator"


def truncated(g: Gateway) -> tuple[bytes, str]:
    frame = signed_command(g.command(), g.signers["operator"])
    return frame[: g.chance.randrange(len(frame))], "operator"


def extended(g: Gateway) -> tuple[bytes, str]:
    frame = signed_command(g.command(), g.signers["operator"])
    more = g.chance.randbytes(g.chance.randint(1, 40))
    return (frame + more if g.chance.random() < 0.5 else more + frame), "operator"


def spliced(g: Gateway) -> tuple[bytes, str]:
    """The text of one command under the signature of another."""
    one, other = (signed_command(g.command(), g.signers["operator"]) for _ in range(2))
    cut = g.chance.randrange(1, len(one))
    frame = one[:cut] + other[cut:]
    return (frame if frame not in (one, other) else frame[:-1]), "operator"


def replayed(g: Gateway) -> tuple[bytes, str]:
    return g.chance.choice(g.accepted_frames), "operator"


def delayed(g: Gateway) -> tuple[bytes, str]:
    late = g.clock.now_ns() - g.chance.randint(10, 10_000) * S
    return signed_command(g.command(issued_ns=late, expires_ns=late + 10 * S), g.signers["operator"]), "operator"


def mistyped(g: Gateway) -> tuple[bytes, str]:
    """A field of another kind, in the envelope or inside, honestly signed by an operator."""
    text = msgspec.msgpack.decode(canonical(g.command()))
    key = g.chance.choice(sorted(text))
    odd = g.chance.choice([one for one in ODD if type(one) is not type(text[key])])
    text[key] = odd
    raw = msgspec.msgpack.encode(text)
    envelope: dict[str, object] = {
        "text": raw,
        "signer": g.signers["operator"][0],
        "signature": sign(g.signers["operator"][1], "command", raw),
    }
    if g.chance.random() < 0.3:
        envelope[g.chance.choice(sorted(envelope))] = g.chance.choice(ODD)
    return msgspec.msgpack.encode(envelope), "operator"


def changed_after_signing(g: Gateway) -> tuple[bytes, str]:
    command = g.command()
    signature = sign(g.signers["operator"][1], "command", canonical(command))
    other = g.chance.choice(
        [
            {"value": command.value + 0.1},
            {"channel": FAN},
            {"sequence": command.sequence + 1},
            {"nonce": new_nonce()},
            {"user": "engineer"},
        ]
    )
    changed = canonical(msgspec.structs.replace(command, **other))
    return canonical(Signed(changed, g.signers["operator"][0], signature)), "operator"


def signed_by_another(g: Gateway) -> tuple[bytes, str]:
    """By somebody who may not, or under somebody else's name."""
    who = g.chance.choice(["stranger", "leaver", "viewer", "admin", "device", "gateway"])
    name = g.chance.choice(["operator", who if who in g.people else "operator"])
    sender = who if who in g.people else "operator"
    return signed_command(msgspec.structs.replace(g.command(), user=name), g.signers[who]), sender


def sent_by_another(g: Gateway) -> tuple[bytes, str]:
    """Caught on its way, and sent from another enrolled key."""
    sender = g.chance.choice(["viewer", "engineer", "admin", "device", "controller", "leaver"])
    return signed_command(g.command(), g.signers["operator"]), sender


def beyond_limits(g: Gateway) -> tuple[bytes, str]:
    """Malware in an operator's viewer: rightly signed, and out of what the gateway lets anybody do."""
    value = g.values[OVEN]
    other = g.chance.choice(
        [
            {"value": g.chance.uniform(190.01, 1e6)},
            {"value": g.chance.uniform(-1e6, 169.99)},
            {"value": g.chance.choice([float("nan"), float("inf"), -float("inf"), 1e308])},
            {"value": value + g.chance.choice((-5.01, 5.01))},
            {"base": value + g.chance.choice((-0.51, 0.51, float("nan")))},
            {"channel": g.chance.choice(["st030.cure", "st999", "*", OVEN + " "])},
            {"plant": "other"},
            {"gateway": "hall-3"},
            {"configuration": "0" * 64},
            {"expires_ns": g.clock.now_ns() + 10 * S + 1},
            {"issued_ns": g.clock.now_ns() + 2 * S, "expires_ns": g.clock.now_ns() + 9 * S},
            {"sequence": g.chance.randrange(1, g.path.state(g.people["operator"]).sequence)},
        ]
    )
    return signed_command(g.command(**other), g.signers["operator"]), "operator"


def controller_off_its_leash(g: Gateway) -> tuple[bytes, str]:
    value = g.values[OVEN] + g.chance.choice((-0.6, 0.6, -4.0, 4.0))
    return signed_command(g.command("controller", value=value), g.signers["controller"]), "controller"


def for_another_purpose(g: Gateway) -> tuple[bytes, str]:
    text, (public, secret) = canonical(g.command()), g.signers["operator"]
    return canonical(Signed(text, public, sign(secret, g.chance.choice(("limits", "audit head")), text))), "operator"


def noise(g: Gateway) -> tuple[bytes, str]:
    return g.chance.randbytes(g.chance.choice((0, 1, 2, 64, 300, 5_000))), g.chance.choice(["operator", "gateway"])


COMMANDS: tuple[Forger, ...] = (
    flipped,
    truncated,
    extended,
    spliced,
    replayed,
    delayed,
    mistyped,
    changed_after_signing,
    signed_by_another,
    sent_by_another,
    beyond_limits,
    controller_off_its_leash,
    for_another_purpose,
    noise,
)


def forged_limits(g: Gateway) -> bytes:
    """A change of limits with fewer than two engineers behind it."""
    one = signed_by(proposal(g.change()), g.signers["engineer"])
    two = signed_by(one, g.signers["engineer2"])
    way = g.chance.randrange(8)
    if way == 0:
        return canonical(Approval(one.text, [*one.signatures, *one.signatures]))
    if way == 1:
        return canonical(
            signed_by(
                one, g.signers[g.chance.choice(["operator", "admin", "viewer", "gateway", "controller", "stranger", "leaver"])]
            )
        )
    if way == 2:
        return canonical(Approval(one.text, [*one.signatures, Signature(g.signers["engineer2"][0], one.signatures[0].signature)]))
    if way == 3:
        return canonical(Approval(canonical(g.change(body=body_of([]))), two.signatures))
    if way == 4:
        other = g.chance.choice(
            [
                {"gateway": "hall-3"},
                {"before": "0" * 64},
                {"revision": 7},
                {"expires_ns": g.clock.now_ns() - 1},
                {"subject": "alarms"},
            ]
        )
        return canonical(signed_by(signed_by(proposal(g.change(**other)), g.signers["engineer"]), g.signers["engineer2"]))
    frame = bytearray(canonical(two))
    if way == 5:
        return bytes(frame[: g.chance.randrange(len(frame))])
    if way == 6:
        return bytes(frame) + g.chance.randbytes(3)
    for at in g.chance.sample(range(len(frame)), g.chance.randint(1, 4)):
        frame[at] ^= g.chance.randint(1, 255)
    return bytes(frame)


def run(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Try `count` forgeries; the figures. Raises AssertionError for the first that passes, with its number."""
    g = Gateway(folder, random.Random(seed))
    kinds: Counter[str] = Counter()
    passed: list[dict[str, object]] = []
    refused, valid = 0, 0
    start = time.perf_counter()
    for number in range(count):
        g.clock.advance(0.01)
        if number % VALID_EVERY == 0:
            g.clock.advance(10.0)
            accepted, reason = g.send(signed_command(g.command(), g.signers["operator"]), "operator")
            if not accepted:
                raise AssertionError(f"number {number}: a good command was refused: {reason}")
            g.audit.beat()
            g.clock.advance(10.0)
            valid += 1
        kind = "limits" if number % 10 == 9 else COMMANDS[number % len(COMMANDS)].__name__
        kinds[kind] += 1
        if kind == "limits":
            answer = g.path.sign_off(forged_limits(g), g.clock.now_ns(), g.people["gateway"])
            accepted = answer.accepted
        else:
            accepted, _ = g.send(*COMMANDS[number % len(COMMANDS)](g))
        if accepted:
            passed.append({"number": number, "kind": kind})
        refused += not accepted
    took_s = time.perf_counter() - start
    limits_untouched = g.path.book.revision == 0 and g.path.book.limits == LIMITS
    g.audit.close()
    return {
        "seed": seed,
        "forgeries": count,
        "passed": len(passed),
        "first_passed": passed[:20],
        "audited": g.told(),
        "refused": refused,
        "valid_between": valid,
        "limits_untouched": limits_untouched,
        "tampering_of_the_audit": len(check(g.audit.path, read_heads(g.heads), g.public)),
        "audit_bytes": g.audit.path.stat().st_size,
        "kinds": dict(sorted(kinds.items())),
        "forgeries_per_s": round(count / took_s),
    }


def main() -> None:
    """The recorded run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GENCHI_HOME"] = f"{folder}/home"
        commands = run(Path(folder) / "commands", words.count, words.seed)
        messages = forged_messages.run(Path(folder) / "messages", words.count, words.seed)
        keep("forgeries", {"commands": commands, "messages": messages})


if __name__ == "__main__":
    main()
