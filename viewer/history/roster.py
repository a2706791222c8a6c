"""The channels the historian knows: their numbers, what they are, and where their samples go."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.history.rows import Block, KnownChannel
from viewer.twin.catalogue import ChannelInfo


class Roster:
    """Read from any thread; changed by the writer's thread after it was committed."""

    def __init__(self, channels: Iterable[KnownChannel], longest: dict[int, int]) -> None:
        self._lock = threading.Lock()
        self._known = {one.number: one for one in channels}
        self._number = {one.info.id: one.number for one in self._known.values()}
        self._longest = longest
        self.declared: NDArray[np.int64] = np.empty(0, np.int64)
        """(n,) The number of each channel in the order declared last."""

    def number(self, channel: str) -> int | None:
        return self._number.get(channel)

    def by_number(self, number: int) -> KnownChannel:
        return self._known[number]

    def known(self) -> tuple[KnownChannel, ...]:
        """All, by number."""
        with self._lock:
            return tuple(self._known[number] for number in sorted(self._known))

    def longest_ns(self, owner: int) -> int:
        """No block of the owner is longer in time."""
        return self._longest.get(owner, 0)

    def planned(self, channels: Sequence[ChannelInfo]) -> list[KnownChannel]:
        """What a declaration adds or changes. Raises UserMistake where a known channel has another unit, or an id comes twice."""
        seen: set[str] = set()
        changes: list[KnownChannel] = []
        free = max(self._known, default=-1) + 1
        for info in channels:
            if info.id in seen:
                raise UserMistake(f"two channels have the id «{info.id}»: give each its own")
            seen.add(info.id)
            number = self._number.get(info.id)
            if number is None:
                changes.append(KnownChannel(free, info))
                free += 1
            elif self._known[number].info != info:
                _check_unit(self._known[number].info, info)
                changes.append(KnownChannel(number, info, self._known[number].owner))
        return changes

    def declare(self, changes: Sequence[KnownChannel], channels: Sequence[ChannelInfo]) -> None:
        """The changes have been committed."""
        self._take(changes)
        self.declared = np.array([self._number[info.id] for info in channels], np.int64)

    def owned(self, number: int, owner: int) -> KnownChannel:
        """A channel with the owner it gets."""
        return KnownChannel(number, self._known[number].info, owner)

    def settle(self, settled: Mapping[int, int], blocks: Sequence[Block]) -> None:
        """Channels have got their owners and owners their blocks."""
        self._take([self.owned(number, owner) for number, owner in settled.items()])
        for block in blocks:
            self._longest[block.owner] = max(self._longest.get(block.owner, 0), block.t1 - block.t0)

    def _take(self, changes: Sequence[KnownChannel]) -> None:
        with self._lock:
            for one in changes:
                self._known[one.number] = one
                self._number[one.info.id] = one.number


def _check_unit(known: ChannelInfo, info: ChannelInfo) -> None:
    if known.unit != info.unit:
        raise UserMistake(
            f"the channel «{info.id}» is kept in «{known.unit}», not in «{info.unit}»: "
            "give it a new id, or convert its values at the source"
        )
