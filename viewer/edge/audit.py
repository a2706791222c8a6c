"""Where a gateway's audit lies, and where its signed heads are kept: away from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from viewer.access.audit import AuditChain, HeadSink
from viewer.access.audit_check import HeadFile
from viewer.base.clock import Clock
from viewer.base.paths import data_dir, state_dir

__all__ = ["Audit", "audit_path", "heads_path", "open_audit"]
Audit = AuditChain


def audit_path(gateway: str) -> Path:
    """The chain of a gateway on this machine."""
    return state_dir() / "audit" / f"{gateway}.jsonl"


def heads_path(gateway: str) -> Path:
    """Its heads, unless its configuration names another folder: on another disk or machine they protect better."""
    return data_dir() / "audit-heads" / f"{gateway}.jsonl"


def open_audit(
    gateway: str, clock: Clock, signer: tuple[str, str], *, heads: Path | None = None, peers: Sequence[HeadSink] = ()
) -> AuditChain:
    """The chain of a gateway, with its heads in a folder of their own (`heads`) and at `peers`.

    `signer`: the gateway's public and secret signing key, Z85. Raises Fault where the file is
    damaged, OSError where it can't be made.
    """
    keeper = HeadFile(heads_path(gateway) if heads is None else heads / f"{gateway}.jsonl")
    return AuditChain(audit_path(gateway), clock, signer=signer, heads=(keeper, *peers))
