"""What trust costs: signatures, checks of each message, the command gate, sealing, the audit. `python -m benchmarks.trust`."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forgeries import Gateway
from benchmarks.measuring import keep, rounded
from viewer.access import z85
from viewer.access.audit import AuditChain
from viewer.access.audit_check import check
from viewer.access.command import open_command, signed_command
from viewer.access.identity import Identity, to_toml
from viewer.access.registry import ChannelRights, Registry
from viewer.access.sealing import seal, unseal
from viewer.access.signatures import new_signing_pair, sign, verify
from viewer.base.clock import SystemClock


def best_us(work: Callable[[], object], times: int = 2_000, rounds: int = 5) -> float:
    """The least mean time of a call over some rounds: other work of the machine only adds to it."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, (time.perf_counter() - start) / times * 1e6)
    return best


def signatures() -> dict[str, float]:
    public, secret = new_signing_pair()
    text = b"x" * 300
    signature = sign(secret, "command", text)
    return {
        "sign_us": best_us(lambda: sign(secret, "command", text)),
        "verify_us": best_us(lambda: verify(public, "command", text, signature)),
    }


def each_message(folder: Path, people: int) -> dict[str, float]:
    """`User-Id -> identity -> allowed channels` for a batch of 250 channels of 20,000, among so many enrolled."""
    folder.mkdir()
    for i in range(people):
        one = Identity(f"d{i}", z85.encode(i.to_bytes(32, "big")), "device", channels=(f"d{i % 80}.*",))
        (folder / f"d{i}.toml").write_text(to_toml(one), encoding="utf-8")
    start = time.perf_counter()
    registry = Registry(folder)
    load_ms = (time.perf_counter() - start) * 1e3
    rights = ChannelRights([f"d{i // 250}.c{i % 250}" for i in range(20_000)])
    public, channels = z85.encode((7).to_bytes(32, "big")), np.arange(7 * 250, 8 * 250)

    def judged() -> bool:
        one = registry.by_public(public)
        return one is not None and rights.allows(one, channels)

    assert judged()
    return {"check_us": best_us(judged), "load_ms": load_ms, "look_for_changes_ms": best_us(registry.refresh, 3, 3) / 1e3}


def gate(folder: Path) -> dict[str, float]:
    """A command from its bytes to the verdict, with the two lines on the disk that an accepted one needs."""
    g = Gateway(folder, random.Random(1))
    frame = signed_command(g.command(), g.signers["operator"])
    bad = signed_command(g.command(value=999.0), g.signers["operator"])
    figures = {"open_us": best_us(lambda: open_command(frame), 500), "refuse_us": best_us(lambda: g.send(bad, "operator"), 500)}
    taken: list[float] = []
    for _ in range(200):
        g.clock.advance(10.0)
        frame = signed_command(g.command(), g.signers["operator"])
        start = time.perf_counter()
        accepted, reason = g.send(frame, "operator")
        taken.append((time.perf_counter() - start) * 1e3)
        assert accepted, reason
    return {**figures, "accept_ms_median": float(np.median(taken)), "accept_ms_p99": float(np.percentile(taken, 99))}


def sealing() -> dict[str, float]:
    sealed = seal(b"k" * 80, "a rather long password")
    return {"open_ms": best_us(lambda: unseal(sealed, "a rather long password"), 1, 5) / 1e3}


def audit(folder: Path) -> dict[str, float]:
    chain = AuditChain(folder / "a.jsonl", SystemClock())
    taken: list[float] = []
    for i in range(500):
        start = time.perf_counter()
        chain.note("set point", user="anna", value=float(i))
        taken.append((time.perf_counter() - start) * 1e3)
    counted_us = best_us(lambda: chain.count("refused", "flood", why="unknown key"), 20_000)
    chain.close()
    start = time.perf_counter()
    found = check(chain.path, [], "")
    lines = len(chain.path.read_bytes().splitlines())
    assert not found
    return {
        "note_ms_median": float(np.median(taken)),
        "note_ms_p99": float(np.percentile(taken, 99)),
        "counted_us": counted_us,
        "check_lines_per_s": lines / (time.perf_counter() - start),
    }


def main() -> None:
    """The recorded run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures: dict[str, Any] = {
            "signatures": rounded(signatures()),
            "each_message_200_enrolled": rounded(each_message(folder / "few", 200)),
            "each_message_10000_enrolled": rounded(each_message(folder / "many", 10_000)),
            "gate": rounded(gate(folder / "gate")),
            "sealed_keys": rounded(sealing()),
            "audit": rounded(audit(folder)),
        }
    keep("trust", figures)


if __name__ == "__main__":
    main()
