"""Signatures: Ed25519 (RFC 8032) over a purpose and a text, so that what was signed as one thing is never taken for another."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from viewer.access import z85

Purpose = Literal["command", "limits", "audit head"]
SIGNATURE_BYTES: Final = 64
_P: Final = 2**255 - 19


def new_signing_pair() -> tuple[str, str]:
    """Public and secret key, Z85."""
    secret = Ed25519PrivateKey.generate()
    return z85.encode(secret.public_key().public_bytes_raw()), z85.encode(secret.private_bytes_raw())


def new_curve_pair() -> tuple[str, str]:
    """Public and secret key of a connection, Z85: X25519, which is what CURVE uses (ZeroMQ RFC 26)."""
    secret = X25519PrivateKey.generate()
    return z85.encode(secret.public_key().public_bytes_raw()), z85.encode(secret.private_bytes_raw())


def public_of(secret: str) -> str:
    """The Ed25519 public key (Z85) of a secret one. Raises ValueError for what is no key."""
    return z85.encode(Ed25519PrivateKey.from_private_bytes(z85.decode(secret)).public_key().public_bytes_raw())


def sign(secret: str, purpose: Purpose, text: bytes) -> bytes:
    """64 bytes. Raises ValueError where `secret` is no Z85 key."""
    return Ed25519PrivateKey.from_private_bytes(z85.decode(secret)).sign(_framed(purpose, text))


def verify(public: str, purpose: Purpose, text: bytes, signature: bytes) -> bool:
    """Whether the bearer of this public key (Z85) signed this text for this purpose. Never raises."""
    try:
        if len(signature) != SIGNATURE_BYTES:
            return False
        _public_key(public).verify(signature, _framed(purpose, text))
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(4_096)
def _public_key(public: str) -> Ed25519PublicKey:
    """The key of a text, kept: the same few people sign again and again. Raises ValueError for no key and for a weak one."""
    raw = z85.decode(public)
    if is_weak(raw):
        raise ValueError("a key for which anybody can sign")
    return Ed25519PublicKey.from_public_bytes(raw)


def is_weak(raw: bytes) -> bool:
    """Whether 32 bytes are no key or a point of small order, for which signatures can be made without any secret.

    The eight points of small order have y = 0, 1, -1 or one of two roots (Chalkias et al., Taming the many EdDSAs, 2020).
    """
    if len(raw) != z85.KEY_BYTES:
        return True
    y = (int.from_bytes(raw, "little") & ((1 << 255) - 1)) % _P
    return y in _SMALL_ORDER


def _framed(purpose: Purpose, text: bytes) -> bytes:
    return b"genchi " + purpose.encode("ascii") + b" 1\0" + text


def _order_eight() -> frozenset[int]:
    """y of the points of order 8, for which y^2 solves d y^4 + 2 y^2 - 1 = 0 (doubling such a point gives one with y = 0)."""
    d = -121665 * pow(121666, -1, _P) % _P
    root = pow(1 + d, (_P + 3) // 8, _P)
    if root * root % _P != (1 + d) % _P:
        root = root * pow(2, (_P - 1) // 4, _P) % _P
    squares = [(-1 + sign * root) * pow(d, -1, _P) % _P for sign in (1, -1)]
    found: set[int] = set()
    for square in squares:
        y = pow(square, (_P + 3) // 8, _P)
        for candidate in (y, y * pow(2, (_P - 1) // 4, _P) % _P):
            if candidate * candidate % _P == square:
                found |= {candidate, _P - candidate}
    return frozenset(found)


_SMALL_ORDER: Final = frozenset({0, 1, _P - 1}) | _order_eight()
