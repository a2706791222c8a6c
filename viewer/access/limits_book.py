"""The limits in force at a gateway: those it was set up with, then each change that two engineers approved, all kept."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from viewer.access.approval import ChangeVerdict, InForce, judge_change, judge_signatures, open_approval
from viewer.access.audit import AuditChain
from viewer.access.command import EnvelopeError, canonical, decoded
from viewer.access.identity import Identity
from viewer.access.limits import MOST_CHANNELS, Writable, checked, configuration_hash
from viewer.access.registry import Registry
from viewer.base.errors import Fault, UserMistake


class WritableList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a change of set-points: all limits that are to hold, those that stay as they are too."""

    limits: list[Writable]


_BODY: Final = msgspec.msgpack.Decoder(WritableList)
_MOST_BODY_BYTES: Final = 1 << 20


class _Kept(msgspec.Struct, frozen=True):
    """A line of the book: an approved change with the identities that its signers had then."""

    approval: bytes
    signers: list[tuple[str, str, str, str]]
    """User, signing key, role, bearer."""


class _First(msgspec.Struct, frozen=True):
    """The first line: what the gateway was set up with."""

    limits: list[Writable]


class LimitsBook:
    """Who opens it gets the limits in force, judged anew from the first line on. On one thread.

    Raises Fault where the file is damaged or holds a change that two engineers did not approve: then nothing may be commanded.
    """

    def __init__(
        self, path: Path, first: Mapping[str, Writable], *, plant: str, gateway: str, registry: Registry, audit: AuditChain
    ) -> None:
        self.path = path
        self._here = (plant, gateway)
        self._registry = registry
        self._audit = audit
        self.revision = 0
        self.limits = {one.channel: checked(one) for one in first.values()}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            self._read()
        else:
            self._append(msgspec.json.encode(_First(list(self.limits.values()))))
        self._note_other(first)

    @property
    def in_force(self) -> InForce:
        """What a proposal must name."""
        return InForce(*self._here, "set-points", configuration_hash(self.limits), self.revision)

    def judge(self, frame: bytes | memoryview, now_ns: int, sender: str) -> ChangeVerdict:
        """Judge a change; where it is approved it is on disk and in force when this returns. Never raises for what was sent."""
        verdict = judge_change(frame, now_ns, self._registry, self.in_force)
        limits = limits_of(verdict.change.body) if verdict.approved and verdict.change else None
        if verdict.approved and limits is None:
            verdict = ChangeVerdict(False, "the body is no list of sound limits", verdict.change)
        if limits is None:
            return self._refuse(verdict, sender)
        return self._apply(frame, limits, verdict, sender)

    def _apply(
        self, frame: bytes | memoryview, limits: dict[str, Writable], verdict: ChangeVerdict, sender: str
    ) -> ChangeVerdict:
        signers = [(one.user, one.signing, one.role, one.bearer) for one in verdict.signers]
        configuration = configuration_hash(limits)
        try:
            self._audit.note(
                "limits approved",
                sender=sender,
                revision=self.revision + 1,
                configuration=configuration,
                signers=[one[0] for one in signers],
            )
            self._append(msgspec.json.encode(_Kept(bytes(frame), signers)))
        except OSError as error:
            return ChangeVerdict(False, f"the approval can't be kept ({error.strerror})", verdict.change)
        self.limits, self.revision = limits, self.revision + 1
        return verdict

    def _refuse(self, verdict: ChangeVerdict, sender: str) -> ChangeVerdict:
        try:
            self._audit.count("limits refused", sender, why=verdict.reason)
        except OSError:
            return ChangeVerdict(False, f"{verdict.reason}; and the audit can't be written", verdict.change)
        return verdict

    def _read(self) -> None:
        lines = self.path.read_bytes().split(b"\n")
        if lines[-1]:  # what follows the last line end was never acknowledged
            os.truncate(self.path, self.path.stat().st_size - len(lines[-1]))
        try:
            self.limits = {one.channel: checked(one) for one in msgspec.json.decode(lines[0], type=_First).limits}
            for line in lines[1:-1]:
                self._replay(msgspec.json.decode(line, type=_Kept))
        except (msgspec.MsgspecError, ValueError, EnvelopeError, UserMistake) as error:
            raise Fault(f"the book of approved limits is damaged ({error}): {self.path}") from error

    def _replay(self, kept: _Kept) -> None:
        """One approved change again. Who signed may have been revoked since; what they approved then stays approved."""
        approval, change = open_approval(kept.approval)
        here = self.in_force
        if (change.plant, change.gateway, change.before, change.revision) != (*self._here, here.configuration, here.revision + 1):
            raise EnvelopeError(f"revision {here.revision + 1} does not follow from the one before")
        known = {one.signing: one for kept_one in kept.signers if (one := self._once(*kept_one))}
        verdict = judge_signatures(approval, change, known)
        limits = limits_of(change.body)
        if not verdict.approved or limits is None:
            raise EnvelopeError(f"revision {change.revision} was not approved: {verdict.reason}")
        self.limits, self.revision = limits, change.revision

    def _once(self, user: str, signing: str, role: str, bearer: str) -> Identity | None:
        """A signer as it was then, if this machine ever enrolled that key."""
        one = self._registry.once_signed(signing)
        if one is None or (one.user, one.role, one.bearer) != (user, role, bearer):
            return None
        return one

    def _note_other(self, first: Mapping[str, Writable]) -> None:
        """A configuration that says other limits than the approved ones changes nothing, and that is told."""
        if self.revision == 0 and configuration_hash(first) != configuration_hash(self.limits):
            self._audit.note("limits in the configuration differ", configuration=configuration_hash(first))

    def _append(self, line: bytes) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            end = os.fstat(descriptor).st_size
            if os.write(descriptor, line + b"\n") != len(line) + 1:
                os.ftruncate(descriptor, end)
                raise OSError("the disk took only a part of the line")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def body_of(limits: Sequence[Writable]) -> bytes:
    """The body of a change to these limits."""
    return canonical(WritableList(sorted(limits, key=lambda one: one.channel)))


def limits_of(body: bytes) -> dict[str, Writable] | None:
    """The limits that a body says, by channel; None where they are not sound."""
    try:
        limits = decoded(_BODY, body, _MOST_BODY_BYTES).limits
        by_channel = {one.channel: checked(one) for one in limits}
    except (EnvelopeError, UserMistake):
        return None
    return by_channel if len(by_channel) == len(limits) <= MOST_CHANNELS else None
