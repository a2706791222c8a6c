"""Checksums: a row is sealed together with its place, so that neither can change, move or be swapped unnoticed."""

from __future__ import annotations

from hashlib import blake2b

from viewer.base.errors import GenchiError

_SIZE = 16


class Damaged(GenchiError):
    """A row is not what was written."""


def seal(payload: bytes, *place: int | str) -> bytes:
    """The payload after its BLAKE2b checksum (RFC 7693), 16 bytes, over the place and the payload."""
    return _digest(payload, place) + payload


def unseal(sealed: bytes, *place: int | str) -> bytes:
    """The payload. Raises Damaged where the checksum does not fit."""
    payload = sealed[_SIZE:]
    if len(sealed) < _SIZE or _digest(payload, place) != sealed[:_SIZE]:
        raise Damaged(f"the row {' '.join(str(one) for one in place[:2])} is damaged")
    return payload


def _digest(payload: bytes, place: tuple[int | str, ...]) -> bytes:
    digest = blake2b("\x1f".join(str(one) for one in place).encode(), digest_size=_SIZE)
    digest.update(b"\x1e")
    digest.update(payload)
    return digest.digest()
