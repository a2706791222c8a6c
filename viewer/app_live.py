"""The live line of the window: the scene's own gateway, or one that was named, and the feed from it.

Sockets and keys are imported when the first line is made: the empty window needs none.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from viewer.base.clock import Clock
from viewer.base.errors import GenchiError, UserMistake

if TYPE_CHECKING:
    from viewer.edge.local import LocalGateway
    from viewer.live.feed import LiveFeed
    from viewer.live.several import SeveralFeeds

_logger = logging.getLogger(__name__)


class LiveLine(QObject):
    """Starts and ends gateway and feed beside the window; connecting takes tenths of a second, so it is done on a thread.

    With endpoints it listens to those gateways, whatever scene is open. Without, each scene with a simulated plant gets a
    gateway of its own, a child process that is started again when it dies.
    """

    changed = Signal(object)
    """The feed to take values from (LiveFeed), or None. Emitted on the main thread."""
    told = Signal(str)
    """One sentence about the gateway, for the person. Emitted on the main thread."""
    _answered = Signal(int, object, object)

    def __init__(self, clock: Clock, *, endpoints: Sequence[str], seed: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock, self._endpoints, self._seed = clock, tuple(endpoints), seed
        self._lock = threading.Lock()
        self._turn = 0
        self._gateway: LocalGateway | None = None
        self._feed: LiveFeed | SeveralFeeds | None = None
        self._threads: list[threading.Thread] = []
        self._answered.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def follow(self, scene: Path) -> None:
        """Take live values for this scene from now on. Any thread; returns at once."""
        with self._lock:
            if self._endpoints and self._turn:
                return
            self._turn += 1
            thread = threading.Thread(target=self._connect, args=(self._turn, scene), name="live line", daemon=True)
            self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """End feed and gateway; nothing comes afterwards. Main thread."""
        with self._lock:
            self._turn += 1
            threads = list(self._threads)
        for thread in threads:
            thread.join()
        self._end(self._feed, self._gateway)
        self._feed = self._gateway = None

    def _connect(self, turn: int, scene: Path) -> None:
        gateway: LocalGateway | None = None
        try:
            gateway = None if self._endpoints else self._own_gateway(scene)
            feed = self._new_feed(gateway)
        except GenchiError as error:
            self._end(None, gateway)
            self.told.emit(f"no live values: {error}")
            feed, gateway = None, None
        except Exception as error:
            _logger.exception("the live line could not be started")
            self._end(None, gateway)
            self.told.emit(f"no live values: {error}")
            feed, gateway = None, None
        with self._lock:
            wanted = turn == self._turn
        if wanted:
            self._answered.emit(turn, feed, gateway)
        else:
            self._end(feed, gateway)

    def _own_gateway(self, scene: Path) -> LocalGateway | None:
        """The gateway that simulates the scene's plant; None where the scene has none."""
        from viewer.edge.local import LocalGateway
        from viewer.twin.scene_file import load_scene

        if not (scene.is_dir() or scene.suffix == ".toml") or not load_scene(scene).simulation:
            return None
        return LocalGateway.start(scene, seed=self._seed, on_state=self._gateway_state)

    def _new_feed(self, gateway: LocalGateway | None) -> LiveFeed | SeveralFeeds | None:
        from viewer.live.discovery import gateway_at
        from viewer.live.feed import LiveFeed
        from viewer.live.keys import client_keys

        if gateway is not None:
            named = [(gateway.endpoint, gateway.server_key)]
        else:
            known = [gateway_at(one) for one in self._endpoints]
            named = [(one.endpoint, one.public_key) for one in known]
        if not named:
            return None
        keys = client_keys()
        feeds = [LiveFeed(endpoint, server_key, keys, self._clock) for endpoint, server_key in named]
        feed: LiveFeed | SeveralFeeds = feeds[0]
        if len(feeds) > 1:
            from viewer.live.several import SeveralFeeds

            feed = SeveralFeeds(feeds)
        feed.start()
        return feed

    def _gateway_state(self, state: str, sentence: str) -> None:
        if state in ("restarting", "failed"):
            self.told.emit(sentence)

    def _take(self, turn: int, feed: LiveFeed | SeveralFeeds | None, gateway: LocalGateway | None) -> None:
        with self._lock:
            current = turn == self._turn
        if not current:
            self._end(feed, gateway)
            return
        old = (self._feed, self._gateway)
        self._feed, self._gateway = feed, gateway
        self.changed.emit(feed)
        self._end(*old)

    @staticmethod
    def _end(feed: LiveFeed | SeveralFeeds | None, gateway: LocalGateway | None) -> None:
        if feed is not None:
            feed.stop()
        if gateway is not None:
            gateway.stop()


def checked_endpoints(endpoints: Sequence[str]) -> tuple[str, ...]:
    """The endpoints, each once. Raises UserMistake where one does not look like it or its key is not known here."""
    for endpoint in endpoints:
        if not endpoint.startswith("tcp://"):
            raise UserMistake(f"an endpoint looks like tcp://127.0.0.1:47800, not «{endpoint}»")
        from viewer.live.discovery import gateway_at

        gateway_at(endpoint)
    return tuple(dict.fromkeys(endpoints))
