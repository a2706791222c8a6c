"""Questions about the past, about where channels come from and about what stands, and their answers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from viewer.live.terms import CATALOGUE_PAGE, MAX_BUCKETS, MAX_CHANNELS, Count, Globs, Item, Name, Samples, Sentence, TimeNs

CommandKind = Literal["state", "command", "proposal", "approval", "arm"]
AlarmItems = Literal["standing", "events", "definitions", "waveforms"]


class LatestAtRequest(msgspec.Struct, frozen=True, tag="latest_at_request"):
    request: Count
    catalogue: Name
    channels: memoryview
    t_ns: TimeNs


class LatestAt(msgspec.Struct, frozen=True, tag="latest_at"):
    request: Count
    last: bool
    samples: Samples


class RangeRequest(msgspec.Struct, frozen=True, tag="range_request"):
    request: Count
    channel: Name
    t0_ns: TimeNs
    t1_ns: TimeNs
    skip: Count = 0


class Range(msgspec.Struct, frozen=True, tag="range"):
    request: Count
    samples: Samples
    more: bool
    next_ns: TimeNs
    skip: Count


class EnvelopeRequest(msgspec.Struct, frozen=True, tag="envelope_request"):
    request: Count
    channel: Name
    t0_ns: TimeNs
    t1_ns: TimeNs
    buckets: Annotated[int, Meta(ge=1, le=MAX_BUCKETS)]


class EnvelopeAnswer(msgspec.Struct, frozen=True, tag="envelope"):
    request: Count
    times: memoryview
    low: memoryview
    high: memoryview
    counts: memoryview


class SpanRequest(msgspec.Struct, frozen=True, tag="span_request"):
    request: Count


class Span(msgspec.Struct, frozen=True, tag="span"):
    request: Count
    t0_ns: TimeNs
    t1_ns: TimeNs


class ChannelOrigin(msgspec.Struct, frozen=True):
    """Where a channel comes from and how it is made."""

    id: Name
    source: Name
    kind: Name
    tag: Name = ""
    unit: Name = ""
    scale: float = 1.0
    offset: float = 0.0
    dead_band: float = 0.0
    definition: Sentence = ""


class MetadataRequest(msgspec.Struct, frozen=True, tag="metadata_request"):
    request: Count
    globs: Globs


class Metadata(msgspec.Struct, frozen=True, tag="metadata"):
    request: Count
    last: bool
    channels: Annotated[list[ChannelOrigin], Meta(max_length=CATALOGUE_PAGE)]


class SourceInfo(msgspec.Struct, frozen=True):
    """How one source fares."""

    name: Name
    kind: Name
    state: Literal["connecting", "live", "stale", "down"]
    since_ns: TimeNs
    sentence: Sentence
    channels: Annotated[int, Meta(ge=0, le=MAX_CHANNELS)]
    latency_ms: float | None
    samples_per_s: float
    samples: Count
    lost_samples: Count
    outages: Count


class SourcesRequest(msgspec.Struct, frozen=True, tag="sources_request"):
    request: Count


class Sources(msgspec.Struct, frozen=True, tag="sources"):
    request: Count
    last: bool
    sources: Annotated[list[SourceInfo], Meta(max_length=CATALOGUE_PAGE)]


class GapInfo(msgspec.Struct, frozen=True):
    """Something that is known to be missing."""

    device: Name
    epoch: Name
    first: Count
    last: Count
    t0_ns: int
    t1_ns: int
    cause: Sentence


class GapsRequest(msgspec.Struct, frozen=True, tag="gaps_request"):
    request: Count
    t0_ns: TimeNs
    t1_ns: TimeNs


class Gaps(msgspec.Struct, frozen=True, tag="gaps"):
    request: Count
    last: bool
    gaps: Annotated[list[GapInfo], Meta(max_length=CATALOGUE_PAGE)]


class AlarmsRequest(msgspec.Struct, frozen=True, tag="alarms_request"):
    request: Count
    what: AlarmItems
    t0_ns: TimeNs = 0
    t1_ns: TimeNs = 0


class Alarms(msgspec.Struct, frozen=True, tag="alarms"):
    request: Count
    what: AlarmItems
    last: bool
    items: list[Item]


class AlarmActionRequest(msgspec.Struct, frozen=True, tag="alarm_action"):
    request: Count
    action: Item


class AuditRequest(msgspec.Struct, frozen=True, tag="audit_request"):
    request: Count
    first: Count
    most: Annotated[int, Meta(ge=1, le=CATALOGUE_PAGE)] = 500


class AuditPage(msgspec.Struct, frozen=True, tag="audit"):
    request: Count
    first: Count
    total: Count
    lines: list[Item]


class CommandRequest(msgspec.Struct, frozen=True, tag="command"):
    request: Count
    what: CommandKind
    envelope: Item


class CommandAnswer(msgspec.Struct, frozen=True, tag="command_answer"):
    request: Count
    accepted: bool
    sentence: Sentence
    answer: Item = b""
