"""Keys: one CURVE pair per gateway and per user, made on first run; who is enrolled; who was revoked.

Everything lies below `viewer.base.paths.data_dir()/keys`, secrets with mode 0600:

    client.toml               this user's pair
    gateways/<name>.toml      a gateway's pair
    authorised/<user>.toml    public keys that gateways on this machine admit
    revoked/<user>.toml       those that were admitted once
"""

from __future__ import annotations

import getpass
import os
import re
import socket
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import zmq
from zmq.utils import z85

from viewer.base.errors import UserMistake
from viewer.base.paths import data_dir
from viewer.live.wire import Role

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_SECRET_MODE = 0o600


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A CURVE pair as Z85 text (40 characters each) and whose it is."""

    owner: str
    public: str
    secret: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A public key that gateways admit, with its user and role."""

    user: str
    public: str
    role: Role
    since: str = ""


def keys_dir() -> Path:
    """The folder of all keys, readable by its owner only."""
    path = data_dir() / "keys"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def user_name() -> str:
    """This user at this machine, such as `anna@press-shop-3`."""
    return re.sub(r"[^A-Za-z0-9._@-]", "-", f"{getpass.getuser()}@{socket.gethostname()}")[:100]


def client_keys() -> KeyPair:
    """This user's pair; made, and enrolled as engineer for the gateways of this machine, on the first call."""
    path = keys_dir() / "client.toml"
    fresh = not path.exists()
    pair = _pair(path, user_name())
    if fresh:
        enrol(pair.owner, pair.public, "engineer")
    return pair


def gateway_keys(gateway: str) -> KeyPair:
    """A gateway's pair; made on the first call. Raises UserMistake for a name that is no file name."""
    return _pair(keys_dir() / "gateways" / f"{_checked(gateway)}.toml", gateway)


def enrol(user: str, public: str, role: Role) -> Enrolled:
    """Let gateways on this machine admit this public key. Raises UserMistake for a bad name, key or role."""
    if role not in get_args(Role):
        raise UserMistake(f"a role is one of {', '.join(get_args(Role))}, not «{role}»")
    one = Enrolled(_checked(user), checked_public(public), role, datetime.now(UTC).isoformat(timespec="seconds"))
    text = f'user = "{one.user}"\npublic = "{one.public}"\nrole = "{one.role}"\nsince = "{one.since}"\n'
    _write(_folder("authorised") / f"{one.user}.toml", text, replace=True)
    return one


def revoke(user: str) -> None:
    """Admit this user no longer; running gateways notice within a second. Raises UserMistake where nobody has that name."""
    path = _folder("authorised") / f"{_checked(user)}.toml"
    if not path.exists():
        known = ", ".join(one.user for one in enrolled()) or "nobody"
        raise UserMistake(f"nobody named «{user}» is enrolled (enrolled: {known}): see genchi keys list")
    path.replace(_folder("revoked") / path.name)


def enrolled() -> tuple[Enrolled, ...]:
    """Who is admitted, by name. Raises UserMistake with the file's path where one can't be read."""
    return tuple(read_enrolment(path) for path in sorted(authorised_dir().glob("*.toml")))


def authorised_dir() -> Path:
    """The folder whose files say who is admitted."""
    return _folder("authorised")


def checked_public(public: str) -> str:
    """The key itself; raises UserMistake unless it is 40 characters of Z85."""
    try:
        good = len(public) == 40 and len(z85.decode(public.encode("ascii"))) == 32
    except (ValueError, KeyError):
        good = False
    if not good:
        raise UserMistake("a public key is 40 characters of Z85 text, as `genchi keys list` prints it")
    return public


def _folder(name: str) -> Path:
    path = keys_dir() / name
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UserMistake(f"a name has letters, digits and . _ @ - only, at most 100 of them, not «{name}»")
    return name


def _pair(path: Path, owner: str) -> KeyPair:
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        public, secret = (key.decode("ascii") for key in zmq.curve_keypair())
        text = f'# A Genchi key pair. Whoever reads this file can act as its owner.\nowner = "{owner}"\n'
        _write(path, f'{text}public = "{public}"\nsecret = "{secret}"\n', replace=False)
    table = _table(path)
    try:
        return KeyPair(str(table["owner"]), checked_public(str(table["public"])), checked_public(str(table["secret"])))
    except (KeyError, UserMistake) as error:
        raise UserMistake(f"this key file is damaged, move it away and a new one is made: {path}") from error


def _write(path: Path, text: str, *, replace: bool) -> None:
    """Written aside and moved into place whole; without `replace` a file that somebody else made meanwhile stays."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _SECRET_MODE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if replace:
        aside.replace(path)
        return
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return
    finally:
        aside.unlink()


def read_enrolment(path: Path) -> Enrolled:
    """One person's file. Raises UserMistake with its path where it can't be read or says nonsense."""
    table = _table(path)
    role = table.get("role", "viewer")
    if role not in get_args(Role):
        raise UserMistake(f"a role is one of {', '.join(get_args(Role))}, not «{role}»: {path}")
    try:
        return Enrolled(str(table["user"]), checked_public(str(table["public"])), role, str(table.get("since", "")))
    except (KeyError, UserMistake) as error:
        raise UserMistake(f"an enrolment needs user and public (40 characters of Z85): {path}") from error


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserMistake(f"this key file can't be read ({error}): {path}") from error
