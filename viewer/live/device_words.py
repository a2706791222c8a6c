"""The words between a device and the gateway it sends to: hello, batches, and what has been kept for good."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from viewer.live.terms import CATALOGUE_PAGE, MAX_CHANNELS, Count, Name, Samples, Sentence, TimeNs
from viewer.twin.catalogue import ChannelInfo

MAX_WAVEFORMS = 256


class Waveform(msgspec.Struct, frozen=True):
    """A curve of one channel, sampled evenly after a trigger."""

    channel: Annotated[int, Meta(ge=0, le=MAX_CHANNELS)]
    trigger_ns: TimeNs
    t0_ns: TimeNs
    step_ns: Annotated[float, Meta(gt=0.0, le=1e15)]
    values: memoryview
    cause: Name = ""
    facts: Annotated[dict[Name, float | Name], Meta(max_length=64)] = {}


class DeviceHello(msgspec.Struct, frozen=True, tag="device_hello"):
    protocol: Count
    t_ns: TimeNs
    program: Name
    epoch: Name
    first: Count
    channels: Annotated[int, Meta(ge=0, le=MAX_CHANNELS)]


class DeviceCatalogue(msgspec.Struct, frozen=True, tag="device_catalogue"):
    first: Annotated[int, Meta(ge=0, le=MAX_CHANNELS)]
    channels: Annotated[list[ChannelInfo], Meta(max_length=CATALOGUE_PAGE)]


class DeviceWelcome(msgspec.Struct, frozen=True, tag="device_welcome"):
    protocol: Count
    gateway: Name
    epoch: Name
    sequence: Count
    window: Count
    echo_ns: TimeNs
    t_ns: TimeNs


class Batch(msgspec.Struct, frozen=True, tag="batch"):
    epoch: Name
    sequence: Count
    complete_ns: TimeNs
    samples: Samples
    waveforms: Annotated[list[Waveform], Meta(max_length=MAX_WAVEFORMS)] = []


class Lost(msgspec.Struct, frozen=True, tag="lost"):
    epoch: Name
    first: Count
    last: Count
    t0_ns: TimeNs
    t1_ns: TimeNs
    cause: Sentence


class Ack(msgspec.Struct, frozen=True, tag="ack"):
    epoch: Name
    sequence: Count
    again: bool = False
