"""Which gateways run on this machine: each writes a small file while it does, so that viewers find it without being told."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from viewer.base.errors import UserMistake
from viewer.base.paths import state_dir
from viewer.live.keys import checked_public


class RunningGateway(msgspec.Struct, frozen=True):
    """What a running gateway says of itself."""

    name: str
    endpoint: str
    public_key: str
    """Z85; the viewer proves by it that it speaks with this gateway."""
    pid: int
    scene: str = ""
    """Path of the scene it was started for; empty where none."""


_DECODER = msgspec.json.Decoder(RunningGateway)


def gateways_dir() -> Path:
    """The folder of those files."""
    path = state_dir() / "gateways"
    path.mkdir(parents=True, exist_ok=True)
    return path


def announce(gateway: RunningGateway) -> Path:
    """Write its file, whole or not at all; the path."""
    _sweep()
    path = _path(gateway)
    aside = path.with_name(f".{path.name}.{gateway.pid}")
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(gateway)) + b"\n")
    aside.replace(path)
    return path


def withdraw(gateway: RunningGateway) -> None:
    """Remove its file."""
    _path(gateway).unlink(missing_ok=True)


def running_gateways() -> tuple[RunningGateway, ...]:
    """Those whose process lives, by name; files left behind by one that was killed are passed over."""
    found = [_read(path) for path in sorted(gateways_dir().glob("*.json"))]
    return tuple(one for one in found if one is not None and is_alive(one.pid))


def gateway_at(endpoint: str | None) -> RunningGateway:
    """The running gateway at this endpoint, or the only one where none is named.

    A gateway on another machine is named with its key: `tcp://host:47800#<64 hexadecimal digits>`, as `genchi edge` prints it.
    Raises UserMistake where there is no such gateway, or more than one to choose from.
    """
    if endpoint and "#" in endpoint:
        return _named_with_key(endpoint)
    running = running_gateways()
    fitting = [one for one in running if endpoint in (None, "", one.endpoint, one.name)]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(f"{one.endpoint} ({one.name})" for one in running) or "none"
    if endpoint:
        raise UserMistake(f"no gateway of this machine runs at «{endpoint}» (running: {known}); one elsewhere needs #<its key>")
    what = "no gateway runs here: start one with `genchi demo` or `genchi edge`" if not running else f"choose one of {known}"
    raise UserMistake(what)


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _named_with_key(endpoint: str) -> RunningGateway:
    from zmq.utils import z85

    address, _, key = endpoint.partition("#")
    try:
        public = checked_public(z85.encode(bytes.fromhex(key)).decode("ascii"))
    except (ValueError, UserMistake) as error:
        raise UserMistake(f"after # stand the 64 hexadecimal digits of the gateway's key, not «{key}»") from error
    return RunningGateway("", address, public, 0)


def _path(gateway: RunningGateway) -> Path:
    """One file a process: two windows may each run a gateway of the same scene."""
    return gateways_dir() / f"{gateway.name}.{gateway.pid}.json"


def _sweep() -> None:
    """Remove what killed gateways left behind."""
    for path in gateways_dir().glob("*.json"):
        one = _read(path)
        if one is None or not is_alive(one.pid):
            path.unlink(missing_ok=True)


def _read(path: Path) -> RunningGateway | None:
    try:
        return _DECODER.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
