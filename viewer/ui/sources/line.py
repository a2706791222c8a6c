"""What the gateway says of its sources, brought to the main thread: states as they change, figures while somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from typing import Protocol, cast, runtime_checkable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from viewer.base.errors import GenchiError
from viewer.live.past_words import ChannelOrigin, SourceInfo
from viewer.live.status import FeedStatus
from viewer.ui.services import FeedLike

Sources = tuple[SourceInfo, ...]
Origins = tuple[ChannelOrigin, ...]
EVERY_MS = 1_000


@runtime_checkable
class TellsSources(Protocol):
    """What a line needs so that its sources can be shown; see `viewer.live.feed.LiveFeed`."""

    def sources(self) -> Sources: ...
    def on_sources(self, callback: Callable[[Sources], None]) -> Callable[[], None]: ...
    def request_sources(self) -> Future[Sources]: ...
    def request_metadata(self, globs: Sequence[str] = ("*",)) -> Future[Origins]: ...


class _Said(QObject):
    """What the receiving thread says, on its way to the main thread. Nobody's child: it lasts as long as a thread may speak."""

    heard = Signal(object, str, object)
    failed = Signal(object, str, str)


class SourceLine(QObject):
    """Main thread. `watch` while a panel is seen: figures are asked for once a second then, and not otherwise."""

    changed = Signal()
    """`sources` or `status` are others."""
    origins_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.feed: FeedLike | None = None
        self.sources: Sources = ()
        self.origins: Origins = ()
        self.status: FeedStatus | None = None
        self.trouble = ""
        """Why the gateway did not say where its channels come from; empty where it did."""
        self._unsubscribe: list[Callable[[], None]] = []
        self._asking: set[str] = set()
        self._asked_of: tuple[tuple[str, int], ...] = ()
        self._watched = False
        self._said = _Said()
        self._said.heard.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._said.failed.connect(self._refused, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.ask)

    def set_feed(self, feed: FeedLike | None) -> None:
        """Speak of this line's sources; None: of none."""
        self.stop()
        self.feed, self.sources, self.origins, self._asked_of, self.trouble = feed, (), (), (), ""
        self.status = None if feed is None else feed.status()
        said = self._said
        if isinstance(feed, TellsSources):
            self.sources = feed.sources()
            self._unsubscribe.append(feed.on_sources(lambda told: said.heard.emit(feed, "told", told)))
        if feed is not None:
            self._unsubscribe.append(feed.on_state(lambda status: said.heard.emit(feed, "status", status)))
        if self._watched:
            self._timer.start()
        self.ask()
        self.changed.emit()
        self.origins_changed.emit()

    def watch(self, *, watched: bool) -> None:
        """Whether somebody looks at the figures."""
        self._watched = watched
        if watched:
            self.ask()
            self._timer.start()
        else:
            self._timer.stop()

    def stop(self) -> None:
        """Hear nothing more."""
        self._timer.stop()
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe, self._asking = [], set()

    def ask(self) -> None:
        """Ask how the sources fare now, and where channels come from where that may have changed."""
        feed = self.feed
        if not isinstance(feed, TellsSources) or feed.status().state in ("connecting", "lost"):
            return
        self._ask("sources", feed, feed.request_sources)
        if self.sources and self._asked_of != self._counts():
            self._ask("origins", feed, feed.request_metadata)

    def _ask(self, what: str, feed: TellsSources, request: Callable[[], Future[Sources] | Future[Origins]]) -> None:
        if what in self._asking:
            return
        self._asking.add(what)
        if what == "origins":
            self._asked_of = self._counts()

        said = self._said

        def answered(future: Future[Sources] | Future[Origins]) -> None:
            try:
                said.heard.emit(feed, what, future.result())
            except (GenchiError, CancelledError) as error:
                said.failed.emit(feed, what, str(error))

        request().add_done_callback(answered)

    def _take(self, feed: object, what: str, told: object) -> None:
        self._asking.discard(what)
        if feed is not self.feed or self.feed is None:
            return
        self.status = self.feed.status()
        if what == "origins":
            self.origins, self.trouble = cast(Origins, told), ""
            self.origins_changed.emit()
            return
        if what == "status":
            self.ask()
        else:
            self.sources = cast(Sources, told)
            if self._asked_of != self._counts():
                self.ask()
        self.changed.emit()

    def _refused(self, feed: object, what: str, sentence: str) -> None:
        self._asking.discard(what)
        if feed is self.feed and what == "origins":
            self._asked_of, self.trouble = (), sentence
            self.origins_changed.emit()

    def _counts(self) -> tuple[tuple[str, int], ...]:
        """What must be asked for anew where it is another."""
        return tuple((one.name, one.channels) for one in self.sources)
