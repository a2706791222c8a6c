"""People, keys and a gate to try things on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from viewer.access.audit import AuditChain
from viewer.access.command import Command, new_nonce, signed_command
from viewer.access.gate import CommandGate
from viewer.access.identity import Identity, to_toml
from viewer.access.leash import Leash, Reading
from viewer.access.ledger import CommandLedger
from viewer.access.limits import Writable
from viewer.access.registry import Registry
from viewer.access.roles import Role
from viewer.access.signatures import new_curve_pair, new_signing_pair
from viewer.base.clock import ManualClock

S = 1_000_000_000
T0 = 1_763_800_000 * S
OVEN = Writable("st030.oven.set_point", 170.0, 190.0, 5.0, 2.0, 0.5)
FAN = Writable("st030.fan.set_point", 0.0, 100.0, 100.0, 1000.0, 100.0)


@dataclass
class Who:
    """Somebody with secrets."""

    identity: Identity
    signer: tuple[str, str] = field(repr=False)


class People:
    """A folder of enrolments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "authorised"
        self.revoked = folder / "revoked"
        self.folder.mkdir(parents=True)
        self.revoked.mkdir()

    def enrol(self, user: str, role: Role, channels: Sequence[str] = (), person: str = "") -> Who:
        who = stranger(user, role, channels, person)
        (self.folder / f"{user}.toml").write_text(to_toml(who.identity))
        return who

    def revoke(self, user: str) -> None:
        (self.folder / f"{user}.toml").replace(self.revoked / f"{user}.toml")

    def registry(self) -> Registry:
        return Registry(self.folder)


def stranger(user: str, role: Role, channels: Sequence[str] = (), person: str = "") -> Who:
    signer = new_signing_pair()
    return Who(Identity(user, new_curve_pair()[0], role, "", signer[0], tuple(channels), person), signer)


class Site:
    """A gateway's command path without its sockets: everything real, on disk below one folder."""

    def __init__(self, folder: Path, *, enabled: bool = True, leash: Leash | None = None) -> None:
        self.folder = folder
        self.people = People(folder)
        self.anna = self.people.enrol("anna@desk1", "operator")
        self.clock = ManualClock(T0)
        self.readings = {"st030.oven.set_point": Reading(180.0, T0), "st030.fan.set_point": Reading(50.0, T0)}
        self.leash = leash
        self.enabled = enabled
        self.open()

    def open(self) -> None:
        """As after a restart."""
        self.registry = self.people.registry()
        self.audit = AuditChain(self.folder / "audit.jsonl", self.clock)
        self.ledger = CommandLedger(self.folder / "commands.ledger")
        self.gate = CommandGate(
            plant="plant",
            gateway="hall-2",
            registry=self.registry,
            ledger=self.ledger,
            audit=self.audit,
            limits={one.channel: one for one in (OVEN, FAN)},
            leashes={} if self.leash is None else {self.leash.terms.channel: self.leash},
            enabled=self.enabled,
        )

    def command(self, **other: object) -> Command:
        """A good one, but for what is said."""
        good = Command(
            plant="plant",
            gateway="hall-2",
            channel="st030.oven.set_point",
            value=182.0,
            base=180.0,
            configuration=self.gate.configuration,
            user="anna@desk1",
            nonce=new_nonce(),
            sequence=self.gate.next_sequence(self.anna.identity.signing),
            issued_ns=self.clock.now_ns(),
            expires_ns=self.clock.now_ns() + 10 * S,
        )
        return msgspec.structs.replace(good, **other)

    def judge(self, frame: bytes, sender: Identity | None = None):
        return self.gate.judge(frame, self.clock.now_ns(), self.readings.get, sender or self.anna.identity)

    def send(self, **other: object):
        return self.judge(signed_command(self.command(**other), self.anna.signer))

    def lines(self) -> list[dict[str, object]]:
        return [msgspec.json.decode(line) for line in self.audit.path.read_bytes().splitlines()]
