"""Several gateways as one line: each channel is answered by the gateway that has it, and what all know is put together."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import GenchiError, UserMistake
from viewer.base.ids import ChannelId
from viewer.live.feed import LATEST_NS, Faults, LiveFeed
from viewer.live.past_words import AlarmItems, ChannelOrigin, GapInfo, SourceInfo
from viewer.live.status import FeedState, FeedStatus
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.channels import Condition
from viewer.twin.samples import NEVER_NS, Envelope, Latest

_Item = TypeVar("_Item")
_WORST: tuple[FeedState, ...] = ("lost", "stale", "connecting", "live")
Unsubscribe = Callable[[], None]


class _Answering(Protocol):
    """What answers for one gateway: its rings, or its reader of live and past."""

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest: ...
    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope: ...


class _Owners:
    """Which gateway has each channel; of two that have one of the same id, the one that was named first. Any thread."""

    def __init__(self, feeds: Sequence[LiveFeed]) -> None:
        self._feeds = tuple(feeds)
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._of: dict[str, int] = {}
        self.channels: tuple[ChannelInfo, ...] = ()
        self.twice: tuple[str, ...] = ()
        """Channels that more than one gateway has."""

    def number_of(self, channel: ChannelId) -> int:
        """Of the channel's gateway; the first where nobody has it, who says so."""
        with self._lock:
            self._refresh()
            return self._of.get(channel, 0)

    def divided(self, channels: Sequence[ChannelId]) -> list[tuple[int, NDArray[np.intp]]]:
        """Gateways and the rows of `channels` that are theirs."""
        with self._lock:
            self._refresh()
            owner = np.array([self._of.get(one, 0) for one in channels], np.intp)
        return [(number, rows) for number in range(len(self._feeds)) if len(rows := np.flatnonzero(owner == number))]

    def known(self) -> tuple[ChannelInfo, ...]:
        """All channels, each once."""
        with self._lock:
            self._refresh()
            return self.channels

    def _refresh(self) -> None:
        catalogues = [one.store.channels for one in self._feeds]
        seen = tuple(id(one) for one in catalogues)
        if seen == self._seen:
            return
        first: dict[str, int] = {}
        infos: dict[str, ChannelInfo] = {}
        twice: dict[str, None] = {}
        for number, catalogue in enumerate(catalogues):
            for info in catalogue:
                if first.setdefault(info.id, number) == number:
                    infos[info.id] = info
                else:
                    twice[info.id] = None
        self._seen, self._of, self.channels, self.twice = seen, first, tuple(infos.values()), tuple(twice)


class _Joined:
    """A `viewer.twin.samples.SampleReader` over one of each gateway."""

    def __init__(self, owners: _Owners, of: Sequence[_Answering]) -> None:
        self._owners, self._of = owners, tuple(of)

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        """As `SampleReader`."""
        return self._gathered(channels, lambda number, wanted: self._of[number].latest_at(wanted, t_ns))

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """As `SampleReader`."""
        return self._of[self._owners.number_of(channel)].range(channel, t0_ns, t1_ns)

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        """As `SampleReader`."""
        return self._of[self._owners.number_of(channel)].envelope(channel, t0_ns, t1_ns, buckets)

    def _gathered(self, channels: Sequence[ChannelId], ask: Callable[[int, list[ChannelId]], Latest]) -> Latest:
        n = len(channels)
        values, t_ns = np.full(n, np.nan), np.full(n, NEVER_NS, np.int64)
        condition = np.full(n, Condition.MISSING, np.uint8)
        for number, rows in self._owners.divided(channels):
            found = ask(number, [channels[row] for row in rows.tolist()])
            values[rows], t_ns[rows], condition[rows] = found.values, found.t_ns, found.condition
        return Latest(values, t_ns, condition)


class SeveralStores(_Joined):
    """The rings of all gateways."""

    def __init__(self, owners: _Owners, feeds: Sequence[LiveFeed]) -> None:
        self._stores = tuple(one.store for one in feeds)
        super().__init__(owners, self._stores)

    @property
    def channels(self) -> tuple[ChannelInfo, ...]:
        """All channels, each once."""
        return self._owners.known()

    def latest(self, channels: Sequence[ChannelId]) -> Latest:
        """The newest sample of each channel and what it is worth now."""
        return self._gathered(channels, lambda number, wanted: self._stores[number].latest(wanted))

    def next_stale_ns(self) -> int | None:
        """When the next channel becomes stale unless something arrives."""
        coming = [t_ns for one in self._stores if (t_ns := one.next_stale_ns()) is not None]
        return min(coming, default=None)


class SeveralFeeds:
    """What `LiveFeed` is for one gateway, for several. A gateway that is lost takes only its own channels with it."""

    def __init__(self, feeds: Sequence[LiveFeed]) -> None:
        """Raises ValueError where there is none."""
        if not feeds:
            raise ValueError("at least one feed is needed")
        self._feeds = tuple(feeds)
        self._owners = _Owners(feeds)
        self.store = SeveralStores(self._owners, feeds)
        self.reader = _Joined(self._owners, [one.reader for one in feeds])
        self._alarm_owner: dict[str, LiveFeed] = {}

    def start(self) -> None:
        """Begin to connect to all."""
        for one in self._feeds:
            one.start()

    def stop(self) -> None:
        """Disconnect from all."""
        for one in self._feeds:
            one.stop()

    def status(self) -> FeedStatus:
        """The worst of the states, with a sentence that names whom it concerns; sums of what is counted."""
        all_ = [one.status() for one in self._feeds]
        worst = min(all_, key=lambda one: (_WORST.index(one.state), one.since_ns))
        concerned = [one for one in all_ if one.state != "live"]
        sentences = [f"{one.gateway or one.endpoint}: {one.sentence or one.state}" for one in concerned]
        if self._owners.twice:
            first = self._owners.twice[0]
            sentences.append(
                f"{len(self._owners.twice)} channels come from two gateways, such as «{first}»: the first named is shown"
            )
        known = [one.latency_ms for one in all_ if not math.isnan(one.latency_ms)]
        return FeedStatus(
            worst.state,
            worst.since_ns,
            ", ".join(one.endpoint for one in all_),
            "; ".join(sentences),
            ", ".join(one.gateway for one in all_ if one.gateway),
            worst.role,
            max(known, default=float("nan")),
            sum(one.samples_per_s for one in all_),
            sum(one.gaps for one in all_),
            sum(one.lost_samples for one in all_),
            sum(one.malformed for one in all_),
        )

    def on_batch(self, callback: Callable[[], None]) -> Unsubscribe:
        """Call back when any gateway's samples are in the store."""
        return _all_of([one.on_batch(callback) for one in self._feeds])

    def on_state(self, callback: Callable[[FeedStatus], None]) -> Unsubscribe:
        """Call back with the state of all whenever one changes."""
        return _all_of([one.on_state(lambda _one: callback(self.status())) for one in self._feeds])

    def taken(self) -> None:
        """What was announced is being read."""
        for one in self._feeds:
            one.taken()

    def faults(self) -> Faults:
        """The faults of all simulated sources."""
        return tuple(fault for one in self._feeds for fault in one.faults())

    def request_fault(self, name: str, parameters: dict[str, float] | None = None) -> Future[Faults]:
        """Ask the gateway that has this fault."""
        return self._with_fault(name).request_fault(name, parameters)

    def clear_fault(self, name: str) -> Future[Faults]:
        """Ask the gateway that has this fault."""
        return self._with_fault(name).clear_fault(name)

    def sources(self) -> tuple[SourceInfo, ...]:
        """How the sources of all gateways fare, as last told."""
        return tuple(source for one in self._feeds for source in one.sources())

    def on_sources(self, callback: Callable[[tuple[SourceInfo, ...]], None]) -> Unsubscribe:
        """Call back with all sources when one gateway's change."""
        return _all_of([one.on_sources(lambda _told: callback(self.sources())) for one in self._feeds])

    def on_alarms(self, callback: Callable[[list[bytes]], None]) -> Unsubscribe:
        """Call back with what happened to alarms of any gateway."""
        return _all_of([one.on_alarms(callback) for one in self._feeds])

    def request_sources(self) -> Future[tuple[SourceInfo, ...]]:
        """How each source of all fares now."""
        return _together([one.request_sources() for one in self._feeds])

    def request_metadata(self, globs: Sequence[str] = ("*",)) -> Future[tuple[ChannelOrigin, ...]]:
        """Where channels come from."""
        return _together([one.request_metadata(globs) for one in self._feeds])

    def request_gaps(self, t0_ns: int, t1_ns: int) -> Future[tuple[GapInfo, ...]]:
        """What is known to be missing."""
        return _together([one.request_gaps(t0_ns, t1_ns) for one in self._feeds])

    def request_span(self) -> Future[tuple[int, int] | None]:
        """From when to when any gateway has history; None where none has."""

        def widest(found: list[tuple[int, int] | None]) -> tuple[int, int] | None:
            spans = [one for one in found if one is not None]
            return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else None

        return _gathered([one.request_span() for one in self._feeds], widest)

    def request_alarms(
        self, item: type[_Item], what: AlarmItems = "standing", t0_ns: int = 0, t1_ns: int = LATEST_NS
    ) -> Future[tuple[_Item, ...]]:
        """The alarms, events or definitions of all."""
        futures: list[Future[tuple[_Item, ...]]] = []
        for feed in self._feeds:
            future = feed.request_alarms(item, what, t0_ns, t1_ns)
            future.add_done_callback(lambda done, owner=feed: self._remember(owner, done))
            futures.append(future)
        return _together(futures)

    def act_on_alarm(self, action: msgspec.Struct, event: type[_Item]) -> Future[_Item]:
        """Acknowledge, shelve …, at the gateway that told of the alarm."""
        alarm = str(getattr(action, "alarm", ""))
        owner = self._alarm_owner.get(alarm)
        if owner is None:
            refused: Future[_Item] = Future()
            refused.set_exception(UserMistake(f"none of the gateways told of the alarm «{alarm}»: wait for the list"))
            return refused
        return owner.act_on_alarm(action, event)

    def _remember(self, owner: LiveFeed, done: Future[tuple[_Item, ...]]) -> None:
        if done.cancelled() or done.exception() is not None:
            return
        for one in done.result():
            name = getattr(one, "alarm", None) or getattr(one, "id", None)
            if isinstance(name, str):
                self._alarm_owner[name] = owner

    def _with_fault(self, name: str) -> LiveFeed:
        return next((one for one in self._feeds if any(fault.name == name for fault in one.faults())), self._feeds[0])


def _all_of(unsubscribe: Sequence[Unsubscribe]) -> Unsubscribe:
    def end() -> None:
        for one in unsubscribe:
            one()

    return end


def _together(futures: Sequence[Future[tuple[_Item, ...]]]) -> Future[tuple[_Item, ...]]:
    """All items of those who answer; a refusal only where nobody does (the line's state says who is lost)."""
    return _gathered(futures, lambda found: tuple(item for items in found for item in items))


_Each = TypeVar("_Each")
_All = TypeVar("_All")


def _gathered(futures: Sequence[Future[_Each]], join: Callable[[list[_Each]], _All]) -> Future[_All]:
    whole: Future[_All] = Future()
    lock, left = threading.Lock(), len(futures)

    def done(_one: Future[_Each]) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left:
                return
        failures = [error for one in futures if (error := one.exception()) is not None]
        if len(failures) == len(futures) or any(not isinstance(error, GenchiError) for error in failures):
            whole.set_exception(failures[0])
            return
        whole.set_result(join([one.result() for one in futures if one.exception() is None]))

    for one in futures:
        one.add_done_callback(done)
    return whole
