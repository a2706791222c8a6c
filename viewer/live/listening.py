"""Who listens to a conversation with a gateway, and where its samples go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from viewer.live.past_words import SourceInfo
from viewer.live.status import FeedStatus
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.samples import Columns


class Listener(Protocol):
    """Who is told."""

    def told_status(self, status: FeedStatus) -> None:
        """State or numbers have changed."""
        ...

    def told_batch(self) -> None:
        """There are new samples in the sink."""
        ...

    def told_faults(self, faults: tuple[FaultInfo, ...]) -> None:
        """The faults that can be injected."""
        ...

    def told_sources(self, sources: list[SourceInfo]) -> None:
        """How the gateway's sources fare."""
        ...

    def told_alarms(self, events: list[bytes]) -> None:
        """What happened to alarms, each a msgpack map."""
        ...


class Sink(Protocol):
    """Where samples go; `viewer.live.rings.SampleStore` is one."""

    def declare(self, channels: Sequence[ChannelInfo]) -> None:
        """The channels by index, before the first block and whenever they change."""
        ...

    def set_live(self, live: bool, /) -> None:
        """Whether the connection is live."""
        ...

    def write(self, columns: Columns) -> int:
        """Samples of the declared channels; how many were taken."""
        ...
