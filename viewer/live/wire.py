"""The words between gateway and viewer: every message, its limits, and the one door through which bytes become messages.

docs/wire-format.md is the page for those who write the other end; a test compares the two.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from viewer.access.roles import Role
from viewer.base.errors import GenchiError
from viewer.twin.catalogue import ChannelInfo, FaultInfo

PROTOCOL: Final = 1
MAX_MESSAGE_BYTES: Final = 1 << 20
MAX_BLOCK_SAMPLES: Final = 32_768
"""At 25 bytes a sample a full block stays below MAX_MESSAGE_BYTES."""
CATALOGUE_PAGE: Final = 2_000
MAX_CHANNELS: Final = 100_000
HEARTBEAT_S: Final = 0.3
LINK_HEARTBEAT_MS: Final = 300
LINK_TIMEOUT_MS: Final = 900
HANDSHAKE_MS: Final = 2_000
ZAP_DOMAIN: Final = b"genchi"

Count = Annotated[int, Meta(ge=0, le=(1 << 62))]
TimeNs = Annotated[int, Meta(ge=0, le=(1 << 62))]
Name = Annotated[str, Meta(max_length=200)]
Sentence = Annotated[str, Meta(max_length=2_000)]


class WireError(GenchiError):
    """Bytes from the other end that are no message of this protocol; the message is dropped and counted."""


class Samples(msgspec.Struct, frozen=True):
    """Samples of many channels as columns, little-endian; `viewer.live.columns` packs and unpacks them."""

    t0_ns: TimeNs
    channels: memoryview
    counts: memoryview
    times: memoryview
    values: memoryview
    quality: memoryview


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    protocol: Count
    t_ns: TimeNs
    program: Name = ""
    resume: Name = ""
    catalogue: Name = ""


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe"):
    globs: Annotated[list[Name], Meta(max_length=100)]


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    t_ns: TimeNs


class LatestRequest(msgspec.Struct, frozen=True, tag="latest_request"):
    request: Count
    globs: Annotated[list[Name], Meta(max_length=100)]


class FaultRequest(msgspec.Struct, frozen=True, tag="fault_request"):
    request: Count
    action: Literal["list", "inject", "clear"]
    name: Name = ""
    parameters: Annotated[dict[Name, float], Meta(max_length=64)] = {}


class Goodbye(msgspec.Struct, frozen=True, tag="goodbye"):
    reason: Sentence = ""


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    protocol: Count
    gateway: Name
    epoch: Name
    session: Name
    resumed: bool
    role: Role
    catalogue: Name
    echo_ns: TimeNs
    t_ns: TimeNs


class Catalogue(msgspec.Struct, frozen=True, tag="catalogue"):
    catalogue: Name
    first: Annotated[int, Meta(ge=0, le=MAX_CHANNELS)]
    total: Annotated[int, Meta(ge=0, le=MAX_CHANNELS)]
    channels: Annotated[list[ChannelInfo], Meta(max_length=CATALOGUE_PAGE)]


class Blocks(msgspec.Struct, frozen=True, tag="blocks"):
    sequence: Count
    before: Count
    t_ns: TimeNs
    samples: Samples


class Heartbeat(msgspec.Struct, frozen=True, tag="heartbeat"):
    sequence: Count
    samples: Count
    t_ns: TimeNs


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    echo_ns: TimeNs
    t_ns: TimeNs


class Latest(msgspec.Struct, frozen=True, tag="latest"):
    request: Count
    samples: Samples


class Faults(msgspec.Struct, frozen=True, tag="faults"):
    request: Count
    faults: Annotated[list[FaultInfo], Meta(max_length=10_000)]


class Error(msgspec.Struct, frozen=True, tag="error"):
    request: Count
    sentence: Sentence


FromViewer = Hello | Subscribe | Ping | LatestRequest | FaultRequest | Goodbye
FromGateway = Welcome | Catalogue | Blocks | Heartbeat | Pong | Latest | Faults | Error | Goodbye

_ENCODER = msgspec.msgpack.Encoder()
_FROM_VIEWER: msgspec.msgpack.Decoder[FromViewer] = msgspec.msgpack.Decoder(FromViewer)
_FROM_GATEWAY: msgspec.msgpack.Decoder[FromGateway] = msgspec.msgpack.Decoder(FromGateway)
_Message = TypeVar("_Message")


def encode(message: FromViewer | FromGateway) -> bytes:
    """One message as one msgpack map."""
    return _ENCODER.encode(message)


def decode_from_viewer(frame: bytes | memoryview) -> FromViewer:
    """What a viewer sent. Raises WireError for anything else."""
    return _decode(_FROM_VIEWER, frame)


def decode_from_gateway(frame: bytes | memoryview) -> FromGateway:
    """What a gateway sent; the columns of samples are views into `frame`. Raises WireError for anything else."""
    return _decode(_FROM_GATEWAY, frame)


def _decode(decoder: msgspec.msgpack.Decoder[_Message], frame: bytes | memoryview) -> _Message:
    if len(frame) > MAX_MESSAGE_BYTES:
        raise WireError(f"a message has at most {MAX_MESSAGE_BYTES} bytes, this one has {len(frame)}")
    try:
        return decoder.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise WireError(f"no message of this protocol: {error}") from error
