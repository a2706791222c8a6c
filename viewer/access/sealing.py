"""Sealing secrets by a password: argon2id (RFC 9106) makes a key of it, ChaCha20-Poly1305 (RFC 8439) locks them up.

The parameters lie beside the sealed text, so that stronger ones can be taken later; they are RFC 9106's second recommended option
(section 4): three passes over 64 MiB in four lanes.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, replace
from typing import Any, Final

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from viewer.base.errors import Fault

PASSES: Final = 3
MEMORY_KIB: Final = 1 << 16
LANES: Final = 4
_MOST_PASSES, _MOST_KIB, _MOST_LANES = 64, 1 << 21, 64
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed text and all but the password that opening it needs."""

    salt: bytes
    nonce: bytes
    text: bytes
    passes: int
    memory_kib: int
    lanes: int


def seal(secret: bytes, password: str, bound_to: bytes = b"") -> Sealed:
    """Lock up. `bound_to` is not hidden, but opening needs the very same."""
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    empty = Sealed(salt, nonce, b"", PASSES, MEMORY_KIB, LANES)
    return replace(empty, text=ChaCha20Poly1305(_key(empty, password)).encrypt(nonce, secret, _bound(empty, bound_to)))


def unseal(sealed: Sealed, password: str, bound_to: bytes = b"") -> bytes | None:
    """The secret; None for a wrong password or a changed file, which can't be told apart. Raises Fault for want of memory."""
    try:
        return ChaCha20Poly1305(_key(sealed, password)).decrypt(sealed.nonce, sealed.text, _bound(sealed, bound_to))
    except InvalidTag:
        return None


def sealed_lines(sealed: Sealed) -> list[str]:
    """As the lines of a TOML file."""
    texts = {"salt": sealed.salt, "nonce": sealed.nonce, "sealed": sealed.text}
    return [
        'kdf = "argon2id"',
        *(f"{key} = {getattr(sealed, key)}" for key in ("passes", "memory_kib", "lanes")),
        *(f'{key} = "{base64.b64encode(value).decode("ascii")}"' for key, value in texts.items()),
    ]


def sealed_from(table: dict[str, Any]) -> Sealed | None:
    """What `sealed_lines` wrote; None where nothing is sealed. Raises ValueError or KeyError for what makes no sense."""
    if "sealed" not in table:
        return None
    if table["kdf"] != "argon2id":
        raise ValueError(f"unknown kdf {table['kdf']}")
    bounds = {"passes": (1, _MOST_PASSES), "memory_kib": (8 * int(table["lanes"]), _MOST_KIB), "lanes": (1, _MOST_LANES)}
    for key, (low, high) in bounds.items():
        if not isinstance(table[key], int) or not low <= table[key] <= high:
            raise ValueError(f"{key} is {table[key]}")
    salt, nonce, text = (base64.b64decode(str(table[key]), validate=True) for key in ("salt", "nonce", "sealed"))
    if len(salt) < 8 or len(nonce) != _NONCE_BYTES:
        raise ValueError("salt or nonce is too short")
    return Sealed(salt, nonce, text, table["passes"], table["memory_kib"], table["lanes"])


def _key(sealed: Sealed, password: str) -> bytes:
    try:
        return hash_secret_raw(
            password.encode("utf-8", "surrogatepass"),
            sealed.salt,
            sealed.passes,
            sealed.memory_kib,
            sealed.lanes,
            _KEY_BYTES,
            Type.ID,
        )
    except HashingError as error:
        raise Fault(
            f"the password can't be turned into a key ({error}): {sealed.memory_kib / 1024:.0f} MiB of memory are needed"
        ) from error


def _bound(sealed: Sealed, bound_to: bytes) -> bytes:
    """The parameters too: nobody makes a later sealing weaker by editing them."""
    return b"%d %d %d %s\0" % (sealed.passes, sealed.memory_kib, sealed.lanes, sealed.salt.hex().encode()) + bound_to
