"""The words between gateway and viewer, and the one door through which bytes become messages, those of devices among them.

docs/wire-format.md is the page for those who write the other end; a test compares the two.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from viewer.access.roles import Role
from viewer.live import device_words as device
from viewer.live import past_words as past
from viewer.live.terms import (
    BATCH_WINDOW,
    CATALOGUE_PAGE,
    HANDSHAKE_MS,
    HEARTBEAT_S,
    LINK_HEARTBEAT_MS,
    LINK_TIMEOUT_MS,
    MAX_BLOCK_SAMPLES,
    MAX_BUCKETS,
    MAX_CHANNELS,
    MAX_ITEM_BYTES,
    MAX_MESSAGE_BYTES,
    PROTOCOL,
    ZAP_DOMAIN,
    Count,
    Globs,
    Name,
    Samples,
    Sentence,
    TimeNs,
    WireError,
)
from viewer.twin.catalogue import ChannelInfo, FaultInfo

__all__ = [
    "BATCH_WINDOW",
    "CATALOGUE_PAGE",
    "HANDSHAKE_MS",
    "HEARTBEAT_S",
    "LINK_HEARTBEAT_MS",
    "LINK_TIMEOUT_MS",
    "MAX_BLOCK_SAMPLES",
    "MAX_BUCKETS",
    "MAX_CHANNELS",
    "MAX_ITEM_BYTES",
    "MAX_MESSAGE_BYTES",
    "PROTOCOL",
    "ZAP_DOMAIN",
    "Role",
    "WireError",
]


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    protocol: Count
    t_ns: TimeNs
    program: Name = ""
    resume: Name = ""
    catalogue: Name = ""


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe"):
    globs: Globs


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    t_ns: TimeNs


class LatestRequest(msgspec.Struct, frozen=True, tag="latest_request"):
    request: Count
    globs: Globs


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


Asked = (
    past.LatestAtRequest
    | past.RangeRequest
    | past.EnvelopeRequest
    | past.SpanRequest
    | past.MetadataRequest
    | past.SourcesRequest
    | past.GapsRequest
    | past.AlarmsRequest
    | past.AlarmActionRequest
    | past.AuditRequest
    | past.CommandRequest
)
Answered = (
    past.LatestAt
    | past.Range
    | past.EnvelopeAnswer
    | past.Span
    | past.Metadata
    | past.Sources
    | past.Gaps
    | past.Alarms
    | past.AuditPage
    | past.CommandAnswer
)
FromDevice = device.DeviceHello | device.DeviceCatalogue | device.Batch | device.Lost
ToDevice = device.DeviceWelcome | device.Ack
FromViewer = Hello | Subscribe | Ping | LatestRequest | FaultRequest | Goodbye | Asked
FromGateway = Welcome | Catalogue | Blocks | Heartbeat | Pong | Latest | Faults | Error | Goodbye | Answered | ToDevice
FromPeer = FromViewer | FromDevice

_ENCODER = msgspec.msgpack.Encoder()
_FROM_PEER: msgspec.msgpack.Decoder[FromPeer] = msgspec.msgpack.Decoder(FromPeer)
_FROM_GATEWAY: msgspec.msgpack.Decoder[FromGateway] = msgspec.msgpack.Decoder(FromGateway)
_Message = TypeVar("_Message")


def encode(message: FromPeer | FromGateway) -> bytes:
    """One message as one msgpack map."""
    return _ENCODER.encode(message)


def decode_from_peer(frame: bytes | memoryview) -> FromPeer:
    """What a viewer or device sent; columns are views into `frame`. Raises WireError for anything else."""
    return _decode(_FROM_PEER, frame)


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
