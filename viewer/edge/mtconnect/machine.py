"""What sources of adapters and agents share: channels of data items, what could not be read, and the outage that is told once."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

from viewer.base.clock import Clock
from viewer.edge.gathering import Gathering
from viewer.edge.mtconnect.kind import MTConnectConfig
from viewer.edge.mtconnect.wiring import NoSample, Wiring
from viewer.edge.tags import Tag
from viewer.edge.threaded import ThreadedSource, wait_between
from viewer.twin.catalogue import ChannelInfo

_logger = logging.getLogger(__name__)
_TOLD_EVERY_NS: Final = 10_000_000_000
_TELL_NS: Final = 1_000_000_000
_CALM_NS: Final = 5_000_000_000


class Gone(Exception):
    """The connection could not be made, or ended; says why."""


class MachineSource(ThreadedSource):
    """Subclasses have `attend`; everything below `run` on the source's thread."""

    def __init__(self, config: MTConnectConfig, clock: Clock) -> None:
        super().__init__(config.name)
        self._config, self._clock = config, clock
        self._gathering = Gathering([*config.tags, *config.found], self.put)
        self._wiring = Wiring(
            self._gathering,
            found=config.found,
            discover=config.discover,
            prefix=config.prefix,
            period_s=config.period_s,
        )
        self._down_since_ns: int | None = None
        self._up_since_ns: int | None = None
        self._unread = 0
        self._unread_since_ns = self._told_ns = 0
        self._why = ""

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Of the tags, then of other data items."""
        return self._gathering.channels

    def tags(self) -> tuple[Tag, ...]:
        """One for each channel."""
        return self._gathering.tags

    @abstractmethod
    def attend(self) -> None:
        """Connect, and bring samples until `stopping` is set. Raises Gone or OSError."""

    def run(self) -> None:
        """Attend to the machine, again after each outage."""
        attempt = 0
        while not self.stopping.is_set():
            self._up_since_ns = None
            try:
                self.attend()
            except (Gone, OSError) as error:
                if self.stopping.is_set():
                    break
                now_ns = self._clock.now_ns()
                held = self._up_since_ns is not None and now_ns - self._up_since_ns > _CALM_NS
                attempt = 0 if held else attempt + 1
                self._is_down(str(getattr(error, "strerror", None) or error) or type(error).__name__, now_ns)
                wait_between(self.stopping, attempt)
        self._gathering.flush(self._clock.now_ns())

    def is_up(self, *, missed: bool) -> None:
        """Connected; `missed`: what happened meanwhile is not told later."""
        now_ns = self._clock.now_ns()
        self._up_since_ns = now_ns
        if self._down_since_ns is not None:
            length_s = (now_ns - self._down_since_ns) / 1e9
            _logger.warning("%s: %s is back after %.1f s", self.name, self._config.called, length_s)
            if missed:
                self.lost(0, self._down_since_ns, now_ns, f"{self._config.called} was not there")
        self._down_since_ns = None
        self._tell(now_ns)

    def observe(self, key: str, fields: Sequence[str], t_ns: int, *, native: bool, rate: float = 0.0) -> None:
        """One observation."""
        try:
            self._wiring.observe(key, fields, t_ns, native=native, rate=rate)
        except NoSample as error:
            self.not_read(str(error))

    def not_read(self, why: str) -> None:
        """Something could not be read; told together with others."""
        if not self._unread:
            self._unread_since_ns = self._clock.now_ns()
        self._unread += 1
        self._why = why

    def turn(self) -> None:
        """Hand over and tell; called some fifty times a second."""
        now_ns = self._clock.now_ns()
        if self._gathering.due(now_ns):
            self._gathering.flush(now_ns)
        self._gathering.stand(now_ns)
        complete_ns = self._gathering.complete_ns(now_ns)
        if complete_ns is not None:
            self.complete_until(complete_ns)
        if now_ns - self._told_ns > _TELL_NS:
            self._tell(now_ns)

    def more(self) -> str:
        """What else there is to say."""
        return ""

    def _is_down(self, reason: str, now_ns: int) -> None:
        if self._down_since_ns is not None:
            return
        self._down_since_ns = now_ns
        self._gathering.cut(now_ns)
        _logger.warning("%s: %s is not there and is tried again: %s", self.name, self._config.called, reason)
        self.told("down", f"{self._config.called} is not there and is tried again: {reason}")

    def _tell(self, now_ns: int) -> None:
        self._told_ns = now_ns
        if self._unread and now_ns - self._unread_since_ns > _TOLD_EVERY_NS:
            self.lost(self._unread, self._unread_since_ns, now_ns, f"could not be read: {self._why}")
            _logger.warning("%s: %d could not be read, the last: %s", self.name, self._unread, self._why)
            self._unread = 0
        parts = [f"hears {self._config.called}{self.more()}"]
        refused = self._wiring.refused
        if refused:
            name = min(refused)
            parts.append(f"{len(refused)} data items are no channels, such as {name}: {refused[name]}")
        if self._why:
            parts.append(f"the last that could not be read: {self._why}")
        self.told("live", "; ".join(parts))
