"""What may be wrong with the live line on this machine, each with its mend: keys, ports, running gateways."""

from __future__ import annotations

import socket
import stat
from pathlib import Path
from typing import TypedDict

from viewer.base.errors import UserMistake
from viewer.live.discovery import running_gateways
from viewer.live.keys import client_public, enrolled, keys_dir, user_name

DEFAULT_PORT = 47_800


class Finding(TypedDict):
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    mend: str
    """Empty where it is well."""


def examine_live(port: int = DEFAULT_PORT) -> list[Finding]:
    """All that concerns the live line; never raises for what it finds."""
    return [_own_key(), _permissions(), _enrolment(), _port(port), _gateways()]


def _well(what: str, found: str) -> Finding:
    return Finding(what=what, ok=True, found=found, mend="")


def _ill(what: str, found: str, mend: str) -> Finding:
    return Finding(what=what, ok=False, found=found, mend=mend)


def _own_key() -> Finding:
    try:
        public = client_public()
    except (UserMistake, OSError) as error:
        return _ill("own key", str(error), f"move the damaged file away, or make the folder writable: {keys_dir()}")
    return _well("own key", f"{user_name()} {public}")


def _permissions() -> Finding:
    secrets = [path for path in (keys_dir() / "client.toml", *sorted((keys_dir() / "gateways").glob("*.toml"))) if path.exists()]
    open_ones = [path for path in secrets if _others_may_read(path)]
    if open_ones:
        names = " ".join(str(path) for path in open_ones)
        return _ill("key files", f"others may read {len(open_ones)} of {len(secrets)} secret keys", f"chmod 600 {names}")
    return _well("key files", f"{len(secrets)} secret keys, readable by their owner only")


def _others_may_read(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _enrolment() -> Finding:
    try:
        people, own = enrolled(), client_public()
    except (UserMistake, OSError) as error:
        return _ill("enrolled keys", str(error), "mend or remove that file; until then gateways admit nobody")
    if own not in {one.public for one in people}:
        mend = (
            f"move its file back from {keys_dir() / 'revoked'} to {keys_dir() / 'authorised'}, or remove client.toml beside them"
        )
        return _ill("enrolled keys", "this user's own key is not enrolled", mend)
    return _well("enrolled keys", ", ".join(f"{one.user} ({one.role})" for one in people))


def _port(port: int) -> Finding:
    what = f"port {port}"
    ours = [one for one in running_gateways() if one.endpoint.endswith(f":{port}")]
    if ours:
        return _well(what, f"taken by the gateway {ours[0].name}, process {ours[0].pid}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return _well(what, f"taken by another program ({error.strerror}); gateways here take a free port by themselves")
    return _well(what, "free")


def _gateways() -> Finding:
    running = running_gateways()
    return _well("gateways", ", ".join(f"{one.name} at {one.endpoint}, process {one.pid}" for one in running) or "none runs now")
