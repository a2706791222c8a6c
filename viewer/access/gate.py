"""The command gate: every check between a signed command and the device, in one place, at the gateway."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from viewer.access.audit import AuditChain
from viewer.access.command import LONGEST_LIFE_NS, Command, EnvelopeError, Signed, open_command
from viewer.access.identity import Identity
from viewer.access.leash import Leash, Reading
from viewer.access.ledger import CommandLedger, Entry
from viewer.access.limits import Writable, configuration_hash
from viewer.access.registry import Registry, channel_mask
from viewer.access.roles import may
from viewer.access.signatures import verify

AHEAD_NS: Final = 1_000_000_000
"""How far the signer's clock may be before the gateway's."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Accepted (then `command` is to be carried out), or refused for a reason that may be told to who sent it."""

    accepted: bool
    reason: str
    command: Command | None = None
    signer: Identity | None = None


class _Refused(Exception):
    """Why; never leaves this module."""

    def __init__(self, reason: str, command: Command | None = None) -> None:
        super().__init__(reason)
        self.reason, self.command = reason, command


class CommandGate:
    """Judges commands for one gateway. On one thread. Nothing that is sent makes `judge` raise.

    An accepted command is in the ledger and in the audit, both on disk, before `judge` returns: who acts on it acts once.
    """

    def __init__(
        self,
        *,
        plant: str,
        gateway: str,
        registry: Registry,
        ledger: CommandLedger,
        audit: AuditChain,
        limits: Mapping[str, Writable],
        leashes: Mapping[str, Leash] | None = None,
        enabled: bool = False,
    ) -> None:
        """`leashes`: by channel; without one no controller may touch it. Off unless `enabled`."""
        self._here = (plant, gateway)
        self._registry = registry
        self._ledger = ledger
        self._audit = audit
        self._leashes = dict(leashes or {})
        self.enabled = enabled
        self.set_limits(limits)

    def set_limits(self, limits: Mapping[str, Writable]) -> None:
        """Take other limits, which two engineers approved; commands that were signed for the old ones are refused."""
        self._limits = dict(limits)
        self.configuration = configuration_hash(limits)

    def next_sequence(self, signing: str) -> int:
        """The sequence that this signer's next command needs at least: told to it when it asks."""
        return self._ledger.sequence(signing) + 1

    def judge(
        self,
        frame: bytes | memoryview,
        now_ns: int,
        reading: Callable[[str], Reading | None],
        sender: Identity | None,
    ) -> Verdict:
        """Judge one command. `reading` tells the newest sample of a channel; `sender` is who the connection proves."""
        try:
            command, signer = self._checked(frame, now_ns, reading, sender)
            self._keep(command, signer, now_ns)
        except _Refused as refused:
            return self._refuse(refused, sender)
        return Verdict(True, "accepted", command, signer)

    def _checked(
        self, frame: bytes | memoryview, now_ns: int, reading: Callable[[str], Reading | None], sender: Identity | None
    ) -> tuple[Command, Identity]:
        if not self.enabled:
            raise _Refused("this gateway takes no commands")
        if not self._audit.healthy:
            raise _Refused("the audit can't be written")
        try:
            command, signed = open_command(frame)
        except EnvelopeError as error:
            raise _Refused(str(error)) from error
        try:
            signer = self._signer(command, signed, sender)
            self._bound(command, now_ns)
            self._fresh(command, signer)
            now = self._safe(command, now_ns, reading(command.channel))
            self._leashed(command, signer, now, reading, now_ns)
        except _Refused as refused:
            raise _Refused(refused.reason, command) from refused
        return command, signer

    def _signer(self, command: Command, signed: Signed, sender: Identity | None) -> Identity:
        """Who signed it, if that is somebody who may, and who sent it or had it handed on by a gateway."""
        signer = self._registry.by_signing(signed.signer)
        if signer is None or not verify(signed.signer, "command", signed.text, signed.signature):
            raise _Refused("no enrolled key signed this")
        if command.user != signer.user:
            raise _Refused(f"signed by {signer.user}, not by {command.user}")
        if sender is None or not self._registry.admits(sender):
            raise _Refused("whoever sent this is not enrolled")
        if sender != signer and not may(sender.role, "relay"):
            raise _Refused(f"{sender.user} sent what {signer.user} signed")
        if not (may(signer.role, "set_point") or may(signer.role, "correct")):
            raise _Refused(f"the role {signer.role} commands nothing")
        return signer

    def _bound(self, command: Command, now_ns: int) -> None:
        """That it is meant for here and now."""
        if (command.plant, command.gateway) != self._here:
            raise _Refused("this command is for another gateway")
        if command.configuration != self.configuration:
            raise _Refused("the limits have changed since this was signed")
        if not 0 < command.expires_ns - command.issued_ns <= LONGEST_LIFE_NS:
            raise _Refused("a command lives 10 s at most")
        if command.issued_ns > now_ns + AHEAD_NS:
            raise _Refused("issued in the future: a clock is wrong")
        if command.expires_ns <= now_ns:
            raise _Refused("expired")

    def _fresh(self, command: Command, signer: Identity) -> None:
        last = self._ledger.sequence(signer.signing)
        if command.sequence <= last:
            raise _Refused(f"sequence {command.sequence} was used before (the last is {last})")

    def _safe(self, command: Command, now_ns: int, now: Reading | None) -> Reading:
        """That the value is one that this gateway lets anybody set, from where it is now."""
        limits = self._limits.get(command.channel)
        if limits is None:
            raise _Refused(f"{command.channel} can't be commanded")
        if now is None or not now.good or not math.isfinite(now.value):
            raise _Refused(f"the value of {command.channel} is not known to be good")
        if not -AHEAD_NS <= now_ns - now.t_ns <= limits.stale_after_s * 1e9:
            raise _Refused(f"the value of {command.channel} is stale")
        if not (math.isfinite(command.value) and limits.low <= command.value <= limits.high):
            raise _Refused(f"{command.value:g} is outside {limits.low:g} to {limits.high:g}")
        if not abs(command.base - now.value) <= limits.base_tolerance:
            raise _Refused(f"signed when the value was {command.base:g}, it is {now.value:g}")
        if not abs(command.value - now.value) <= limits.step:
            raise _Refused(f"a step from {now.value:g} to {command.value:g} is over {limits.step:g}")
        self._slow_enough(command, limits, now.value, now_ns)
        return now

    def _slow_enough(self, command: Command, limits: Writable, value: float, now_ns: int) -> None:
        """The rate over the time since the last command of this channel, whoever gave it."""
        last = self._ledger.moved(command.channel)
        if last is None:
            return
        passed_s = (now_ns - last.t_ns) / 1e9
        if not abs(command.value - value) <= limits.rate_per_s * passed_s:
            raise _Refused(f"faster than {limits.rate_per_s:g} a second: {passed_s:.3g} s after the last command")

    def _leashed(
        self, command: Command, signer: Identity, now: Reading, reading: Callable[[str], Reading | None], now_ns: int
    ) -> None:
        """What a controller may not do though a person might."""
        if may(signer.role, "set_point"):
            return
        leash = self._leashes.get(command.channel)
        if leash is None or not channel_mask([command.channel], signer.channels)[0]:
            raise _Refused(f"{signer.user} may not correct {command.channel}")
        try:
            was_on = not leash.off
            refusal = leash.refusal(command.value, now, reading(leash.terms.input), now_ns)
            if was_on and leash.off:
                self._audit.note("correction off", channel=command.channel, controller=signer.user, why=refusal)
        except OSError as error:
            raise _Refused("the state of this correction can't be kept") from error
        if refusal:
            raise _Refused(refusal)

    def _keep(self, command: Command, signer: Identity, now_ns: int) -> None:
        """On disk before anything acts: the ledger first, so that a crash in between loses a command and never doubles one."""
        try:
            self._ledger.store(Entry(signer.signing, command.sequence, command.channel, command.value, now_ns))
            self._audit.note("command accepted", sender=signer.user, **_facts(command))
        except OSError as error:
            raise _Refused("the audit can't be written", command) from error

    def _refuse(self, refused: _Refused, sender: Identity | None) -> Verdict:
        facts = {} if refused.command is None else _facts(refused.command)
        try:
            self._audit.count("command refused", sender.user if sender else "", why=refused.reason, **facts)
        except OSError:
            return Verdict(False, f"{refused.reason}; and the audit can't be written")
        return Verdict(False, refused.reason)


def _facts(command: Command) -> dict[str, object]:
    """For the audit: JSON has no NaN, and says null for it."""
    return {
        "user": command.user,
        "channel": command.channel,
        "value": command.value,
        "base": command.base,
        "sequence": command.sequence,
        "nonce": command.nonce.hex(),
        "issued_ns": command.issued_ns,
        **({"reason": command.reason} if command.reason else {}),
    }
