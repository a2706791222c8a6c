"""What `genchi keys` does: who may connect to the gateways of this machine and sign, and whether an audit is whole."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from viewer.access import keyring
from viewer.access.accounts import checked_password
from viewer.access.audit_check import check, read_heads
from viewer.access.identity import Identity, checked_name, checked_role
from viewer.access.keyfile import is_sealed, load_keys, new_keys
from viewer.access.roles import Role
from viewer.base.errors import UserMistake
from viewer.edge.audit import audit_path, heads_path
from viewer.live import keys


def list_keys() -> list[dict[str, Any]]:
    """Everybody enrolled, then everybody revoked."""
    own = keys.client_path()
    own_public = keys.client_public() if own.exists() else ""
    rows = [_row(one, "own" if one.public == own_public else "enrolled") for one in keys.enrolled()]
    return rows + [_row(one, "revoked") for one in keys.revoked()]


def make_keys(name: str, role: str, channels: Sequence[str], output: Path | None, *, sealed: bool, person: str) -> dict[str, Any]:
    """Make keys for somebody or something else, enrol them here, and leave the secret file to be carried there."""
    asked: Role = checked_role(role)
    if asked in ("device", "controller") and not channels:
        raise UserMistake(f"a {role} needs the channels that it may send: --channels 'st080.*'")
    path = output or Path(f"{checked_name(name)}.keys.toml")
    if path.exists():
        raise UserMistake(f"there is a file already, name another with -o: {path}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pair = new_keys(path, checked_name(name), checked_password(new_password(name)) if sealed else "")
    try:
        one = keys.enrol(name, pair.public, asked, signing=pair.signing, channels=tuple(channels), person=person)
    except UserMistake:
        path.unlink()
        raise
    return {**_row(one, "enrolled"), "file": str(path)}


def enrol_keys(user: str, public: str, signing: str, role: str, channels: Sequence[str], person: str) -> dict[str, Any]:
    """Let the gateways of this machine admit keys that were made elsewhere."""
    one = keys.enrol(user, public, checked_role(role), signing=signing, channels=tuple(channels), person=person)
    return _row(one, "enrolled")


def revoke_keys(user: str) -> dict[str, Any]:
    """Admit somebody no longer."""
    (one,) = [one for one in keys.enrolled() if one.user == user] or [None]
    keys.revoke(user)
    return _row(one, "revoked") if one else {"user": user, "state": "revoked"}


def seal_own(*, opened: bool, remembered: bool = False) -> dict[str, Any]:
    """Seal this user's own keys by a password, change it, or (`opened`) leave them open again."""
    keys.ensure_client_keys()
    path = keys.client_path()
    old = terminal_password(keys.user_name()) if is_sealed(path) else ""
    load_keys(path, lambda owner: old)  # a wrong one is said before a new one is asked for
    new = "" if opened else checked_password(new_password(keys.user_name()))
    if remembered and new:
        keyring.remember(keys.user_name(), new)
    keys.seal_client_keys(lambda owner: old, new)
    return {"file": str(path), "sealed": not opened}


def check_audit(gateway: str, heads: Path | None) -> dict[str, Any]:
    """Whether the audit of a gateway of this machine is whole, by the heads that were kept elsewhere."""
    chain, kept = audit_path(checked_name(gateway)), heads or heads_path(gateway)
    for path in (chain, kept):
        if not path.exists():
            raise UserMistake(f"there is no such file, was this gateway ever run here? {path}")
    signed = read_heads(kept)
    found = check(chain, signed, keys.gateway_keys(gateway).signing)
    return {
        "ok": not found,
        "gateway": gateway,
        "heads": len(signed),
        "findings": [{"kind": one.kind, "number": one.number, "what": one.what} for one in found],
    }


def terminal_password(owner: str) -> str:
    """Asked for at the terminal; where there is none, the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"password of {owner}: ")
    return sys.stdin.readline().rstrip("\r\n")


def new_password(owner: str) -> str:
    """A new one, asked for twice at a terminal. Raises UserMistake where the two differ."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"new password of {owner}: ")
    if first != getpass.getpass("the same again: "):
        raise UserMistake("the two passwords differ: nothing was changed")
    return first


def _row(one: Identity, state: str) -> dict[str, Any]:
    return {
        "user": one.user,
        "role": one.role,
        "state": state,
        "public": one.public,
        "signing": one.signing,
        "channels": list(one.channels),
        "since": one.since,
    }
