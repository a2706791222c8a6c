"""The keys of this machine: a pair per gateway and per user, made on first run; who is enrolled; who was revoked.

Everything lies below `viewer.base.paths.data_dir()/keys`, secrets with mode 0600:

    client.toml               this user's keys
    gateways/<name>.toml      a gateway's keys
    authorised/<user>.toml    public keys that gateways on this machine admit
    revoked/<user>.….toml     those that were admitted once and never will be again
"""

from __future__ import annotations

import getpass
import re
import socket
from datetime import UTC, datetime
from pathlib import Path

from viewer.access import keyring
from viewer.access.identity import Identity, checked, checked_name, checked_public, read_identity, to_toml
from viewer.access.keyfile import AskPassword, KeyPair, change_password, is_sealed, load_keys, new_keys, public_keys, write_whole
from viewer.access.roles import Role
from viewer.base.errors import UserMistake
from viewer.base.paths import data_dir

__all__ = [
    "Enrolled",
    "KeyPair",
    "authorised_dir",
    "checked_public",
    "client_keys",
    "client_path",
    "client_public",
    "enrol",
    "enrolled",
    "ensure_client_keys",
    "gateway_keys",
    "keys_dir",
    "read_enrolment",
    "revoke",
    "revoked",
    "revoked_dir",
    "seal_client_keys",
    "user_name",
]
Enrolled = Identity
read_enrolment = read_identity


def keys_dir() -> Path:
    """The folder of all keys, readable by its owner only."""
    path = data_dir() / "keys"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def user_name() -> str:
    """This user at this machine, such as `anna@press-shop-3`."""
    return re.sub(r"[^A-Za-z0-9._@-]", "-", f"{getpass.getuser()}@{socket.gethostname()}")[:100]


def client_path() -> Path:
    """The file of this user's keys."""
    return keys_dir() / "client.toml"


def ensure_client_keys() -> None:
    """Make this user's keys, and enrol them as engineer for the gateways of this machine, where there are none yet."""
    if client_path().exists():
        return
    pair = new_keys(client_path(), user_name())
    enrol(pair.owner, pair.public, "engineer", signing=pair.signing)


def client_public() -> str:
    """This user's CURVE public key, made on the first call; needs no password. Raises UserMistake for a damaged file."""
    ensure_client_keys()
    return public_keys(client_path())[0]


def client_keys(ask: AskPassword | None = None) -> KeyPair:
    """This user's keys, made and enrolled on the first call.

    `ask` is called with the owner's name where they are sealed; without it that is a UserMistake, as is a wrong password.
    """
    ensure_client_keys()
    pair = load_keys(client_path(), ask or _from_keyring())
    own = authorised_dir() / f"{pair.owner}.toml"
    if own.exists() and (one := read_identity(own)).public == pair.public and not one.signing:
        enrol(one.user, one.public, one.role, signing=pair.signing, channels=one.channels)  # of a time before signatures
    return pair


def seal_client_keys(old: AskPassword | None, new: str) -> None:
    """Seal this user's keys by a password, or change it; with an empty one they lie open again. Raises UserMistake."""
    ensure_client_keys()
    change_password(client_path(), old, new)


def gateway_keys(gateway: str) -> KeyPair:
    """A gateway's keys; made on the first call. Raises UserMistake for a name that is no file name."""
    path = keys_dir() / "gateways" / f"{checked_name(gateway)}.toml"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        new_keys(path, gateway)
    return load_keys(path)


def enrol(user: str, public: str, role: Role, *, signing: str = "", channels: tuple[str, ...] = (), person: str = "") -> Identity:
    """Let gateways on this machine admit this public key. Raises UserMistake for a bad name, key or role, and for a key
    that was revoked: its secret may be in other hands."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    one = checked(Identity(user, public, role, since, signing, tuple(channels), person))
    _not_in_use(one)
    write_whole(authorised_dir() / f"{one.user}.toml", to_toml(one), replace=True)
    return one


def revoke(user: str) -> None:
    """Admit this user no longer; running gateways notice within a second. Raises UserMistake where nobody has that name."""
    path = authorised_dir() / f"{checked_name(user)}.toml"
    if not path.exists():
        known = ", ".join(one.user for one in enrolled()) or "nobody"
        raise UserMistake(f"nobody named «{user}» is enrolled (enrolled: {known}): see genchi keys list")
    path.replace(revoked_dir() / f"{user}.{path.stat().st_mtime_ns}.toml")


def enrolled() -> tuple[Identity, ...]:
    """Who is admitted, by name. Raises UserMistake with the file's path where one can't be read."""
    return tuple(read_identity(path) for path in sorted(authorised_dir().glob("*.toml")))


def revoked() -> tuple[Identity, ...]:
    """Who was admitted once, by name. Raises UserMistake with the file's path where one can't be read."""
    return tuple(read_identity(path) for path in sorted(revoked_dir().glob("*.toml")))


def authorised_dir() -> Path:
    """The folder whose files say who is admitted."""
    return _folder("authorised")


def revoked_dir() -> Path:
    """The folder whose files say who is admitted no longer."""
    return _folder("revoked")


def _from_keyring() -> AskPassword | None:
    """Answers for somebody who let the system's store remember the password; None where it does not."""
    if not is_sealed(client_path()):
        return None
    password = keyring.remembered(user_name())
    return None if password is None else lambda owner: password


def _not_in_use(one: Identity) -> None:
    keys = {one.public, one.signing} - {""}
    for path in sorted(revoked_dir().glob("*.toml")):
        other = read_identity(path)
        if keys & {other.public, other.signing}:
            raise UserMistake(f"this key was revoked: let {one.user} make new ones with genchi keys new, or take away {path}")
    for other in enrolled():
        if other.user != one.user and keys & {other.public, other.signing}:
            raise UserMistake(f"this key is {other.user}'s already: every identity has its own")


def _folder(name: str) -> Path:
    path = keys_dir() / name
    path.mkdir(mode=0o700, exist_ok=True)
    return path
