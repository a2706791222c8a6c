"""A gateway asked from the command line: found, spoken to with this user's own keys, and left again."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from viewer.access import keyring
from viewer.access.keyfile import KeyPair, is_sealed, load_keys
from viewer.base.clock import SystemClock
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.live import keys
from viewer.live.discovery import gateway_at
from viewer.live.feed import LiveFeed
from viewer.twin.samples import Envelope, Latest

_CONNECT_S = 10.0
_ANSWER_S = 60.0
_VALUE_S = 3.0
_Answer = TypeVar("_Answer")


def signing_keys(path: Path | None = None) -> KeyPair:
    """This user's keys, or those of a file; a password is asked for where they are sealed and nobody remembers it."""
    from viewer.cli_enrolment import terminal_password

    if path is not None:
        return load_keys(path, terminal_password)
    keys.ensure_client_keys()
    asks = is_sealed(keys.client_path()) and keyring.remembered(keys.user_name()) is None
    return keys.client_keys(terminal_password if asks else None)


@contextmanager
def connected(endpoint: str | None, pair: KeyPair) -> Generator[LiveFeed]:
    """A feed from this gateway (None: the only one that runs here). Raises UserMistake where none answers, with its reason."""
    gateway = gateway_at(endpoint)
    feed = LiveFeed(gateway.endpoint, gateway.public_key, pair, SystemClock())
    feed.start()
    try:
        if not feed.wait_for(lambda status: status.state == "live", _CONNECT_S):
            raise UserMistake(f"{gateway.name or gateway.endpoint} can't be asked: {feed.status().sentence}")
        yield feed
    finally:
        feed.stop()


def answered(future: Future[_Answer]) -> _Answer:
    """What the gateway answers. Raises UserMistake with its refusal, or where it takes too long."""
    try:
        return future.result(_ANSWER_S)
    except TookTooLong as error:
        raise UserMistake(f"the gateway gave no answer within {_ANSWER_S:.0f} s: look at it, and ask again") from error


def newest_value(feed: LiveFeed, channel: str) -> float:
    """The newest value of a channel, as soon as one is there; NaN where none comes."""
    until_s = time.monotonic() + _VALUE_S
    while time.monotonic() < until_s:
        value = float(feed.store.latest([ChannelId(channel)]).values[0])
        if np.isfinite(value):
            return value
        feed.wait_for(lambda status: False, 0.05)
    return float("nan")


class GatewayHistory:
    """A `viewer.twin.samples.SampleReader` on a gateway's history alone: where that can't answer, it says so. Waits."""

    def __init__(self, feed: LiveFeed) -> None:
        self._feed = feed

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        """The newest samples not after a time. Raises UserMistake, as the others do."""
        return answered(self._feed.request_latest_at(channels, t_ns))

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Times and values (k,) of a span."""
        return answered(self._feed.request_range(channel, t0_ns, t1_ns))

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        """The same for drawing."""
        return answered(self._feed.request_envelope(channel, t0_ns, t1_ns, buckets))
