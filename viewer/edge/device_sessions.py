"""What the gateway knows of a device since its start, and of one of its connections."""

from __future__ import annotations

from dataclasses import dataclass, field

from viewer.edge.collector import Fed
from viewer.edge.devices import DeviceConfig, DeviceSource
from viewer.live import device_words as words
from viewer.live.keys import Enrolled
from viewer.twin.catalogue import ChannelInfo


@dataclass(slots=True)
class KnownDevice:
    """A device that has been here since the gateway's start."""

    source: DeviceSource
    fed: Fed | None = None
    accepted: dict[str, int] = field(default_factory=dict)
    """By epoch: the last batch that was taken, on the disk or on its way there."""
    durable: dict[str, int] = field(default_factory=dict)
    """By epoch: the last batch on the disk."""


@dataclass(slots=True)
class DeviceSession:
    """One connection of a device."""

    route: bytes
    person: Enrolled
    config: DeviceConfig
    hello: words.DeviceHello
    heard_ns: int
    channels: list[ChannelInfo] = field(default_factory=list)
    welcomed: bool = False
    said_again_ns: int = 0
    malformed: int = 0
    clock_ms: float = 0.0
