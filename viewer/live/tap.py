"""The tap: live samples of a gateway one by one, for the command line and scripts."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TypedDict

import numpy as np
import zmq

from viewer.base.clock import Clock, SystemClock
from viewer.base.errors import UserMistake
from viewer.live.conversation import Conversation
from viewer.live.discovery import gateway_at
from viewer.live.keys import client_keys
from viewer.live.past_words import SourceInfo
from viewer.live.status import FeedStatus
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.twin.samples import Columns

_POLL_MS = 250
_MOST_WAITING = 100_000


class TappedSample(TypedDict):
    """One sample as it is printed."""

    channel: str
    t: str
    """ISO 8601, UTC, to the microsecond."""
    t_ns: int
    value: float | None
    """None where it is not a finite number; its quality is then bad."""
    unit: str
    quality: str
    """good or bad."""


def tap(
    endpoint: str | None = None,
    *,
    count: int | None = None,
    glob: str = "*",
    timeout_s: float = 10.0,
    clock: Clock | None = None,
) -> Iterator[TappedSample]:
    """Samples as they come, `count` of them or without end. Raises UserMistake where there is no gateway to be found, or
    nothing has come for `timeout_s`, and says why."""
    gateway = gateway_at(endpoint)
    sink = _Sink()
    listener = _Listener()
    keys, clock = client_keys(), clock or SystemClock()
    conversation = Conversation(gateway.endpoint, gateway.public_key, keys, clock, sink, listener, (glob,))
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        conversation.open(context)
        left = math.inf if count is None else count
        last_s = time.monotonic()
        while left > 0:
            _wait(conversation)
            while sink.waiting and left > 0:
                left -= 1
                yield sink.waiting.popleft()
                last_s = time.monotonic()
            if time.monotonic() - last_s > timeout_s:
                raise UserMistake(_why(listener.status, glob, timeout_s))
    finally:
        conversation.close()
        context.term()


def _wait(conversation: Conversation) -> None:
    poller = zmq.Poller()
    for one in conversation.sockets():
        poller.register(one, zmq.POLLIN)
    due_ms = 1e3 * (conversation.deadline_s() - time.monotonic())
    poller.poll(max(1, min(_POLL_MS, math.ceil(min(due_ms, _POLL_MS)))))
    conversation.turn()


def _why(status: FeedStatus | None, glob: str, timeout_s: float) -> str:
    if status is not None and status.state == "live":
        return f"no sample of a channel that matches «{glob}» came within {timeout_s:.0f} s: try --channel '*'"
    return f"no sample came within {timeout_s:.0f} s: {status.sentence if status else 'not connected'}"


class _Listener:
    def __init__(self) -> None:
        self.status: FeedStatus | None = None

    def told_status(self, status: FeedStatus) -> None:
        self.status = status

    def told_batch(self) -> None:
        """The samples are in the sink already."""

    def told_faults(self, faults: tuple[FaultInfo, ...]) -> None:
        """A tap has no use for them."""

    def told_sources(self, sources: list[SourceInfo]) -> None:
        """Not asked for here."""

    def told_alarms(self, events: list[bytes]) -> None:
        """Not asked for here."""


class _Sink:
    def __init__(self) -> None:
        self.waiting: deque[TappedSample] = deque(maxlen=_MOST_WAITING)
        self._channels: tuple[ChannelInfo, ...] = ()

    def declare(self, channels: Sequence[ChannelInfo]) -> None:
        self._channels = tuple(channels)

    def set_live(self, live: bool, /) -> None:
        """A tap shows what comes; while nothing comes it waits."""

    def write(self, columns: Columns) -> int:
        infos = [self._channels[index] for index in np.repeat(columns.channels, columns.counts).tolist()]
        rows = zip(infos, columns.t_ns.tolist(), columns.values.tolist(), columns.quality.tolist(), strict=True)
        self.waiting.extend(_sample(*row) for row in sorted(rows, key=lambda row: row[1]))
        return len(columns)


def _sample(info: ChannelInfo, t_ns: int, value: float, quality: int) -> TappedSample:
    return TappedSample(
        channel=info.id,
        t=iso(t_ns),
        t_ns=t_ns,
        value=value if math.isfinite(value) else None,
        unit=info.unit,
        quality="bad" if quality else "good",
    )


def iso(t_ns: int) -> str:
    """ISO 8601 in UTC, to the microsecond, rounded down."""
    whole = datetime.fromtimestamp(t_ns // 10**9, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{t_ns % 10**9 // 1000:06d}Z"
