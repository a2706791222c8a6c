"""The limits of the protocol and the few terms that all its messages share."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from viewer.base.errors import GenchiError

PROTOCOL: Final = 2
MAX_MESSAGE_BYTES: Final = 1 << 20
MAX_BLOCK_SAMPLES: Final = 32_768
"""At 25 bytes a sample a full block stays below MAX_MESSAGE_BYTES."""
CATALOGUE_PAGE: Final = 2_000
MAX_CHANNELS: Final = 100_000
MAX_BUCKETS: Final = 20_000
MAX_ITEM_BYTES: Final = 65_536
"""Of one alarm, event, audit line or command."""
BATCH_WINDOW: Final = 64
"""Batches that a device may have sent without their acknowledgement."""
HEARTBEAT_S: Final = 0.3
LINK_HEARTBEAT_MS: Final = 300
LINK_TIMEOUT_MS: Final = 900
HANDSHAKE_MS: Final = 2_000
ZAP_DOMAIN: Final = b"genchi"

Count = Annotated[int, Meta(ge=0, le=(1 << 62))]
TimeNs = Annotated[int, Meta(ge=0, le=(1 << 62))]
Name = Annotated[str, Meta(max_length=200)]
Sentence = Annotated[str, Meta(max_length=2_000)]
Globs = Annotated[list[Name], Meta(max_length=100)]
Item = Annotated[bytes, Meta(max_length=MAX_ITEM_BYTES)]
"""One msgpack map of its own, or one line of text: what live passes on without knowing it."""


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
