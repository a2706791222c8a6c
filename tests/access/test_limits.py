"""The two-person rule: each form with fewer than two engineers is refused, whoever hands it on; then a change that holds."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tests.access.site import FAN, OVEN, T0, People, S, Who, stranger
from viewer.access.approval import Approval, LimitsChange, Signature, change_hash, judge_change, proposal, signed_by
from viewer.access.audit import AuditChain
from viewer.access.command import canonical, new_nonce
from viewer.access.limits import Writable, configuration_hash
from viewer.access.limits_book import LimitsBook, body_of
from viewer.access.signatures import sign
from viewer.base.clock import ManualClock
from viewer.base.errors import Fault, UserMistake

FIRST = {one.channel: one for one in (OVEN, FAN)}
WIDER = msgspec.structs.replace(OVEN, high=200.0)
DAY = 24 * 3600 * S


class Hall:
    """A gateway's limits, and the people around it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = People(folder)
        self.anna = self.people.enrol("anna@desk1", "engineer")
        self.anna_again = self.people.enrol("anna@desk2", "engineer")
        self.bert = self.people.enrol("bert@desk1", "engineer")
        self.carl = self.people.enrol("carl", "operator")
        self.dora = self.people.enrol("dora", "admin")
        self.upper = self.people.enrol("plant-gateway", "gateway")
        self.robot = self.people.enrol("st030.controller", "controller", ["*"])
        self.emil = self.people.enrol("emil", "engineer")
        self.people.revoke("emil")
        self.registry = self.people.registry()
        self.audit = AuditChain(folder / "audit.jsonl", ManualClock(T0))
        self.book = self.open()

    def open(self, first: dict[str, Writable] | None = None) -> LimitsBook:
        return LimitsBook(
            self.folder / "limits.book",
            FIRST if first is None else first,
            plant="plant",
            gateway="hall-2",
            registry=self.registry,
            audit=self.audit,
        )

    def change(self, **other: object) -> LimitsChange:
        here = self.book.in_force
        good = LimitsChange(
            plant="plant",
            gateway="hall-2",
            subject="set-points",
            body=body_of([WIDER, FAN]),
            before=here.configuration,
            revision=here.revision + 1,
            reason="the new adhesive cures hotter",
            nonce=new_nonce(),
            issued_ns=T0,
            expires_ns=T0 + DAY,
        )
        return msgspec.structs.replace(good, **other)

    def signed(self, *people: Who, **other: object) -> Approval:
        approval = proposal(self.change(**other))
        for who in people:
            approval = signed_by(approval, who.signer)
        return approval

    def judge(self, approval: Approval, now_ns: int = T0):
        return self.book.judge(canonical(approval), now_ns, "whoever")


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path)


def twice(approval: Approval) -> Approval:
    return Approval(approval.text, [*approval.signatures, *approval.signatures])


def renamed(approval: Approval, who: Who) -> Approval:
    """Anna's signature once more, said to be somebody else's."""
    return Approval(approval.text, [*approval.signatures, Signature(who.identity.signing, approval.signatures[0].signature)])


def for_other_text(hall: Hall) -> Approval:
    """Bert signed another change than Anna."""
    mine, other = hall.signed(hall.anna), hall.signed(hall.bert, reason="something harmless")
    return Approval(mine.text, [*mine.signatures, *other.signatures])


def body_exchanged(hall: Hall) -> Approval:
    """Both signed, and then the limits were made wider."""
    approval = hall.signed(hall.anna, hall.bert)
    return Approval(canonical(hall.change(body=body_of([msgspec.structs.replace(OVEN, high=900.0), FAN]))), approval.signatures)


def for_another_purpose(hall: Hall) -> Approval:
    approval = hall.signed(hall.anna)
    wrong = Signature(hall.bert.identity.signing, sign(hall.bert.signer[1], "command", approval.text))
    return Approval(approval.text, [*approval.signatures, wrong])


REFUSED: dict[str, tuple[Callable[[Hall], Approval], str]] = {
    "nobody": (lambda h: h.signed(), "0 person"),
    "one engineer": (lambda h: h.signed(h.anna), "1 person"),
    "one engineer twice": (lambda h: h.signed(h.anna, h.anna), "1 person"),
    "one signature copied": (lambda h: twice(h.signed(h.anna)), "1 person"),
    "one engineer with two keys": (lambda h: h.signed(h.anna, h.anna_again), "1 person"),
    "one signature under two names": (lambda h: renamed(h.signed(h.anna), h.bert), "not under this change"),
    "one engineer and an operator": (lambda h: h.signed(h.anna, h.carl), "operator of carl approves no limits"),
    "one engineer and an admin": (lambda h: h.signed(h.anna, h.dora), "admin of dora approves"),
    "one engineer and a controller": (lambda h: h.signed(h.anna, h.robot), "controller of"),
    "one engineer and a gateway": (lambda h: h.signed(h.anna, h.upper), "gateway of"),
    "a gateway twice": (lambda h: h.signed(h.upper, h.upper), "gateway of"),
    "one engineer and a revoked one": (lambda h: h.signed(h.anna, h.emil), "not enrolled"),
    "one engineer and a stranger": (lambda h: h.signed(h.anna, stranger("bert@desk1", "engineer")), "not enrolled"),
    "two engineers and a stranger": (lambda h: h.signed(h.anna, h.bert, stranger("x", "engineer")), "not enrolled"),
    "two strangers": (lambda h: h.signed(stranger("anna@desk1", "engineer"), stranger("bert@desk1", "engineer")), "not enrolled"),
    "two who signed different changes": (for_other_text, "not under this change"),
    "limits exchanged after signing": (body_exchanged, "not under this change"),
    "a signature for another purpose": (for_another_purpose, "not under this change"),
    "another gateway's change": (lambda h: h.signed(h.anna, h.bert, gateway="hall-3"), "another gateway"),
    "another plant's change": (lambda h: h.signed(h.anna, h.bert, plant="other"), "another gateway"),
    "another subject": (lambda h: h.signed(h.anna, h.bert, subject="alarms"), "not set-points"),
    "other limits before": (lambda h: h.signed(h.anna, h.bert, before="0" * 64), "other limits"),
    "a revision that was": (lambda h: h.signed(h.anna, h.bert, revision=9), "other limits"),
    "expired": (lambda h: h.signed(h.anna, h.bert, issued_ns=T0 - DAY, expires_ns=T0), "expired"),
    "from the future": (lambda h: h.signed(h.anna, h.bert, issued_ns=T0 + DAY, expires_ns=T0 + 2 * DAY), "clock"),
    "living too long": (lambda h: h.signed(h.anna, h.bert, expires_ns=T0 + 8 * DAY), "seven days"),
    "limits upside down": (
        lambda h: h.signed(h.anna, h.bert, body=body_of([msgspec.structs.replace(OVEN, low=300.0)])),
        "no list of sound limits",
    ),
    "infinite limits": (
        lambda h: h.signed(h.anna, h.bert, body=body_of([msgspec.structs.replace(OVEN, high=float("inf"))])),
        "no list of sound limits",
    ),
    "a channel twice": (lambda h: h.signed(h.anna, h.bert, body=body_of([OVEN, WIDER])), "no list of sound limits"),
    "no limits at all": (lambda h: h.signed(h.anna, h.bert, body=b""), "no list of sound limits"),
}


@pytest.mark.parametrize("form", REFUSED)
def test_that_a_change_that_two_engineers_did_not_sign_for_here_and_now_is_refused(hall: Hall, form: str) -> None:
    make, why = REFUSED[form]
    verdict = hall.judge(make(hall))
    assert not verdict.approved and why in verdict.reason
    assert hall.book.limits == FIRST and hall.book.revision == 0
    assert b"limits refused" in hall.audit.path.read_bytes().splitlines()[-1]


def test_that_two_engineers_change_limits_and_a_restart_keeps_them(hall: Hall) -> None:
    assert hall.judge(hall.signed(hall.anna, hall.bert)).approved
    assert hall.book.limits["st030.oven.set_point"] == WIDER
    again = hall.open()
    assert again.limits == hall.book.limits and again.revision == 1
    assert again.in_force.configuration == configuration_hash({OVEN.channel: WIDER, FAN.channel: FAN})


def test_that_a_change_that_was_undone_can_not_be_played_again(hall: Hall) -> None:
    wider = hall.signed(hall.anna, hall.bert)
    assert hall.judge(wider).approved
    back = hall.signed(hall.bert, hall.anna, body=body_of([OVEN, FAN]))
    assert hall.judge(back).approved and hall.book.in_force.configuration == configuration_hash(FIRST)
    assert not hall.judge(wider).approved and hall.book.limits["st030.oven.set_point"] == OVEN


def test_that_what_was_approved_stays_so_when_a_signer_leaves(hall: Hall) -> None:
    assert hall.judge(hall.signed(hall.anna, hall.bert)).approved
    hall.people.revoke("bert@desk1")
    hall.registry.refresh()
    assert hall.open().limits["st030.oven.set_point"] == WIDER
    assert "not enrolled" in hall.judge(hall.signed(hall.anna, hall.bert, body=body_of([OVEN]))).reason


def test_that_a_configuration_with_other_limits_changes_nothing_by_itself(hall: Hall) -> None:
    again = hall.open({OVEN.channel: msgspec.structs.replace(OVEN, high=500.0)})
    assert again.limits == FIRST
    assert b"limits in the configuration differ" in hall.audit.path.read_bytes().splitlines()[-1]


def test_that_a_book_somebody_wrote_into_is_not_believed(hall: Hall) -> None:
    approval = hall.signed(hall.anna, hall.bert)
    assert hall.judge(approval).approved
    path = hall.book.path
    first, kept, _ = path.read_bytes().split(b"\n")
    one_signer = {"approval": canonical(hall.signed(hall.anna, revision=1, before=configuration_hash(FIRST))), "signers": []}
    for wrong in (
        [first, kept, kept],
        [first.replace(b"190.0", b"191.0"), kept],
        [first, msgspec.json.encode({**msgspec.json.decode(kept), "signers": []})],
        [first, msgspec.json.encode(one_signer)],
        [first, b"{}"],
        [b"", kept],
    ):
        path.write_bytes(b"".join(line + b"\n" for line in wrong))
        with pytest.raises(Fault, match=r"damaged.*limits\.book"):
            hall.open()
    path.write_bytes(first + b"\n" + kept + b"\n" + kept[:50])
    assert hall.open().revision == 1


@dataclass
class Hostile:
    """A site gateway that was taken over: it has its own keys, what it has seen, and any registry it likes."""

    hall: Hall
    own: Who

    def attempts(self) -> list[bytes]:
        seen = self.hall.signed(self.hall.anna, self.hall.bert)
        fake_anna, fake_bert = stranger("anna@desk1", "engineer"), stranger("bert@desk1", "engineer")
        wide = {"body": body_of([msgspec.structs.replace(OVEN, high=900.0)])}
        approvals = [
            self.hall.signed(**wide),
            self.hall.signed(self.own, **wide),
            self.hall.signed(self.own, self.own, **wide),
            self.hall.signed(self.own, self.hall.anna, **wide),
            self.hall.signed(fake_anna, fake_bert, **wide),
            Approval(self.hall.signed(**wide).text, seen.signatures),
            renamed(renamed(self.hall.signed(self.own, **wide), self.hall.anna), self.hall.bert),
            Approval(seen.text, seen.signatures[:1]),
            Approval(seen.text, [seen.signatures[0], seen.signatures[0]]),
            Approval(seen.text + b" ", seen.signatures),
        ]
        return [*map(canonical, approvals), b"", canonical(seen)[:-1], msgspec.json.encode({"approved": True})]


def test_that_a_hostile_upper_gateway_changes_no_limit(hall: Hall) -> None:
    hostile = Hostile(hall, hall.upper)
    assert [hall.book.judge(frame, T0, "plant-gateway").approved for frame in hostile.attempts()] == [False] * 13
    assert hall.book.limits == FIRST
    late = canonical(hall.signed(hall.anna, hall.bert))
    assert "expired" in hall.book.judge(late, T0 + DAY, "plant-gateway").reason, "held back until it is too late"
    assert hall.book.judge(late, T0 + DAY - 1, "plant-gateway").approved, "what two engineers signed it may hand on"


def test_that_both_see_one_hash_of_what_they_sign(hall: Hall) -> None:
    alone, both = hall.signed(hall.anna), hall.signed(hall.anna, hall.bert)
    assert change_hash(alone) != change_hash(both), "another nonce is another change"
    assert change_hash(signed_by(alone, hall.bert.signer)) == change_hash(alone)
    assert judge_change(canonical(signed_by(alone, hall.bert.signer)), T0, hall.registry, hall.book.in_force).approved


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"low": 190.0}, "below high"),
        ({"step": 0.0}, "above 0"),
        ({"rate_per_s": -1.0}, "above 0"),
        ({"high": float("nan")}, "finite"),
        ({"base_tolerance": float("inf")}, "finite"),
    ],
)
def test_that_limits_without_sense_are_one_sentence(tmp_path: Path, wrong: dict[str, float], why: str) -> None:
    people = People(tmp_path)
    limits = {OVEN.channel: msgspec.structs.replace(OVEN, **wrong)}
    audit = AuditChain(tmp_path / "a", ManualClock(T0))
    with pytest.raises(UserMistake, match=why):
        LimitsBook(tmp_path / "b", limits, plant="p", gateway="g", registry=people.registry(), audit=audit)
