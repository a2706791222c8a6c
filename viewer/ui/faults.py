"""Faults of the simulated plant: which there are, which are active, and asking the live line for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QObject, Qt, Signal

from viewer.base.errors import GenchiError
from viewer.twin.catalogue import ChannelInfo, FaultInfo
from viewer.ui.services import FeedLike

Infos = tuple[FaultInfo, ...]


class _Declared(Protocol):
    @property
    def channels(self) -> tuple[ChannelInfo, ...]: ...


@runtime_checkable
class FaultLine(Protocol):
    """A live line whose source can be asked for faults; see `viewer.live.feed.LiveFeed`."""

    @property
    def store(self) -> _Declared: ...
    def faults(self) -> Infos: ...
    def request_fault(self, name: str, parameters: Mapping[str, float] | None = None) -> Future[Infos]: ...
    def clear_fault(self, name: str) -> Future[Infos]: ...


class Faults(QObject):
    """What the line offers. Answers come on its thread and are told on the main one. Main thread."""

    changed = Signal()
    """Other faults are offered, or other ones are active."""
    refused = Signal(str)
    """One sentence: the line said no, or is gone."""
    done = Signal(str)
    """One sentence: what was injected or cleared."""
    _answered = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._line: FaultLine | None = None
        self._infos: Infos = ()
        self._answered.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def infos(self) -> Infos:
        """All of them, as last told; empty where the plant is a real one."""
        return self._infos

    @property
    def channels(self) -> tuple[str, ...]:
        """Ids of the line's channels in their order: a fault of one channel names it by its place."""
        return tuple(c.id for c in self._line.store.channels) if self._line is not None else ()

    def info(self, name: str) -> FaultInfo | None:
        return next((one for one in self._infos if one.name == name), None)

    def set_feed(self, feed: FeedLike | None) -> None:
        """Ask this line from now on."""
        self._line = feed if isinstance(feed, FaultLine) else None
        self.refresh()

    def refresh(self) -> None:
        """Look at what the line offers now; cheap, called with every refresh of the panels."""
        infos = self._line.faults() if self._line is not None else ()
        if infos != self._infos:
            self._infos = infos
            self.changed.emit()

    def inject(self, name: str, parameters: Mapping[str, float] | None = None) -> None:
        """Ask for a fault; without parameters, with its defaults."""
        line, info = self._line, self.info(name)
        if line is not None and info is not None:
            self._ask(lambda: line.request_fault(name, parameters), f"Injected: {info.title}")

    def clear(self, name: str) -> None:
        """Ask for a fault's end."""
        line, info = self._line, self.info(name)
        if line is not None and info is not None:
            self._ask(lambda: line.clear_fault(name), f"Cleared: {info.title}")

    def clear_all(self) -> None:
        """Ask for the end of all that are active."""
        for info in self._infos:
            if info.active:
                self.clear(info.name)

    def _ask(self, ask: Callable[[], Future[Infos]], sentence: str) -> None:
        ask().add_done_callback(lambda future: self._answered.emit(future, sentence))

    def _take(self, future: Future[Infos], sentence: str) -> None:
        try:
            future.result()
        except (GenchiError, CancelledError) as error:
            self.refused.emit(str(error) or "the live line ended before it answered")
        else:
            self.done.emit(sentence)
        self.refresh()
