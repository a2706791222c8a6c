"""Forged, spoofed, replayed, truncated and mistyped messages through the gateway's desks: none may reach its history."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from viewer.access.signatures import new_curve_pair
from viewer.base.clock import ManualClock
from viewer.edge.audit import audit_path
from viewer.edge.devices import DeviceConfig
from viewer.edge.gateway import Equipment, Gateway
from viewer.history.store import History
from viewer.live import device_words as words
from viewer.live import keys, wire
from viewer.live.columns import pack
from viewer.live.keys import Enrolled
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns

S = 1_000_000_000
T0 = 1_800_000_000 * S
PER_DEVICE = 5
VALID_EVERY = 500
ODD: tuple[object, ...] = (None, True, -1, 2**64 - 1, 1.5, float("nan"), "x" * 300, b"\xff" * 3, [], {}, [[[]]])


class Site:
    """A real gateway with its history, and two honest devices; what comes is handed to its desk as the socket would."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.chance, self.clock = chance, ManualClock(T0)
        self.people: dict[str, Enrolled] = {}
        for user, role in (
            ("st010", "device"),
            ("st020", "device"),
            ("looker", "viewer"),
            ("chief", "admin"),
            ("oper", "operator"),
        ):
            public = new_curve_pair()[0]
            self.people[user] = keys.enrol(user, public, role, channels=(f"{user}.*",) if role == "device" else ())
        self.folder = folder / "history"
        self.gateway = Gateway(
            "forged",
            [],
            keys=keys.gateway_keys("forged"),
            clock=self.clock,
            equipment=Equipment(
                state=folder / "state", devices=[DeviceConfig()], history=History(self.folder, self.clock), every_s=0.0
            ),
        )
        self.desk = self.gateway._desk
        self.historian = self.gateway._historian
        assert self.historian is not None
        self.historian.start()
        self.sequences = {"st010": 0, "st020": 0}
        self.stored: list[tuple[str, int, bytes]] = []
        for user in self.sequences:
            self.connect(user)
        self.settle()

    def settle(self) -> None:
        """Let the historian's answers come."""
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            self.gateway.mailbox.empty()
            time.sleep(0.005)

    def hand(self, user: str, frame: bytes, route: bytes | None = None) -> None:
        """As the loop does: the connection proves who it is, the bytes are what they are."""
        person = self.people.get(user)
        self.desk.receive(route or user.encode(), person, frame)

    def hello(self, user: str, channels: int = PER_DEVICE) -> bytes:
        return wire.encode(words.DeviceHello(wire.PROTOCOL, self.clock.now_ns(), "forger", f"epoch of {user}", 1, channels))

    def catalogue(self, user: str) -> bytes:
        return wire.encode(words.DeviceCatalogue(0, [ChannelInfo(f"{user}.c{i}", "mm") for i in range(PER_DEVICE)]))

    def connect(self, user: str) -> None:
        self.hand(user, self.hello(user))
        self.hand(user, self.catalogue(user))

    def batch(self, user: str, sequence: int | None = None, value: float = 666.0, **other: object) -> words.Batch:
        """The one that is next of this device."""
        t_ns = self.clock.now_ns()
        columns = Columns(
            np.arange(PER_DEVICE),
            np.ones(PER_DEVICE, np.int64),
            np.full(PER_DEVICE, t_ns),
            np.full(PER_DEVICE, value),
            np.zeros(PER_DEVICE, np.uint8),
        )
        number = self.sequences[user] + 1 if sequence is None else sequence
        return msgspec.structs.replace(words.Batch(f"epoch of {user}", number, t_ns, pack(columns)), **other)

    def send_valid(self, user: str) -> None:
        """Honest: comes again where it was cut off, and sends the next."""
        self.connect(user)
        self.sequences[user] += 1
        value = float(self.sequences[user])
        self.hand(user, wire.encode(self.batch(user, self.sequences[user], value)))

    def close(self) -> dict[str, list[float]]:
        """Write what waits; the values of each channel in the history."""
        self.settle()
        self.gateway.close()
        found: dict[str, list[float]] = {}
        history = History(self.folder, self.clock)
        for user in self.sequences:
            for i in range(PER_DEVICE):
                _, values = history.range(f"{user}.c{i}", 0, 1 << 62)
                found[f"{user}.c{i}"] = values.tolist()
        history.close()
        return found


Forger = Callable[[Site], None]


def spoofed(site: Site) -> None:
    """A device that is well enrolled sends another's batch, in its own session or in none."""
    site.connect("st020") if site.chance.random() < 0.5 else None
    site.hand("st020", wire.encode(site.batch("st010")))


def claimed(site: Site) -> None:
    """A device says that it has another's channels."""
    route = site.chance.randbytes(5)
    site.hand(
        "st020",
        wire.encode(words.DeviceHello(wire.PROTOCOL, site.clock.now_ns(), "f", f"e{site.chance.random()}", 1, PER_DEVICE)),
        route,
    )
    site.hand("st020", site.catalogue("st010"), route)
    site.hand("st020", wire.encode(site.batch("st010")), route)


def of_a_person(site: Site) -> None:
    """Whoever is no device sends samples."""
    user = site.chance.choice(["looker", "chief", "oper"])
    site.hand(user, site.hello("st010"))
    site.hand(user, site.catalogue("st010"))
    site.hand(user, wire.encode(site.batch("st010")))


def of_nobody(site: Site) -> None:
    """A key that is not enrolled, or no longer, whose connection stands."""
    for frame in (site.hello("st010"), site.catalogue("st010"), wire.encode(site.batch("st010"))):
        site.hand("nobody", frame, b"nobody")


def replayed(site: Site) -> None:
    """A batch that was taken before, from the device itself."""
    user = site.chance.choice(list(site.sequences))
    site.connect(user)
    site.hand(user, wire.encode(site.batch(user, site.chance.randint(0, site.sequences[user]))))


def skipped(site: Site) -> None:
    """A batch that is not next: it would leave a hole without a name."""
    user = site.chance.choice(list(site.sequences))
    site.connect(user)
    site.hand(user, wire.encode(site.batch(user, site.sequences[user] + site.chance.randint(2, 1 << 40))))


def other_epoch(site: Site) -> None:
    site.connect("st010")
    site.hand("st010", wire.encode(site.batch("st010", epoch=f"epoch of st02{site.chance.randint(0, 9)}")))


def truncated(site: Site) -> None:
    site.connect("st010")
    frame = wire.encode(site.batch("st010"))
    site.hand("st010", frame[: site.chance.randrange(len(frame))])


def mistyped(site: Site) -> None:
    """A field of another kind, or gone, at any depth."""
    site.connect("st010")
    message = msgspec.msgpack.decode(wire.encode(site.batch("st010")))
    table = message["samples"] if site.chance.random() < 0.5 else message
    key = site.chance.choice(sorted(set(table) - {"waveforms"}))
    if site.chance.random() < 0.2 and key != "quality":
        del table[key]
    else:
        table[key] = site.chance.choice([one for one in ODD if type(one) is not type(table[key])])
    site.hand("st010", msgspec.msgpack.encode(message))


def columns_that_lie(site: Site) -> None:
    """Lengths, indices and values that don't fit one another."""
    site.connect("st010")
    good = site.batch("st010")
    samples = msgspec.msgpack.decode(msgspec.msgpack.encode(good.samples))
    name = site.chance.choice(["channels", "times", "values"])
    way = site.chance.randrange(4)
    if way == 0:
        samples[name] = samples[name][: site.chance.randrange(len(samples[name]))]
    elif way == 1:
        samples[name] += site.chance.randbytes(site.chance.choice((1, 4, 8)))
    elif way == 2:
        samples["channels"] = np.array([0, 1, 2, 3, site.chance.randint(PER_DEVICE, 2**32 - 1)], "<u4").tobytes()
    else:
        samples["values"] = np.array([np.nan, np.inf, 0, 0, 0], "<f8").tobytes()
    message = msgspec.msgpack.decode(wire.encode(good))
    site.hand("st010", msgspec.msgpack.encode({**message, "samples": samples}))


def noise(site: Site) -> None:
    user = site.chance.choice([*site.people, "nobody"])
    site.hand(user, site.chance.randbytes(site.chance.choice((0, 1, 8, 200, 3_000))), site.chance.choice([None, b"x"]))


MESSAGES: tuple[Forger, ...] = (
    spoofed,
    claimed,
    of_a_person,
    of_nobody,
    replayed,
    skipped,
    other_epoch,
    truncated,
    mistyped,
    columns_that_lie,
    noise,
)


EVENTS = ("refused", "device refused", "malformed", "batch again", "batch out of order")
"""How the audit calls what a forgery was taken for; some of them are two or three messages, and told as often."""


def run(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Try `count` of them; the figures. A value of 666 in the history is one that got through."""
    site = Site(folder, random.Random(seed))
    kinds: Counter[str] = Counter()
    start = time.perf_counter()
    for number in range(count):
        site.clock.advance(0.003)
        if number % VALID_EVERY == 0:
            for user in site.sequences:
                site.send_valid(user)
            site.desk.beat()
            site.gateway._audit.beat()
            site.gateway.mailbox.empty()
        forger = MESSAGES[number % len(MESSAGES)]
        kinds[forger.__name__] += 1
        forger(site)
    took_s = time.perf_counter() - start
    expected = {
        f"{user}.c{i}": [float(n) for n in range(1, last + 1)] for user, last in site.sequences.items() for i in range(PER_DEVICE)
    }
    found = site.close()
    lines = [msgspec.json.decode(line) for line in audit_path("forged").read_bytes().splitlines()]
    told = Counter[str]()
    for line in lines:
        told[str(line.get("of", line["event"]))] += int(line.get("times", 1))
    return {
        "seed": seed,
        "forgeries": count,
        "stored": sum(666.0 in values for values in found.values()),
        "honest_batches": sum(site.sequences.values()),
        "honest_all_there_once": found == expected,
        "audited": sum(told[event] for event in EVENTS),
        "audit": dict(sorted(told.items())),
        "audit_lines": len(lines),
        "kinds": dict(sorted(kinds.items())),
        "forgeries_per_s": round(count / took_s),
    }
