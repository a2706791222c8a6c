"""The two-person rule: a change of limits, the signatures under it, and its judgement by the gateway's own registry alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from viewer.access.command import EnvelopeError, Hash, Key, Name, Nonce, TimeNs, canonical, decoded
from viewer.access.identity import Identity
from viewer.access.registry import Registry
from viewer.access.roles import may
from viewer.access.signatures import SIGNATURE_BYTES, sign, verify

MAX_CHANGE_BYTES: Final = 1 << 20
LONGEST_LIFE_NS: Final = 7 * 24 * 3600 * 1_000_000_000
NEEDED: Final = 2
_AHEAD_NS: Final = 60 * 1_000_000_000


class LimitsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to hold from now on, bound to one gateway and to what holds there now."""

    plant: Name
    gateway: Name
    subject: Literal["set-points", "alarms"]
    body: bytes
    """What the subject's owner reads: for set-points a canonical list of `viewer.access.limits.Writable`."""
    before: Hash
    """SHA-256 of what is in force."""
    revision: Annotated[int, Meta(ge=1, le=1 << 62)]
    """One above that in force: a change that was undone can't be played again."""
    reason: Annotated[str, Meta(min_length=1, max_length=2_000)]
    nonce: Nonce
    issued_ns: TimeNs
    expires_ns: TimeNs
    """At most seven days later."""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One engineer's."""

    signer: Key
    """Ed25519 public key, Z85."""
    signature: Annotated[bytes, Meta(min_length=SIGNATURE_BYTES, max_length=SIGNATURE_BYTES)]


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change as the bytes that were signed, and the signatures so far."""

    text: bytes
    signatures: Annotated[list[Signature], Meta(max_length=8)] = []


@dataclass(frozen=True, slots=True)
class ChangeVerdict:
    """Approved (then `change` is in force from now on), or refused for a reason that may be told."""

    approved: bool
    reason: str
    change: LimitsChange | None = None
    signers: tuple[Identity, ...] = ()


_APPROVAL: Final = msgspec.msgpack.Decoder(Approval)
_CHANGE: Final = msgspec.msgpack.Decoder(LimitsChange)


def proposal(change: LimitsChange) -> Approval:
    """A change that nobody signed yet."""
    return Approval(canonical(change))


def signed_by(approval: Approval, signer: tuple[str, str]) -> Approval:
    """With one more signature, by a public and secret key (Ed25519, Z85)."""
    one = Signature(signer[0], sign(signer[1], "limits", approval.text))
    return Approval(approval.text, [*approval.signatures, one])


def change_hash(approval: Approval) -> str:
    """SHA-256 of the change, by which two people make sure that they look at the same."""
    return hashlib.sha256(approval.text).hexdigest()


def open_approval(frame: bytes | memoryview) -> tuple[Approval, LimitsChange]:
    """Signatures and change; neither is judged. Raises EnvelopeError for anything but the canonical form."""
    approval = decoded(_APPROVAL, frame, MAX_CHANGE_BYTES)
    return approval, decoded(_CHANGE, approval.text, MAX_CHANGE_BYTES)


@dataclass(frozen=True, slots=True)
class InForce:
    """What a gateway knows of itself when it judges a change."""

    plant: str
    gateway: str
    subject: Literal["set-points", "alarms"]
    configuration: str
    revision: int


def judge_change(frame: bytes | memoryview, now_ns: int, registry: Registry, here: InForce) -> ChangeVerdict:
    """Judge a change by this gateway's own registry, whoever handed it on. Never raises for what was sent."""
    try:
        approval, change = open_approval(frame)
    except EnvelopeError as error:
        return ChangeVerdict(False, str(error))
    reason = _unbound(change, now_ns, here)
    if reason:
        return ChangeVerdict(False, reason, change)
    return judge_signatures(approval, change, {one.signing: one for one in map(registry.by_signing, _signers(approval)) if one})


def judge_signatures(approval: Approval, change: LimitsChange, known: dict[str, Identity]) -> ChangeVerdict:
    """Whether two different engineers among `known` (by signing key) signed, and nobody's signature is wrong."""
    people: list[Identity] = []
    for one in approval.signatures:
        who = known.get(one.signer)
        if who is None:
            return ChangeVerdict(False, "signed with a key that is not enrolled", change)
        if not verify(one.signer, "limits", approval.text, one.signature):
            return ChangeVerdict(False, f"the signature of {who.user} is not under this change", change)
        if not (may(who.role, "propose_limits") and may(who.role, "approve_limits")):
            return ChangeVerdict(False, f"the role {who.role} of {who.user} approves no limits", change)
        people.append(who)
    if len({who.bearer for who in people}) < NEEDED:
        return ChangeVerdict(
            False, f"signed by {len({who.bearer for who in people})} person, {NEEDED} different engineers are needed"
        )
    return ChangeVerdict(True, "approved", change, tuple(people))


def _signers(approval: Approval) -> list[str]:
    return [one.signer for one in approval.signatures]


def _unbound(change: LimitsChange, now_ns: int, here: InForce) -> str:
    """Why it is not meant for here and now; empty where it is."""
    if (change.plant, change.gateway) != (here.plant, here.gateway):
        return "this change is for another gateway"
    if change.subject != here.subject:
        return f"this changes {change.subject}, not {here.subject}"
    if change.before != here.configuration or change.revision != here.revision + 1:
        return f"this change was made for other limits than those in force (revision {here.revision})"
    if not 0 < change.expires_ns - change.issued_ns <= LONGEST_LIFE_NS:
        return "a change waits seven days at most for its approval"
    if change.issued_ns > now_ns + _AHEAD_NS:
        return "issued in the future: a clock is wrong"
    if change.expires_ns <= now_ns:
        return "expired"
    return ""
