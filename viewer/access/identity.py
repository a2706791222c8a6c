"""Who somebody is: name, keys, role and, for a device, the channels it may send; and the file that says so."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from viewer.access import z85
from viewer.access.roles import ROLES, Kind, Role, kind_of
from viewer.base.errors import UserMistake

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_MOST_GLOBS: Final = 1_000
_MOST_BYTES: Final = 1 << 20
_KEYS: Final = frozenset({"user", "public", "role", "since", "signing", "channels", "person"})


@dataclass(frozen=True, slots=True)
class Identity:
    """One enrolled key pair and whose it is."""

    user: str
    """Its name, such as `anna@press-shop-3` or `st080.r1`; unique in a registry."""
    public: str
    """CURVE public key, Z85: proves who speaks on a connection."""
    role: Role
    since: str = ""
    """ISO 8601."""
    signing: str = ""
    """Ed25519 public key, Z85: proves who wrote a command, an approval or a head. Empty: it signs nothing."""
    channels: tuple[str, ...] = ()
    """Shell-style patterns of the channels that it may send or correct; empty: none."""
    person: str = ""
    """Whose it is, where one person has several; see `bearer`."""

    @property
    def kind(self) -> Kind:
        """What it is."""
        return kind_of(self.role)

    @property
    def bearer(self) -> str:
        """Who answers for it: `person`, else the name up to its `@`. Anna's keys at two desks are one bearer."""
        return (self.person or self.user.partition("@")[0]).casefold()


def checked_name(name: str) -> str:
    """The name itself; raises UserMistake unless it can be a file's name."""
    if not NAME.fullmatch(name):
        raise UserMistake(f"a name has letters, digits and . _ @ - only, at most 100 of them, not «{name}»")
    return name


def checked_public(public: str) -> str:
    """The key itself; raises UserMistake unless it is 40 characters of Z85."""
    if not z85.is_key(public):
        raise UserMistake("a public key is 40 characters of Z85 text, as `genchi keys list` prints it")
    return public


def checked_role(role: str) -> Role:
    """The role itself; raises UserMistake for a word that is none."""
    for one in ROLES:
        if one == role:
            return one
    raise UserMistake(f"a role is one of {', '.join(ROLES)}, not «{role}»")


def checked(one: Identity) -> Identity:
    """The identity itself; raises UserMistake with the first thing that is wrong with it."""
    checked_name(one.user)
    checked_public(one.public)
    checked_role(one.role)
    if one.signing:
        checked_public(one.signing)
    if one.person:
        checked_name(one.person)
    if len(one.channels) > _MOST_GLOBS or any(not 0 < len(glob) <= 200 for glob in one.channels):
        raise UserMistake(f"channels are at most {_MOST_GLOBS} patterns of at most 200 characters each")
    return one


def to_toml(one: Identity) -> str:
    """The enrolment file's text."""
    lines = [f"user = {_quoted(one.user)}", f"public = {_quoted(one.public)}", f"role = {_quoted(one.role)}"]
    lines += [f"{key} = {_quoted(value)}" for key in ("since", "signing", "person") if (value := getattr(one, key))]
    if one.channels:
        lines.append(f"channels = [{', '.join(map(_quoted, one.channels))}]")
    return "\n".join(lines) + "\n"


def read_identity(path: Path) -> Identity:
    """One enrolment file. Raises UserMistake with its path where it can't be read or says nonsense."""
    table = read_table(path)
    try:
        return _identity(table)
    except KeyError as error:
        raise UserMistake(f"an enrolment needs {error.args[0]}: {path}") from error
    except UserMistake as mistake:
        raise UserMistake(f"{mistake}: {path}") from mistake


def read_table(path: Path) -> dict[str, Any]:
    """A TOML file of the keys' folder. Raises UserMistake with its path."""
    try:
        data = path.read_bytes()
        if len(data) > _MOST_BYTES:
            raise ValueError(f"{len(data)} bytes, at most {_MOST_BYTES}")
        return tomllib.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserMistake(f"this key file can't be read ({error}): {path}") from error


def _identity(table: dict[str, Any]) -> Identity:
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise UserMistake(f"an enrolment has no key «{unknown[0]}» (known: {', '.join(sorted(_KEYS))})")
    texts = {key: _text(table, key) for key in ("since", "signing", "person")}
    role = checked_role(_text(table, "role") or "viewer")
    globs = table.get("channels", [])
    if not isinstance(globs, list) or not all(isinstance(glob, str) for glob in globs):
        raise UserMistake('channels is a list of patterns, such as ["st080.*"]')
    user, public = _text({"user": table["user"]}, "user"), _text({"public": table["public"]}, "public")
    return checked(Identity(user, public, role, channels=tuple(globs), **texts))


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise UserMistake(f"{key} is a text, not «{value}»")
    return value


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
