"""The uplink: what this gateway keeps goes on to a higher one, from a spool of its own, once each, over outages and crashes."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.access.keyfile import KeyPair
from viewer.base.clock import Clock
from viewer.base.errors import Fault
from viewer.edge.config import UplinkConfig
from viewer.edge.rules.forwarding import Forwarder, Forwarding
from viewer.live.columns import pack
from viewer.live.device import DeviceLink
from viewer.live.past_words import SourceInfo
from viewer.live.spool import Origin, Spool, SpooledBatch
from viewer.live.terms import MAX_BLOCK_SAMPLES, MAX_CHANNELS
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns, in_runs, only, split

_MOST_BYTES = 20_000_000_000
HUB_LOST_NS = 10_000_000_000


class Uplink:
    """`declare` and `forward` on the historian's writing thread, before it writes; the rest on the gateway's.

    A batch is in the spool before it is in the history, and is known there by whose it was: where a crash comes in between,
    the device sends it again, the history keeps it, and the spool passes it over.
    """

    def __init__(self, config: UplinkConfig, folder: Path, keys: KeyPair, clock: Clock) -> None:
        self._config, self._clock = config, clock
        self._spool = Spool(folder / "uplink.db", most_bytes=_MOST_BYTES)
        self._since_ns, self._state = clock.now_ns(), ""
        self._hub_seen_ns = clock.now_ns()
        self._channels = self._spool.channels()
        self._number = {one.id: at for at, one in enumerate(self._channels)}
        self._wanted = np.empty(0, np.bool_)
        self._at: NDArray[np.int64] = np.empty(0, np.int64)
        self._ids: list[str] = []
        self._met: set[int] = set()
        """Channels whose policy has been looked up."""
        self._forwarders: dict[str, list[Forwarder]] = {}
        """By device: each has its own time, by which its intervals are over."""
        self._link = DeviceLink(config.endpoint, keys, self._channels, spool=self._spool, clock=clock, program="genchi edge")

    def start(self) -> None:
        """Begin to connect."""
        self._link.start()

    def declare(self, channels: Sequence[ChannelInfo]) -> None:
        """The catalogue that what is forwarded later is over. Raises Fault for a channel that has changed."""
        self._wanted = np.array([self._is_wanted(one.id) for one in channels], np.bool_)
        new: list[ChannelInfo] = []
        for info in (one for one, wanted in zip(channels, self._wanted.tolist(), strict=True) if wanted):
            upper = msgspec.structs.replace(info, id=self._config.prefix + info.id)
            known = self._number.get(upper.id)
            if known is None:
                self._number[upper.id] = len(self._channels) + len(new)
                new.append(upper)
            elif (self._channels + new)[known].unit != upper.unit:
                raise Fault(f"the channel {info.id} has another unit now than what waits in the uplink's spool: give it a new id")
        if new:
            self._channels = self._channels + new
            self._link.declare(self._channels)
        self._ids = [one.id for one in channels]
        at = [self._number.get(self._config.prefix + one.id, -1) for one in channels]
        self._at = np.array(at, np.int64)

    def forward(self, batches: Sequence[tuple[Origin, Columns, int]]) -> None:
        """Put batches into the spool, on the disk when this returns. Raises Fault where the disk refuses."""
        self._spool.put(
            [
                (origin, one)
                for origin, columns, complete_ns in batches
                for one in self._upward(origin.device, columns, complete_ns)
            ]
        )
        self._link.nudge()

    def info(self) -> SourceInfo:
        """How the link stands, in the words for sources."""
        status = self._link.status()
        if status.state != self._state:
            self._state, self._since_ns = status.state, self._clock.now_ns()
        return SourceInfo(
            name="uplink",
            kind="uplink",
            state="live" if status.state == "live" else "connecting" if status.state == "connecting" else "down",
            since_ns=self._since_ns,
            sentence=f"{status.sentence}; {self._spool.waiting} batches wait"[:2000],
            channels=len(self._channels),
            latency_ms=None,
            samples_per_s=0.0,
            samples=0,
            lost_samples=0,
            outages=0,
        )

    def hub_lost(self, now_ns: int) -> bool:
        """Whether the higher gateway has not been there for `HUB_LOST_NS`, since the start where it never was."""
        if self._link.status().state == "live":
            self._hub_seen_ns = now_ns
        return now_ns - self._hub_seen_ns > HUB_LOST_NS

    def close(self) -> None:
        """Disconnect; what was not acknowledged waits for the next start."""
        self._link.close()
        self._spool.close()

    def _is_wanted(self, id: str) -> bool:
        return any(fnmatchcase(id, glob) for glob in self._config.channels)

    def _thinned(self, device: str, columns: Columns) -> Columns:
        """What is sent on; intervals are over by the device's own samples, so that a backlog is thinned as live samples are."""
        new = {self._ids[at]: at for at in columns.channels.tolist() if at not in self._met}
        self._met.update(new.values())
        policies = {id: policy for id in new if (policy := self._policy(id)) is not None}
        forwarders = self._forwarders.setdefault(device, [])
        if policies:
            forwarders.append(Forwarder(policies, [*self._ids, *(f"\0{n}" for n in range(len(self._ids), MAX_CHANNELS))]))
        newest_ns = int(columns.t_ns.max())
        for forwarder in forwarders:
            columns = forwarder.step(columns, newest_ns)
        return columns

    def _policy(self, id: str) -> Forwarding | None:
        return next((policy for glob, policy in self._config.forward if fnmatchcase(id, glob)), None)

    def _upward(self, device: str, columns: Columns, complete_ns: int) -> list[SpooledBatch]:
        """A batch over the spool's channels, in parts that fit a message."""
        chosen = only(columns, self._wanted)
        if self._config.forward and len(chosen):
            chosen = self._thinned(device, chosen)
        if not len(chosen):
            return []
        index = self._at[chosen.channels]
        if not (index[1:] > index[:-1]).all():
            chosen = in_runs(np.repeat(index, chosen.counts), chosen.t_ns, chosen.values, chosen.quality)
        else:
            chosen = Columns(index, chosen.counts, chosen.t_ns, chosen.values, chosen.quality)
        return [SpooledBatch(complete_ns, pack(part)) for part in split(chosen, MAX_BLOCK_SAMPLES)]
