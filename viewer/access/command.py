"""The command envelope: one set-point change as bytes that one key signed, and the one door through which bytes become it."""

from __future__ import annotations

import secrets
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from viewer.access.signatures import SIGNATURE_BYTES, sign
from viewer.base.errors import GenchiError

MAX_COMMAND_BYTES: Final = 4_096
LONGEST_LIFE_NS: Final = 10 * 1_000_000_000

Key = Annotated[str, Meta(min_length=40, max_length=40)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Nonce = Annotated[bytes, Meta(min_length=16, max_length=16)]
TimeNs = Annotated[int, Meta(ge=0, le=1 << 62)]
Sequence = Annotated[int, Meta(ge=1, le=1 << 62)]


class EnvelopeError(GenchiError):
    """Bytes that are no envelope; nothing in them is believed."""


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody wants of one set-point, bound to where, on what grounds, and until when."""

    plant: Name
    gateway: Name
    channel: Name
    value: float
    base: float
    """The value that the signer saw: where it is another by now, the grounds are gone."""
    configuration: Hash
    """SHA-256 of the limits in force, as the gateway tells them."""
    user: Name
    nonce: Nonce
    sequence: Sequence
    """Of this signer at this gateway, strictly ascending."""
    issued_ns: TimeNs
    expires_ns: TimeNs
    """At most 10 s after it was issued."""
    reason: Annotated[str, Meta(max_length=300)] = ""
    """Why, for the audit."""


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text, who signed it, and the signature over those very bytes."""

    text: bytes
    signer: Key
    """Ed25519 public key, Z85."""
    signature: Annotated[bytes, Meta(min_length=SIGNATURE_BYTES, max_length=SIGNATURE_BYTES)]


_ENCODER: Final = msgspec.msgpack.Encoder(order="sorted")
_COMMAND: Final = msgspec.msgpack.Decoder(Command)
_SIGNED: Final = msgspec.msgpack.Decoder(Signed)
_Struct = TypeVar("_Struct", bound=msgspec.Struct)


def canonical(struct: msgspec.Struct) -> bytes:
    """The one form in which a text is signed: msgpack, keys sorted."""
    return _ENCODER.encode(struct)


def signed_command(command: Command, signer: tuple[str, str]) -> bytes:
    """The envelope, signed with a public and secret key (Ed25519, Z85)."""
    text = canonical(command)
    return canonical(Signed(text, signer[0], sign(signer[1], "command", text)))


def new_nonce() -> bytes:
    """16 random bytes: no two commands are alike, though everything else in them is."""
    return secrets.token_bytes(16)


def open_command(frame: bytes | memoryview) -> tuple[Command, Signed]:
    """Command and envelope; the signature is not looked at. Raises EnvelopeError for anything but the canonical form."""
    signed = decoded(_SIGNED, frame, MAX_COMMAND_BYTES)
    return decoded(_COMMAND, signed.text, MAX_COMMAND_BYTES), signed


def decoded(decoder: msgspec.msgpack.Decoder[_Struct], frame: bytes | memoryview, most: int) -> _Struct:
    """A canonical text as what it says. Raises EnvelopeError."""
    if len(frame) > most:
        raise EnvelopeError(f"{len(frame)} bytes, at most {most}")
    try:
        struct = decoder.decode(frame)
        same = _ENCODER.encode(struct) == bytes(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise EnvelopeError(f"no such envelope: {error}") from error
    if not same:
        raise EnvelopeError("not in canonical form")
    return struct
