"""Key files: the secret keys of one owner on disk, open to its account on this machine or sealed by a password."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from viewer.access.identity import checked_public, read_table
from viewer.access.sealing import Sealed, seal, sealed_from, sealed_lines, unseal
from viewer.access.signatures import new_curve_pair, new_signing_pair
from viewer.base.errors import UserMistake

AskPassword = Callable[[str], str]
"""Called with the owner's name; answers the password."""
SECRET_MODE: Final = 0o600
_SECRETS: Final = 80


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The keys of one owner as Z85 text (40 characters each)."""

    owner: str
    public: str
    """CURVE: who speaks on a connection."""
    secret: str = field(repr=False)
    signing: str = ""
    """Ed25519: who wrote a text."""
    signing_secret: str = field(default="", repr=False)

    @property
    def signer(self) -> tuple[str, str]:
        """Public and secret signing key."""
        return self.signing, self.signing_secret


def new_keys(path: Path, owner: str, password: str = "") -> KeyPair:
    """Make keys and keep them; a file that somebody else made meanwhile stays, and is what is returned. Raises UserMistake."""
    pair = KeyPair(owner, *new_curve_pair(), *new_signing_pair())
    write_whole(path, _text(pair, password), replace=False)
    return load_keys(path, lambda owner: password)


def load_keys(path: Path, ask: AskPassword | None = None) -> KeyPair:
    """The keys of a file. Raises UserMistake where it is damaged, sealed and nobody can be asked, or the password is wrong."""
    table = read_table(path)
    try:
        sealed = sealed_from(table)
        pair = _open_pair(table) if sealed is None else _sealed_pair(table)
    except (KeyError, TypeError, ValueError, UserMistake) as error:
        raise UserMistake(f"this key file is damaged, move it away and a new one is made: {path}") from error
    if sealed is not None:
        return _unsealed(pair, sealed, ask, path)
    if pair.signing:
        return pair
    pair = replace(pair, **dict(zip(("signing", "signing_secret"), new_signing_pair(), strict=True)))
    write_whole(path, _text(pair, ""), replace=True)  # made before there were signatures
    return pair


def is_sealed(path: Path) -> bool:
    """Whether a password is needed. Raises UserMistake where the file can't be read."""
    return "sealed" in read_table(path)


def public_keys(path: Path) -> tuple[str, str]:
    """The public keys of connection and signing (empty: none yet). Raises UserMistake for a damaged file."""
    table = read_table(path)
    try:
        return checked_public(str(table["public"])), str(table.get("signing", ""))
    except (KeyError, UserMistake) as error:
        raise UserMistake(f"this key file is damaged, move it away and a new one is made: {path}") from error


def change_password(path: Path, ask: AskPassword | None, new: str) -> None:
    """Seal by another password; an empty one leaves the keys open. Raises UserMistake as `load_keys`."""
    write_whole(path, _text(load_keys(path, ask), new), replace=True)


def write_whole(path: Path, text: str, *, replace: bool) -> None:
    """Written aside and moved into place whole, on disk when it returns, readable by its owner only; without `replace` a file
    that somebody else made meanwhile stays."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, SECRET_MODE), "w", encoding="utf-8") as file:
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


def _text(pair: KeyPair, password: str) -> str:
    public = [f'owner = "{pair.owner}"', f'public = "{pair.public}"', f'signing = "{pair.signing}"']
    if not password:
        head = "# Genchi keys. Whoever reads this file can act as its owner."
        return "\n".join([head, *public, f'secret = "{pair.secret}"', f'signing_secret = "{pair.signing_secret}"', ""])
    sealed = seal((pair.secret + pair.signing_secret).encode("ascii"), password, _bound_to(pair))
    return "\n".join(["# Genchi keys, sealed by their owner's password.", *public, *sealed_lines(sealed), ""])


def _open_pair(table: dict[str, Any]) -> KeyPair:
    owner, public, secret = str(table["owner"]), checked_public(str(table["public"])), checked_public(str(table["secret"]))
    if "signing_secret" not in table:
        return KeyPair(owner, public, secret)
    return KeyPair(owner, public, secret, checked_public(str(table["signing"])), checked_public(str(table["signing_secret"])))


def _sealed_pair(table: dict[str, Any]) -> KeyPair:
    return KeyPair(str(table["owner"]), checked_public(str(table["public"])), "", checked_public(str(table["signing"])))


def _unsealed(pair: KeyPair, sealed: Sealed, ask: AskPassword | None, path: Path) -> KeyPair:
    if ask is None:
        raise UserMistake(f"the keys of {pair.owner} are sealed, and nobody is here to ask for the password: {path}")
    secrets = unseal(sealed, ask(pair.owner), _bound_to(pair))
    if secrets is None or len(secrets) != _SECRETS:
        raise UserMistake(f"this password does not open the keys of {pair.owner}: {path}")
    text = secrets.decode("ascii")
    return replace(pair, secret=text[:40], signing_secret=text[40:])


def _bound_to(pair: KeyPair) -> bytes:
    """What is authenticated with the secrets: nobody can put them under another name or public key."""
    return "\0".join(("genchi keys 1", pair.owner, pair.public, pair.signing)).encode()
