"""The write path of a gateway in one piece: state, commands, proposals and approvals; files on disk, no sockets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from viewer.access.approval import Approval, LimitsChange, Signature, change_hash, open_approval
from viewer.access.audit import AuditChain
from viewer.access.command import EnvelopeError, canonical
from viewer.access.gate import CommandGate, Verdict
from viewer.access.identity import Identity
from viewer.access.leash import Leash, Reading
from viewer.access.ledger import CommandLedger
from viewer.access.limits import Writable
from viewer.access.limits_book import LimitsBook
from viewer.access.registry import Registry
from viewer.access.roles import may
from viewer.access.safety import Safety
from viewer.access.signatures import verify

_MOST_PENDING: Final = 100


class CommandState(msgspec.Struct, frozen=True):
    """What somebody needs to know to sign a command or a change for this gateway."""

    plant: str
    gateway: str
    enabled: bool
    configuration: str
    revision: int
    sequence: int
    """The least that the asker's next command needs."""
    limits: list[Writable]
    corrections: dict[str, str]
    """By channel: why it is off, or empty."""
    pending: list[bytes]
    """Changes that wait for a second engineer, as canonical `Approval`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a proposal or an approval."""

    accepted: bool
    sentence: str
    hash: str = ""
    """Of the change, by which two people make sure that they look at the same."""


class CommandPath:
    """On the gateway's thread. Nothing that is sent makes its methods raise.

    Opening raises Fault where a file of its folder is damaged: then the gateway runs without a write path, and says so.
    """

    def __init__(
        self,
        folder: Path,
        safety: Safety,
        *,
        plant: str,
        gateway: str,
        registry: Registry,
        audit: AuditChain,
        enabled: bool = False,
        steady_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.safety = safety
        self._registry, self._audit = registry, audit
        self._here = (plant, gateway)
        self._pending: dict[str, Approval] = {}
        self.book = LimitsBook(
            folder / "limits.book", safety.limits, plant=plant, gateway=gateway, registry=registry, audit=audit
        )
        self.leashes = {
            channel: Leash(terms, folder / "leashes" / f"{number}.json", steady_ns)
            for number, (channel, terms) in enumerate(sorted(safety.corrections.items()))
        }
        self._ledger = CommandLedger(folder / "commands.ledger")
        self.gate = CommandGate(
            plant=plant,
            gateway=gateway,
            registry=registry,
            ledger=self._ledger,
            audit=audit,
            limits=self.book.limits,
            leashes=self.leashes,
            enabled=enabled,
        )

    def state(self, sender: Identity) -> CommandState:
        """What `sender` needs to know."""
        here = self.book.in_force
        return CommandState(
            *self._here,
            enabled=self.gate.enabled,
            configuration=here.configuration,
            revision=here.revision,
            sequence=self.gate.next_sequence(sender.signing),
            limits=list(self.book.limits.values()),
            corrections={channel: leash.off for channel, leash in self.leashes.items()},
            pending=[canonical(one) for one in self._pending.values()],
        )

    def command(
        self, frame: bytes | memoryview, now_ns: int, reading: Callable[[str], Reading | None], sender: Identity
    ) -> Verdict:
        """Judge a command; one that is accepted is to be carried out, and `acted` told of it."""
        return self.gate.judge(frame, now_ns, reading, sender)

    def acted(self, verdict: Verdict, outcome: str) -> None:
        """Audit what the device said to an accepted command. Raises OSError."""
        if verdict.command is not None:
            self._audit.note(
                "command carried out", nonce=verdict.command.nonce.hex(), channel=verdict.command.channel, outcome=outcome
            )

    def sign_off(self, frame: bytes | memoryview, now_ns: int, sender: Identity) -> Answer:
        """Take a proposal or an approval: signatures of one change come together here, and the second puts it in force."""
        try:
            approval, change = open_approval(frame)
        except EnvelopeError as error:
            return self._refused(str(error), sender)
        if len({one.signer for one in approval.signatures}) < len(approval.signatures):
            return self._refused("one key signed this change twice", sender)
        digest = change_hash(approval)
        merged = self._merged(approval, digest)
        verdict = self.book.judge(canonical(merged), now_ns, sender.user) if len(merged.signatures) > 1 else None
        if verdict is not None and verdict.approved:
            self._pending.clear()  # each of them was made for the limits before
            self.gate.set_limits(self.book.limits)
            return Answer(True, f"in force as revision {self.book.revision}", digest)
        if verdict is not None:
            return Answer(False, verdict.reason, digest)
        return self._wait(merged, change, digest, now_ns, sender)

    def arm(self, channel: str, sender: Identity) -> Answer:
        """Let a correction that is off run again, by an engineer; the drift of this shift stays counted."""
        leash = self.leashes.get(channel)
        if leash is None or not may(sender.role, "arm_rule"):
            return self._refused(f"the role {sender.role} arms no correction of {channel}", sender)
        try:
            self._audit.note("correction armed", channel=channel, user=sender.user)
            leash.arm()
        except OSError as error:
            return Answer(False, f"this can't be kept ({error.strerror})")
        return Answer(True, "armed")

    def doubt(self, channel: str, measured: Reading | None, now_ns: int) -> str:
        """Why the correction of a channel is off; one that must go off now goes, and that is audited. Raises OSError."""
        leash = self.leashes[channel]
        was_on = not leash.off
        why = leash.doubt(measured, now_ns)
        if was_on and why:
            self._audit.note("correction off", channel=channel, why=why)
        return why

    def hub_lost(self) -> None:
        """No correction without the hub. Raises OSError where that can't be kept."""
        for channel, leash in self.leashes.items():
            if not leash.off:
                self._audit.note("correction off", channel=channel, why="the hub is lost")
                leash.switch_off("the hub is lost")

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()

    def _merged(self, approval: Approval, digest: str) -> Approval:
        """With the signatures that are here already, each once."""
        waiting = self._pending.get(digest)
        found: dict[str, Signature] = {one.signer: one for one in (waiting.signatures if waiting else [])}
        for one in approval.signatures:
            found.setdefault(one.signer, one)
        return Approval(approval.text, list(found.values()))

    def _wait(self, approval: Approval, change: LimitsChange, digest: str, now_ns: int, sender: Identity) -> Answer:
        """Keep a proposal with one good signature until a second comes, or its time is up, or the gateway's."""
        here = self.book.in_force
        signer = self._registry.by_signing(approval.signatures[0].signer) if approval.signatures else None
        if signer is None or not may(signer.role, "propose_limits"):
            return self._refused("no engineer signed this change", sender)
        if not verify(signer.signing, "limits", approval.text, approval.signatures[0].signature):
            return self._refused("the signature is not under this change", sender)
        if (change.plant, change.gateway, change.before) != (*self._here, here.configuration) or change.expires_ns <= now_ns:
            return self._refused("this change was made for another gateway, other limits or another time", sender)
        self._pending = {key: one for key, one in self._pending.items() if open_approval(canonical(one))[1].expires_ns > now_ns}
        if len(self._pending) >= _MOST_PENDING and digest not in self._pending:
            return self._refused(f"{_MOST_PENDING} changes wait already", sender)
        self._pending[digest] = approval
        self._audit_count("limits proposed", signer.user, change=digest, reason=change.reason[:300])
        return Answer(True, "waits for a second engineer", digest)

    def _refused(self, sentence: str, sender: Identity) -> Answer:
        self._audit_count("limits refused", sender.user, why=sentence)
        return Answer(False, sentence)

    def _audit_count(self, event: str, sender: str, **facts: object) -> None:
        try:
            self._audit.count(event, sender, **facts)
        except OSError:
            return  # the chain is unhealthy now: the gate refuses all commands, and the loop's next beat says why
